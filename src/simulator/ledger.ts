/** The cost ledger: daily lines of every account, added up as Cost Explorer would. Agrees with the resources. */
import type { Expression, GroupDefinition } from '@aws-sdk/client-cost-explorer';
import type { CostLine } from './account-state.ts';
import { factorOf } from './bill-course.ts';
import { AwsError } from './handler.ts';

export type LedgerLine = CostLine & { readonly accountId: string };

/** Lines of all accounts. Equal tags are held once: in thousands of accounts little else of a line is its own. */
export function createLedger(accounts: Iterable<{ accountId: string; costs: readonly CostLine[] }>): LedgerLine[] {
  const known = new Map<string, CostLine['tags']>();
  const lines: LedgerLine[] = [];
  for (const { accountId, costs } of accounts) {
    for (const { tags, ...cost } of costs) {
      const key = JSON.stringify(tags);
      const shared = known.get(key) ?? tags;
      if (shared === tags) known.set(key, tags);
      lines.push({ accountId, ...cost, tags: shared });
    }
  }
  return lines;
}

/** One result per period: start, end, and amounts by group key. */
export type Period = { readonly start: string; readonly end: string };

const dayMs = 86_400_000;

/** @param granularity MONTHLY cuts at calendar months, as Cost Explorer does */
export function periodsOf(start: string, end: string, granularity: string): Period[] {
  const periods: Period[] = [];
  let at = start;
  while (at < end) {
    const [year = 0, month = 1] = at.split('-').map(Number);
    const nextMonth = new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
    const nextDay = new Date(Date.parse(at) + dayMs).toISOString().slice(0, 10);
    const next = granularity === 'DAILY' ? nextDay : nextMonth;
    periods.push({ start: at, end: next < end ? next : end });
    at = next;
  }
  return periods;
}

function daysOf({ start, end }: Period): number {
  return Math.round((Date.parse(end) - Date.parse(start)) / dayMs);
}

/** What of a line's day is there; asked for each day of it. */
type Delivered = (line: LedgerLine, day: string) => number;

/** Days of a period on which the line costs, each by its factor: a weekend, the line's course, what is delivered of it. */
export function daysOfLine(line: LedgerLine, period: Period, delivered?: Delivered): number {
  const { from, to, weekend = 1, course } = line;
  const isFlat = from === undefined && to === undefined && weekend === 1 && course === undefined;
  if (isFlat && delivered === undefined) return daysOf(period);
  let days = 0;
  for (let at = Date.parse(period.start); at < Date.parse(period.end); at += dayMs) {
    const date = new Date(at);
    const day = date.toISOString().slice(0, 10);
    if ((from !== undefined && day < from) || (to !== undefined && day > to)) continue;
    const factor = (date.getUTCDay() % 6 === 0 ? weekend : 1) * (course === undefined ? 1 : factorOf(course, day));
    days += factor * (delivered?.(line, day) ?? 1);
  }
  return days;
}

/** USD a day in the metric; usage that is covered costs something in the amortized ones only. */
export function usdOf({ usdPerDay, amortizedUsdPerDay, recordType }: LedgerLine, metric: string): number {
  if (!metric.includes('Amortized')) return usdPerDay;
  return recordType === 'RIFee' ? 0 : (amortizedUsdPerDay ?? usdPerDay);
}

export function matches(line: LedgerLine, filter: Expression | undefined): boolean {
  if (filter === undefined) return true;
  if (filter.And !== undefined) return filter.And.every((part) => matches(line, part));
  if (filter.Or !== undefined) return filter.Or.some((part) => matches(line, part));
  if (filter.Not !== undefined) return !matches(line, filter.Not);
  if (filter.Dimensions !== undefined) {
    const { Key = '', Values = [], MatchOptions = ['EQUALS'] } = filter.Dimensions;
    return matchesValue(dimension(line, Key), Values, MatchOptions);
  }
  if (filter.Tags !== undefined) {
    const { Key = '', Values = [], MatchOptions = ['EQUALS'] } = filter.Tags;
    return matchesValue(line.tags[Key], Values, MatchOptions);
  }
  throw new AwsError('ValidationException', 'Filter must have exactly one root');
}

function matchesValue(actual: string | undefined, values: readonly string[], options: readonly string[]): boolean {
  if (options.includes('ABSENT')) return actual === undefined;
  if (actual === undefined) return false;
  if (options.includes('STARTS_WITH')) return values.some((value) => actual.startsWith(value));
  if (options.includes('ENDS_WITH')) return values.some((value) => actual.endsWith(value));
  if (options.includes('CONTAINS')) return values.some((value) => actual.includes(value));
  return values.includes(actual);
}

export function groupKey(line: LedgerLine, { Type, Key = '' }: GroupDefinition): string {
  if (Type === 'TAG') return `${Key}$${line.tags[Key] ?? ''}`;
  return dimension(line, Key);
}

function dimension(line: LedgerLine, key: string): string {
  switch (key) {
    case 'LINKED_ACCOUNT':
      return line.accountId;
    case 'SERVICE':
      return line.service;
    case 'REGION':
      return line.region;
    case 'USAGE_TYPE':
      return line.usageType;
    case 'RECORD_TYPE':
      return line.recordType;
    default:
      throw new AwsError('ValidationException', `Dimension ${key} is not simulated`);
  }
}
