/** What a collector is: one kind, one paged call per scope. */
import type { AccountSession } from '../aws/session.ts';
import type { KeptBytes } from '../model/bill.ts';
import type { DataSource, Kind, Resource } from '../model/inventory.ts';
import type { ResourceKinds } from '../model/resources/index.ts';
import type { Scope, ScopeKind } from '../model/scope.ts';
import type { Metrics } from './metrics/metrics.ts';

export type CollectContext = {
  readonly scope: Scope;
  readonly session: AccountSession;
  /** CloudWatch for this scope; calls are shared with the other collectors. Needs both read actions in `iamActions`. */
  readonly metrics: Metrics;
  /** Time of the run, ISO 8601 UTC; ends metric windows. */
  readonly now: string;
  /** What earlier runs kept under this name. */
  readonly kept: (name: string) => KeptBytes;
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
  /** Whose word the records are; told in the coverage. Default: `live`. */
  readonly source?: DataSource;
  /** Kinds of the same scope that must be there first. A gap in one is a gap here. */
  readonly after?: readonly Kind[];
  /** Yields records as pages arrive. Does not catch errors: `collect.ts` turns them into gaps. */
  collect(context: CollectContext): AsyncIterable<ResourceKinds[K] & Resource>;
};
