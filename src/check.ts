/**
 * The public module `costwarden/check`: all that a check may use.
 * A check is one file with one default export, `defineCheck({ … })`: what it needs, what can be set, why it matters,
 * and a pure, synchronous generator that turns a scope's inventory into finding drafts.
 */
import { z } from 'zod';
import type { FindingDraft, Investigation, Severity } from './model/finding.ts';
import { severities } from './model/finding.ts';
import type { Inventory, Kind } from './model/inventory.ts';
import type { Account, ScopeKind } from './model/scope.ts';

export { z } from 'zod';
export { type Decomposition, decompose } from './anomaly/decompose.ts';
export { explainIncident } from './anomaly/explanation.ts';
export { causesOf } from './anomaly/incident-causes.ts';
export { mechanismOf } from './anomaly/mechanism.ts';
export { type MonthEnd, projectMonthEnd } from './anomaly/month-end.ts';
export { type CostLeaf, type RootCause, rootCauses } from './anomaly/root-cause.ts';
export * as iam from './iam/index.ts';
export { consoleLink } from './model/console-links.ts';
export { addDays, daysBetween, weekdayOf } from './model/days.ts';
export type { FindingDraft, Fix, Json, Severity, StatedLine, UsageLine } from './model/finding.ts';
export type { Inventory, Kind, Resource } from './model/inventory.ts';
export { formatUsd } from './model/money.ts';
export type * from './model/resources/cost.ts';
export type * from './model/resources/ec2.ts';
export type * from './model/resources/iam.ts';
export type * from './model/resources/optimizer.ts';
export type * from './model/resources/organization.ts';
export type * from './model/resources/s3.ts';
export type * from './model/resources/tags.ts';
export type { Account, Tags } from './model/scope.ts';
export { billedGb, hoursPerMonth, perMonth } from './model/units.ts';

/** The operator's `tags` section: which keys every resource must carry, and other spellings of them. */
export type TagPolicy = {
  readonly required: readonly string[];
  readonly aliases: Readonly<Record<string, readonly string[]>>;
};

export type CheckContext<K extends Kind, Options> = {
  readonly inventory: Inventory<K>;
  /** Parsed, with all defaults. */
  readonly options: Options;
  readonly account: Account;
  /** Region name, or `global`. */
  readonly region: string;
  /** Time of the run, ISO 8601 UTC. A check never reads a clock. */
  readonly now: string;
  readonly tagPolicy: TagPolicy;
};

export type CheckDocs = {
  /** Why it costs or endangers, in one or two sentences. */
  readonly why: string;
  /** What to do, in one sentence; becomes `fix.summary` of every finding. */
  readonly fix: string;
  /** Documents behind the logic, so that a reader can verify it. */
  readonly sources: readonly string[];
};

export type CheckDefinition<K extends Kind, W extends Kind, O extends z.ZodType> = {
  /** `<service>-<resource>-<what-is-wrong>`; for ever, since state and exemptions hang on it. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** Scopes it is evaluated in. In each it sees the records of that scope (and those read once for the organization);
   *  kinds of another scope are empty there. Default: `['region']`. */
  readonly scopes?: readonly ScopeKind[];
  /** Kinds without which it cannot decide: a gap in one makes the check unknown in that scope. Decides the audit role. */
  readonly needs: readonly K[];
  /** Kinds that only sharpen the answer (a price, a severity): a gap leaves the check covered. */
  readonly wants?: readonly W[];
  /** Old ids under which exemptions may still know it. */
  readonly aliases?: readonly string[];
  /** Look-ups that its drafts ask for with `investigate`; decides the audit role as `needs` does. */
  readonly investigates?: readonly Investigation[];
  /** Off unless named exactly in `checks.enable`. */
  readonly offByDefault?: boolean;
  readonly options: O;
  readonly docs: CheckDocs;
  evaluate(context: CheckContext<K | W, z.output<O>>): Iterable<FindingDraft>;
};

/** A check whose kinds and options are no longer visible to the type system; what registry and stages handle. */
export type Check = CheckDefinition<Kind, Kind, z.ZodType>;

/** Returns its argument; the types of `needs`, `wants` and `options` flow into `evaluate`. */
export function defineCheck<const K extends Kind, O extends z.ZodType, const W extends Kind = never>(
  definition: CheckDefinition<K, W, O>,
): CheckDefinition<K, W, O> {
  return definition;
}

/** Options every check has on top of its own; see `docs` in the catalogue. */
export const commonOptions = z.strictObject({
  severity: z.enum(severities).optional().describe('Report with this severity instead of the computed one.'),
  minMonthlyUsd: z
    .number()
    .nonnegative()
    .optional()
    .describe('Leave out priced findings that save less than this per month.'),
  exceptTags: z
    .record(z.string(), z.string())
    .default({})
    .describe('Resources with one of these tags are left out; `*` = any value.'),
  exceptResources: z.array(z.string()).default([]).describe('Globs over resource id or ARN that are left out.'),
});
export type CommonOptions = z.output<typeof commonOptions>;
