/** The free call: GetMetricStatistics, one metric at a time. */
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { requireMember } from '../../aws/answer.ts';
import { toCollectError } from '../../aws/errors.ts';
import type { AccountSession } from '../../aws/session.ts';
import { dimensionsOf, isoTime, type MetricRequest, type MetricSeries, type MetricWindow } from './request.ts';

/**
 * Daily values of one metric, newest first. One call: AWS refuses more than 1,440 datapoints instead of paging them
 * (CloudWatch API reference, read 2026-11-23), and keeps fewer days than that.
 * @throws CollectError when the call failed or a datapoint lacks its time or value
 */
export async function metricStatistics(
  session: AccountSession,
  request: MetricRequest,
  { region, StartTime, EndTime }: MetricWindow,
): Promise<MetricSeries> {
  const { namespace, metric, statistic } = request;
  const command = new GetMetricStatisticsCommand({
    Namespace: namespace,
    MetricName: metric,
    Dimensions: dimensionsOf(request),
    Statistics: [statistic],
    Period: 86_400,
    StartTime,
    EndTime,
  });
  try {
    const points = requireMember(await session.client(CloudWatchClient, region).send(command), 'Datapoints')
      .map((point) => ({ time: requireMember(point, 'Timestamp'), value: requireMember(point, statistic) }))
      // They come in no order.
      .sort((a, b) => b.time.getTime() - a.time.getTime());
    return { values: points.map(({ value }) => value), timestamps: points.map(({ time }) => isoTime(time)) };
  } catch (error) {
    throw toCollectError(error, { iamAction: 'cloudwatch:GetMetricStatistics' });
  }
}
