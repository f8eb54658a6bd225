import check from '../../../checks/cost/anomaly-feedback-open.ts';
import type { AwsCostAnomaly } from '../../../src/model/resources/cost.ts';
import { costIncident } from '../../support/bill.ts';
import { testCheck } from '../../support/check-tester.ts';

function anomaly(overrides: Partial<AwsCostAnomaly> = {}): AwsCostAnomaly {
  return {
    id: '5f0c1a6e-7c57-4a3f-9a53-1f2f5b1c0d01',
    arn: 'arn:aws:ce::111111111111:anomaly/5f0c1a6e-7c57-4a3f-9a53-1f2f5b1c0d01',
    type: 'AWS::CE::Anomaly',
    accountId: '222222222222',
    region: 'us-east-1',
    tags: undefined,
    from: '2026-11-20',
    to: '2026-11-22',
    service: 'EC2 - Other',
    usageType: 'NatGateway-Bytes',
    impactUsd: 900,
    monitorArn: 'arn:aws:ce::111111111111:anomalymonitor/0d9ad1a1-4a1c-4d0e-8a6a-2f3f1b8c7e10',
    feedback: null,
    ...overrides,
  };
}

testCheck(check, {
  clean: [
    { name: 'planned activity', resources: { 'cost.aws-anomaly': [anomaly({ feedback: 'PLANNED_ACTIVITY' })] } },
    { name: 'too small to ask', resources: { 'cost.aws-anomaly': [anomaly({ impactUsd: 99 })] } },
    {
      name: 'told by an incident of our own at the same time',
      resources: { 'cost.aws-anomaly': [anomaly()], 'cost.incident': [costIncident()] },
    },
  ],
  findings: [
    {
      name: '$900 without an answer',
      resources: { 'cost.aws-anomaly': [anomaly()] },
      expect: [
        {
          resourceId: '5f0c1a6e-7c57-4a3f-9a53-1f2f5b1c0d01',
          severity: 'medium',
          summary: /AWS saw \$900 of unusual EC2 - Other spend from 2026-11-20 to 2026-11-22/,
        },
      ],
    },
    {
      name: 'an incident of ours weeks before is another one',
      resources: {
        'cost.aws-anomaly': [anomaly({ impactUsd: 4000 })],
        'cost.incident': [costIncident({ onset: '2026-11-01', lastDay: '2026-11-03' })],
      },
      expect: [{ resourceId: '5f0c1a6e-7c57-4a3f-9a53-1f2f5b1c0d01', severity: 'high' }],
    },
  ],
  unknown: [{ name: 'Cost Explorer denied', resources: {}, gaps: ['cost.aws-anomaly'] }],
});
