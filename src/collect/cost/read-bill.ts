/** Days of the bill from Cost Explorer into the ledger, range by range; what was read of a range is kept before the next. */
import { CollectError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { BillLine, KeptBytes } from '../../model/bill.ts';
import { addDays } from '../../model/days.ts';
import { type BillAccess, newTally } from './cost-explorer.ts';
import type { Ledger } from './ledger.ts';
import { askBill, type BillDetail, type BillQuestion, BillTooLarge, type DayRange } from './query-set.ts';
import { daysOfRange, rangesOf } from './query-set-days.ts';
import { type BillSize, keepBillSize, measured, readBillSize } from './query-set-size.ts';

export type Reading = {
  readonly ledger: Ledger;
  readonly access: BillAccess;
  readonly kept: KeptBytes;
  readonly log: Pick<Logger, 'warn'>;
  readonly now: string;
  /** What the runs before have measured. */
  readonly size: BillSize | undefined;
  readonly detail: BillDetail;
  /** Pages of usage types for one range; where there are more, services are asked instead. */
  readonly mostPages: number;
};

/** @throws CollectError `not-enabled` when there is nothing at all on these days */
export async function readDays(days: readonly string[], reading: Reading): Promise<BillSize> {
  let { size, detail } = reading;
  for (const range of rangesOf(days)) {
    size = await readRange(range, { ...reading, size, detail });
    ({ detail } = size);
  }
  if (size === undefined) throw new Error('no days to read');
  return size;
}

/** @param isHistory the days may be older than the organization; and how large they were says little of today's */
export async function readRange(range: DayRange, reading: Reading, isHistory = false): Promise<BillSize> {
  const { ledger, access, kept, log, now, mostPages } = reading;
  const days = daysOfRange(range);
  let { size, detail } = reading;
  const read = async (limit: { mostPages?: number }): Promise<void> => {
    const question: BillQuestion = {
      range,
      detail,
      estimated: new Set(),
      tally: newTally(),
      ...limit,
    };
    const lines = isHistory ? askBill(access, question) : someLines(askBill(access, question), range);
    try {
      await ledger.merge(lines, { days, estimated: question.estimated, at: now });
    } finally {
      size = measured(size, { detail, tally: question.tally, days: days.length, at: now });
    }
  };
  try {
    await read(detail === 'usageType' ? { mostPages } : {});
  } catch (error) {
    if (!(error instanceof BillTooLarge)) throw error;
    detail = 'service';
    await read({});
  }
  if (size === undefined) throw new Error('nothing was measured');
  if (!isHistory || (await readBillSize(kept)) === undefined) await keepBillSize(kept, size);
  if (detail === 'service' && reading.size?.detail !== 'service') {
    const { of, rowsPerPage } = size;
    log.warn(
      { kind: 'cost.daily', rowsPerDay: of.usageType?.rowsPerDay, rowsPerPage, mostPages },
      'cost is asked by account and service only: usage types would take more than half of limits.maxSelfCostUsd; raise it, or set up a data export',
    );
  }
  return size;
}

/** An organization without any cost on any day is one whose Cost Explorer has not begun. */
async function* someLines(lines: AsyncIterable<BillLine>, { from, until }: DayRange): AsyncIterable<BillLine> {
  let count = 0;
  for await (const line of lines) {
    count += 1;
    yield line;
  }
  if (count === 0)
    throw new CollectError(
      `Cost Explorer has no cost from ${from} to ${addDays(until, -1)}: open it once in the billing console to switch it on, or run in the payer account`,
      { reason: 'not-enabled' },
    );
}
