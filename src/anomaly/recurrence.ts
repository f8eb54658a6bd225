/**
 * "This happens every month": whether the months before had as much at the same distance from their start or end, or as
 * much has come back at even intervals (a fortnight's payroll, a 4-4-5 calendar's period, a quarter).
 */
import { positionOf } from './calendar.ts';
import type { Workspace } from './workspace.ts';
import { youngDays } from './young.ts';

const monthsLookedAt = 3;
/** Shares of today's surprise and excess that an earlier month must have had. */
const leastSurprise = 0.45;
const leastExcess = 0.5;
const mostScale = 3;
/** More than this over what the months before had, in share and dollars, is news however regular the day. */
const roomShare = 1.3;
const roomUsd = 40;

export type Recurrence = {
  /** As in the months before. */
  isUsual: boolean;
  /** On a day that recurs, but clearly more than ever: what it was before, normalised; 0 = the day does not recur. */
  beforeUsd: number;
};

const answer: Recurrence = { isUsual: false, beforeUsd: 0 };

/**
 * @param surprise today's, in logs
 * @param excess today's normalised dollars over (under) the forecast
 * @returns overwritten by the next call
 */
export function recurrenceOf(
  work: Workspace,
  day: number,
  surprise: number,
  excess: number,
  amount: number,
): Recurrence {
  answer.isUsual = false;
  answer.beforeUsd = 0;
  const sign = Math.sign(excess);
  const { fromStart, fromEnd, month } = positionOf(day);
  const slack = fromEnd <= 2 || fromStart <= 2 ? 2 : 1;
  let hits = 0;
  let large = 0;
  let available = 0;
  let most = 0;
  const used = likeDaysBefore(work, day - work.start, surprise, excess);
  for (let back = 1; back <= monthsLookedAt; back += 1) {
    // A month that is not remembered from about this day on says nothing.
    if (day - Math.round(30.5 * back) - 3 < work.start) break;
    available += 1;
    let days = 0;
    let isLarge = false;
    const middle = day - Math.round(30.44 * back);
    for (let other = middle - 4; other <= middle + 4; other += 1) {
      const index = other - work.start;
      if (index < 0 || index >= work.length) continue;
      const position = positionOf(other);
      if (Math.abs(month - position.month - back) > 1) continue;
      if (Math.abs(position.fromStart - fromStart) > slack && Math.abs(position.fromEnd - fromEnd) > slack) continue;
      const expected = expectedAt(work, index);
      const billed = work.billed[index] as number;
      if (Number.isNaN(expected) || Number.isNaN(billed)) continue;
      const was = sign * Math.log((billed + 0.5) / (expected + 0.5));
      // On a weekend the same factor is fewer dollars.
      const wasExcess = sign * (billed - expected) * scaleOf(amount - excess, expected);
      if (was < leastSurprise * sign * surprise) continue;
      if (wasExcess > 0.15 * sign * excess) {
        isLarge = true;
        most = Math.max(most, billed);
      }
      if (wasExcess >= leastExcess * sign * excess) days += 1;
    }
    if (days > used) hits += 1;
    if (isLarge) large += 1;
  }
  if (isPeriodic(work, day - work.start, surprise, excess, amount)) {
    answer.isUsual = true;
    return answer;
  }
  if (available === 0) return answer;
  const needed = Math.min(2, available);
  answer.isUsual = hits >= needed;
  const exceeds = sign > 0 && amount > roomShare * most && amount - most > roomUsd;
  if (large >= needed && exceeds && available >= 2) {
    answer.isUsual = false;
    answer.beforeUsd = most;
  }
  return answer;
}

/** While a series was young there were no forecasts; the first one tells what they would have been. */
function expectedAt(work: Workspace, index: number): number {
  const expected = work.expected[index] as number;
  return Number.isNaN(expected) && index < youngDays ? (work.expected[youngDays] as number) : expected;
}

/** Days just before today that were as far off: a charge that comes once a month has come. */
function likeDaysBefore(work: Workspace, index: number, surprise: number, excess: number): number {
  const sign = Math.sign(excess);
  let days = 0;
  for (let at = Math.max(0, index - 3); at < index; at += 1) {
    const expected = work.expected[at] as number;
    const billed = work.billed[at] as number;
    const was = sign * Math.log((billed + 0.5) / (expected + 0.5));
    if (was >= leastSurprise * sign * surprise && sign * (billed - expected) >= leastExcess * sign * excess) days += 1;
  }
  return days;
}

function scaleOf(now: number, then: number): number {
  return Math.max(1, Math.min(mostScale, now / Math.max(then, 1)));
}

/** Intervals that bills keep besides months, shortest and longest, and how often each must have been kept. */
const intervals = [
  // A fortnight's payroll, which may be missed once.
  { gaps: [14, 28], slack: 0, times: 3 },
  // Periods of four, four and five weeks.
  { gaps: [28, 35], slack: 0, times: 2 },
  // Quarters: 90 to 92 days, or 13 weeks.
  { gaps: [91], slack: 2, times: 2 },
] as const;

/** As much has come back at even intervals, the last of which ends today. */
function isPeriodic(work: Workspace, index: number, surprise: number, excess: number, amount: number): boolean {
  const sign = Math.sign(excess);
  const isLike = (at: number): boolean => {
    const expected = work.expected[at] as number;
    const billed = work.billed[at] as number;
    const scale = scaleOf(amount - excess, expected);
    if (!(sign * (billed - expected) * scale >= leastExcess * sign * excess)) return false;
    return sign * Math.log((billed + 0.5) / (expected + 0.5)) >= leastSurprise * sign * surprise;
  };
  for (const { gaps, slack, times } of intervals) {
    let at = index;
    let count = 0;
    while (count < times) {
      const next = previous(at, gaps, slack, isLike);
      if (next < 0) break;
      at = next;
      count += 1;
    }
    if (count === times) return true;
  }
  return false;
}

/** Index of the occurrence one interval earlier, -1 without one. */
function previous(at: number, gaps: readonly number[], slack: number, isLike: (at: number) => boolean): number {
  for (const gap of gaps) {
    for (let off = 0; off <= slack; off += 1) {
      if (at - gap - off >= 0 && isLike(at - gap - off)) return at - gap - off;
      if (at - gap + off >= 0 && isLike(at - gap + off)) return at - gap + off;
    }
  }
  return -1;
}
