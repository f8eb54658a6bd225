/** Buckets with every kind of lifecycle. */
import type { LifecycleRule } from '@aws-sdk/client-s3';
import type { BucketState, Builder, Feature } from '../account-state.ts';

const gb = 2 ** 30;
const standardGbMonthUsd = 0.023;
const daysPerMonth = 30.42;

const abort: LifecycleRule = {
  ID: 'abort',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
};
const expire: LifecycleRule = { ID: 'expire', Status: 'Enabled', Filter: {}, Expiration: { Days: 365 } };
const noncurrent: LifecycleRule = {
  ID: 'versions',
  Status: 'Enabled',
  Filter: { Prefix: '' },
  NoncurrentVersionExpiration: { NoncurrentDays: 90 },
};

/** Rules that leave nothing to report. */
export const healthyRules: readonly LifecycleRule[] = [abort, expire, noncurrent];

function bucket(builder: Builder, feature: string, changes: Partial<BucketState>): string {
  const region = changes.region ?? builder.region(feature);
  const name = `${builder.state.name}-${feature}-${builder.accountId.slice(-4)}`;
  const standardBytes = changes.standardBytes ?? 200 * gb;
  builder.state.buckets.push({
    name,
    region,
    rules: undefined,
    versioning: undefined,
    tags: builder.tags(),
    objects: 50_000,
    noncurrentBytes: undefined,
    staleUploadBytes: undefined,
    isClosed: false,
    ...changes,
    standardBytes,
  });
  builder.cost({
    service: 'Amazon Simple Storage Service',
    usageType: 'TimedStorage-ByteHrs',
    region,
    usdPerDay: (standardBytes / gb / daysPerMonth) * standardGbMonthUsd,
    quantityPerDay: standardBytes / gb / daysPerMonth,
  });
  return name;
}

export const bucketFeatures: Readonly<Record<string, Feature>> = {
  'bucket-without-rules': (builder) => {
    const name = bucket(builder, 'data', {
      region: 'us-east-1',
      standardBytes: 4096 * gb * builder.scale,
      objects: 2_000_000,
    });
    builder.plant('s3-missing-lifecycle', 'us-east-1', name);
    builder.plant('s3-missing-abort-incomplete-mpu', 'us-east-1', name);
  },
  'bucket-with-disabled-rules': (builder) => {
    const region = builder.region('disabled');
    const name = bucket(builder, 'disabled', { rules: [{ ...expire, Status: 'Disabled' }] });
    builder.plant('s3-lifecycle-ineffective', region, name);
    builder.plant('s3-missing-abort-incomplete-mpu', region, name);
    builder.nearMiss('s3-missing-lifecycle', region, name);
  },
  'bucket-with-past-date': (builder) => {
    const region = builder.region('past');
    const name = bucket(builder, 'past', {
      rules: [
        { ID: 'old', Status: 'Enabled', Filter: {}, Expiration: { Date: new Date('2024-01-01T00:00:00Z') } },
        { ...abort, Status: 'Disabled' },
      ],
    });
    builder.plant('s3-lifecycle-ineffective', region, name);
    builder.plant('s3-missing-abort-incomplete-mpu', region, name);
  },
  'bucket-without-abort': (builder) => {
    const region = builder.region('uploads');
    const name = bucket(builder, 'uploads', { rules: [expire], staleUploadBytes: 300 * gb });
    builder.plant('s3-missing-abort-incomplete-mpu', region, name);
    builder.nearMiss('s3-lifecycle-ineffective', region, name);
  },
  'versioned-for-ever': (builder) => {
    const name = bucket(builder, 'archive', {
      region: 'us-east-1',
      rules: [abort, expire],
      versioning: 'Enabled',
      standardBytes: 3000 * gb * builder.scale,
      noncurrentBytes: 2048 * gb * builder.scale,
    });
    builder.plant('s3-versioning-without-noncurrent-expiry', 'us-east-1', name);
    builder.nearMiss('s3-missing-abort-incomplete-mpu', 'us-east-1', name);
  },
  'versioning-suspended': (builder) => {
    const region = builder.region('suspended');
    const name = bucket(builder, 'suspended', { rules: [abort, expire], versioning: 'Suspended' });
    builder.plant('s3-versioning-without-noncurrent-expiry', region, name);
  },
  'complete-bucket': (builder) => {
    const region = builder.region('logs');
    const name = bucket(builder, 'logs', { rules: [...healthyRules], versioning: 'Enabled' });
    for (const check of [
      's3-missing-lifecycle',
      's3-lifecycle-ineffective',
      's3-missing-abort-incomplete-mpu',
      's3-versioning-without-noncurrent-expiry',
    ])
      builder.nearMiss(check, region, name);
  },
  'closed-bucket': (builder) => {
    const region = builder.region('vault');
    const name = bucket(builder, 'vault', { isClosed: true });
    builder.nearMiss('s3-missing-lifecycle', region, name);
  },
  'untagged-bucket': (builder) => {
    bucket(builder, 'scratch', { rules: [...healthyRules], tags: {} });
    builder.plant('tag-missing-required', 'global', 'AWS::S3::Bucket');
  },
};
