import { beforeEach, describe, expect, test } from 'vitest';
import { fingerprintOf, interruptedRun, openCheckpoint } from '../../src/audit-checkpoint.ts';
import { countPart } from '../../src/audit-coverage.ts';
import { StateConflictError } from '../../src/errors.ts';
import { openSqliteStore } from '../../src/state/sqlite-store.ts';
import type { Lease, StateStore } from '../../src/state/state-store.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 24, 6, minute)).toISOString();
const fingerprint = fingerprintOf({ config: 'a' });
const ownCost = {
  usd: 0.01,
  apiCalls: 7,
  costExplorerRequests: 1,
  metricsRequested: 0,
  throttles: 0,
  bytesReceived: 99,
};

describe('a checkpoint', () => {
  let store: StateStore;
  let lease: Lease;
  beforeEach(async () => {
    store = openSqliteStore(':memory:');
    lease = await store.acquireLease({ name: 'audit', runId: 'start-1', ttlMs: 90_000, now: at(0) });
    return () => store.close();
  });
  const open = (runId: string, minute: number, given: { fingerprint?: string; lease?: Lease } = {}) =>
    openCheckpoint({
      store,
      lease,
      runId,
      trigger: 'one-off',
      fingerprint,
      maxRunMs: 60 * 60_000,
      now: at(minute),
      ...given,
    });
  const done = () => {
    const part = countPart();
    part.scope('global/1/global', { gaps: [], failures: [] });
    part.accountAudited();
    return { coverage: part.result(), ownCost };
  };

  test('of a run that was interrupted is gone on with: same id, same time, its accounts known', async () => {
    const first = await open('run-1', 0);
    expect(first.isResumed).toBe(false);
    await first.accountDone('1', done());
    const second = await open('run-2', 30);
    expect(second).toMatchObject({ runId: 'run-1', startedAt: at(0), isResumed: true });
    expect(await second.doneBefore('1')).toMatchObject(done());
    expect(await second.doneBefore('2')).toBeUndefined();
  });

  test('ends with its run: the next one is a new one and knows nothing of it', async () => {
    const first = await open('run-1', 0);
    await first.accountDone('1', done());
    await first.end();
    const second = await open('run-2', 30);
    expect(second).toMatchObject({ runId: 'run-2', startedAt: at(30), isResumed: false });
    expect(await second.doneBefore('1')).toBeUndefined();
    expect(await interruptedRun(store, fingerprint, at(31))).toMatchObject({ runId: 'run-2' });
  });

  test('is too old after the time of its run', async () => {
    await open('run-1', 0);
    expect(await interruptedRun(store, fingerprint, at(59))).toMatchObject({ runId: 'run-1' });
    expect(await interruptedRun(store, fingerprint, at(60))).toBeUndefined();
    expect(await open('run-2', 60)).toMatchObject({ runId: 'run-2', isResumed: false });
  });

  test('is of its fingerprint: a run with other flags neither takes it over nor loses it', async () => {
    await open('run-1', 0);
    const other = await open('run-2', 1, { fingerprint: fingerprintOf({ config: 'b' }) });
    expect(other.isResumed).toBe(false);
    await other.end();
    expect(await open('run-3', 2)).toMatchObject({ runId: 'run-1', isResumed: true });
  });

  test('accounts of an earlier run are not taken for those of this one', async () => {
    const first = await open('run-1', 0);
    await first.accountDone('1', done());
    await open('run-2', 60);
    const third = await open('run-3', 61);
    expect(third.runId).toBe('run-2');
    expect(await third.doneBefore('1')).toBeUndefined();
  });

  test('is refused to a process whose lease was taken over', async () => {
    const stale = await open('run-1', 0);
    const taken = await store.acquireLease({ name: 'audit', runId: 'start-2', ttlMs: 90_000, now: at(10) });
    await expect(stale.accountDone('1', done())).rejects.toThrow(StateConflictError);
    await expect(stale.end()).rejects.toThrow(StateConflictError);
    expect(await open('run-2', 11, { lease: taken })).toMatchObject({ runId: 'run-1', isResumed: true });
  });
});
