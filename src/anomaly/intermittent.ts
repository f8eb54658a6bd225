/** Series that cost nothing on many days: how large a single amount, and how long a run of days, has been before. */

import { calendarOf, runAt } from './cadence.ts';
import { positionOf } from './calendar.ts';
import { medianInPlace } from './statistics.ts';
import { nothingUsd, stand, type Workspace } from './workspace.ts';

export type AmountVerdict = {
  /** Largest amount that would not be unusual. */
  bound: number;
  /** What the day costs where it costs something. */
  typical: number;
  isUnusual: boolean;
  /** It costs on more days than ever. */
  isOverrun: boolean;
  /** Whether the day is one on which the series usually costs. */
  isOnCalendar: boolean;
};

const amounts = new Float64Array(256);
const order = new Float64Array(256);
const verdict: AmountVerdict = { bound: 0, typical: 0, isUnusual: false, isOverrun: false, isOnCalendar: true };

/** Evidence of an overrun: about one day in four hundred reaches it by chance. */
const overrunEvidence = 7;
const overrunUsd = 60;
/** Of the best week. */
const overrunWeek = 1.3;

/** @returns overwritten by the next call */
export function judgeAmount(work: Workspace, index: number, amount: number): AmountVerdict {
  const calendar = calendarOf(work, index);
  const isOn = calendar(work.start + index);
  const isLike = (day: number): boolean => calendar(day) === isOn;
  const count = collect(work, index, isLike);
  verdict.isOnCalendar = isOn;
  verdict.bound = boundOf(count);
  order.set(amounts.subarray(0, count));
  verdict.typical = count === 0 ? 0 : medianInPlace(order, count);
  const least = count >= 5 ? (isOn ? 25 : 30) : isOn ? 50 : 30;
  verdict.isUnusual =
    amount > verdict.bound && amount - 0.8 * verdict.bound > least && !recursInMonths(work, index, amount, isLike);
  verdict.isOverrun = false;
  if (amount > nothingUsd && index >= 28) {
    const { evidence, before, usd, usualUsd, days } = runAt(work, index, amount);
    verdict.isOverrun =
      days >= 3 &&
      evidence > overrunEvidence &&
      evidence > before + 1.5 &&
      usd > overrunUsd &&
      usd > overrunWeek * usualUsd;
  }
  return verdict;
}

/**
 * Amounts of own history on like days into `amounts`, newest first. One that was unusual counts once another has been
 * nearly as large: what has come twice may come again.
 */
function collect(work: Workspace, index: number, isLike: (day: number) => boolean): number {
  let count = 0;
  let odd = 0;
  let oddSecond = 0;
  for (let at = index - 1; at >= 0; at -= 1) {
    const value = work.billed[at] as number;
    if (!(value > nothingUsd) || !isLike(work.start + at)) continue;
    if (work.standing[at] === stand.forecast) {
      if (index - at <= 3) continue;
      if (value > odd) {
        oddSecond = odd;
        odd = value;
      } else oddSecond = Math.max(oddSecond, value);
      continue;
    }
    amounts[count] = value;
    count += 1;
  }
  if (oddSecond > 0) {
    amounts[count] = Math.min(odd, 1.3 * oddSecond);
    amounts[count + 1] = oddSecond;
    count += 2;
  }
  return count;
}

/** What amounts have reached before, with room for one that is a little larger. */
function boundOf(count: number): number {
  if (count === 0) return 0;
  let first = 0;
  let second = 0;
  for (let index = 0; index < count; index += 1) {
    const value = amounts[index] as number;
    if (value > first) {
      second = first;
      first = value;
    } else if (value > second) second = value;
  }
  const most = count >= 10 ? 0.7 * first + 0.3 * second : first;
  if (count < 4) return 1.5 * most;
  for (let index = 0; index < count; index += 1) order[index] = Math.log(amounts[index] as number);
  const middle = medianInPlace(order, count);
  for (let index = 0; index < count; index += 1) order[index] = Math.abs(Math.log(amounts[index] as number) - middle);
  const spread = 1.4826 * medianInPlace(order, count) * (1 + 2 / count);
  // Even amounts leave little room over the largest, uneven ones more.
  const room = Math.min(1.4, Math.max(1.15, Math.exp(3 * spread)));
  return Math.max(room * most, Math.min(2.2 * most, Math.exp(middle + 4 * spread)));
}

/** As much at the same place of earlier months, and seldom anywhere else. */
function recursInMonths(work: Workspace, index: number, amount: number, isLike: (day: number) => boolean): boolean {
  const { fromStart, fromEnd } = positionOf(work.start + index);
  let hits = 0;
  let others = 0;
  for (let at = index - 24; at >= 0; at -= 1) {
    const value = work.billed[at] as number;
    if (!(value >= 0.6 * amount) || !isLike(work.start + at)) continue;
    const position = positionOf(work.start + at);
    if (Math.abs(position.fromStart - fromStart) <= 1 || Math.abs(position.fromEnd - fromEnd) <= 1) hits += 1;
    else others += 1;
  }
  return hits >= (index < 70 ? 1 : 2) && hits >= others;
}
