/** Series that cost something on most days: the day against its forecast, the last days against the level before them. */
import { type Completeness, completenessOf, unsettledDays } from './completeness.ts';
import { judgeDrop } from './drop.ts';
import { openEpisode } from './episodes.ts';
import { isMaterial, spikeThreshold, surpriseOf } from './habits.ts';
import { recurrenceOf } from './recurrence.ts';
import { type Rise, riseAt, stepDays } from './rise.ts';
import { note, type Today } from './today.ts';
import { stand, type Workspace } from './workspace.ts';

const completeness: Completeness = { typical: 1, spread: 0, isKnown: false };
/** Of the largest lowering lately, what is usual. */
const sinkingShare = 0.5;
/** Of an overrun that yesterday's figure only lets expect, the most that may be unsure. */
const mostVague = 0.2;
/** First figures that stray more than this say nothing about a rise. */
const steadySpread = 0.08;
/** Days in a row that recur and are left out of what is learned; what goes on longer is a new level. */
const mostLeftOut = 3;

/** A level is known when on so many of the last days the series was most of the way there. */
const backDays = 42;
const nearShare = 0.75;
const leastDaysThere = 5;

export function judgeContinuous(today: Today, amount: number, expected: number): void {
  const { memory, work, habits, index, age, thresholds } = today;
  const threshold = spikeThreshold(habits, thresholds);
  // Until they have settled, figures that tend to be lowered prove less.
  const noise = age < unsettledDays ? Math.hypot(habits.noise, sinkingShare * memory.sinking) : habits.noise;
  const proven = surpriseOf(amount, expected) / noise;
  let seen = amount;
  let sigma = proven;
  // A figure that will grow proves by itself what it exceeds; what it will grow to is known less well.
  const isGrowing = age === 1 && completenessOf(memory, today.day, completeness).isKnown;
  if (isGrowing && proven <= threshold) {
    seen = amount / completeness.typical;
    sigma = surpriseOf(seen, expected) / Math.hypot(noise, completeness.spread);
  }
  const excess = seen - expected;
  // What tomorrow's figure will say better can wait for it.
  const isVague = seen !== amount && completeness.spread * seen > mostVague * excess;
  if (!isVague && sigma > threshold && isMaterial(excess, expected, thresholds)) {
    judgeFar(today, seen, expected, sigma);
    return;
  }
  const open = openEpisode(memory, 'up');
  const goesOn = open !== undefined && open.shape !== 'drift' && sigma > Math.max(2.5, 0.4 * threshold);
  if (goesOn && excess > 0.4 * open.peakUsd) {
    note(today, { direction: 'up', shape: open.shape, excessUsd: excess, sigma });
    work.settle(memory, index, expected, 'unusual');
    return;
  }
  if (age >= 3 && judgeDrop(today, amount, expected)) return;
  const isBackDown = sigma < -threshold && hasBeenThere(work, index, amount, expected, index - 2);
  work.settle(memory, index, expected, isBackDown ? 'odd' : 'usual');
  if (age >= 2 || (isGrowing && completeness.spread < steadySpread)) judgeRise(today, seen, expected);
}

/** Far over its forecast; unless it was there before, or is so every month. */
function judgeFar(today: Today, seen: number, expected: number, sigma: number): void {
  const { memory, work, index, day } = today;
  const excess = seen - expected;
  if (hasBeenThere(work, index, seen, expected, index - 2)) {
    work.settle(memory, index, expected, 'odd');
    return;
  }
  const { isUsual, beforeUsd } = recurrenceOf(work, day, surpriseOf(seen, expected), excess, seen);
  if (isUsual) {
    work.settle(memory, index, expected, leftOutBefore(work, index) < mostLeftOut ? 'unusual' : 'odd');
    return;
  }
  if (beforeUsd > 0) {
    note(today, { direction: 'up', shape: 'recurringExceeded', excessUsd: seen - beforeUsd, baseUsd: beforeUsd });
    work.settle(memory, index, expected, 'unusual');
    return;
  }
  note(today, { direction: 'up', shape: 'spike', excessUsd: excess, sigma });
  work.settle(memory, index, expected, 'unusual');
}

function judgeRise(today: Today, seen: number, expected: number): void {
  const { memory, work, habits, index, day, thresholds } = today;
  const open = openEpisode(memory, 'up');
  if (open !== undefined && open.shape !== 'drift') return;
  const rise = riseAt(work, index, seen, habits, thresholds);
  if (rise === undefined) return;
  if (hasBeenThere(work, index, seen, Math.min(expected, rise.baseUsd), index + 1 - rise.days)) return;
  const { isUsual } = recurrenceOf(work, day, rise.size, rise.todayUsd, seen);
  if (isUsual) return;
  tellRise(today, rise);
  // The days of a step are left out of what is learned until they are the new normal; those of a creep are not.
  if (rise.days > stepDays) return;
  work.settle(memory, index, expected, 'unusual');
  for (let at = index - 1; at > index - rise.days; at -= 1)
    if (work.standing[at] !== stand.forecast) work.settle(memory, at, work.expected[at] as number, 'unusual');
}

function tellRise(today: Today, { days, todayUsd, baseUsd, sigma }: Rise): void {
  const { day } = today;
  const shape = days <= stepDays ? 'shift' : 'drift';
  note(today, { direction: 'up', shape, excessUsd: todayUsd, sigma, onset: day + 1 - days, baseUsd });
}

/**
 * Back at a level of the weeks before, as after a free tier or a pause: what is new is that it is back.
 * @param end index before which days count
 */
function hasBeenThere(work: Workspace, index: number, amount: number, expected: number, end: number): boolean {
  const sign = Math.sign(amount - expected);
  const near = sign * (expected + nearShare * (amount - expected));
  let days = 0;
  for (let at = Math.max(0, index - backDays); at < end; at += 1) {
    if (sign * (work.clean[at] as number) >= near) days += 1;
  }
  return days >= leastDaysThere;
}

function leftOutBefore(work: Workspace, index: number): number {
  let run = 0;
  while (index - 1 - run >= 0 && work.standing[index - 1 - run] === stand.forecast) run += 1;
  return run;
}
