/**
 * What a day of a continuous series should cost: level x growth x weekday, learned from cleaned days (an unusual day
 * counts with its forecast), all by medians, so that one odd day moves nothing.
 */
import { medianInPlace, medianOf, quantileInPlace } from './statistics.ts';

/** Half a dollar: below it, ratios say nothing. */
export const floorUsd = 0.5;
const weekdayWeeks = 8;
/** Longer than a week, odd, and halfway to a new level within five days. */
const levelDays = 9;
/** Share of a weekday's factor that one week of evidence is worth against none. */
const weekdayPrior = 0.7;
const weekdayQuantile = 0.4;
const leastWeekday = 0.05;
/** Growth beyond this is a change, not a trend. */
const mostGrowth = 0.02;
/** Days that the level lags behind. */
const levelLag = 5;

/** Cleaned days of one series up to now, oldest first. */
export type Days = {
  /** Number of the day at index 0. */
  readonly start: number;
  /** Days in the arrays. */
  length: number;
  readonly clean: Float64Array;
};

export type WeekdayFactors = Float64Array;

const ratios = new Float64Array(7 * weekdayWeeks);
const counts = new Int32Array(7);

/** Factor of each weekday (index: day number modulo 7) from the last weeks before `end`; 1 everywhere with too few. */
export function weekdayFactors({ start, clean }: Days, end: number, into: WeekdayFactors): WeekdayFactors {
  into.fill(1);
  counts.fill(0);
  const from = Math.max(3, end - 7 * weekdayWeeks);
  // Sum of the seven days around a day, moved along.
  let sum = 0;
  for (let index = from - 3; index < from + 3 && index < end; index += 1) sum += clean[index] as number;
  for (let index = from; index + 3 < end; index += 1) {
    sum += clean[index + 3] as number;
    const weekday = (start + index) % 7;
    const value = clean[index] as number;
    const count = counts[weekday] as number;
    if (sum > 0 && !Number.isNaN(value) && count < weekdayWeeks) {
      ratios[weekday * weekdayWeeks + count] = (7 * value) / sum;
      counts[weekday] = count + 1;
    }
    sum -= clean[index - 3] as number;
  }
  let total = 0;
  for (let weekday = 0; weekday < 7; weekday += 1) {
    const count = counts[weekday] as number;
    const at = weekday * weekdayWeeks;
    // Below the median: what comes every other week is no weekday's habit.
    const typical = count === 0 ? 1 : quantileInPlace(ratios.subarray(at, at + count), count, weekdayQuantile);
    const factor = Math.max(leastWeekday, 1 + ((typical - 1) * count) / (count + weekdayPrior));
    into[weekday] = factor;
    total += factor;
  }
  for (let weekday = 0; weekday < 7; weekday += 1) into[weekday] = ((into[weekday] as number) * 7) / total;
  return into;
}

const adjusted = new Float64Array(64);

/** Median of the days before `end` with their weekday taken out. @param days 64 at most */
export function levelAt(
  { start, clean }: Days,
  end: number,
  factors: WeekdayFactors,
  days: number = levelDays,
): number {
  const from = Math.max(0, end - days);
  let count = 0;
  for (let index = from; index < end; index += 1) {
    const value = clean[index] as number;
    if (Number.isNaN(value)) continue;
    adjusted[count] = value / (factors[(start + index) % 7] as number);
    count += 1;
  }
  return medianInPlace(adjusted, count);
}

const logs = new Float64Array(28);

/** Growth a day, in logs: two fortnights compared, shrunk by how sure that difference is. */
export function growthAt(days: Days, end: number, factors: WeekdayFactors): number {
  if (end < 28) return 0;
  const difference = fortnights(days, end, end - 14, factors);
  if (!(Math.abs(difference) > 0)) return 0;
  const variance = (1.57 * 2 * (fortnightSpread / 28)) / 14;
  const shrunk = (difference / 14) * Math.max(0, 1 - (2 * variance) / (difference * difference));
  return Math.max(-mostGrowth, Math.min(mostGrowth, shrunk));
}

/** The most that the series may have been growing a day, by two fortnights next to each other and two a month apart. */
export function growthAtMost(days: Days, end: number, factors: WeekdayFactors): number {
  if (end < 28) return 0;
  const near = fortnights(days, end, end - 14, factors) / 14;
  const far = end < 42 ? near : fortnights(days, end, end - 28, factors) / 28;
  return Math.min(mostGrowth, Math.max(0, near, far));
}

let fortnightSpread = 0;

/** Log difference of the medians of the fortnights before two days. */
function fortnights({ start, clean }: Days, end: number, earlier: number, factors: WeekdayFactors): number {
  for (let index = 0; index < 28; index += 1) {
    const at = index < 14 ? earlier - 14 + index : end - 28 + index;
    logs[index] = Math.log((clean[at] as number) / (factors[(start + at) % 7] as number) + floorUsd);
  }
  const before = medianOf(logs, 0, 14);
  const after = medianOf(logs, 14, 28);
  fortnightSpread = 0;
  for (let index = 0; index < 28; index += 1) {
    const error = (logs[index] as number) - (index < 14 ? before : after);
    if (!Number.isNaN(error)) fortnightSpread += Math.min(error * error, 0.04);
  }
  return after - before;
}

/** @param growth a day, in logs */
export function forecast(level: number, growth: number, factor: number): number {
  return level * Math.exp(levelLag * growth) * factor;
}
