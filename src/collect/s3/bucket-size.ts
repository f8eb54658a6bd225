/**
 * Sizes from CloudWatch's free daily storage metrics; nothing is listed in the buckets.
 * Asking costs per metric, so only buckets whose lifecycle leaves something to say are asked about.
 */
import type { Bucket, BucketSize, LifecycleRule } from '../../model/resources/s3.ts';
import type { Collector } from '../collector.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { MetricRequest } from '../metrics/request.ts';

/** Published once a day, one to two days late. */
const windowDays = 3;

export const s3BucketSize: Collector<'s3.bucket-size'> = {
  kind: 's3.bucket-size',
  scope: 'global',
  iamActions: ['cloudwatch:GetMetricData', 'cloudwatch:GetMetricStatistics'],
  after: ['s3.bucket', 's3.bucket-lifecycle'],
  async *collect({ metrics, collected }) {
    const settled = new Set(
      collected('s3.bucket-lifecycle').flatMap(({ id, rules }) => (isSettled(rules) ? [id] : [])),
    );
    const candidates = collected('s3.bucket').filter(({ id }) => !settled.has(id));
    const byRegion = Map.groupBy(candidates, ({ region }) => region);
    const sizes = await Promise.all([...byRegion].map(([region, buckets]) => sizesIn(region, buckets, metrics)));
    yield* sizes.flat();
  },
};

async function sizesIn(region: string, buckets: readonly Bucket[], metrics: Metrics): Promise<BucketSize[]> {
  const period = { region, windowDays };
  const [series, noncurrent, stale] = await Promise.all([
    metrics.daily(buckets.flatMap(requestsFor), period),
    metrics.search(lensSearch('NonCurrentVersionStorageBytes'), period),
    metrics.search(lensSearch('IncompleteMPUStorageBytesOlderThan7Days'), period),
  ]);
  return buckets.map((bucket) => {
    const standard = series.get(`${bucket.id}/standard`)?.values[0];
    return {
      ...bucket,
      bytesByStorageType: standard === undefined ? undefined : { StandardStorage: standard },
      objects: series.get(`${bucket.id}/objects`)?.values[0],
      noncurrentBytes: noncurrent.get(bucket.id),
      staleUploadBytes: stale.get(bucket.id),
    };
  });
}

/** Whole-bucket rules that end uploads and old versions and move or expire the rest: no check asks for the size. */
function isSettled(rules: readonly LifecycleRule[]): boolean {
  const active = rules.filter(({ isEnabled, filter }) => isEnabled && filter === 'whole-bucket');
  return (
    active.some((rule) => rule.abortIncompleteUploadDays !== undefined) &&
    active.some((rule) => rule.noncurrentExpirationDays !== undefined) &&
    active.some((rule) => rule.expirationDays !== undefined || rule.transitions.length > 0)
  );
}

function requestsFor({ id }: Bucket): MetricRequest[] {
  const request = (key: string, metric: string, StorageType: string): MetricRequest => ({
    key: `${id}/${key}`,
    namespace: 'AWS/S3',
    metric,
    dimensions: { BucketName: id, StorageType },
    statistic: 'Average',
  });
  return [
    request('standard', 'BucketSizeBytes', 'StandardStorage'),
    request('objects', 'NumberOfObjects', 'AllStorageTypes'),
  ];
}

/** Storage Lens figures exist only where a dashboard publishes them to CloudWatch; one row per storage class. */
function lensSearch(metric: string): { expression: string; label: string } {
  return {
    expression: `Namespace="AWS/S3/Storage-Lens" MetricName="${metric}" record_type="BUCKET"`,
    label: `\${PROP('Dim.bucket_name')}`,
  };
}
