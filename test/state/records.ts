/** Records, runs and messages for tests of the state. */
import type { FindingRecord } from '../../src/model/change.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { RunRecord } from '../../src/model/run.ts';
import type { OutboxRow } from '../../src/state/state-store.ts';
import { finding, record } from '../support/findings.ts';

const start = Date.parse('2026-11-24T06:00:00.000Z');

/** A time, in seconds after the start of the test's clock. */
export function at(seconds: number): string {
  return new Date(start + seconds * 1000).toISOString();
}

/** A record with the finding id `f_<number>`. */
export function recordOf(
  number: number,
  overrides: Partial<FindingRecord> = {},
  about: Partial<Finding> = {},
): FindingRecord {
  return record({ ...overrides, finding: finding({ id: `f_${number}`, ...about }) });
}

export function runRecord(id: string, startedSeconds: number): RunRecord {
  return {
    id,
    trigger: 'one-off',
    startedAt: at(startedSeconds),
    endedAt: at(startedSeconds + 5),
    version: '0.0.0-test',
    status: 'complete',
    coverage: {
      accounts: { planned: 1, audited: 1 },
      scopes: { planned: 1, complete: 1, partial: 0 },
      gaps: [],
      failedChecks: [],
      failedPlugins: [],
    },
    totals: { open: 0, bySeverity: {}, monthlySavingUsd: { low: 0, expected: 0.1, high: 2 }, doubleCountedUsd: 0 },
    ownCost: {
      usd: 0.01,
      apiCalls: 3,
      costExplorerRequests: 1,
      metricsRequested: 0,
      throttles: 0,
      bytesReceived: 99,
    },
    changes: { opened: 1 },
  };
}

export function outboxRow(key: string, createdSeconds: number, overrides: Partial<OutboxRow> = {}): OutboxRow {
  return {
    key,
    sink: 'slack',
    destination: '#cloud-costs',
    rev: 1,
    state: 'pending',
    payload: { blocks: [{ type: 'section', text: 'hello' }] },
    attempts: 0,
    createdAt: at(createdSeconds),
    updatedAt: at(createdSeconds),
    coversUntil: at(createdSeconds),
    remote: null,
    lastError: null,
    ...overrides,
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(items);
}

/** Sorted: a store promises no order. */
export async function idsOf(records: AsyncIterable<FindingRecord>): Promise<string[]> {
  return (await collect(records)).map(({ finding: { id } }) => id).sort();
}
