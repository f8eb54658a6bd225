import { expect, test } from 'vitest';
import { StateConflictError } from '../../src/errors.ts';
import { keptBytes } from '../../src/state/kept-bytes.ts';
import { openSqliteStore } from '../../src/state/sqlite-store.ts';

const at = '2026-11-24T06:00:00.000Z';
const now = (): string => at;

test('each user of the state has keys of its own', async () => {
  const store = openSqliteStore(':memory:');
  const lease = await store.acquireLease({ name: 'audit', runId: 'one', ttlMs: 60_000, now: at });
  const bill = keptBytes(store, { prefix: 'bill', lease, now });
  await bill.write('222222222222', Uint8Array.of(1, 2));
  expect(await bill.read('222222222222')).toEqual(Uint8Array.of(1, 2));
  expect(await keptBytes(store, { prefix: 'anomaly', lease, now }).read('222222222222')).toBeUndefined();
  await store.close();
});

test('who has lost the lease writes nothing', async () => {
  const store = openSqliteStore(':memory:');
  const stale = await store.acquireLease({ name: 'audit', runId: 'one', ttlMs: 1, now: at });
  await store.acquireLease({ name: 'audit', runId: 'two', ttlMs: 60_000, now: '2026-11-24T07:00:00.000Z' });
  const kept = keptBytes(store, { prefix: 'bill', lease: stale, now });
  await expect(kept.write('a', Uint8Array.of(1))).rejects.toThrow(StateConflictError);
  expect(await kept.read('a')).toBeUndefined();
  await store.close();
});
