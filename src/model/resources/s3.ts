import type { Resource } from '../inventory.ts';
import type { Tags } from '../scope.ts';

/** General purpose bucket. `id` is the name; `region` the bucket's own region. */
export type Bucket = Resource;

export type LifecycleRule = {
  readonly id: string;
  readonly isEnabled: boolean;
  /** What the rule is limited to; `whole-bucket` = empty filter, empty prefix or none. */
  readonly filter: 'whole-bucket' | 'prefix' | 'tag' | 'size' | 'combined';
  readonly prefix: string | undefined;
  readonly expirationDays: number | undefined;
  readonly expirationDate: string | undefined;
  readonly expiresDeleteMarkers: boolean;
  readonly transitions: readonly {
    readonly storageClass: string;
    readonly days: number | undefined;
    readonly date: string | undefined;
  }[];
  readonly noncurrentExpirationDays: number | undefined;
  readonly noncurrentVersionsKept: number | undefined;
  readonly noncurrentTransitions: readonly { readonly storageClass: string; readonly days: number | undefined }[];
  readonly abortIncompleteUploadDays: number | undefined;
};

/** `id` = bucket name. */
export type BucketLifecycle = Resource & {
  /** Empty = the bucket has no lifecycle configuration (NoSuchLifecycleConfiguration). */
  readonly rules: readonly LifecycleRule[];
};

/** `id` = bucket name. */
export type BucketVersioning = Resource & { readonly status: 'enabled' | 'suspended' | 'never' };

/** `id` = bucket name. */
export type BucketTags = Resource & { readonly tags: Tags };

/** CloudWatch's daily storage metrics, newest point of the window. `id` = bucket name. */
export type BucketSize = Resource & {
  /** Bytes by the metric's StorageType without the suffix: StandardStorage, StandardIAStorage, IntelligentTieringFAStorage, …
   *  Current, noncurrent and incomplete-upload bytes together. `undefined` = no datapoints. */
  readonly bytesByStorageType: Readonly<Record<string, number>> | undefined;
  readonly objects: number | undefined;
  /** From Storage Lens, when its metrics are published to CloudWatch; else `undefined`. */
  readonly noncurrentBytes: number | undefined;
  readonly staleUploadBytes: number | undefined;
};

export type S3Kinds = {
  's3.bucket': Bucket;
  's3.bucket-lifecycle': BucketLifecycle;
  's3.bucket-versioning': BucketVersioning;
  's3.bucket-tags': BucketTags;
  's3.bucket-size': BucketSize;
};
