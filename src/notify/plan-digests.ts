/** Which messages a run has to send: one digest per channel, edited in place while there is no news on a new day. */
import type { FindingRecord } from '../model/change.ts';
import type { RunRecord } from '../model/run.ts';
import type { OutboxRow, StateStore } from '../state/state-store.ts';
import { type DigestContent, digestBlocks, digestFallback } from './digest.ts';
import { byWorth } from './rank.ts';
import type { Message } from './slack-limits.ts';
import { splitMessage } from './split.ts';

export const slackSink = 'slack';

export type DigestRequest = {
  readonly store: Pick<StateStore, 'findings' | 'outbox'>;
  readonly run: RunRecord;
  readonly now: string;
  readonly timezone: string;
  readonly defaultChannel: string;
};

/** One message; `parent` is the key of the row in whose thread it stands. */
export type SlackPayload = { readonly message: Message; readonly parent: string | null };

const topFindings = 10;
/** Changes kept in memory per channel; more are counted. */
const keptChanges = 200;

/** Rows for the outbox, to be saved together with the run. */
export async function planDigests(request: DigestRequest): Promise<OutboxRow[]> {
  const { store, run, now, timezone, defaultChannel } = request;
  const date = dayIn(timezone, now);
  const last = new Map<string, OutboxRow>();
  const before = new Map<string, OutboxRow>();
  const parts = new Map<string, OutboxRow>();
  for (const row of await store.outbox({ sink: slackSink })) {
    if (row.key.includes('#part')) {
      parts.set(row.key, row);
      continue;
    }
    if (!last.has(row.destination)) last.set(row.destination, row);
    // Today's message tells what happened since the one before it, however often it is edited.
    else if (!before.has(row.destination)) before.set(row.destination, row);
  }
  const channels = await gather(request, (channel) => {
    const row = last.get(channel);
    return row?.key === keyOf(channel, date) ? (before.get(channel)?.coversUntil ?? '') : (row?.coversUntil ?? '');
  });
  if (channels.size === 0) channels.set(defaultChannel, emptyContent());

  const rows: OutboxRow[] = [];
  for (const [channel, gathered] of channels) {
    const previous = last.get(channel);
    const isToday = previous?.key === keyOf(channel, date);
    const hasNews = gathered.opened.length + gathered.changed.length + gathered.resolved.length > 0;
    const isQuiet = previous !== undefined && !gathered.hasNewsSince(previous.coversUntil);
    // Without news the last message is brought up to date; nobody is called twice for nothing.
    const edited = previous !== undefined && (isToday || isQuiet) ? previous : undefined;
    const unchangedSince = isQuiet && !(isToday && hasNews) ? previous.coversUntil : null;
    const content: DigestContent = { ...gathered, run, date, unchangedSince };
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
        state: 'pending',
        payload,
        attempts: 0,
        createdAt: own?.createdAt ?? now,
        updatedAt: now,
        coversUntil: isQuiet ? previous.coversUntil : now,
        remote: own?.remote ?? null,
        lastError: null,
      });
    }
  }
  return rows;
}

const emptyPart: Message = {
  text: 'Continued above',
  blocks: [{ type: 'context', elements: [{ type: 'mrkdwn', text: 'Nothing more in this digest.' }] }],
};

function partKey(key: string, index: number): string {
  return `${key}#part${index + 1}`;
}

function keyOf(channel: string, date: string): string {
  return `digest:${channel}:${date}`;
}

type Gathered = Omit<DigestContent, 'run' | 'date' | 'unchangedSince'> & { hasNewsSince(time: string): boolean };

/** One pass over the findings, keeping the top ones and the news of each channel. */
async function gather(
  { store, run, defaultChannel }: DigestRequest,
  since: (channel: string) => string,
): Promise<Map<string, Gathered>> {
  type Channel = {
    top: FindingRecord[];
    more: Record<string, number>;
    open: number;
    opened: FindingRecord[];
    changed: FindingRecord[];
    resolved: FindingRecord[];
    unknown: number;
    newest: string;
    groups: Map<string, number>;
    naive: number;
    total: number;
  };
  const channels = new Map<string, Channel>();
  for await (const record of store.findings()) {
    const { finding, state, changedAt } = record;
    const name = finding.owner.slack ?? defaultChannel;
    const isNews = changedAt > since(name);
    // Old resolved ones are over, and info findings are for the catalogue's readers.
    if (state !== 'open' && !isNews) continue;
    const channel: Channel = channels.get(name) ?? {
      top: [],
      more: {},
      open: 0,
      opened: [],
      changed: [],
      resolved: [],
      unknown: 0,
      newest: '',
      groups: new Map(),
      naive: 0,
      total: 0,
    };
    channels.set(name, channel);
    if (changedAt > channel.newest) channel.newest = changedAt;
    if (state === 'open') {
      channel.open += 1;
      if (record.change === 'unknown' && record.runId === run.id) channel.unknown += 1;
      addDollars(channel, record);
      if (finding.severity !== 'info') channel.top.push(record);
      else channel.more[finding.checkId] = (channel.more[finding.checkId] ?? 0) + 1;
      if (channel.top.length > topFindings * 8) trim(channel);
    }
    if (!isNews) continue;
    if (state === 'resolved') push(channel.resolved, record);
    else if (state === 'open' && lastChange(record) === 'changed') push(channel.changed, record);
    else if (state === 'open' && finding.severity !== 'info') push(channel.opened, record);
  }
  return new Map(
    [...channels].map(([name, channel]) => {
      trim(channel);
      const { groups, naive, newest, total, ...kept } = channel;
      let best = total;
      for (const amount of groups.values()) best += amount;
      return [
        name,
        { ...kept, totalUsd: best, doubleCountedUsd: naive - best, hasNewsSince: (time: string) => newest > time },
      ];
    }),
  );
}

function addDollars(
  channel: { groups: Map<string, number>; naive: number; total: number },
  { finding }: FindingRecord,
): void {
  const usd = finding.saving?.monthlyUsd ?? 0;
  channel.naive += usd;
  if (finding.overlap === null) {
    channel.total += usd;
    return;
  }
  const group = `${finding.accountId} ${finding.overlap}`;
  channel.groups.set(group, Math.max(usd, channel.groups.get(group) ?? 0));
}

function trim(channel: { top: FindingRecord[]; more: Record<string, number> }): void {
  channel.top.sort(byWorth);
  for (const { finding } of channel.top.splice(topFindings))
    channel.more[finding.checkId] = (channel.more[finding.checkId] ?? 0) + 1;
}

function push(list: FindingRecord[], record: FindingRecord): void {
  if (list.length < keptChanges) list.push(record);
}

function lastChange({ history }: FindingRecord): string | undefined {
  return history.at(-1)?.change;
}

function emptyContent(): Gathered {
  return {
    top: [],
    more: {},
    open: 0,
    opened: [],
    changed: [],
    resolved: [],
    unknown: 0,
    totalUsd: 0,
    doubleCountedUsd: 0,
    hasNewsSince: () => false,
  };
}

function dayIn(timezone: string, now: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' }).format(new Date(now));
}
