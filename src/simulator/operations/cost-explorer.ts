/** GetCostAndUsage with real filters and groups over the ledger. */
import type { GetCostAndUsageRequest, GroupDefinition } from '@aws-sdk/client-cost-explorer';
import { pageTokenError } from '../faults.ts';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type ServiceOperations } from '../handler.ts';
import { daysOfLine, groupKey, type LedgerLine, matches, periodsOf } from '../ledger.ts';
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
        if (last?.question !== question) last = { question, results: resultsOf(world.ledger(), asked, now) };
        const GroupDefinitions: readonly GroupDefinition[] = input.GroupBy ?? [];
        return { ...paged(last.results, NextPageToken), GroupDefinitions };
      },
    },
  };
}

type Result = { readonly Groups: readonly unknown[] };

/** @throws AwsError as Cost Explorer refuses */
function resultsOf(
  ledger: readonly LedgerLine[],
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
  const chosen = ledger.flatMap((line) => {
    const keys = GroupBy.map((group) => groupKey(line, group));
    return matches(line, Filter) ? [{ line, keys, key: keys.join('\n') }] : [];
  });
  return periodsOf(Start, End, Granularity).map((period) => {
    const groups = new Map<string, { keys: string[]; usd: number; quantity: number }>();
    for (const { line, keys, key } of chosen) {
      const days = daysOfLine(line, period);
      if (days === 0) continue;
      const known = groups.get(key) ?? { keys, usd: 0, quantity: 0 };
      known.usd += line.usdPerDay * days;
      known.quantity += line.quantityPerDay * days;
      groups.set(key, known);
    }
    const all = [...groups.values()].sort((a, b) => (a.keys.join() < b.keys.join() ? -1 : 1));
    const amounts = ({ usd, quantity }: { usd: number; quantity: number }): object =>
      Object.fromEntries(
        Metrics.map((metric) => [
          metric,
          metric === 'UsageQuantity' ? { Amount: String(quantity), Unit: 'N/A' } : { Amount: String(usd), Unit: 'USD' },
        ]),
      );
    return {
      TimePeriod: { Start: period.start, End: period.end },
      Total: isGrouped ? {} : amounts(all[0] ?? { usd: 0, quantity: 0 }),
      Groups: isGrouped ? all.map((group) => ({ Keys: group.keys, Metrics: amounts(group) })) : [],
      Estimated: period.end > now.slice(0, 10),
    };
  });
}

/** Not published; what public tools count on at least. Each group of each period is a row. */
const groupsPerPage = 1000;

/** Cost Explorer cuts by groups, not by periods: a period may go on on the next page. */
function paged(results: readonly Result[], token: string | undefined): object {
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
