/** What is usual for a series that costs something on most days: its weekdays, its growth, how far it strays. */
import { floorUsd, forecast, growthAt, levelAt, weekdayFactors } from './forecast.ts';
import type { Thresholds } from './options.ts';
import { medianInPlace } from './statistics.ts';
import { stand, type Workspace } from './workspace.ts';

/** No series is more regular than this: rounding and billing hours alone move that much. */
const leastNoise = 0.015;
/** Noise of a series that is too young to show its own. */
const youngNoise = 0.25;
const noiseDays = 75;
const tailDays = 200;
const leastShareOfLevel = 0.1;

/** What holds for a few days on end; made anew every few days. */
export type Habits = {
  /** Index up to which days were looked at. */
  at: number;
  readonly factors: Float64Array;
  growth: number;
  /** Scale of the log surprise. */
  noise: number;
  /** Second largest surprises upward of half a year: one odd day does not make the next one usual. */
  tail: number;
};

export function newHabits(): Habits {
  return { at: -1, factors: new Float64Array(7), growth: 0, noise: youngNoise, tail: 0 };
}

const magnitudes = new Float64Array(noiseDays);

/** @param end index after the last day that may be learned from */
export function learnHabits(work: Workspace, end: number, habits: Habits): void {
  habits.at = end;
  weekdayFactors(work, end, habits.factors);
  habits.growth = growthAt(work, end, habits.factors);
  let count = 0;
  let first = 1;
  let second = 1;
  const oldest = Math.max(0, end - tailDays);
  // Against next to nothing everything is a surprise.
  const least = leastShareOfLevel * levelAt(work, end, habits.factors);
  for (let index = end - 1; index >= oldest; index -= 1) {
    const expected = work.expected[index] as number;
    if (work.standing[index] !== stand.usual || !(expected >= least)) continue;
    const ratio = ((work.billed[index] as number) + floorUsd) / (expected + floorUsd);
    if (Number.isNaN(ratio)) continue;
    if (count < noiseDays) {
      magnitudes[count] = Math.abs(Math.log(ratio));
      count += 1;
    }
    if (ratio > first) {
      second = first;
      first = ratio;
    } else if (ratio > second) second = ratio;
  }
  habits.tail = Math.log(second);
  habits.noise =
    count < 8 ? youngNoise : Math.max(leastNoise, 1.4826 * medianInPlace(magnitudes, count) * (1 + 4 / count));
}

export function expectedAt(work: Workspace, index: number, habits: Habits): number {
  const level = levelAt(work, index, habits.factors);
  return forecast(level, habits.growth, habits.factors[(work.start + index) % 7] as number);
}

/** Surprise of an amount against a forecast, in logs. */
export function surpriseOf(amount: number, expected: number): number {
  return Math.log((amount + floorUsd) / (expected + floorUsd));
}

/** Threshold in standard deviations: fixed, or what the series itself has shown to be usual. */
export function spikeThreshold(habits: Habits, { spikeSigma, tailFactor }: Thresholds): number {
  // The noisier, the heavier its tails: bursts come in multiples.
  const heavy = Math.min(1, Math.max(0, (habits.noise - 0.1) / 0.2));
  return Math.max(spikeSigma + 1.5 * heavy, (tailFactor * habits.tail) / habits.noise);
}

/** Below it a series is one of pennies, whose bursts are dollars. */
export const penniesUsd = 2;

/** Large enough in dollars, and against what is usual. */
export function isMaterial(excess: number, expected: number, { minExcessUsd, minExcessShare }: Thresholds): boolean {
  return excess > (expected < penniesUsd ? 2 : 1) * minExcessUsd && excess > minExcessShare * expected;
}
