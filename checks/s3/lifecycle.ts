/** What lifecycle rules do and whose the bucket is, for the checks of this folder. Pure. */
import {
  type BucketLifecycle,
  type BucketSize,
  billedGb,
  type FindingDraft,
  type Inventory,
  type LifecycleRule,
} from 'costwarden/check';

/** The bucket as the resource of a finding, with its tags where they could be read: they name the owner. */
export function bucketResource(
  bucket: BucketLifecycle,
  inventory: Inventory<'s3.bucket-tags'>,
): FindingDraft['resource'] {
  const { id, arn, type, region } = bucket;
  return { id, arn, type, region, tags: inventory.find('s3.bucket-tags', id)?.tags };
}

/** Rules that are enabled and reach every object. */
export function bucketWide(rules: readonly LifecycleRule[]): LifecycleRule[] {
  return rules.filter((rule) => rule.isEnabled && rule.filter === 'whole-bucket');
}

/** Transitions further away than ten years never happen. */
const neverDays = 3650;

/** Whether a rule, as it stands, will ever move, expire or abort anything. */
export function isUseful(rule: LifecycleRule, now: string): boolean {
  if (!rule.isEnabled) return false;
  if (rule.expirationDays !== undefined && rule.expirationDays <= neverDays) return true;
  if (rule.expirationDate !== undefined && rule.expirationDate > now) return true;
  if (
    rule.transitions.some(({ days, date }) =>
      days !== undefined ? days <= neverDays : date !== undefined && date > now,
    )
  )
    return true;
  if (rule.noncurrentExpirationDays !== undefined || rule.noncurrentTransitions.length > 0) return true;
  return rule.abortIncompleteUploadDays !== undefined;
}

/** GB in the Standard class; `undefined` = no figure. */
export function standardGb(size: BucketSize | undefined): number | undefined {
  const byType = size?.bytesByStorageType;
  return byType === undefined ? undefined : billedGb(byType['StandardStorage'] ?? 0);
}

/** Two decimals, for evidence. */
export function roundGb(gb: number | undefined): number | null {
  return gb === undefined ? null : Math.round(gb * 100) / 100;
}

/** Buckets that AWS services make for themselves; their owners still pay. */
export function isServiceMade(name: string): boolean {
  return /^(cdk-.*-assets-|aws-glue-assets-|cf-templates-|aws-cloudtrail-logs-|elasticbeanstalk-)/.test(name);
}

/** Directory buckets are another kind of bucket, listed by another call; a name alone may still slip in. */
export function isDirectoryBucket({ id }: BucketLifecycle): boolean {
  return id.endsWith('--x-s3');
}

export function gbText(gb: number | undefined): string {
  return gb === undefined ? 'an unknown number of GB' : `${Math.round(gb).toLocaleString('en-US')} GB`;
}
