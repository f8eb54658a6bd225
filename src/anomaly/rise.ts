/**
 * Rises that no single day proves: the last days, in windows from two days to three weeks, against the level before
 * them. A short one is a step to a new level, a long one a creep.
 */

import { floorUsd, growthAt, growthAtMost, levelAt } from './forecast.ts';
import { type Habits, penniesUsd } from './habits.ts';
import type { Thresholds } from './options.ts';
import type { Workspace } from './workspace.ts';

const windows = [2, 3, 4, 5, 7, 10, 14, 21] as const;
const longest = 21;
const baseDays = 14;
/** Mean log surprise of the window from which on a step, and a creep, is worth a word; today's is larger. */
const leastStep = 0.08;
const leastCreep = 0.05;
/** Days follow one another: their errors do not cancel as those of independent ones would. */
const dependence = 1.25;
/** Up to this window the rise is a step, whose days are left out of what is learned. */
export const stepDays = 4;

/** Below it no rise is looked for. */
const leastTodayUsd = 5;

export type Rise = {
  /** Length of the window. */
  days: number;
  /** Mean log surprise over the level before it. */
  size: number;
  sigma: number;
  /** Level before the window, carried on to today. */
  baseUsd: number;
  /** Over the whole window. */
  excessUsd: number;
  /** Today's, over its weekday of the level before. */
  todayUsd: number;
};

/** A longer window tells the level that was left when it is this clear, and that level this much lower. */
const olderSigma = 0.5;
const olderShare = 0.98;

const best: Rise = { days: 0, size: 0, sigma: 0, baseUsd: 0, excessUsd: 0, todayUsd: 0 };
const one: Rise = { ...best };

/**
 * @param today what the newest day comes to
 * @returns the clearest rise (overwritten by the next call), if there is one
 */
export function riseAt(
  work: Workspace,
  index: number,
  today: number,
  habits: Habits,
  thresholds: Thresholds,
): Rise | undefined {
  if (index < baseDays + 2 || !isAbovePast(work, index, today, habits.noise)) return undefined;
  const growth = growthAtMost(work, index - longest, habits.factors);
  best.sigma = 0;
  for (const days of windows) {
    if (index + 1 - days < baseDays) break;
    measure(work, index, today, habits, days, growth, one);
    if (one.sigma <= best.sigma || !isMaterialRise(one, thresholds)) continue;
    if (one.sigma < thresholds.riseSigma || one.size < (days <= stepDays ? leastStep : leastCreep)) continue;
    if (!exceedsOwnPast(work, index, habits, one)) continue;
    Object.assign(best, one);
  }
  if (best.sigma === 0) return undefined;
  settleBase(work, index, today, habits);
  return best;
}

/**
 * A creep is older than the window that shows it best: the level that it left lies before a longer one. Growth counts
 * here only as far as it is sure.
 */
function settleBase(work: Workspace, index: number, today: number, habits: Habits): void {
  for (const days of windows) {
    if (days < best.days || index + 1 - days < baseDays) continue;
    const growth = Math.max(0, growthAt(work, index + 1 - days, habits.factors));
    measure(work, index, today, habits, days, growth, one);
    if (days > best.days && (one.sigma < olderSigma * best.sigma || one.baseUsd > olderShare * best.baseUsd)) continue;
    best.days = best.days <= stepDays ? best.days : days;
    best.baseUsd = one.baseUsd;
    best.todayUsd = one.todayUsd;
  }
}

/** Most days are nowhere near a rise: the same weekday of the weeks before tells, at the price of a few look-ups. */
function isAbovePast(work: Workspace, index: number, today: number, noise: number): boolean {
  let least = Number.POSITIVE_INFINITY;
  let second = Number.POSITIVE_INFINITY;
  for (let at = index - 7; at >= 0 && at >= index - 28; at -= 7) {
    const value = work.clean[at] as number;
    if (value < least) {
      second = least;
      least = value;
    } else if (value < second) second = value;
  }
  return today - second > leastTodayUsd && today > second * (1 + Math.max(0.04, 0.5 * noise));
}

/** Mean of the window's surprises, one of them never counting for more than the others bear out. */
function measure(
  work: Workspace,
  index: number,
  today: number,
  { factors, noise }: Habits,
  days: number,
  growth: number,
  into: Rise,
): void {
  const end = index + 1 - days;
  const level = levelAt(work, end, factors, baseDays);
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  let excess = 0;
  let last = 0;
  for (let at = end; at <= index; at += 1) {
    const billed = work.billed[at] as number;
    const value = at === index ? today : Number.isNaN(billed) ? (work.clean[at] as number) : billed;
    const expected = level * Math.exp(growth * (at - end + baseDays / 2)) * (factors[(work.start + at) % 7] as number);
    const surprise = Math.log((value + floorUsd) / (expected + floorUsd));
    sum += surprise;
    if (at > index - 3) least = Math.min(least, surprise);
    excess += value - expected;
    last = value - expected;
  }
  into.days = days;
  into.size = Math.min(sum / days, 1.6 * least);
  into.sigma = into.size / (noise * dependence * Math.sqrt(1 / days + 1.57 / baseDays));
  into.baseUsd = level * Math.exp(growth * (days + baseDays / 2));
  into.excessUsd = excess;
  into.todayUsd = last;
}

function isMaterialRise({ days, baseUsd, excessUsd, todayUsd }: Rise, thresholds: Thresholds): boolean {
  const { minRiseShare } = thresholds;
  const leastUsd = (baseUsd < penniesUsd ? 2 : 1) * thresholds.minExcessUsd;
  if (excessUsd < (days <= stepDays ? 2 : 4) * leastUsd || todayUsd < 0.8 * leastUsd) return false;
  return todayUsd > minRiseShare * baseUsd && excessUsd > minRiseShare * 0.6 * baseUsd * days;
}

const past: Rise = { ...best };

/** Clearly more than the series has risen in so many days before, but for the largest time. */
function exceedsOwnPast(work: Workspace, index: number, habits: Habits, { days, size }: Rise): boolean {
  let first = 0;
  let second = 0;
  const stride = Math.max(2, days >> 1);
  for (let at = index - days - 7; at >= baseDays + days + 7; at -= stride) {
    measure(work, at, work.clean[at] as number, habits, days, 0, past);
    if (past.size > first) {
      second = first;
      first = past.size;
    } else if (past.size > second) second = past.size;
  }
  return size > 1.25 * second;
}
