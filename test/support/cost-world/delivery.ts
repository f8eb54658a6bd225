/** How figures arrive: yesterday's are partial, some services and accounts are late, some days are stated anew. */
import type { Chance } from './chance.ts';
import type { DraftSeries } from './draft-series.ts';
import { chanceIn, type DraftWorld, toTenthsOfCents } from './draft-world.ts';

/** NaN = not delivered. */
export type Delivered = {
  readonly series: DraftSeries;
  /** On the day after. */
  readonly early: Float64Array;
  /** Two and three days after. */
  readonly later: Float64Array;
  /** From the fourth day on. */
  readonly settled: Float64Array;
};

/** An account of which nothing new arrives for a few days; then all of it does. */
export type Outage = { readonly account: string; readonly from: number; readonly days: number };

export function deliver(world: DraftWorld): Delivered[] {
  return world.series.map((series) => {
    const { service, usageType } = series.dims;
    const habit = habitOf(series.family, chanceIn(world, 'delivery', service, usageType));
    return deliverOne(series, habit, chanceIn(world, 'delivery', series.id));
  });
}

type Habit = {
  /** Share of a day that is known on the day after. */
  readonly early: (chance: Chance) => number;
  /** Share that is known two and three days after. */
  readonly later: (chance: Chance) => number;
};

/** Each usage type has its own, in all accounts. */
function habitOf(family: string, chance: Chance): Habit {
  const kind = chance.weighted([
    ['usual', 60],
    ['complete', 18],
    ['short for days', 7],
    ['mostly late', 6],
    ['a day late', 3],
    ['nothing yet', 3],
    // What is billed by people, not meters, is not stated anew.
    ['stated anew', family === 'monthly' || family === 'marketplace' ? 0 : 3],
  ] as const);
  const usual = wobbling(chance.between(0.5, 0.99));
  const small = wobbling(chance.between(0.1, 0.4));
  switch (kind) {
    case 'complete':
      return { early: () => 1, later: nearly };
    case 'short for days':
      return { early: usual, later: (by) => by.between(0.82, 0.96) };
    case 'mostly late':
      return { early: small, later: nearly };
    case 'a day late':
      return { early: () => Number.NaN, later: () => 1 };
    case 'nothing yet':
      return { early: () => 0, later: nearly };
    case 'stated anew':
      return { early: usual, later: (by) => (by.is(0.06) ? by.between(0.8, 1.2) : 1) };
    default:
      return { early: usual, later: nearly };
  }
}

function wobbling(share: number): Habit['early'] {
  return (chance) => Math.min(1, Math.max(0.05, share + 0.05 * chance.normal()));
}

function nearly(chance: Chance): number {
  return chance.is(0.9) ? 1 : chance.between(0.97, 1);
}

const skippedShare = 0.03;

function deliverOne(series: DraftSeries, habit: Habit, chance: Chance): Delivered {
  const rounded = (usd: number): number => (series.isInCents ? Math.round(usd * 100) / 100 : toTenthsOfCents(usd));
  const settled = series.usd.map(rounded);
  const shares = settled.map(() => habit.later(chance));
  const later = settled.map((usd, day) => rounded(usd * shares[day]!));
  const early = settled.map((usd, day) =>
    chance.is(skippedShare) ? Number.NaN : rounded(usd * Math.min(shares[day]!, habit.early(chance))),
  );
  return { series, early, later, settled };
}

export function outagesOf(world: DraftWorld): Outage[] {
  const chance = chanceIn(world, 'outages');
  const { evalFrom, days } = world.calendar;
  return Array.from({ length: chance.whole(4, 6) }, () => ({
    account: chance.pick(world.accounts).id,
    from: chance.whole(evalFrom + 2, days - 6),
    days: chance.whole(1, 3),
  }));
}
