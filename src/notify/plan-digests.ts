/**
 * Which messages a run has to send: one digest per channel and day with news. It is edited in place as long as its day
 * lasts, as long as nothing changes, and as long as it has not arrived: days without Slack end in one message.
 */
import type { FindingRecord } from '../model/change.ts';
import type { RunRecord } from '../model/run.ts';
import type { OutboxRow, StateStore } from '../state/state-store.ts';
import { type DigestContent, digestBlocks, digestFallback, type News } from './digest.ts';
import { byWorth } from './rank.ts';
import type { Message } from './slack-limits.ts';
import { incidentPrefix, type SlackPayload, slackSink } from './slack-payload.ts';
import { splitMessage } from './split.ts';
import { hasOwnMessage, toldIncident } from './told-incident.ts';

export type DigestRequest = {
  readonly store: Pick<StateStore, 'findings' | 'outbox'>;
  readonly run: RunRecord;
  readonly now: string;
  readonly timezone: string;
  readonly defaultChannel: string;
};

const topFindings = 10;
/** Changes of a kind kept in memory per channel, the worthiest; more are counted. */
const keptChanges = 50;

/** Rows for the outbox, to be saved together with the run. */
export async function planDigests(request: DigestRequest): Promise<OutboxRow[]> {
  const { store, run, now, timezone, defaultChannel } = request;
  const date = dayIn(timezone, now);
  const last = new Map<string, OutboxRow>();
  const before = new Map<string, OutboxRow>();
  const parts = new Map<string, OutboxRow>();
  const waiting: OutboxRow[] = [];
  for (const row of await store.outbox({ sink: slackSink, limit: Number.POSITIVE_INFINITY })) {
    if (row.key.startsWith(incidentPrefix)) continue;
    if (row.state !== 'sent') waiting.push(row);
    if (row.key.includes('#part')) {
      parts.set(row.key, row);
      continue;
    }
    if (!last.has(row.destination)) last.set(row.destination, row);
    // Today's message tells what happened since the one before it, however often it is edited.
    else if (!before.has(row.destination)) before.set(row.destination, row);
  }
  const isToday = (row: OutboxRow): boolean =>
    row.key === keyOf(row.destination, date) || dayIn(timezone, row.createdAt) === date;
  const channels = await gather(request, (channel) => {
    const row = last.get(channel);
    const isOpen = row !== undefined && (isToday(row) || row.state !== 'sent' || row.remote === null);
    return (isOpen ? before.get(channel)?.coversUntil : row?.coversUntil) ?? '';
  });
  if (channels.size === 0) channels.set(defaultChannel, toGathered(emptyChannel()));

  const rows: OutboxRow[] = [];
  for (const [channel, gathered] of channels) {
    const previous = last.get(channel);
    const hasNews = gathered.opened.count + gathered.changed.count + gathered.resolved.count > 0;
    const isQuiet = previous !== undefined && gathered.newsAt <= previous.coversUntil;
    // Without news the last message is brought up to date; nobody is called twice for nothing.
    const isEdited = previous !== undefined && (isQuiet || isToday(previous) || previous.remote === null);
    const edited = isEdited ? previous : undefined;
    const unchangedSince = isQuiet && !hasNews ? previous.coversUntil : null;
    // Commitments are the organization's; where nobody has its channel, everybody is told.
    const isTold = channel === defaultChannel || !channels.has(defaultChannel);
    const billNotes = isTold ? (run.billNotes ?? []) : [];
    const content: DigestContent = { ...gathered, run, date, unchangedSince, billNotes };
    const messages = splitMessage(digestBlocks(content), digestFallback(content));
    const key = edited?.key ?? keyOf(channel, date);
    // A part that is not needed any more cannot be taken back, only emptied.
    while (parts.has(partKey(key, messages.length))) messages.push(emptyPart);
    for (const [index, message] of messages.entries()) {
      const own = index === 0 ? edited : parts.get(partKey(key, index));
      const payload: SlackPayload = { message, parent: index === 0 ? null : key };
      rows.push({
        key: index === 0 ? key : partKey(key, index),
        sink: slackSink,
        destination: channel,
        rev: (edited?.rev ?? 0) + 1,
        // What may have arrived without our knowing is looked for before it is sent again.
        state: own?.state === 'sending' && own.remote === null ? 'sending' : 'pending',
        payload,
        attempts: 0,
        // What never arrived becomes a message of today.
        createdAt: own === undefined || own.remote === null ? now : own.createdAt,
        updatedAt: now,
        coversUntil: isQuiet ? previous.coversUntil : now,
        remote: own?.remote ?? null,
        lastError: null,
      });
    }
  }
  // The news of what still waits stand in this plan; sent later, they would be old, or go where nothing goes any more.
  const planned = new Set(rows.map(({ key }) => key));
  for (const row of waiting)
    if (!planned.has(row.key))
      rows.push({ ...row, state: 'sent', updatedAt: now, lastError: 'replaced by a later one' });
  return rows;
}

const emptyPart: Message = {
  text: 'Continued above',
  blocks: [{ type: 'context', elements: [{ type: 'mrkdwn', verbatim: true, text: 'Nothing more in this digest.' }] }],
};

function partKey(key: string, index: number): string {
  return `${key}#part${index + 1}`;
}

function keyOf(channel: string, date: string): string {
  return `digest:${channel}:${date}`;
}

type Gathered = Omit<DigestContent, 'run' | 'date' | 'unchangedSince' | 'billNotes'> & {
  /** Time of the newest of opened, changed and resolved; empty without any. */
  readonly newsAt: string;
};

type Channel = {
  top: FindingRecord[];
  more: Record<string, number>;
  open: number;
  opened: Kept;
  changed: Kept;
  resolved: Kept;
  unknown: number;
  newsAt: string;
  groups: Map<string, number>;
  naive: number;
  total: number;
};
type Kept = { count: number; records: FindingRecord[] };

/** One pass over the findings, keeping the top ones and the news of each channel. */
async function gather(
  { store, run, defaultChannel }: DigestRequest,
  since: (channel: string) => string,
): Promise<Map<string, Gathered>> {
  const channels = new Map<string, Channel>();
  for await (const record of store.findings()) {
    const { finding, state, changedAt } = record;
    const name = finding.owner.slack ?? defaultChannel;
    const news = changedAt > since(name) ? newsOf(record, since(name)) : undefined;
    if (state !== 'open' && news === undefined) continue;
    const channel = channels.get(name) ?? emptyChannel();
    channels.set(name, channel);
    if (state === 'open') {
      channel.open += 1;
      if (record.change === 'unknown' && record.runId === run.id) channel.unknown += 1;
      addDollars(channel, record);
      if (finding.severity !== 'info') channel.top.push(record);
      else channel.more[finding.checkId] = (channel.more[finding.checkId] ?? 0) + 1;
      if (channel.top.length > topFindings * 8) trim(channel);
    }
    if (news === undefined) continue;
    if (changedAt > channel.newsAt) channel.newsAt = changedAt;
    keep(channel[news], record);
  }
  return new Map([...channels].map(([name, channel]) => [name, toGathered(channel)]));
}

/** @returns what the channel is told of it, or undefined: exempted and snoozed are no news, nor are info findings that
 *  open, nor what an incident's own message says already */
function newsOf(record: FindingRecord, since: string): 'opened' | 'changed' | 'resolved' | undefined {
  const { finding, state, history } = record;
  if (state === 'resolved')
    return toldIncident(record.finding)?.incident.state === 'withdrawn' ? undefined : 'resolved';
  if (state !== 'open') return undefined;
  // Opened and changed since the last message is new to its readers.
  const isNew = history.some(({ at, change }) => at > since && (change === 'opened' || change === 'reopened'));
  if (!isNew && history.at(-1)?.change === 'changed') return hasOwnMessage(record) ? undefined : 'changed';
  return finding.severity === 'info' ? undefined : 'opened';
}

function toGathered(channel: Channel): Gathered {
  trim(channel);
  const { groups, naive, total, opened, changed, resolved, ...kept } = channel;
  let best = total;
  for (const amount of groups.values()) best += amount;
  return {
    ...kept,
    opened: worthiest(opened),
    changed: worthiest(changed),
    resolved: worthiest(resolved),
    totalUsd: best,
    doubleCountedUsd: naive - best,
  };
}

function addDollars(channel: Channel, { finding }: FindingRecord): void {
  const usd = finding.saving?.monthlyUsd ?? 0;
  channel.naive += usd;
  if (finding.overlap === null) {
    channel.total += usd;
    return;
  }
  const group = `${finding.accountId} ${finding.overlap}`;
  channel.groups.set(group, Math.max(usd, channel.groups.get(group) ?? 0));
}

function trim(channel: Channel): void {
  channel.top.sort(byWorth);
  for (const { finding } of channel.top.splice(topFindings))
    channel.more[finding.checkId] = (channel.more[finding.checkId] ?? 0) + 1;
}

function keep(kept: Kept, record: FindingRecord): void {
  kept.count += 1;
  kept.records.push(record);
  if (kept.records.length > keptChanges * 2) kept.records = [...worthiest(kept).records];
}

function worthiest({ count, records }: Kept): News {
  return { count, records: records.toSorted(byWorth).slice(0, keptChanges) };
}

function emptyChannel(): Channel {
  const nothing = (): Kept => ({ count: 0, records: [] });
  return {
    top: [],
    more: {},
    open: 0,
    opened: nothing(),
    changed: nothing(),
    resolved: nothing(),
    unknown: 0,
    newsAt: '',
    groups: new Map(),
    naive: 0,
    total: 0,
  };
}

export function dayIn(timezone: string, now: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' }).format(new Date(now));
}
