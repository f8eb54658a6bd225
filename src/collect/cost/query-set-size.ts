/** How much a question costs: measured by the runs before, and how many days of it a budget allows. */
import type { KeptBytes } from '../../model/bill.ts';
import type { PageTally } from './cost-explorer.ts';
import type { BillDetail } from './query-set.ts';
import { rangesOf } from './query-set-days.ts';

/** USD a page; Cost Explorer pricing, read 2026-11-23. */
export const pageUsd = 0.01;
/** Rows (group x day) in a page where no page has been full yet. AWS publishes no number; larger pages make it cheaper. */
export const leastRowsPerPage = 1000;
/** What went back to services for its cost goes to usage types again when they fit with this much to spare. */
const returnMargin = 1.3;

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

/** Usage types, unless what is known says that they cost too much. */
export function chooseDetail(size: BillSize | undefined, must: readonly string[], pages: number): BillDetail {
  const needed = pagesOf(size, 'usageType', must);
  if (needed === undefined) return 'usageType';
  const margin = size?.detail === 'service' ? returnMargin : 1;
  return needed * margin <= pages ? 'usageType' : 'service';
}

/** Of the days that may be asked, the first ones that fit beside those that must. */
export function affordableDays(
  { must, may }: { readonly must: readonly string[]; readonly may: readonly string[] },
  size: BillSize | undefined,
  detail: BillDetail,
  pages: number,
): string[] {
  const chosen: string[] = [];
  for (const day of may) {
    const needed = pagesOf(size, detail, [...must, ...chosen, day]);
    if (needed === undefined || needed > pages) break;
    chosen.push(day);
  }
  return chosen;
}
