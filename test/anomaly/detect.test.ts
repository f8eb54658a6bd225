/** The detector, day by day, over hand-made bills. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectAnomalies, type SeriesAlert } from '../../src/anomaly/anomaly.ts';
import { bytesInMemory, type CostSeries, type KeptBytes } from '../../src/model/bill.ts';
import { addDays, weekdayOf } from '../../src/model/days.ts';
import type { CostIncident } from '../../src/model/resources/cost.ts';

const first = '2026-01-01';
const start = '2026-09-01';
const day5 = addDays(start, 5);

type Course = (day: string, index: number) => number;
type Line = Partial<Omit<CostSeries, 'from' | 'usd'>> & { readonly course: Course; readonly from?: string };
type Said = SeriesAlert & { readonly asOf: string };

/** A little of its own, the same for every day of a series. */
function noise(index: number, size = 0.02): number {
  return 1 + size * Math.sin(index * 12.9898) * Math.cos(index * 4.1414);
}

/** So much a day before a day, so much from it on. */
function from(day: string, before: number, after: number): Course {
  return (at, index) => (at >= day ? after : before) * noise(index);
}

function upTo(asOf: string, { course, from: begin = first, ...dimensions }: Line): CostSeries {
  const usd: number[] = [];
  for (let day = begin, index = 0; day < asOf; day = addDays(day, 1), index += 1) usd.push(course(day, index));
  return {
    accountId: '222222222222',
    service: 'EC2 - Other',
    region: 'us-east-1',
    usageType: 'NatGateway-Bytes',
    recordType: 'Usage',
    ...dimensions,
    from: begin,
    usd: Float64Array.from(usd),
  };
}

function byAccount(series: readonly CostSeries[]) {
  const given = series.filter(({ usd }) => usd.length > 0);
  return [...Map.groupBy(given, ({ accountId }) => accountId)].map(([accountId, own]) => ({ accountId, series: own }));
}

/** Runs of every day, as a daemon would; each is given the whole bill, as `seen` shows it. */
async function watch(
  lines: readonly Line[],
  days = 20,
  {
    kept = bytesInMemory(),
    seen = (series) => series,
  }: { kept?: KeptBytes; seen?: (series: CostSeries, asOf: string) => CostSeries } = {},
): Promise<{ said: Said[]; incidents: readonly CostIncident[]; states: string[] }> {
  const said: Said[] = [];
  const states = new Set<string>();
  let incidents: readonly CostIncident[] = [];
  for (let index = 0; index <= days; index += 1) {
    const asOf = addDays(start, index);
    const accounts = byAccount(lines.map((line) => seen(upTo(asOf, line), asOf)));
    const answer = await detectAnomalies({ asOf, accounts, kept });
    for (const alert of answer.alerts) if (alert.isSaid) said.push({ ...alert, asOf });
    for (const { day } of answer.alerts) expect(day < asOf).toBe(true);
    incidents = answer.incidents;
    for (const { state } of incidents) states.add(state);
  }
  return { said, incidents, states: [...states] };
}

describe('is said', () => {
  test.each<[string, Course, Partial<SeriesAlert>]>([
    [
      'a spike',
      (at, index) => (at === day5 ? 300 : 80) * noise(index),
      { shape: 'spike', onset: day5, direction: 'up' },
    ],
    ['a step', from(day5, 80, 140), { onset: day5, direction: 'up' }],
    ['a fall to nothing', from(day5, 80, 0), { shape: 'drop', direction: 'down' }],
    [
      'a step on a weekly rhythm',
      (at, index) => (weekdayOf(at) % 6 === 0 ? 20 : 80) * (at >= day5 ? 1.8 : 1) * noise(index),
      { direction: 'up' },
    ],
  ])('%s, once', async (_, course, expected) => {
    const { said } = await watch([{ course }]);
    expect(said).toEqual([expect.objectContaining(expected)]);
    expect(said[0]!.asOf <= addDays(day5, 4)).toBe(true);
  });

  test('a creep of a percent and a half a day', async () => {
    const course: Course = (at, index) => {
      const days = Math.max(0, (Date.parse(at) - Date.parse(start)) / 86_400_000);
      return 120 * 1.015 ** days * noise(index, 0.004);
    };
    const { said } = await watch([{ course, usageType: 'EBS:SnapshotUsage' }], 40);
    expect(said).toEqual([expect.objectContaining({ shape: 'drift', direction: 'up' })]);
  });

  test('first spend in a region that the account does not use, on its first day', async () => {
    const { said } = await watch([
      { course: from('2030-01-01', 80, 80) },
      { course: () => 900, from: day5, region: 'ap-northeast-3', usageType: 'APN3-BoxUsage:p3.16xlarge' },
    ]);
    expect(said).toEqual([expect.objectContaining({ shape: 'newSpend', onset: day5, asOf: addDays(day5, 1) })]);
  });
});

describe('is not said', () => {
  const monthLength = (at: string): number =>
    new Date(Date.UTC(Number(at.slice(0, 4)), Number(at.slice(5, 7)), 0)).getUTCDate();

  test.each<[string, Course, Partial<Line>?]>([
    ['noise', (_, index) => 80 * noise(index, 0.1)],
    ['a weekly rhythm', (at, index) => (weekdayOf(at) % 6 === 0 ? 10 : 80) * noise(index)],
    ['a charge on the first of every month', (at) => (at.endsWith('-01') ? 900 : 0.4)],
    ['a job on every Sunday', (at, index) => (weekdayOf(at) === 0 ? 200 : 0) * noise(index)],
    ['a month-end batch', (at, index) => (addDays(at, 1).endsWith('-01') ? 3 : 1) * 80 * noise(index)],
    ['steady growth', (_, index) => 80 * 1.003 ** index * noise(index)],
    ['cents that rise tenfold', from(day5, 0.02, 0.2)],
    [
      'a longer month, for what is billed by the month',
      (at) => 3000 / monthLength(at),
      { usageType: 'TimedStorage-ByteHrs' },
    ],
    ['a price that falls', from(day5, 80, 70)],
    ['a free tier that is used up', (at, index) => (Number(at.slice(8)) <= 7 ? 0 : 60) * noise(index)],
    ['the purchase of a commitment', (at) => (at === day5 ? 9000 : 0), { recordType: 'CommitmentFee' }],
    ['a credit', (at) => (at === day5 ? -900 : 0), { recordType: 'Credit' }],
  ])('%s', async (_, course, dimensions = {}) => {
    expect((await watch([{ course, ...dimensions }], 35)).said).toEqual([]);
  });

  test('an account whose figures are two days late', async () => {
    const late = [addDays(start, 7), addDays(start, 8)];
    const seen = (series: CostSeries, asOf: string): CostSeries => ({
      ...series,
      usd: series.usd.map((one, index) => {
        const day = addDays(series.from, index);
        return late.includes(day) && asOf <= addDays(day, 2) ? Number.NaN : one;
      }),
    });
    expect((await watch([{ course: from('2030-01-01', 80, 80) }], 20, { seen })).said).toEqual([]);
  });

  test('a day that is half delivered, as a fall', async () => {
    const seen = (series: CostSeries): CostSeries => {
      series.usd[series.usd.length - 1]! *= 0.5;
      return series;
    };
    expect((await watch([{ course: from('2030-01-01', 80, 80) }], 20, { seen })).said).toEqual([]);
  });
});

describe('incidents', () => {
  const nat: Line = { course: from(day5, 80, 300) };
  const transfer: Line = {
    course: from(day5, 20, 90),
    service: 'AWS Data Transfer',
    usageType: 'DataTransfer-Regional-Bytes',
  };

  test('join what moves together in one account and region', async () => {
    const { said, incidents } = await watch([nat, transfer], 8);
    expect(new Set(said.map(({ incidentId }) => incidentId)).size).toBe(1);
    expect(incidents).toHaveLength(1);
    expect(incidents[0]!.series.map(({ service }) => service)).toEqual(['EC2 - Other', 'AWS Data Transfer']);
  });

  test('join the same thing in three accounts on one day', async () => {
    const accounts = ['222222222222', '333333333333', '444444444444'];
    const { said } = await watch(
      accounts.map((accountId) => ({ ...nat, accountId })),
      8,
    );
    expect(new Set(said.map(({ dimensions }) => dimensions.accountId)).size).toBe(3);
    expect(new Set(said.map(({ incidentId }) => incidentId)).size).toBe(1);
  });

  test('sum their days against what was expected, and end when it is over', async () => {
    const course: Course = (at) => (at >= day5 && at < addDays(day5, 3) ? 180 : 80);
    const during = await watch([{ course }], 8);
    expect(during.incidents).toMatchObject([{ state: 'ongoing', onset: day5 }]);
    expect(during.incidents[0]!.excessUsd).toBeCloseTo(300, 0);
    expect((await watch([{ course }], 14)).incidents).toMatchObject([{ state: 'resolved' }]);
  });

  test('become the new normal when they do not end, and are said once', async () => {
    const { said, incidents } = await watch([nat], 22);
    expect(said).toHaveLength(1);
    expect(incidents).toMatchObject([{ state: 'newNormal' }]);
  });

  test('are withdrawn when AWS takes the figure back', async () => {
    const seen = (series: CostSeries, asOf: string): CostSeries => {
      if (asOf === addDays(day5, 1)) series.usd[series.usd.length - 1] = 400;
      return series;
    };
    const { states } = await watch([{ course: from('2030-01-01', 80, 80) }], 10, { seen });
    expect(states).toEqual(['provisional', 'withdrawn']);
  });
});

describe('a run', () => {
  test('says the same when it is made again on the same day', async () => {
    const kept = bytesInMemory();
    const line: Line = { course: from(day5, 80, 300) };
    await watch([line], 5, { kept });
    const asOf = addDays(day5, 1);
    const once = await detectAnomalies({ asOf, accounts: byAccount([upTo(asOf, line)]), kept });
    const twice = await detectAnomalies({ asOf, accounts: byAccount([upTo(asOf, line)]), kept });
    expect(once.alerts).toHaveLength(1);
    expect(twice).toEqual(once);
  });

  test('of an earlier day than what is kept is refused, and so is what is damaged', async () => {
    const kept = bytesInMemory();
    await detectAnomalies({ asOf: '2026-09-05', accounts: [], kept });
    const earlier = detectAnomalies({ asOf: '2026-09-04', accounts: [], kept });
    await expect(earlier).rejects.toThrow(/is of 2026-09-05, later than 2026-09-04/);
    await kept.write('organization', Buffer.from('{'));
    const damaged = detectAnomalies({ asOf: '2026-09-06', accounts: [], kept });
    await expect(damaged).rejects.toThrow(/remove the state to begin anew/);
  });

  test('gives the same answer whatever the order of accounts and series', async () => {
    const lines: Line[] = [
      { course: from(day5, 80, 300) },
      { course: from(day5, 20, 90), service: 'AWS Data Transfer', usageType: 'DataTransfer-Regional-Bytes' },
      { course: from(day5, 50, 120), accountId: '333333333333' },
      { course: from('2030-01-01', 30, 30), accountId: '333333333333', usageType: 'NatGateway-Hours' },
    ];
    const key = ({ dimensions, day, incidentId, asOf }: Said): string =>
      [asOf, dimensions.accountId, dimensions.usageType, day, incidentId].join(' ');
    const said = (await watch(lines, 8)).said.map(key).sort();
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(lines, { minLength: lines.length }), async (shuffled) => {
        expect((await watch(shuffled, 8)).said.map(key).sort()).toEqual(said);
      }),
      { numRuns: 6 },
    );
  });
});
