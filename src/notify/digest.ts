/** The digest of one channel as Slack blocks: dollars first, then what, where, why the number is right, what to do. Pure. */
import type { FindingRecord } from '../model/change.ts';
import { formatArithmetic, formatUsd } from '../model/money.ts';
import type { RunRecord } from '../model/run.ts';
import type { Block } from './slack-limits.ts';
import { maxSectionText } from './slack-limits.ts';
import { cut, escapeSlack } from './slack-text.ts';

export type DigestContent = {
  readonly run: RunRecord;
  /** Day of the message in the schedule's time zone. */
  readonly date: string;
  /** Open findings of the channel by worth, the largest first; only the top ones. */
  readonly top: readonly FindingRecord[];
  /** Open findings of the channel that are not among the top ones, by check. */
  readonly more: Readonly<Record<string, number>>;
  readonly totalUsd: number;
  /** Sum that would count the same dollars twice; left out of `totalUsd`. */
  readonly doubleCountedUsd: number;
  readonly open: number;
  /** Since the last message. */
  readonly opened: readonly FindingRecord[];
  readonly changed: readonly FindingRecord[];
  readonly resolved: readonly FindingRecord[];
  /** Findings that could not be looked at this time. */
  readonly unknown: number;
  /** Time of the last message's news; set when nothing has changed since. */
  readonly unchangedSince: string | null;
};

const listed = 10;

export function digestBlocks(content: DigestContent): Block[] {
  const { run, top, opened, changed, resolved, more } = content;
  const blocks: Block[] = [
    header(`${content.date}: ${formatUsd(content.totalUsd)} a month could be saved`),
    section(newsLine(content)),
  ];
  if (top.length > 0) blocks.push({ type: 'divider' });
  for (const record of top) blocks.push(section(entry(record, opened.includes(record) ? ' · *new*' : '')));
  const rest = Object.entries(more).sort(([, a], [, b]) => b - a);
  if (rest.length > 0) {
    const counts = rest.slice(0, listed).map(([check, count]) => `${count} × \`${check}\``);
    blocks.push(section(`…and ${rest.reduce((sum, [, count]) => sum + count, 0)} more: ${counts.join(', ')}`));
  }
  const newOnes = opened.filter((record) => !top.includes(record));
  if (newOnes.length > 0)
    blocks.push(section(list('New', newOnes, (record) => `${dollars(record)} ${escapeSlack(record.finding.summary)}`)));
  if (changed.length > 0)
    blocks.push(
      section(
        list(
          'Changed',
          changed,
          (record) => `${escapeSlack(record.finding.summary)} (${escapeSlack(record.reason ?? '')})`,
        ),
      ),
    );
  if (resolved.length > 0) {
    blocks.push(
      section(
        list(
          'Resolved',
          resolved,
          (record) =>
            `~${escapeSlack(record.finding.summary)}~ ${record.reason === 'account closed' ? '(account closed)' : dollars(record)}`,
        ),
      ),
    );
  }
  blocks.push({ type: 'divider' });
  blocks.push({
    type: 'context',
    elements: [coverageText(run), unknownText(content), costText(run)].flatMap((text) =>
      text === undefined ? [] : [{ type: 'mrkdwn' as const, text: cut(text, maxSectionText) }],
    ),
  });
  return blocks;
}

/** For notifications: what a phone shows. */
export function digestFallback({ totalUsd, open, opened, resolved }: DigestContent): string {
  return `Costwarden: ${formatUsd(totalUsd)} a month could be saved, ${open} open findings (${opened.length} new, ${resolved.length} resolved)`;
}

function newsLine({ opened, changed, resolved, open, unchangedSince, doubleCountedUsd, run }: DigestContent): string {
  const double =
    doubleCountedUsd >= 0.005
      ? ` ${formatUsd(doubleCountedUsd)} more is saved by other findings already and not counted.`
      : '';
  const demo = run.trigger === 'demo' ? '*Demo data.* ' : '';
  if (unchangedSince !== null) {
    return `${demo}*Nothing changed* since ${unchangedSince.slice(0, 10)}: ${open} open findings, checked again at ${(run.endedAt ?? run.startedAt).slice(0, 16).replace('T', ' ')} UTC.${double}`;
  }
  return `${demo}*${opened.length} new*, ${changed.length} changed, ${resolved.length} resolved; ${open} open.${double}`;
}

function entry({ finding, firstSeenAt }: FindingRecord, mark: string): string {
  const { saving, fix } = finding;
  const where = `${escapeSlack(finding.accountName)} ${finding.accountId} · ${finding.region}`;
  const lines = [
    `*${dollars({ finding })}* · ${finding.severity}${mark} · ${escapeSlack(cut(finding.summary, 600))}`,
    `${where} · owner ${escapeSlack(finding.owner.name)} · since ${firstSeenAt.slice(0, 10)}`,
  ];
  if (saving !== null && saving.lines.length > 0) lines.push(`_Why:_ ${escapeSlack(formatArithmetic(saving))}`);
  const link = fix.consoleUrl === undefined ? '' : ` <${fix.consoleUrl}|console>`;
  lines.push(`_Fix:_ ${escapeSlack(cut(fix.summary, 600))}${link} · \`${finding.checkId}\` \`${finding.id}\``);
  return lines.join('\n');
}

function dollars({ finding: { saving } }: Pick<FindingRecord, 'finding'>): string {
  return saving === null ? 'unpriced' : `${formatUsd(saving.monthlyUsd)}/month`;
}

function list(title: string, records: readonly FindingRecord[], line: (record: FindingRecord) => string): string {
  const shown = records.slice(0, listed).map((record) => `• ${cut(line(record), 250)}`);
  if (records.length > shown.length) shown.push(`• …and ${records.length - shown.length} more`);
  return [`*${title}*`, ...shown].join('\n');
}

function coverageText({ coverage, status }: RunRecord): string {
  const { accounts, scopes } = coverage;
  return `Coverage: ${status}, ${accounts.audited} of ${accounts.planned} accounts, ${scopes.complete} of ${scopes.planned} scopes`;
}

function unknownText({ run, unknown }: DigestContent): string | undefined {
  const { gaps, failedChecks, failedPlugins } = run.coverage;
  if (gaps.length === 0 && failedChecks.length === 0 && failedPlugins.length === 0 && unknown === 0) return undefined;
  const reasons = new Set(
    gaps.map(
      ({ accountId, kind, reason, iamAction }) =>
        `${accountId} ${kind}: ${reason}${iamAction === undefined ? '' : ` ${iamAction}`}`,
    ),
  );
  const shown = [...reasons].slice(0, 5).map(escapeSlack);
  if (reasons.size > shown.length) shown.push(`and ${reasons.size - shown.length} more`);
  for (const { checkId } of failedChecks.slice(0, 3)) shown.push(`check ${checkId} failed`);
  for (const { plugin } of failedPlugins.slice(0, 3)) shown.push(`plug-in ${escapeSlack(plugin)} did not load`);
  if (unknown > 0) shown.unshift(`${unknown} known findings not looked at`);
  return `Unknown: ${shown.join('; ')}`;
}

function costText({ ownCost }: RunRecord): string {
  const { usd, apiCalls, costExplorerRequests, metricsRequested } = ownCost;
  return `Own bill: $${usd.toFixed(4)} (${apiCalls} AWS calls, ${costExplorerRequests} Cost Explorer requests, ${metricsRequested} metrics)`;
}

function header(text: string): Block {
  return { type: 'header', text: { type: 'plain_text', text: cut(text, 150) } };
}

function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: cut(text, maxSectionText) } };
}
