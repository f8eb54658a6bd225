import { expect, test } from 'vitest';
import { billedMetrics } from '../../src/aws/billed-metrics.ts';

const metricStat = { Metric: { Namespace: 'AWS/S3', MetricName: 'NumberOfObjects' }, Period: 86_400, Stat: 'Average' };
const search = `SEARCH('Namespace="AWS/S3/Storage-Lens" record_type="BUCKET"', 'Average', 86400)`;

test.each([
  ['metrics that were asked for, with datapoints or not', ['q0', 'q1'], [], ['q0'], 2],
  ['metrics that a search found', [], ['s0'], ['s0', 's0', 's0'], 3],
  ['nothing, when a search found nothing', [], ['s0'], [], 0],
  ['both together', ['q0'], ['s0', 's1'], ['q0', 's0', 's1', 's1'], 4],
])('billed are %s', (_what, asked, searches, answered, metrics) => {
  const MetricDataQueries = [
    ...asked.map((Id) => ({ Id, MetricStat: metricStat })),
    ...searches.map((Id) => ({ Id, Expression: search })),
  ];
  expect(
    billedMetrics({ input: { MetricDataQueries } }, { MetricDataResults: answered.map((Id) => ({ Id, Values: [] })) }),
  ).toBe(metrics);
});

test('an expression over metrics that were asked for is not one more', () => {
  const MetricDataQueries = [
    { Id: 'q0', MetricStat: metricStat, ReturnData: false },
    { Id: 'e0', Expression: 'q0 * 2' },
  ];
  expect(billedMetrics({ input: { MetricDataQueries } }, { MetricDataResults: [{ Id: 'e0' }] })).toBe(1);
});

test.each([
  ['GetMetricStatistics', { Namespace: 'AWS/S3', MetricName: 'NumberOfObjects' }, { Datapoints: [{ Average: 1 }] }],
  ['DescribeVpcs', {}, { Vpcs: [] }],
])('%s bills no metrics', (_operation, input, output) => {
  expect(billedMetrics({ input }, output)).toBe(0);
});
