import { CollectError } from '../../errors.ts';
import type { BillLine } from '../../model/bill.ts';
import { addDays, daysBetween } from '../../model/days.ts';
import type { DailyCost } from '../../model/resources/cost.ts';
import type { CollectContext, Collector } from '../collector.ts';
import { type Ledger, type LedgerSeries, openLedger } from './ledger.ts';
import { askBill, rangesOf } from './query-set.ts';

/** Days of history in a record; all of it stays in the ledger. */
const shownDays = 62;
/** Figures of these days are still growing: asked again every day. */
const openDays = 4;
/** Where nothing is known yet: two weeks are the least that says anything. `costwarden backfill` brings the rest. */
const firstDays = 14;
/** A gap that is longer is left to `costwarden backfill`. */
const mostCatchUpDays = 31;
/** Days of a month on which the whole month before is asked again: AWS settles it then. */
const closingDays: ReadonlySet<number> = new Set([3, 6]);
/** A second run on the same day pays nothing. */
const freshMs = 6 * 3_600_000;

/** Daily cost, brought up to date from Cost Explorer. Only days that can still change are asked again. */
export const costDaily: Collector<'cost.daily'> = {
  kind: 'cost.daily',
  scope: 'payer',
  iamActions: ['ce:GetCostAndUsage'],
  async *collect(context) {
    const ledger = await openLedger(context.kept('bill'));
    await bringUpToDate(ledger, context);
    const known = [...ledger.days().keys()].sort();
    const [historyFrom = ''] = known;
    for (const accountId of ledger.accounts()) {
      for (const series of await ledger.series(accountId))
        yield toRecord(series, historyFrom, context.now.slice(0, 10));
    }
  },
};

async function bringUpToDate(ledger: Ledger, { session, now }: CollectContext): Promise<void> {
  const days = daysToAsk(ledger.days(), now);
  for (const range of rangesOf(days)) {
    const asked: string[] = [];
    for (let day = range.from; day < range.until; day = addDays(day, 1)) asked.push(day);
    await ledger.merge(billOf(session, range), { days: asked, at: now });
  }
}

async function* billOf(
  session: CollectContext['session'],
  range: Parameters<typeof askBill>[1],
): AsyncIterable<BillLine> {
  let count = 0;
  for await (const line of askBill(session, range)) {
    count += 1;
    yield line;
  }
  // An organization without any cost on any day is one whose Cost Explorer has not begun.
  if (count === 0)
    throw new CollectError(
      `Cost Explorer has no cost from ${range.from} to ${addDays(range.until, -1)}: open it once in the billing console to switch it on, or run in the payer account`,
      { reason: 'not-enabled' },
    );
}

/** @param known days with the time they were read */
export function daysToAsk(known: ReadonlyMap<string, string>, now: string): string[] {
  const today = now.slice(0, 10);
  const yesterday = addDays(today, -1);
  const lastRead = known.get(yesterday);
  if (lastRead !== undefined && Date.parse(now) - Date.parse(lastRead) < freshMs) return [];
  const wanted = new Set<string>();
  for (let back = 1; back <= openDays; back += 1) wanted.add(addDays(today, -back));
  const newest = [...known.keys()].sort().at(-1);
  const gap = newest === undefined ? firstDays : Math.min(mostCatchUpDays, daysBetween(newest, today) - 1);
  for (let back = 1; back <= gap; back += 1) wanted.add(addDays(today, -back));
  // The first run of a month that AWS may have settled by then.
  const date = Number(today.slice(8));
  if (newest !== undefined && closingDays.has(date)) {
    const end = `${today.slice(0, 7)}-01`;
    for (let day = `${addDays(end, -1).slice(0, 7)}-01`; day < end; day = addDays(day, 1)) wanted.add(day);
  }
  return [...wanted].sort();
}

function toRecord(series: LedgerSeries, historyFrom: string, today: string): DailyCost {
  const { accountId, service, region, usageType, recordType, from, usd, quantity } = series;
  const start = Math.max(0, daysBetween(from, addDays(today, -shownDays)));
  const id = [accountId, service, region, usageType, recordType].join('/');
  let first = usd.findIndex((amount) => amount > 0);
  if (first < 0) first = 0;
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
    usd: usd.slice(start),
    quantity: quantity.slice(start),
    firstDay: addDays(from, first),
    historyFrom,
  };
}
