/** What a collector is: one kind, one paged call per scope. */
import type { AccountSession } from '../aws/session.ts';
import type { Logger } from '../log.ts';
import type { KeptBytes } from '../model/bill.ts';
import type { DataSource, Kind, Resource } from '../model/inventory.ts';
import type { ResourceKinds } from '../model/resources/index.ts';
import type { Scope, ScopeKind } from '../model/scope.ts';
import type { AthenaSettings } from './exports/athena.ts';
import type { Metrics } from './metrics/metrics.ts';

export type BillingOptions = {
  /** Default: `auto`, the export where one is named. */
  readonly source?: 'auto' | 'cost-explorer' | 'athena' | 'files';
  /** Billing view that Cost Explorer is asked through; default: the account's own. */
  readonly viewArn?: string | undefined;
  /** A data export: its table, or its files on disk. */
  readonly athena?: AthenaSettings | undefined;
  readonly files?: string | undefined;
  /** USD of the run's own bill, `limits.maxSelfCostUsd`. */
  readonly maxUsd: number;
};

export type CollectContext = {
  readonly scope: Scope;
  readonly session: AccountSession;
  /** CloudWatch for this scope; calls are shared with the other collectors. Needs both read actions in `iamActions`. */
  readonly metrics: Metrics;
  /** Time of the run, ISO 8601 UTC; ends metric windows. */
  readonly now: string;
  /** What earlier runs kept under this name. */
  readonly kept: (name: string) => KeptBytes;
  /** Where the bill is read, and what reading it may cost. */
  readonly billing: BillingOptions;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Tag keys to ask Cost Explorer for, canonical name first, then its aliases. */
  readonly tagKeys: readonly (readonly string[])[];
  /** Records of a kind named in `after`, already collected in this scope. */
  readonly collected: <K extends Kind>(kind: K) => readonly ResourceKinds[K][];
  /** One resource of the kind could not be read (a bucket policy denies the auditor): a gap for it alone. */
  readonly missed: (resourceId: string, error: unknown) => void;
};

export type Collector<K extends Kind = Kind> = {
  readonly kind: K;
  readonly scope: ScopeKind;
  /** Stated, not derived: S3 ListBuckets, for one, needs s3:ListAllMyBuckets. `[]` = needs no permission. */
  readonly iamActions: readonly string[];
  /** Further permissions, needed only where the usual source is not there and another is asked. Part of the role. */
  readonly fallbackActions?: readonly string[];
  /** Whose word the records are; told in the coverage. Default: `live`. */
  readonly source?: DataSource;
  /** Where it differs from record to record: whose word it is, and of when (ISO 8601 UTC; default: the run's time). */
  sourceOf?(record: ResourceKinds[K] & Resource): { readonly source: DataSource; readonly at: string | undefined };
  /** Kinds of the same scope that must be there first. A gap in one is a gap here. */
  readonly after?: readonly Kind[];
  /** Yields records as pages arrive. Does not catch errors: `collect.ts` turns them into gaps. */
  collect(context: CollectContext): AsyncIterable<ResourceKinds[K] & Resource>;
};

/** What the role must allow for the collector, whichever source it has to ask. */
export function allActions({ iamActions, fallbackActions = [] }: Collector): readonly string[] {
  return [...iamActions, ...fallbackActions];
}
