import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataInput,
  GetMetricStatisticsCommand,
} from '@aws-sdk/client-cloudwatch';
import { GetBucketLifecycleConfigurationCommand, type LifecycleRule } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { bucketRecord, mockBuckets } from '../../support/buckets.ts';
import { awsError, collectKind, denial } from '../../support/collected.ts';
import { mockMetrics } from '../../support/metrics.ts';

const cloudWatch = mockClient(CloudWatchClient);
beforeEach(() => cloudWatch.reset());

const withoutRules = () =>
  mockBuckets(GetBucketLifecycleConfigurationCommand, () => {
    throw awsError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', 404);
  });

test('sizes are the newest daily values, asked in the region of each bucket', async () => {
  withoutRules();
  const calls = mockMetrics(cloudWatch, (metric) =>
    metric === 'assets,StandardStorage/BucketSizeBytes'
      ? [300, 200]
      : metric === 'assets,AllStorageTypes/NumberOfObjects'
        ? [7, 6]
        : [],
  );
  const collected = await collectKind('s3.bucket-size');
  expect(collected.gaps).toEqual([]);
  expect(collected.of('s3.bucket-size')).toEqual([
    { ...bucketRecord('assets'), bytesByStorageType: { StandardStorage: 300 }, objects: 7 },
    // No datapoints: not known, not zero.
    bucketRecord('backup'),
    bucketRecord('logs'),
  ]);
  const sizesOf = (bucket: string) => [
    `${bucket},StandardStorage/BucketSizeBytes`,
    `${bucket},AllStorageTypes/NumberOfObjects`,
  ];
  const own = calls.filter(({ operation }) => operation === 'GetMetricStatistics');
  expect(
    Object.groupBy(
      own.flatMap(({ region, metrics }) => metrics.map((metric) => ({ region, metric }))),
      ({ region }) => region,
    ),
  ).toEqual({
    'eu-west-1': [...sizesOf('assets'), ...sizesOf('backup')].map((metric) => ({ region: 'eu-west-1', metric })),
    'us-east-1': sizesOf('logs').map((metric) => ({ region: 'us-east-1', metric })),
  });
});

test('Storage Lens figures of two pages are added up over the storage classes of a bucket', async () => {
  withoutRules();
  mockMetrics(cloudWatch, () => []);
  const pages: [region: string, token: string | undefined][] = [];
  cloudWatch.on(GetMetricDataCommand).callsFake(async (input: GetMetricDataInput, client) => {
    if (!input.MetricDataQueries![0]!.Expression!.includes('NonCurrentVersionStorageBytes')) {
      return { MetricDataResults: [] };
    }
    pages.push([await client().config.region(), input.NextToken]);
    const row = (Label: string, ...Values: number[]) => ({ Id: 's0', Label, Values, StatusCode: 'Complete' });
    return input.NextToken === undefined
      ? { MetricDataResults: [row('assets', 10, 9), row('backup')], NextToken: 'page-2' }
      : { MetricDataResults: [row('assets', 5)] };
  });
  const sizes = (await collectKind('s3.bucket-size')).of('s3.bucket-size')!;
  expect(sizes.map(({ id, noncurrentBytes, staleUploadBytes }) => [id, noncurrentBytes, staleUploadBytes])).toEqual([
    ['assets', 15, undefined],
    ['backup', undefined, undefined],
    ['logs', undefined, undefined],
  ]);
  expect(pages.toSorted((a, b) => (a.join() < b.join() ? -1 : 1))).toEqual([
    ['eu-west-1', undefined],
    ['eu-west-1', 'page-2'],
    ['us-east-1', undefined],
    ['us-east-1', 'page-2'],
  ]);
});

test('a bucket whose lifecycle leaves nothing to say is not asked about', async () => {
  const settled: LifecycleRule = {
    Status: 'Enabled',
    Filter: {},
    Expiration: { Days: 30 },
    NoncurrentVersionExpiration: { NoncurrentDays: 7 },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  };
  const almost: Record<string, LifecycleRule> = {
    assets: settled,
    logs: { ...settled, Filter: { Prefix: 'tmp/' } },
    backup: { ...settled, Status: 'Disabled' },
  };
  mockBuckets(GetBucketLifecycleConfigurationCommand, (bucket) => ({ Rules: [almost[bucket]!] }));
  const calls = mockMetrics(cloudWatch, () => []);
  const sizes = (await collectKind('s3.bucket-size')).of('s3.bucket-size')!;
  expect(sizes.map(({ id }) => id)).toEqual(['logs', 'backup']);
  expect(calls.flatMap(({ metrics }) => metrics).filter((metric) => metric.startsWith('assets,'))).toEqual([]);
});

test.each([
  ['cloudwatch:GetMetricData', GetMetricDataCommand],
  ['cloudwatch:GetMetricStatistics', GetMetricStatisticsCommand],
])('without %s there is a gap that names it; the buckets stay', async (iamAction, command) => {
  withoutRules();
  mockMetrics(cloudWatch, () => [1]);
  cloudWatch.on(command as never).rejects(denial(iamAction));
  const collected = await collectKind('s3.bucket-size');
  expect(collected.of('s3.bucket')).toHaveLength(3);
  expect(collected.records.has('s3.bucket-size')).toBe(false);
  expect(collected.gaps).toEqual([expect.objectContaining({ kind: 's3.bucket-size', reason: 'denied', iamAction })]);
});

test('a search that failed under status 200 is a gap, not an absence of figures', async () => {
  withoutRules();
  mockMetrics(cloudWatch, () => [1]);
  cloudWatch.on(GetMetricDataCommand).resolves({
    MetricDataResults: [{ Id: 's0', Label: '', Values: [], StatusCode: 'InternalError' }],
  });
  const { gaps, records } = await collectKind('s3.bucket-size');
  expect(records.has('s3.bucket-size')).toBe(false);
  expect(gaps).toEqual([expect.objectContaining({ kind: 's3.bucket-size', reason: 'unexpected' })]);
});
