/** GetCostAndUsage with real filters and groups over the ledger. */
import type { GetCostAndUsageRequest, GroupDefinition } from '@aws-sdk/client-cost-explorer';
import { pageTokenError } from '../faults.ts';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type ServiceOperations } from '../handler.ts';
import { daysOfLine, groupKey, type LedgerLine, matches, periodsOf, usdOf } from '../ledger.ts';
import { offsetOf, tokenAt } from '../paging.ts';

/** Cost Explorer keeps this much at most. */
const historyDays = 400;

export function costExplorerOperations(world: SimulatedWorld): ServiceOperations {
  // All pages of one question come from one sum: the ledger of thousands of accounts is long.
  let last: { readonly question: string; readonly results: readonly Result[] } | undefined;
  return {
    GetCostAndUsage: {
      cutsItself: { inToken: 'NextPageToken', outToken: 'NextPageToken' },
      handle: (input: GetCostAndUsageRequest, { now }) => {
        const { NextPageToken, ...asked } = input;
        const question = JSON.stringify([asked, now.slice(0, 10)]);
        if (last?.question !== question) last = { question, results: resultsOf(world, asked, now) };
        const GroupDefinitions: readonly GroupDefinition[] = input.GroupBy ?? [];
        return { ...paged(last.results, NextPageToken), GroupDefinitions };
      },
    },
  };
}

type Sums = { readonly keys: string[]; readonly amounts: number[] };

/** The invoice of a month is out by this date of the next one; until then AWS calls its days estimated. */
const invoiceDay = 7;

function settledBefore(today: string): string {
  const lastMonth = new Date(Date.UTC(Number(today.slice(0, 4)), Number(today.slice(5, 7)) - 2, 1));
  return Number(today.slice(8)) >= invoiceDay ? `${today.slice(0, 7)}-01` : lastMonth.toISOString().slice(0, 10);
}

type Result = { readonly Groups: readonly unknown[] };

/** @throws AwsError as Cost Explorer refuses */
function resultsOf(
  world: SimulatedWorld,
  { TimePeriod, Granularity = 'MONTHLY', Metrics = [], GroupBy = [], Filter }: GetCostAndUsageRequest,
  now: string,
): Result[] {
  const { Start = '', End = '' } = TimePeriod ?? {};
  if (GroupBy.length > 2) throw new AwsError('ValidationException', 'You can specify at most two groups');
  if (Start >= End)
    throw new AwsError('ValidationException', 'Start date (and hour) should be before end date (and hour)');
  if (Date.parse(now) - Date.parse(Start) > historyDays * 86_400_000)
    throw new AwsError('DataUnavailableException', 'The requested data is unavailable');
  const isGrouped = GroupBy.length > 0;
  const today = now.slice(0, 10);
  const { delivered } = world;
  const share = delivered && ((line: LedgerLine, day: string): number => delivered(line, day, today));
  const chosen = world.ledger().flatMap((line) => {
    const keys = GroupBy.map((group) => groupKey(line, group));
    return matches(line, Filter) ? [{ line, keys, key: keys.join('\n') }] : [];
  });
  return periodsOf(Start, End, Granularity).map((period) => {
    const groups = new Map<string, Sums>();
    for (const { line, keys, key } of chosen) {
      const days = daysOfLine(line, period, share);
      if (days === 0) continue;
      const sums = groups.get(key) ?? { keys, amounts: Metrics.map(() => 0) };
      for (const [index, metric] of Metrics.entries()) {
        const perDay = metric === 'UsageQuantity' ? line.quantityPerDay : usdOf(line, metric);
        sums.amounts[index] = (sums.amounts[index] ?? 0) + perDay * days;
      }
      groups.set(key, sums);
    }
    const all = [...groups.values()].sort((a, b) => (a.keys.join() < b.keys.join() ? -1 : 1));
    const amounts = ({ amounts: sums }: Pick<Sums, 'amounts'>): object =>
      Object.fromEntries(
        Metrics.map((metric, index) => [
          metric,
          { Amount: String(sums[index] ?? 0), Unit: metric === 'UsageQuantity' ? 'N/A' : 'USD' },
        ]),
      );
    return {
      TimePeriod: { Start: period.start, End: period.end },
      Total: isGrouped ? {} : amounts(all[0] ?? { amounts: [] }),
      Groups: isGrouped ? all.map((group) => ({ Keys: group.keys, Metrics: amounts(group) })) : [],
      Estimated: period.end > settledBefore(today),
    };
  });
}

/** Not published; what public tools count on at least. Each group of each period is a row. */
const groupsPerPage = 1000;

/** Cost Explorer cuts by groups, not by periods: a period may go on on the next page. */
export function paged(results: readonly Result[], token: string | undefined): object {
  const start = token === undefined ? 0 : offsetOf(token);
  if (Number.isNaN(start)) throw pageTokenError('cost-explorer');
  let at = 0;
  const page = results.flatMap((result) => {
    const Groups = result.Groups.filter((_, index) => at + index >= start && at + index < start + groupsPerPage);
    const isOnPage = result.Groups.length === 0 ? start === 0 : Groups.length > 0;
    at += result.Groups.length;
    return isOnPage ? [{ ...result, Groups }] : [];
  });
  const more = start + groupsPerPage < at ? { NextPageToken: tokenAt(start + groupsPerPage) } : {};
  return { ResultsByTime: page, ...more };
}
