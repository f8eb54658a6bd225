/**
 * What collection leaves behind for one scope: records by kind, and gaps for what could not be read.
 */
import type { ResourceKinds } from './resources/index.ts';
import type { Scope, Tags } from './scope.ts';

/** What every record has. `id` is unique within its kind, account and region, and never changes. */
export type Resource = {
  readonly id: string;
  readonly arn: string;
  /** CloudFormation type, e.g. `AWS::EC2::VPC`. */
  readonly type: string;
  readonly accountId: string;
  /** Region name, or `global`. A bucket has its own region although it is listed globally. */
  readonly region: string;
  /** `undefined` = this kind does not carry tags (they come from another kind). */
  readonly tags?: Tags | undefined;
};

export type Kind = keyof ResourceKinds;

export const gapReasons = [
  'denied',
  'denied-by-scp',
  'throttled',
  'timeout',
  'not-enabled',
  'own-budget',
  'unexpected',
  'not-in-inventory',
] as const;
export type GapReason = (typeof gapReasons)[number];

/** Something that could not be seen. A check that needs the kind is not covered there: it opens and resolves nothing. */
export type Gap = {
  readonly accountId: string;
  readonly region: string;
  readonly kind: Kind;
  readonly reason: GapReason;
  /** The missing permission, for `denied` and `denied-by-scp`. */
  readonly iamAction?: string | undefined;
  /** Set when only one resource of the kind could not be read (a bucket policy that denies the auditor). */
  readonly resourceId?: string | undefined;
  /** Ids of the enabled checks that are not covered because of it; filled by `evaluate`. */
  readonly checks: readonly string[];
  readonly message: string;
};

/** A check's view of one scope, limited by its types to the kinds it declared. */
export type Inventory<K extends Kind = Kind> = {
  /** All records of a kind. Reading a kind that the check did not declare throws. */
  list<Q extends K>(kind: Q): readonly ResourceKinds[Q][];
  /** Record by id, e.g. the lifecycle of a bucket. */
  find<Q extends K>(kind: Q, id: string): ResourceKinds[Q] | undefined;
  /** False when a wanted kind could not be read, so that "no record" does not mean "there is none". */
  isComplete(kind: K): boolean;
};

/** Everything collected for one scope. */
export type CollectedScope = {
  readonly scope: Scope;
  readonly records: ReadonlyMap<Kind, readonly Resource[]>;
  readonly gaps: readonly Gap[];
};

/**
 * Where records come from: `live` = asked of the service itself in this run; `config-aggregator` = asked of the
 * organization's Config aggregator, which records with a delay of its own; `cost-optimization-hub` and
 * `compute-optimizer` = what AWS concludes from its own metrics, as old as it says itself; `inventory` = read from the
 * files of an earlier run; `cached` = kept in the state by an earlier run.
 */
export type DataSource =
  | 'live'
  | 'inventory'
  | 'config-aggregator'
  | 'cost-optimization-hub'
  | 'compute-optimizer'
  | 'cached';

/** A collected scope with the time its records stand for: metric windows end there, and ages count from there. */
export type DatedScope = CollectedScope & {
  readonly source: 'live' | 'inventory';
  /** ISO 8601 UTC. */
  readonly collectedAt: string;
};
