/** First days of the month that cost nothing, or more: free tiers and price tiers begin anew with it. */
import { positionOf } from './calendar.ts';
import { floorUsd, levelAt } from './forecast.ts';
import type { Workspace } from './workspace.ts';

/** Date up to which a month may differ from the rest of itself. */
export const lastPhaseDate = 16;
const monthsLookedAt = 3;
/** A date is one of its own when it was so far from the level in log terms, in each of two months. */
const leastLog = 0.12;

/**
 * What the date was of the level before its month, in the months before; 1 where it is a day like others.
 * @param factors of weekdays
 */
export function phaseAt(work: Workspace, index: number, factors: Float64Array): number {
  const { fromStart } = positionOf(work.start + index);
  if (fromStart > lastPhaseDate) return 1;
  let nearest = Number.NaN;
  let count = 0;
  let at = index;
  for (let months = 0; months < monthsLookedAt; months += 1) {
    // The same date of the month before.
    at -= fromStart;
    const { daysInMonth } = positionOf(work.start + at);
    at -= daysInMonth - fromStart;
    const firstOfMonth = at - fromStart + 1;
    if (firstOfMonth < 9) break;
    const level = levelAt(work, firstOfMonth, factors);
    const billed = (work.billed[at] as number) / (factors[(work.start + at) % 7] as number);
    const share = Math.log((billed + floorUsd) / (level + floorUsd));
    if (Number.isNaN(share)) continue;
    count += 1;
    // Of the months, the one in which the date was most like others decides.
    if (Number.isNaN(nearest) || Math.abs(share) < Math.abs(nearest)) nearest = share;
    else if (Math.sign(share) !== Math.sign(nearest)) return 1;
    if (Math.abs(share) < leastLog) return 1;
  }
  return count < 2 ? 1 : Math.exp(nearest);
}
