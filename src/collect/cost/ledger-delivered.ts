/** Which days of an account AWS has delivered: there, what has no line has cost nothing. Elsewhere nobody knows. */
import type { CostDimensions } from '../../model/bill.ts';
import { addDays, daysBetween } from '../../model/days.ts';
import type { GivenSeries } from './ledger-lines.ts';
import { allUsageTypes, type Delivered, laterOf, ledgerDays } from './ledger-series.ts';

/**
 * Usage by usage type, usage by service, all the rest. Fees and credits come on their own schedule: that they are there
 * says nothing about the usage of the day.
 */
const [byUsageType, byService, other] = [1, 2, 4] as const;

/** The bit that a day must have for the series to be known on it. */
export function deliveryOf({ recordType, usageType }: Pick<CostDimensions, 'recordType' | 'usageType'>): number {
  if (recordType !== 'Usage' && recordType !== 'CoveredUsage') return other;
  return usageType === allUsageTypes ? byService : byUsageType;
}

/** Bits of so many days, from what has come. */
export function deliveredBy(lines: Iterable<GivenSeries>, count: number): Uint8Array {
  const bits = new Uint8Array(count);
  for (const line of lines) {
    const own = deliveryOf(line) | other;
    for (let number = 0; number < count; number += 1)
      if (!Number.isNaN(line.usd[number])) bits[number] = (bits[number] ?? 0) | own;
  }
  return bits;
}

/** @param days sorted, not empty; `bits` belong to them */
export function withDelivered(before: Delivered | undefined, days: readonly string[], bits: Uint8Array): Delivered {
  const [first = '', last = first] = [days[0], days.at(-1)];
  const from = before === undefined || first < before.from ? first : before.from;
  const lastBefore = before === undefined ? last : addDays(before.from, before.bits.length - 1);
  const until = laterOf(lastBefore, last);
  const all = new Uint8Array(daysBetween(from, until) + 1);
  if (before !== undefined) all.set(before.bits, daysBetween(from, before.from));
  for (const [number, day] of days.entries()) {
    const index = daysBetween(from, day);
    all[index] = (all[index] ?? 0) | (bits[number] ?? 0);
  }
  const tooOld = Math.max(0, all.length - ledgerDays);
  return { from: addDays(from, tooOld), bits: all.subarray(tooOld) };
}
