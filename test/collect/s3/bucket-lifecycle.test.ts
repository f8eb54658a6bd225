import { GetBucketLifecycleConfigurationCommand, type LifecycleRule } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { bucketRecord, mockBuckets, testEachBucket } from '../../support/buckets.ts';
import { awsError, collectKind } from '../../support/collected.ts';

const rule: LifecycleRule = { ID: 'all', Status: 'Enabled', Filter: {}, Expiration: { Days: 365 } };

testEachBucket('s3.bucket-lifecycle', {
  command: GetBucketLifecycleConfigurationCommand,
  iamAction: 's3:GetLifecycleConfiguration',
  answer: () => ({ Rules: [rule], TransitionDefaultMinimumObjectSize: 'all_storage_classes_128K' }),
});

const rulesOf = async (given: LifecycleRule) => {
  mockBuckets(GetBucketLifecycleConfigurationCommand, () => ({ Rules: [given] }));
  return (await collectKind('s3.bucket-lifecycle')).of('s3.bucket-lifecycle')![0]!.rules[0]!;
};

test('NoSuchLifecycleConfiguration is an empty answer; an answer without rules is none at all', async () => {
  mockBuckets(GetBucketLifecycleConfigurationCommand, (bucket) => {
    if (bucket === 'assets')
      throw awsError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', 404);
    return bucket === 'logs' ? {} : { Rules: [rule] };
  });
  const collected = await collectKind('s3.bucket-lifecycle');
  expect(collected.of('s3.bucket-lifecycle')).toEqual([
    { ...bucketRecord('assets'), rules: [] },
    { ...bucketRecord('backup'), rules: [expect.objectContaining({ id: 'all', expirationDays: 365 })] },
  ]);
  expect(collected.gaps).toEqual([expect.objectContaining({ reason: 'unexpected', resourceId: 'logs' })]);
});

test('everything a rule can do is kept under one spelling', async () => {
  expect(
    await rulesOf({
      ID: 'tidy',
      Status: 'Disabled',
      Filter: { Prefix: 'tmp/' },
      Expiration: { ExpiredObjectDeleteMarker: true },
      Transitions: [
        { Days: 30, StorageClass: 'STANDARD_IA' },
        { Date: new Date('2027-01-01T00:00:00Z'), StorageClass: 'GLACIER' },
      ],
      NoncurrentVersionExpiration: { NoncurrentDays: 14, NewerNoncurrentVersions: 3 },
      NoncurrentVersionTransitions: [{ NoncurrentDays: 7, StorageClass: 'GLACIER_IR' }],
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 5 },
    }),
  ).toEqual({
    id: 'tidy',
    isEnabled: false,
    filter: 'prefix',
    prefix: 'tmp/',
    expirationDays: undefined,
    expirationDate: undefined,
    expiresDeleteMarkers: true,
    transitions: [
      { storageClass: 'STANDARD_IA', days: 30, date: undefined },
      { storageClass: 'GLACIER', days: undefined, date: '2027-01-01T00:00:00.000Z' },
    ],
    noncurrentExpirationDays: 14,
    noncurrentVersionsKept: 3,
    noncurrentTransitions: [{ storageClass: 'GLACIER_IR', days: 7 }],
    abortIncompleteUploadDays: 5,
  });
});

test('an expiration can be a date', async () => {
  expect(
    await rulesOf({ Status: 'Enabled', Prefix: '', Expiration: { Date: new Date('2027-06-01T00:00:00Z') } }),
  ).toMatchObject({ id: '', isEnabled: true, expirationDate: '2027-06-01T00:00:00.000Z', expirationDays: undefined });
});

test.each([
  [{ Filter: {} }, 'whole-bucket', undefined],
  [{ Filter: { Prefix: '' } }, 'whole-bucket', undefined],
  [{ Prefix: '' }, 'whole-bucket', undefined],
  [{}, 'whole-bucket', undefined],
  [{ Prefix: 'logs/' }, 'prefix', 'logs/'],
  [{ Filter: { Prefix: 'logs/' } }, 'prefix', 'logs/'],
  [{ Filter: { And: { Prefix: 'logs/', Tags: [{ Key: 'a', Value: 'b' }] } } }, 'combined', 'logs/'],
  [{ Filter: { Tag: { Key: 'a', Value: 'b' } } }, 'tag', undefined],
  [
    {
      Filter: {
        And: {
          Tags: [
            { Key: 'a', Value: 'b' },
            { Key: 'c', Value: 'd' },
          ],
        },
      },
    },
    'tag',
    undefined,
  ],
  [{ Filter: { ObjectSizeGreaterThan: 0 } }, 'size', undefined],
  [{ Filter: { And: { ObjectSizeGreaterThan: 1, ObjectSizeLessThan: 9 } } }, 'size', undefined],
  [{ Filter: { And: { ObjectSizeLessThan: 9, Tags: [{ Key: 'a', Value: 'b' }] } } }, 'combined', undefined],
] satisfies [Partial<LifecycleRule>, string, string | undefined][])(
  '%j is a filter of the kind %s',
  async (given, filter, prefix) => {
    expect(await rulesOf({ Status: 'Enabled', ...given })).toMatchObject({ filter, prefix });
  },
);
