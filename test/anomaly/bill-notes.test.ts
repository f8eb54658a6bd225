import { expect, test } from 'vitest';
import { billNotes } from '../../src/anomaly/bill-notes.ts';
import { addDays } from '../../src/model/days.ts';
import type { CostRecordType, DailyCost } from '../../src/model/resources/cost.ts';
import { dailyCost } from '../support/bill.ts';

const today = '2026-11-24';
const day = '2026-11-22';
const [one, other] = ['111111111111', '222222222222'];

/** Charges of one type, with the amounts of the newest days last; the day in question is the second but last. */
function charges(type: string, usd: readonly number[], accountId = one, recordType?: CostRecordType): DailyCost {
  const kind = recordType ?? (type === 'Credit' || type === 'Refund' ? type : 'CommitmentFee');
  return dailyCost({ usd, accountId, service: 'Billing', region: 'global', usageType: type, recordType: kind });
}

const flat = (usd: number, days = 20): number[] => Array.from({ length: days }, () => usd);
const notes = (daily: readonly DailyCost[], from = day, until = day): string[] => billNotes(daily, { from, until });

test.each<[string, DailyCost[], string[]]>([
  [
    'a Savings Plan, paid at once',
    [charges('SavingsPlanUpfrontFee', [...flat(0), 1200, 0])],
    ['a Savings Plan was bought: $1,200 upfront on 22 Nov in 111111111111'],
  ],
  [
    'a Savings Plan, paid by the hour',
    [charges('SavingsPlanRecurringFee', [...flat(24), 48, 48])],
    ['a Savings Plan was bought: fees $24.00 -> $48.00 a day since 22 Nov in 111111111111'],
  ],
  [
    'a Savings Plan that ends',
    [charges('SavingsPlanRecurringFee', [...flat(48), 12, 0])],
    ['a Savings Plan has ended: fees $48.00 -> $12.00 a day since 22 Nov in 111111111111'],
  ],
  [
    'a reservation within a month',
    [charges('RIFee', [...flat(0), 97.28, 0])],
    ['a reservation was bought: $97.28 to begin with on 22 Nov in 111111111111'],
  ],
  [
    'credits that are used up in two accounts',
    [charges('Credit', [...flat(-40), 0, 0]), charges('Credit', [...flat(-35), 0, 0], other)],
    ['credits have ended: $75.00 -> $0.00 a day since 22 Nov in 2 accounts'],
  ],
  [
    'credits that begin',
    [charges('Credit', [...flat(0), -300, -300])],
    ['credits have begun: $0.00 -> $300.00 a day since 22 Nov in 111111111111'],
  ],
  [
    'money back',
    [charges('Refund', [...flat(0), -150, 0])],
    ['AWS gave money back: $150.00 on 22 Nov in 111111111111'],
  ],
])('%s is told on its day', (_name, daily, told) => {
  expect(notes(daily)).toEqual(told);
  // Once: neither the day before nor, as it goes on, the day after.
  expect(notes(daily, addDays(day, -1), addDays(day, -1))).toEqual([]);
  const after = daily.map((series) => ({ ...series, usd: Float64Array.of(...series.usd, series.usd.at(-1) ?? 0) }));
  expect(notes(after, addDays(day, 1), addDays(day, 1)).filter((note) => !note.includes('0.00 a day since'))).toEqual(
    [],
  );
});

test.each<[string, DailyCost[]]>([
  ['fees as ever', [charges('SavingsPlanRecurringFee', flat(24))]],
  ['credits that follow usage', [charges('Credit', [...flat(-40), -31, -52])]],
  ['cents', [charges('Refund', [...flat(0), -0.4, 0]), charges('Credit', [...flat(0), -2, -2])]],
  ['tax, and usage', [charges('Tax', [...flat(0), 900, 0], one, 'Tax'), dailyCost({ usd: [...flat(9), 900, 900] })]],
  [
    'a history of two days',
    [charges('SavingsPlanRecurringFee', [24, 48, 48])].map((one) => ({ ...one, historyFrom: one.from })),
  ],
])('%s are no note', (_name, daily) => {
  expect(notes(daily)).toEqual([]);
});

test('reservations are compared from month to month, on the day they are billed', () => {
  const first = (usd: number, before: number) => {
    const from = '2026-10-01';
    const days = [before, ...flat(0, 30), usd, 0, 0];
    return { ...charges('RIFee', days), from, historyFrom: '2026-01-01' };
  };
  const on = { from: '2026-11-01', until: '2026-11-01' };
  expect(billNotes([first(97.28, 97.28)], on)).toEqual([]);
  expect(billNotes([first(40, 97.28)], on)).toEqual([
    'reservations have ended: fees of the month $97.28 -> $40.00 in 111111111111',
  ]);
  expect(billNotes([first(120, 97.28)], on)).toEqual([
    'reservations were bought: fees of the month $97.28 -> $120.00 in 111111111111',
  ]);
});

test('several days are told in their order', () => {
  const daily = [
    charges('Refund', [...flat(0, 18), -20, 0, 0, 0]),
    charges('SavingsPlanUpfrontFee', [...flat(0, 20), 500, 0]),
  ];
  expect(notes(daily, addDays(today, -6)).map((note) => note.slice(0, 20))).toEqual([
    'AWS gave money back:',
    'a Savings Plan was b',
  ]);
});
