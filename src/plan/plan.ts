/**
 * Plan: who we are and the config go in, the accounts to audit come out.
 * Asks Organizations for the tree once, and Cost Explorer once for regions with spend; assumes no role.
 */

import { restartingOnce } from '../aws/answer.ts';
import { toCollectError } from '../aws/errors.ts';
import type { Sessions } from '../aws/session.ts';
import { ConfigError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Account } from '../model/scope.ts';
import type { AccountTags } from './account-tags.ts';
import { readOrganization } from './organization.ts';
import { readSpendRegions } from './spend-regions.ts';

export { planRegions } from './regions.ts';

/** IAM actions of this stage, for the worker's policy. */
export const planActions: readonly string[] = [
  'ce:GetCostAndUsage',
  'organizations:DescribeOrganization',
  'organizations:ListAccountsForParent',
  'organizations:ListOrganizationalUnitsForParent',
  'organizations:ListRoots',
  'organizations:ListTagsForResource',
];

export type PlannedAccount = {
  readonly account: Account;
  /** Audited with the current credentials. */
  readonly isHub: boolean;
};

type SkippedAccount = {
  readonly accountId: string;
  readonly name: string;
  readonly reason: string;
  /** Suspended or closed: its findings are over. */
  readonly isClosed: boolean;
};

export type AuditPlan = {
  readonly hub: Account;
  readonly accounts: readonly PlannedAccount[];
  readonly skipped: readonly SkippedAccount[];
  /** Regions with spend by account; `undefined` = not known, visit all. */
  readonly spendRegions: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  /** The weekly visit to every enabled region, spend or not. */
  readonly isFullVisit: boolean;
};

/** Values that are cheaper kept than asked again; the state store. */
export type PlanCache = {
  value(key: string): Promise<{ readonly value: unknown; readonly at: string } | undefined>;
  putValue(key: string, value: unknown, at: string): Promise<void>;
};

type Selection = { readonly ous: readonly string[]; readonly accounts: readonly string[] };

export type PlanRequest = {
  readonly sessions: Sessions;
  readonly config: {
    readonly organization?:
      | { readonly include: Selection; readonly exclude: Selection & { readonly states: readonly string[] } }
      | undefined;
    readonly regions: 'auto' | readonly string[];
    readonly billing?: { readonly viewArn?: string | undefined };
  };
  readonly filters: {
    readonly accounts: readonly string[];
    readonly ous: readonly string[];
    readonly regions: readonly string[];
  };
  readonly cache: PlanCache;
  readonly now: string;
  readonly log: Logger;
  /** Tags of the organization's accounts: one is asked for, to know that it may be. */
  readonly tags?: Pick<AccountTags, 'probe'>;
};

const fullVisitEveryDays = 7;
const fullVisitKey = 'plan/full-visit';

/** @throws ConfigError for credentials, missing rights and filters that name nothing */
export async function planRun(request: PlanRequest): Promise<AuditPlan> {
  const { sessions, config, filters } = request;
  const { accountId } = await sessions.identity();
  const { organization } = config;
  // Side by side: both are slow, and neither needs the other.
  const spend = spendRegions(request, accountId);
  const all = organization === undefined ? [currentAccount(accountId)] : await organizationAccounts(request, accountId);
  const hub = all.find(({ id }) => id === accountId) ?? currentAccount(accountId);

  const accounts: PlannedAccount[] = [];
  const skipped: SkippedAccount[] = [];
  const problems = unknownNames(all, [
    { where: '--account', names: filters.accounts, kind: 'account' },
    { where: '--ou', names: filters.ous, kind: 'ou' },
    { where: 'organization.include.accounts', names: organization?.include.accounts ?? [], kind: 'account' },
    { where: 'organization.include.ous', names: organization?.include.ous ?? [], kind: 'ou' },
  ]);
  if (problems.length > 0) throw new ConfigError(problems);
  for (const account of all) {
    const isClosed = account.state !== 'ACTIVE' && account.state !== 'PENDING_ACTIVATION';
    const reason = reasonToSkip(account, isClosed, request);
    if (reason === undefined) accounts.push({ account, isHub: account.id === accountId });
    else skipped.push({ accountId: account.id, name: account.name, reason, isClosed });
  }
  if (accounts.length === 0)
    throw new ConfigError('no account is left to audit; see organization.include, organization.exclude and the flags');

  const isFullVisit = await isFullVisitDue(request);
  return { hub, accounts, skipped, isFullVisit, spendRegions: await spend };
}

async function organizationAccounts(request: PlanRequest, accountId: string): Promise<Account[]> {
  try {
    const session = request.sessions.hub(accountId);
    const accounts = await restartingOnce(() => readOrganization(session));
    const [first] = accounts;
    if (first !== undefined) await request.tags?.probe(first);
    return accounts;
  } catch (error) {
    const cause = toCollectError(error);
    const needed = cause.iamAction === undefined ? '' : ` (missing: ${cause.iamAction})`;
    if (cause.reason === 'denied' || cause.reason === 'denied-by-scp' || cause.reason === 'not-enabled') {
      throw new ConfigError(
        `account ${accountId} may not read the organization${needed}: run in the management or a delegated account, or remove \`organization\` from the config to audit this account alone`,
        { cause: error },
      );
    }
    throw new ConfigError(`the organization could not be read: ${cause.message}; try again`, { cause: error });
  }
}

function currentAccount(id: string): Account {
  return {
    id,
    name: id,
    state: 'ACTIVE',
    ouPath: [],
    ouIds: [],
    tags: {},
    isManagement: false,
    managementId: undefined,
  };
}

function reasonToSkip(account: Account, isClosed: boolean, { config, filters }: PlanRequest): string | undefined {
  const { organization } = config;
  if (organization !== undefined) {
    const { include, exclude } = organization;
    // A closed account has nothing to enter, whatever `states` says.
    if (isClosed && account.state !== 'SUSPENDED') return `state ${account.state}`;
    if (exclude.states.includes(account.state)) return `state ${account.state}`;
    if (exclude.accounts.includes(account.id)) return 'excluded by account';
    if (exclude.ous.some((ou) => isBelow(account, ou))) return 'excluded by organizational unit';
    const isLimited = include.accounts.length > 0 || include.ous.length > 0;
    const isIncluded = include.accounts.includes(account.id) || include.ous.some((ou) => isBelow(account, ou));
    if (isLimited && !isIncluded) return 'not included';
  }
  if (filters.accounts.length > 0 && !filters.accounts.includes(account.id)) return 'not asked for';
  if (filters.ous.length > 0 && !filters.ous.some((ou) => isBelow(account, ou))) return 'not asked for';
  return undefined;
}

/** Whether an account lies below a unit, which is named by id, by name, or by path (`workloads/prod`). */
export function isBelow(account: Account, ou: string): boolean {
  if (account.ouIds.includes(ou) || account.ouPath.includes(ou)) return true;
  const path = account.ouPath.join('/');
  return ou.includes('/') && (path === ou || path.startsWith(`${ou}/`));
}

type Named = { readonly where: string; readonly names: readonly string[]; readonly kind: 'account' | 'ou' };

function unknownNames(all: readonly Account[], lists: readonly Named[]): string[] {
  const problems: string[] = [];
  for (const { where, names, kind } of lists) {
    for (const name of names) {
      const isKnown =
        kind === 'account' ? all.some(({ id }) => id === name) : all.some((account) => isBelow(account, name));
      if (isKnown) continue;
      problems.push(
        kind === 'account'
          ? `${where}: account ${name} is not in what these credentials can see`
          : `${where}: no account lies below an organizational unit called ${name}`,
      );
    }
  }
  return problems;
}

async function isFullVisitDue({ cache, now }: PlanRequest): Promise<boolean> {
  const last = await cache.value(fullVisitKey);
  return last === undefined || Date.parse(now) - Date.parse(last.at) >= fullVisitEveryDays * 86_400_000;
}

/**
 * To be called when a run whose plan was a full visit has reached its end: only then may the next ones leave regions
 * out. A run that was asked for a part only does not use up the visit to all.
 */
export async function noteFullVisit({
  cache,
  now,
  filters,
  config,
}: Pick<PlanRequest, 'cache' | 'now' | 'filters' | 'config'>): Promise<void> {
  const isWhole = config.regions === 'auto' && Object.values(filters).every((names) => names.length === 0);
  if (isWhole) await cache.putValue(fullVisitKey, true, now);
}

/** Not knowing the spend costs time, not truth: all enabled regions are then visited. */
async function spendRegions(request: PlanRequest, accountId: string): Promise<AuditPlan['spendRegions']> {
  if (request.config.regions !== 'auto') return undefined;
  try {
    const { sessions, cache, now, config } = request;
    return await readSpendRegions(sessions.hub(accountId), cache, now, config.billing?.viewArn);
  } catch (error) {
    const { reason, message } = toCollectError(error, { iamAction: 'ce:GetCostAndUsage' });
    request.log.warn({ reason, message }, 'regions with spend not known; every enabled region is visited');
    return undefined;
  }
}
