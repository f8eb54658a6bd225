import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { StateConflictError, StateError } from '../../src/errors.ts';
import { keptBytes } from '../../src/state/kept-bytes.ts';
import { openSqliteStore } from '../../src/state/sqlite-store.ts';

const at = '2026-11-24T06:00:00.000Z';
const now = (): string => at;

test('bytes of any length come back, under a prefix of their own', async () => {
  const store = openSqliteStore(':memory:');
  const lease = await store.acquireLease({ name: 'audit', runId: 'one', ttlMs: 60_000, now: at });
  const bill = keptBytes(store, { prefix: 'bill', lease, now });
  const other = keptBytes(store, { prefix: 'anomaly', lease, now });
  for (const length of [0, 1, 200_000, 200_001, 700_000]) {
    const bytes = randomBytes(length);
    await bill.write('222222222222', bytes);
    expect(Buffer.compare(Buffer.from((await bill.read('222222222222')) ?? []), bytes)).toBe(0);
  }
  expect(await other.read('222222222222')).toBeUndefined();
  await store.close();
});

test('a write that ends half-way leaves what was there', async () => {
  const store = openSqliteStore(':memory:');
  let left = Number.POSITIVE_INFINITY;
  const failing = {
    value: (key: string) => store.value(key),
    putValue: async (...given: Parameters<typeof store.putValue>) => {
      left -= 1;
      if (left < 0) throw new Error('the task was killed');
      await store.putValue(...given);
    },
  };
  const kept = keptBytes(failing, { prefix: 'bill', now });
  const first = randomBytes(500_000);
  await kept.write('a', first);
  for (const calls of [0, 1, 2, 3]) {
    left = calls;
    await expect(kept.write('a', randomBytes(500_000))).rejects.toThrow('killed');
    expect(Buffer.compare(Buffer.from((await kept.read('a')) ?? []), first)).toBe(0);
  }
  await store.close();
});

test('who has lost the lease writes nothing, and missing parts are said', async () => {
  const store = openSqliteStore(':memory:');
  const stale = await store.acquireLease({ name: 'audit', runId: 'one', ttlMs: 1, now: at });
  await store.acquireLease({ name: 'audit', runId: 'two', ttlMs: 60_000, now: '2026-11-24T07:00:00.000Z' });
  await expect(keptBytes(store, { prefix: 'bill', lease: stale, now }).write('a', randomBytes(9))).rejects.toThrow(
    StateConflictError,
  );
  await store.putValue('bytes/bill/a', { generation: 0, parts: 1, length: 9 }, at);
  await expect(keptBytes(store, { prefix: 'bill', now }).read('a')).rejects.toThrow(StateError);
  await store.close();
});
