/** The result of an audit for a person at a terminal: what it costs, why the number is right, what to do. */
import { styleText } from 'node:util';
import type { FindingRecord } from '../model/change.ts';
import type { Severity } from '../model/finding.ts';
import type { DataSource, Gap } from '../model/inventory.ts';
import { formatArithmetic, formatUsd } from '../model/money.ts';
import type { KindSource, RunRecord } from '../model/run.ts';
import { byWorth, printable } from './rank.ts';
import { sparkline } from './sparkline.ts';
import { toldIncident } from './told-incident.ts';

/** Findings shown in full; the rest are counted. A terminal is no place for thousands. */
const shownFindings = 60;
const shownGaps = 12;
const namedKinds = 3;
const sourceWords: Readonly<Record<DataSource, string>> = {
  live: 'live',
  inventory: 'from the inventory',
  'config-aggregator': "from the organization's Config aggregator",
  'cost-optimization-hub': 'from Cost Optimization Hub',
  'compute-optimizer': 'from Compute Optimizer',
  cached: 'kept from an earlier run',
};

type Style = Parameters<typeof styleText>[0];
const severityStyles: Record<Severity, Style> = {
  critical: ['bold', 'red'],
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  info: 'gray',
};

/** @param isColoured false for pipes and files */
export async function* tableResult(
  run: RunRecord,
  records: AsyncIterable<FindingRecord>,
  isColoured: boolean,
): AsyncIterable<string> {
  const paint = (style: Style, text: string): string =>
    isColoured ? styleText(style, text, { validateStream: false }) : text;
  const open: FindingRecord[] = [];
  const resolved: FindingRecord[] = [];
  let left = 0;
  for await (const record of records) {
    if (record.change === 'resolved') resolved.push(record);
    if (record.state !== 'open') continue;
    open.push(record);
    if (open.length <= shownFindings * 4) continue;
    open.sort(byWorth);
    left += open.length - shownFindings;
    open.length = shownFindings;
  }
  open.sort(byWorth);
  left += Math.max(0, open.length - shownFindings);

  for (const record of open.slice(0, shownFindings)) yield* findingLines(record, paint);
  if (left > 0) yield `… and ${left} more of less worth: --format json has them all\n\n`;
  for (const { finding } of resolved.slice(0, shownFindings)) {
    yield `${paint('green', 'resolved')} ${finding.checkId} ${printable(finding.summary)}\n`;
  }
  if (resolved.length > 0) yield '\n';
  yield* summaryLines(run, paint);
}

function* findingLines(
  { finding, change }: FindingRecord,
  paint: (style: Style, text: string) => string,
): Iterable<string> {
  const { saving, severity } = finding;
  const dollars = saving === null ? 'unpriced' : `${formatUsd(saving.monthlyUsd)}/month`;
  const mark = change === 'stillOpen' ? '' : ` (${change === 'unknown' ? 'not seen this time' : change})`;
  const where = `${printable(finding.accountName)} ${finding.accountId} ${finding.region}`;
  yield `${paint('bold', dollars)}  ${paint(severityStyles[severity], severity)}  ${finding.checkId}${mark}\n`;
  yield `  ${printable(finding.summary)}\n`;
  yield `  where: ${where} · owner: ${printable(finding.owner.name)} (${finding.owner.via})\n`;
  const told = toldIncident(finding);
  if (told?.chart) yield `  trend: ${sparkline({ chart: told.chart, days: told.incident.series[0].days })}\n`;
  if (saving !== null && saving.lines.length > 0) yield `  why:   ${formatArithmetic(saving)}\n`;
  for (const [index, cause] of (finding.cause ?? '').split('\n').entries())
    if (cause !== '') yield `  ${index === 0 ? 'cause:' : '      '} ${printable(cause)}\n`;
  yield `  fix:   ${printable(finding.fix.summary)}\n`;
  if (finding.fix.cli !== undefined) yield paint('gray', `         ${printable(finding.fix.cli)}\n`);
  yield paint('gray', `         costwarden findings show ${finding.id}\n`);
  yield '\n';
}

function* summaryLines(run: RunRecord, paint: (style: Style, text: string) => string): Iterable<string> {
  const { totals, coverage, ownCost, status } = run;
  const { low, expected, high } = totals.monthlySavingUsd;
  const severities = Object.entries(totals.bySeverity).map(([severity, count]) => `${count} ${severity}`);
  const range = low === high ? '' : ` (${formatUsd(low)} to ${formatUsd(high)})`;
  yield paint(
    'bold',
    `${totals.open} open findings: ${severities.join(', ') || 'none'} · ${formatUsd(expected)}/month${range}\n`,
  );
  if (totals.doubleCountedUsd > 0)
    yield `  ${formatUsd(totals.doubleCountedUsd)}/month left out of the sum: saved already by another finding\n`;
  const changes = Object.entries(run.changes).map(([change, count]) => `${count} ${change}`);
  yield `changes: ${changes.join(', ') || 'none'}\n`;
  if (run.billNotes !== undefined) yield `beside usage: ${printable(run.billNotes.join('; '))}\n`;
  yield `coverage: ${status}; ${coverage.accounts.audited} of ${coverage.accounts.planned} accounts, ${coverage.scopes.complete} of ${coverage.scopes.planned} scopes complete\n`;
  yield* sourcesLine(coverage.sources ?? [], run.startedAt);
  for (const [line, count] of groupGaps(coverage.gaps).slice(0, shownGaps))
    yield `  unknown: ${line}${count > 1 ? ` (${count} times)` : ''}\n`;
  for (const { checkId, scope, message } of coverage.failedChecks.slice(0, shownGaps))
    yield `  unknown: check ${checkId} failed in ${scope}: ${printable(message)}\n`;
  for (const { plugin, message } of coverage.failedPlugins)
    yield `  not loaded: ${printable(plugin)}: ${printable(message)}\n`;
  yield `own bill: $${ownCost.usd.toFixed(4)} for ${ownCost.apiCalls} AWS calls, ${ownCost.costExplorerRequests} of them to Cost Explorer, ${ownCost.metricsRequested} metrics; ${ownCost.throttles} throttled\n`;
}

/** One part per source; the kinds by name where there are few. */
function* sourcesLine(sources: readonly KindSource[], now: string): Iterable<string> {
  const parts = [...Map.groupBy(sources, ({ source }) => source)].map(([source, list]) => {
    const kinds = list.length > namedKinds ? `${list.length} kinds` : list.map(({ kind }) => kind).join(', ');
    const oldestMs = Math.max(...list.map(({ oldestAt }) => Date.parse(now) - Date.parse(oldestAt)));
    return `${kinds} ${sourceWords[source]}${oldestMs < 60_000 ? '' : ` (up to ${formatAge(oldestMs)} old)`}`;
  });
  if (parts.length > 0) yield `sources: ${parts.join('; ')}\n`;
}

function formatAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / (24 * 60))} days`;
}

/** The same gap in many scopes is one line. */
function groupGaps(gaps: readonly Gap[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const gap of gaps) {
    const action = gap.iamAction === undefined ? '' : ` ${gap.iamAction}`;
    const silenced = gap.checks.length === 0 ? '' : `; not decided: ${gap.checks.join(', ')}`;
    const resource = gap.resourceId === undefined ? '' : ` of ${printable(gap.resourceId)}`;
    // Only the message says which file, and where in it.
    const file = gap.reason === 'not-in-inventory' ? ` ${printable(gap.message)}` : '';
    const line = `${gap.accountId}: ${gap.kind}${resource}: ${gap.reason}${action}${file}${silenced}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}
