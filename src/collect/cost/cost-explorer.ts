/** Cost Explorer: every page is a paid request, and the SDK has no paginator for it. */
import {
  CostExplorerClient,
  type Expression,
  GetCostAndUsageCommand,
  type GetCostAndUsageCommandInput,
  type Group,
} from '@aws-sdk/client-cost-explorer';
import { requireMember } from '../../aws/answer.ts';
import type { AccountSession } from '../../aws/session.ts';
import { CollectError } from '../../errors.ts';

const windowDays = 30;

/** The last 30 full days, half-open. Yesterday is in it: an incomplete day only makes the sum a little small. */
export function lastMonth(now: string): { from: string; to: string } {
  const to = now.slice(0, 10);
  return { from: new Date(Date.parse(to) - windowDays * 86_400_000).toISOString().slice(0, 10), to };
}

/** Usage as people mean it: no credits, refunds, tax, support or commitment fees. */
export const usageRecords: Expression = {
  Dimensions: { Key: 'RECORD_TYPE', Values: ['Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage'] },
};

/** All groups of all periods. */
export async function* costGroups(session: AccountSession, input: GetCostAndUsageCommandInput): AsyncIterable<Group> {
  for await (const { group } of costPeriods(session, input)) yield group;
}

/** All groups with the first day of their period. */
export async function* costPeriods(
  session: AccountSession,
  input: GetCostAndUsageCommandInput,
): AsyncIterable<{ readonly day: string; readonly group: Group }> {
  const client = session.client(CostExplorerClient);
  let token: string | undefined;
  do {
    const answer = await client.send(new GetCostAndUsageCommand({ ...input, NextPageToken: token }));
    for (const { TimePeriod, Groups = [] } of requireMember(answer, 'ResultsByTime'))
      for (const group of Groups) yield { day: TimePeriod?.Start ?? '', group };
    if (answer.NextPageToken !== undefined && answer.NextPageToken === token) {
      throw new CollectError('the list is incomplete: Cost Explorer sent the same page token twice', {
        reason: 'unexpected',
      });
    }
    token = answer.NextPageToken;
  } while (token !== undefined);
}

export function amountOf({ Metrics }: Group, metric: string): number {
  return Number(Metrics?.[metric]?.Amount ?? 0);
}
