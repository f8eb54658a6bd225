/** Days of the bill from Cost Explorer into the ledger, range by range; what was read of a range is kept before the next. */
import { CollectError } from '../../errors.ts';
import type { BillLine, KeptBytes } from '../../model/bill.ts';
import { addDays } from '../../model/days.ts';
import { type BillAccess, newTally } from './cost-explorer.ts';
import type { Ledger } from './ledger.ts';
import { askBill, type BillDetail, type BillQuestion, BillTooLarge, type DayRange } from './query-set.ts';
import { daysOfRange, rangesOf } from './query-set-days.ts';
import { type BillSize, keepBillSize, measured, readBillSize, tooLarge } from './query-set-size.ts';

export type Reading = {
  readonly ledger: Ledger;
  readonly access: BillAccess;
  readonly kept: KeptBytes;
  readonly now: string;
  /** What the runs before have measured. */
  readonly size: BillSize | undefined;
  readonly detail: BillDetail;
  /** Pages for all of the days together. */
  readonly mostPages: number;
};

/**
 * @throws BillTooLarge when there are more pages; how large it is at least is kept
 * @throws CollectError `not-enabled` when there is nothing at all on these days
 */
export async function readDays(days: readonly string[], reading: Reading): Promise<BillSize> {
  let { size, mostPages } = reading;
  for (const range of rangesOf(days)) {
    const read = await readRange(range, { ...reading, size, mostPages });
    ({ size } = read);
    mostPages -= read.pages;
  }
  if (size === undefined) throw new Error('no days to read');
  return size;
}

/** @param isHistory the days may be older than the organization; and how large they were says little of today's */
export async function readRange(
  range: DayRange,
  { ledger, access, kept, now, size, detail, mostPages }: Reading,
  isHistory = false,
): Promise<{ readonly size: BillSize; readonly pages: number }> {
  const days = daysOfRange(range);
  const tally = newTally();
  const estimated = new Set<string>();
  const question: BillQuestion = { range, detail, estimated, tally, mostPages };
  const lines = askBill(access, question);
  try {
    await ledger.merge(isHistory ? lines : someLines(lines, range), { days, estimated, at: now });
  } catch (error) {
    // Whether it is the bill's own limit or what the rest of the run has left: so much was not enough.
    const isTooDear = error instanceof BillTooLarge || (error instanceof CollectError && error.reason === 'own-budget');
    const paid = Math.min(mostPages, tally.pages);
    if (isTooDear && !isHistory)
      await keepBillSize(kept, tooLarge(size, { detail, tally, days: days.length, mostPages: paid, at: now }));
    throw error;
  }
  const after = measured(size, { detail, tally, days: days.length, at: now });
  if (!isHistory || (await readBillSize(kept)) === undefined) await keepBillSize(kept, after);
  return { size: after, pages: tally.pages };
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
