import { expect, test } from 'vitest';
import { reconcileSources } from '../../../src/collect/exports/reconcile.ts';
import type { BillLine } from '../../../src/model/bill.ts';

const line = (accountId: string, day: string, usd: number): BillLine => ({
  accountId,
  day,
  usd,
  quantity: 1,
  service: 'AWS Lambda',
  region: 'us-east-1',
  usageType: 'Request',
  recordType: 'Usage',
});
const shop = '222222222222';

test.each([
  ['the same dollars agree', 100, 100, 0, false],
  ['rounding agrees', 1000, 1004.9, 0.00488, false],
  ['more than half a percent does not', 1000, 1006, 0.00596, true],
  ['the share is of the larger, whichever source it is', 1006, 1000, 0.00596, true],
  ['nothing against something is all of it', 0, 50, 1, true],
  ['cents agree whatever their share', 0.02, 0.9, 0.978, false],
  ['credits count by their size', -100, -90, 0.1, true],
  ['nothing against nothing agrees', 0, 0, 0, false],
])('%s', async (_, usdA, usdB, share, disagrees) => {
  const differences = await reconcileSources([line(shop, '2026-11-02', usdA)], [line(shop, '2026-11-02', usdB)]);
  expect(differences).toEqual([
    { accountId: shop, month: '2026-11', usdA, usdB, differenceShare: expect.closeTo(share, 3), disagrees },
  ]);
});

test('months and accounts are held apart, the largest difference first', async () => {
  const a = [line(shop, '2026-10-31', 10), line(shop, '2026-11-01', 20), line('333333333333', '2026-11-01', 500)];
  const b = [line(shop, '2026-10-31', 12), line(shop, '2026-11-01', 20), line('333333333333', '2026-11-01', 400)];
  const differences = await reconcileSources(a, b);
  expect(differences.map(({ accountId, month, disagrees }) => [accountId, month, disagrees])).toEqual([
    ['333333333333', '2026-11', true],
    [shop, '2026-10', true],
    [shop, '2026-11', false],
  ]);
});

test('an account that only one source has is a difference', async () => {
  const differences = await reconcileSources(
    [line(shop, '2026-11-01', 5), line('1', '2026-11-01', 9)],
    [line(shop, '2026-11-01', 5)],
  );
  expect(differences[0]).toMatchObject({ accountId: '1', usdA: 9, usdB: 0, differenceShare: 1, disagrees: true });
});

test('a day that one source has not got yet is not a difference', async () => {
  const a = [line(shop, '2026-11-01', 5), line(shop, '2026-11-02', 7)];
  expect(await reconcileSources(a, [line(shop, '2026-11-01', 5)])).toEqual([
    expect.objectContaining({ usdA: 5, usdB: 5, disagrees: false }),
  ]);
});
