import { expect, test } from 'vitest';
import { type AccountSize, noteSizes, readExpectations } from '../../src/plan/expectations.ts';
import type { PlannedAccount } from '../../src/plan/plan.ts';
import { testAccount } from '../support/check-tester.ts';

const now = '2026-11-24T06:00:00.000Z';
const shared = { usd: 0.1, apiCalls: 100, costExplorerRequests: 9, metricsRequested: 10 };

function memory() {
  const values = new Map<string, { value: unknown; at: string }>();
  return {
    // As a store does: what comes back is a copy.
    value: async (key: string) => structuredClone(values.get(key)),
    putValue: async (key: string, value: unknown, at: string) => {
      values.set(key, { value: JSON.parse(JSON.stringify(value)), at });
    },
  };
}

const size = (overrides: Partial<AccountSize>): AccountSize => ({
  seconds: 1,
  records: 10,
  apiCalls: 50,
  metricsRequested: 2,
  usd: 0.001,
  ...overrides,
});
const planned = (id: string, isHub = false): PlannedAccount => ({ account: { ...testAccount, id }, isHub });

test('what accounts took is remembered, and the longest is opened first', async () => {
  const cache = memory();
  await noteSizes(
    cache,
    new Map([
      ['1', size({ seconds: 2.5 })],
      ['2', size({ seconds: 60 })],
    ]),
    shared,
    now,
  );
  const expectations = await readExpectations(cache);
  expect(expectations.of('2')).toEqual(size({ seconds: 60 }));
  expect(expectations.inOrder([planned('1'), planned('2')]).map(({ account }) => account.id)).toEqual(['2', '1']);
});

test('an account nobody has seen is taken for a middling one', async () => {
  const cache = memory();
  const sizes = [1, 5, 100].map((seconds, index) => [String(index), size({ seconds })] as const);
  await noteSizes(cache, new Map(sizes), shared, now);
  const expectations = await readExpectations(cache);
  expect(expectations.of('new').seconds).toBe(5);
  const order = expectations.inOrder([planned('0'), planned('new'), planned('2')]);
  expect(order.map(({ account }) => account.id)).toEqual(['2', 'new', '0']);
});

test('the estimate is what is shared and what the planned accounts took; the hub is part of what is shared', async () => {
  const cache = memory();
  await noteSizes(
    cache,
    new Map([
      ['1', size({})],
      ['2', size({ usd: 0.5 })],
    ]),
    shared,
    now,
  );
  const estimate = (await readExpectations(cache)).estimate([planned('hub', true), planned('1')]);
  expect(estimate.usd).toBeCloseTo(0.101, 6);
  expect(estimate).toMatchObject({ apiCalls: 150, costExplorerRequests: 9, metricsRequested: 12, isGuess: false });
});

test('a run over some accounts leaves what is known of the others', async () => {
  const cache = memory();
  await noteSizes(cache, new Map([['1', size({ seconds: 7 })]]), shared, now);
  await noteSizes(cache, new Map([['2', size({ seconds: 8 })]]), shared, now);
  const expectations = await readExpectations(cache);
  expect([expectations.of('1').seconds, expectations.of('2').seconds]).toEqual([7, 8]);
});

test('without an earlier run the estimate is a guess that grows with the accounts', async () => {
  const expectations = await readExpectations(memory());
  const [few, many] = [1, 100].map((count) =>
    expectations.estimate(Array.from({ length: count }, (_, index) => planned(String(index)))),
  );
  expect(few?.isGuess).toBe(true);
  expect(many?.apiCalls).toBeGreaterThan(10 * (few?.apiCalls ?? 0));
  expect(many?.usd).toBeLessThan(0.25);
});
