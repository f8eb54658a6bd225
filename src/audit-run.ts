/**
 * The whole flow of one audit run; read this first.
 *
 *   plan -> for each account: collect -> evaluate -> investigate -> price -> reconcile -> state; then notify
 *
 * Only this file knows the order. Memory holds the accounts in flight, never the organization: what a scope yields
 * goes to the state store before the next one is opened.
 */
import pLimit from 'p-limit';
import { type CoverageCount, countCoverage } from './audit-coverage.ts';
import type { Sessions } from './aws/session.ts';
import { collectScope, withPrerequisites } from './collect/collect.ts';
import type { Collector } from './collect/collector.ts';
import type { Config } from './config.ts';
import type { EnabledCheck } from './evaluate/evaluate.ts';
import { evaluate } from './evaluate/evaluate.ts';
import { type OwnerRules, resolveOwner } from './investigate/investigate.ts';
import type { Logger } from './log.ts';
import type { CollectedScope, Gap, Kind } from './model/inventory.ts';
import type { PriceBook } from './model/price.ts';
import type { AccountAccess, EnabledRegion } from './model/resources/organization.ts';
import type { RunRecord, RunTrigger } from './model/run.ts';
import type { Account, Scope, ScopeKind } from './model/scope.ts';
import { scopeKey } from './model/scope.ts';
import { planDigests } from './notify/notify.ts';
import { type AuditPlan, noteFullVisit, type PlannedAccount, planRegions, planRun } from './plan/plan.ts';
import { priceFinding } from './price/price.ts';
import { closeAccount, reconcile } from './reconcile/reconcile.ts';
import type { Lease, StateStore } from './state/state-store.ts';

/** Accounts open at once: bounds memory to their records; more gains nothing because AWS limits are per account. */
const accountsInFlight = 8;

export type AuditFilters = {
  readonly accounts: readonly string[];
  readonly ous: readonly string[];
  readonly regions: readonly string[];
};

export type AuditProgress = { accountsPlanned: number; accountsDone: number; findings: number };

export type AuditRun = {
  readonly id: string;
  readonly trigger: RunTrigger;
  readonly version: string;
  readonly config: Config;
  readonly filters: AuditFilters;
  readonly checks: readonly EnabledCheck[];
  readonly collectors: ReadonlyMap<Kind, Collector>;
  readonly failedPlugins: RunRecord['coverage']['failedPlugins'];
  readonly sessions: Sessions;
  readonly store: StateStore;
  readonly lease: Lease;
  readonly priceBook: PriceBook;
  /** Plan messages for the sinks; off with `--no-notify`. */
  readonly isNotifying: boolean;
  readonly log: Logger;
  readonly progress: (progress: AuditProgress) => void;
  readonly now: () => string;
  /** Aborted at the run's deadline or by a signal: what was not reached becomes a gap. */
  readonly signal: AbortSignal;
};

/** Runs one audit and leaves its findings, its record and its messages in the state store. */
export async function runAudit(run: AuditRun): Promise<RunRecord> {
  const { store, lease, log } = run;
  const startedAt = run.now();
  const plan = await planRun({
    sessions: run.sessions,
    config: run.config,
    filters: run.filters,
    cache: store,
    now: startedAt,
    log,
  });
  log.info({ runId: run.id, accounts: plan.accounts.length, skipped: plan.skipped.length }, 'audit planned');

  const count = countCoverage(plan.accounts.length, run.failedPlugins);
  const audit = openAudit(run, plan, count, startedAt);
  const progress: AuditProgress = { accountsPlanned: plan.accounts.length, accountsDone: 0, findings: 0 };
  run.progress(progress);

  await audit.organization();
  const window = pLimit(accountsInFlight);
  await Promise.all(
    plan.accounts.map((planned) =>
      window(async () => {
        await audit.account(planned);
        progress.accountsDone += 1;
        progress.findings = count.open();
        run.progress(progress);
      }),
    ),
  );
  await audit.closedAccounts();
  if (plan.isFullVisit && !run.signal.aborted)
    await noteFullVisit({ cache: store, now: startedAt, filters: run.filters, config: run.config });

  const record: RunRecord = {
    id: run.id,
    trigger: run.trigger,
    startedAt,
    endedAt: run.now(),
    version: run.version,
    ownCost: run.sessions.meter.snapshot(),
    ...count.result(),
  };
  const messages = run.isNotifying
    ? await planDigests({ ...digestSettings(run), store, run: record, now: run.now() })
    : [];
  await store.saveRun(lease, record, messages);
  log.info({ runId: run.id, status: record.status, ...record.ownCost, changes: record.changes }, 'audit ended');
  return record;
}

function digestSettings({ config }: AuditRun) {
  return { timezone: config.schedule.timezone, defaultChannel: config.owners.default };
}

type Audit = {
  organization(): Promise<void>;
  account(planned: PlannedAccount): Promise<void>;
  closedAccounts(): Promise<void>;
};

/** The stages bound to one run; each function takes a scope from AWS to the state store. */
function openAudit(run: AuditRun, plan: AuditPlan, count: CoverageCount, now: string): Audit {
  const { store, lease, sessions, config, checks, collectors } = run;
  const limit = pLimit(config.limits.concurrency);
  const tagKeys = config.tags.required.map((key) => [key, ...(config.tags.aliases[key] ?? [])]);
  const owners: OwnerRules = { ...config.owners, tagAliases: config.tags.aliases[config.owners.tag] ?? [] };
  const enabled = new Set(checks.map(({ check }) => check.id));
  const shared: CollectedScope[] = [];
  const scopeOfKind = (kind: Kind): ScopeKind => {
    const collector = collectors.get(kind);
    if (collector === undefined) throw new Error(`no collector for kind ${kind}`);
    return collector.scope;
  };

  /** What the enabled checks need of a scope, each kind once. */
  const collectorsOf = (kind: ScopeKind): Collector[] => {
    const kinds = new Set<Kind>(kind === 'global' ? ['account.access', 'account.region'] : []);
    for (const { check } of checks) {
      for (const needed of [...check.needs, ...(check.wants ?? [])])
        if (scopeOfKind(needed) === kind) kinds.add(needed);
    }
    return withPrerequisites(kinds, collectors);
  };
  const collectorsByScope = new Map<ScopeKind, Collector[]>();
  for (const kind of ['organization', 'payer', 'global', 'region'] as const)
    collectorsByScope.set(kind, collectorsOf(kind));

  const collectWith = (scope: Scope, isHub: boolean, chosen: readonly Collector[]): Promise<CollectedScope> => {
    const session = isHub ? sessions.hub(scope.account.id) : sessions.open(scope.account.id);
    return collectScope({ scope, session, collectors: chosen, now, tagKeys, limit });
  };
  const collect = (scope: Scope, isHub: boolean) => collectWith(scope, isHub, collectorsByScope.get(scope.kind) ?? []);
  const collectKinds = (scope: Scope, isHub: boolean, kinds: readonly Kind[]) =>
    collectWith(scope, isHub, withPrerequisites(kinds, collectors));

  /** An account that cannot be entered: every kind of it is missing, for the same reason. */
  const gapsEverywhere = (entry: CollectedScope, refusal: Gap): Gap[] => {
    const kinds = (collectorsByScope.get('global') ?? []).map(({ kind }) => kind);
    return kinds.filter((kind) => !entry.records.has(kind)).map((kind) => ({ ...refusal, kind }));
  };

  /** @param told one gap that stands for all of the scope's, so that the same refusal is told once */
  const conclude = async (collected: CollectedScope, told?: Gap): Promise<void> => {
    const { scope } = collected;
    const evaluation = evaluate({ checks, collected, shared, scopeOfKind, now, tagPolicy: config.tags });
    const findings = [];
    for (const checked of evaluation.drafts) {
      const owner = resolveOwner(checked.draft, scope.account, owners);
      const priced = priceFinding(checked, { scope, owner, book: run.priceBook });
      if (priced.problem !== undefined)
        run.log.error({ checkId: checked.check.id, problem: priced.problem }, 'finding left unpriced');
      const saving = priced.finding.saving?.monthlyUsd;
      if (saving !== undefined && saving < (checked.common.minMonthlyUsd ?? 0)) continue;
      findings.push(priced.finding);
    }
    const key = scopeKey(scope);
    const records = reconcile({
      scope: key,
      previous: await store.findingsOfScope(key),
      findings,
      covered: evaluation.covered,
      unseen: evaluation.unseen,
      enabled,
      exemptions: config.exemptions,
      runId: run.id,
      now,
    });
    await store.saveFindings(lease, records);
    const silenced = checks.filter(
      ({ check }) =>
        !evaluation.covered.has(check.id) &&
        (check.scopes ?? ['region']).some((kind) => kind === 'global' || kind === 'region'),
    );
    const gaps = told === undefined ? evaluation.gaps : [{ ...told, checks: silenced.map(({ check }) => check.id) }];
    count.scope(key, { ...evaluation, gaps }, records);
    for (const gap of gaps) run.log.warn({ ...gap }, 'resource kind not collected');
    for (const failure of evaluation.failures) run.log.error({ scope: key, ...failure }, 'check failed');
  };

  /** Billing and organization facts, read once; also visible to the checks of every account. */
  const organization = async (): Promise<void> => {
    const hub = plan.hub;
    for (const kind of ['organization', 'payer'] as const) {
      if ((collectorsByScope.get(kind) ?? []).length === 0) continue;
      shared.push(await collect({ kind, account: hub, region: 'global' }, true));
    }
    for (const collected of shared) await conclude(collected);
  };

  const account = async ({ account, isHub }: PlannedAccount): Promise<void> => {
    if (run.signal.aborted) {
      count.notReached(account);
      return;
    }
    try {
      const scope: Scope = { kind: 'global', account, region: 'global' };
      const entry = await collectKinds(scope, isHub, ['account.access']);
      const refusal = refusalOf(entry);
      if (refusal !== undefined) {
        await conclude({ ...entry, gaps: gapsEverywhere(entry, refusal) }, refusal);
        await leaveUnknown(account);
        return;
      }
      const global = await collect(scope, isHub);
      await conclude(global);
      const regions = regionsOf(account, global);
      await Promise.all(
        regions.map(async (region) => conclude(await collect({ kind: 'region', account, region }, isHub))),
      );
      count.accountAudited();
    } finally {
      if (!isHub) sessions.close(account.id);
    }
  };

  const regionsOf = (account: Account, global: CollectedScope): readonly string[] => {
    const enabledRegions = global.records.get('account.region') as readonly EnabledRegion[] | undefined;
    return planRegions({
      enabled: enabledRegions?.map((region) => region.id),
      spend: plan.spendRegions?.get(account.id),
      hasSpendData: plan.spendRegions !== undefined,
      isFullVisit: plan.isFullVisit,
      configured: config.regions,
      filter: run.filters.regions,
    });
  };

  /** The account could not be entered: all that is known of its regions stays, marked as not seen. */
  const leaveUnknown = async (account: Account): Promise<void> => {
    const byScope = new Map<string, string[]>();
    for await (const record of store.findings({ accountId: account.id, states: ['open', 'exempted', 'snoozed'] })) {
      if (!record.scope.startsWith('region/')) continue;
      byScope.set(record.scope, [...(byScope.get(record.scope) ?? []), record.finding.id]);
    }
    for (const scope of byScope.keys()) {
      const nothing = { findings: [], covered: new Set<string>(), unseen: new Map(), exemptions: [] };
      const previous = await store.findingsOfScope(scope);
      const records = reconcile({ ...nothing, scope, previous, enabled, runId: run.id, now });
      await store.saveFindings(lease, records);
      count.findings(records);
    }
  };

  const closedAccounts = async (): Promise<void> => {
    for (const { accountId, isClosed } of plan.skipped) {
      if (!isClosed) continue;
      const open = [];
      for await (const record of store.findings({ accountId, states: ['open', 'exempted', 'snoozed'] }))
        open.push(record);
      const records = closeAccount(open, run.id, now);
      await store.saveFindings(lease, records);
      count.findings(records);
    }
  };

  return { organization, account, closedAccounts };
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
