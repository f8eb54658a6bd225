import { describe, expect, test } from 'vitest';
import { daysToAsk, rangesOf } from '../../../src/collect/cost/query-set-days.ts';
import { cutIntoGroups } from '../../../src/collect/cost/query-set-groups.ts';
import {
  affordablePages,
  type BillSize,
  furtherDays,
  measured,
  pagesOf,
  planBill,
  tooLarge,
} from '../../../src/collect/cost/query-set-size.ts';
import { addDays } from '../../../src/model/days.ts';

/** All days from one to another but those left out, read at 06:00 on the day after the last. */
function known(from: string, to: string, { without = [] as string[], estimatedFrom = '9999' } = {}) {
  const days = new Map<string, { readAt: string; isEstimated: boolean }>();
  const readAt = `${addDays(to, 1)}T06:00:00.000Z`;
  for (let day = from; day <= to; day = addDays(day, 1))
    if (!without.includes(day)) days.set(day, { readAt, isEstimated: day >= estimatedFrom });
  return days;
}

const span = (from: string, to: string): string[] => [...known(from, to).keys()];

describe('days to ask', () => {
  test.each([
    {
      name: 'the last four days on any day, when nothing is missing',
      known: known('2026-10-01', '2026-11-23'),
      now: '2026-11-25T06:00:00.000Z',
      must: span('2026-11-21', '2026-11-24'),
      may: [],
    },
    {
      name: 'two weeks when nothing is known yet, the newest first',
      known: new Map(),
      now: '2026-11-25T06:00:00.000Z',
      must: span('2026-11-21', '2026-11-24'),
      may: span('2026-11-11', '2026-11-20').reverse(),
    },
    {
      name: 'nothing within six hours of a run',
      known: known('2026-10-01', '2026-11-24'),
      now: '2026-11-25T11:59:00.000Z',
      must: [],
      may: [],
    },
    {
      name: 'again on a second run later that day',
      known: known('2026-10-01', '2026-11-24'),
      now: '2026-11-25T12:01:00.000Z',
      must: span('2026-11-21', '2026-11-24'),
      may: [],
    },
    {
      name: 'days that were missed, and not those from before anything was known',
      known: known('2026-11-05', '2026-11-14', { without: ['2026-11-08'] }),
      now: '2026-11-25T06:00:00.000Z',
      must: span('2026-11-21', '2026-11-24'),
      may: [...span('2026-11-15', '2026-11-20').reverse(), '2026-11-08'],
    },
    {
      name: 'a gap of at most a month',
      known: known('2026-01-01', '2026-09-30'),
      now: '2026-11-25T06:00:00.000Z',
      must: span('2026-11-21', '2026-11-24'),
      may: span('2026-10-25', '2026-11-20').reverse(),
    },
    {
      name: 'the month before in the first days of a month, as long as AWS calls it estimated',
      known: known('2026-10-01', '2026-12-01', { estimatedFrom: '2026-11-20' }),
      now: '2026-12-03T06:00:00.000Z',
      must: span('2026-11-29', '2026-12-02'),
      may: span('2026-11-20', '2026-11-28').reverse(),
    },
    {
      name: 'not the month before once it is settled',
      known: known('2026-10-01', '2026-12-03'),
      now: '2026-12-05T06:00:00.000Z',
      must: span('2026-12-01', '2026-12-04'),
      may: [],
    },
    {
      name: 'not the month before on the fourth',
      known: known('2026-10-01', '2026-12-02', { estimatedFrom: '2026-11-01' }),
      now: '2026-12-04T06:00:00.000Z',
      must: span('2026-11-30', '2026-12-03'),
      may: [],
    },
    {
      name: 'all of the current month on Mondays',
      known: known('2026-10-01', '2026-11-21'),
      now: '2026-11-23T06:00:00.000Z',
      must: span('2026-11-19', '2026-11-22'),
      may: span('2026-11-01', '2026-11-18').reverse(),
    },
  ])('are $name', ({ known: given, now, must, may }) => {
    expect(daysToAsk(given, now)).toEqual({ must, may });
  });

  test.each([
    { days: [], ranges: [] },
    { days: ['2026-11-03', '2026-11-01', '2026-11-02'], ranges: [['2026-11-01', '2026-11-04']] },
    {
      days: ['2026-10-31', '2026-11-02'],
      ranges: [
        ['2026-10-31', '2026-11-01'],
        ['2026-11-02', '2026-11-03'],
      ],
    },
    {
      days: span('2026-10-01', '2026-11-10'),
      ranges: [
        ['2026-10-01', '2026-11-01'],
        ['2026-11-01', '2026-11-11'],
      ],
    },
  ])('make ranges of a month at most: $ranges', ({ days, ranges }) => {
    expect([...rangesOf(days)].map(({ from, until }) => [from, until])).toEqual(ranges);
  });
});

describe('groups of services', () => {
  const cut = (services: Record<string, string[]>) =>
    cutIntoGroups(new Map(Object.entries(services).map(([service, types]) => [service, new Set(types)])));

  test('are one when no usage type is in two services', () => {
    const groups = cut({ EC2: ['BoxUsage', 'SpotUsage'], S3: ['Requests-Tier1'], Lambda: ['Request'] });
    expect(groups.map(({ services }) => services)).toEqual([['EC2', 'Lambda', 'S3']]);
    expect(groups[0]?.serviceOf.get('Request')).toBe('Lambda');
  });

  test('are as many as there are services with the same usage type, and never name a usage type twice', () => {
    const services = {
      S3: ['TimedStorage-ByteHrs', 'Requests-Tier1', 'Requests-Tier2'],
      CloudWatch: ['TimedStorage-ByteHrs', 'DataProcessing-Bytes'],
      ECR: ['TimedStorage-ByteHrs'],
      SQS: ['Requests-Tier1'],
      ELB: ['DataProcessing-Bytes'],
      EC2: ['BoxUsage'],
    };
    const groups = cut(services);
    expect(groups.length).toBe(3);
    for (const { services: own, serviceOf } of groups) {
      const types = own.flatMap((service) => services[service as keyof typeof services]);
      expect(new Set(types).size).toBe(types.length);
      for (const type of types) expect(own).toContain(serviceOf.get(type));
    }
    expect(groups.flatMap((group) => group.services).sort()).toEqual(Object.keys(services).sort());
  });

  test('hold a hundred services at most', () => {
    const services = Object.fromEntries(
      Array.from({ length: 250 }, (_, index) => [`service-${index}`, [`t-${index}`]]),
    );
    expect(cut(services).map(({ services: own }) => own.length)).toEqual([100, 100, 50]);
  });
});

describe('what a question costs', () => {
  const days = span('2026-11-21', '2026-11-24');
  const at = '2026-11-25T06:00:00.000Z';
  const size = (usageType: number, detail: BillSize['detail'] = 'usageType', service = 100): BillSize => ({
    of: { usageType: { rowsPerDay: usageType, questions: 5 }, service: { rowsPerDay: service, questions: 3 } },
    rowsPerPage: 1000,
    detail,
    at,
  });

  test('half of the budget is for the bill', () => {
    expect([0, 0.01, 0.02, 0.5, 2].map(affordablePages)).toEqual([0, 0, 1, 25, 100]);
    expect(affordablePages(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  });

  test('pages are rows by the page, and one that is not full for each question about a range', () => {
    expect(pagesOf(size(600), 'usageType', days)).toBe(3 + 5);
    expect(pagesOf(size(600), 'usageType', ['2026-11-01', ...days])).toBe(3 + 10);
    expect(pagesOf(undefined, 'usageType', days)).toBeUndefined();
  });

  const may = span('2026-11-01', '2026-11-20').reverse();
  const few = size(100_000, 'service', 100_000);
  test.each([
    { name: 'two days of usage types when nothing is known', size: undefined, detail: 'usageType', days: 2 },
    { name: 'all days when they fit, and what else fits', size: size(1000), detail: 'usageType', days: 4 + 16 },
    { name: 'four days of usage types', size: size(5000), detail: 'usageType', days: 4 },
    { name: 'three of them when four do not fit', size: size(5001), detail: 'usageType', days: 3 },
    { name: 'two of them at the least', size: size(10_000), detail: 'usageType', days: 2 },
    { name: 'services when two do not fit', size: size(10_001), detail: 'service', days: 4 + 20 },
    { name: 'services still when usage types hardly fit', size: size(9_000, 'service'), detail: 'service', days: 24 },
    {
      name: 'usage types again when they fit with room to spare',
      size: size(7_000, 'service'),
      detail: 'usageType',
      days: 2,
    },
    { name: 'three days of services', size: size(99_999, 'service', 7000), detail: 'service', days: 3 },
    {
      name: 'two days of services that were never asked',
      size: { ...few, of: { usageType: few.of.usageType! } },
      detail: 'service',
      days: 2,
    },
    { name: 'nothing when not even two days of services fit', size: few, detail: undefined, days: undefined },
  ])('asked are $name', ({ size: given, detail, days: count }) => {
    const plan = planBill(given, { must: days, may }, 25);
    expect([plan?.detail, plan?.days.length]).toEqual([detail, count]);
    if (plan !== undefined) expect(plan.days.slice(0, 4).sort().at(-1)).toBe('2026-11-24');
  });

  test('further days are added as long as they fit, in their order', () => {
    expect(furtherDays(days, may, size(1000), 'usageType', 25)).toEqual(may.slice(0, 16));
    expect(furtherDays(days, ['2026-10-03'], size(1000), 'usageType', 13)).toEqual([]);
    expect(furtherDays(days, may, undefined, 'usageType', 25)).toEqual([]);
  });

  test('what was given up is known not to fit', () => {
    const tally = { questions: 3, pages: 26, groups: 20_500, fullestPage: 1000 };
    const given = tooLarge(undefined, { detail: 'usageType', tally, days: 2, mostPages: 25, at });
    expect(given).toEqual({
      of: { usageType: { rowsPerDay: 13_000, questions: 3 } },
      rowsPerPage: 1000,
      detail: 'usageType',
      at,
    });
    expect(pagesOf(given, 'usageType', days.slice(-2))).toBeGreaterThan(25);
    const later = tooLarge(size(4000, 'service'), { detail: 'usageType', tally, days: 2, mostPages: 25, at });
    expect(later.detail).toBe('service');
  });

  test('a full page is the measure of a page from then on', () => {
    const small = measured(undefined, {
      detail: 'usageType',
      tally: { questions: 5, pages: 5, groups: 410, fullestPage: 0 },
      days: 4,
      at,
    });
    expect(small).toEqual({
      of: { usageType: { rowsPerDay: 103, questions: 5 } },
      rowsPerPage: 1000,
      detail: 'usageType',
      at,
    });
    const large = measured(small, {
      detail: 'service',
      tally: { questions: 5, pages: 9, groups: 9000, fullestPage: 4500 },
      days: 4,
      at,
    });
    expect(large).toEqual({
      of: { usageType: { rowsPerDay: 103, questions: 5 }, service: { rowsPerDay: 2250, questions: 5 } },
      rowsPerPage: 4500,
      detail: 'service',
      at,
    });
  });
});
