/** Regions with spend, from one paid Cost Explorer request for the whole organization (and more pages if it is large). */
import { CostExplorerClient, GetCostAndUsageCommand } from '@aws-sdk/client-cost-explorer';
import { requireMember, walkPages } from '../aws/answer.ts';
import type { AccountSession } from '../aws/session.ts';
import { CollectError } from '../errors.ts';
import type { PlanCache } from './plan.ts';

const cacheKey = 'plan/spend-regions';
/** A daily run asks anew; a second run on the same day does not pay again. */
const keptMs = 20 * 3_600_000;
const windowDays = 30;
/** Cost Explorer's groups for what has no region. */
const notRegions = new Set(['global', 'NoRegion', '']);

export async function readSpendRegions(
  session: AccountSession,
  cache: PlanCache,
  now: string,
  viewArn?: string,
): Promise<Map<string, ReadonlySet<string>>> {
  const kept = await cache.value(cacheKey);
  if (kept !== undefined && Date.parse(now) - Date.parse(kept.at) < keptMs)
    return toMap(kept.value as [string, string[]][]);

  const client = session.client(CostExplorerClient);
  const end = now.slice(0, 10);
  const start = new Date(Date.parse(end) - windowDays * 86_400_000).toISOString().slice(0, 10);
  const regions = new Map<string, Set<string>>();
  const ask = (NextPageToken: string | undefined) =>
    client.send(
      new GetCostAndUsageCommand({
        TimePeriod: { Start: start, End: end },
        Granularity: 'MONTHLY',
        Metrics: ['UnblendedCost'],
        // Credits would hide what is in use where they pay for all of it.
        Filter: { Not: { Dimensions: { Key: 'RECORD_TYPE', Values: ['Credit', 'Refund'] } } },
        GroupBy: [
          { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' },
          { Type: 'DIMENSION', Key: 'REGION' },
        ],
        NextPageToken,
        ...(viewArn === undefined ? {} : { BillingViewArn: viewArn }),
      }),
    );
  for await (const answer of walkPages(ask, ({ NextPageToken }) => NextPageToken)) {
    for (const { Groups = [] } of requireMember(answer, 'ResultsByTime')) {
      for (const { Keys = [], Metrics } of Groups) {
        const [accountId = '', region = ''] = Keys;
        if (notRegions.has(region) || Number(Metrics?.['UnblendedCost']?.Amount ?? 0) === 0) continue;
        regions.set(accountId, (regions.get(accountId) ?? new Set()).add(region));
      }
    }
  }
  if (regions.size === 0) throw new CollectError('Cost Explorer knows no spend', { reason: 'not-enabled' });
  await cache.putValue(
    cacheKey,
    [...regions].map(([id, set]) => [id, [...set]]),
    now,
  );
  return regions;
}

function toMap(pairs: readonly [string, readonly string[]][]): Map<string, ReadonlySet<string>> {
  return new Map(pairs.map(([id, list]) => [id, new Set(list)]));
}
