import { GetBucketLifecycleConfigurationCommand, type LifecycleRule as S3Rule } from '@aws-sdk/client-s3';
import { requireMember } from '../../aws/answer.ts';
import type { LifecycleRule } from '../../model/resources/s3.ts';
import type { Collector } from '../collector.ts';
import { eachBucket } from './each-bucket.ts';

export const s3BucketLifecycle: Collector<'s3.bucket-lifecycle'> = {
  kind: 's3.bucket-lifecycle',
  scope: 'global',
  // The action is not named like the operation: s3:GetBucketLifecycleConfiguration does not exist.
  iamActions: ['s3:GetLifecycleConfiguration'],
  after: ['s3.bucket'],
  collect: (context) =>
    eachBucket(context, {
      send: (client, Bucket) => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
      absent: ['NoSuchLifecycleConfiguration'],
      toRecord: (bucket, answer) => ({
        ...bucket,
        rules: answer === undefined ? [] : requireMember(answer, 'Rules').map(toRule),
      }),
    }),
};

function toRule(rule: S3Rule): LifecycleRule {
  const { Expiration, NoncurrentVersionExpiration } = rule;
  return {
    id: rule.ID ?? '',
    isEnabled: rule.Status === 'Enabled',
    ...filterOf(rule),
    expirationDays: Expiration?.Days,
    expirationDate: Expiration?.Date?.toISOString(),
    expiresDeleteMarkers: Expiration?.ExpiredObjectDeleteMarker ?? false,
    transitions: (rule.Transitions ?? []).map(({ StorageClass = '', Days, Date: date }) => ({
      storageClass: StorageClass,
      days: Days,
      date: date?.toISOString(),
    })),
    noncurrentExpirationDays: NoncurrentVersionExpiration?.NoncurrentDays,
    noncurrentVersionsKept: NoncurrentVersionExpiration?.NewerNoncurrentVersions,
    noncurrentTransitions: (rule.NoncurrentVersionTransitions ?? []).map(({ StorageClass = '', NoncurrentDays }) => ({
      storageClass: StorageClass,
      days: NoncurrentDays,
    })),
    abortIncompleteUploadDays: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
  };
}

/** `Filter: {}`, `Filter: {Prefix: ''}` and the old top-level `Prefix: ''` all mean the whole bucket. */
function filterOf({ Filter, Prefix }: S3Rule): Pick<LifecycleRule, 'filter' | 'prefix'> {
  const prefix = Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '';
  const tags = (Filter?.Tag === undefined ? 0 : 1) + (Filter?.And?.Tags?.length ?? 0);
  const sizes = [
    Filter?.ObjectSizeGreaterThan,
    Filter?.ObjectSizeLessThan,
    Filter?.And?.ObjectSizeGreaterThan,
    Filter?.And?.ObjectSizeLessThan,
  ].filter((size) => size !== undefined).length;
  const limits = (prefix === '' ? 0 : 1) + (tags > 0 ? 1 : 0) + (sizes > 0 ? 1 : 0);
  if (limits === 0) return { filter: 'whole-bucket', prefix: undefined };
  if (limits > 1) return { filter: 'combined', prefix: prefix === '' ? undefined : prefix };
  if (prefix !== '') return { filter: 'prefix', prefix };
  return { filter: tags > 0 ? 'tag' : 'size', prefix: undefined };
}
