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
  const byAccount = new Map<string, Map<string, GivenSeries>>();
  for await (const line of lines) {
    const index = indexOf.get(line.day);
    if (index === undefined) continue;
    const { accountId, service, region, usageType, recordType } = line;
    const account = byAccount.get(accountId) ?? new Map<string, GivenSeries>();
    byAccount.set(accountId, account);
    const key = seriesKey(line);
    let series = account.get(key);
    if (series === undefined) {
      const empty = (): Float64Array => new Float64Array(days.length).fill(Number.NaN);
      series = { accountId, service, region, usageType, recordType, usd: empty(), quantity: empty() };
      account.set(key, series);
    }
    series.usd[index] = line.usd;
    series.quantity[index] = line.quantity;
  }
  return byAccount;
}
