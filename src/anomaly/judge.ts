/** One series, brought up to a day: figures taken in, the newest days judged. */
import { positionOf } from './calendar.ts';
import { unsettledDays } from './completeness.ts';
import { judgeContinuous } from './continuous.ts';
import { endEpisodes, openEpisode, rewindEpisodes } from './episodes.ts';
import { floorUsd } from './forecast.ts';
import { expectedAt, type Habits, learnHabits, newHabits, surpriseOf } from './habits.ts';
import { judgeAmount } from './intermittent.ts';
import type { Thresholds } from './options.ts';
import { lastPhaseDate, phaseAt } from './phase.ts';
import { type Episode, earlyDays, memoryDays, type SeriesMemory } from './series-memory.ts';
import { note, type Surroundings, type Today } from './today.ts';
import { nothingUsd, Workspace } from './workspace.ts';
import { judgeYoung, youngDays } from './young.ts';

const classDays = 56;
const mostZeros = 0.3;
/** Of history that is learned, what began in these days and still goes on is said; the rest is past. */
const freshDays = 7;
/** A figure that AWS still changes after so many days changes what is known, but is not judged any more. */
const revisedDays = 14;
/** What is left of a series' habit of having its figures lowered, a day later. */
const fading = 0.98;
/** Steps between looks at a series' own habits while history is replayed. */
const habitSteps = 7;

/** Nearer to its forecast, a day needs no other explanation; in logs. */
const leastPhase = 0.12;

const work = new Workspace();
const habits: Habits = newHabits();

type Intake = {
  /** First day whose figure is new or differs. */
  changedFrom: number;
  /** The last one that was raised after it had looked settled. */
  revision: Episode['restated'];
};

/** Figures of the days up to yesterday; overwrites what was known of them. */
function takeIn(memory: SeriesMemory, from: number, usd: ArrayLike<number>, asOf: number): Intake {
  const intake: Intake = { changedFrom: memory.end, revision: null };
  memory.sinking = memory.sinking < 0.01 ? 0 : memory.sinking * fading;
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
    const slot = day % memoryDays;
    const before = memory.billed[slot] as number;
    memory.billed[slot] = amount;
    const changed = (memory.billed[slot] as number) - before;
    if (changed !== 0 && day < intake.changedFrom && asOf - day <= revisedDays) {
      const isLarge = Number.isNaN(changed) || Math.abs(changed) > 0.05 * before + 1;
      if (asOf - day <= unsettledDays || isLarge) intake.changedFrom = day;
    }
    if (asOf - day > 2 && asOf - day <= unsettledDays + 2 && changed < 0)
      memory.sinking = Math.max(memory.sinking, Math.log((before + floorUsd) / (amount + floorUsd)));
    if (asOf - day > 2 && changed > 0.05 * before + 1) intake.revision = { day, fromUsd: before, toUsd: amount };
    if (asOf - day === 1) memory.early[day % earlyDays] = amount;
  }
  memory.end = Math.max(memory.end, asOf);
  return intake;
}

/** A series that is known, with its new figures. */
export function step(
  memory: SeriesMemory,
  from: number,
  usd: ArrayLike<number>,
  asOf: number,
  around: Surroundings,
  thresholds: Thresholds,
): void {
  const { changedFrom, revision } = takeIn(memory, from, usd, asOf);
  // Younger days are looked at again whatever has changed: some things are told only once a day has settled.
  const judged = Math.max(memory.first, Math.min(changedFrom, asOf - unsettledDays + 1));
  judge(memory, { from: judged, asOf, isReplay: false, around, thresholds, revision });
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
    judge(memory, { from: judged, asOf: until, isReplay: true, around, thresholds, revision: null });
    if (until === asOf) return;
    judged = until;
  }
}

type Judging = {
  /** First day to judge. */
  readonly from: number;
  readonly asOf: number;
  /** The days are history: what was unusual then is remembered, and said only where it still goes on. */
  readonly isReplay: boolean;
  readonly around: Surroundings;
  readonly thresholds: Thresholds;
  readonly revision: Episode['restated'];
};

function judge(memory: SeriesMemory, { from, asOf, isReplay, around, thresholds, revision }: Judging): void {
  rewindEpisodes(memory, from, asOf);
  work.load(memory, from);
  habits.at = -1;
  for (let day = from; day < asOf; day += 1) {
    const slot = day % memoryDays;
    memory.expected[slot] = Number.NaN;
    memory.standing[slot] = 0;
    const index = work.push(memory);
    if (habits.at < 0 || index - habits.at >= habitSteps) learnHabits(work, index, habits);
    const openedOn = isReplay && day < asOf - freshDays ? day + 2 : asOf;
    judgeDay({ memory, work, habits, index, day, age: asOf - day, openedOn, around, thresholds, revision });
    if (isReplay) endEpisodes(memory, work, day + 1);
  }
  endEpisodes(memory, work, asOf);
}

function judgeDay(today: Today): void {
  const { memory, index } = today;
  const amount = work.billed[index] as number;
  if (index < youngDays) {
    judgeYoung(today, amount);
    return;
  }
  // Before its kind is told: days that are free every month are no days without use.
  if (amount <= nothingUsd && isInPhase(today, amount, expectedAt(work, index, habits))) return;
  let zeros = 0;
  const oldest = Math.max(0, index - classDays);
  for (let at = oldest; at < index; at += 1) if ((work.clean[at] as number) <= nothingUsd) zeros += 1;
  const isIntermittent = zeros > mostZeros * (index - oldest);
  const expected = isIntermittent ? 0 : expectedAt(work, index, habits);
  memory.noise = isIntermittent ? Number.NaN : habits.noise;
  memory.bound = Number.NaN;
  if (Number.isNaN(amount)) work.settle(memory, index, expected, 'usual');
  else if (isIntermittent) judgeIntermittent(today, amount);
  else if (!isInPhase(today, amount, expected)) judgeContinuous(today, amount, expected);
}

/** As on this date of the months before, however far from the level: the level knows nothing of it. */
function isInPhase({ memory, index, day }: Today, amount: number, expected: number): boolean {
  const surprise = surpriseOf(amount, expected);
  if (Math.abs(surprise) < leastPhase || positionOf(day).fromStart > lastPhaseDate) return false;
  const phase = Math.log(phaseAt(work, index, habits.factors));
  // Between the level and what the date has been is where a tier ends a day earlier or later.
  const room = Math.max(0.1, 3 * habits.noise);
  if (phase === 0 || surprise * phase < 0 || Math.abs(surprise) > Math.abs(phase) + room) return false;
  work.settle(memory, index, expected, 'unusual');
  return true;
}

function judgeIntermittent(today: Today, amount: number): void {
  const { memory, index } = today;
  const { isUnusual, isOverrun, typical, bound, isOnCalendar } = judgeAmount(work, index, amount);
  memory.bound = bound;
  const open = openEpisode(memory, 'up');
  const goesOn = open !== undefined && amount > 0.5 * open.peakUsd && amount > 10;
  const isCosting = typical > 0 && amount > nothingUsd;
  if (!isUnusual && !isOverrun && !goesOn) {
    work.settle(memory, index, isCosting ? typical : 0, 'usual');
    return;
  }
  const shape = isUnusual ? 'recurringExceeded' : isOverrun ? 'overrun' : (open?.shape ?? 'overrun');
  // A day on which nothing runs should cost nothing; one on which the job runs, what the job does.
  const expected = shape === 'overrun' || !isOnCalendar ? 0 : Math.min(typical, bound);
  note(today, { direction: 'up', shape, excessUsd: amount - expected });
  work.settle(memory, index, expected, 'unusual');
}
