import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openLedger } from '../../../src/collect/cost/ledger.ts';
import { ledgerDays } from '../../../src/collect/cost/ledger-series.ts';
import { StateError } from '../../../src/errors.ts';
import type { BillLine, KeptBytes } from '../../../src/model/bill.ts';
import { addDays } from '../../../src/model/days.ts';

const shop = '222222222222';
const bank = '333333333333';
const NaNs = (count: number): number[] => Array.from({ length: count }, () => Number.NaN);

function memory(): KeptBytes & { readonly map: Map<string, Uint8Array>; readonly writes: string[] } {
  const map = new Map<string, Uint8Array>();
  const writes: string[] = [];
  return {
    map,
    writes,
    read: async (key) => map.get(key),
    async write(key, bytes) {
      writes.push(key);
      map.set(key, bytes);
    },
  };
}

function line(day: string, usd: number, overrides: Partial<BillLine> = {}): BillLine {
  return {
    day: `2026-11-${day}`,
    accountId: shop,
    service: 'EC2 - Other',
    region: 'eu-west-1',
    usageType: 'EU-NatGateway-Bytes',
    recordType: 'Usage',
    usd,
    quantity: usd / 0.048,
    ...overrides,
  };
}

function november(...days: readonly string[]): string[] {
  return days.map((day) => `2026-11-${day}`);
}

const at = '2026-11-24T06:00:00.000Z';

describe('the ledger', () => {
  test('keeps dollars to the millionth and quantities to seven digits, from one handle to the next', async () => {
    const kept = memory();
    const exact = line('21', 123.4567891, { quantity: 2571.123456789 });
    await (await openLedger(kept)).merge([exact, line('22', 1e-6)], { days: november('21', '22'), at });
    const [series] = await (await openLedger(kept)).series(shop);
    expect(series).toMatchObject({ accountId: shop, usageType: 'EU-NatGateway-Bytes', from: '2026-11-21' });
    expect([...(series?.usd ?? [])]).toEqual([123.456789, 0.000001]);
    expect(series?.quantity[0]).toBeCloseTo(2571.1234, 3);
    expect((await openLedger(kept)).accounts()).toEqual([shop]);
  });

  test('says 0 for a day that was asked and has no line, and NaN for one that was not asked', async () => {
    const ledger = await openLedger(memory());
    const other = { usageType: 'EU-NatGateway-Hours' };
    await ledger.merge([line('10', 5), line('11', 1, other)], { days: november('10', '11'), at });
    await ledger.merge([line('13', 7), line('14', 1, other)], { days: november('13', '14'), at });
    const series = await ledger.series(shop);
    expect(series.map(({ usageType, from, usd }) => [usageType, from, [...usd]])).toEqual([
      ['EU-NatGateway-Bytes', '2026-11-10', [5, 0, Number.NaN, 7, 0]],
      ['EU-NatGateway-Hours', '2026-11-11', [1, Number.NaN, 0, 1]],
    ]);
  });

  test('begins a series with its first cost, also where earlier days are read later', async () => {
    const ledger = await openLedger(memory());
    const other = { usageType: 'EU-NatGateway-Hours' };
    await ledger.merge([line('12', 5), line('12', 1, other)], { days: november('11', '12'), at });
    expect((await ledger.series(shop)).map(({ from }) => from)).toEqual(['2026-11-12', '2026-11-12']);
    await ledger.merge([line('08', 3), line('10', 0), line('09', 1, other)], { days: november('08', '09', '10'), at });
    expect((await ledger.series(shop)).map(({ from, usd }) => [from, [...usd]])).toEqual([
      ['2026-11-08', [3, 0, 0, Number.NaN, 5]],
      ['2026-11-09', [1, 0, Number.NaN, 1]],
    ]);
  });

  test('an account of which nothing was delivered is missing, not free; nothing is written for it', async () => {
    const kept = memory();
    const ledger = await openLedger(kept);
    const late = { accountId: bank };
    await ledger.merge([line('20', 5), line('20', 9, late)], { days: november('20'), at });
    kept.writes.length = 0;
    await ledger.merge([line('21', 6), line('22', 6)], { days: november('21', '22'), at });
    expect(kept.writes).toEqual([shop, 'index']);
    expect([...((await ledger.series(bank))[0]?.usd ?? [])]).toEqual([9, ...NaNs(2)]);
    await ledger.merge([line('22', 7), line('21', 8, late), line('22', 10, late)], { days: november('21', '22'), at });
    expect([...((await ledger.series(bank))[0]?.usd ?? [])]).toEqual([9, 8, 10]);
    expect([...((await ledger.series(shop))[0]?.usd ?? [])]).toEqual([5, 6, 7]);
  });

  test('fees and credits do not say that the usage of their day was delivered', async () => {
    const ledger = await openLedger(memory());
    const fee = { service: 'Billing', region: 'global', usageType: 'RIFee', recordType: 'CommitmentFee' } as const;
    await ledger.merge([line('20', 5), line('20', 0, fee)], { days: november('20'), at });
    await ledger.merge([line('21', 100, fee)], { days: november('21'), at });
    const series = new Map((await ledger.series(shop)).map((one) => [one.recordType, [...one.usd]]));
    expect(series.get('Usage')).toEqual([5, Number.NaN]);
    expect(series.get('CommitmentFee')).toEqual([100]);
  });

  test('of two lines of one day the later one counts, and lines of days that were not asked do not', async () => {
    const ledger = await openLedger(memory());
    await ledger.merge([line('20', 5), line('20', 6), line('23', 1)], { days: november('20'), at });
    expect([...((await ledger.series(shop))[0]?.usd ?? [])]).toEqual([6]);
    expect([...ledger.days().keys()]).toEqual(november('20'));
  });

  test('remembers when a day was read and whether AWS may still change it', async () => {
    const ledger = await openLedger(memory());
    const estimated = new Set(november('22'));
    await ledger.merge([line('21', 5), line('22', 6)], { days: november('21', '22'), estimated, at });
    expect(Object.fromEntries(ledger.days())).toEqual({
      '2026-11-21': { readAt: at, isEstimated: false },
      '2026-11-22': { readAt: at, isEstimated: true },
    });
  });

  test.each([
    { name: 'a settled day that moved is remembered', day: '15', from: 80, to: 214, remembered: true },
    { name: 'by 5 % at least', day: '15', from: 80, to: 83.9, remembered: false },
    { name: 'and a dollar at least', day: '15', from: 1, to: 1.9, remembered: false },
    { name: 'also downwards', day: '15', from: 80, to: 0, remembered: true },
    { name: 'a young day is expected to grow', day: '21', from: 80, to: 214, remembered: false },
  ])('restatements: $name', async ({ day, from, to, remembered }) => {
    const ledger = await openLedger(memory());
    const other = line(day, 1, { usageType: 'EU-NatGateway-Hours' });
    await ledger.merge([line(day, from), other], { days: november(day), at: '2026-11-23T06:00:00.000Z' });
    await ledger.merge(to === 0 ? [other] : [line(day, to), other], { days: november(day), at });
    const { service, region, usageType, recordType, accountId } = line(day, to);
    const expected = {
      accountId,
      service,
      region,
      usageType,
      recordType,
      day: `2026-11-${day}`,
      fromUsd: from,
      toUsd: to,
      seenAt: at,
    };
    expect(ledger.restatements()).toEqual(remembered ? [expected] : []);
  });

  test('a day that had not been known is not restated', async () => {
    const ledger = await openLedger(memory());
    await ledger.merge([line('15', 80)], { days: november('15'), at });
    await ledger.merge([line('10', 500)], { days: november('10'), at });
    expect(ledger.restatements()).toEqual([]);
  });

  test('remembers a bounded number of restatements, the largest of each time', async () => {
    const ledger = await openLedger(memory());
    for (const round of [0, 1, 2, 3]) {
      const lines = Array.from({ length: 300 }, (_, index) =>
        line('15', 10 * (1 + (round % 2)) * (1 + index), { usageType: `EU-Type-${index}` }),
      );
      await ledger.merge(lines, { days: november('15'), at });
    }
    const remembered = ledger.restatements();
    expect(remembered.length).toBe(500);
    expect(Math.min(...remembered.map(({ toUsd, fromUsd }) => Math.abs(toUsd - fromUsd)))).toBe(1010);
  });

  test('forgets what is older than thirteen months, and series without cost since', async () => {
    const kept = memory();
    const ledger = await openLedger(kept);
    const first = '2025-10-01';
    const old = line('01', 3, { day: first, usageType: 'EU-Old' });
    await ledger.merge([old, line('01', 4, { day: first })], { days: [first], at });
    const last = addDays(first, ledgerDays);
    await ledger.merge([line('01', 5, { day: last })], { days: [last], at });
    const series = await ledger.series(shop);
    expect(series.map(({ usageType, from }) => [usageType, from])).toEqual([['EU-NatGateway-Bytes', last]]);
    expect([...ledger.days().keys()]).toEqual([last]);
  });

  test('an account whose series have all gone is no account any more', async () => {
    const ledger = await openLedger(memory());
    await ledger.merge([line('15', 80)], { days: november('15'), at });
    const zero = line('15', 0, { quantity: 0 });
    await ledger.merge([zero], { days: november('15'), at });
    expect(ledger.accounts()).toEqual([]);
  });

  test('leaves the days unasked when the lines break off', async () => {
    const kept = memory();
    const ledger = await openLedger(kept);
    await ledger.merge([line('20', 5)], { days: november('20'), at });
    const broken = async function* (): AsyncIterable<BillLine> {
      yield line('21', 99);
      throw new Error('throttled');
    };
    await expect(ledger.merge(broken(), { days: november('21'), at })).rejects.toThrow('throttled');
    const again = await openLedger(kept);
    expect([...again.days().keys()]).toEqual(november('20'));
    expect([...((await again.series(shop))[0]?.usd ?? [])]).toEqual([5]);
  });

  test('of another version or damaged is refused with the remedy', async () => {
    const kept = memory();
    await kept.write('index', Buffer.from('{"format":"costwarden/ledger/9"}'));
    await expect(openLedger(kept)).rejects.toThrow(
      new StateError(
        'the ledger was written by another version (costwarden/ledger/9); this one reads costwarden/ledger/1',
      ),
    );
    kept.map.clear();
    const ledger = await openLedger(kept);
    await ledger.merge([line('20', 5)], { days: november('20'), at });
    for (const bytes of [Buffer.from('nonsense'), zstdCompressSync(Buffer.from([200, 0, 0, 0, 1]))]) {
      await kept.write(shop, bytes);
      await expect(ledger.series(shop)).rejects.toThrow(
        `the ledger of account ${shop} is damaged; restore a backup of the state, or begin a new one and run costwarden backfill`,
      );
    }
  });

  test('merged day by day in any order is the same as merged at once', async () => {
    const days = november('10', '11', '12', '13', '14', '15');
    const cells = fc.array(
      fc.record({
        day: fc.constantFrom(...days),
        usd: fc.integer({ min: 1, max: 10 ** 9 }).map((micros) => micros / 1e6),
        usageType: fc.constantFrom('EU-A', 'EU-B', 'EU-C'),
      }),
      { minLength: 1, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(cells, fc.shuffledSubarray(days, { minLength: days.length }), async (given, order) => {
        const unique = new Map(given.map((cell) => [`${cell.day} ${cell.usageType}`, cell]));
        // Something of every day, so that all of them are delivered.
        const lines = [...days.map((day) => line('', 1, { day })), ...[...unique.values()].map((c) => line('', 0, c))];
        const atOnce = await openLedger(memory());
        await atOnce.merge(lines, { days, at });
        const inParts = await openLedger(memory());
        for (const day of order)
          await inParts.merge(
            lines.filter((one) => one.day === day),
            { days: [day], at },
          );
        const figures = async (ledger: typeof atOnce) =>
          (await ledger.series(shop)).map(({ usageType, from, usd }) => `${usageType} ${from} ${usd.join()}`).sort();
        expect(await figures(inParts)).toEqual(await figures(atOnce));
      }),
      { numRuns: 60 },
    );
  });
});

describe('where services are asked instead of usage types', () => {
  const hours = { usageType: 'EU-NatGateway-Hours' };
  const whole = { usageType: '(all)', region: 'global', quantity: Number.NaN };

  test('usage types are not known of these days, and services have the past of their usage types', async () => {
    const ledger = await openLedger(memory());
    await ledger.merge([line('20', 5), line('20', 2, hours), line('21', 6)], { days: november('20', '21'), at });
    await ledger.merge([line('22', 9, whole)], { days: november('22'), at });
    const series = new Map((await ledger.series(shop)).map((one) => [one.usageType, [...one.usd]]));
    expect(series.get('EU-NatGateway-Bytes')).toEqual([5, 6, Number.NaN]);
    expect(series.get('EU-NatGateway-Hours')).toEqual([2, 0, Number.NaN]);
    expect(series.get('(all)')).toEqual([7, 6, 9]);
  });

  test('a service without cost on such a day is 0, and usage types that come back leave the service unknown', async () => {
    const ledger = await openLedger(memory());
    const queue = { ...whole, service: 'Amazon SQS' };
    await ledger.merge([line('20', 5, whole), line('20', 1, queue)], { days: november('20'), at });
    await ledger.merge([line('21', 4, whole)], { days: november('21'), at });
    await ledger.merge([line('22', 4)], { days: november('22'), at });
    const series = new Map((await ledger.series(shop)).map((one) => [`${one.service} ${one.usageType}`, [...one.usd]]));
    expect(series.get('Amazon SQS (all)')).toEqual([1, 0, Number.NaN]);
    expect(series.get('EC2 - Other (all)')).toEqual([5, 4, Number.NaN]);
    expect(series.get('EC2 - Other EU-NatGateway-Bytes')).toEqual([4]);
  });
});
