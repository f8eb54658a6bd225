import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataInput,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsInput,
} from '@aws-sdk/client-cloudwatch';
import { DescribeNatGatewaysCommand, EC2Client, type NatGateway } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { awsError, collectKind, denial } from '../../support/collected.ts';
import { daysBefore, mockMetrics } from '../../support/metrics.ts';

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

const end = new Date('2026-11-24T00:00:00Z');
const days = (...values: number[]) => ({
  Values: values,
  Timestamps: daysBefore(end, values.length),
  StatusCode: 'Complete' as const,
});

test('both billed metrics of two pages are added up, for gateways that are available', async () => {
  gateways(nat('nat-1'), nat('nat-2', { State: 'deleted' }), nat('nat-3'), nat('nat-4'));
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
            { Id: 'q4', ...days(7) },
            { Id: 'q5', ...days(8) },
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
    expect.objectContaining({ id: 'nat-4', processedBytes: 15 }),
  ]);
  expect(inputs.map(({ NextToken }) => NextToken)).toEqual([undefined, 'page-2']);
  expect(inputs[0]).toMatchObject({
    StartTime: new Date('2026-10-25T00:00:00Z'),
    EndTime: end,
    ScanBy: 'TimestampDescending',
  });
  expect(
    inputs[0]!.MetricDataQueries!.map(({ MetricStat }) => [
      MetricStat!.Metric!.MetricName,
      MetricStat!.Metric!.Dimensions,
      MetricStat!.Stat,
      MetricStat!.Period,
    ]),
  ).toEqual(
    ['nat-1', 'nat-3', 'nat-4'].flatMap((Value) => [
      ['BytesInFromSource', [{ Name: 'NatGatewayId', Value }], 'Sum', 86_400],
      ['BytesInFromDestination', [{ Name: 'NatGatewayId', Value }], 'Sum', 86_400],
    ]),
  );
});

test('two gateways are read free of charge, over the same window', async () => {
  gateways(nat('nat-1'), nat('nat-2', { State: 'pending' }), nat('nat-3'));
  const inputs: GetMetricStatisticsInput[] = [];
  cloudWatch.on(GetMetricStatisticsCommand).callsFake((input: GetMetricStatisticsInput) => {
    inputs.push(input);
    return { Datapoints: [{ Timestamp: daysBefore(end, 1)[0], Sum: 10 * inputs.length }] };
  });
  const collected = await collectKind('ec2.nat-gateway-traffic');
  expect(collected.of('ec2.nat-gateway-traffic')!.map(({ id, processedBytes }) => [id, processedBytes])).toEqual([
    ['nat-1', 30],
    ['nat-3', 70],
  ]);
  expect(inputs[3]).toEqual({
    Namespace: 'AWS/NATGateway',
    MetricName: 'BytesInFromDestination',
    Dimensions: [{ Name: 'NatGatewayId', Value: 'nat-3' }],
    Statistics: ['Sum'],
    Period: 86_400,
    StartTime: new Date('2026-10-25T00:00:00Z'),
    EndTime: end,
  });
  expect(cloudWatch.commandCalls(GetMetricDataCommand)).toHaveLength(0);
});

test.each([
  ['2026-11-23T07:00:00Z', 1],
  ['2026-11-14T06:00:00Z', 10],
  ['2020-01-01T00:00:00Z', 30],
])('a gateway created at %s has %i days to count', async (createdAt, windowDays) => {
  gateways(nat('nat-1', { CreateTime: new Date(createdAt) }));
  mockMetrics(cloudWatch, (metric) => (metric === 'nat-1/BytesInFromSource' ? [5] : []));
  const collected = await collectKind('ec2.nat-gateway-traffic');
  expect(collected.of('ec2.nat-gateway-traffic')).toEqual([expect.objectContaining({ windowDays, processedBytes: 5 })]);
});

test('without gateways CloudWatch is not asked', async () => {
  gateways(nat('nat-1', { State: 'deleting' }));
  expect((await collectKind('ec2.nat-gateway-traffic')).of('ec2.nat-gateway-traffic')).toEqual([]);
  expect(cloudWatch.calls()).toHaveLength(0);
});

test('more gateways than fit in one call are asked about in several', async () => {
  gateways(...Array.from({ length: 251 }, (_, index) => nat(`nat-${index}`)));
  const calls = mockMetrics(cloudWatch, () => [1]);
  const traffic = (await collectKind('ec2.nat-gateway-traffic')).of('ec2.nat-gateway-traffic')!;
  expect(traffic).toHaveLength(251);
  expect(traffic.every(({ processedBytes }) => processedBytes === 2)).toBe(true);
  expect(calls.map(({ operation, metrics }) => [operation, metrics.length])).toEqual([
    ['GetMetricData', 500],
    ['GetMetricData', 2],
  ]);
});

const few = [nat('nat-1')];
const many = [nat('nat-1'), nat('nat-2'), nat('nat-3')];

test.each([
  ['cloudwatch:GetMetricStatistics', GetMetricStatisticsCommand, few],
  ['cloudwatch:GetMetricData', GetMetricDataCommand, many],
])('without %s there is a gap that names it; the gateways stay', async (iamAction, command, listed) => {
  gateways(...listed);
  cloudWatch.on(command as never).rejects(denial(iamAction, 'AccessDenied'));
  const collected = await collectKind('ec2.nat-gateway-traffic');
  expect(collected.of('ec2.nat-gateway')).toHaveLength(listed.length);
  expect(collected.records.has('ec2.nat-gateway-traffic')).toBe(false);
  expect(collected.gaps).toEqual([
    expect.objectContaining({ kind: 'ec2.nat-gateway-traffic', reason: 'denied', iamAction }),
  ]);
});

test.each([
  ['Forbidden', 'denied', 'cloudwatch:GetMetricData'],
  ['InternalError', 'unexpected', undefined],
] as const)('a single metric that is %s makes the whole kind a gap', async (StatusCode, reason, iamAction) => {
  gateways(...many);
  cloudWatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries }: GetMetricDataInput) => ({
    MetricDataResults: MetricDataQueries!.map(({ Id }) => ({ Id, ...days(1), ...(Id === 'q4' && { StatusCode }) })),
  }));
  const { gaps, records } = await collectKind('ec2.nat-gateway-traffic');
  expect(records.has('ec2.nat-gateway-traffic')).toBe(false);
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
