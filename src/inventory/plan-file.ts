/** `plan.json`: whom and where the run looked at, so that a later one needs no AWS to know. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../errors.ts';
import type { KindSource } from '../model/run.ts';
import type { Account } from '../model/scope.ts';
import { type AuditPlan, isBelow } from '../plan/plan.ts';
import { fileProblem, isFileError, writeWhole } from './files.ts';

const planSchema = 'costwarden/inventory-plan/1';

/** A plan with its time and with what it was made from. */
export type DatedPlan = AuditPlan & {
  readonly plannedAt: string;
  /** Regions the run was limited to by config and flags. */
  readonly regions: 'auto' | readonly string[];
  readonly sources: readonly KindSource[];
  /** Read from a file: the credentials may be others now. */
  readonly isKept: boolean;
};

const account = z
  .object({
    id: z.string().regex(/^\d{12}$/),
    name: z.string(),
    state: z.enum(['PENDING_ACTIVATION', 'ACTIVE', 'SUSPENDED', 'PENDING_CLOSURE', 'CLOSED']),
    ouPath: z.array(z.string()),
    ouIds: z.array(z.string()),
    tags: z.record(z.string(), z.string()),
    isManagement: z.boolean(),
    managementId: z.string().optional(),
  })
  // JSON leaves out what is undefined.
  .transform(({ managementId, ...rest }): Account => ({ ...rest, managementId }));
const planOfFile = z.object({
  schema: z.literal(planSchema),
  plannedAt: z.iso.datetime(),
  version: z.string(),
  hub: account,
  accounts: z.array(z.object({ account, isHub: z.boolean() })),
  skipped: z.array(z.object({ accountId: z.string(), name: z.string(), reason: z.string(), isClosed: z.boolean() })),
  regions: z.union([z.literal('auto'), z.array(z.string())]),
  /** Pairs of account and regions. */
  spendRegions: z.array(z.tuple([z.string(), z.array(z.string())])).optional(),
  isFullVisit: z.boolean(),
  sources: z.array(z.object({ kind: z.string(), scopes: z.number(), oldestAt: z.iso.datetime() })),
});

const pathOf = (directory: string): string => join(directory, 'plan.json');

/** @throws the error of the file system */
export async function writePlanFile(directory: string, plan: DatedPlan, version: string): Promise<void> {
  const { plannedAt, hub, accounts, skipped, regions, isFullVisit, sources } = plan;
  const spendRegions =
    plan.spendRegions === undefined ? undefined : [...plan.spendRegions].map(([id, names]) => [id, [...names]]);
  const content = {
    schema: planSchema,
    plannedAt,
    version,
    hub,
    accounts,
    skipped,
    regions,
    spendRegions,
    isFullVisit,
    sources,
  };
  await writeWhole(pathOf(directory), [`${JSON.stringify(content, undefined, 2)}\n`]);
}

/** @throws ConfigError in one sentence when there is none or it cannot be used */
export async function readPlanFile(directory: string): Promise<DatedPlan> {
  const path = pathOf(directory);
  const refuse = (why: string): ConfigError =>
    new ConfigError(`${path}: ${why}; an inventory is made by costwarden audit --save-inventory ${directory}`);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (isFileError(error)) throw refuse(fileProblem(error));
    if (error instanceof SyntaxError) throw refuse(`damaged: ${error.message}`);
    throw error;
  }
  const parsed = planOfFile.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`not a plan that this version reads: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { spendRegions, sources, ...plan } = parsed.data;
  return {
    ...plan,
    sources: sources.map((source) => ({ ...source, source: 'inventory' })),
    spendRegions: spendRegions && new Map(spendRegions.map(([id, names]) => [id, new Set(names)])),
    isKept: true,
  };
}

export type Narrowing = {
  readonly filters: {
    readonly accounts: readonly string[];
    readonly ous: readonly string[];
    readonly regions: readonly string[];
  };
  /** As the config has it. */
  readonly regions: 'auto' | readonly string[];
};

/**
 * The part of a kept plan that flags and config ask for.
 * @throws ConfigError for what the inventory cannot answer: nothing asked must never look like nothing found
 */
export function narrowPlan(plan: DatedPlan, { filters, regions: configured }: Narrowing): DatedPlan {
  const { accounts: ids, ous } = filters;
  const known = plan.accounts.map(({ account }) => account);
  const problems: string[] = [];
  for (const id of ids) {
    if (known.some((account) => account.id === id)) continue;
    const reason = plan.skipped.find(({ accountId }) => accountId === id)?.reason;
    problems.push(`--account: account ${id} is not in the inventory${reason === undefined ? '' : ` (${reason})`}`);
  }
  for (const ou of ous) {
    if (known.some((account) => isBelow(account, ou))) continue;
    problems.push(`--ou: no account of the inventory lies below an organizational unit called ${ou}`);
  }
  for (const region of filters.regions) {
    if (plan.regions === 'auto' || plan.regions.includes(region)) continue;
    problems.push(`--region: the inventory was limited to ${plan.regions.join(', ')}; ${region} is not in it`);
  }
  const regions = commonRegions(plan.regions, configured);
  if (regions.length === 0) problems.push('regions: the inventory holds none of the regions of the config');
  const accounts = plan.accounts.filter(
    ({ account }) =>
      (ids.length === 0 || ids.includes(account.id)) && (ous.length === 0 || ous.some((ou) => isBelow(account, ou))),
  );
  if (accounts.length === 0 && problems.length === 0)
    problems.push('no account of the inventory is left by --account and --ou');
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...plan, accounts, regions };
}

/** A run that looked at a part only adds to the plan of the inventory: what it did not look at stays known. */
export function mergePlans(earlier: DatedPlan, part: DatedPlan): DatedPlan {
  const accounts = new Map(earlier.accounts.map((planned) => [planned.account.id, planned]));
  for (const planned of part.accounts) accounts.set(planned.account.id, planned);
  return {
    ...part,
    accounts: [...accounts.values()],
    skipped: part.skipped.filter(({ accountId }) => !accounts.has(accountId)),
    regions:
      earlier.regions === 'auto' || part.regions === 'auto'
        ? 'auto'
        : [...new Set([...earlier.regions, ...part.regions])],
    isFullVisit: earlier.isFullVisit,
  };
}

/** What both allow. */
export function commonRegions(a: DatedPlan['regions'], b: DatedPlan['regions']): DatedPlan['regions'] {
  if (a === 'auto') return b;
  return b === 'auto' ? a : a.filter((region) => b.includes(region));
}
