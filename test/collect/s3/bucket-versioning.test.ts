import { GetBucketVersioningCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { bucketRecord, mockBuckets, testEachBucket } from '../../support/buckets.ts';
import { collectKind } from '../../support/collected.ts';

const answers: Readonly<Record<string, object>> = {
  assets: { Status: 'Enabled', MFADelete: 'Disabled' },
  logs: { Status: 'Suspended' },
  backup: {},
};
const answer = (bucket: string): object => answers[bucket]!;

testEachBucket('s3.bucket-versioning', {
  command: GetBucketVersioningCommand,
  iamAction: 's3:GetBucketVersioning',
  answer,
});

test('a bucket that never had versions answers without a status', async () => {
  mockBuckets(GetBucketVersioningCommand, answer);
  expect((await collectKind('s3.bucket-versioning')).of('s3.bucket-versioning')).toEqual([
    { ...bucketRecord('assets'), status: 'enabled' },
    { ...bucketRecord('logs'), status: 'suspended' },
    { ...bucketRecord('backup'), status: 'never' },
  ]);
});
