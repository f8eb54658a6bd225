/** GetCostAndUsage with real filters and groups over the ledger. */
import type { GetCostAndUsageRequest, GroupDefinition } from '@aws-sdk/client-cost-explorer';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type ServiceOperations } from '../handler.ts';
import { daysOf, groupKey, matches, periodsOf } from '../ledger.ts';

/** Cost Explorer keeps this much at most. */
const historyDays = 400;

export function costExplorerOperations(world: SimulatedWorld): ServiceOperations {
  return {
    GetCostAndUsage: {
      handle: (input: GetCostAndUsageRequest, { now }) => {
        const { TimePeriod, Granularity = 'MONTHLY', Metrics = [], GroupBy = [], Filter } = input;
        const { Start = '', End = '' } = TimePeriod ?? {};
        if (GroupBy.length > 2) throw new AwsError('ValidationException', 'You can specify at most two groups');
        if (Start >= End)
          throw new AwsError('ValidationException', 'Start date (and hour) should be before end date (and hour)');
        if (Date.parse(now) - Date.parse(Start) > historyDays * 86_400_000)
          throw new AwsError('DataUnavailableException', 'The requested data is unavailable');
        const lines = world.ledger().filter((line) => matches(line, Filter));
        const groups = new Map<string, { keys: string[]; usd: number; quantity: number }>();
        for (const line of lines) {
          const keys = GroupBy.map((group) => groupKey(line, group));
          const known = groups.get(keys.join('\n')) ?? { keys, usd: 0, quantity: 0 };
          known.usd += line.usdPerDay;
          known.quantity += line.quantityPerDay;
          groups.set(keys.join('\n'), known);
        }
        const ResultsByTime = periodsOf(Start, End, Granularity).map((period) => {
          const days = daysOf(period);
          const amounts = ({ usd, quantity }: { usd: number; quantity: number }): object =>
            Object.fromEntries(
              Metrics.map((metric) => [
                metric,
                metric === 'UsageQuantity'
                  ? { Amount: String(quantity * days), Unit: 'N/A' }
                  : { Amount: String(usd * days), Unit: 'USD' },
              ]),
            );
          const all = [...groups.values()].sort((a, b) => a.keys.join().localeCompare(b.keys.join()));
          const TimePeriod = { Start: period.start, End: period.end };
          const isGrouped = GroupBy.length > 0;
          const total = all[0] ?? { usd: 0, quantity: 0 };
          return {
            TimePeriod,
            Total: isGrouped ? {} : amounts(total),
            Groups: isGrouped ? all.map((group) => ({ Keys: group.keys, Metrics: amounts(group) })) : [],
            Estimated: period.end > now.slice(0, 10),
          };
        });
        return { ...paged(ResultsByTime, input), GroupDefinitions: GroupBy satisfies readonly GroupDefinition[] };
      },
    },
  };
}

const groupsPerPage = 100;

type Result = { readonly Groups: readonly unknown[] };

/** Cost Explorer cuts by groups, not by periods: a period may go on on the next page. */
function paged(results: readonly Result[], { NextPageToken }: GetCostAndUsageRequest): object {
  const start = NextPageToken === undefined ? 0 : Number(Buffer.from(NextPageToken, 'base64url').toString());
  if (!Number.isInteger(start)) throw new AwsError('InvalidNextTokenException', 'The pagination token is invalid');
  let at = 0;
  const page = results.flatMap((result) => {
    const Groups = result.Groups.filter((_, index) => at + index >= start && at + index < start + groupsPerPage);
    const isOnPage = result.Groups.length === 0 ? start === 0 : Groups.length > 0;
    at += result.Groups.length;
    return isOnPage ? [{ ...result, Groups }] : [];
  });
  const more =
    start + groupsPerPage < at
      ? { NextPageToken: Buffer.from(String(start + groupsPerPage)).toString('base64url') }
      : {};
  return { ResultsByTime: page, ...more };
}
