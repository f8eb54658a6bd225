/**
 * The whole flow of one audit run; read this first.
 *
 *   plan       organization -> accounts and regions; what an interrupted part of the run has done already
 *   shared     billing and organization, read once  } side by side, scope by scope: collect -> evaluate -> investigate
 *   accounts   several at a time, longest first     } -> price -> reconcile -> state (audit-account.ts, audit-scope.ts);
 *              what is shared is concluded after them
 *   notify     what is to be told, saved together with the run
 *
 * Only the audit-*.ts files know the order. Memory holds the accounts in flight, never the organization: what a scope
 * yields goes to the state store before it is dropped.
 */
import { auditAccount, resolveClosedAccounts } from './audit-account.ts';
import { type BillFacts, findOwnRates, keepOwnRates, readBill } from './audit-bill.ts';
import type { Checkpoint } from './audit-checkpoint.ts';
import { countCoverage, countPart } from './audit-coverage.ts';
import {
  type AuditContext,
  collectKinds,
  collectorsOf,
  conclude,
  type EvaluatedScope,
  evaluateScope,
  joined,
} from './audit-scope.ts';
import { eachInWindow } from './audit-window.ts';
import type { Sessions } from './aws/session.ts';
import { withPrerequisites } from './collect/collect.ts';
import type { Collector } from './collect/collector.ts';
import type { Config } from './config.ts';
import type { EnabledCheck } from './evaluate/evaluate.ts';
import { commonRegions, type DatedPlan, type Inventory } from './inventory/inventory.ts';
import { datedCache } from './inventory/sources.ts';
import { createRequestBudget, defaultLookUps, defaultResourceRequests } from './investigate/request-budget.ts';
import type { Logger } from './log.ts';
import type { DatedScope, Kind } from './model/inventory.ts';
import type { PriceBook } from './model/price.ts';
import type { OwnCost, RunRecord } from './model/run.ts';
import { planMessages } from './notify/notify.ts';
import { type AccountTags, openAccountTags } from './plan/account-tags.ts';
import { type AccountSize, type CostEstimate, noteSizes, readExpectations } from './plan/expectations.ts';
import { noteFullVisit, type PlannedAccount, planRun } from './plan/plan.ts';
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
  const { store, lease, log, checkpoint, sessions, config } = run;
  const { runId, startedAt } = checkpoint;
  const { plan, tags } = await planFrom(run);
  const expectations = await readExpectations(store);
  const estimate = plan.isKept ? nothing : expectations.estimate(plan.accounts);
  log.info({ runId, accounts: plan.accounts.length, skipped: plan.skipped.length, estimate }, 'audit planned');
  if (estimate.usd > config.limits.maxSelfCostUsd)
    log.warn(
      { estimate },
      'the run is expected to cost more than limits.maxSelfCostUsd: paid calls beyond it become gaps',
    );

  const count = countCoverage(plan.accounts.length, run.failedPlugins);
  for (const source of plan.sources) count.source(source);
  const tagged: AuditContext['tagged'] = async (account) => (tags === undefined ? account : tags.of(account));
  const lookUps = createRequestBudget(defaultLookUps);
  const paidRequests = createRequestBudget(defaultResourceRequests);
  const { forAccounts, bill } = readShared({ ...run, plan, count, expectations, tagged, lookUps, paidRequests });
  const rates = findOwnRates(bill, run);
  // Awaited where a finding is priced; of a run that fails before, nobody hears of it.
  rates.catch(() => undefined);
  const context: AuditContext = {
    ...run,
    plan,
    count,
    expectations,
    shared: forAccounts,
    tagged,
    rates,
    lookUps,
    paidRequests,
  };
  const progress: AuditProgress = { accountsPlanned: plan.accounts.length, accountsDone: 0, findings: 0, estimate };
  run.progress(progress);

  const left = await withoutDone(context);
  progress.accountsDone = plan.accounts.length - left.length;
  const sizes = new Map<string, AccountSize>();
  const accounts = eachInWindow({
    items: expectations.inOrder(left),
    recordsOf: ({ account }) => expectations.of(account.id).records,
    hasRoom: () => sessions.dispatcher.hasRoom(),
    work: async (planned) => {
      const size = await auditAccount(planned, context);
      if (size !== undefined) sizes.set(planned.account.id, size);
      progress.accountsDone += 1;
      progress.findings = count.open();
      run.progress(progress);
    },
  });
  await accounts;
  // After the accounts: what is looked up about an incident must not hold up one of them, nor open it a second time.
  const { billNotes, ...told } = await bill;
  for (const evaluated of told.evaluated) await conclude(evaluated, told.part, context);
  count.add(told.part.result());
  await keepOwnRates(told.rates, context);
  await resolveClosedAccounts(context);
  await tags?.keep();
  const isWhole = !run.signal.aborted && !run.stopping.aborted;
  if (isWhole && !checkpoint.isResumed && !plan.isKept) await rememberSizes(sizes, context);
  if (plan.isFullVisit && isWhole) await noteFullVisit({ cache: store, now: startedAt, filters: run.filters, config });

  const record: RunRecord = {
    id: runId,
    trigger: checkpoint.trigger,
    startedAt,
    endedAt: run.now(),
    version: run.version,
    ownCost: { ...sessions.meter.snapshot(), estimatedUsd: estimate.usd },
    ...count.result(),
    ...(billNotes.length === 0 ? {} : { billNotes }),
  };
  // A run that was asked to stop is gone on with: it then says once what it has to say.
  const isOver = !run.stopping.aborted;
  const { schedule, owners } = config;
  const messages = { store, run: record, now: run.now(), timezone: schedule.timezone, defaultChannel: owners.default };
  await store.saveRun(lease, record, run.isNotifying && isOver ? await planMessages(messages) : []);
  if (isOver) await checkpoint.end();
  log.info({ runId, status: record.status, ...record.ownCost, changes: record.changes }, 'audit ended');
  return record;
}

/** Of a run that asks nothing. */
const nothing: CostEstimate = { usd: 0, apiCalls: 0, costExplorerRequests: 0, metricsRequested: 0, isGuess: false };

/** The plan of the inventory where that is to be used, else one of now, whose accounts get their tags later. */
async function planFrom(run: AuditRun): Promise<{ readonly plan: DatedPlan; readonly tags?: AccountTags }> {
  const { sessions, config, filters, store, inventory, log } = run;
  const now = run.checkpoint.startedAt;
  const isPart = Object.values(filters).some((names) => names.length > 0);
  const kept = await inventory?.plan({ filters, regions: config.regions, now });
  if (kept !== undefined) {
    await inventory?.savePlan(kept, isPart);
    return { plan: kept };
  }
  const cache = datedCache(store);
  const { accountId } = await sessions.identity();
  const tags =
    config.organization === undefined ? undefined : await openAccountTags(sessions.hub(accountId), { cache, now, log });
  const made = await planRun({ sessions, config, filters, cache, now, log, ...(tags === undefined ? {} : { tags }) });
  const regions = commonRegions(config.regions, filters.regions.length > 0 ? filters.regions : 'auto');
  const plan = { ...made, regions, plannedAt: now, sources: cache.sources(made, now), isKept: false };
  await inventory?.savePlan(tags === undefined ? plan : await withTags(plan, tags), isPart);
  return tags === undefined ? { plan } : { plan, tags };
}

/** A plan that is kept must know by itself whose an account is. */
async function withTags(plan: DatedPlan, tags: AccountTags): Promise<DatedPlan> {
  const accounts = plan.accounts.map(async (planned) => ({ ...planned, account: await tags.of(planned.account) }));
  return { ...plan, hub: await tags.of(plan.hub), accounts: await Promise.all(accounts) };
}

type Shared = {
  /** What checks of accounts read of it: first, because every account waits for it. */
  readonly forAccounts: Promise<readonly DatedScope[]>;
  readonly whole: Promise<readonly DatedScope[]>;
};

/** What is read once for all, and what it says; its records are as large as the bill and held no longer than that takes. */
function readShared(context: Omit<AuditContext, 'rates' | 'shared'>): {
  readonly forAccounts: Promise<readonly DatedScope[]>;
  readonly bill: Promise<Bill>;
} {
  const { forAccounts, whole } = collectShared(context);
  const bill = whole.then(async (scopes): Promise<Bill> => {
    const part = countPart();
    const evaluated: EvaluatedScope[] = [];
    for (const scope of scopes)
      evaluated.push(await evaluateScope(scope, part, { ...context, shared: Promise.resolve(scopes) }));
    return { part, evaluated, ...(await readBill(scopes, context)) };
  });
  // Whoever waits for it gets its failure.
  bill.catch(() => undefined);
  return { forAccounts, bill };
}

type Bill = BillFacts & {
  readonly part: ReturnType<typeof countPart>;
  readonly evaluated: readonly EvaluatedScope[];
};

/** Billing and organization facts, read once. */
function collectShared(context: Parameters<typeof collectKinds>[3]): Shared {
  const readByAccounts = new Set<Kind>();
  for (const { check } of context.checks) {
    const isOfAccounts = (check.scopes ?? ['region']).some((kind) => kind === 'region' || kind === 'global');
    for (const kind of isOfAccounts ? [...check.needs, ...(check.wants ?? [])] : []) readByAccounts.add(kind);
  }
  const kinds = (['organization', 'payer'] as const).filter((kind) => collectorsOf(kind, context).length > 0);
  const parts = kinds.map((kind) => {
    const scope = { kind, account: context.plan.hub, region: 'global' };
    const all = collectorsOf(kind, context);
    const ahead = withPrerequisites(
      all.flatMap((collector) => (readByAccounts.has(collector.kind) ? [collector.kind] : [])),
      context.collectors,
    );
    const first = collectKinds(scope, true, ahead, context);
    const others = all.filter((collector) => !ahead.includes(collector));
    const whole = first.then(async (collected) => joined(collected, await collectKinds(scope, true, others, context)));
    return { first, whole };
  });
  const shared = {
    forAccounts: Promise.all(parts.map(({ first }) => first)),
    whole: Promise.all(parts.map(({ whole }) => whole)),
  };
  // Whoever waits for them gets their failure; that nobody waits yet is no failure of its own.
  for (const promise of [shared.forAccounts, shared.whole]) promise.catch(() => {});
  return shared;
}

/** The accounts that an interrupted part of this run has not finished; what it has is counted. */
async function withoutDone({ checkpoint, plan, count, store, sessions, log }: AuditContext): Promise<PlannedAccount[]> {
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
  for await (const record of store.findings({ runId: checkpoint.runId })) {
    // What is read once for the organization is looked at again.
    const isOfAccount = record.scope.startsWith('global/') || record.scope.startsWith('region/');
    if (isOfAccount && done.has(record.finding.accountId)) count.findings([record]);
  }
  const { runId, startedAt } = checkpoint;
  log.info({ runId, startedAt, done: plan.accounts.length - left.length }, 'interrupted run is gone on with');
  return left;
}

/** What accounts took, and the rest of the run's own cost: the organization's, billing's and the hub's. */
async function rememberSizes(sizes: ReadonlyMap<string, AccountSize>, context: AuditContext): Promise<void> {
  const shared = { ...context.sessions.meter.snapshot() };
  for (const { apiCalls, metricsRequested, usd } of sizes.values()) {
    shared.apiCalls -= apiCalls;
    shared.metricsRequested -= metricsRequested;
    shared.usd -= usd;
  }
  await noteSizes(context.store, sizes, shared, context.checkpoint.startedAt);
}
