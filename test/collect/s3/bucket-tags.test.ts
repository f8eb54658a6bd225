import { GetBucketTaggingCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { bucketRecord, mockBuckets, testEachBucket } from '../../support/buckets.ts';
import { awsError, collectKind } from '../../support/collected.ts';

testEachBucket('s3.bucket-tags', {
  command: GetBucketTaggingCommand,
  iamAction: 's3:GetBucketTagging',
  answer: () => ({ TagSet: [] }),
});

test('NoSuchTagSet means no tags; an answer without a tag set means nothing', async () => {
  mockBuckets(GetBucketTaggingCommand, (bucket) => {
    if (bucket === 'logs') throw awsError('NoSuchTagSet', 'The TagSet does not exist', 404);
    return bucket === 'backup' ? {} : { TagSet: [{ Key: 'team', Value: 'shop' }] };
  });
  const collected = await collectKind('s3.bucket-tags');
  expect(collected.of('s3.bucket-tags')).toEqual([
    { ...bucketRecord('assets'), tags: { team: 'shop' } },
    { ...bucketRecord('logs'), tags: {} },
  ]);
  expect(collected.gaps).toEqual([expect.objectContaining({ reason: 'unexpected', resourceId: 'backup' })]);
});
