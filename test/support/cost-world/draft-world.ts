/** A world while it is made: its series, what is planted in them and what only looks like it. */
import type { WorldCalendar } from './calendar.ts';
import { type Chance, chanceOf } from './chance.ts';
import { type Course, type DraftSeries, reachOf, tame, type WorldDimensions, withNoise } from './draft-series.ts';
import { usagePrefixes, type WorldAccount } from './organization.ts';

export type Difficulty = 'easy' | 'medium' | 'hard';
export type Direction = 'up' | 'down';

/** What somebody who answers for the bill would want to hear about. */
export type WorldEvent = {
  readonly id: string;
  readonly kind: string;
  readonly direction: Direction;
  /** Ids. */
  readonly series: readonly string[];
  readonly account: string;
  readonly start: string;
  /** First day on which the excess matters. */
  readonly material: string;
  readonly end: string;
  /** Planted dollars from `start` on. */
  readonly usd: readonly number[];
  readonly totalUsd: number;
  /** Family of the first series. */
  readonly background: string;
  readonly difficulty: Difficulty;
};

/** What nobody needs to hear about, although something changes. */
export type Nuisance = {
  readonly series: string;
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  /** An alert in this direction is neither right nor wrong. */
  readonly ignore?: Direction;
};

export type DraftWorld = {
  readonly seed: string;
  /** Series of the background over 320. */
  readonly size: number;
  readonly calendar: WorldCalendar;
  readonly accounts: readonly WorldAccount[];
  readonly series: DraftSeries[];
  readonly events: WorldEvent[];
  readonly nuisances: Nuisance[];
};

export function chanceIn({ seed }: DraftWorld, ...words: readonly (string | number)[]): Chance {
  return chanceOf(seed, ...words);
}

/** How often something happens in a world of this size: `perWorld` on average, the fraction by chance. */
export function times({ size }: DraftWorld, perWorld: number, chance: Chance): number {
  const wanted = perWorld * size;
  return Math.floor(wanted) + (chance.is(wanted % 1) ? 1 : 0);
}

export type NewSeries = {
  readonly account: string;
  readonly service: string;
  readonly region: string;
  /** Without the region's prefix. */
  readonly usageType: string;
  readonly recordType?: string;
  readonly family: string;
  readonly course: Course;
  readonly levelUsd: number;
  readonly first?: number;
  readonly isTaken?: boolean;
  readonly isInCents?: boolean;
};

/** `undefined` when the account has such a series already. */
export function addSeries(world: DraftWorld, wanted: NewSeries, chance: Chance): DraftSeries | undefined {
  const { account, service, region, usageType, recordType = 'Usage', course, first = 0 } = wanted;
  const dims: WorldDimensions = {
    account,
    service,
    region,
    usageType: `${usagePrefixes[region] ?? ''}${usageType}`,
    recordType,
  };
  const isKnown = world.series.some(({ dims: other }) =>
    (['account', 'service', 'region', 'usageType', 'recordType'] as const).every((name) => other[name] === dims[name]),
  );
  if (isKnown) return undefined;
  const usd = withNoise(course, chance);
  if (recordType === 'Usage') tame(usd, first, world.calendar.evalFrom);
  const levelUsd = course.levelUsd ?? wanted.levelUsd;
  const series: DraftSeries = {
    id: `s${String(world.series.length + 1).padStart(4, '0')}`,
    dims,
    family: wanted.family,
    usd,
    levelUsd,
    noise: course.spread ?? course.noise.share,
    reachUsd: reachOf(usd.subarray(first), levelUsd),
    first,
    isTaken: wanted.isTaken ?? false,
    isInCents: wanted.isInCents ?? false,
  };
  world.series.push(series);
  return series;
}

export type Planted = {
  readonly kind: string;
  readonly series: readonly DraftSeries[];
  readonly start: number;
  readonly length: number;
  /** USD to add on the k-th day; negative takes away, down to nothing. */
  readonly usd: (series: DraftSeries, k: number) => number;
  readonly direction?: Direction;
  readonly difficulty: Difficulty;
  /** Of the level of all its series, what is worth a word; default 12 %. */
  readonly worthShare?: number;
};

const leastTotalUsd = 15;
const worthUsd = 10;
const worthShare = 0.12;

/** Adds the dollars, and the label where they are worth a word; what is not becomes a nuisance without excuse. */
export function plant(world: DraftWorld, planted: Planted): void {
  const { kind, series, start, direction = 'up', difficulty } = planted;
  const length = Math.min(planted.length, world.calendar.days - start);
  const usd: number[] = Array.from({ length }, () => 0);
  const touched: DraftSeries[] = [];
  for (const one of series) {
    let most = 0;
    for (let k = 0; k < length; k += 1) {
      const before = one.usd[start + k]!;
      const after = Math.max(0, before + planted.usd(one, k));
      one.usd[start + k] = after;
      usd[k]! += after - before;
      most = Math.max(most, Math.abs(after - before));
    }
    one.isTaken = true;
    if (most > 0.5) touched.push(one);
  }
  const sign = direction === 'up' ? 1 : -1;
  const dollars = usd.map((amount) => Math.max(0, sign * amount));
  const totalUsd = sumOf(dollars);
  if (touched.length === 0 || totalUsd < leastTotalUsd) return;
  const level = sumOf(series.map(({ levelUsd }) => levelUsd));
  const worth = Math.max(worthUsd, (planted.worthShare ?? worthShare) * level);
  const material = Math.max(
    0,
    [dollars.findIndex((amount) => amount >= worth), dollars.findIndex((amount) => amount >= worthUsd)].find(
      (index) => index >= 0,
    ) ?? 0,
  );
  const { calendar } = world;
  world.events.push({
    id: `e${String(world.events.length + 1).padStart(3, '0')}`,
    kind,
    direction,
    series: touched.map(({ id }) => id),
    account: series[0]!.dims.account,
    start: calendar.day(start),
    material: calendar.day(start + material),
    end: calendar.day(start + length - 1),
    usd: usd.map(toTenthsOfCents),
    totalUsd: toTenthsOfCents(totalUsd),
    background: series[0]!.family,
    difficulty,
  });
}

export function note(
  world: DraftWorld,
  series: DraftSeries,
  kind: string,
  from: number,
  to: number,
  ignore?: Direction,
): void {
  const { calendar } = world;
  world.nuisances.push({
    series: series.id,
    kind,
    from: calendar.day(from),
    to: calendar.day(Math.min(to, calendar.days - 1)),
    ...(ignore === undefined ? {} : { ignore }),
  });
}

/** A judged day, with so many days left after it. */
export function judgedDay({ calendar }: DraftWorld, chance: Chance, daysLeft = 8): number {
  return chance.whole(calendar.evalFrom + 2, calendar.days - daysLeft);
}

export function difficultyOf(chance: Chance): Difficulty {
  return chance.weighted([
    ['easy', 40],
    ['medium', 35],
    ['hard', 25],
  ]);
}

export function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

export function toTenthsOfCents(usd: number): number {
  return Math.round(usd * 10_000) / 10_000;
}
