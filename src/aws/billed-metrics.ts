/** What GetMetricData bills. Types only: the meter is loaded before any AWS client. */
import type { GetMetricDataInput, GetMetricDataOutput } from '@aws-sdk/client-cloudwatch';

/**
 * Metrics that AWS bills for one successful call: each metric that was asked for, with datapoints or not, and each one
 * that a SEARCH found; the search itself is free. A further page counts as the request of its own that it is.
 * 0 for every other operation, GetMetricStatistics too. CloudWatch pricing, read 2026-11-23.
 * @param output the call's answer, one page
 */
export function billedMetrics({ input }: { readonly input: object }, output: object): number {
  const { MetricDataQueries = [] } = input as Partial<GetMetricDataInput>;
  const { MetricDataResults = [] } = output as GetMetricDataOutput;
  const asked = MetricDataQueries.filter(({ MetricStat }) => MetricStat !== undefined);
  const searches = new Set(
    MetricDataQueries.flatMap(({ Id, Expression = '' }) => (/\bSEARCH *\(/.test(Expression) ? [Id] : [])),
  );
  return asked.length + MetricDataResults.filter(({ Id }) => searches.has(Id)).length;
}
