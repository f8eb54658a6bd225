/** Spend that is gone: two settled days at next to nothing, of a series that has never been so before. */
import { openEpisode } from './episodes.ts';
import { surpriseOf } from './habits.ts';
import { recurrenceOf } from './recurrence.ts';
import { type Episode, memoryDays } from './series-memory.ts';
import { note, type Today } from './today.ts';

const leastShare = 0.12;
const leastUsd = 12;
/** What has not been there for long is no loss when it goes: a trial, an instance left on. */
const leastHistoryDays = 42;
/** Days within which what has gone up comes down again. */
const comesDownDays = 14;
const newNormalComesDownDays = 90;
const newSpendComesDownDays = 60;
/** What it was before it went up, of what it is now: more would not be this near to nothing. */
const formerShare = 0.25;
/** Days back from which on a series that had vanished is one that does. */
const vanishedDays = 15;

/** @returns whether the day was told and settled */
export function judgeDrop(today: Today, amount: number, expected: number): boolean {
  const { memory, work, habits, index, day } = today;
  if (index < leastHistoryDays || expected <= leastUsd || amount >= leastShare * expected) return false;
  const before = work.billed[index - 1] as number;
  const expectedBefore = work.expected[index - 1] as number;
  const isSecond = before < leastShare * expectedBefore;
  if (!isSecond && openEpisode(memory, 'down') === undefined) return false;
  if (memory.episodes.some((episode) => comesDown(today, episode, expected))) return false;
  for (let at = index - vanishedDays; at >= 0; at -= 1)
    if ((work.billed[at] as number) < leastShare * (work.expected[at] as number)) return false;
  if (recurrenceOf(work, day, Math.log(leastShare), amount - expected, amount).isUsual) return false;
  const sigma = -surpriseOf(amount, expected) / habits.noise;
  note(today, {
    direction: 'down',
    shape: 'drop',
    excessUsd: expected - amount,
    sigma,
    ...(isSecond && { onset: day - 1 }),
  });
  work.settle(memory, index, expected, 'unusual');
  if (isSecond) work.settle(memory, index - 1, expectedBefore, 'unusual');
  return true;
}

/** Whether the fall is the end of a rise. */
function comesDown(
  { memory, day }: Today,
  { direction, state, shape, onset, lastDay, endedOn }: Episode,
  expected: number,
): boolean {
  if (direction !== 'up' || state === 'withdrawn') return false;
  if (day - lastDay < comesDownDays) return true;
  if (state !== 'newNormal') return false;
  if (shape === 'newSpend') return day - endedOn < newSpendComesDownDays;
  const former = onset < memory.end - memoryDays ? Number.NaN : (memory.expected[onset % memoryDays] as number);
  return day - endedOn < newNormalComesDownDays && !(former > formerShare * expected);
}
