/** What a collector is: one kind, one paged call per scope. */
import type { AccountSession } from '../aws/session.ts';
import type { Kind, Resource } from '../model/inventory.ts';
import type { ResourceKinds } from '../model/resources/index.ts';
import type { Scope, ScopeKind } from '../model/scope.ts';

export type CollectContext = {
  readonly scope: Scope;
  readonly session: AccountSession;
  /** Time of the run, ISO 8601 UTC; ends metric windows. */
  readonly now: string;
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
  /** Kinds of the same scope that must be there first. A gap in one is a gap here. */
  readonly after?: readonly Kind[];
  /** Yields records as pages arrive. Does not catch errors: `collect.ts` turns them into gaps. */
  collect(context: CollectContext): AsyncIterable<ResourceKinds[K] & Resource>;
};
