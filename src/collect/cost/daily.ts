import { addDays, daysBetween } from '../../model/days.ts';
import type { DailyCost } from '../../model/resources/cost.ts';
import type { CollectContext, Collector } from '../collector.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { LedgerSeries } from './ledger-series.ts';
import { daysToAsk } from './query-set-days.ts';
import { affordableDays, affordablePages, chooseDetail, readBillSize } from './query-set-size.ts';
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

async function bringUpToDate(ledger: Ledger, { session, billing, now, kept, log }: CollectContext): Promise<void> {
  const days = daysToAsk(ledger.days(), now);
  if (days.must.length === 0) return;
  const mostPages = affordablePages(billing.maxUsd);
  const reading = { ledger, access: { session, billing }, kept: kept('bill'), log, now, mostPages };
  const before = await readBillSize(reading.kept);
  const detail = chooseDetail(before, days.must, mostPages);
  const more = affordableDays(days, before, detail, mostPages);
  const size = await readDays([...days.must, ...more], { ...reading, size: before, detail });
  // What it takes was not known before: the rest of the days follow as far as they can be paid.
  const rest = before === undefined ? affordableDays(days, size, size.detail, mostPages) : [];
  if (rest.length > 0) await readDays(rest, { ...reading, size, detail: size.detail });
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
