import { expect, test } from 'vitest';
import check from '../../../checks/cost/anomaly.ts';
import { costIncident, dailyCost, incidentSeries } from '../../support/bill.ts';
import { draftsOf, testCheck } from '../../support/check-tester.ts';

const id = 'i_0a1b2c3d4e5f60718293';

testCheck(check, {
  clean: [{ name: 'a bill without incidents', resources: { 'cost.daily': [dailyCost({ usd: [9, 9, 9] })] } }],
  findings: [
    {
      name: 'an incident that goes on, with its dollars',
      resources: { 'cost.incident': [costIncident()] },
      expect: [
        {
          resourceId: id,
          severity: 'medium',
          summary:
            /EC2 - Other, NAT gateway, data processed in us-east-1: \$354\.00 more than expected since 21 Nov 2026 \(3 days\)/,
          overlap: `incident:${id}`,
          evidence: { seeAlso: 'vpc-missing-s3-gateway-endpoint', seriesCount: 1 },
        },
      ],
    },
    {
      name: 'a fall is told without blame and without dollars',
      resources: { 'cost.incident': [costIncident({ direction: 'down', shape: 'drop', excessUsd: -900 })] },
      expect: [{ resourceId: id, severity: 'info', summary: /\$900\.00 less than expected/ }],
    },
    {
      name: 'severity follows the dollars so far',
      resources: { 'cost.incident': [costIncident({ excessUsd: 6000, excessLowUsd: 5000, excessHighUsd: 7000 })] },
      expect: [{ resourceId: id, severity: 'critical' }],
    },
  ],
  unknown: [{ name: 'the bill could not be read', resources: {}, gaps: ['cost.incident'] }],
});

test('what it saves is the excess of a typical day, with the bounds of the incident', () => {
  const [draft] = draftsOf(check, { resources: { 'cost.incident': [costIncident()] } }).drafts;
  expect(draft?.stated).toEqual([
    {
      sku: 'bill.daily-excess',
      quantity: 30.4,
      unit: 'day',
      unitPriceUsd: 134,
      lowUnitPriceUsd: 121.51,
      highUnitPriceUsd: 145.36,
      priceSource: 'own-rate',
      asOf: '2026-11-23',
    },
  ]);
});

test.each([
  ['resolved', /back within its band; \$354 in all/],
  ['newNormal', /\$4,074 a month more than before/],
  ['withdrawn', /AWS has changed the figure/],
] as const)('an incident that is %s ends its finding in words', (state, words) => {
  const [draft] = draftsOf(check, { resources: { 'cost.incident': [costIncident({ state })] } }).drafts;
  expect(draft?.over).toMatch(words);
});

test('a few series are their own cause, split into usage and price', () => {
  const flat = (usd: number): number[] => Array.from({ length: 60 }, () => usd);
  const risen = flat(80).map((usd, index) => (index >= 57 ? 230 : usd));
  const nat = { service: 'EC2 - Other', usageType: 'NatGateway-Bytes' };
  const daily = [
    dailyCost({ usd: risen, quantity: risen.map((usd) => usd / 0.045), ...nat }),
    dailyCost({ usd: flat(200) }),
    dailyCost({ usd: flat(30), service: 'AWS Lambda', usageType: 'Lambda-GB-Second' }),
  ];
  const incident = costIncident({ series: [incidentSeries()] });
  const [draft] = draftsOf(check, { resources: { 'cost.incident': [incident], 'cost.daily': daily } }).drafts;
  expect(draft?.cause).toMatch(
    /^usage NatGateway-Bytes \(NAT gateway, data processed\): \+\$150\.00 \(100 % of what moved, 2\.9 times as much\): \+\$150\.00 from more usage/,
  );
});
