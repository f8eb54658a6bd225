/** New figures into the series of one account. */
import { addDays, daysBetween } from '../../model/days.ts';
import { deliveredBy, deliveryOf, withDelivered } from './ledger-delivered.ts';
import type { GivenSeries } from './ledger-lines.ts';
import {
  allUsageTypes,
  type LedgerAccount,
  type LedgerSeries,
  type Restatement,
  seriesKey,
  withDays,
} from './ledger-series.ts';

/** A figure that AWS moved by more than this is remembered as restated. */
const restatedShare = 0.05;
const restatedUsd = 1;
/** Younger figures are expected to grow. */
const settledDays = 3;

type AccountMerge = {
  readonly before: LedgerAccount | undefined;
  readonly lines: ReadonlyMap<string, GivenSeries>;
  /** Sorted, not empty. */
  readonly days: readonly string[];
  readonly at: string;
};

export function mergeAccount({ before, lines, days, at }: AccountMerge): {
  readonly account: LedgerAccount;
  readonly restatements: Restatement[];
} {
  const fresh = deliveredBy(lines.values(), days.length);
  const delivered = withDelivered(before?.delivered, days, fresh);
  const newest = addDays(delivered.from, delivered.bits.length - 1);
  const known = new Map((before?.series ?? []).map((one) => [seriesKey(one), one]));
  const isOfServices = lines.values().some(({ usageType }) => usageType === allUsageTypes);
  if (isOfServices) for (const one of sumsOfServices(before?.series ?? [])) known.set(seriesKey(one), one);
  for (const [key, line] of lines) if (!known.has(key)) known.set(key, emptySeries(line, delivered.from));
  const cells = days.map((day) => ({
    day,
    index: daysBetween(delivered.from, day),
    isSettled: daysBetween(day, at.slice(0, 10)) > settledDays,
  }));
  const restatements: Restatement[] = [];
  const series: LedgerSeries[] = [];
  for (const [key, one] of known) {
    const grown = withDays(one, delivered.from, newest);
    const { accountId, service, region, usageType, recordType, usd, quantity } = grown;
    const line = lines.get(key);
    const delivery = deliveryOf(grown);
    for (const [number, { day, index, isSettled }] of cells.entries()) {
      if (index < 0) continue;
      const was = usd[index] ?? Number.NaN;
      const given = line?.usd[number] ?? Number.NaN;
      const isGiven = !Number.isNaN(given);
      // Nothing of its sort has come for that day: what AWS said before stands.
      if (!isGiven && ((fresh[number] ?? 0) & delivery) === 0) continue;
      const is = isGiven ? given : 0;
      usd[index] = is;
      quantity[index] = isGiven ? (line?.quantity[number] ?? Number.NaN) : 0;
      if (isSettled && isRestated(was, is)) {
        const dimensions = { accountId, service, region, usageType, recordType };
        restatements.push({ ...dimensions, day, fromUsd: was, toUsd: is, seenAt: at });
      }
    }
    // Days that were delivered before the series was first seen, or after it was last.
    for (let index = 0; index < usd.length; index += 1) {
      if (!Number.isNaN(usd[index]) || ((delivered.bits[index] ?? 0) & delivery) === 0) continue;
      usd[index] = 0;
      quantity[index] = 0;
    }
    const begun = sinceFirstCost(grown);
    if (begun !== undefined) series.push(begun);
  }
  return { account: { series, delivered }, restatements };
}

/**
 * Services as the sums of their usage types, where they begin to be asked as such: without a past, all of them would
 * look like new spend. @returns none when they have been asked before
 */
function sumsOfServices(series: readonly LedgerSeries[]): LedgerSeries[] {
  const leaves = series.filter(({ recordType }) => recordType === 'Usage' || recordType === 'CoveredUsage');
  if (leaves.some(({ usageType }) => usageType === allUsageTypes)) return [];
  const sums: LedgerSeries[] = [];
  for (const own of Map.groupBy(leaves, ({ service, recordType }) => `${service}|${recordType}`).values()) {
    const oldest = own.map(({ from }) => from).sort()[0] ?? '';
    const newest = own
      .map(({ from, usd }) => addDays(from, usd.length - 1))
      .sort()
      .at(-1);
    const [first, ...others] = own.map((one) => withDays(one, oldest, newest ?? oldest));
    if (first === undefined) continue;
    const usd = Float64Array.from(first.usd);
    for (const other of others) {
      for (let index = 0; index < usd.length; index += 1) {
        const amount = other.usd[index] ?? Number.NaN;
        if (!Number.isNaN(amount)) usd[index] = amount + (Number.isNaN(usd[index]) ? 0 : (usd[index] ?? 0));
      }
    }
    const quantity = new Float64Array(usd.length).fill(Number.NaN);
    sums.push({ ...first, region: 'global', usageType: allUsageTypes, usd, quantity });
  }
  return sums;
}

/** NaN before: the day had not been known. */
function isRestated(was: number, is: number): boolean {
  return Math.abs(is - was) > Math.max(restatedUsd, restatedShare * Math.abs(was));
}

function emptySeries({ accountId, service, region, usageType, recordType }: GivenSeries, from: string): LedgerSeries {
  const none = new Float64Array(0);
  return { accountId, service, region, usageType, recordType, from, usd: none, quantity: none };
}

/** Before its first cost a series was not there. @returns undefined when there is none in all of its days */
function sinceFirstCost(series: LedgerSeries): LedgerSeries | undefined {
  const { usd, quantity, from } = series;
  let first = 0;
  while (first < usd.length && !hasCost(usd[first]) && !hasCost(quantity[first])) first += 1;
  if (first === usd.length) return undefined;
  if (first === 0) return series;
  return { ...series, from: addDays(from, first), usd: usd.slice(first), quantity: quantity.slice(first) };
}

function hasCost(amount: number | undefined): boolean {
  return amount !== undefined && amount !== 0 && !Number.isNaN(amount);
}
