/**
 * What would have been said: the detector over stored history, day by day, with nothing kept and nobody told. Figures
 * are those of today, so a day is as complete as it became, not as it was seen on the day after.
 */
import { bytesInMemory, type CostSeries } from '../model/bill.ts';
import { addDays, daysBetween } from '../model/days.ts';
import type { CostIncident } from '../model/resources/cost.ts';
import { type AccountSeries, type DetectOptions, detectAnomalies } from './anomaly.ts';

export type ReplayRequest = {
  /** First day of the bill that is judged; what lies before it is history. */
  readonly from: string;
  /** Last day of the bill that is judged. */
  readonly to: string;
  /** All that is known of each account; read once a day. */
  readonly accounts: () => AsyncIterable<AccountSeries>;
  readonly options?: DetectOptions;
};

export type ReplayedDay = {
  /** Day of the run: the day after the newest figures. */
  readonly asOf: string;
  /** Incidents said for the first time on this day. */
  readonly opened: readonly CostIncident[];
};

/** Days that the detector is given again each day, so that it sees revised ones. */
const givenDays = 8;

export async function* replay({ from, to, accounts, options }: ReplayRequest): AsyncIterable<ReplayedDay> {
  const kept = bytesInMemory();
  const run = (asOf: string, days: number) =>
    detectAnomalies({
      asOf,
      accounts: upTo(accounts(), asOf, days),
      kept,
      ...(options === undefined ? {} : { options }),
    });
  await run(from, Number.POSITIVE_INFINITY);
  for (let asOf = addDays(from, 1); asOf <= addDays(to, 1); asOf = addDays(asOf, 1)) {
    const { incidents } = await run(asOf, givenDays);
    yield { asOf, opened: incidents.filter(({ openedOn }) => openedOn === asOf) };
  }
}

/** Series as a run of that day would get them: nothing of the day itself, and only so many days back. */
async function* upTo(accounts: AsyncIterable<AccountSeries>, asOf: string, days: number): AsyncIterable<AccountSeries> {
  for await (const { accountId, series } of accounts) {
    const cut = series.flatMap((one) => between(one, Number.isFinite(days) ? addDays(asOf, -days) : one.from, asOf));
    if (cut.length > 0) yield { accountId, series: cut };
  }
}

function between(series: CostSeries, from: string, before: string): CostSeries[] {
  const start = Math.max(0, daysBetween(series.from, from));
  const usd = series.usd.subarray(start, Math.max(start, daysBetween(series.from, before)));
  return usd.length === 0 ? [] : [{ ...series, from: addDays(series.from, start), usd }];
}
