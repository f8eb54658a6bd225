/** Which days to ask: those that can still change, and those that are missing. Pure. */
import { addDays, weekdayOf } from '../../model/days.ts';
import type { KnownDay } from './ledger.ts';
import type { DayRange } from './query-set.ts';

/** Figures of these days are still growing: asked again every day. */
const openDays = 4;
/** Where nothing is known yet: two weeks are the least that says anything. `costwarden backfill` brings the rest. */
const firstDays = 14;
/** A gap that is older is left to `costwarden backfill`. */
const mostCatchUpDays = 31;
/** Days of a month on which the month before is asked again, as long as AWS has not settled it. */
const closingDays: ReadonlySet<number> = new Set([1, 2, 3, 5, 8]);
/** The day on which the whole current month is asked again. */
const monday = 1;
/** A second run on the same day pays nothing. */
const freshMs = 6 * 3_600_000;

export type DaysToAsk = {
  /** Sorted. Empty = read a moment ago. */
  readonly must: readonly string[];
  /** As far as the budget goes, most urgent first. */
  readonly may: readonly string[];
};

export function daysToAsk(known: ReadonlyMap<string, KnownDay>, now: string): DaysToAsk {
  const today = now.slice(0, 10);
  const yesterday = addDays(today, -1);
  const lastRead = known.get(yesterday)?.readAt;
  if (lastRead !== undefined && Date.parse(now) - Date.parse(lastRead) < freshMs) return { must: [], may: [] };
  const must = daysBack(today, 1, openDays);
  const may = new Set<string>();
  const oldest = [...known.keys()].sort()[0];
  for (const day of daysBack(today, openDays + 1, oldest === undefined ? firstDays : mostCatchUpDays).reverse()) {
    if (oldest === undefined || (day > oldest && !known.has(day))) may.add(day);
  }
  const month = today.slice(0, 7);
  if (oldest !== undefined && closingDays.has(Number(today.slice(8)))) {
    const lastMonth = addDays(`${month}-01`, -1).slice(0, 7);
    for (const day of daysBack(`${month}-01`, 1, 31).reverse()) {
      if (day.startsWith(lastMonth) && known.get(day)?.isEstimated === true) may.add(day);
    }
  }
  if (weekdayOf(today) === monday) {
    for (const day of daysBack(today, 1, 31).reverse()) if (day.startsWith(month) && known.has(day)) may.add(day);
  }
  for (const day of must) may.delete(day);
  return { must, may: [...may] };
}

/** So many days before a day, oldest first. */
function daysBack(day: string, from: number, to: number): string[] {
  const days: string[] = [];
  for (let back = to; back >= from; back -= 1) days.push(addDays(day, -back));
  return days;
}

/** Days in one request: a month of them, so that no answer is cut by the service's own limits. */
export function* rangesOf(days: readonly string[], most = 31): Iterable<DayRange> {
  const wanted = [...days].sort();
  let from: string | undefined;
  let last: string | undefined;
  let count = 0;
  for (const day of wanted) {
    if (from !== undefined && last !== undefined && (addDays(last, 1) !== day || count === most)) {
      yield { from, until: addDays(last, 1) };
      from = undefined;
      count = 0;
    }
    from ??= day;
    last = day;
    count += 1;
  }
  if (from !== undefined && last !== undefined) yield { from, until: addDays(last, 1) };
}

export function daysOfRange({ from, until }: DayRange): string[] {
  const days: string[] = [];
  for (let day = from; day < until; day = addDays(day, 1)) days.push(day);
  return days;
}
