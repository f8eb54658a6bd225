/**
 * Two sources of the same bill held against each other, month by month: a wrong table, a missing file or a filter of
 * the export shows here, before anybody acts on its dollars.
 */
import type { BillLine } from '../../model/bill.ts';

export type SourceDifference = {
  readonly accountId: string;
  /** `YYYY-MM`; only its days that both sources have count. */
  readonly month: string;
  readonly usdA: number;
  readonly usdB: number;
  /** Of the larger of the two; 0 = they agree. */
  readonly differenceShare: number;
  readonly disagrees: boolean;
};

/** AWS rounds every line; more than this is another bill. */
const agreedShare = 0.005;
/** Cents of an idle account are no disagreement, whatever their share. */
const agreedUsd = 1;

type Lines = AsyncIterable<BillLine> | Iterable<BillLine>;

/** @returns every month of every account that either source has, largest difference in dollars first */
export async function reconcileSources(a: Lines, b: Lines): Promise<SourceDifference[]> {
  const [billA, billB] = [await addUp(a), await addUp(b)];
  const both = new Set([...billA.keys()].filter((day) => billB.has(day)));
  const months = new Map<string, { accountId: string; month: string; usdA: number; usdB: number }>();
  for (const day of both) {
    const accounts = new Set([...(billA.get(day)?.keys() ?? []), ...(billB.get(day)?.keys() ?? [])]);
    for (const accountId of accounts) {
      const month = day.slice(0, 7);
      const sums = months.get(`${accountId}/${month}`) ?? { accountId, month, usdA: 0, usdB: 0 };
      sums.usdA += billA.get(day)?.get(accountId) ?? 0;
      sums.usdB += billB.get(day)?.get(accountId) ?? 0;
      months.set(`${accountId}/${month}`, sums);
    }
  }
  return [...months.values()]
    .map((sums) => {
      const difference = Math.abs(sums.usdA - sums.usdB);
      const larger = Math.max(Math.abs(sums.usdA), Math.abs(sums.usdB));
      const differenceShare = larger === 0 ? 0 : difference / larger;
      return { ...sums, differenceShare, disagrees: differenceShare > agreedShare && difference > agreedUsd };
    })
    .sort((x, y) => Math.abs(y.usdA - y.usdB) - Math.abs(x.usdA - x.usdB));
}

/** Dollars by day and account. */
async function addUp(lines: Lines): Promise<Map<string, Map<string, number>>> {
  const days = new Map<string, Map<string, number>>();
  for await (const { day, accountId, usd } of lines) {
    const accounts = days.get(day) ?? new Map<string, number>();
    accounts.set(accountId, (accounts.get(accountId) ?? 0) + usd);
    days.set(day, accounts);
  }
  return days;
}
