/**
 * One scope, from AWS to the state store:
 *
 *   collect (or read from an inventory) -> evaluate -> investigate -> price -> reconcile -> state
 */
import { setImmediate } from 'node:timers/promises';
import { investigated } from './audit-bill.ts';
import type { Checkpoint } from './audit-checkpoint.ts';
import type { CoverageCount, PartCount } from './audit-coverage.ts';
import type { AuditRun } from './audit-run.ts';
import { collectScope, withPrerequisites } from './collect/collect.ts';
import type { Collector } from './collect/collector.ts';
import { ConfigError } from './errors.ts';
import { type CheckedDraft, type Evaluation, evaluate } from './evaluate/evaluate.ts';
import type { DatedPlan } from './inventory/inventory.ts';
import { scopeSources } from './inventory/sources.ts';
import { type OwnerRules, resolveOwner } from './investigate/investigate.ts';
import type { RequestBudget } from './investigate/request-budget.ts';
import type { Finding } from './model/finding.ts';
import type { DatedScope, Gap, Kind } from './model/inventory.ts';
import type { OwnRates } from './model/price.ts';
import type { Account, Scope, ScopeKind } from './model/scope.ts';
import { scopeKey } from './model/scope.ts';
import type { Expectations } from './plan/expectations.ts';
import { priceFinding } from './price/price.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { keptBytes } from './state/kept-bytes.ts';

/** What the scopes of one run have in common. */
export type AuditContext = AuditRun & {
  readonly plan: DatedPlan;
  readonly checkpoint: Checkpoint;
  readonly count: CoverageCount;
  readonly expectations: Expectations;
  /** What accounts really pay by their bill. */
  readonly rates: Promise<OwnRates>;
  /** CloudTrail look-ups, and paid requests for single resources, that this run may make. */
  readonly lookUps: RequestBudget;
  readonly paidRequests: RequestBudget;
  /** The account with its tags. */
  readonly tagged: (account: Account) => Promise<Account>;
  /** Payer and organization scopes, as far as checks of accounts read them; collected while the accounts are. */
  readonly shared: Promise<readonly DatedScope[]>;
};

/** Longest time of one check in one scope, where there are checks from outside. */
const pluginCheckMs = 5000;

/** What the enabled checks need of a scope, each kind once and those it comes after ahead of it. */
export function collectorsOf(kind: ScopeKind, { checks, collectors }: AuditRun): Collector[] {
  const kinds = new Set<Kind>(kind === 'global' ? ['account.access', 'account.region'] : []);
  for (const { check } of checks) {
    for (const needed of [...check.needs, ...(check.wants ?? [])])
      if (scopeOfKind(needed, collectors) === kind) kinds.add(needed);
  }
  return withPrerequisites(kinds, collectors);
}

function scopeOfKind(kind: Kind, collectors: AuditRun['collectors']): ScopeKind {
  const collector = collectors.get(kind);
  if (collector === undefined) throw new Error(`no collector for kind ${kind}`);
  return collector.scope;
}

type CollectContext = Omit<AuditContext, 'shared' | 'tagged' | 'count' | 'rates' | 'lookUps' | 'paidRequests'>;

/** Records and gaps of a scope, from the inventory where that is to be used. */
export async function collectKinds(
  scope: Scope,
  isHub: boolean,
  chosen: readonly Collector[],
  context: CollectContext,
): Promise<DatedScope> {
  const { sessions, inventory, plan, expectations, checkpoint } = context;
  const now = checkpoint.startedAt;
  const { id } = scope.account;
  const tagKeys = tagKeysOf(context);
  const kinds = chosen.map(({ kind }) => kind);
  const kept = await inventory?.read({ scope, kinds, tagKeys, now });
  if (kept !== undefined) return kept;
  if (plan.isKept) await assertHub(context);
  const session = isHub ? sessions.hub(id) : sessions.open(id, expectations.of(id).seconds);
  const keptOf = (prefix: string) => keptBytes(context.store, { prefix, lease: context.lease, now: context.now });
  const { config, log } = context;
  const billing = { ...config.billing, maxUsd: config.limits.maxSelfCostUsd };
  const collected = await collectScope({
    scope,
    session,
    collectors: chosen,
    now,
    tagKeys,
    kept: keptOf,
    billing,
    log,
  });
  return { ...collected, source: 'live', collectedAt: now };
}

/** Two parts of one scope. */
export function joined(a: DatedScope, b: DatedScope): DatedScope {
  return { ...b, records: new Map([...a.records, ...b.records]), gaps: [...a.gaps, ...b.gaps] };
}

/** What the checks say of a scope. Its records are not needed any more. */
export type EvaluatedScope = { readonly scope: Scope; readonly evaluation: Evaluation };

export async function evaluateScope(
  untagged: DatedScope,
  part: PartCount,
  context: Omit<AuditContext, 'rates'>,
): Promise<EvaluatedScope> {
  const { checks, collectors, config } = context;
  const collected = {
    ...untagged,
    scope: { ...untagged.scope, account: await context.tagged(untagged.scope.account) },
  };
  const { scope } = collected;
  await context.inventory?.save(collected, tagKeysOf(context));
  for (const source of scopeSources(collected, collectors)) part.source(source);
  const shared = await context.shared;
  // Many scopes wait for what is shared; their evaluations must not block the answers of AWS all in a row.
  await setImmediate();
  const evaluation = evaluate({
    checks,
    collected,
    shared,
    scopeOfKind: (kind) => scopeOfKind(kind, collectors),
    // Ages count from the time the records are of: nothing has grown older because its inventory has.
    now: collected.collectedAt,
    tagPolicy: config.tags,
    // Built-in checks are tested to come back.
    ...(config.checks.plugins.length > 0 ? { checkMs: pluginCheckMs } : {}),
  });
  return { scope, evaluation };
}

/**
 * From what the checks say to findings in the state.
 * @param told one gap that stands for all of the scope's, so that the same refusal is told once
 */
export async function conclude(
  { scope, evaluation }: EvaluatedScope,
  part: PartCount,
  context: AuditContext,
  told?: Gap,
): Promise<void> {
  const { config, store, lease, count, log, checkpoint } = context;
  const key = scopeKey(scope);
  // A bill names accounts that this run does not look at: what is known of them stays as it is.
  const isLooked = lookedAt(scope, context);
  const previous = (await store.findingsOfScope(key)).filter(({ finding }) => isLooked(finding.accountId));
  const findings: Finding[] = [];
  const over = new Map<string, string>();
  for (const checked of evaluation.drafts) {
    if (!isLooked(checked.draft.accountId ?? scope.account.id)) continue;
    const whole = await investigated(checked, previous, scope, context);
    for (const finding of await toFinding(whole, scope, context)) {
      findings.push(finding);
      if (checked.draft.over !== undefined) over.set(finding.id, checked.draft.over);
    }
  }
  const records = reconcile({
    scope: key,
    previous,
    findings,
    over,
    covered: evaluation.covered,
    unseen: evaluation.unseen,
    enabled: enabledChecks(context),
    exemptions: config.exemptions,
    runId: checkpoint.runId,
    now: checkpoint.startedAt,
  });
  await store.saveFindings(lease, records);
  count.findings(records);
  const gaps = told === undefined ? evaluation.gaps : [{ ...told, checks: silenced(context, evaluation.covered) }];
  part.scope(key, { ...evaluation, gaps });
  for (const gap of gaps) log.warn({ ...gap }, 'resource kind not collected');
  for (const failure of evaluation.failures) log.error({ scope: key, ...failure }, 'check failed');
}

export function enabledChecks({ checks }: AuditRun): ReadonlySet<string> {
  return new Set(checks.map(({ check }) => check.id));
}

/** The finding, or nothing when it is worth less than its check was told to bother with. */
async function toFinding(checked: CheckedDraft, scope: Scope, context: AuditContext): Promise<Finding[]> {
  const { config, priceBook, log } = context;
  const { owners, tags } = config;
  const rules: OwnerRules = { ...owners, tagAliases: tags.aliases[owners.tag] ?? [] };
  const account = await accountOf(checked, scope, context);
  const owner = resolveOwner(checked.draft, account, rules);
  const rates = await context.rates;
  const { finding, problem } = priceFinding(checked, { scope, account, owner, book: priceBook, rates });
  if (problem !== undefined) log.error({ checkId: checked.check.id, problem }, 'finding left unpriced');
  const saving = finding.saving?.monthlyUsd;
  return saving !== undefined && saving < (checked.common.minMonthlyUsd ?? 0) ? [] : [finding];
}

/** Whether findings about an account are this run's to tell: not those of accounts that are left out, by filters or at all. */
function lookedAt({ account, kind }: Scope, { plan, filters }: AuditContext): (accountId: string) => boolean {
  // Only the bill speaks of other accounts than the scope's; the sets are not made for each of thousands of scopes.
  if (kind === 'region' || kind === 'global') return () => true;
  const isPart = filters.accounts.length + filters.ous.length > 0;
  const planned = new Set(plan.accounts.map((one) => one.account.id));
  const leftOut = new Set(plan.skipped.map(({ accountId }) => accountId));
  return (id) => id === account.id || planned.has(id) || (!isPart && !leftOut.has(id));
}

/** The account that a finding is about: the scope's, or the linked account of a bill. */
async function accountOf({ draft }: CheckedDraft, scope: Scope, { plan, tagged }: AuditContext): Promise<Account> {
  const { accountId: id = scope.account.id } = draft;
  if (id === scope.account.id) return scope.account;
  const planned = plan.accounts.find(({ account }) => account.id === id);
  // The bill still knows accounts that have left, and those that filters leave out.
  return planned === undefined ? { ...scope.account, id, name: id, tags: {} } : await tagged(planned.account);
}

/** Checks of accounts that are not covered because the account could not be entered. */
function silenced({ checks }: AuditRun, covered: ReadonlySet<string>): string[] {
  const ofAccounts = checks.filter(({ check }) =>
    (check.scopes ?? ['region']).some((kind) => kind === 'global' || kind === 'region'),
  );
  return ofAccounts.map(({ check }) => check.id).filter((id) => !covered.has(id));
}

function tagKeysOf({ config }: AuditRun): string[][] {
  return config.tags.required.map((key) => [key, ...(config.tags.aliases[key] ?? [])]);
}

/** A kept plan says what the credentials of its time could enter. @throws ConfigError when those of now are another account's */
async function assertHub({ sessions, plan: { hub } }: Pick<AuditContext, 'sessions' | 'plan'>): Promise<void> {
  const { accountId } = await sessions.identity();
  if (accountId === hub.id) return;
  throw new ConfigError(
    `the inventory was saved from account ${hub.id}, the current credentials are of ${accountId}: use those, or leave out --max-age`,
  );
}
