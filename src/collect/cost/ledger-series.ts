/** A series as the ledger holds it. */
import type { CostDimensions, CostSeries } from '../../model/bill.ts';
import { addDays, daysBetween } from '../../model/days.ts';

/** Thirteen months, which is what Cost Explorer has by the day. */
export const ledgerDays = 400;

/** Usage type of a series that stands for all of its service's: usage types were too dear to ask. */
export const allUsageTypes = '(all)';

export type LedgerSeries = CostSeries & { readonly quantity: Float64Array };

/** Days of an account of which AWS has delivered something, and what sort: a byte of bits a day (`ledger-delivered.ts`). */
export type Delivered = { readonly from: string; readonly bits: Uint8Array };

export type LedgerAccount = { readonly series: readonly LedgerSeries[]; readonly delivered: Delivered };

export type Restatement = CostDimensions & {
  readonly day: string;
  readonly fromUsd: number;
  readonly toUsd: number;
  readonly seenAt: string;
};

export function seriesKey({ service, region, usageType, recordType }: CostDimensions): string {
  return `${service}|${region}|${usageType}|${recordType}`;
}

/** The series with room for these days (NaN where it has none), and without those that are too old. */
export function withDays(series: LedgerSeries, oldest: string, newest: string): LedgerSeries {
  const last = addDays(series.from, series.usd.length - 1);
  const end = laterOf(last, newest);
  const earliest = addDays(end, 1 - ledgerDays);
  const from = laterOf(series.from < oldest ? series.from : oldest, earliest);
  const length = daysBetween(from, end) + 1;
  const shift = daysBetween(from, series.from);
  if (shift === 0 && length === series.usd.length) return series;
  const moved = (values: Float64Array): Float64Array => {
    const room = new Float64Array(length).fill(Number.NaN);
    room.set(values.subarray(Math.max(0, -shift)), Math.max(0, shift));
    return room;
  };
  return { ...series, from, usd: moved(series.usd), quantity: moved(series.quantity) };
}

export function laterOf(a: string, b: string): string {
  return [a, b].sort().at(-1) ?? a;
}
