/** What a state store means: a few maps. The property test of the contract compares a real store with it. */
import { StateConflictError } from '../../src/errors.ts';
import type { FindingRecord } from '../../src/model/change.ts';
import type { RunRecord } from '../../src/model/run.ts';
import type { FindingFilter, Lease, OutboxRow, StateStore } from '../../src/state/state-store.ts';

type Held = { readonly runId: string; readonly fence: number; readonly since: string; expires: number };

export function createModel(): StateStore {
  const leases = new Map<string, Held>();
  const findings = new Map<string, FindingRecord>();
  const runs = new Map<string, RunRecord>();
  const outbox = new Map<string, OutboxRow>();
  const values = new Map<string, { value: unknown; at: string }>();
  const bytes = new Map<string, Uint8Array>();
  const held = (lease: Lease): Held => {
    const found = leases.get(lease.name);
    if (found?.fence !== lease.fence)
      throw new StateConflictError(
        `the lease was taken over by run ${found?.runId ?? 'nobody'}; this one may not write any more`,
      );
    return found;
  };
  return {
    async acquireLease({ name, runId, ttlMs, now }) {
      const before = leases.get(name);
      if (before !== undefined && before.runId !== runId && before.expires > Date.parse(now))
        throw new StateConflictError(
          `run ${before.runId} holds the lease since ${before.since}; this one does nothing`,
        );
      const fence = (before?.fence ?? 0) + 1;
      leases.set(name, { runId, fence, since: now, expires: Date.parse(now) + ttlMs });
      return { name, runId, fence, since: now };
    },
    async renewLease(lease, { ttlMs, now }) {
      held(lease).expires = Date.parse(now) + ttlMs;
    },
    async releaseLease(lease) {
      const found = leases.get(lease.name);
      if (found?.fence === lease.fence) found.expires = 0;
    },
    async findingsOfScope(scope) {
      return [...findings.values()].filter((record) => record.scope === scope);
    },
    async *findings(filter = {}) {
      for (const record of findings.values()) if (fits(record, filter)) yield record;
    },
    async finding(id) {
      return findings.get(id);
    },
    async saveFindings(lease, records) {
      if (records.length > 0) held(lease);
      for (const record of records) findings.set(record.finding.id, record);
    },
    async run(id) {
      return runs.get(id);
    },
    async runs(limit) {
      return [...runs.values()].sort((a, b) => order(b.startedAt, a.startedAt) || order(b.id, a.id)).slice(0, limit);
    },
    async saveRun(lease, run, rows) {
      held(lease);
      runs.set(run.id, run);
      for (const row of rows) outbox.set(row.key, row);
    },
    async outboxRow(key) {
      return outbox.get(key);
    },
    async outbox({ sink, destination, states, limit } = {}) {
      return [...outbox.values()]
        .filter((row) => (sink ?? row.sink) === row.sink && (destination ?? row.destination) === row.destination)
        .filter((row) => states?.includes(row.state) ?? true)
        .sort((a, b) => order(b.createdAt, a.createdAt) || order(a.key, b.key))
        .slice(0, limit);
    },
    async updateOutbox(row) {
      outbox.set(row.key, row);
    },
    async value(key) {
      return values.get(key);
    },
    async putValue(key, value, at) {
      values.set(key, { value, at });
    },
    async bytes(key) {
      return bytes.get(key);
    },
    async putBytes(key, given, _, lease) {
      if (lease !== undefined) held(lease);
      bytes.set(key, given);
    },
    async close() {},
  };
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function fits(record: FindingRecord, filter: FindingFilter): boolean {
  const { finding, state, runId, changedAt } = record;
  if (filter.states?.includes(state) === false) return false;
  if (filter.runId !== undefined && filter.runId !== runId) return false;
  if (filter.accountId !== undefined && filter.accountId !== finding.accountId) return false;
  if (filter.checkId !== undefined && filter.checkId !== finding.checkId) return false;
  return filter.changedAfter === undefined || changedAt > filter.changedAfter;
}
