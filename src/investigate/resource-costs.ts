/**
 * Which resources cost more: an incident goes in, resources with what they cost a day before and since come out.
 * Cost Explorer tells costs by resource for the last 14 days, only where the payer has opted in, only with a filter on
 * a service, at $0.01 a page. Cost Explorer API reference and user guide, read 2026-11-23.
 */
import {
  CostExplorerClient,
  type Expression,
  GetCostAndUsageWithResourcesCommand,
  type Group,
} from '@aws-sdk/client-cost-explorer';
import { requireMember, walkPages } from '../aws/answer.ts';
import { toCollectError } from '../aws/errors.ts';
import type { AccountSession } from '../aws/session.ts';
import type { CollectError } from '../errors.ts';
import { addDays, daysBetween } from '../model/days.ts';
import type { GapReason } from '../model/inventory.ts';
import { investigationActions } from './investigation-actions.ts';
import type { RequestBudget } from './request-budget.ts';

export type Expensive = {
  readonly accountId: string;
  /** As Cost Explorer names it. */
  readonly service: string;
  readonly usageTypes: readonly string[];
  /** First unusual day, UTC. */
  readonly onset: string;
};

export type ResourceCost = {
  /** Id or ARN, as AWS bills it. */
  readonly resourceId: string;
  readonly usdPerDay: number;
  /** Per day before the onset, as far as 14 days go back; `null` = not known. */
  readonly usdPerDayBefore: number | null;
  /** More than before, per day; `null` = not known. */
  readonly deltaUsdPerDay: number | null;
};

export type ResourceCosts =
  | {
      readonly status: 'asked';
      /** By what they cost more (by what they cost where that is not known), largest first. */
      readonly resources: readonly ResourceCost[];
      /** The budget ended before the list did. */
      readonly isCut: boolean;
    }
  | {
      readonly status: 'not-asked';
      readonly reason: GapReason | 'budget' | 'too-new';
      readonly iamAction: string | undefined;
      /** One sentence, with what to do about it. */
      readonly note: string;
    };

const lastingReasons: ReadonlySet<GapReason> = new Set(['not-enabled', 'denied', 'denied-by-scp']);
const keptDays = 14;
/** Days before the onset that are compared with. */
const baseDays = 7;
const shown = 10;
const iamAction = investigationActions['resource-costs'].iamActions[0];
/** The group of usage that no resource is billed for. */
const noResource = /^(no ?resource ?id)?$/i;

/** What a payer has refused in this run: asked again, it would be paid again. */
const refusals = new WeakMap<AccountSession, ResourceCosts>();

/**
 * @param session of the payer
 * @param now time of the run, ISO 8601 UTC
 * @param budget of paid requests
 * @returns never throws for what AWS refuses: it is no gap, the incident is told without it
 */
export async function findResourceCosts(
  session: AccountSession,
  incident: Expensive,
  { budget, now }: { readonly budget: RequestBudget; readonly now: string },
): Promise<ResourceCosts> {
  const today = now.slice(0, 10);
  const oldest = addDays(today, -keptDays);
  const since = later(incident.onset, oldest);
  if (since >= today)
    return notAsked('too-new', `costs by resource are not there yet for ${incident.onset}, which has not ended`);
  if (budget.left === 0)
    return notAsked('budget', 'costs by resource were not asked for: the paid requests are used up');
  const refusal = refusals.get(session);
  if (refusal !== undefined) return refusal;
  const from = later(addDays(since, -baseDays), oldest);
  try {
    const after = await sumsOf(session, incident, { from: since, until: today, budget });
    const before = from < since ? await sumsOf(session, incident, { from, until: since, budget }) : undefined;
    // Half a list before would make the others look new.
    const isKnown = before !== undefined && !before.isCut;
    const resources = [...after.usd].map(([resourceId, usd]): ResourceCost => {
      const usdPerDay = usd / daysBetween(since, today);
      if (!isKnown) return { resourceId, usdPerDay, usdPerDayBefore: null, deltaUsdPerDay: null };
      const usdPerDayBefore = (before.usd.get(resourceId) ?? 0) / daysBetween(from, since);
      return { resourceId, usdPerDay, usdPerDayBefore, deltaUsdPerDay: usdPerDay - usdPerDayBefore };
    });
    resources.sort((a, b) => (b.deltaUsdPerDay ?? b.usdPerDay) - (a.deltaUsdPerDay ?? a.usdPerDay));
    return { status: 'asked', resources: resources.slice(0, shown), isCut: after.isCut || (before?.isCut ?? false) };
  } catch (error) {
    const answer = refused(toCollectError(error, { iamAction }));
    if (lastingReasons.has(answer.reason)) refusals.set(session, answer);
    return answer;
  }
}

function later(a: string, b: string): string {
  return [a, b].sort()[1] ?? a;
}

type Range = { readonly from: string /** Not included. */; readonly until: string; readonly budget: RequestBudget };

/** By month and not by day: a row for each resource, instead of one for each of its days. */
async function sumsOf(
  session: AccountSession,
  { accountId, service, usageTypes }: Expensive,
  { from, until, budget }: Range,
): Promise<{ readonly usd: Map<string, number>; readonly isCut: boolean }> {
  const is = (Key: 'SERVICE' | 'LINKED_ACCOUNT' | 'USAGE_TYPE', Values: readonly string[]): Expression => ({
    Dimensions: { Key, Values: [...Values] },
  });
  const usd = new Map<string, number>();
  const client = session.client(CostExplorerClient);
  const ask = (NextPageToken: string | undefined) =>
    client.send(
      new GetCostAndUsageWithResourcesCommand({
        TimePeriod: { Start: from, End: until },
        Granularity: 'MONTHLY',
        Metrics: ['UnblendedCost'],
        Filter: { And: [is('SERVICE', [service]), is('LINKED_ACCOUNT', [accountId]), is('USAGE_TYPE', usageTypes)] },
        GroupBy: [{ Type: 'DIMENSION', Key: 'RESOURCE_ID' }],
        NextPageToken,
      }),
    );
  if (!budget.take()) return { usd, isCut: true };
  for await (const answer of walkPages(ask, ({ NextPageToken }) => NextPageToken)) {
    for (const { Groups = [] } of requireMember(answer, 'ResultsByTime')) for (const group of Groups) add(usd, group);
    if (answer.NextPageToken !== undefined && !budget.take()) return { usd, isCut: true };
  }
  return { usd, isCut: false };
}

/** A window that touches two months has a resource twice. */
function add(usd: Map<string, number>, { Keys = [], Metrics = {} }: Group): void {
  const [resourceId = ''] = Keys;
  if (noResource.test(resourceId)) return;
  usd.set(resourceId, (usd.get(resourceId) ?? 0) + Number(Metrics['UnblendedCost']?.Amount ?? 0));
}

function refused({ reason, iamAction: missing, message }: CollectError) {
  return { status: 'not-asked', reason, iamAction: missing, note: noteOf(reason, missing, message) } as const;
}

function noteOf(reason: GapReason, missing: string | undefined, message: string): string {
  switch (reason) {
    case 'not-enabled':
      return 'costs by resource are not enabled; the payer can switch on resource-level data in the Cost Management preferences';
    case 'denied':
    case 'denied-by-scp':
      return `costs by resource were not asked for: ${missing ?? iamAction} is denied`;
    default:
      return `costs by resource are not known: ${message}`;
  }
}

function notAsked(reason: 'budget' | 'too-new', note: string): ResourceCosts {
  return { status: 'not-asked', reason, iamAction: undefined, note };
}
