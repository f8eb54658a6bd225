import { ComputeOptimizerClient, GetEnrollmentStatusCommand } from '@aws-sdk/client-compute-optimizer';
import {
  CostOptimizationHubClient,
  GetPreferencesCommand,
  ListEnrollmentStatusesCommand,
  ListRecommendationsCommand,
  type Recommendation,
} from '@aws-sdk/client-cost-optimization-hub';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { accountId, collectKind, denial } from '../../support/collected.ts';

const hub = mockClient(CostOptimizationHubClient);
const optimizer = mockClient(ComputeOptimizerClient);
beforeEach(() => {
  hub.reset();
  optimizer.reset();
  hub.on(ListEnrollmentStatusesCommand).resolves({ items: [{ accountId, status: 'Active' }] });
  hub.on(GetPreferencesCommand).resolves({});
  optimizer.on(GetEnrollmentStatusCommand).resolves({ status: 'Inactive' });
});

const rightsize: Recommendation = {
  recommendationId: 'MjAyNi0xMS0yNCAw',
  accountId: '333333333333',
  region: 'eu-west-1',
  resourceId: 'i-0abc',
  resourceArn: 'arn:aws:ec2:eu-west-1:333333333333:instance/i-0abc',
  currentResourceType: 'Ec2Instance',
  recommendedResourceType: 'Ec2Instance',
  estimatedMonthlySavings: 371.52,
  estimatedSavingsPercentage: 75,
  estimatedMonthlyCost: 496.4,
  currencyCode: 'USD',
  implementationEffort: 'Medium',
  restartNeeded: true,
  actionType: 'Rightsize',
  rollbackPossible: true,
  currentResourceSummary: 'c5.4xlarge',
  recommendedResourceSummary: 'c5.xlarge',
  lastRefreshTimestamp: new Date('2026-11-23T19:00:00Z'),
  recommendationLookbackPeriodInDays: 14,
  source: 'ComputeOptimizer',
  tags: [{ key: 'team', value: 'shop' }],
};
/** Commitments have no resource, and an id for a day. */
const reservation: Recommendation = {
  recommendationId: 'MjAyNi0xMS0yNCAx',
  accountId: '222222222222',
  region: 'us-east-1',
  currentResourceType: 'RdsReservedInstances',
  recommendedResourceType: 'RdsReservedInstances',
  estimatedMonthlySavings: 84.1,
  currencyCode: 'USD',
  implementationEffort: 'VeryLow',
  actionType: 'PurchaseReservedInstances',
  recommendedResourceSummary: '2 db.r6g.large reserved instances for 1 year',
  lastRefreshTimestamp: new Date('2026-11-23T19:00:00Z'),
  source: 'CostExplorer',
};

function answer(...pages: object[]): object[] {
  const asked: object[] = [];
  hub.on(ListRecommendationsCommand).callsFake((input: object) => {
    // Paginators change the input they were given: it is copied as it was sent.
    asked.push({ ...input });
    return pages[asked.length - 1];
  });
  return asked;
}

test('two pages of the Hub are one list of the best action for each resource', async () => {
  const asked = answer({ items: [rightsize], nextToken: 'page-2' }, { items: [reservation] });
  const { gaps, of } = await collectKind('optimizer.recommendation');
  expect(gaps).toEqual([]);
  expect(asked).toMatchObject([
    { includeAllRecommendations: false, maxResults: 1000 },
    { includeAllRecommendations: false, nextToken: 'page-2' },
  ]);
  expect(of('optimizer.recommendation')).toEqual([
    {
      id: 'Ec2Instance/arn:aws:ec2:eu-west-1:333333333333:instance/i-0abc/Rightsize',
      arn: 'arn:aws:ec2:eu-west-1:333333333333:instance/i-0abc',
      type: 'AWS::EC2::Instance',
      accountId: '333333333333',
      region: 'eu-west-1',
      tags: { team: 'shop' },
      source: 'cost-optimization-hub',
      resourceId: 'i-0abc',
      awsType: 'Ec2Instance',
      action: 'Rightsize',
      current: 'c5.4xlarge',
      recommended: 'c5.xlarge',
      estimatedMonthlySavingUsd: 371.52,
      estimatedSavingPercent: 75,
      effort: 'Medium',
      restartNeeded: true,
      rollbackPossible: true,
      lookbackDays: 14,
      refreshedAt: '2026-11-23T19:00:00.000Z',
    },
    expect.objectContaining({
      id: 'RdsReservedInstances/arn:aws:cost-optimization-hub:us-east-1:222222222222:RdsReservedInstances/RdsReservedInstances/db.r6g.large/PurchaseReservedInstances',
      type: 'AWS::CostOptimizationHub::RdsReservedInstances',
      resourceId: 'RdsReservedInstances/db.r6g.large',
      tags: {},
      estimatedMonthlySavingUsd: 84.1,
    }),
  ]);
});

test('a commitment is the same one the next day, when AWS gives it another id', async () => {
  answer({ items: [reservation] });
  const today = await collectKind('optimizer.recommendation');
  answer({ items: [{ ...reservation, recommendationId: 'MjAyNi0xMS0yNSAx', estimatedMonthlySavings: 90 }] });
  const tomorrow = await collectKind('optimizer.recommendation');
  const idsOf = ({ of }: typeof today) => of('optimizer.recommendation')?.map(({ id }) => id);
  expect(idsOf(tomorrow)).toEqual(idsOf(today));
});

test.each([
  ['an amount in another currency is no dollars', { currencyCode: 'CNY' }, { estimatedMonthlySavingUsd: undefined }],
  ['what has no region is global', { region: '' }, { region: 'global' }],
  [
    'a type that is newer than us keeps its name',
    { currentResourceType: 'LakeHouse' },
    { type: 'AWS::CostOptimizationHub::LakeHouse' },
  ],
])('%s', async (_, given, expected) => {
  answer({ items: [{ ...rightsize, ...given }] });
  expect((await collectKind('optimizer.recommendation')).of('optimizer.recommendation')).toMatchObject([expected]);
});

test('where both advisers are off there is nothing to read, and nothing is missing', async () => {
  hub.on(ListEnrollmentStatusesCommand).resolves({ items: [{ accountId, status: 'Inactive' }] });
  const { gaps, of } = await collectKind('optimizer.recommendation');
  expect(gaps).toEqual([]);
  expect(of('optimizer.recommendation')).toEqual([]);
  expect(hub.commandCalls(ListRecommendationsCommand)).toHaveLength(0);
});

test('a list that is refused on its second page is a gap, and nothing is kept', async () => {
  hub
    .on(ListRecommendationsCommand)
    .resolvesOnce({ items: [rightsize], nextToken: 'page-2' })
    .rejectsOnce(denial('cost-optimization-hub:ListRecommendations', 'AccessDeniedException', 400));
  const { gaps, records } = await collectKind('optimizer.recommendation');
  expect(records.has('optimizer.recommendation')).toBe(false);
  expect(gaps).toMatchObject([
    { kind: 'optimizer.recommendation', reason: 'denied', iamAction: 'cost-optimization-hub:ListRecommendations' },
  ]);
});

test('without the enrollment it is not known what to ask', async () => {
  hub
    .on(ListEnrollmentStatusesCommand)
    .rejects(denial('cost-optimization-hub:ListEnrollmentStatuses', 'AccessDeniedException', 400));
  const { gaps, records } = await collectKind('optimizer.recommendation');
  expect(records.has('optimizer.recommendation')).toBe(false);
  expect(gaps.map(({ kind }) => kind)).toEqual(['optimizer.enrollment', 'optimizer.recommendation']);
});

test.each([
  ['the same page token twice', { items: [rightsize], nextToken: 'same' }],
  ['no list', {}],
])('an answer with %s is no list', async (_, given) => {
  hub.on(ListRecommendationsCommand).resolves(given);
  const { gaps, records } = await collectKind('optimizer.recommendation');
  expect(records.has('optimizer.recommendation')).toBe(false);
  expect(gaps).toMatchObject([{ reason: 'unexpected' }]);
});
