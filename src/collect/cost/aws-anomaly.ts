import { type Anomaly, CostExplorerClient, GetAnomaliesCommand } from '@aws-sdk/client-cost-explorer';
import { requireMember, walkPages } from '../../aws/answer.ts';
import type { AwsCostAnomaly } from '../../model/resources/cost.ts';
import type { Collector } from '../collector.ts';
import { lastMonth } from './cost-explorer.ts';

/**
 * What AWS's own anomaly detection has found in the last 30 days. Every page is a paid request. Only the account that
 * made a monitor sees what it found: monitors of member accounts are not in it.
 */
export const costAwsAnomaly: Collector<'cost.aws-anomaly'> = {
  kind: 'cost.aws-anomaly',
  scope: 'payer',
  iamActions: ['ce:GetAnomalies'],
  async *collect({ session, scope, now }) {
    const client = session.client(CostExplorerClient);
    const { from, to } = lastMonth(now);
    const pages = walkPages(
      (NextPageToken) =>
        client.send(new GetAnomaliesCommand({ DateInterval: { StartDate: from, EndDate: to }, NextPageToken })),
      ({ NextPageToken }) => NextPageToken,
    );
    for await (const page of pages)
      for (const anomaly of requireMember(page, 'Anomalies')) yield toAnomaly(anomaly, scope.account.id);
  },
};

function toAnomaly(anomaly: Anomaly, payerId: string): AwsCostAnomaly {
  const [cause] = anomaly.RootCauses ?? [];
  const { AnomalyId: id = '' } = anomaly;
  return {
    id,
    arn: `arn:aws:ce::${payerId}:anomaly/${id}`,
    type: 'AWS::CE::Anomaly',
    accountId: cause?.LinkedAccount ?? payerId,
    region: cause?.Region ?? 'global',
    tags: undefined,
    from: day(anomaly.AnomalyStartDate),
    to: anomaly.AnomalyEndDate === undefined ? null : day(anomaly.AnomalyEndDate),
    service: cause?.Service ?? anomaly.DimensionValue ?? '',
    usageType: cause?.UsageType ?? '',
    impactUsd: anomaly.Impact?.TotalImpact ?? anomaly.Impact?.MaxImpact ?? 0,
    monitorArn: anomaly.MonitorArn ?? '',
    feedback: anomaly.Feedback ?? null,
  };
}

/** Cost Explorer says `2026-11-03` or `2026-11-03T00:00:00Z`. */
function day(at: string | undefined): string {
  return (at ?? '').slice(0, 10);
}
