/** One incident as a Slack message: what it costs and where, why that is unusual, what may have done it, its picture. Pure. */
import type { FindingRecord } from '../model/change.ts';
import { formatDay } from '../model/days.ts';
import { formatUsd } from '../model/money.ts';
import { decodeUsageType } from '../model/usage-types.ts';
import type { IncidentChart } from './chart.ts';
import { consoleLink, context, section } from './slack-blocks.ts';
import type { Block, Message } from './slack-limits.ts';
import { cut, escapeSlack } from './slack-text.ts';
import { sparkline } from './sparkline.ts';
import type { ToldIncident } from './told-incident.ts';

export type IncidentContent = {
  readonly record: FindingRecord;
  readonly told: ToldIncident;
  /** Open findings of the check that usually shows the cause, in the same account. */
  readonly related: readonly FindingRecord[];
  readonly isDemo: boolean;
};

/** How things stand with it, for the reader. */
export type Standing = 'live' | 'over' | 'newNormal' | 'withdrawn' | 'accepted';

type IncidentMessage = {
  readonly message: Message;
  /** Set while there is something to look at; `replaces` = index of the block with the same in text. */
  readonly drawing: { readonly chart: IncidentChart; readonly altText: string; readonly replaces: number } | undefined;
};

const headlineLength = 600;

export function standingOf({ state }: FindingRecord, { incident }: ToldIncident): Standing {
  if (incident.state === 'withdrawn') return 'withdrawn';
  if (incident.state === 'newNormal') return 'newNormal';
  if (incident.state === 'resolved' || state === 'resolved') return 'over';
  return state === 'exempted' || state === 'snoozed' || incident.state === 'planned' ? 'accepted' : 'live';
}

export function incidentMessage(content: IncidentContent): IncidentMessage {
  const { record, told, related, isDemo } = content;
  const { finding } = record;
  const standing = standingOf(record, told);
  const place = `${cut(escapeSlack(finding.accountName), 150)} ${finding.accountId} · ${finding.region} · owner ${cut(escapeSlack(finding.owner.name), 150)}`;
  const demo = isDemo ? '*Demo data.* ' : '';
  const blocks: Block[] = [section(`${demo}${statusLine(content, standing)}\n${headline(record, standing)}\n${place}`)];
  if (standing !== 'withdrawn') blocks.push(...details(content));
  for (const other of standing === 'live' ? related : []) blocks.push(section(relatedLine(other)));
  const drawing = standing === 'withdrawn' ? undefined : drawingOf(told);
  const replaces = blocks.length;
  if (drawing !== undefined)
    blocks.push(context(`\`${sparkline(drawing.sparked)}\` the newest 30 days, unusual ones in brackets`));
  if (standing === 'live')
    blocks.push(section(`_Fix:_ ${cut(escapeSlack(finding.fix.summary), 500)}${consoleLink(finding.fix.consoleUrl)}`));
  blocks.push(context(footer(record)));
  const text = `Costwarden: ${finding.accountName}, ${finding.summary}`;
  return {
    message: { text: cut(escapeSlack(text), 1000), blocks },
    drawing: drawing === undefined ? undefined : { chart: drawing.chart, altText: drawing.altText, replaces },
  };
}

/** In the thread of the incident, once. */
export function escalationMessage({ told: { incident }, record }: IncidentContent, firstUsd: number): Message {
  const text = `${formatUsd(incident.excessUsd)} so far, at least three times the ${formatUsd(firstUsd)} first told`;
  const month = `if it goes on, about ${formatUsd(incident.monthlyRunRateUsd)} a month`;
  return {
    text: cut(`Costwarden: ${text} (${escapeSlack(record.finding.accountName)})`, 1000),
    blocks: [section(`*It has grown:* ${text}; ${month}.`)],
  };
}

/** Dollars first, and what has become of it. */
function statusLine({ record, told: { incident } }: IncidentContent, standing: Standing): string {
  const { excessUsd, excessLowUsd, excessHighUsd, monthlyRunRateUsd } = incident;
  const sum = `${excessUsd < 0 ? '-' : '+'}${formatUsd(Math.abs(excessUsd))}`;
  const interval = `(${formatUsd(excessLowUsd)} to ${formatUsd(excessHighUsd)})`;
  switch (standing) {
    case 'live':
      return `*${sum} so far* ${interval} · ${record.finding.severity} · ${age(incident.state, incident.onset)}`;
    case 'over':
      return `*Over: ${sum} in all* ${interval}${isSaidByBill(record, incident.state) ? '' : ` · ${reasonOf(record)}`}`;
    case 'newNormal':
      return `*New normal: ${formatUsd(Math.abs(monthlyRunRateUsd))} a month ${monthlyRunRateUsd < 0 ? 'less' : 'more'} than before* · ${sum} until then`;
    case 'withdrawn':
      return 'Withdrawn: AWS has changed the figure, it is within the band now';
    case 'accepted':
      return `*Accepted:* ${reasonOf(record)} · ${sum} so far ${interval}`;
  }
}

function age(state: ToldIncident['incident']['state'], onset: string): string {
  const since = `since ${formatDay(onset)}`;
  return state === 'provisional' ? `first signs, ${since}` : since;
}

/** The bill ended it, not a person and not an account that closed. */
function isSaidByBill({ state }: FindingRecord, incidentState: ToldIncident['incident']['state']): boolean {
  return incidentState === 'resolved' || state !== 'resolved';
}

function reasonOf({ reason, until, state }: FindingRecord): string {
  const end = state === 'snoozed' && until !== null ? `snoozed until ${until.slice(0, 10)}` : '';
  return cut(escapeSlack([end, reason ?? ''].filter((part) => part !== '').join(': ') || 'planned'), 300);
}

function headline({ finding }: FindingRecord, standing: Standing): string {
  const text = cut(escapeSlack(finding.summary), headlineLength);
  return standing === 'over' || standing === 'withdrawn' ? `~${text}~` : text;
}

function details({ record: { finding }, told: { lines } }: IncidentContent): Block[] {
  const blocks: Block[] = [];
  if (lines.length > 0) blocks.push(section(bullets(lines)));
  if (finding.cause !== null)
    blocks.push(section(`*What is known of the cause*\n${cut(bullets(finding.cause.split('\n')), 2500)}`));
  return blocks;
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `• ${cut(escapeSlack(line), 700)}`).join('\n');
}

function drawingOf({ chart, incident }: ToldIncident) {
  const [first] = incident.series;
  const newest = first.days.at(-1);
  if (chart === null || newest === undefined) return undefined;
  const { words } = decodeUsageType(first.service, first.usageType);
  const least = newest.isPartial ? 'at least ' : '';
  const expected = `expected ${formatUsd(newest.lowerUsd)} to ${formatUsd(newest.upperUsd)}`;
  const fact = `${least}${formatUsd(newest.actualUsd)} on ${formatDay(newest.day)}, ${expected}`;
  const place = `${words}${first.region === 'global' ? '' : `, ${first.region}`}`;
  const title = `${place.charAt(0).toUpperCase()}${place.slice(1)}`;
  const marked = first.days.map(({ day }) => day);
  return {
    chart: { title, fact, ...chart, marked },
    altText: cut(`Cost a day, ${first.service}, ${place}: ${fact}`, 500),
    sparked: { chart, days: first.days },
  };
}

function relatedLine({ finding }: FindingRecord): string {
  const usd = finding.saving === null ? '' : ` · ${formatUsd(finding.saving.monthlyUsd)}/month`;
  return `_See also:_ ${cut(escapeSlack(finding.summary), 400)}${usd} · \`${finding.checkId}\` \`${finding.id}\``;
}

function footer({ finding, acknowledgedBy, state }: FindingRecord): string {
  const seen = acknowledgedBy === null ? '' : ` · seen by ${cut(escapeSlack(acknowledgedBy), 100)}`;
  const planned = state === 'open' ? ` · planned? \`costwarden findings exempt ${finding.id}\`` : '';
  return `\`${finding.checkId}\` \`${finding.id}\`${seen}${planned}`;
}
