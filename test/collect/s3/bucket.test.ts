import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { collectKind, denial, testList } from '../../support/collected.ts';

const base = { type: 'AWS::S3::Bucket', accountId: '222222222222' };
const CreationDate = new Date('2025-01-01T00:00:00Z');

testList('s3.bucket', {
  client: S3Client,
  command: ListBucketsCommand,
  token: 'ContinuationToken',
  // Without a page size S3 sends no regions.
  input: { MaxBuckets: 10_000 },
  pages: [
    {
      Buckets: [
        {
          Name: 'shop-assets',
          BucketRegion: 'eu-west-1',
          CreationDate,
          BucketArn: 'arn:aws:s3:::shop-assets',
        },
      ],
      Owner: { ID: '0a1b2c' },
      ContinuationToken: 'page-2',
    },
    { Buckets: [{ Name: 'shop-logs', BucketRegion: 'us-east-1', CreationDate }], Owner: { ID: '0a1b2c' } },
  ],
  records: [
    { ...base, id: 'shop-assets', arn: 'arn:aws:s3:::shop-assets', region: 'eu-west-1' },
    { ...base, id: 'shop-logs', arn: 'arn:aws:s3:::shop-logs', region: 'us-east-1' },
  ],
  refusal: denial('s3:ListAllMyBuckets'),
  iamAction: 's3:ListAllMyBuckets',
});

test('a bucket without a region is an error: its settings could not be asked for', async () => {
  mockClient(S3Client)
    .on(ListBucketsCommand)
    .resolves({ Buckets: [{ Name: 'shop-assets', CreationDate }] });
  expect((await collectKind('s3.bucket')).gaps).toEqual([expect.objectContaining({ reason: 'unexpected' })]);
});

test('a page token that comes twice ends the list as incomplete', async () => {
  mockClient(S3Client).on(ListBucketsCommand).resolves({ Buckets: [], ContinuationToken: 'same' });
  const { gaps, records } = await collectKind('s3.bucket');
  expect(records.has('s3.bucket')).toBe(false);
  expect(gaps).toEqual([expect.objectContaining({ reason: 'unexpected' })]);
});
