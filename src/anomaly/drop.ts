/** Spend that is gone: two settled days at next to nothing, of a series that has never been so before. */
import { openEpisode } from './episodes.ts';
import { surpriseOf } from './habits.ts';
import { recurrenceOf } from './recurrence.ts';
import { note, type Today } from './today.ts';

const leastShare = 0.12;
const leastUsd = 12;
/** What has not been there for long is no loss when it goes: a trial, an instance left on. */
const leastHistoryDays = 42;
/** Days within which what has gone up comes down again. */
const comesDownDays = 14;
const newNormalComesDownDays = 90;
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
  for (const { direction, lastDay, state, endedOn } of memory.episodes) {
    if (direction !== 'up' || state === 'withdrawn') continue;
    if (day - lastDay < comesDownDays || (state === 'newNormal' && day - endedOn < newNormalComesDownDays)) return false;
  }
  for (let at = index - vanishedDays; at >= 0; at -= 1)
    if ((work.billed[at] as number) < leastShare * (work.expected[at] as number)) return false;
  if (recurrenceOf(work, day, Math.log(leastShare), amount - expected, amount).isUsual) return false;
  const sigma = -surpriseOf(amount, expected) / habits.noise;
  note(today, { direction: 'down', shape: 'drop', excessUsd: expected - amount, sigma, ...(isSecond && { onset: day - 1 }) });
  work.settle(memory, index, expected, 'unusual');
  if (isSecond) work.settle(memory, index - 1, expectedBefore, 'unusual');
  return true;
}
