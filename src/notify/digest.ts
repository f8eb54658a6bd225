/** The digest of one channel as Slack blocks: dollars first, then what, where, why the number is right, what to do. Pure. */
import type { FindingRecord } from '../model/change.ts';
import { formatArithmetic, formatUsd } from '../model/money.ts';
import type { RunRecord } from '../model/run.ts';
import { consoleLink, context, section } from './slack-blocks.ts';
import type { Block } from './slack-limits.ts';
import { cut, escapeSlack } from './slack-text.ts';
import { hasOwnMessage } from './told-incident.ts';

/** Some of many: `records` holds the worthiest of `count`. */
export type News = { readonly count: number; readonly records: readonly FindingRecord[] };

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
  readonly opened: News;
  readonly changed: News;
  readonly resolved: News;
  /** Findings that could not be looked at this time. */
  readonly unknown: number;
  /** Time of the last message's news; set when nothing has changed since. */
  readonly unchangedSince: string | null;
  /** What moved the bill without more usage. */
  readonly billNotes: readonly string[];
};

const listed = 10;

export function digestBlocks(content: DigestContent): Block[] {
  const { run, top, opened, changed, resolved, more } = content;
  const blocks: Block[] = [
    header(`${content.date}: ${formatUsd(content.totalUsd)} a month could be saved`),
    section(newsLine(content)),
  ];
  if (top.length > 0) blocks.push({ type: 'divider' });
  for (const record of top) blocks.push(section(entry(record, opened.records.includes(record) ? ' · *new*' : '')));
  const rest = Object.entries(more).sort(([, a], [, b]) => b - a);
  if (rest.length > 0) {
    const counts = rest.slice(0, listed).map(([check, count]) => `${count} × \`${check}\``);
    if (rest.length > listed) counts.push(`${sumOf(rest.slice(listed))} of ${rest.length - listed} other checks`);
    blocks.push(section(`…and ${sumOf(rest)} more: ${counts.join(', ')}`));
  }
  const others = opened.records.filter((record) => !top.includes(record));
  const newOnes = { count: opened.count - (opened.records.length - others.length), records: others };
  const lists = [
    list('New', newOnes, (record) => `${dollars(record)} ${summary(record, 150)}`),
    list('Changed', changed, (record) => `${summary(record, 150)} (${cut(escapeSlack(record.reason ?? ''), 80)})`),
    list('Resolved', resolved, (record) => `~${summary(record, 150)}~ ${resolution(record)}`),
  ];
  for (const text of lists) if (text !== undefined) blocks.push(section(text));
  if (content.billNotes.length > 0)
    blocks.push(section(`_Beside usage:_ ${cut(escapeSlack(content.billNotes.join('; ')), 1500)}.`));
  blocks.push({ type: 'divider' });
  const unknown = unknownText(content);
  blocks.push(context(coverageText(run), ...(unknown === undefined ? [] : [unknown]), costText(run)));
  return blocks;
}

/** For notifications: what a phone shows. */
export function digestFallback({ totalUsd, open, opened, resolved }: DigestContent): string {
  return `Costwarden: ${formatUsd(totalUsd)} a month could be saved, ${open} open findings (${opened.count} new, ${resolved.count} resolved)`;
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
  return `${demo}*${opened.count} new*, ${changed.count} changed, ${resolved.count} resolved; ${open} open.${double}`;
}

/** Each part is cut to its share of a section, so that none pushes another out. */
function entry(record: FindingRecord, mark: string): string {
  const { finding, firstSeenAt } = record;
  const { saving, fix } = finding;
  const where = `${cut(escapeSlack(finding.accountName), 150)} ${finding.accountId} · ${finding.region}`;
  if (hasOwnMessage(record))
    return `*${dollars(record)}* · ${finding.severity}${mark} · ${summary(record, 300)} · ${where} · told in its own message`;
  const lines = [
    `*${dollars(record)}* · ${finding.severity}${mark} · ${summary(record, 700)}`,
    `${where} · owner ${cut(escapeSlack(finding.owner.name), 150)} · since ${firstSeenAt.slice(0, 10)}`,
  ];
  if (saving !== null && saving.lines.length > 0)
    lines.push(`_Why:_ ${cut(escapeSlack(formatArithmetic(saving)), 600)}`);
  lines.push(
    `_Fix:_ ${cut(escapeSlack(fix.summary), 500)}${consoleLink(fix.consoleUrl)} · \`${finding.checkId}\` \`${finding.id}\``,
  );
  return lines.join('\n');
}

function summary({ finding }: FindingRecord, max: number): string {
  return cut(escapeSlack(finding.summary), max);
}

function resolution(record: FindingRecord): string {
  return record.reason === 'account closed' ? '(account closed)' : dollars(record);
}

function dollars({ finding: { saving } }: Pick<FindingRecord, 'finding'>): string {
  return saving === null ? 'unpriced' : `${formatUsd(saving.monthlyUsd)}/month`;
}

function list(title: string, { count, records }: News, line: (record: FindingRecord) => string): string | undefined {
  if (count === 0) return undefined;
  const shown = records.slice(0, listed).map((record) => `• ${line(record)}`);
  if (count > shown.length) shown.push(`• …and ${count - shown.length} more`);
  return [`*${title}*`, ...shown].join('\n');
}

function sumOf(counts: readonly (readonly [string, number])[]): number {
  return counts.map(([, count]) => count).reduce((sum, count) => sum + count, 0);
}

function coverageText({ coverage, status }: RunRecord): string {
  const { accounts, scopes } = coverage;
  return `Coverage: ${status}, ${accounts.audited} of ${accounts.planned} accounts, ${scopes.complete} of ${scopes.planned} scopes`;
}

function unknownText({ run, unknown }: DigestContent): string | undefined {
  const { gaps, failedChecks, failedPlugins } = run.coverage;
  const parts: string[] = [];
  if (unknown > 0) parts.push(`${unknown} known findings not looked at`);
  const named = (texts: Iterable<string>, shown: number, others: string): void => {
    const all = [...new Set(texts)];
    parts.push(...all.slice(0, shown).map((text) => cut(escapeSlack(text), 200)));
    if (all.length > shown) parts.push(`${all.length - shown} ${others}`);
  };
  named(
    gaps.map(({ accountId, kind, reason, iamAction = '' }) => `${accountId} ${kind}: ${reason} ${iamAction}`.trim()),
    5,
    'more gaps',
  );
  named(
    failedChecks.map(({ checkId }) => `check ${checkId} failed`),
    3,
    'more checks failed',
  );
  named(
    failedPlugins.map(({ plugin }) => `plug-in ${plugin} did not load`),
    3,
    'more plug-ins did not load',
  );
  return parts.length === 0 ? undefined : `Unknown: ${parts.join('; ')}`;
}

function costText({ ownCost }: RunRecord): string {
  const { usd, apiCalls, costExplorerRequests, metricsRequested } = ownCost;
  return `Own bill: $${usd.toFixed(4)} (${apiCalls} AWS calls, ${costExplorerRequests} Cost Explorer requests, ${metricsRequested} metrics)`;
}

function header(text: string): Block {
  return { type: 'header', text: { type: 'plain_text', text: cut(text, 150) } };
}
