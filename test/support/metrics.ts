/** A mocked CloudWatch that gives the same values through both of its calls, each in its own shape and order. */
import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataInput,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsInput,
  type Metric,
} from '@aws-sdk/client-cloudwatch';
import type { AwsClientStub } from 'aws-sdk-client-mock';

export type MetricCall = {
  readonly operation: 'GetMetricData' | 'GetMetricStatistics';
  readonly region: string;
  /** `<dimension values>/<metric>`, e.g. `nat-1/BytesInFromSource`; a search by the metric it searches. */
  readonly metrics: readonly string[];
};

type Row = { readonly label: string; readonly values: readonly number[] };

/**
 * @param valuesOf daily values newest first, of the days before the end of the window; `[]` = no datapoints
 * @param rowsOf what a search finds
 * @returns the calls as they were made
 */
export function mockMetrics(
  mock: AwsClientStub<CloudWatchClient>,
  valuesOf: (metric: string) => readonly number[],
  rowsOf: (metric: string) => readonly Row[] = () => [],
): MetricCall[] {
  const calls: MetricCall[] = [];
  mock.on(GetMetricDataCommand).callsFake(async (input: GetMetricDataInput, client) => {
    const queries = input.MetricDataQueries!.map(({ Id, Expression, MetricStat }) => ({
      Id,
      isSearch: MetricStat === undefined,
      metric: MetricStat === undefined ? searched(Expression!) : nameOf(MetricStat.Metric!),
    }));
    const region = await client().config.region();
    calls.push({ operation: 'GetMetricData', region, metrics: queries.map(({ metric }) => metric) });
    return {
      MetricDataResults: queries.flatMap(({ Id, isSearch, metric }) => {
        const rows = isSearch ? rowsOf(metric) : [{ label: metric, values: valuesOf(metric) }];
        return rows.map(({ label, values }) => ({
          Id,
          Label: label,
          Values: values,
          Timestamps: daysBefore(input.EndTime!, values.length),
          StatusCode: 'Complete',
        }));
      }),
    };
  });
  mock.on(GetMetricStatisticsCommand).callsFake(async (input: GetMetricStatisticsInput, client) => {
    const metric = nameOf(input);
    calls.push({ operation: 'GetMetricStatistics', region: await client().config.region(), metrics: [metric] });
    const [statistic] = input.Statistics!;
    const values = valuesOf(metric);
    const points = daysBefore(input.EndTime!, values.length).map((Timestamp, index) => ({
      Timestamp,
      [statistic!]: values[index],
      Unit: 'Bytes',
    }));
    // AWS gives no order.
    return { Label: input.MetricName, Datapoints: [...points.slice(1), ...points.slice(0, 1)].reverse() };
  });
  return calls;
}

/** Starts of the last full days, newest first. */
export function daysBefore(end: Date, count: number): Date[] {
  return Array.from({ length: count }, (_, index) => new Date(end.getTime() - (index + 1) * 86_400_000));
}

function nameOf({ Dimensions = [], MetricName }: Pick<Metric, 'Dimensions' | 'MetricName'>): string {
  return `${Dimensions.map(({ Value }) => Value).join(',')}/${MetricName}`;
}

function searched(expression: string): string {
  return /MetricName="(\w+)"/.exec(expression)![1]!;
}
