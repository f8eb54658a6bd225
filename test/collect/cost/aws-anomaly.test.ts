import { CostExplorerClient, GetAnomaliesCommand } from '@aws-sdk/client-cost-explorer';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { collectKind, denial, testList } from '../../support/collected.ts';

const monitor = 'arn:aws:ce::111111111111:anomalymonitor/0d9ad1a1-4a1c-4d0e-8a6a-2f3f1b8c7e10';
const anomaly = {
  AnomalyId: 'a-1',
  AnomalyStartDate: '2026-11-12T00:00:00Z',
  AnomalyEndDate: '2026-11-15T00:00:00Z',
  DimensionValue: 'AWS Glue',
  RootCauses: [
    { Service: 'AWS Glue', Region: 'eu-west-1', LinkedAccount: '333333333333', UsageType: 'EU-ETL-DPU-Hour' },
  ],
  AnomalyScore: { MaxScore: 0.9, CurrentScore: 0.2 },
  Impact: { MaxImpact: 300, TotalImpact: 912.4 },
  MonitorArn: monitor,
};

testList('cost.aws-anomaly', {
  client: CostExplorerClient,
  command: GetAnomaliesCommand,
  token: 'NextPageToken',
  input: { DateInterval: { StartDate: '2026-10-25', EndDate: '2026-11-24' } },
  pages: [
    { Anomalies: [anomaly], NextPageToken: 'page-2' },
    // What goes on has no end; what AWS cannot explain has no causes.
    {
      Anomalies: [
        {
          AnomalyId: 'a-2',
          AnomalyStartDate: '2026-11-20',
          DimensionValue: 'Amazon Simple Storage Service',
          AnomalyScore: { MaxScore: 0.5, CurrentScore: 0.5 },
          Impact: { MaxImpact: 40 },
          MonitorArn: monitor,
          Feedback: 'NO',
        },
      ],
    },
  ],
  records: [
    {
      id: 'a-1',
      arn: 'arn:aws:ce::222222222222:anomaly/a-1',
      type: 'AWS::CE::Anomaly',
      accountId: '333333333333',
      region: 'eu-west-1',
      from: '2026-11-12',
      to: '2026-11-15',
      service: 'AWS Glue',
      usageType: 'EU-ETL-DPU-Hour',
      impactUsd: 912.4,
      monitorArn: monitor,
      feedback: null,
    },
    {
      id: 'a-2',
      arn: 'arn:aws:ce::222222222222:anomaly/a-2',
      type: 'AWS::CE::Anomaly',
      accountId: '222222222222',
      region: 'global',
      from: '2026-11-20',
      to: null,
      service: 'Amazon Simple Storage Service',
      usageType: '',
      impactUsd: 40,
      monitorArn: monitor,
      feedback: 'NO',
    },
  ],
  refusal: denial('ce:GetAnomalies', 'AccessDeniedException', 400),
  iamAction: 'ce:GetAnomalies',
});

test('a page token that comes twice ends the list as incomplete', async () => {
  mockClient(CostExplorerClient).on(GetAnomaliesCommand).resolves({ Anomalies: [], NextPageToken: 'same' });
  const { gaps, records } = await collectKind('cost.aws-anomaly');
  expect(records.has('cost.aws-anomaly')).toBe(false);
  expect(gaps).toEqual([expect.objectContaining({ reason: 'unexpected' })]);
});
