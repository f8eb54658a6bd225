/** Series that cost nothing on many days: how large a single amount, and how busy a week, has been before. */
import { positionOf, weekdayOf } from './calendar.ts';
import { medianInPlace } from './statistics.ts';
import { stand, type Workspace } from './workspace.ts';

/** Below it, a day counts as one without cost. */
export const nothingUsd = 0.01;

export type IntermittentVerdict = {
  readonly bound: number;
  readonly typical: number;
  readonly isUnusual: boolean;
  readonly isOverrun: boolean;
};

const all = new Float64Array(256);
const side = new Float64Array(256);
const order = new Float64Array(256);

/**
 * @param amount normalised dollars of the day
 * @param settled days younger than this many are left out when they are unusual themselves
 */
export function judgeAmount(work: Workspace, index: number, amount: number): IntermittentVerdict {
  const day = work.start + index;
  const calendar = calendarOf(work, index);
  const isOn = calendar(day);
  let count = 0;
  let sideCount = 0;
  for (let at = index - 1; at >= 0; at -= 1) {
    const value = work.billed[at] as number;
    if (!(value > nothingUsd)) continue;
    // What is unusual itself counts only when it has lain back for a while.
    if (work.standing[at] === stand.forecast && index - at <= 3) continue;
    all[count] = value;
    count += 1;
    if (calendar(work.start + at) === isOn) {
      side[sideCount] = value;
      sideCount += 1;
    }
  }
  const bound = boundOf(side, sideCount);
  order.set(all.subarray(0, count));
  const typical = count === 0 ? 0 : medianInPlace(order, count);
  const least = count >= 5 ? (isOn ? 25 : 30) : 50;
  const isUnusual = amount > bound && amount - 0.8 * bound > least && !recursInMonths(work, index, amount);
  return { bound, typical, isUnusual, isOverrun: isOverrun(work, index, amount) };
}

/** What amounts have reached before, with room for one that is a little larger. */
function boundOf(values: Float64Array, count: number): number {
  if (count === 0) return 0;
  let first = 0;
  let second = 0;
  for (let index = 0; index < count; index += 1) {
    const value = values[index] as number;
    if (value > first) {
      second = first;
      first = value;
    } else if (value > second) second = value;
  }
  const most = count >= 10 ? 0.7 * first + 0.3 * second : first;
  if (count < 5) return 1.5 * most;
  for (let index = 0; index < count; index += 1) order[index] = Math.log(values[index] as number);
  const middle = medianInPlace(order, count);
  for (let index = 0; index < count; index += 1) order[index] = Math.abs(Math.log(values[index] as number) - middle);
  const spread = 1.4826 * medianInPlace(order, count);
  return Math.max(1.4 * most, Math.min(2.2 * most, Math.exp(middle + 4 * spread)));
}

const weekdays = new Float64Array(7);

/** Whether a day is one on which the series usually costs: three quarters on one weekday, or most about one date. */
function calendarOf(work: Workspace, end: number): (day: number) => boolean {
  weekdays.fill(0);
  let count = 0;
  const dates = new Float64Array(32);
  for (let at = 0; at < end; at += 1) {
    if (!((work.billed[at] as number) > nothingUsd)) continue;
    const day = work.start + at;
    count += 1;
    weekdays[weekdayOf(day)] = (weekdays[weekdayOf(day)] as number) + 1;
    const { fromStart } = positionOf(day);
    dates[fromStart] = (dates[fromStart] as number) + 1;
  }
  if (count < 3) return () => true;
  for (let weekday = 0; weekday < 7; weekday += 1)
    if ((weekdays[weekday] as number) >= 0.75 * count) return (day) => weekdayOf(day) === weekday;
  for (let date = 1; date <= 31; date += 1) {
    const near = (dates[date] as number) + (dates[date - 1] ?? 0) + (dates[date + 1] ?? 0);
    if (near >= 0.6 * count) return (day) => Math.abs(positionOf(day).fromStart - date) <= 1;
  }
  return () => true;
}

/** An equal amount at the same place of an earlier month. */
function recursInMonths(work: Workspace, index: number, amount: number): boolean {
  const { fromStart, fromEnd } = positionOf(work.start + index);
  for (let at = index - 24; at >= 0; at -= 1) {
    const value = work.billed[at] as number;
    if (!(value >= 0.6 * amount)) continue;
    const position = positionOf(work.start + at);
    if (Math.abs(position.fromStart - fromStart) <= 1 || Math.abs(position.fromEnd - fromEnd) <= 1) return true;
  }
  return false;
}

/** A job that runs on more days than ever, and costs more in the week than it ever did. */
function isOverrun(work: Workspace, index: number, amount: number): boolean {
  if (index < 28) return false;
  let days = amount > nothingUsd ? 1 : 0;
  let sum = amount;
  for (let at = index - 6; at < index; at += 1) {
    const value = work.billed[at] as number;
    if (!(value > nothingUsd)) continue;
    days += 1;
    sum += value;
  }
  if (days < 4 || sum <= 60) return false;
  let mostDays = 0;
  let bestSum = 0;
  let windowDays = 0;
  let windowSum = 0;
  // Weeks before this one, moved along day by day.
  for (let at = 0; at <= index - 7; at += 1) {
    const value = work.clean[at] as number;
    if (value > nothingUsd) windowDays += 1;
    windowSum += value;
    if (at < 6) continue;
    mostDays = Math.max(mostDays, windowDays);
    bestSum = Math.max(bestSum, windowSum);
    const oldest = work.clean[at - 6] as number;
    if (oldest > nothingUsd) windowDays -= 1;
    windowSum -= oldest;
  }
  if (days >= 5 && days > mostDays && sum > 1.15 * bestSum) return true;
  return days >= 5 && sum > 1.8 * bestSum;
}
