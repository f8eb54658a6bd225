import check from '../../../checks/cost/new-service-or-region.ts';
import { costIncident, dailyCost, incidentSeries } from '../../support/bill.ts';
import { testCheck } from '../../support/check-tester.ts';

const flat = (usd: number): number[] => Array.from({ length: 60 }, () => usd);
const lately = (usd: number, days = 3): number[] => flat(0).map((_, index) => (index >= 60 - days ? usd : 0));
const old = dailyCost({ usd: flat(100) });
const gpu = { usageType: 'APN3-BoxUsage:p3.16xlarge', region: 'ap-northeast-3' };
const glue = { service: 'AWS Glue', usageType: 'ETL-DPU-Hour' };

testCheck(check, {
  clean: [
    { name: 'services and regions that were there before', resources: { 'cost.daily': [old] } },
    { name: 'cents in a new region', resources: { 'cost.daily': [old, dailyCost({ usd: lately(3), ...gpu })] } },
    { name: 'new eight days ago', resources: { 'cost.daily': [old, dailyCost({ usd: lately(80, 9), ...glue })] } },
    {
      name: 'the bill is known for a fortnight only, so everything looks new',
      resources: {
        'cost.daily': [
          dailyCost({ usd: flat(100), historyFrom: '2026-11-08' }),
          dailyCost({ usd: lately(80), ...glue, historyFrom: '2026-11-08' }),
        ],
      },
    },
    {
      name: 'another usage type of a service in a region in use',
      resources: { 'cost.daily': [old, dailyCost({ usd: lately(80), usageType: 'BoxUsage:m8g.large' })] },
    },
    {
      name: 'a commitment fee is no usage',
      resources: {
        'cost.daily': [
          old,
          dailyCost({
            usd: lately(5000),
            service: 'Billing',
            usageType: 'RIFee',
            recordType: 'CommitmentFee',
            region: 'global',
          }),
        ],
      },
    },
  ],
  findings: [
    {
      name: 'accelerators in a region that the organization does not use, told once and not for the service too',
      resources: { 'cost.daily': [old, dailyCost({ usd: lately(1175), ...gpu })] },
      expect: [
        {
          resourceId: 'region:ap-northeast-3',
          severity: 'high',
          summary: /First spend in ap-northeast-3: \$1,175 on 2026-11-21.*the organization does not use this region/,
          evidence: { firstDay: '2026-11-21', region: 'ap-northeast-3' },
        },
      ],
    },
    {
      name: 'a new service in a region in use',
      resources: { 'cost.daily': [old, dailyCost({ usd: lately(40), ...glue })] },
      expect: [{ resourceId: 'service:AWS Glue', severity: 'medium', summary: /First spend on AWS Glue: \$40\.00/ }],
    },
    {
      name: 'a region new to one account that others use, at medium',
      resources: {
        'cost.daily': [
          old,
          dailyCost({
            usd: flat(9),
            accountId: '333333333333',
            region: 'eu-west-1',
            usageType: 'EU-BoxUsage:m7g.xlarge',
          }),
          dailyCost({ usd: lately(30), region: 'eu-west-1', usageType: 'EU-BoxUsage:m7g.xlarge' }),
        ],
      },
      expect: [{ resourceId: 'region:eu-west-1', severity: 'medium' }],
    },
    {
      name: 'the same dollars as an incident are counted once',
      resources: {
        'cost.daily': [old, dailyCost({ usd: lately(40), ...glue })],
        'cost.incident': [costIncident({ series: [incidentSeries(glue)] })],
      },
      expect: [{ resourceId: 'service:AWS Glue', overlap: 'incident:i_0a1b2c3d4e5f60718293' }],
    },
  ],
  unknown: [{ name: 'the bill could not be read', resources: {}, gaps: ['cost.daily'] }],
});
