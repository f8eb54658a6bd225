import type { Collector } from '../collector.ts';
import { amountOf, costGroups, lastMonth } from './cost-explorer.ts';

/** Services whose spend by account and region a check asks for. One paid request for all of them would lose the service. */
const service = 'Amazon DynamoDB';
const metric = 'UnblendedCost';

export const costServiceSpend: Collector<'cost.service-spend'> = {
  kind: 'cost.service-spend',
  scope: 'payer',
  iamActions: ['ce:GetCostAndUsage'],
  async *collect(context) {
    const { from, to } = lastMonth(context.now);
    const sums = new Map<string, { accountId: string; region: string; usd: number }>();
    const groups = costGroups(context, {
      TimePeriod: { Start: from, End: to },
      Granularity: 'MONTHLY',
      Metrics: [metric],
      Filter: { Dimensions: { Key: 'SERVICE', Values: [service] } },
      GroupBy: [
        { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' },
        { Type: 'DIMENSION', Key: 'REGION' },
      ],
    });
    // A window of 30 days touches two calendar months: a group may come twice.
    for await (const group of groups) {
      const [accountId = '', region = ''] = group.Keys ?? [];
      const known = sums.get(`${accountId}/${region}`) ?? { accountId, region, usd: 0 };
      sums.set(`${accountId}/${region}`, { ...known, usd: known.usd + amountOf(group, metric) });
    }
    for (const { accountId, region, usd } of sums.values()) {
      yield {
        id: `${service}/${accountId}/${region}`,
        arn: `arn:aws:ce::${accountId}:service/${encodeURIComponent(service)}`,
        type: 'AWS::CE::Service',
        accountId,
        region,
        tags: undefined,
        service,
        usd30d: usd,
      };
    }
  },
};
