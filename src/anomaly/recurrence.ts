/** "This happens every month": whether the months before had as much at the same distance from their start or end. */
import { positionOf } from './calendar.ts';
import type { Workspace } from './workspace.ts';

const monthsLookedAt = 3;
/** Shares of today's surprise and excess that an earlier month must have had. */
const leastSurprise = 0.45;
const leastExcess = 0.5;

/**
 * @param surprise today's, in logs
 * @param excess today's normalised dollars over the forecast
 */
export function recursMonthly(work: Workspace, day: number, surprise: number, excess: number): boolean {
  const sign = Math.sign(excess);
  const { fromStart, fromEnd, month } = positionOf(day);
  const slack = fromEnd <= 2 || fromStart <= 2 ? 2 : 1;
  let hits = 0;
  let available = 0;
  for (let back = 1; back <= monthsLookedAt; back += 1) {
    // A month that is not remembered from about this day on says nothing.
    const oldest = day - Math.round(30.5 * back) - 3;
    if (oldest < work.start) break;
    available += 1;
    const matches = (other: number): boolean => {
      const position = positionOf(other);
      if (Math.abs(month - position.month) < back - 1 || Math.abs(month - position.month) > back + 1) return false;
      return Math.abs(position.fromStart - fromStart) <= slack || Math.abs(position.fromEnd - fromEnd) <= slack;
    };
    const middle = day - Math.round(30.44 * back);
    for (let other = middle - 4; other <= middle + 4; other += 1) {
      const index = other - work.start;
      if (index < 0 || index >= work.length || !matches(other)) continue;
      const expected = work.expected[index] as number;
      const billed = work.billed[index] as number;
      if (Number.isNaN(expected) || Number.isNaN(billed)) continue;
      const was = Math.log((billed + 0.5) / (expected + 0.5));
      if (sign * was >= leastSurprise * sign * surprise && sign * (billed - expected) >= leastExcess * sign * excess) {
        hits += 1;
        break;
      }
    }
  }
  return available > 0 && hits >= Math.min(2, available);
}
