/** One account: is it to be entered, what is in it, which of its regions are visited, and what is done when it is not. */
import { countPart } from './audit-coverage.ts';
import {
  type AuditContext,
  collectKinds,
  collectorsOf,
  conclude,
  enabledChecks,
  evaluateScope,
  joined,
} from './audit-scope.ts';
import { withPrerequisites } from './collect/collect.ts';
import type { CollectedScope, Gap } from './model/inventory.ts';
import type { AccountAccess, EnabledRegion } from './model/resources/organization.ts';
import type { Account, Scope } from './model/scope.ts';
import type { AccountSize } from './plan/expectations.ts';
import { type PlannedAccount, planRegions } from './plan/plan.ts';
import { closeAccount, reconcile } from './reconcile/reconcile.ts';

/** @returns what it took, to plan the next run by; `undefined` where nobody can tell (the hub shares its session) */
export async function auditAccount(
  { account, isHub }: PlannedAccount,
  context: AuditContext,
): Promise<AccountSize | undefined> {
  const { sessions, count, checkpoint, collectors } = context;
  const { id } = account;
  if (context.stopping.aborted || context.signal.aborted) {
    count.notReached(account);
    return undefined;
  }
  const part = countPart();
  let records = 0;
  try {
    const scope: Scope = { kind: 'global', account, region: 'global' };
    // Regions need not wait for IAM and buckets, only for the list of those that are enabled.
    const ahead = withPrerequisites(['account.access', 'account.region'], collectors);
    const entry = await collectKinds(scope, isHub, ahead, context);
    const refusal = refusalOf(entry);
    if (refusal === undefined) {
      const global = async (): Promise<void> => {
        const others = collectorsOf('global', context).filter((collector) => !ahead.includes(collector));
        const collected = joined(entry, await collectKinds(scope, isHub, others, context));
        records += countRecords(collected);
        await conclude(await evaluateScope(collected, part, context), part, context);
      };
      const regional = async (region: string): Promise<void> => {
        const regionScope: Scope = { kind: 'region', account, region };
        const collected = await collectKinds(regionScope, isHub, collectorsOf('region', context), context);
        records += countRecords(collected);
        await conclude(await evaluateScope(collected, part, context), part, context);
        if (!isHub && collected.source === 'live') sessions.open(id).release(region);
      };
      await Promise.all([global(), ...regionsOf(account, entry, context).map(regional)]);
      part.accountAudited();
    } else {
      const missing = { ...entry, gaps: gapsEverywhere(entry, refusal, context) };
      await conclude(await evaluateScope(missing, part, context), part, context, refusal);
      await leaveUnknown(account, context);
    }
    count.add(part.result());
    // Cut short, it is looked at again.
    if (!context.signal.aborted)
      await checkpoint.accountDone(id, { coverage: part.result(), ownCost: sessions.meter.snapshot() });
    if (isHub) return undefined;
    return { ...sessions.meter.ofAccount(id), seconds: sessions.dispatcher.drainSeconds(id), records };
  } finally {
    if (!isHub) sessions.close(id);
  }
}

/** The findings of accounts that are closed are over. */
export async function resolveClosedAccounts(context: AuditContext): Promise<void> {
  const { store, lease, count, plan, checkpoint } = context;
  for (const { accountId, isClosed } of plan.skipped) {
    if (!isClosed) continue;
    const open = [];
    for await (const record of store.findings({ accountId, states: ['open', 'exempted', 'snoozed'] }))
      open.push(record);
    const records = closeAccount(open, checkpoint.runId, checkpoint.startedAt);
    await store.saveFindings(lease, records);
    count.findings(records);
  }
}

function regionsOf(account: Account, global: CollectedScope, { plan, filters }: AuditContext): readonly string[] {
  const enabledRegions = global.records.get('account.region') as readonly EnabledRegion[] | undefined;
  return planRegions({
    enabled: enabledRegions?.map((region) => region.id),
    spend: plan.spendRegions?.get(account.id),
    hasSpendData: plan.spendRegions !== undefined,
    isFullVisit: plan.isFullVisit,
    configured: plan.regions,
    filter: filters.regions,
  });
}

/** The account could not be entered: all that is known of its regions stays, marked as not seen. */
async function leaveUnknown(account: Account, context: AuditContext): Promise<void> {
  const { store, lease, count, checkpoint } = context;
  const scopes = new Set<string>();
  for await (const record of store.findings({ accountId: account.id, states: ['open', 'exempted', 'snoozed'] }))
    if (record.scope.startsWith('region/')) scopes.add(record.scope);
  for (const scope of scopes) {
    const records = reconcile({
      scope,
      previous: await store.findingsOfScope(scope),
      findings: [],
      covered: new Set(),
      unseen: new Map(),
      enabled: enabledChecks(context),
      exemptions: [],
      runId: checkpoint.runId,
      now: checkpoint.startedAt,
    });
    await store.saveFindings(lease, records);
    count.findings(records);
  }
}

/** An account that cannot be entered: every kind of it is missing, for the same reason. */
function gapsEverywhere(entry: CollectedScope, refusal: Gap, context: AuditContext): Gap[] {
  const kinds = collectorsOf('global', context).map(({ kind }) => kind);
  return kinds.filter((kind) => !entry.records.has(kind)).map((kind) => ({ ...refusal, kind }));
}

/** Why the account cannot be entered, or undefined when it can. */
function refusalOf(entry: CollectedScope): Gap | undefined {
  const access = entry.records.get('account.access')?.[0] as AccountAccess | undefined;
  if (access?.isAssumed === true) return undefined;
  const { account } = entry.scope;
  const message = access === undefined ? entry.gaps[0]?.message : `${access.errorCode}: ${access.errorMessage}`;
  return {
    accountId: account.id,
    region: 'global',
    kind: 'account.access',
    reason: access === undefined ? (entry.gaps[0]?.reason ?? 'unexpected') : 'denied',
    iamAction: access === undefined ? entry.gaps[0]?.iamAction : 'sts:AssumeRole',
    checks: [],
    message: message ?? 'the account could not be entered',
  };
}

function countRecords({ records }: CollectedScope): number {
  let count = 0;
  for (const ofKind of records.values()) count += ofKind.length;
  return count;
}
