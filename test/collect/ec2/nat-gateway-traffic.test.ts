import { CloudWatchClient, GetMetricDataCommand, type GetMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { DescribeNatGatewaysCommand, EC2Client, type NatGateway } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { awsError, collectKind, denial } from '../../support/collected.ts';

const ec2 = mockClient(EC2Client);
const cloudWatch = mockClient(CloudWatchClient);
beforeEach(() => {
  ec2.reset();
  cloudWatch.reset();
});

const nat = (NatGatewayId: string, overrides: Partial<NatGateway> = {}): NatGateway => ({
  NatGatewayId,
  VpcId: 'vpc-1',
  SubnetId: 'subnet-1',
  State: 'available',
  CreateTime: new Date('2026-01-01T00:00:00Z'),
  NatGatewayAddresses: [],
  ...overrides,
});
const gateways = (...NatGateways: NatGateway[]) => ec2.on(DescribeNatGatewaysCommand).resolves({ NatGateways });

const days = (...values: number[]) => ({
  Values: values,
  Timestamps: values.map((_, index) => new Date(Date.UTC(2026, 10, 23 - index))),
  StatusCode: 'Complete' as const,
});

test('both billed metrics of two pages are added up, for gateways that are available', async () => {
  gateways(nat('nat-1'), nat('nat-2', { State: 'deleted' }), nat('nat-3'));
  const inputs: GetMetricDataInput[] = [];
  cloudWatch.on(GetMetricDataCommand).callsFake((input: GetMetricDataInput) => {
    inputs.push({ ...input });
    return inputs.length === 1
      ? {
          MetricDataResults: [
            { Id: 'q0', ...days(1, 2) },
            { Id: 'q1', ...days(), StatusCode: 'PartialData' },
          ],
          NextToken: 'page-2',
        }
      : {
          MetricDataResults: [
            { Id: 'q1', ...days(40) },
            { Id: 'q2', ...days() },
            { Id: 'q3', ...days() },
          ],
        };
  });
  const collected = await collectKind('ec2.nat-gateway-traffic');
  expect(collected.gaps).toEqual([]);
  expect(collected.of('ec2.nat-gateway-traffic')).toEqual([
    {
      id: 'nat-1',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:natgateway/nat-1',
      type: 'AWS::EC2::NatGateway',
      accountId: '222222222222',
      region: 'eu-west-1',
      windowDays: 30,
      processedBytes: 43,
    },
    // No datapoints is not zero bytes.
    expect.objectContaining({ id: 'nat-3', processedBytes: undefined }),
  ]);
  expect(inputs.map(({ NextToken }) => NextToken)).toEqual([undefined, 'page-2']);
  expect(inputs[0]).toMatchObject({
    StartTime: new Date('2026-10-25T00:00:00Z'),
    EndTime: new Date('2026-11-24T00:00:00Z'),
  });
  expect(
    inputs[0]!.MetricDataQueries!.map(({ MetricStat }) => [
      MetricStat!.Metric!.MetricName,
      MetricStat!.Metric!.Dimensions,
      MetricStat!.Stat,
    ]),
  ).toEqual([
    ['BytesInFromSource', [{ Name: 'NatGatewayId', Value: 'nat-1' }], 'Sum'],
    ['BytesInFromDestination', [{ Name: 'NatGatewayId', Value: 'nat-1' }], 'Sum'],
    ['BytesInFromSource', [{ Name: 'NatGatewayId', Value: 'nat-3' }], 'Sum'],
    ['BytesInFromDestination', [{ Name: 'NatGatewayId', Value: 'nat-3' }], 'Sum'],
  ]);
});

test.each([
  ['2026-11-23T07:00:00Z', 1],
  ['2026-11-14T06:00:00Z', 10],
  ['2020-01-01T00:00:00Z', 30],
])('a gateway created at %s has %i days to count', async (createdAt, windowDays) => {
  gateways(nat('nat-1', { CreateTime: new Date(createdAt) }));
  cloudWatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [{ Id: 'q0', ...days(5) }] });
  const collected = await collectKind('ec2.nat-gateway-traffic');
  expect(collected.of('ec2.nat-gateway-traffic')).toEqual([expect.objectContaining({ windowDays, processedBytes: 5 })]);
});

test('without gateways CloudWatch is not asked', async () => {
  gateways();
  expect((await collectKind('ec2.nat-gateway-traffic')).of('ec2.nat-gateway-traffic')).toEqual([]);
  expect(cloudWatch.calls()).toHaveLength(0);
});

test('more gateways than fit in one call are asked about in several', async () => {
  gateways(...Array.from({ length: 251 }, (_, index) => nat(`nat-${index}`)));
  cloudWatch.on(GetMetricDataCommand).callsFake((input: GetMetricDataInput) => ({
    MetricDataResults: input.MetricDataQueries!.map(({ Id }) => ({ Id, ...days(1) })),
  }));
  const traffic = (await collectKind('ec2.nat-gateway-traffic')).of('ec2.nat-gateway-traffic')!;
  expect(traffic).toHaveLength(251);
  expect(traffic.every(({ processedBytes }) => processedBytes === 2)).toBe(true);
  expect(
    cloudWatch.commandCalls(GetMetricDataCommand).map(({ args }) => args[0].input.MetricDataQueries!.length),
  ).toEqual([500, 2]);
});

test('a refused metric call is a gap that names the permission; the gateways stay', async () => {
  gateways(nat('nat-1'));
  cloudWatch.on(GetMetricDataCommand).rejects(denial('cloudwatch:GetMetricData', 'AccessDenied'));
  const collected = await collectKind('ec2.nat-gateway-traffic');
  expect(collected.of('ec2.nat-gateway')).toHaveLength(1);
  expect(collected.records.has('ec2.nat-gateway-traffic')).toBe(false);
  expect(collected.gaps).toEqual([
    expect.objectContaining({
      kind: 'ec2.nat-gateway-traffic',
      reason: 'denied',
      iamAction: 'cloudwatch:GetMetricData',
    }),
  ]);
});

test.each([
  ['Forbidden', 'denied', 'cloudwatch:GetMetricData'],
  ['InternalError', 'unexpected', undefined],
] as const)('a single metric that is %s makes the whole kind a gap', async (StatusCode, reason, iamAction) => {
  gateways(nat('nat-1'));
  cloudWatch.on(GetMetricDataCommand).resolves({
    MetricDataResults: [
      { Id: 'q0', ...days(1) },
      { Id: 'q1', Values: [], Timestamps: [], StatusCode },
    ],
  });
  const { gaps } = await collectKind('ec2.nat-gateway-traffic');
  expect(gaps).toEqual([expect.objectContaining({ kind: 'ec2.nat-gateway-traffic', reason, iamAction })]);
});

test('gateways that could not be listed are a gap of both kinds, for the same reason', async () => {
  ec2
    .on(DescribeNatGatewaysCommand)
    .rejects(awsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403));
  const { gaps, records } = await collectKind('ec2.nat-gateway-traffic');
  expect([...records.keys()]).toEqual([]);
  expect(gaps.map(({ kind, reason, iamAction }) => [kind, reason, iamAction])).toEqual([
    ['ec2.nat-gateway', 'denied', 'ec2:DescribeNatGateways'],
    ['ec2.nat-gateway-traffic', 'denied', 'ec2:DescribeNatGateways'],
  ]);
  expect(cloudWatch.calls()).toHaveLength(0);
});
