import { describe, expect, test } from 'vitest';
import { addDays, daysBetween, weekdayOf } from '../../src/model/days.ts';
import { worldCalendar } from '../support/cost-world/calendar.ts';
import { chanceOf } from '../support/cost-world/chance.ts';
import { families } from '../support/cost-world/families.ts';
import { roughWorld, type Snapshot, type WorldLabels } from '../support/cost-world/rough-world.ts';
import { type ScoredAlert, score } from '../support/cost-world/score.ts';

const seeds = ['one', 'two', 'three', 'four', 'five', 'six'];
const worlds = seeds.map((seed) => roughWorld({ seed }));
const [world] = worlds as [ReturnType<typeof roughWorld>];

/** What the bill of a world came to in the end. */
const finals = new Map(worlds.map((one) => [one, one.snapshot(one.lastD + 2)]));

function usdOn(snapshot: Snapshot, id: string, day: string): number {
  const series = snapshot.series.find((one) => one.id === id);
  return series?.costs[daysBetween(series.start, day)] ?? 0;
}

const everyKind = [
  'spike',
  'step_up',
  'plateau',
  'ramp',
  'drop_to_zero',
  'weekend_box',
  'tiny_to_big',
  'charge_jump',
  'charge_grown',
  'storage_creep',
  'slow_creep',
  'intermittent_spike',
  'intermittent_overrun',
  'nat_surge',
  'lambda_recursion',
  'forgotten_instances',
  'log_storm',
  'spot_loss',
  'rogue_region',
  'key_abuse',
  'born_today',
  'coordinated_account',
  'coordinated_service',
];
const everyNuisance = [
  'decommission',
  'price_change',
  'price_cut',
  'ramp_down',
  'campaign_monthly',
  'campaign_quarterly',
  'renamed',
  'commitment_covered',
  'first_purchase',
  'season_retail',
  'season_school',
  'pennies',
];

describe('rough world', () => {
  test('everything follows from the seed', () => {
    const again = roughWorld({ seed: 'one' });

    expect(again.labels).toEqual(world.labels);
    expect(again.snapshot(350)).toEqual(world.snapshot(350));
    expect(worlds[1]!.labels.events).not.toEqual(world.labels.events);
  });

  test('a snapshot ends on the day before, and settled days never change again', () => {
    const settledDays = 4;
    const earlier = world.snapshot(340);
    const later = new Map(world.snapshot(360).series.map((series) => [series.id, series]));
    for (const { id, start, costs } of earlier.series) {
      expect(addDays(start, costs.length)).toBe(earlier.asOf);
      const settled = costs.slice(0, -settledDays + 1);
      const known = later.get(id)!.costs.slice(0, settled.length);
      // Of an account that is late even settled days may be missing for a while.
      expect(settled.every((usd, index) => usd === null || usd === known[index])).toBe(true);
    }
  });

  test('yesterday is partial for most, a tenth of it for some, and missing for others', () => {
    const shares: number[] = [];
    let missing = 0;
    const final = new Map(finals.get(world)!.series.map((series) => [series.id, series]));
    for (const { id, costs } of world.snapshot(350).series) {
      const early = costs.at(-1);
      const settled = final.get(id)!.costs[costs.length - 1]!;
      if (early === null) missing += 1;
      else if (settled > 1) shares.push(early! / settled);
    }

    expect(missing).toBeGreaterThan(5);
    expect(shares.filter((share) => share < 0.45).length).toBeGreaterThan(5);
    expect(shares.filter((share) => share < 0.995).length).toBeGreaterThan(shares.length / 2);
  });

  test('some days of a whole account are late by one to three days', () => {
    const late = new Set<string>();
    for (let asOf = world.firstD; asOf <= world.lastD - 3; asOf += 1) {
      const byAccount = Map.groupBy(world.snapshot(asOf).series, ({ dims }) => dims.account);
      for (const [account, series] of byAccount) {
        if (series.length > 4 && series.every(({ costs }) => costs.at(-1) === null)) late.add(`${account} ${asOf}`);
      }
    }

    expect(late.size).toBeGreaterThanOrEqual(4);
    expect(late.size).toBeLessThanOrEqual(18);
  });

  test('labels lie in the judged days and are worth a word', () => {
    for (const { labels } of worlds) {
      for (const { start, material, end, usd, totalUsd, series, direction } of labels.events) {
        expect(start >= labels.evalStart && start <= material && material <= end && end <= labels.lastDay).toBe(true);
        expect(usd).toHaveLength(daysBetween(start, end) + 1);
        expect(totalUsd).toBeGreaterThanOrEqual(15);
        expect(series.every((id) => labels.families[id] !== undefined)).toBe(true);
        if (direction === 'down') expect(Math.max(...usd)).toBeLessThanOrEqual(0);
      }
    }
  });

  test('over a few seeds everything happens, in every family', () => {
    const kinds = new Set(worlds.flatMap(({ labels }) => labels.events.map(({ kind }) => kind)));
    const nuisances = new Set(worlds.flatMap(({ labels }) => labels.nuisance.map(({ kind }) => kind)));
    const seen = new Set(worlds.flatMap(({ labels }) => Object.values(labels.families)));

    expect([...kinds]).toEqual(expect.arrayContaining(everyKind));
    expect([...nuisances]).toEqual(expect.arrayContaining(everyNuisance));
    expect([...seen]).toEqual(expect.arrayContaining(Object.keys(families)));
  });

  test('a coordinated rise shows in no series of it and is large in the sum', () => {
    const rises = worlds.flatMap((one) =>
      one.labels.events.filter(({ kind }) => kind.startsWith('coordinated')).map((event) => ({ one, event })),
    );
    expect(rises.length).toBeGreaterThan(2);
    for (const { one, event } of rises) {
      const final = finals.get(one)!;
      const day = addDays(event.start, 7);
      expect(event.series.length).toBeGreaterThanOrEqual(10);
      const bill = event.series.reduce((sum, id) => sum + usdOn(final, id, day), 0);
      expect(event.usd[7]! / (bill - event.usd[7]!)).toBeGreaterThan(0.05);
      expect(event.usd[7]! / (bill - event.usd[7]!)).toBeLessThan(0.13);
      expect(event.usd[7]!).toBeGreaterThan(20);
    }
  });

  test('what is renamed costs what it cost before', () => {
    let pairs = 0;
    for (const one of worlds) {
      const final = finals.get(one)!;
      const renamed = one.labels.nuisance.filter(({ kind }) => kind === 'renamed');
      const weekOf = (day: string, id: string): number =>
        [0, 1, 2, 3, 4, 5, 6].reduce((sum, offset) => sum + usdOn(final, id, addDays(day, offset)), 0);
      for (let index = 0; index + 1 < renamed.length; index += 2) {
        const [before, after] = renamed.slice(index, index + 2) as [(typeof renamed)[number], (typeof renamed)[number]];
        const usd = weekOf(addDays(before.from, -7), before.series);
        expect(weekOf(addDays(before.from, -7), after.series)).toBe(0);
        const end = addDays(before.to, 1);
        if (addDays(end, 6) > one.labels.lastDay) continue;
        pairs += 1;
        expect(weekOf(end, before.series)).toBeLessThan(0.001 * usd + 0.01);
        // Holidays, and now and then a new price.
        expect(weekOf(end, after.series) / usd).toBeGreaterThan(0.65);
        expect(weekOf(end, after.series) / usd).toBeLessThan(1.4);
      }
    }
    expect(pairs).toBeGreaterThan(6);
  });

  test('few accounts spend most of the money', () => {
    for (const one of worlds) {
      const spend = new Map<string, number>();
      for (const { dims, costs } of finals.get(one)!.series) {
        if (dims.recordType !== 'Usage') continue;
        const usd = costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0);
        spend.set(dims.account, (spend.get(dims.account) ?? 0) + usd);
      }
      const sorted = [...spend.values()].sort((a, b) => b - a);
      const total = sorted.reduce((sum, usd) => sum + usd, 0);
      expect(sorted.slice(0, Math.ceil(sorted.length / 3)).reduce((sum, usd) => sum + usd, 0) / total).toBeGreaterThan(
        0.5,
      );
    }
  });

  test('asked for one family it has only that one, with its rhythm', () => {
    const quiet = roughWorld({ seed: 'one', series: 40, families: ['weekendsOff'] });
    const hit = new Set(quiet.labels.events.flatMap(({ series }) => series));

    expect(new Set(Object.values(quiet.labels.families))).toEqual(new Set(['weekendsOff']));
    for (const { id, start, costs } of quiet.snapshot(280).series) {
      if (hit.has(id)) continue;
      const weekends = costs.filter((_, index) => [0, 6].includes(weekdayOf(addDays(start, index))));
      expect(weekends.filter((usd) => usd !== null && usd > 0).length).toBeLessThanOrEqual(4);
    }
  });
});

describe('calendar of a world', () => {
  const calendar = worldCalendar('2024-11-01', 400, 100, chanceOf('calendar'));
  const daysWhere = (holds: ArrayLike<number>): string[] =>
    Array.from({ length: 400 }, (_, index) => index)
      .filter((index) => holds[index] === 1)
      .map(calendar.day);

  test('knows the last business day of every month', () => {
    expect(daysWhere(calendar.isLastBusinessDay).slice(0, 4)).toEqual([
      '2024-11-29',
      '2024-12-30',
      '2025-01-31',
      '2025-02-28',
    ]);
  });

  test('fiscal periods end after four, four and five weeks', () => {
    const fridays = daysWhere(calendar.isPeriodEnd).filter((day) => weekdayOf(day) === 5);
    const weeks = fridays.slice(1).map((day, index) => daysBetween(fridays[index]!, day) / 7);

    expect(weeks.slice(0, 9).toSorted((a, b) => a - b)).toEqual([4, 4, 4, 4, 4, 4, 5, 5, 5]);
  });

  test('Black Friday follows the fourth Thursday, and the clocks change on last Sundays', () => {
    const at = (day: string): number => daysBetween('2024-11-01', day);

    expect(calendar.retail[at('2024-11-29')]).toBe(2.2);
    expect(calendar.retail[at('2025-11-28')]).toBe(2.2);
    expect(calendar.localHours[at('2025-03-30')]).toBeCloseTo(23 / 24);
    expect(calendar.localHours[at('2025-10-26')]).toBeCloseTo(25 / 24);
  });
});

describe('score', () => {
  const event = {
    kind: 'plateau',
    direction: 'up' as const,
    account: '111111111111',
    background: 'steady',
    difficulty: 'easy' as const,
  };
  const labels: WorldLabels = {
    seed: 'by hand',
    evalStart: '2026-01-01',
    lastDay: '2026-04-10',
    nSeries: 10,
    evalDays: 100,
    events: [
      {
        ...event,
        id: 'e1',
        series: ['a', 'b'],
        start: '2026-01-10',
        material: '2026-01-10',
        end: '2026-01-13',
        usd: [100, 100, 100, 100],
        totalUsd: 400,
      },
      {
        ...event,
        id: 'e2',
        kind: 'ramp',
        series: ['c'],
        start: '2026-02-01',
        material: '2026-02-03',
        end: '2026-02-05',
        usd: [2, 8, 30, 60, 100],
        totalUsd: 200,
      },
    ],
    nuisance: [{ series: 'd', kind: 'ramp_down', from: '2026-03-01', to: '2026-03-02', ignore: 'down' }],
    families: { a: 'steady', b: 'steady', c: 'steady', d: 'weekly' },
  };
  const on = (asOf: string, ...alerts: ScoredAlert[]) => ({ asOf, alerts });
  const firstA = on(
    '2026-01-11',
    { seriesId: 'a', day: '2026-01-10', incidentId: 'i' },
    { seriesId: 'b', day: '2026-01-10', incidentId: 'i' },
  );
  const firstC = on('2026-02-05', { seriesId: 'c', day: '2026-02-04', actual: 75, expected: 9 });

  test('both told as early as can be', () => {
    const result = score([firstA, firstC], labels);

    expect(result).toMatchObject({
      events: 2,
      detected: 2,
      f1: 1,
      dollarF1: 1,
      falsePer100SeriesDays: 0,
      messagesPerEvent: 1,
    });
    expect(result.outcomes.map(({ delayDays }) => delayDays)).toEqual([1, 2]);
    expect(result.usd24h).toBe(1);
    // All three further days of the first; of the ramp 100 of the 160 after the day that it mattered.
    expect(result.captured).toBeCloseTo((300 + 100) / (300 + 160));
    expect(result.impactError).toBeCloseTo(0.1);
  });

  test.each([
    ['a series of no event', on('2026-01-20', { seriesId: 'd', day: '2026-01-19' })],
    ['the wrong direction', on('2026-01-11', { seriesId: 'a', day: '2026-01-10', direction: 'down' })],
    ['a day before the event', on('2026-01-10', { seriesId: 'a', day: '2026-01-09' })],
    ['an event that ended long ago', on('2026-01-22', { seriesId: 'a', day: '2026-01-13' })],
  ])('a message about %s is false', (_, run) => {
    const { precision, falseMessages, falsePer100SeriesDays } = score([firstA, run], labels);

    expect(falseMessages).toHaveLength(1);
    expect(falsePer100SeriesDays).toBeCloseTo(0.1);
    expect(precision).toBe(1 / 2);
  });

  test('a false message costs what it claims, a hundred dollars at least', () => {
    const claim = (impactUsd: number) =>
      score([firstA, on('2026-01-20', { seriesId: 'd', day: '2026-01-19', impactUsd })], labels).dollarF1;
    const harmonic = (precision: number, recall: number) => (2 * precision * recall) / (precision + recall);

    expect(claim(5)).toBeCloseTo(harmonic(400 / 500, 400 / 600));
    expect(claim(400)).toBeCloseTo(harmonic(400 / 800, 400 / 600));
  });

  test('a repeated message is counted once as found, silent ones and excused ones not at all', () => {
    const silent = on('2026-01-11', { seriesId: 'a', day: '2026-01-10', notify: false });
    const excused = on('2026-03-03', { seriesId: 'd', day: '2026-03-02', direction: 'down' });
    const again = on('2026-01-13', { seriesId: 'b', day: '2026-01-12' });

    expect(score([silent, excused], labels)).toMatchObject({ detected: 0, neutral: 1, falseMessages: [] });
    expect(score([firstA, again], labels)).toMatchObject({ detected: 1, precision: 1, messagesPerEvent: 2 });
  });
});
