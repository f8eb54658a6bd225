import type { Collector } from '../collector.ts';
import type { MetricRequest } from '../metrics/request.ts';
import { ec2Record } from './records.ts';

const windowDays = 30;
/** What the billing meter sees: both directions on the inner side. The Out metrics repeat the same bytes. */
const billedMetrics = ['BytesInFromSource', 'BytesInFromDestination'];

export const ec2NatGatewayTraffic: Collector<'ec2.nat-gateway-traffic'> = {
  kind: 'ec2.nat-gateway-traffic',
  scope: 'region',
  iamActions: ['cloudwatch:GetMetricData', 'cloudwatch:GetMetricStatistics'],
  after: ['ec2.nat-gateway'],
  async *collect({ scope, metrics, collected, now }) {
    const available = collected('ec2.nat-gateway').filter(({ state }) => state === 'available');
    const requests = available.flatMap(({ id }) =>
      billedMetrics.map(
        (metric): MetricRequest => ({
          key: `${id}/${metric}`,
          namespace: 'AWS/NATGateway',
          metric,
          dimensions: { NatGatewayId: id },
          statistic: 'Sum',
        }),
      ),
    );
    const series = await metrics.daily(requests, { windowDays });
    for (const { id, createdAt } of available) {
      const values = billedMetrics.flatMap((metric) => series.get(`${id}/${metric}`)?.values ?? []);
      let bytes = 0;
      for (const value of values) bytes += value;
      // A gateway younger than the window has fewer days to count.
      const ageDays = Math.floor((Date.parse(now) - Date.parse(createdAt)) / 86_400_000);
      yield {
        ...ec2Record(scope, 'AWS::EC2::NatGateway', 'natgateway/', id),
        tags: undefined,
        windowDays: Math.max(1, Math.min(windowDays, ageDays)),
        processedBytes: values.length === 0 ? undefined : bytes,
      };
    }
  },
};
