import { type AccountSeries, detectAnomalies } from '../../anomaly/anomaly.ts';
import type { CostSeries } from '../../model/bill.ts';
import { addDays, daysBetween } from '../../model/days.ts';
import type { Collector } from '../collector.ts';
import { type Ledger, openLedger } from './ledger.ts';

/** Days given again each day, so that the detector sees figures that AWS has raised since. */
const givenDays = 8;

/** What is unusual about the bill: the detector over the ledger. Asks nothing of AWS. */
export const costIncident: Collector<'cost.incident'> = {
  kind: 'cost.incident',
  scope: 'payer',
  iamActions: [],
  after: ['cost.daily'],
  async *collect({ kept, now }) {
    const asOf = now.slice(0, 10);
    const ledger = await openLedger(kept('bill'));
    const memory = kept('anomaly');
    const { incidents } = await detectAnomalies({
      asOf,
      accounts: accountsOf(
        ledger,
        asOf,
        async (accountId) => (await memory.read(`account-${accountId}`)) !== undefined,
      ),
      kept: memory,
    });
    yield* incidents;
  },
};

/** All that is known of an account that is new, the last days of one that the detector has learned. */
async function* accountsOf(
  ledger: Ledger,
  asOf: string,
  isLearned: (accountId: string) => Promise<boolean>,
): AsyncIterable<AccountSeries> {
  for (const accountId of ledger.accounts()) {
    const from = (await isLearned(accountId)) ? addDays(asOf, -givenDays) : '';
    const series = (await ledger.series(accountId)).map((one) => since(one, from));
    yield { accountId, series };
  }
}

function since(series: CostSeries, day: string): CostSeries {
  const start = day <= series.from ? 0 : daysBetween(series.from, day);
  return { ...series, from: addDays(series.from, start), usd: series.usd.subarray(start) };
}
