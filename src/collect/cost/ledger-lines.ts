/** Lines of some days, gathered by account and series in arrays: a month of 100,000 series is some fifty megabytes. */
import type { BillLine, CostDimensions } from '../../model/bill.ts';
import { seriesKey } from './ledger-series.ts';

/** Figures of one series on the days asked, in their order; NaN = no line. */
export type GivenSeries = CostDimensions & { readonly usd: Float64Array; readonly quantity: Float64Array };

/** @param days sorted; lines of other days are left out */
export async function gatherLines(
  lines: AsyncIterable<BillLine> | Iterable<BillLine>,
  days: readonly string[],
): Promise<Map<string, Map<string, GivenSeries>>> {
  const indexOf = new Map(days.map((day, index) => [day, index]));
  // By account and usage type: a key of all the dimensions would be made for every line, of which there are millions.
  const byAccount = new Map<string, Map<string, GivenSeries[]>>();
  for await (const line of lines) {
    const index = indexOf.get(line.day);
    if (index === undefined) continue;
    const account = byAccount.get(line.accountId) ?? new Map<string, GivenSeries[]>();
    byAccount.set(line.accountId, account);
    const alike = account.get(line.usageType) ?? [];
    account.set(line.usageType, alike);
    let series = alike.find((one) => isOf(one, line));
    if (series === undefined) {
      series = newSeries(line, days.length);
      alike.push(series);
    }
    series.usd[index] = line.usd;
    series.quantity[index] = line.quantity;
  }
  const byKey = new Map<string, Map<string, GivenSeries>>();
  for (const [accountId, account] of byAccount) {
    const all = [...account.values()].flat();
    byKey.set(accountId, new Map(all.map((series) => [seriesKey(series), series])));
  }
  return byKey;
}

function isOf(series: CostDimensions, { service, region, recordType }: CostDimensions): boolean {
  return series.service === service && series.region === region && series.recordType === recordType;
}

function newSeries({ accountId, service, region, usageType, recordType }: BillLine, days: number): GivenSeries {
  const empty = (): Float64Array => new Float64Array(days).fill(Number.NaN);
  return { accountId, service, region, usageType, recordType, usd: empty(), quantity: empty() };
}
