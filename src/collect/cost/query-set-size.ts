/** How much a question costs: measured by the runs before, and how many days of it a budget allows. */
import type { KeptBytes } from '../../model/bill.ts';
import type { PageTally } from './cost-explorer.ts';
import type { BillDetail } from './query-set.ts';
import { type DaysToAsk, rangesOf } from './query-set-days.ts';

/** USD a page; Cost Explorer pricing, read 2026-11-23. */
export const pageUsd = 0.01;
/** Rows (group x day) in a page where no page has been full yet. AWS publishes no number; larger pages make it cheaper. */
export const leastRowsPerPage = 1000;
/** What went back to services for its cost goes to usage types again when they fit with this much to spare. */
const returnMargin = 1.3;
/** Yesterday, of which there is a part, and the day before, which is nearly complete. */
const fewestDays = 2;

export type BillSize = {
  /** A detail that was never asked is not there. Of one that was given up: the least it can be. */
  readonly of: Partial<Readonly<Record<BillDetail, { readonly rowsPerDay: number; readonly questions: number }>>>;
  readonly rowsPerPage: number;
  readonly detail: BillDetail;
  readonly at: string;
};

const key = 'size';

export async function readBillSize(kept: KeptBytes): Promise<BillSize | undefined> {
  const bytes = await kept.read(key);
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as BillSize);
}

export async function keepBillSize(kept: KeptBytes, size: BillSize): Promise<void> {
  await kept.write(key, Buffer.from(JSON.stringify(size)));
}

/** What another question has shown. */
export function measured(
  before: BillSize | undefined,
  { detail, tally, days, at }: { detail: BillDetail; tally: PageTally; days: number; at: string },
): BillSize {
  const rowsPerPage = tally.fullestPage > 0 ? tally.fullestPage : (before?.rowsPerPage ?? leastRowsPerPage);
  const { groups, questions } = tally;
  const own = { rowsPerDay: Math.ceil(groups / Math.max(1, days)), questions };
  return { of: { ...before?.of, [detail]: own }, rowsPerPage, detail, at };
}

/** What a question has shown that was given up: it has more rows than fit. */
export function tooLarge(
  before: BillSize | undefined,
  given: { detail: BillDetail; tally: PageTally; days: number; mostPages: number; at: string },
): BillSize {
  const size = measured(before, given);
  const { detail, days, mostPages, tally } = given;
  const rowsPerDay = Math.ceil(((mostPages + 1) * size.rowsPerPage) / days);
  const of = { ...size.of, [detail]: { rowsPerDay, questions: tally.questions } };
  return { ...size, of, detail: before?.detail ?? detail };
}

/** Pages that the run's budget has for the bill: half of it, so that the rest of the run can pay its own. */
export function affordablePages(maxUsd: number): number {
  return Math.floor(maxUsd / 2 / pageUsd + 1e-9);
}

/** @returns undefined when the detail was never asked */
export function pagesOf(size: BillSize | undefined, detail: BillDetail, days: readonly string[]): number | undefined {
  const own = size?.of[detail];
  if (size === undefined || own === undefined) return undefined;
  const ranges = [...rangesOf(days)].length;
  // The last page of each question is hardly ever full.
  return Math.ceil((own.rowsPerDay * days.length) / size.rowsPerPage) + own.questions * ranges;
}

export type BillPlan = { readonly detail: BillDetail; readonly days: readonly string[] };

/**
 * As many days as fit, in usage types if two days of them do, else in services; further days only beside all that must.
 * What was never asked begins with two days: they show how much it is.
 * @returns undefined when not even two days of services fit
 */
export function planBill(size: BillSize | undefined, { must, may }: DaysToAsk, pages: number): BillPlan | undefined {
  for (const detail of ['usageType', 'service'] as const) {
    if (size?.of[detail] === undefined) return { detail, days: must.slice(-fewestDays) };
    const margin = detail === 'usageType' && size.detail === 'service' ? returnMargin : 1;
    for (let count = must.length; count >= fewestDays; count -= 1) {
      const days = must.slice(-count);
      if ((pagesOf(size, detail, days) ?? 0) * margin > pages) continue;
      return { detail, days: [...days, ...(count === must.length ? furtherDays(days, may, size, detail, pages) : [])] };
    }
  }
  return undefined;
}

/** Of the days that may be asked, the first ones that fit beside others. */
export function furtherDays(
  others: readonly string[],
  may: readonly string[],
  size: BillSize | undefined,
  detail: BillDetail,
  pages: number,
): string[] {
  const chosen: string[] = [];
  for (const day of may) {
    const needed = pagesOf(size, detail, [...others, ...chosen, day]);
    if (needed === undefined || needed > pages) break;
    chosen.push(day);
  }
  return chosen;
}
