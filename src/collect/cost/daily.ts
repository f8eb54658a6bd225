import { CollectError } from '../../errors.ts';
import { addDays, daysBetween } from '../../model/days.ts';
import type { DailyCost } from '../../model/resources/cost.ts';
import type { CollectContext, Collector } from '../collector.ts';
import { billSource, differencesFromCostExplorer, readExported } from './exported-bill.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { LedgerSeries } from './ledger-series.ts';
import { BillTooLarge } from './query-set.ts';
import { daysToAsk } from './query-set-days.ts';
import {
  affordablePages,
  type BillSize,
  furtherDays,
  pagesOf,
  pageUsd,
  planBill,
  readBillSize,
} from './query-set-size.ts';
import { readDays } from './read-bill.ts';

/** Days of history in a record; all of it stays in the ledger. */
const shownDays = 62;

/** Daily cost, brought up to date from Cost Explorer. Only days that can still change are asked again. */
export const costDaily: Collector<'cost.daily'> = {
  kind: 'cost.daily',
  scope: 'payer',
  iamActions: ['ce:GetCostAndUsage'],
  async *collect(context) {
    const ledger = await openLedger(context.kept('bill'));
    await bringUpToDate(ledger, context);
    const [historyFrom = ''] = [...ledger.days().keys()].sort();
    const shownFrom = addDays(context.now.slice(0, 10), -shownDays);
    for (const accountId of ledger.accounts()) {
      for (const series of await ledger.series(accountId)) {
        const record = toRecord(series, historyFrom, shownFrom);
        if (record !== undefined) yield record;
      }
    }
  },
};

async function bringUpToDate(ledger: Ledger, context: CollectContext): Promise<void> {
  const { session, billing, now, kept, log } = context;
  const days = daysToAsk(ledger.days(), now);
  if (days.must.length === 0) return;
  if (billSource(billing) !== 'cost-explorer') return bringExported(ledger, [...days.must, ...days.may], context);
  const mostPages = affordablePages(billing.maxUsd);
  const reading = { ledger, access: { session, billing }, kept: kept('bill'), now };
  const before = await readBillSize(reading.kept);
  let known = before;
  for (;;) {
    const plan = planBill(known, days, mostPages);
    if (plan === undefined) throw tooDear(known, days.must, billing.maxUsd);
    const { detail } = plan;
    try {
      const size = await readDays(plan.days, { ...reading, size: known, detail, mostPages });
      // What it takes was not known before: the rest of the days follow as far as they can be paid.
      const rest = [...days.must.filter((day) => !plan.days.includes(day)).reverse(), ...days.may];
      const more = known?.of[detail] === undefined ? furtherDays(plan.days, rest, size, detail, mostPages) : [];
      if (more.length > 0) await readDays(more, { ...reading, size, detail, mostPages: Number.POSITIVE_INFINITY });
      if (detail === 'service' && before?.detail !== 'service')
        log.warn(
          { kind: 'cost.daily', rowsPerDay: size.of.usageType?.rowsPerDay, rowsPerPage: size.rowsPerPage, mostPages },
          'cost is asked by account and service only: usage types would take more than half of limits.maxSelfCostUsd; raise it, or set up a data export',
        );
      return;
    } catch (error) {
      if (!(error instanceof BillTooLarge)) throw error;
      known = await readBillSize(reading.kept);
    }
  }
}

/** One question for the whole time, then a look at Cost Explorer, unless the config wants the export alone. */
async function bringExported(ledger: Ledger, days: string[], context: CollectContext): Promise<void> {
  const { session, billing, now, log, missed } = context;
  const [from = ''] = days.sort();
  const until = now.slice(0, 10);
  if (!(await readExported({ from, until }, { ledger, session, billing, now, log }))) {
    const { files, athena, source } = billing;
    const place = files !== undefined && source !== 'athena' ? files : `${athena?.database}.${athena?.table}`;
    throw new CollectError(
      `${place} has no charges from ${from} to ${addDays(until, -1)}: a new export takes a day to come, and the newest month of a table has to be one of its partitions`,
      { reason: 'not-enabled' },
    );
  }
  const { source = 'auto' } = billing;
  if (source !== 'auto') return;
  try {
    for (const { accountId, message } of await differencesFromCostExplorer(ledger, { session, billing }, now))
      missed(accountId, new CollectError(message, { reason: 'unexpected' }));
  } catch (error) {
    // The bill is there; that nobody could look it over is a gap of its own.
    missed('Cost Explorer', error);
  }
}

function tooDear(size: BillSize | undefined, must: readonly string[], maxUsd: number): CollectError {
  const pages = pagesOf(size, 'service', must.slice(-2)) ?? 0;
  const usd = (pages * pageUsd).toFixed(2);
  return new CollectError(
    `two days of the bill take at least ${pages} Cost Explorer requests ($${usd}), more than half of limits.maxSelfCostUsd ($${maxUsd.toFixed(2)}): not asked; raise it, or set up a data export, which costs nothing a request`,
    { reason: 'own-budget' },
  );
}

/** @returns undefined when nothing is known of the series in the days that are shown */
function toRecord(series: LedgerSeries, historyFrom: string, shownFrom: string): DailyCost | undefined {
  const { accountId, service, region, usageType, recordType, from } = series;
  const start = Math.max(0, daysBetween(from, shownFrom));
  const usd = series.usd.slice(start);
  if (usd.every(Number.isNaN)) return undefined;
  const id = [accountId, service, region, usageType, recordType].join('/');
  return {
    id,
    arn: `arn:aws:ce::${accountId}:series/${encodeURIComponent(id)}`,
    type: 'AWS::CE::DailyCost',
    accountId,
    region,
    tags: undefined,
    service,
    usageType,
    recordType,
    from: addDays(from, start),
    usd,
    quantity: series.quantity.slice(start),
    firstDay: from,
    historyFrom,
  };
}
