/**
 * One incident of the bill: which resources cost more, and which change may have done it. Two bounded look-ups, in this
 * order, because a change of a resource whose cost rose weighs most. What was found once is not asked again.
 */
import { toldCauses } from '../anomaly/explanation-causes.ts';
import type { AccountSession } from '../aws/session.ts';
import { addDays } from '../model/days.ts';
import type { IncidentQuestion, Json } from '../model/finding.ts';
import { formatUsd } from '../model/money.ts';
import { type ChangeSearch, findChanges } from './changes.ts';
import type { RequestBudget } from './request-budget.ts';
import { findResourceCosts, type ResourceCosts } from './resource-costs.ts';

export type Investigating = {
  /** Of the account that the incident is in. */
  readonly session: AccountSession;
  readonly payer: AccountSession;
  /** CloudTrail look-ups, and paid Cost Explorer requests, that the run has left. */
  readonly lookUps: RequestBudget;
  readonly paidRequests: RequestBudget;
  /** ISO 8601 UTC. */
  readonly now: string;
};

export type Investigated = {
  /** For people, after what the bill says. */
  readonly lines: readonly string[];
  /** Kept with the finding; `isFinal` = there is nothing more to be had by asking again. */
  readonly evidence: { readonly [key: string]: Json };
};

const shownResources = 3;
const shownChanges = 5;
/** Events and costs by resource have come in by then. */
const settledDays = 2;

/** What an earlier run found and would only find again. */
export function foundBefore(evidence: { readonly [key: string]: Json } | undefined): Investigated | undefined {
  const kept = evidence?.['investigation'];
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept) || !('isFinal' in kept)) return undefined;
  const lines = 'lines' in kept && Array.isArray(kept.lines) ? kept.lines.map(String) : [];
  return kept.isFinal === true ? { lines, evidence: kept } : undefined;
}

export async function investigateIncident(question: IncidentQuestion, given: Investigating): Promise<Investigated> {
  const { session, payer, lookUps, paidRequests, now } = given;
  const { accountId, onset, series } = question;
  const [first] = series;
  const costs =
    first === undefined
      ? undefined
      : await findResourceCosts(
          payer,
          { accountId, service: first.service, usageTypes: usageTypesOf(first.service, series), onset },
          { budget: paidRequests, now },
        );
  const resources = costs?.status === 'asked' ? dearer(costs) : [];
  const resourceIds = resources.map(({ resourceId }) => resourceId);
  const search = await findChanges(session, { ...question, resourceIds }, { budget: lookUps, now });
  const lines = [...resourceLines(resources), ...changeLines(search)];
  const isFinal = search.status === 'asked' && now.slice(0, 10) > addDays(onset, settledDays);
  return {
    lines,
    evidence: {
      isFinal,
      lines,
      changes: search.status === 'asked' ? search.changes.slice(0, shownChanges).map((change) => ({ ...change })) : [],
      resources: resources.map((resource) => ({ ...resource })),
      notes: [search.note, ...(costs?.status === 'not-asked' ? [costs.note] : [])],
    },
  };
}

function usageTypesOf(service: string, series: IncidentQuestion['series']): string[] {
  return series.filter((one) => one.service === service).map(({ usageType }) => usageType);
}

function dearer({ resources }: Extract<ResourceCosts, { status: 'asked' }>) {
  return resources
    .filter(({ deltaUsdPerDay }) => deltaUsdPerDay === null || deltaUsdPerDay > 0)
    .slice(0, shownResources);
}

function resourceLines(resources: ReturnType<typeof dearer>): string[] {
  if (resources.length === 0) return [];
  const told = resources.map(({ resourceId, usdPerDay, deltaUsdPerDay }) =>
    deltaUsdPerDay === null
      ? `${resourceId} ${formatUsd(usdPerDay)} a day`
      : `${resourceId} +${formatUsd(deltaUsdPerDay)} a day`,
  );
  return [`Resources that cost more: ${told.join(', ')}.`];
}

function changeLines(search: ChangeSearch): string[] {
  if (search.status === 'not-asked') return search.reason === 'no-event-known' ? [] : [sentence(search.note)];
  if (search.changes.length === 0) return [sentence(search.note)];
  return toldCauses({
    changes: search.changes.map((change) => ({ ...change, resource: change.resources[0] ?? null })),
  });
}

function sentence(note: string): string {
  return `${note.charAt(0).toUpperCase()}${note.slice(1)}.`;
}
