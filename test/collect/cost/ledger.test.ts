import { describe, expect, test } from 'vitest';
import { daysToAsk } from '../../../src/collect/cost/daily.ts';
import { openLedger } from '../../../src/collect/cost/ledger.ts';
import { cutIntoGroups, rangesOf } from '../../../src/collect/cost/query-set.ts';
import type { BillLine, KeptBytes } from '../../../src/model/bill.ts';
import { addDays } from '../../../src/model/days.ts';

const at = '2026-11-24T06:00:00.000Z';

function line(day: string, usd: number, overrides: Partial<BillLine> = {}): BillLine {
  return {
    day,
    accountId: '222222222222',
    service: 'EC2 - Other',
    region: 'us-east-1',
    usageType: 'NatGateway-Bytes',
    recordType: 'Usage',
    usd,
    quantity: usd / 0.045,
    ...overrides,
  };
}

function inMemory(): KeptBytes & { readonly values: Map<string, Uint8Array> } {
  const values = new Map<string, Uint8Array>();
  return {
    values,
    read: async (key) => values.get(key),
    write: async (key, bytes) => {
      values.set(key, bytes);
    },
  };
}

describe('the ledger', () => {
  test('gives back what was merged, when it is opened anew as well', async () => {
    const kept = inMemory();
    const ledger = await openLedger(kept);
    await ledger.merge([line('2026-11-22', 12.345678), line('2026-11-23', 10)], {
      days: ['2026-11-22', '2026-11-23'],
      at,
    });
    const again = await openLedger(kept);
    expect(again.accounts()).toEqual(['222222222222']);
    const [series] = await again.series('222222222222');
    expect(series).toMatchObject({ from: '2026-11-22', usageType: 'NatGateway-Bytes', recordType: 'Usage' });
    expect([...series!.usd]).toEqual([12.345678, 10]);
    expect([...series!.quantity]).toEqual([12.345678 / 0.045, 10 / 0.045]);
  });

  test('knows what is absent from a day that was asked as nothing, and a day that was not asked as unknown', async () => {
    const ledger = await openLedger(inMemory());
    await ledger.merge([line('2026-11-20', 5), line('2026-11-20', 1, { usageType: 'NatGateway-Hours' })], {
      days: ['2026-11-20'],
      at,
    });
    await ledger.merge([line('2026-11-22', 7)], { days: ['2026-11-22'], at });
    const [bytes, hours] = await ledger.series('222222222222');
    expect([...bytes!.usd]).toEqual([5, Number.NaN, 7]);
    expect([...hours!.usd]).toEqual([1, Number.NaN, 0]);
  });

  test('takes an account of which nothing came as late, not as free', async () => {
    const ledger = await openLedger(inMemory());
    const other = { accountId: '333333333333' };
    await ledger.merge([line('2026-11-22', 5), line('2026-11-22', 9, other)], { days: ['2026-11-22'], at });
    await ledger.merge([line('2026-11-23', 9, other)], { days: ['2026-11-23'], at });
    expect([...(await ledger.series('222222222222'))[0]!.usd]).toEqual([5, Number.NaN]);
  });

  test('remembers what AWS has restated after it had settled, and nothing that was still growing', async () => {
    const ledger = await openLedger(inMemory());
    const days = ['2026-11-10', '2026-11-22'];
    await ledger.merge([line('2026-11-10', 80), line('2026-11-22', 40)], { days, at });
    await ledger.merge([line('2026-11-10', 214), line('2026-11-22', 90)], { days, at });
    expect(ledger.restatements()).toEqual([
      expect.objectContaining({
        day: '2026-11-10',
        fromUsd: 80,
        toUsd: 214,
        usageType: 'NatGateway-Bytes',
        seenAt: at,
      }),
    ]);
    expect((await ledger.series('222222222222'))[0]!.usd[0]).toBe(214);
  });

  test('keeps thirteen months', async () => {
    const ledger = await openLedger(inMemory());
    const days = Array.from({ length: 450 }, (_, index) => addDays('2025-09-01', index));
    await ledger.merge(
      days.map((day) => line(day, 1)),
      { days, at },
    );
    expect((await ledger.series('222222222222'))[0]!.usd).toHaveLength(400);
    expect(ledger.days().size).toBe(400);
  });
});

describe('days that are asked', () => {
  const read = (days: readonly string[], time = '2026-11-23T06:00:00.000Z') => new Map(days.map((day) => [day, time]));
  const through = (from: string, to: string): string[] => {
    const days: string[] = [];
    for (let day = from; day <= to; day = addDays(day, 1)) days.push(day);
    return days;
  };

  test.each([
    ['two weeks the first time', new Map<string, string>(), at, through('2026-11-10', '2026-11-23')],
    [
      'those that still grow, every day',
      read(through('2026-09-01', '2026-11-22')),
      at,
      through('2026-11-20', '2026-11-23'),
    ],
    [
      'what was missed while nothing ran',
      read(through('2026-09-01', '2026-11-10')),
      at,
      through('2026-11-11', '2026-11-23'),
    ],
    ['none a second time within hours', read(through('2026-11-01', '2026-11-23'), at), '2026-11-24T09:00:00.000Z', []],
    [
      'the whole month before when AWS closes it',
      read(through('2026-09-01', '2026-12-01'), '2026-12-02T06:00:00.000Z'),
      '2026-12-03T06:00:00.000Z',
      through('2026-11-01', '2026-12-02').filter((day) => day < '2026-12-01' || day >= '2026-11-29'),
    ],
  ])('%s', (_, known, now, expected) => {
    expect(daysToAsk(known, now)).toEqual(expected);
  });

  test('go out as ranges without holes, a month at most', () => {
    expect([...rangesOf(['2026-11-03', '2026-11-01', '2026-11-02', '2026-11-05'])]).toEqual([
      { from: '2026-11-01', until: '2026-11-04' },
      { from: '2026-11-05', until: '2026-11-06' },
    ]);
    expect([...rangesOf(through('2026-10-01', '2026-11-05'))]).toHaveLength(2);
  });
});

test('services that share a usage type go into groups of their own, all others into one', () => {
  const groups = cutIntoGroups(
    new Map([
      ['S3', new Set(['TimedStorage-ByteHrs', 'Requests-Tier1', 'DataTransfer-Out-Bytes'])],
      ['CloudWatch', new Set(['TimedStorage-ByteHrs', 'DataProcessing-Bytes'])],
      ['SQS', new Set(['Requests-Tier1'])],
      ['RDS', new Set(['InstanceUsage:db.r6g.large'])],
    ]),
  );
  expect(groups.map(({ services }) => services)).toEqual([
    ['S3', 'RDS'],
    ['CloudWatch', 'SQS'],
  ]);
  expect(groups[1]?.serviceOf.get('Requests-Tier1')).toBe('SQS');
});
