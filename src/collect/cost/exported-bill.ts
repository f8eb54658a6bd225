/**
 * The bill from a data export, where the config names one: one question for all days that are missing or can still
 * change, whatever the size of the organization. Cost Explorer is then only asked whether it says the same.
 */
import type { AccountSession } from '../../aws/session.ts';
import type { BillLine } from '../../model/bill.ts';
import { addDays, daysBetween } from '../../model/days.ts';
import { formatUsd } from '../../model/money.ts';
import type { BillingOptions, CollectContext } from '../collector.ts';
import { reconcileSources } from '../exports/reconcile.ts';
import { amountOf, type BillAccess, costPeriods } from './cost-explorer.ts';
import type { Ledger } from './ledger.ts';
import type { DayRange } from './query-set.ts';
import { daysOfRange } from './query-set-days.ts';

export type BillSource = 'cost-explorer' | 'athena' | 'files';

/** Files before a table before Cost Explorer, unless the config says which. */
export function billSource({ source = 'auto', files, athena }: Omit<BillingOptions, 'maxUsd'>): BillSource {
  if (source !== 'auto') return source;
  if (files !== undefined) return 'files';
  return athena === undefined ? 'cost-explorer' : 'athena';
}

type ExportReading = {
  readonly ledger: Ledger;
  readonly session: AccountSession;
  readonly billing: BillingOptions;
  /** Time of the run; a query that is asked again in the same run is not paid again. */
  readonly now: string;
  readonly log: CollectContext['log'];
};

/**
 * Charges of these days from the export into the ledger.
 * @returns whether there were any: if not, the ledger is as it was
 */
export async function readExported(
  range: DayRange,
  { ledger, session, billing, now, log }: ExportReading,
): Promise<boolean> {
  const scanned = (bytes: number): void => log.info({ kind: 'cost.daily', range, scannedBytes: bytes }, 'Athena asked');
  const lines = exportedLines(range, { session, billing, now, scanned });
  const iterator = lines[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return false;
  const all = async function* (): AsyncIterable<BillLine> {
    for (let next: IteratorResult<BillLine> = first; next.done !== true; next = await iterator.next()) yield next.value;
  };
  await ledger.merge(all(), { days: daysOfRange(range), at: now });
  return true;
}

type Asking = Pick<ExportReading, 'session' | 'billing' | 'now'> & { readonly scanned?: (bytes: number) => void };

/** Of files, or of the table in Athena. The readers are loaded here: most runs need neither. */
async function* exportedLines(
  { from, until: to }: DayRange,
  { session, billing, now: run, scanned }: Asking,
): AsyncIterable<BillLine> {
  const { files, athena } = billing;
  if (billSource(billing) === 'files' && files !== undefined) {
    const { readExport } = await import('../exports/files.ts');
    yield* readExport(files, { from, to });
    return;
  }
  if (athena === undefined) throw new Error('there is no export to read');
  const { queryAthena } = await import('../exports/athena.ts');
  yield* queryAthena(session, athena, { from, to, run, ...(scanned === undefined ? {} : { scanned }) });
}

/** Days that both sources have settled. */
const comparedDays = { from: -6, until: -3 };
const mostTold = 10;

/**
 * Holds the ledger's usage against Cost Explorer's, account by account: a wrong table, a lost file, a filter of the export.
 * @returns a sentence for each account whose bill differs, largest first
 */
export async function differencesFromCostExplorer(
  ledger: Ledger,
  access: BillAccess,
  now: string,
): Promise<readonly { readonly accountId: string; readonly message: string }[]> {
  const today = now.slice(0, 10);
  const range = { from: addDays(today, comparedDays.from), until: addDays(today, comparedDays.until) };
  const differences = await reconcileSources(ledgerUsage(ledger, range), usageByAccount(access, range));
  return differences
    .filter(({ disagrees }) => disagrees)
    .slice(0, mostTold)
    .map(({ accountId, month, usdA, usdB, differenceShare }) => ({
      accountId,
      message: `the export says ${formatUsd(usdA)} of usage from ${range.from} to ${addDays(range.until, -1)}, Cost Explorer ${formatUsd(usdB)} (${(100 * differenceShare).toFixed(1)} % apart, bill of ${month}): look at the table, its partitions and the filters of the export`,
    }));
}

async function* ledgerUsage(ledger: Ledger, range: DayRange): AsyncIterable<BillLine> {
  const days = daysOfRange(range);
  for (const accountId of ledger.accounts()) {
    for (const { from, usd, ...series } of await ledger.series(accountId)) {
      if (series.recordType !== 'Usage') continue;
      for (const day of days) {
        const amount = usd[daysBetween(from, day)];
        if (amount !== undefined && !Number.isNaN(amount)) yield { ...series, day, usd: amount, quantity: Number.NaN };
      }
    }
  }
}

async function* usageByAccount(access: BillAccess, range: DayRange): AsyncIterable<BillLine> {
  const periods = costPeriods(access, {
    TimePeriod: { Start: range.from, End: range.until },
    Granularity: 'DAILY',
    Metrics: ['UnblendedCost'],
    GroupBy: [{ Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' }],
    Filter: { Dimensions: { Key: 'RECORD_TYPE', Values: ['Usage'] } },
  });
  const dimensions = { service: '(all)', region: 'global', usageType: '(all)', recordType: 'Usage' } as const;
  for await (const { day, group } of periods) {
    const [accountId = ''] = group.Keys ?? [];
    yield { day, accountId, ...dimensions, usd: amountOf(group, 'UnblendedCost'), quantity: Number.NaN };
  }
}
