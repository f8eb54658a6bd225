/** GetCostAndUsageWithResources: the ledger by resource, where the organization has paid for that detail. */
import type { GetCostAndUsageWithResourcesRequest, GroupDefinition } from '@aws-sdk/client-cost-explorer';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type ServiceOperations } from '../handler.ts';
import { daysOfLine, groupKey, type LedgerLine, matches, type Period, periodsOf, usdOf } from '../ledger.ts';
import { paged } from './cost-explorer.ts';

const keptDays = 14;

export function costResourceOperations(world: SimulatedWorld): ServiceOperations {
  return {
    GetCostAndUsageWithResources: {
      cutsItself: { inToken: 'NextPageToken', outToken: 'NextPageToken' },
      handle: (input: GetCostAndUsageWithResourcesRequest, { now }) => {
        if (!world.hasResourceCosts)
          throw new AwsError(
            'DataUnavailableException',
            'Resource level data is not enabled. You can enable it on the Cost Management preferences page.',
          );
        const { NextPageToken, TimePeriod, Granularity = 'DAILY', GroupBy = [], Filter } = input;
        const { Start = '', End = '' } = TimePeriod ?? {};
        const oldest = new Date(Date.parse(now.slice(0, 10)) - keptDays * 86_400_000).toISOString().slice(0, 10);
        if (Start < oldest)
          throw new AwsError('ValidationException', `Start date must be within the last ${keptDays} days`);
        if (!JSON.stringify(Filter ?? {}).includes('"Key":"SERVICE"'))
          throw new AwsError('ValidationException', 'A filter on SERVICE is required');
        if (!GroupBy.some(({ Key }) => Key === 'RESOURCE_ID'))
          throw new AwsError('ValidationException', 'The request must group or filter by RESOURCE_ID');
        const lines = world.ledger().filter((line) => matches(line, Filter));
        const results = periodsOf(Start, End, Granularity).map((period) => ({
          TimePeriod: { Start: period.start, End: period.end },
          Total: {},
          Groups: groupsOf(lines, period, input),
          Estimated: period.end > now.slice(0, 10),
        }));
        return { ...paged(results, NextPageToken), GroupDefinitions: GroupBy };
      },
    },
  };
}

function groupsOf(
  lines: readonly LedgerLine[],
  period: Period,
  { GroupBy = [], Metrics = [] }: GetCostAndUsageWithResourcesRequest,
): object[] {
  const groups = new Map<string, { Keys: string[]; sums: Map<string, number> }>();
  for (const line of lines) {
    const days = daysOfLine(line, period);
    if (days === 0) continue;
    const Keys = GroupBy.map((group) => keyOf(line, group));
    const group = groups.get(Keys.join('\n')) ?? { Keys, sums: new Map<string, number>() };
    groups.set(Keys.join('\n'), group);
    for (const metric of Metrics) {
      const perDay = metric === 'UsageQuantity' ? line.quantityPerDay : usdOf(line, metric);
      group.sums.set(metric, (group.sums.get(metric) ?? 0) + perDay * days);
    }
  }
  return [...groups.values()].map(({ Keys, sums }) => ({
    Keys,
    Metrics: Object.fromEntries(
      Array.from(sums, ([metric, sum]) => [
        metric,
        { Amount: String(sum), Unit: metric === 'UsageQuantity' ? 'N/A' : 'USD' },
      ]),
    ),
  }));
}

/** What no resource is billed for is billed for none. */
function keyOf(line: LedgerLine, group: GroupDefinition): string {
  return group.Key === 'RESOURCE_ID' ? (line.resourceId ?? 'NoResourceId') : groupKey(line, group);
}
