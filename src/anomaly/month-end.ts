/** Projected month end: what is billed so far, plus what the days left cost by weekday and by last month's lumps. */

import type { CostSeries } from '../model/bill.ts';
import { addDays, daysBetween, weekdayOf } from '../model/days.ts';
import { median } from '../model/median.ts';

export type MonthEnd = {
  /** `2026-11`. */
  readonly month: string;
  /** Billed on the days of the month that are complete. */
  readonly soFarUsd: number;
  /** Days of the month that are not complete yet or still to come. */
  readonly daysLeft: number;
  /** What those days are expected to cost. */
  readonly restUsd: number;
  readonly projectedUsd: number;
  /** 90 % interval of `projectedUsd`. */
  readonly lowUsd: number;
  readonly highUsd: number;
  /** Of the whole month before; `null` = it is not known from its first day on. */
  readonly lastMonthUsd: number | null;
};

const weeksLookedAt = 4;
/** A day of last month this much over its weekday is a charge of that date (support, subscriptions), not noise. */
const lumpFactor = 1.5;
/** z of a two-sided 90 % interval. */
const z90 = 1.645;
/** Days' errors do not cancel altogether: a level that is off is off on all of them. */
const commonShare = 0.5;
/** No bill is more regular than this: even a flat one meets a new resource. */
const leastNoise = 0.01;

/**
 * @param series added up, all of them in USD
 * @param through the last day whose figures are complete
 * @returns undefined with less than two weeks of days, from which nothing can be told
 */
export function projectMonthEnd(
  series: Iterable<Pick<CostSeries, 'from' | 'usd'>>,
  through: string,
): MonthEnd | undefined {
  const totals = dailyTotals(series, through);
  const known = [...totals.keys()].sort();
  const first = known[0];
  if (first === undefined || daysBetween(first, through) < 13) return undefined;
  const month = through.slice(0, 7);
  const start = `${month}-01`;
  const next = firstOfNextMonth(month);
  const lastMonth = addDays(start, -1).slice(0, 7);

  const typical = weekdayMedians(totals, through);
  const noise = Math.max(leastNoise, residualNoise(totals, typical, through));
  let restUsd = 0;
  let daysLeft = 0;
  for (let day = addDays(through, 1); day < next; day = addDays(day, 1)) {
    const usual = typical[weekdayOf(day)] ?? 0;
    restUsd += usual + lumpOf(day, lastMonth, totals, typical);
    daysLeft += 1;
  }
  const soFarUsd = sumBetween(totals, start, through);
  const error = daysLeft === 0 ? 0 : z90 * noise * restUsd * (commonShare + (1 - commonShare) / Math.sqrt(daysLeft));
  const projectedUsd = soFarUsd + restUsd;
  return {
    month,
    soFarUsd,
    daysLeft,
    restUsd,
    projectedUsd,
    lowUsd: projectedUsd - error,
    highUsd: projectedUsd + error,
    lastMonthUsd: first <= `${lastMonth}-01` ? sumBetween(totals, `${lastMonth}-01`, addDays(start, -1)) : null,
  };
}

function dailyTotals(series: Iterable<Pick<CostSeries, 'from' | 'usd'>>, through: string): Map<string, number> {
  const totals = new Map<string, number>();
  for (const { from, usd } of series) {
    let day = from;
    for (const amount of usd) {
      if (day > through) break;
      if (!Number.isNaN(amount)) totals.set(day, (totals.get(day) ?? 0) + amount);
      day = addDays(day, 1);
    }
  }
  return totals;
}

function weekdayMedians(totals: ReadonlyMap<string, number>, through: string): number[] {
  const days: number[][] = Array.from({ length: 7 }, () => []);
  for (let back = 0; back < weeksLookedAt * 7; back += 1) {
    const day = addDays(through, -back);
    const amount = totals.get(day);
    if (amount !== undefined) days[weekdayOf(day)]?.push(amount);
  }
  const all = median(days.flat());
  return days.map((amounts) => (amounts.length === 0 ? all : median(amounts)));
}

/** Relative spread of the last weeks about their weekday medians. */
function residualNoise(totals: ReadonlyMap<string, number>, typical: readonly number[], through: string): number {
  const shares: number[] = [];
  for (let back = 0; back < weeksLookedAt * 7; back += 1) {
    const day = addDays(through, -back);
    const usual = typical[weekdayOf(day)] ?? 0;
    const amount = totals.get(day);
    if (amount !== undefined && usual > 0) shares.push(Math.abs(amount / usual - 1));
  }
  return 1.4826 * median(shares);
}

/** A charge that last month had on this date, or as far from its end, and that has nothing to do with the weekday. */
function lumpOf(
  day: string,
  lastMonth: string,
  totals: ReadonlyMap<string, number>,
  typical: readonly number[],
): number {
  const excess = (at: string): number => {
    const amount = totals.get(at);
    const usual = typical[weekdayOf(at)] ?? 0;
    return amount === undefined || amount < lumpFactor * usual ? 0 : amount - usual;
  };
  const sameDate = `${lastMonth}-${day.slice(8)}`;
  const fromEnd = daysBetween(day, firstOfNextMonth(day.slice(0, 7)));
  const sameFromEnd = addDays(firstOfNextMonth(lastMonth), -fromEnd);
  // Near the end of a month the distance from the end counts: 30 November answers to 31 October.
  if (fromEnd <= 3) return excess(sameFromEnd);
  return excess(sameDate);
}

function firstOfNextMonth(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
}

function sumBetween(totals: ReadonlyMap<string, number>, from: string, to: string): number {
  let sum = 0;
  for (const [day, amount] of totals) if (day >= from && day <= to) sum += amount;
  return sum;
}
