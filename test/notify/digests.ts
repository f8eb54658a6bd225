/** Runs, a state in memory and rows of the outbox for tests of messages. */
import type { FindingRecord } from '../../src/model/change.ts';
import type { RunRecord } from '../../src/model/run.ts';
import { planMessages } from '../../src/notify/notify.ts';
import type { Block, Message } from '../../src/notify/slack-limits.ts';
import type { SlackPayload } from '../../src/notify/slack-payload.ts';
import type { OutboxRow, StateStore } from '../../src/state/state-store.ts';
import { finding, record } from '../support/findings.ts';

export function runRecord(overrides: Partial<RunRecord> = {}): RunRecord {
  return {
    id: 'run-1',
    trigger: 'schedule',
    startedAt: '2026-11-24T06:00:00.000Z',
    endedAt: '2026-11-24T06:03:20.000Z',
    version: '0.1.0',
    status: 'complete',
    coverage: {
      accounts: { planned: 3, audited: 3 },
      scopes: { planned: 51, complete: 51, partial: 0 },
      gaps: [],
      failedChecks: [],
      failedPlugins: [],
    },
    totals: { open: 0, bySeverity: {}, monthlySavingUsd: { low: 0, expected: 0, high: 0 }, doubleCountedUsd: 0 },
    ownCost: {
      usd: 0.12,
      apiCalls: 5120,
      costExplorerRequests: 9,
      metricsRequested: 120,
      throttles: 3,
      bytesReceived: 1_000_000,
    },
    changes: {},
    ...overrides,
  };
}

type Details = Parameters<typeof finding>[0] & Omit<Partial<FindingRecord>, 'finding'>;

/** A finding with one transition at `at`. */
export function change(kind: 'opened' | 'changed' | 'resolved' | 'exempted', at: string, details: Details = {}) {
  const state = kind === 'resolved' || kind === 'exempted' ? kind : 'open';
  const { reason = null } = details;
  return record({
    state,
    change: kind,
    changedAt: at,
    history: [{ at, change: kind, reason }],
    ...details,
    finding: finding(details),
  });
}

export type MemoryState = Pick<StateStore, 'findings' | 'outbox' | 'outboxRow' | 'updateOutbox'> & {
  records: FindingRecord[];
  rows(): OutboxRow[];
};

/** What notify needs of the state, without a database. */
export function memoryState(records: FindingRecord[] = []): MemoryState {
  const rows = new Map<string, OutboxRow>();
  return {
    records,
    rows: () => [...rows.values()],
    async *findings() {
      yield* this.records;
    },
    outbox: async ({ states } = {}) =>
      [...rows.values()]
        .filter(({ state }) => states?.includes(state) ?? true)
        .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || a.key.localeCompare(b.key)),
    outboxRow: async (key) => rows.get(key),
    async updateOutbox(row) {
      rows.set(row.key, row);
    },
  };
}

/** Plans the messages of a run at a time and keeps them in the outbox. */
export async function plan(
  store: MemoryState,
  now: string,
  overrides: Partial<RunRecord> & { timezone?: string } = {},
): Promise<OutboxRow[]> {
  const { timezone = 'UTC', ...run } = overrides;
  const rows = await planMessages({
    store,
    run: runRecord({ startedAt: now, endedAt: now, ...run }),
    now,
    timezone,
    defaultChannel: '#cloud-costs',
  });
  for (const row of rows) await store.updateOutbox(row);
  return rows;
}

export function messageOf({ payload }: OutboxRow): Message {
  return (payload as SlackPayload).message;
}

/** All words of some blocks, one text a line. */
export function textOf(blocks: readonly Block[]): string {
  return blocks
    .flatMap((block) => {
      if (block.type === 'divider') return [];
      if (block.type === 'image') return [block.alt_text];
      return block.type === 'context' ? block.elements.map(({ text }) => text) : [block.text.text];
    })
    .join('\n');
}

export function textsOf(rows: readonly OutboxRow[]): string {
  return rows.map((row) => textOf(messageOf(row).blocks)).join('\n');
}
