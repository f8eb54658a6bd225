/** What happens to one series at a time. */
import type { Chance } from './chance.ts';
import type { DraftSeries } from './draft-series.ts';
import {
  chanceIn,
  type Difficulty,
  type DraftWorld,
  difficultyOf,
  judgedDay,
  note,
  type Planted,
  plant,
} from './draft-world.ts';
import { type Family, type FamilyName, families } from './families.ts';

const hitShare = 0.2;
/** Days of history without which nobody can say what is usual. */
const leastHistory = 25;

/** In multiples of the noise, and of the level. */
const strengths: Readonly<Record<Difficulty, { readonly noise: [number, number]; readonly level: [number, number] }>> =
  {
    easy: { noise: [10, 40], level: [0.8, 6] },
    medium: { noise: [6, 12], level: [0.3, 0.8] },
    hard: { noise: [4, 6.5], level: [0.16, 0.3] },
  };

export function addSingleEvents(world: DraftWorld): void {
  const chance = chanceIn(world, 'single events');
  const free = world.series.filter(
    ({ isTaken, first, dims, family }) =>
      !isTaken &&
      first < world.calendar.evalFrom - leastHistory &&
      dims.recordType === 'Usage' &&
      fateOf(family) !== 'none',
  );
  for (const series of chance.shuffled(free).slice(0, Math.round(hitShare * free.length))) {
    const planted = fateFor(world, series, chance);
    if (planted !== undefined) plant(world, planted);
  }
}

function fateOf(family: string): Family['fate'] {
  return families[family as FamilyName]?.fate ?? 'none';
}

/** `undefined` = nothing that is worth a word. */
function fateFor(world: DraftWorld, series: DraftSeries, chance: Chance): Planted | undefined {
  const difficulty = difficultyOf(chance);
  switch (fateOf(series.family)) {
    case 'tiny':
      return ofTiny(world, series, chance);
    case 'sporadic':
      return ofSporadic(world, series, difficulty, chance);
    case 'lump':
      return ofLump(world, series, chance);
    case 'storage':
      return ofStorage(world, series, difficulty, chance);
    default:
      return ofLevel(world, series, difficulty, chance);
  }
}

function ofTiny(world: DraftWorld, series: DraftSeries, chance: Chance): Planted | undefined {
  const start = judgedDay(world, chance);
  if (chance.is(0.3)) {
    const usd = chance.logBetween(25, 400);
    const length = chance.whole(2, 10);
    return {
      kind: 'tiny_to_big',
      series: [series],
      start,
      length,
      usd: () => usd * chance.between(0.8, 1.2),
      difficulty: 'easy',
    };
  }
  // A penny series that jumps to cents is no event.
  for (const day of [start, start + 1]) series.usd[day]! *= chance.between(4, 10);
  series.isTaken = true;
  note(world, series, 'pennies', start, start + 1);
  return undefined;
}

function ofSporadic(
  world: DraftWorld,
  series: DraftSeries,
  difficulty: Difficulty,
  chance: Chance,
): Planted | undefined {
  const start = judgedDay(world, chance, 14);
  const highest = series.usd.reduce((most, usd) => Math.max(most, usd), 0);
  if (series.family === 'weeklyJob') {
    const usd = Math.max(40, series.levelUsd * chance.between(0.6, 3));
    return { kind: 'spike', series: [series], start, length: 1, usd: () => usd, difficulty };
  }
  if (chance.is(0.5)) {
    const usd = Math.max(60, highest * chance.between(1.3, 4));
    return { kind: 'intermittent_spike', series: [series], start, length: 1, usd: () => usd, difficulty };
  }
  const usd = Math.max(30, series.levelUsd * chance.between(1.2, 2.2));
  const length = chance.whole(7, 12);
  return { kind: 'intermittent_overrun', series: [series], start, length, usd: () => usd, difficulty };
}

function ofLump(world: DraftWorld, series: DraftSeries, chance: Chance): Planted | undefined {
  const highest = series.usd.reduce((most, usd) => Math.max(most, usd), 0);
  const lumps = [...series.usd.keys()].filter(
    (day) => day > world.calendar.evalFrom + 2 && day < series.usd.length - 8 && series.usd[day]! > highest / 2,
  );
  if (lumps.length > 0 && highest > 60 && chance.is(0.4)) {
    const usd = highest * chance.between(0.6, 2);
    const start = chance.pick(lumps);
    return {
      kind: 'charge_grown',
      series: [series],
      start,
      length: 1,
      usd: () => usd,
      difficulty: 'medium',
    };
  }
  const usd = chance.logBetween(60, 1500);
  const start = judgedDay(world, chance);
  return { kind: 'charge_jump', series: [series], start, length: 1, usd: () => usd, difficulty: 'easy' };
}

const creepRates: Readonly<Record<Difficulty, [number, number]>> = {
  easy: [0.025, 0.05],
  medium: [0.01, 0.025],
  hard: [0.005, 0.01],
};

function ofStorage(
  world: DraftWorld,
  series: DraftSeries,
  difficulty: Difficulty,
  chance: Chance,
): Planted | undefined {
  if (series.levelUsd > 15 && chance.is(0.7)) {
    const kind = series.dims.usageType.includes('Snapshot') ? 'snapshot_creep' : 'storage_creep';
    return creep(world, series, kind, difficulty, chance);
  }
  const usd = amountUsd(series, difficulty, chance);
  const start = judgedDay(world, chance, 14);
  return {
    kind: 'step_up',
    series: [series],
    start,
    length: 400,
    usd: () => usd * chance.between(0.98, 1.02),
    difficulty,
  };
}

/** A little more every day, on what it would have been: nothing on any one day, half as much again after two months. */
function creep(
  world: DraftWorld,
  series: DraftSeries,
  kind: string,
  difficulty: Difficulty,
  chance: Chance,
): Planted | undefined {
  const rate = chance.between(...creepRates[difficulty]);
  const start = judgedDay(world, chance, 48);
  const length = chance.whole(40, 60);
  const before = series.usd.slice(start);
  const usd = (_: DraftSeries, k: number): number => before[k]! * Math.expm1(rate * (k + 1));
  return { kind, series: [series], start, length, usd, difficulty };
}

const restless: readonly string[] = ['bursty', 'lognormal', 'workingHours'];

function ofLevel(world: DraftWorld, series: DraftSeries, difficulty: Difficulty, chance: Chance): Planted | undefined {
  const isQuiet = series.noise < 0.03 && series.levelUsd > 25;
  const kind = chance.weighted([
    ['spike', 28],
    ['step_up', 26],
    ['ramp', 14],
    ['plateau', 10],
    ['weekend_box', 8],
    ['drop_to_zero', 10],
    ['slow_creep', isQuiet ? 20 : 0],
  ] as const);
  const usd = amountUsd(series, difficulty, chance);
  const one = { kind, series: [series], difficulty };
  switch (kind) {
    case 'spike': {
      const start = ordinaryDay(world, series, chance);
      const seen = restless.includes(series.family) ? Math.max(usd, 2 * series.reachUsd, 50) : usd;
      return {
        ...one,
        start,
        length: chance.pick([1, 1, 2]),
        usd: () => seen * chance.between(0.9, 1.1),
      };
    }
    case 'step_up':
      return {
        ...one,
        start: judgedDay(world, chance, 14),
        length: 400,
        usd: () => usd * chance.between(0.95, 1.05),
      };
    case 'plateau':
      return {
        ...one,
        start: judgedDay(world, chance, 10),
        length: chance.whole(3, 9),
        usd: () => usd * chance.between(0.9, 1.1),
      };
    case 'weekend_box': {
      const start = weekendIn(world, chance);
      const box = Math.max(usd, 25, restless.includes(series.family) ? series.reachUsd : 0);
      return {
        ...one,
        start,
        length: chance.whole(2, 3),
        usd: (_, k) => box * (k === 0 ? chance.between(0.4, 0.9) : 1),
      };
    }
    case 'ramp': {
      const length = chance.whole(18, 40);
      const peak = 1.2 * Math.max(usd, 0.5 * series.levelUsd);
      return {
        ...one,
        start: judgedDay(world, chance, 40),
        length: 400,
        usd: (_, k) => peak * Math.min(1, (k + 1) / length),
      };
    }
    case 'slow_creep':
      return creep(world, series, kind, chance.is(0.5) ? 'medium' : 'hard', chance);
    case 'drop_to_zero': {
      const start = judgedDay(world, chance, 12);
      const length = chance.whole(4, 12);
      // Where nothing is spent anyway, nobody sees it end.
      const spent = series.usd.subarray(start, start + length).filter((usd) => usd > 0.3 * series.levelUsd).length;
      if (series.levelUsd < 20 || restless.includes(series.family) || spent < 4) return undefined;
      return {
        ...one,
        start,
        length,
        usd: () => Number.NEGATIVE_INFINITY,
        direction: 'down',
        difficulty: 'easy',
      };
    }
  }
}

/** Enough to be seen over the noise, to be worth a word, and for its difficulty. */
function amountUsd({ noise, levelUsd }: DraftSeries, difficulty: Difficulty, chance: Chance): number {
  const strength = strengths[difficulty];
  return Math.max(
    chance.between(...strength.noise) * Math.max(0.02, noise) * levelUsd,
    chance.between(...strength.level) * levelUsd,
    chance.between(18, 40),
  );
}

/** Not one of the series' own high days, on which more would be as usual. */
function ordinaryDay(world: DraftWorld, series: DraftSeries, chance: Chance): number {
  for (let tries = 0; tries < 40; tries += 1) {
    const day = judgedDay(world, chance);
    if (series.usd[day]! <= 1.25 * series.levelUsd) return day;
  }
  return judgedDay(world, chance);
}

/** A Friday or a Saturday. */
export function weekendIn(world: DraftWorld, chance: Chance): number {
  const friday = judgedDay(world, chance, 14);
  return friday + ((5 - world.calendar.weekday[friday]! + 7) % 7) + chance.whole(0, 1);
}
