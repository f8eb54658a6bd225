import { GetBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { Collector } from '../collector.ts';
import { eachBucket } from './each-bucket.ts';

export const s3BucketVersioning: Collector<'s3.bucket-versioning'> = {
  kind: 's3.bucket-versioning',
  scope: 'global',
  iamActions: ['s3:GetBucketVersioning'],
  after: ['s3.bucket'],
  collect: (context) =>
    eachBucket(context, {
      send: (client, Bucket) => client.send(new GetBucketVersioningCommand({ Bucket })),
      absent: [],
      // A bucket that never had versions answers without a status.
      toRecord: (bucket, answer) => ({ ...bucket, status: statuses[answer?.Status ?? ''] ?? 'never' }),
    }),
};

const statuses: Readonly<Record<string, 'enabled' | 'suspended'>> = { Enabled: 'enabled', Suspended: 'suspended' };
