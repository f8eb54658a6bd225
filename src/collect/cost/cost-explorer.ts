/** Cost Explorer: every page is a paid request, and the SDK has no paginator for it. */
import {
  CostExplorerClient,
  type Expression,
  GetCostAndUsageCommand,
  type GetCostAndUsageCommandInput,
  type GetCostAndUsageCommandOutput,
  type Group,
} from '@aws-sdk/client-cost-explorer';
import { requireMember, walkPages } from '../../aws/answer.ts';
import { CollectError } from '../../errors.ts';
import type { CollectContext } from '../collector.ts';

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

/** Whose bill: that of the session's account, or what a billing view shows of another one's. */
export type BillAccess = Pick<CollectContext, 'session' | 'billing'>;

export type CostGroup = {
  /** First day of the group's period. */
  readonly day: string;
  /** AWS may still change it. */
  readonly isEstimated: boolean;
  readonly group: Group;
};

/** What questions took. */
export type PageTally = {
  questions: number;
  pages: number;
  /** Of the answers by the day. */
  groups: number;
  /** Groups on the largest page that another followed; 0 = none did. */
  fullestPage: number;
};

export function newTally(): PageTally {
  return { questions: 0, pages: 0, groups: 0, fullestPage: 0 };
}

/** All groups of all periods. */
export async function* costGroups(access: BillAccess, input: GetCostAndUsageCommandInput): AsyncIterable<Group> {
  for await (const { group } of costPeriods(access, input)) yield group;
}

/** All groups with their periods. A period may be on several pages. */
export async function* costPeriods(
  { session, billing }: BillAccess,
  input: GetCostAndUsageCommandInput,
  tally: PageTally = newTally(),
): AsyncIterable<CostGroup> {
  const client = session.client(CostExplorerClient);
  const view = billing.viewArn === undefined ? {} : { BillingViewArn: billing.viewArn };
  tally.questions += 1;
  const pages = walkPages(
    (NextPageToken) => ask(client, { ...input, ...view, NextPageToken }),
    ({ NextPageToken }) => NextPageToken,
  );
  for await (const answer of pages) {
    const results = requireMember(answer, 'ResultsByTime');
    let groups = 0;
    for (const { Groups = [] } of results) groups += Groups.length;
    tally.pages += 1;
    if (input.Granularity === 'DAILY') tally.groups += groups;
    if (answer.NextPageToken !== undefined) tally.fullestPage = Math.max(tally.fullestPage, groups);
    for (const { TimePeriod, Estimated = false, Groups = [] } of results)
      for (const group of Groups) yield { day: TimePeriod?.Start ?? '', isEstimated: Estimated, group };
  }
}

export function amountOf({ Metrics }: Group, metric: string): number {
  return Number(Metrics?.[metric]?.Amount ?? 0);
}

async function ask(
  client: CostExplorerClient,
  input: GetCostAndUsageCommandInput,
): Promise<GetCostAndUsageCommandOutput> {
  try {
    return await client.send(new GetCostAndUsageCommand(input));
  } catch (error) {
    throw switchedOff(error) ?? error;
  }
}

const remedy =
  'open Cost Explorer once in the console of the management account and wait a day; a member account also needs the management account to allow it (Cost Management preferences), or a billing view (billing.viewArn)';

/**
 * That Cost Explorer was never switched on comes as a denial ("User not enabled for cost explorer access", as quoted in
 * public issue threads, read 2026-11-25) or as data that are unavailable: no permission would help.
 */
function switchedOff(error: unknown): CollectError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'DataUnavailableException')
    return notEnabled(`Cost Explorer has no data for these days yet: ${remedy}`, error);
  if (/not enabled for cost explorer|linked account/i.test(error.message))
    return notEnabled(`Cost Explorer is not enabled here: ${remedy}`, error);
  return undefined;
}

function notEnabled(message: string, cause: Error): CollectError {
  return new CollectError(message, { reason: 'not-enabled', cause });
}
