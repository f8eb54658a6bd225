import type { Expression } from '@aws-sdk/client-cost-explorer';
import type { TagCoverage } from '../../model/resources/cost.ts';
import type { CollectContext, Collector } from '../collector.ts';
import { amountOf, costGroups, lastMonth, usageRecords } from './cost-explorer.ts';

const metric = 'NetAmortizedCost';

export const costTagCoverage: Collector<'cost.tag-coverage'> = {
  kind: 'cost.tag-coverage',
  scope: 'payer',
  iamActions: ['ce:GetCostAndUsage'],
  async *collect(context) {
    for (const [key = '', ...aliases] of context.tagKeys) yield* coverageOf(key, aliases, context);
  },
};

/**
 * Untagged = carries neither the key nor one of its other spellings, which Cost Explorer treats as keys of their own.
 * One paid request per key and page: group by the key, after filtering out what an alias covers, would count twice
 * what carries both; so the aliases are filtered as absent and the rest is split by the key itself.
 */
async function* coverageOf(
  key: string,
  aliases: readonly string[],
  context: CollectContext,
): AsyncIterable<TagCoverage> {
  const { scope, now } = context;
  const { from, to } = lastMonth(now);
  const byAccount = new Map<string, { total: number; untagged: number }>();
  const amounts = (accountId: string): { total: number; untagged: number } => {
    const known = byAccount.get(accountId) ?? { total: 0, untagged: 0 };
    byAccount.set(accountId, known);
    return known;
  };
  const ask = (GroupKey: string, filter: Expression) =>
    costGroups(context, {
      TimePeriod: { Start: from, End: to },
      Granularity: 'MONTHLY',
      Metrics: [metric],
      Filter: filter,
      GroupBy: [
        { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' },
        { Type: 'TAG', Key: GroupKey },
      ],
    });
  for await (const group of ask(key, usageRecords)) {
    const [accountId = '', tag = ''] = group.Keys ?? [];
    const amount = amountOf(group, metric);
    const account = amounts(accountId);
    // Cost Explorer names groups `key$value`; nothing after the dollar sign means no tag.
    account.total += amount;
    if (tag === `${key}$`) account.untagged += amount;
  }
  // Only dollars without the key can be covered by an alias; those without any alias stay untagged.
  if (aliases.length > 0 && [...byAccount.values()].some(({ untagged }) => untagged > 0)) {
    for (const account of byAccount.values()) account.untagged = 0;
    const absent = [key, ...aliases].map(
      (name): Expression => ({ Tags: { Key: name, Values: [], MatchOptions: ['ABSENT'] } }),
    );
    for await (const group of ask(key, { And: [usageRecords, ...absent] })) {
      const [accountId = ''] = group.Keys ?? [];
      amounts(accountId).untagged += amountOf(group, metric);
    }
  }
  for (const [accountId, { total, untagged }] of byAccount) {
    yield {
      id: `${key}/${accountId}`,
      arn: `arn:aws:ce::${scope.account.id}:tag/${key}`,
      type: 'AWS::CE::CostAllocationTag',
      accountId,
      region: 'global',
      tags: undefined,
      key,
      taggedUsd: total - untagged,
      untaggedUsd: untagged,
      from,
      to,
    };
  }
}
