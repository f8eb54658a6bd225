/** One series, brought up to a day: figures taken in, the newest days judged, its unusual times opened, gone on, ended. */
import { positionOf } from './calendar.ts';
import {
  type Drift,
  driftAt,
  expectedAt,
  type Habits,
  isMaterial,
  learnHabits,
  newHabits,
  spikeThreshold,
  surpriseOf,
} from './continuous.ts';
import { judgeAmount, nothingUsd } from './intermittent.ts';
import type { Thresholds } from './options.ts';
import { recursMonthly } from './recurrence.ts';
import { type Episode, earlyDays, memoryDays, type SeriesMemory } from './series-memory.ts';
import { medianInPlace } from './statistics.ts';
import { stand, Workspace } from './workspace.ts';

/** Figures of younger days may still change, so they are judged again. */
export const unsettledDays = 4;
const classDays = 56;
const mostZeros = 0.3;
const youngDays = 14;
/** An incident that goes on for so long is how things are now. */
const newNormalDays = 12;
/** Settled days within the band that end an incident. */
const calmDays = 2;
/** Within this time the same series speaks again only when it is this much worse. */
const quietDays = 10;
const worseFactor = 1.6;
const driftQuietDays = 45;
/** Of history that is learned, what began in these days and still goes on is said; the rest is past. */
const freshDays = 7;
/** Steps between looks at a series' own habits while history is replayed. */
const habitSteps = 7;
/** Billed once a month by AWS, whatever day an account begins with it. */
const monthlyService = /Support|Registrar|QuickSight|Route ?53|Secrets|Marketplace|Tax|Premium/;

export type Surroundings = {
  /** First day that anything of the account is known from. */
  readonly accountSince: number;
  /** First day with cost of a region in the account. */
  readonly regionSince: ReadonlyMap<string, number>;
};

const work = new Workspace();
const habits: Habits = newHabits();
const quotients = new Float64Array(earlyDays);

/** The last day of the series just taken in whose figure was raised after it had looked settled. */
let revision: Episode['restated'] = null;

/** Figures of the days up to yesterday; overwrites what was known of them. */
export function takeIn(memory: SeriesMemory, from: number, usd: ArrayLike<number>, asOf: number): void {
  revision = null;
  for (let day = memory.end; day < asOf; day += 1) {
    const slot = day % memoryDays;
    memory.billed[slot] = Number.NaN;
    memory.expected[slot] = Number.NaN;
    memory.standing[slot] = 0;
    memory.early[day % earlyDays] = Number.NaN;
  }
  const oldest = Math.max(memory.first, asOf - memoryDays);
  for (let index = Math.max(0, oldest - from); index < usd.length && from + index < asOf; index += 1) {
    const amount = usd[index] as number;
    if (Number.isNaN(amount)) continue;
    const day = from + index;
    const before = memory.billed[day % memoryDays] as number;
    if (asOf - day > 2 && !Number.isNaN(before) && amount > 1.05 * before + 1)
      revision = { day, fromUsd: before, toUsd: amount };
    memory.billed[day % memoryDays] = amount;
    if (asOf - day === 1) memory.early[day % earlyDays] = amount;
  }
  memory.end = Math.max(memory.end, asOf);
}

/** Days of history taken in and judged at a time: the memory holds the last months of it only. */
const replayDays = 100;

/** A series seen for the first time, with all the history it comes with. */
export function learn(
  memory: SeriesMemory,
  from: number,
  usd: ArrayLike<number>,
  asOf: number,
  around: Surroundings,
  thresholds: Thresholds,
): void {
  let judged = from;
  for (let until = Math.min(asOf, from + replayDays); ; until = Math.min(asOf, until + replayDays)) {
    takeIn(memory, from, usd, until);
    judge(memory, judged, until, true, around, thresholds);
    if (until === asOf) return;
    judged = until;
  }
}

/**
 * @param from first day to judge
 * @param isReplay the days are history: what was unusual then is remembered, and said only where it still goes on
 */
export function judge(
  memory: SeriesMemory,
  from: number,
  asOf: number,
  isReplay: boolean,
  around: Surroundings,
  thresholds: Thresholds,
): void {
  memory.episodes = memory.episodes.filter(
    ({ openedOn, endedOn }) => openedOn < asOf && (endedOn === 0 || asOf - endedOn < 120),
  );
  for (const episode of memory.episodes) {
    if (episode.state === 'open') episode.lastDay = Math.min(episode.lastDay, from - 1);
    else if (episode.endedOn >= asOf) reopen(episode);
  }
  work.load(memory, from);
  habits.at = -1;
  for (let day = from; day < asOf; day += 1) {
    const slot = day % memoryDays;
    memory.expected[slot] = Number.NaN;
    memory.standing[slot] = 0;
    const index = work.push(memory);
    if (habits.at < 0 || index - habits.at >= habitSteps) learnHabits(work, index, habits);
    const openedOn = isReplay && day < asOf - freshDays ? day + 2 : asOf;
    judgeDay({ memory, index, day, age: asOf - day, openedOn, around, thresholds });
    if (isReplay) endEpisodes(memory, day + 1);
  }
  endEpisodes(memory, asOf);
}

type Today = {
  readonly memory: SeriesMemory;
  readonly index: number;
  readonly day: number;
  readonly age: number;
  readonly openedOn: number;
  readonly around: Surroundings;
  readonly thresholds: Thresholds;
};

function judgeDay(today: Today): void {
  const { memory, index } = today;
  const amount = work.billed[index] as number;
  if (index < youngDays) {
    judgeYoung(today, amount);
    return;
  }
  let zeros = 0;
  const oldest = Math.max(0, index - classDays);
  for (let at = oldest; at < index; at += 1) if ((work.clean[at] as number) <= nothingUsd) zeros += 1;
  const expected = expectedAt(work, index, habits);
  const isIntermittent = zeros > mostZeros * (index - oldest);
  memory.noise = isIntermittent ? Number.NaN : habits.noise;
  memory.bound = Number.NaN;
  if (Number.isNaN(amount)) {
    work.settle(memory, index, isIntermittent ? 0 : expected, 'usual');
    return;
  }
  if (isIntermittent) judgeIntermittent(today, amount);
  else judgeContinuous(today, amount, expected);
}

function judgeYoung(today: Today, amount: number): void {
  const { memory, index, day, around, thresholds } = today;
  work.settle(memory, index, Number.NaN, 'usual');
  if (Number.isNaN(amount) || amount <= nothingUsd) return;
  let count = 0;
  let most = 0;
  for (let at = 0; at < index; at += 1) {
    const value = work.billed[at] as number;
    if (!(value > nothingUsd)) continue;
    quotients[count] = value;
    count += 1;
    most = Math.max(most, value);
  }
  if (count < 3) {
    const { region, service } = memory.dimensions;
    const isNewRegion = (around.regionSince.get(region) ?? day) >= day - 3;
    const least = isNewRegion ? thresholds.newRegionUsd : thresholds.newSpendUsd;
    const isNew = memory.first - around.accountSince >= youngDays && day - memory.first <= 3;
    const isMonthly = monthlyService.test(service) && positionOf(day).fromStart <= 3;
    if (isNew && !isMonthly && amount >= least) note(today, 'up', 'newSpend', { usd: amount });
    else if (openEpisode(memory, 'up') !== undefined) note(today, 'up', 'newSpend', { usd: amount });
    return;
  }
  const typical = medianInPlace(quotients, count);
  if (amount > 3 * typical + 30 && amount > 1.5 * most) {
    note(today, 'up', 'spike', { usd: amount - typical });
    work.settle(memory, index, typical, 'unusual');
  } else {
    const open = openEpisode(memory, 'up');
    if (open?.shape === 'newSpend' && amount > 0.3 * open.peakUsd) note(today, 'up', 'newSpend', { usd: amount });
  }
}

function judgeIntermittent(today: Today, amount: number): void {
  const { memory, index } = today;
  const { isUnusual, isOverrun, typical, bound } = judgeAmount(work, index, amount);
  memory.bound = bound;
  const open = openEpisode(memory, 'up');
  const goesOn = open !== undefined && amount > 0.5 * open.peakUsd && amount > 10;
  const expected = 0;
  if (isUnusual || isOverrun || goesOn) {
    note(today, 'up', isUnusual ? 'recurringExceeded' : (open?.shape ?? 'overrun'), { usd: amount - expected });
    work.settle(memory, index, Math.min(typical, bound), 'unusual');
    return;
  }
  work.settle(memory, index, typical > 0 && amount > nothingUsd ? typical : 0, 'usual');
}

function judgeContinuous(today: Today, amount: number, expected: number): void {
  const { memory, index, day, age, thresholds } = today;
  const threshold = spikeThreshold(habits, thresholds);
  const provenSigma = surpriseOf(amount, expected) / habits.noise;
  let seen = amount;
  let sigma = provenSigma;
  // A figure that will grow proves by itself what it exceeds; what it will grow to is known less well.
  if (age === 1 && provenSigma <= threshold && completenessOf(memory, day)) {
    seen = amount / completeness.typical;
    sigma = surpriseOf(seen, expected) / Math.hypot(habits.noise, completeness.spread);
  }
  const excess = seen - expected;
  const surprise = surpriseOf(seen, expected);
  const open = openEpisode(memory, 'up');
  const isFar = sigma > threshold && isMaterial(excess, expected, thresholds);
  const isShift = !isFar && isShifted(index, sigma, excess, expected, thresholds);
  if (isFar || isShift) {
    if (hasBeenThere(index, seen, 1)) {
      work.settle(memory, index, expected, 'odd');
      return;
    }
    if (recursMonthly(work, day, surprise, excess)) {
      const run = maskedBefore(index);
      work.settle(memory, index, expected, run < 3 ? 'unusual' : 'odd');
      return;
    }
    note(today, 'up', isFar ? 'spike' : 'shift', { usd: excess, sigma });
    work.settle(memory, index, expected, 'unusual');
    if (isShift && work.standing[index - 1] !== stand.forecast)
      work.settle(memory, index - 1, work.expected[index - 1] as number, 'unusual');
    return;
  }
  if (
    open !== undefined &&
    open.shape !== 'drift' &&
    sigma > Math.max(2.5, 0.4 * threshold) &&
    excess > 0.4 * open.peakUsd
  ) {
    note(today, 'up', open.shape, { usd: excess, sigma });
    work.settle(memory, index, expected, 'unusual');
    return;
  }
  if (age >= 3 && isDropped(today, amount, expected)) return;
  const isLow = sigma < -threshold && hasBeenThere(index, amount, -1);
  work.settle(memory, index, expected, isLow ? 'odd' : 'usual');
  if (age >= 2 && open === undefined) judgeDrift(today, amount);
}

/** Back at a level of the weeks before, as after a free tier or a pause: what is new is that it is back. */
function hasBeenThere(index: number, amount: number, direction: 1 | -1): boolean {
  let days = 0;
  for (let at = Math.max(0, index - 42); at < index - 2; at += 1) {
    if (work.standing[at] === stand.forecast) continue;
    const value = work.clean[at] as number;
    if (direction === 1 ? value >= amount / 1.2 : value <= amount * 1.2 + nothingUsd) days += 1;
  }
  return days >= 5;
}

/** Two days on end far above: what one day alone does not prove. */
function isShifted(index: number, sigma: number, excess: number, expected: number, thresholds: Thresholds): boolean {
  if (index === 0) return false;
  const least = Math.max(3, (0.75 * habits.tail) / habits.noise);
  if (sigma <= least || !isMaterial(excess, expected, thresholds)) return false;
  const before = work.billed[index - 1] as number;
  const expectedBefore = work.expected[index - 1] as number;
  if (Number.isNaN(before) || Number.isNaN(expectedBefore)) return false;
  return (
    surpriseOf(before, expectedBefore) / habits.noise > least &&
    isMaterial(before - expectedBefore, expectedBefore, thresholds)
  );
}

function isDropped(today: Today, amount: number, expected: number): boolean {
  const { memory, index, day } = today;
  const least = 0.12;
  if (expected <= 12 || amount >= least * expected) return false;
  const before = work.billed[index - 1] as number;
  const expectedBefore = work.expected[index - 1] as number;
  const open = openEpisode(memory, 'down');
  const isSecond = before < least * expectedBefore;
  if (!isSecond && open === undefined) return false;
  // What went up lately comes down again.
  for (const { direction, lastDay, state, endedOn } of memory.episodes) {
    if (direction === 'up' && (day - lastDay < 14 || (state === 'newNormal' && day - endedOn < 90))) return false;
  }
  // A series that has vanished before, and come back, does so.
  for (let at = index - 15; at >= 0; at -= 1) {
    if ((work.billed[at] as number) < least * (work.expected[at] as number)) return false;
  }
  if (recursMonthly(work, day, Math.log(0.12), amount - expected)) return false;
  note(today, 'down', 'drop', { usd: expected - amount, sigma: -surpriseOf(amount, expected) / habits.noise });
  work.settle(memory, index, expected, 'unusual');
  if (isSecond) work.settle(memory, index - 1, expectedBefore, 'unusual');
  return true;
}

function judgeDrift(today: Today, amount: number): void {
  const { index, day } = today;
  const drift = driftAt(work, index, habits);
  if (drift === undefined) return;
  const isWeekly = isDrift(drift.week, 0.12);
  const isMonthly = isDrift(drift.month, 0.16);
  if (!isWeekly && !isMonthly) return;
  const rise = drift.now - drift.levelBefore;
  if (rise * 7 <= 60 || rise <= 0.1 * drift.levelBefore || amount < 0.8 * drift.now) return;
  if (!exceedsOwnPast(drift, index, isWeekly)) return;
  if (recursMonthly(work, day, surpriseOf(amount, drift.levelBefore), 0.5 * rise)) return;
  const usd = amount - drift.levelBefore * (habits.factors[day % 7] as number);
  const size = isMonthly ? drift.month : drift.week;
  note(today, 'up', 'drift', { usd, sigma: size / habits.noise, baseUsd: drift.levelBefore });
}

function isDrift(size: number, least: number): boolean {
  return size > Math.max(least, 3.2 * habits.noise);
}

/** Larger than any drift that the series had before, but for the largest one. */
function exceedsOwnPast(drift: Drift, index: number, isWeekly: boolean): boolean {
  let first = 0;
  let second = 0;
  for (let at = index - 35; at >= 36; at -= 5) {
    const past = driftAt(work, at, habits);
    const size = past === undefined ? 0 : isWeekly ? past.week : past.month;
    if (size > first) {
      second = first;
      first = size;
    } else if (size > second) second = size;
  }
  return (isWeekly ? drift.week : drift.month) > 1.35 * second;
}

const completeness = { typical: 1, spread: 0 };

/** How complete the first figures of the series have been. @returns false with too few to tell */
function completenessOf(memory: SeriesMemory, day: number): boolean {
  let count = 0;
  for (let back = unsettledDays; back < earlyDays - 1; back += 1) {
    const early = memory.early[(day - back) % earlyDays] as number;
    const settled = memory.billed[(day - back) % memoryDays] as number;
    if (!(early > nothingUsd) || !(settled > nothingUsd)) continue;
    quotients[count] = Math.log(Math.min(1, early / settled));
    count += 1;
  }
  if (count < 8) return false;
  const typical = medianInPlace(quotients, count);
  for (let index = 0; index < count; index += 1) quotients[index] = Math.abs((quotients[index] as number) - typical);
  completeness.typical = Math.max(0.2, Math.exp(typical));
  completeness.spread = 0.01 + 1.4826 * medianInPlace(quotients, count);
  return true;
}

function maskedBefore(index: number): number {
  let run = 0;
  while (index - 1 - run >= 0 && work.standing[index - 1 - run] === stand.forecast) run += 1;
  return run;
}

function openEpisode(memory: SeriesMemory, direction: 'up' | 'down'): Episode | undefined {
  return memory.episodes.find((episode) => episode.state === 'open' && episode.direction === direction);
}

type Note = { readonly usd: number; readonly sigma?: number; readonly baseUsd?: number };

/** An unusual day: of the open episode, of one that ended lately, or of a new one. */
function note(
  { memory, day, openedOn }: Today,
  direction: Episode['direction'],
  shape: Episode['shape'],
  said: Note,
): void {
  const { usd, sigma = null, baseUsd = null } = said;
  const open = openEpisode(memory, direction);
  const quiet = shape === 'drift' ? driftQuietDays : quietDays;
  const last = open ?? memory.episodes.findLast((one) => one.direction === direction && one.state !== 'withdrawn');
  const isSame =
    open !== undefined || (last !== undefined && day - last.lastDay <= quiet && usd < worseFactor * last.peakUsd);
  if (last !== undefined && isSame) {
    if (last.state === 'resolved') reopen(last);
    last.lastDay = Math.max(last.lastDay, day);
    last.peakUsd = Math.max(last.peakUsd, usd);
    if (sigma !== null) last.sigma = Math.max(last.sigma ?? 0, sigma);
    return;
  }
  memory.episodes.push({
    direction,
    shape,
    onset: day,
    lastDay: day,
    openedOn,
    peakUsd: usd,
    baseUsd,
    sigma,
    state: 'open',
    endedOn: 0,
    restated: revision?.day === day ? revision : null,
  });
}

function reopen(episode: Episode): void {
  episode.state = 'open';
  episode.endedOn = 0;
}

/** Withdrawn, over, or the new normal. */
function endEpisodes(memory: SeriesMemory, asOf: number): void {
  for (const episode of memory.episodes) {
    if (episode.state !== 'open') continue;
    if (episode.lastDay < episode.onset) end(episode, 'withdrawn', asOf);
    else if (episode.shape === 'drift') {
      if (asOf - episode.lastDay > driftQuietDays) end(episode, 'newNormal', asOf);
    } else if (episode.lastDay - episode.onset >= newNormalDays) {
      unmask(memory, episode);
      end(episode, 'newNormal', asOf);
    } else if (asOf - episode.lastDay > calmDays + 1) end(episode, 'resolved', asOf);
  }
}

function end(episode: Episode, state: Episode['state'], asOf: number): void {
  episode.state = state;
  episode.endedOn = asOf;
}

/** The days of the new level are learned from, and no surprise any more. */
function unmask(memory: SeriesMemory, { onset, lastDay }: Episode): void {
  for (let day = Math.max(onset, work.start); day <= lastDay; day += 1) {
    const slot = day % memoryDays;
    if (memory.standing[slot] !== stand.forecast) continue;
    const index = day - work.start;
    const billed = work.billed[index] as number;
    work.settle(memory, index, !Number.isNaN(billed) ? billed : (work.expected[index] as number), 'usual');
  }
}
