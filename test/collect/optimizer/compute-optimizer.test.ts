/** Compute Optimizer instead of the Hub: account by account, region by region, type by type. */
import {
  ComputeOptimizerClient,
  GetEBSVolumeRecommendationsCommand,
  GetEC2InstanceRecommendationsCommand,
  GetECSServiceRecommendationsCommand,
  GetEnrollmentStatusCommand,
  GetEnrollmentStatusesForOrganizationCommand,
  GetIdleRecommendationsCommand,
  GetLambdaFunctionRecommendationsCommand,
  GetRDSDatabaseRecommendationsCommand,
} from '@aws-sdk/client-compute-optimizer';
import { CostOptimizationHubClient, ListEnrollmentStatusesCommand } from '@aws-sdk/client-cost-optimization-hub';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { accountId, collectKind, denial } from '../../support/collected.ts';

const hub = mockClient(CostOptimizationHubClient);
const optimizer = mockClient(ComputeOptimizerClient);
const ec2 = mockClient(EC2Client);

const member = '333333333333';
const arnOf = (path: string, service = 'ec2') => `arn:aws:${service}:eu-west-1:${member}:${path}`;
const lastRefreshTimestamp = new Date('2026-11-23T19:00:00Z');
const saving = (value: number, savingsOpportunityPercentage = 50) => ({
  savingsOpportunityPercentage,
  estimatedMonthlySavings: { currency: 'USD' as const, value },
});

beforeEach(() => {
  for (const mock of [hub, optimizer, ec2]) mock.reset();
  hub.on(ListEnrollmentStatusesCommand).resolves({ items: [{ accountId, status: 'Inactive' }] });
  ec2.on(DescribeRegionsCommand).resolves({ Regions: [{ RegionName: 'eu-west-1' }] });
  optimizer.on(GetEnrollmentStatusCommand).resolves({ status: 'Active', memberAccountsEnrolled: true });
  optimizer.on(GetEnrollmentStatusesForOrganizationCommand).resolves({
    accountEnrollmentStatuses: [{ accountId: member, status: 'Active' }],
  });
  optimizer.on(GetIdleRecommendationsCommand).resolves({ idleRecommendations: [] });
  optimizer.on(GetEC2InstanceRecommendationsCommand).resolves({ instanceRecommendations: [] });
  optimizer.on(GetEBSVolumeRecommendationsCommand).resolves({ volumeRecommendations: [] });
  optimizer.on(GetLambdaFunctionRecommendationsCommand).resolves({ lambdaFunctionRecommendations: [] });
  optimizer.on(GetRDSDatabaseRecommendationsCommand).resolves({ rdsDBRecommendations: [] });
  optimizer.on(GetECSServiceRecommendationsCommand).resolves({ ecsServiceRecommendations: [] });
});

const inMember = { accountIds: [member] };

async function collected() {
  const { gaps, of } = await collectKind('optimizer.recommendation');
  expect(gaps).toEqual([]);
  return of('optimizer.recommendation');
}

test('two pages about a member are one list', async () => {
  const idle = (resourceId: string) => ({
    resourceArn: arnOf(`instance/${resourceId}`),
    resourceId,
    resourceType: 'EC2Instance' as const,
    accountId: member,
    finding: 'Idle' as const,
    findingDescription: 'peak CPU of 1 %',
    savingsOpportunity: saving(70, 100),
    savingsOpportunityAfterDiscounts: saving(52.5, 100),
    lookBackPeriodInDays: 14,
    lastRefreshTimestamp,
    tags: [{ key: 'team', value: 'shop' }],
  });
  optimizer
    .on(GetIdleRecommendationsCommand, inMember)
    .resolvesOnce({ idleRecommendations: [idle('i-1')], nextToken: 'page-2' });
  optimizer
    .on(GetIdleRecommendationsCommand, { ...inMember, nextToken: 'page-2' })
    .resolves({ idleRecommendations: [idle('i-2')] });
  const records = await collected();
  expect(records?.map(({ resourceId }) => resourceId)).toEqual(['i-1', 'i-2']);
  expect(records?.[0]).toEqual({
    id: `Ec2Instance/${arnOf('instance/i-1')}/Stop`,
    arn: arnOf('instance/i-1'),
    type: 'AWS::EC2::Instance',
    accountId: member,
    region: 'eu-west-1',
    tags: { team: 'shop' },
    source: 'compute-optimizer',
    resourceId: 'i-1',
    awsType: 'Ec2Instance',
    action: 'Stop',
    current: 'peak CPU of 1 %',
    // After discounts, where AWS knows them.
    estimatedMonthlySavingUsd: 52.5,
    estimatedSavingPercent: 100,
    lookbackDays: 14,
    refreshedAt: '2026-11-23T19:00:00.000Z',
  });
});

test('the own account is asked without a name, each other one by its name, in every enabled region', async () => {
  ec2.on(DescribeRegionsCommand).resolves({ Regions: [{ RegionName: 'eu-west-1' }, { RegionName: 'us-east-1' }] });
  await collected();
  const asked = optimizer.commandCalls(GetIdleRecommendationsCommand).map(({ args }) => args[0].input.accountIds);
  expect(asked).toEqual([undefined, [member], undefined, [member]]);
});

test('each type of resource is told in its own words', async () => {
  optimizer.on(GetEC2InstanceRecommendationsCommand, inMember).resolves({
    instanceRecommendations: [
      {
        instanceArn: arnOf('instance/i-1'),
        accountId: member,
        currentInstanceType: 'c5.4xlarge',
        finding: 'Overprovisioned',
        recommendationOptions: [
          { instanceType: 'c5.2xlarge', rank: 2, savingsOpportunity: saving(250) },
          { instanceType: 'c5.xlarge', rank: 1, migrationEffort: 'VeryLow', savingsOpportunity: saving(370, 75) },
        ],
      },
      // Too small for its work: the better type costs more.
      {
        instanceArn: arnOf('instance/i-2'),
        accountId: member,
        finding: 'Underprovisioned',
        recommendationOptions: [{ instanceType: 'c5.9xlarge', rank: 1, savingsOpportunity: saving(0, 0) }],
      },
    ],
  });
  optimizer.on(GetEBSVolumeRecommendationsCommand, inMember).resolves({
    volumeRecommendations: [
      {
        volumeArn: arnOf('volume/vol-1'),
        accountId: member,
        currentConfiguration: { volumeType: 'io1', volumeSize: 500 },
        volumeRecommendationOptions: [
          { rank: 1, configuration: { volumeType: 'gp3', volumeSize: 500 }, savingsOpportunity: saving(40) },
        ],
      },
    ],
  });
  optimizer.on(GetLambdaFunctionRecommendationsCommand, inMember).resolves({
    lambdaFunctionRecommendations: [
      {
        functionArn: arnOf('function:resize:$LATEST', 'lambda'),
        accountId: member,
        currentMemorySize: 1536,
        memorySizeRecommendationOptions: [{ rank: 1, memorySize: 512, savingsOpportunity: saving(12) }],
      },
    ],
  });
  optimizer.on(GetRDSDatabaseRecommendationsCommand, inMember).resolves({
    rdsDBRecommendations: [
      {
        resourceArn: arnOf('db:orders', 'rds'),
        accountId: member,
        currentDBInstanceClass: 'db.m5.2xlarge',
        currentStorageConfiguration: { storageType: 'io1', allocatedStorage: 400 },
        instanceRecommendationOptions: [{ rank: 1, dbInstanceClass: 'db.m5.large', savingsOpportunity: saving(300) }],
        storageRecommendationOptions: [
          {
            rank: 1,
            storageConfiguration: { storageType: 'gp3', allocatedStorage: 400 },
            savingsOpportunity: saving(25),
          },
        ],
      },
    ],
  });
  optimizer.on(GetECSServiceRecommendationsCommand, inMember).resolves({
    ecsServiceRecommendations: [
      {
        serviceArn: arnOf('service/shop/web', 'ecs'),
        accountId: member,
        currentServiceConfiguration: { cpu: 1024, memory: 4096 },
        serviceRecommendationOptions: [{ cpu: 256, memory: 1024, savingsOpportunity: saving(21) }],
      },
    ],
  });
  const words = (await collected())?.map(({ awsType, resourceId, action, current, recommended, effort }) =>
    [awsType, resourceId, action, current, recommended, effort].join(' | '),
  );
  expect(words).toEqual([
    'Ec2Instance | i-1 | Rightsize | c5.4xlarge | c5.xlarge | VeryLow',
    'EbsVolume | vol-1 | Upgrade | io1 500 GiB | gp3 500 GiB | ',
    'LambdaFunction | resize | Rightsize | 1536 MB | 512 MB | ',
    'RdsDbInstance | orders | Rightsize | db.m5.2xlarge | db.m5.large | ',
    'RdsDbInstanceStorage | orders | Rightsize | io1 400 GiB | gp3 400 GiB | ',
    'EcsService | web | Rightsize | 1024 CPU units, 4096 MB | 256 CPU units, 1024 MB | ',
  ]);
});

test('of a volume that can shrink or go, only the larger saving is kept', async () => {
  optimizer.on(GetIdleRecommendationsCommand, inMember).resolves({
    idleRecommendations: [
      {
        resourceArn: arnOf('volume/vol-1'),
        accountId: member,
        resourceType: 'EBSVolume',
        savingsOpportunity: saving(8),
      },
    ],
  });
  optimizer.on(GetEBSVolumeRecommendationsCommand, inMember).resolves({
    volumeRecommendations: [
      {
        volumeArn: arnOf('volume/vol-1'),
        accountId: member,
        volumeRecommendationOptions: [{ rank: 1, savingsOpportunity: saving(4) }],
      },
    ],
  });
  expect(await collected()).toMatchObject([{ action: 'Delete', estimatedMonthlySavingUsd: 8 }]);
});

const refusals = [
  ['GetEnrollmentStatusesForOrganization', GetEnrollmentStatusesForOrganizationCommand],
  ['GetIdleRecommendations', GetIdleRecommendationsCommand],
  ['GetEC2InstanceRecommendations', GetEC2InstanceRecommendationsCommand],
  ['GetEBSVolumeRecommendations', GetEBSVolumeRecommendationsCommand],
  ['GetLambdaFunctionRecommendations', GetLambdaFunctionRecommendationsCommand],
  ['GetRDSDatabaseRecommendations', GetRDSDatabaseRecommendationsCommand],
  ['GetECSServiceRecommendations', GetECSServiceRecommendationsCommand],
] as const;

test.each(refusals)('a refused %s is a gap that names it, and nothing is kept', async (operation, command) => {
  const action = `compute-optimizer:${operation}`;
  optimizer.on(command as never).rejects(denial(action, 'AccessDeniedException', 400));
  const { gaps, records } = await collectKind('optimizer.recommendation');
  expect(records.has('optimizer.recommendation')).toBe(false);
  expect(gaps).toMatchObject([{ kind: 'optimizer.recommendation', reason: 'denied', iamAction: action }]);
});

test('too many accounts to ask one by one are a gap that says what to do', async () => {
  optimizer.on(GetEnrollmentStatusesForOrganizationCommand).resolves({
    accountEnrollmentStatuses: Array.from({ length: 250 }, (_, index) => ({
      accountId: String(400_000_000_000 + index),
    })),
  });
  const { gaps } = await collectKind('optimizer.recommendation');
  expect(gaps).toMatchObject([
    { reason: 'not-enabled', message: expect.stringMatching(/each of 251 accounts in 1 region\(s\): enroll the Hub/) },
  ]);
  expect(optimizer.commandCalls(GetIdleRecommendationsCommand)).toHaveLength(0);
});
