/**
 * Own rates: the bill of the last two weeks and the list prices go in, what each account really pays for a unit comes
 * out. Discounts, tiers and private prices are in it. Pure.
 */

import { addDays, daysBetween } from '../model/days.ts';
import { median } from '../model/median.ts';
import type { OwnRate, OwnRates, PriceBook, SkuUsage } from '../model/price.ts';
import type { DailyCost } from '../model/resources/cost.ts';
import { decodeUsageType } from '../model/usage-types.ts';

export type RefusedRate = {
  readonly sku: string;
  readonly accountId: string;
  readonly region: string;
  /**
   * `unlike-list`: more than ten times off, a mistake of units; `free`: billed at nothing, which ends with the free tier;
   * `unit`: the usage is billed in another unit than the table says; `no-list`: no price to compare with.
   */
  readonly reason: 'unlike-list' | 'free' | 'unit' | 'no-list';
  readonly ownUsd: number | undefined;
  readonly listUsd: number | undefined;
};

/** Rates by key, as they are kept from one run to the next. */
export type RateEntries = readonly (readonly [key: string, rate: OwnRate])[];

export type DerivedRates = {
  readonly rates: OwnRates;
  readonly entries: RateEntries;
  readonly refused: readonly RefusedRate[];
};

const windowDays = 14;
const leastDays = 5;
/** Yesterday grows until AWS has all of it, the day before a little. */
const completeAfterDays = 2;
const mostFactor = 10;
/** Closer to the list than this, an account pays the list price: rounding of the bill changes no finding. */
const leastDifference = 0.005;
/** Of a rate: more is noise of the division. */
const shownDigits = 6;
/** Where a region has no list price, a rate is compared with the region whose prices are known best. */
const referenceRegion = 'us-east-1';

/** Dollars and quantity by day, of all series of one sku in one account and region. */
type Pool = {
  readonly usage: SkuUsage;
  readonly accountId: string;
  readonly region: string;
  readonly days: Map<string, { usd: number; quantity: number }>;
};

/** @param asOf day of the run, `YYYY-MM-DD` */
export function ownRates(
  daily: readonly DailyCost[],
  usages: readonly SkuUsage[],
  book: PriceBook,
  asOf: string,
): DerivedRates {
  const rates = new Map<string, OwnRate>();
  const refused: RefusedRate[] = [];
  for (const pool of poolsOf(daily, usages, asOf)) {
    const { usage, accountId, region } = pool;
    const list = book.find(usage.sku, region);
    const known = list ?? book.find(usage.sku, referenceRegion);
    const refuse = (reason: RefusedRate['reason'], ownUsd?: number): void => {
      refused.push({ sku: usage.sku, accountId, region, reason, ownUsd, listUsd: list?.usd });
    };
    const paid = [...pool.days.values()].filter(({ quantity }) => quantity > 0);
    if (paid.length < leastDays) continue;
    const byDay = paid
      .filter(({ usd }) => usd > 0)
      .map(({ usd, quantity }) => (usd / quantity) * usage.billedPerPriced);
    if (byDay.length < leastDays) refuse('free');
    else if (known === undefined) refuse('no-list', median(byDay));
    else {
      const usd = median(byDay);
      if (usd > known.usd * mostFactor || usd < known.usd / mostFactor) refuse('unlike-list', usd);
      else if (list === undefined || Math.abs(usd / list.usd - 1) >= leastDifference)
        rates.set(keyOf(usage.sku, accountId, region), {
          usd: Number(usd.toPrecision(shownDigits)),
          unit: known.unit,
          asOf: lastDay(asOf),
          days: byDay.length,
        });
    }
  }
  for (const mistake of unitMistakes(daily, usages)) refused.push(mistake);
  const entries = [...rates];
  return { rates: ratesOf(entries), entries, refused };
}

export function ratesOf(entries: RateEntries): OwnRates {
  const rates = new Map(entries);
  return { find: (sku, accountId, region) => rates.get(keyOf(sku, accountId, region)) };
}

function poolsOf(daily: readonly DailyCost[], usages: readonly SkuUsage[], asOf: string): Iterable<Pool> {
  const pools = new Map<string, Pool>();
  const until = lastDay(asOf);
  const from = addDays(until, 1 - windowDays);
  for (const series of daily) {
    const usage = usageOf(series, usages);
    if (usage === undefined || !isBilledAs(series, usage)) continue;
    const { accountId, region } = series;
    const key = keyOf(usage.sku, accountId, region);
    const pool = pools.get(key) ?? { usage, accountId, region, days: new Map() };
    pools.set(key, pool);
    for (let day = from; day <= until; day = addDays(day, 1)) {
      const index = daysBetween(series.from, day);
      const usd = series.usd[index] ?? Number.NaN;
      const quantity = series.quantity[index] ?? Number.NaN;
      if (!Number.isFinite(usd) || !Number.isFinite(quantity)) continue;
      const sum = pool.days.get(day) ?? { usd: 0, quantity: 0 };
      pool.days.set(day, { usd: sum.usd + usd, quantity: sum.quantity + quantity });
    }
  }
  return pools.values();
}

/** On-demand usage only: what a commitment pays has a price of its own. */
function usageOf(series: DailyCost, usages: readonly SkuUsage[]): SkuUsage | undefined {
  if (series.recordType !== 'Usage') return undefined;
  const { family, detail } = decodeUsageType(series.service, series.usageType);
  if (detail !== undefined) return undefined;
  return usages.find(({ services, families }) => services.includes(series.service) && families.includes(family));
}

function isBilledAs({ service, usageType }: DailyCost, { billedUnit }: SkuUsage): boolean {
  return decodeUsageType(service, usageType).unit === billedUnit;
}

function* unitMistakes(daily: readonly DailyCost[], usages: readonly SkuUsage[]): Iterable<RefusedRate> {
  for (const series of daily) {
    const usage = usageOf(series, usages);
    if (usage === undefined || isBilledAs(series, usage)) continue;
    const { accountId, region } = series;
    yield { sku: usage.sku, accountId, region, reason: 'unit', ownUsd: undefined, listUsd: undefined };
  }
}

function lastDay(asOf: string): string {
  return addDays(asOf.slice(0, 10), -completeAfterDays);
}

function keyOf(sku: string, accountId: string, region: string): string {
  return `${sku}/${accountId}/${region}`;
}
