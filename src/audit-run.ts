/**
 * The whole flow of one audit run; read this first.
 *
 *   plan -> for each account: collect -> evaluate -> investigate -> price -> reconcile -> state; then notify
 *
 * Only this file knows the order. Memory holds the accounts in flight, never the organization: what a scope yields
 * goes to the state store before the next one is opened.
 */
import type { Checkpoint } from './audit-checkpoint.ts';
import { type CoverageCount, countCoverage, countPart, type PartCount } from './audit-coverage.ts';
import { eachInWindow } from './audit-window.ts';
import type { Sessions } from './aws/session.ts';
import { collectScope, withPrerequisites } from './collect/collect.ts';
import type { Collector } from './collect/collector.ts';
import type { Config } from './config.ts';
import { ConfigError } from './errors.ts';
import type { EnabledCheck } from './evaluate/evaluate.ts';
import { evaluate } from './evaluate/evaluate.ts';
import { commonRegions, type DatedPlan, type Inventory } from './inventory/inventory.ts';
import { datedCache, scopeSources } from './inventory/sources.ts';
import { type OwnerRules, resolveOwner } from './investigate/investigate.ts';
import type { Logger } from './log.ts';
import type { CollectedScope, DatedScope, Gap, Kind } from './model/inventory.ts';
import type { PriceBook } from './model/price.ts';
import type { AccountAccess, EnabledRegion } from './model/resources/organization.ts';
import type { OwnCost, RunRecord } from './model/run.ts';
import type { Account, Scope, ScopeKind } from './model/scope.ts';
import { scopeKey } from './model/scope.ts';
import { planDigests } from './notify/notify.ts';
import {
  type AccountSize,
  type CostEstimate,
  type Expectations,
  noteSizes,
  readExpectations,
} from './plan/expectations.ts';
import { noteFullVisit, type PlannedAccount, planRegions, planRun } from './plan/plan.ts';
import { priceFinding } from './price/price.ts';
import { closeAccount, reconcile } from './reconcile/reconcile.ts';
import type { Lease, StateStore } from './state/state-store.ts';

export type AuditFilters = {
  readonly accounts: readonly string[];
  readonly ous: readonly string[];
  readonly regions: readonly string[];
};

export type AuditProgress = {
  accountsPlanned: number;
  accountsDone: number;
  findings: number;
  readonly estimate: CostEstimate;
};

export type AuditRun = {
  /** Names the run, and knows what of it was done before an interruption. */
  readonly checkpoint: Checkpoint;
  readonly version: string;
  readonly config: Config;
  readonly filters: AuditFilters;
  readonly checks: readonly EnabledCheck[];
  readonly collectors: ReadonlyMap<Kind, Collector>;
  readonly failedPlugins: RunRecord['coverage']['failedPlugins'];
  readonly sessions: Sessions;
  readonly store: StateStore;
  readonly lease: Lease;
  /** Files to read in place of AWS, and to save to. */
  readonly inventory?: Inventory;
  readonly priceBook: PriceBook;
  /** Plan messages for the sinks; off with `--no-notify`. */
  readonly isNotifying: boolean;
  readonly log: Logger;
  readonly progress: (progress: AuditProgress) => void;
  readonly now: () => string;
  /** Aborted when the run is asked to stop: no further account is opened, those that are open may end. */
  readonly stopping: AbortSignal;
  /** Aborted at the run's deadline, or some time after `stopping`: what was not reached becomes a gap. */
  readonly signal: AbortSignal;
};

/** Runs one audit and leaves its findings, its record and its messages in the state store. */
export async function runAudit(run: AuditRun): Promise<RunRecord> {
  const { store, lease, log, checkpoint, sessions } = run;
  const { runId, startedAt } = checkpoint;
  const plan = await planFrom(run);
  const expectations = await readExpectations(store);
  const estimate = expectations.estimate(plan.accounts);
  log.info({ runId, accounts: plan.accounts.length, skipped: plan.skipped.length, estimate }, 'audit planned');

  const count = countCoverage(plan.accounts.length, run.failedPlugins);
  for (const source of plan.sources) count.source(source);
  const audit = openAudit(run, plan, count, expectations);
  const progress: AuditProgress = { accountsPlanned: plan.accounts.length, accountsDone: 0, findings: 0, estimate };
  run.progress(progress);

  const left = await audit.withoutDone();
  progress.accountsDone = plan.accounts.length - left.length;
  await audit.organization();
  await eachInWindow({
    items: expectations.inOrder(left),
    recordsOf: ({ account }) => expectations.of(account.id).records,
    hasRoom: sessions.dispatcher.hasRoom,
    work: async (planned) => {
      await audit.account(planned);
      progress.accountsDone += 1;
      progress.findings = count.open();
      run.progress(progress);
    },
  });
  await audit.closedAccounts();
  const isWhole = !run.signal.aborted && !run.stopping.aborted;
  if (isWhole && !checkpoint.isResumed) await audit.noteSizes();
  if (plan.isFullVisit && isWhole)
    await noteFullVisit({ cache: store, now: startedAt, filters: run.filters, config: run.config });

  const record: RunRecord = {
    id: runId,
    trigger: checkpoint.trigger,
    startedAt,
    endedAt: run.now(),
    version: run.version,
    ownCost: { ...sessions.meter.snapshot(), estimatedUsd: estimate.usd },
    ...count.result(),
  };
  // A run that was asked to stop is gone on with: it then says once what it has to say.
  const isOver = !run.stopping.aborted;
  const messages =
    run.isNotifying && isOver ? await planDigests({ ...digestSettings(run), store, run: record, now: run.now() }) : [];
  await store.saveRun(lease, record, messages);
  if (isOver) await checkpoint.end();
  log.info({ runId, status: record.status, ...record.ownCost, changes: record.changes }, 'audit ended');
  return record;
}

/** The plan of the inventory where that is to be used, else one of now. */
async function planFrom(run: AuditRun): Promise<DatedPlan> {
  const { sessions, config, filters, store, inventory, log } = run;
  const { regions } = config;
  const now = run.checkpoint.startedAt;
  let plan = await inventory?.plan({ filters, regions, now });
  if (plan === undefined) {
    const cache = datedCache(store);
    const made = await planRun({ sessions, config, filters, cache, now, log });
    const limited = commonRegions(regions, filters.regions.length > 0 ? filters.regions : 'auto');
    plan = { ...made, regions: limited, plannedAt: now, sources: cache.sources(made, now), isKept: false };
  }
  const isPart = Object.values(filters).some((names) => names.length > 0);
  await inventory?.savePlan(plan, isPart);
  return plan;
}

function digestSettings({ config }: AuditRun) {
  return { timezone: config.schedule.timezone, defaultChannel: config.owners.default };
}

type Audit = {
  /** The accounts that an interrupted part of this run has not finished; what it has is counted. */
  withoutDone(): Promise<PlannedAccount[]>;
  organization(): Promise<void>;
  account(planned: PlannedAccount): Promise<void>;
  closedAccounts(): Promise<void>;
  noteSizes(): Promise<void>;
};

/** The stages bound to one run; each function takes a scope from AWS to the state store. */
function openAudit(run: AuditRun, plan: DatedPlan, count: CoverageCount, expectations: Expectations): Audit {
  const { store, lease, sessions, config, checks, collectors, checkpoint } = run;
  const { runId, startedAt: now } = checkpoint;
  const sizes = new Map<string, AccountSize>();
  const tagKeys = config.tags.required.map((key) => [key, ...(config.tags.aliases[key] ?? [])]);
  const owners: OwnerRules = { ...config.owners, tagAliases: config.tags.aliases[config.owners.tag] ?? [] };
  const enabled = new Set(checks.map(({ check }) => check.id));
  const shared: DatedScope[] = [];
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

  const collectWith = async (scope: Scope, isHub: boolean, chosen: readonly Collector[]): Promise<DatedScope> => {
    const { id } = scope.account;
    const kinds = chosen.map(({ kind }) => kind);
    const kept = await run.inventory?.read({ scope, kinds, tagKeys, now });
    if (kept !== undefined) return kept;
    if (plan.isKept) await assertHub(sessions, plan);
    const session = isHub ? sessions.hub(id) : sessions.open(id, expectations.of(id).seconds);
    const collected = await collectScope({ scope, session, collectors: chosen, now, tagKeys });
    return { ...collected, source: 'live', collectedAt: now };
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
  const conclude = async (collected: DatedScope, part: PartCount, told?: Gap): Promise<void> => {
    const { scope } = collected;
    await run.inventory?.save(collected, tagKeys);
    for (const source of scopeSources(collected, collectors)) part.source(source);
    // Ages count from the time the records are of: nothing has grown older because its inventory has.
    const evaluatedAt = collected.collectedAt;
    const evaluation = evaluate({ checks, collected, shared, scopeOfKind, now: evaluatedAt, tagPolicy: config.tags });
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
      runId,
      now,
    });
    await store.saveFindings(lease, records);
    const silenced = checks.filter(
      ({ check }) =>
        !evaluation.covered.has(check.id) &&
        (check.scopes ?? ['region']).some((kind) => kind === 'global' || kind === 'region'),
    );
    const gaps = told === undefined ? evaluation.gaps : [{ ...told, checks: silenced.map(({ check }) => check.id) }];
    part.scope(key, { ...evaluation, gaps });
    count.findings(records);
    for (const gap of gaps) run.log.warn({ ...gap }, 'resource kind not collected');
    for (const failure of evaluation.failures) run.log.error({ scope: key, ...failure }, 'check failed');
  };

  const withoutDone = async (): Promise<PlannedAccount[]> => {
    if (!checkpoint.isResumed) return [...plan.accounts];
    const left: PlannedAccount[] = [];
    const done = new Set(plan.skipped.map(({ accountId }) => accountId));
    let earlier: OwnCost | undefined;
    for (const planned of plan.accounts) {
      const before = await checkpoint.doneBefore(planned.account.id);
      if (before === undefined) {
        left.push(planned);
        continue;
      }
      done.add(planned.account.id);
      count.add(before.coverage);
      if (earlier === undefined || before.ownCost.apiCalls > earlier.apiCalls) earlier = before.ownCost;
    }
    if (earlier !== undefined) sessions.meter.add(earlier);
    for await (const record of store.findings({ runId })) {
      // What is read once for the organization is looked at again.
      const isOwn = record.scope.startsWith('global/') || record.scope.startsWith('region/');
      if (isOwn && done.has(record.finding.accountId)) count.findings([record]);
    }
    run.log.info(
      { runId, startedAt: now, done: plan.accounts.length - left.length },
      'interrupted run is gone on with',
    );
    return left;
  };

  /** Billing and organization facts, read once; also visible to the checks of every account. */
  const organization = async (): Promise<void> => {
    const hub = plan.hub;
    for (const kind of ['organization', 'payer'] as const) {
      if ((collectorsByScope.get(kind) ?? []).length === 0) continue;
      shared.push(await collect({ kind, account: hub, region: 'global' }, true));
    }
    const part = countPart();
    for (const collected of shared) await conclude(collected, part);
    count.add(part.result());
  };

  const account = async ({ account, isHub }: PlannedAccount): Promise<void> => {
    const { id } = account;
    if (run.stopping.aborted || run.signal.aborted) {
      count.notReached(account);
      return;
    }
    const part = countPart();
    let records = 0;
    try {
      const scope: Scope = { kind: 'global', account, region: 'global' };
      const entry = await collectKinds(scope, isHub, ['account.access']);
      const refusal = refusalOf(entry);
      if (refusal === undefined) {
        const global = await collect(scope, isHub);
        await conclude(global, part);
        records += countRecords(global);
        await Promise.all(
          regionsOf(account, global).map(async (region) => {
            const collected = await collect({ kind: 'region', account, region }, isHub);
            records += countRecords(collected);
            await conclude(collected, part);
            if (!isHub && collected.source === 'live') sessions.open(id).release(region);
          }),
        );
        part.accountAudited();
      } else {
        await conclude({ ...entry, gaps: gapsEverywhere(entry, refusal) }, part, refusal);
        await leaveUnknown(account);
      }
      if (!isHub) {
        const seconds = sessions.dispatcher.drainSeconds(id);
        sizes.set(id, { ...sessions.meter.ofAccount(id), seconds, records });
      }
    } finally {
      if (!isHub) sessions.close(id);
    }
    count.add(part.result());
    // Cut short, it is looked at again.
    if (!run.signal.aborted)
      await checkpoint.accountDone(id, { coverage: part.result(), ownCost: sessions.meter.snapshot() });
  };

  const noteSizesOfRun = async (): Promise<void> => {
    const shares = { ...sessions.meter.snapshot() };
    for (const { apiCalls, metricsRequested, usd } of sizes.values()) {
      shares.apiCalls -= apiCalls;
      shares.metricsRequested -= metricsRequested;
      shares.usd -= usd;
    }
    await noteSizes(store, sizes, shares, now);
  };

  const regionsOf = (account: Account, global: CollectedScope): readonly string[] => {
    const enabledRegions = global.records.get('account.region') as readonly EnabledRegion[] | undefined;
    return planRegions({
      enabled: enabledRegions?.map((region) => region.id),
      spend: plan.spendRegions?.get(account.id),
      hasSpendData: plan.spendRegions !== undefined,
      isFullVisit: plan.isFullVisit,
      configured: plan.regions,
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
      const records = reconcile({ ...nothing, scope, previous, enabled, runId, now });
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
      const records = closeAccount(open, runId, now);
      await store.saveFindings(lease, records);
      count.findings(records);
    }
  };

  return { withoutDone, organization, account, closedAccounts, noteSizes: noteSizesOfRun };
}

function countRecords({ records }: CollectedScope): number {
  let count = 0;
  for (const ofKind of records.values()) count += ofKind.length;
  return count;
}

/** A kept plan says what the credentials of its time could enter. @throws ConfigError when those of now are another account's */
async function assertHub(sessions: Sessions, { hub }: DatedPlan): Promise<void> {
  const { accountId } = await sessions.identity();
  if (accountId === hub.id) return;
  throw new ConfigError(
    `the inventory was saved from account ${hub.id}, the current credentials are of ${accountId}: use those, or leave out --max-age`,
  );
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
