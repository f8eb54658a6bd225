import { CloudWatchClient, GetMetricDataCommand, type GetMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { GetBucketLifecycleConfigurationCommand, type LifecycleRule } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { bucketRecord, mockBuckets } from '../../support/buckets.ts';
import { awsError, collectKind, denial } from '../../support/collected.ts';

const cloudWatch = mockClient(CloudWatchClient);
beforeEach(() => cloudWatch.reset());

const withoutRules = () =>
  mockBuckets(GetBucketLifecycleConfigurationCommand, () => {
    throw awsError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', 404);
  });

type Asked = { region: string; token: string | undefined; queries: string[] };

/** Answers by bucket and metric; every call is written down. */
function mockMetrics(answer: (what: string, token: string | undefined) => object | undefined): Asked[] {
  const asked: Asked[] = [];
  cloudWatch.on(GetMetricDataCommand).callsFake(async (input: GetMetricDataInput, client) => {
    const queries = input.MetricDataQueries!.map(({ MetricStat, Expression }) =>
      MetricStat === undefined
        ? /MetricName="(\w+)"/.exec(Expression ?? '')![1]!
        : `${MetricStat.Metric!.Dimensions![0]!.Value}/${MetricStat.Metric!.MetricName}`,
    );
    asked.push({ region: await client().config.region(), token: input.NextToken, queries });
    const [first = ''] = queries;
    if (!first.includes('/')) return answer(first, input.NextToken) ?? { MetricDataResults: [] };
    return {
      MetricDataResults: queries.flatMap((query, index) => {
        const values = answer(query, input.NextToken);
        return values === undefined ? [] : [{ Id: `q${index}`, StatusCode: 'Complete', ...values }];
      }),
    };
  });
  return asked;
}

test('sizes are the newest daily values, asked in the region of each bucket', async () => {
  withoutRules();
  const yesterday = [new Date('2026-11-23T00:00:00Z'), new Date('2026-11-22T00:00:00Z')];
  const asked = mockMetrics((what) =>
    what === 'assets/BucketSizeBytes'
      ? { Values: [300, 200], Timestamps: yesterday }
      : what === 'assets/NumberOfObjects'
        ? { Values: [7, 6], Timestamps: yesterday }
        : undefined,
  );
  const collected = await collectKind('s3.bucket-size');
  expect(collected.gaps).toEqual([]);
  expect(collected.of('s3.bucket-size')).toEqual([
    { ...bucketRecord('assets'), bytesByStorageType: { StandardStorage: 300 }, objects: 7 },
    // No datapoints: not known, not zero.
    bucketRecord('backup'),
    bucketRecord('logs'),
  ]);
  const own = asked.filter(({ queries }) => queries[0]!.includes('/'));
  expect(own.map(({ region, queries }) => [region, queries])).toEqual([
    [
      'eu-west-1',
      ['assets/BucketSizeBytes', 'assets/NumberOfObjects', 'backup/BucketSizeBytes', 'backup/NumberOfObjects'],
    ],
    ['us-east-1', ['logs/BucketSizeBytes', 'logs/NumberOfObjects']],
  ]);
});

test('Storage Lens figures of two pages are added up over the storage classes of a bucket', async () => {
  withoutRules();
  const asked = mockMetrics((what, token) => {
    if (what !== 'NonCurrentVersionStorageBytes') return undefined;
    const row = (Label: string, ...Values: number[]) => ({ Id: 's0', Label, Values, StatusCode: 'Complete' });
    return token === undefined
      ? { MetricDataResults: [row('assets', 10, 9), row('backup')], NextToken: 'page-2' }
      : { MetricDataResults: [row('assets', 5)] };
  });
  const sizes = (await collectKind('s3.bucket-size')).of('s3.bucket-size')!;
  expect(sizes.map(({ id, noncurrentBytes, staleUploadBytes }) => [id, noncurrentBytes, staleUploadBytes])).toEqual([
    ['assets', 15, undefined],
    ['backup', undefined, undefined],
    ['logs', undefined, undefined],
  ]);
  expect(asked.filter(({ token }) => token === 'page-2').map(({ region }) => region)).toEqual([
    'eu-west-1',
    'us-east-1',
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
  mockMetrics(() => undefined);
  const sizes = (await collectKind('s3.bucket-size')).of('s3.bucket-size')!;
  expect(sizes.map(({ id }) => id)).toEqual(['logs', 'backup']);
});

test('a refused metric call is a gap that names the permission; the buckets stay', async () => {
  withoutRules();
  cloudWatch.on(GetMetricDataCommand).rejects(denial('cloudwatch:GetMetricData'));
  const collected = await collectKind('s3.bucket-size');
  expect(collected.of('s3.bucket')).toHaveLength(3);
  expect(collected.records.has('s3.bucket-size')).toBe(false);
  expect(collected.gaps).toEqual([
    expect.objectContaining({ kind: 's3.bucket-size', reason: 'denied', iamAction: 'cloudwatch:GetMetricData' }),
  ]);
});

test('a search that failed under status 200 is a gap, not an absence of figures', async () => {
  withoutRules();
  mockMetrics((what) =>
    what === 'IncompleteMPUStorageBytesOlderThan7Days'
      ? { MetricDataResults: [{ Id: 's0', Label: '', Values: [], StatusCode: 'InternalError' }] }
      : undefined,
  );
  expect((await collectKind('s3.bucket-size')).gaps).toEqual([
    expect.objectContaining({ kind: 's3.bucket-size', reason: 'unexpected' }),
  ]);
});
