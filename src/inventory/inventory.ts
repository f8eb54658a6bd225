/**
 * An inventory kept in files: what a run collects goes in, and comes out for a later run in place of AWS.
 * Never asks AWS and never decides what a gap means: what the files cannot answer is a gap like any other.
 */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { DatedScope } from '../model/inventory.ts';
import { scopeKey } from '../model/scope.ts';
import { isFileError } from './files.ts';
import { type DatedPlan, mergePlans, type Narrowing, narrowPlan, readPlanFile, writePlanFile } from './plan-file.ts';
import { readScopeFile, type ScopeRequest, type TagKeys, writeScopeFile } from './scope-file.ts';

export { commonRegions, type DatedPlan } from './plan-file.ts';

export type InventoryFlags = {
  readonly saveTo?: string | undefined;
  readonly readFrom?: string | undefined;
  /** With `readFrom`: what is older is collected live. `undefined` = files hold whatever their age, and AWS is not asked. */
  readonly maxAgeMs?: number | undefined;
};

export type Inventory = {
  /** The kept plan, narrowed; `undefined` = plan with AWS. @throws ConfigError when AWS is not to be asked and the files cannot say */
  plan(request: Narrowing & { readonly now: string }): Promise<DatedPlan | undefined>;
  /** @param isPart the run was narrowed by flags: accounts that the inventory knows stay in it */
  savePlan(plan: DatedPlan, isPart: boolean): Promise<void>;
  /** `undefined` = collect it live. */
  read(request: ScopeRequest & { readonly now: string }): Promise<DatedScope | undefined>;
  save(collected: DatedScope, tagKeys: TagKeys): Promise<void>;
  /** What could not be saved, one line each: the findings hold, the inventory has holes. */
  readonly problems: readonly string[];
};

/** @throws ConfigError when the directory to save to cannot be made or written to: before the run, not at its end */
export function openInventory(flags: InventoryFlags, { version, log }: { version: string; log: Logger }): Inventory {
  const { saveTo, readFrom, maxAgeMs } = flags;
  if (saveTo !== undefined) makeDirectory(saveTo);
  const isSame = saveTo !== undefined && readFrom !== undefined && resolve(saveTo) === resolve(readFrom);
  const problems: string[] = [];
  const isFresh = (at: string, now: string): boolean =>
    maxAgeMs === undefined || Date.parse(now) - Date.parse(at) <= maxAgeMs;

  const attempt = async (what: string, write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      if (!isFileError(error)) throw error;
      problems.push(`inventory without ${what}: ${error.message}`);
      log.error({ err: error }, 'inventory not saved');
    }
  };

  return {
    problems,
    async plan({ now, ...narrowing }) {
      if (readFrom === undefined) return undefined;
      try {
        const plan = narrowPlan(await readPlanFile(readFrom), narrowing);
        return isFresh(plan.plannedAt, now) ? plan : undefined;
      } catch (error) {
        // With a limit to its age an inventory is a short cut; without one it is all there is.
        if (maxAgeMs === undefined || !(error instanceof ConfigError)) throw error;
        log.info({ problem: error.message }, 'inventory has no plan for this run');
        return undefined;
      }
    },
    async savePlan(plan, isPart) {
      if (saveTo === undefined || (plan.isKept && isSame)) return;
      const earlier = isPart ? await earlierPlan(saveTo) : undefined;
      const whole = earlier === undefined ? plan : mergePlans(earlier, plan);
      await attempt('plan', () => writePlanFile(saveTo, whole, version));
    },
    async read({ now, ...request }) {
      if (readFrom === undefined) return undefined;
      const { records, gaps, problems: damage, collectedAt } = await readScopeFile(readFrom, request);
      const kept: DatedScope = {
        scope: request.scope,
        records,
        gaps,
        source: 'inventory',
        collectedAt: collectedAt ?? now,
      };
      if (maxAgeMs === undefined) return kept;
      if (collectedAt === undefined || damage.length > 0 || !isFresh(collectedAt, now)) return undefined;
      return kept;
    },
    async save(collected, tagKeys) {
      if (saveTo === undefined || collected.source === 'inventory') return;
      await attempt(scopeKey(collected.scope), () => writeScopeFile(saveTo, collected, { version, tagKeys }));
    },
  };
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new ConfigError(`--save-inventory ${directory}: cannot be written: ${error.message}`, { cause: error });
  }
}

/** The plan already there; one that cannot be read is replaced. */
async function earlierPlan(directory: string): Promise<DatedPlan | undefined> {
  try {
    return await readPlanFile(directory);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
