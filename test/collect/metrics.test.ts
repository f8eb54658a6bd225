import {
  CloudWatchClient,
  type Datapoint,
  GetMetricDataCommand,
  type GetMetricDataInput,
  GetMetricStatisticsCommand,
} from '@aws-sdk/client-cloudwatch';
import { DescribeNatGatewaysCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import type { AccountSession } from '../../src/aws/session.ts';
import { collectScope } from '../../src/collect/collect.ts';
import type { Collector } from '../../src/collect/collector.ts';
import { ec2NatGateway } from '../../src/collect/ec2/nat-gateway.ts';
import { ec2NatGatewayTraffic } from '../../src/collect/ec2/nat-gateway-traffic.ts';
import { type Metrics, planMetrics } from '../../src/collect/metrics/metrics.ts';
import type { MetricRequest } from '../../src/collect/metrics/request.ts';
import type { Account, Scope } from '../../src/model/scope.ts';
import { vpc } from '../support/builders.ts';
import { accountId, awsError, fakeSession, now } from '../support/collected.ts';
import { daysBefore, type MetricCall, mockMetrics } from '../support/metrics.ts';

const cloudWatch = mockClient(CloudWatchClient);
beforeEach(() => cloudWatch.reset());

const account = { id: accountId, name: 'shop' } as Account;
const regional: Scope = { kind: 'region', account, region: 'eu-west-1' };
const end = new Date('2026-11-24T00:00:00Z');
const month = { windowDays: 30 };

const metric = (key: string, overrides: Partial<MetricRequest> = {}): MetricRequest => ({
  key,
  namespace: 'AWS/EBS',
  metric: 'VolumeReadOps',
  dimensions: { VolumeId: key },
  statistic: 'Sum',
  ...overrides,
});
const numbered = (count: number, from = 0): MetricRequest[] =>
  Array.from({ length: count }, (_, index) => metric(`vol-${index + from}`));

const plan = (session: AccountSession = fakeSession(), scope: Scope = regional): Metrics =>
  planMetrics(session, scope, now);
/** A session of a run that has so many free requests left. */
const withFree = (free: number): AccountSession =>
  fakeSession({ values: new Map([['metrics.allowance', Promise.resolve({ free })]]) });
const sizes = (calls: readonly MetricCall[]) => calls.map(({ operation, metrics }) => [operation, metrics.length]);

describe('requests that come at about the same time', () => {
  test('share a call, whichever collector they are from', async () => {
    const gateway = (NatGatewayId: string) => ({
      NatGatewayId,
      State: 'available' as const,
      CreateTime: new Date('2026-01-01T00:00:00Z'),
    });
    mockClient(EC2Client)
      .on(DescribeNatGatewaysCommand)
      .resolves({ NatGateways: [gateway('nat-1'), gateway('nat-2')] });
    const volumes: Collector<'ec2.vpc'> = {
      kind: 'ec2.vpc',
      scope: 'region',
      iamActions: [],
      async *collect({ metrics }) {
        const series = await metrics.daily([metric('vol-1')], month);
        yield vpc({ id: `read ${series.get('vol-1')?.values[0]} times` });
      },
    };
    const silent: Collector<'ec2.subnet'> = {
      kind: 'ec2.subnet',
      scope: 'region',
      iamActions: [],
      // A collector that asks for nothing keeps nobody waiting.
      async *collect({ metrics }) {
        if ((await metrics.daily([], month)).size > 0) yield* [];
      },
    };
    const calls = mockMetrics(cloudWatch, (name) => (name.startsWith('vol-1') ? [3] : [10]));
    const { records, gaps } = await collectScope({
      scope: regional,
      session: fakeSession(),
      collectors: [ec2NatGateway, ec2NatGatewayTraffic, volumes, silent],
      now,
      tagKeys: [],
    });
    expect(gaps).toEqual([]);
    expect(calls.map(({ operation, metrics }) => [operation, metrics.toSorted()])).toEqual([
      [
        'GetMetricData',
        [
          'nat-1/BytesInFromDestination',
          'nat-1/BytesInFromSource',
          'nat-2/BytesInFromDestination',
          'nat-2/BytesInFromSource',
          'vol-1/VolumeReadOps',
        ],
      ],
    ]);
    expect(records.get('ec2.vpc')!.map(({ id }) => id)).toEqual(['read 3 times']);
    expect(records.get('ec2.nat-gateway-traffic')).toEqual([
      expect.objectContaining({ id: 'nat-1', processedBytes: 20 }),
      expect.objectContaining({ id: 'nat-2', processedBytes: 20 }),
    ]);
  });

  test('ask for the same metric once, and each gets it under its own key', async () => {
    const calls = mockMetrics(cloudWatch, (name) => [name.length]);
    const dimensions = { VolumeId: 'vol-1', Other: 'x' };
    const reversed = { Other: 'x', VolumeId: 'vol-1' };
    const metrics = plan(withFree(0));
    const [one, other] = await Promise.all([
      metrics.daily([metric('a', { dimensions }), metric('vol-2')], month),
      metrics.daily([metric('b', { dimensions: reversed }), metric('c', { dimensions, statistic: 'Maximum' })], month),
    ]);
    expect(sizes(calls)).toEqual([['GetMetricData', 3]]);
    expect([...one.keys(), ...other.keys()]).toEqual(['a', 'vol-2', 'b', 'c']);
    expect(other.get('b')).toEqual(one.get('a'));
  });

  test('do not share a call with another region or another window', async () => {
    const calls = mockMetrics(cloudWatch, () => [1]);
    const metrics = plan(withFree(0));
    await Promise.all([
      metrics.daily([metric('vol-1')], month),
      metrics.daily([metric('vol-1')], { windowDays: 14 }),
      metrics.daily([metric('vol-1')], { windowDays: 30, region: 'us-west-2' }),
    ]);
    expect(calls.map(({ region }) => region).toSorted()).toEqual(['eu-west-1', 'eu-west-1', 'us-west-2']);
    const starts = cloudWatch.commandCalls(GetMetricDataCommand).map(({ args }) => args[0].input.StartTime);
    expect(starts.map((start) => start!.toISOString().slice(0, 10)).toSorted()).toEqual([
      '2026-10-25',
      '2026-10-25',
      '2026-11-10',
    ]);
  });

  test('fill calls of 500', async () => {
    const calls = mockMetrics(cloudWatch, () => [1]);
    const metrics = plan();
    const [first, second] = await Promise.all([
      metrics.daily(numbered(300), month),
      metrics.daily(numbered(201, 300), month),
    ]);
    expect(sizes(calls)).toEqual([
      ['GetMetricData', 500],
      ['GetMetricData', 1],
    ]);
    expect([first.size, second.size, second.has('vol-500')]).toEqual([300, 201, true]);
  });
});

test('a request that comes after a batch was sent is in the next', async () => {
  const calls = mockMetrics(cloudWatch, () => [1]);
  const metrics = plan(withFree(0));
  await metrics.daily([metric('vol-1')], month);
  await metrics.daily([metric('vol-1')], month);
  expect(sizes(calls)).toEqual([
    ['GetMetricData', 1],
    ['GetMetricData', 1],
  ]);
});

test('where a scope has no region, the metrics of global services are meant', async () => {
  const calls = mockMetrics(cloudWatch, () => [1]);
  await plan(fakeSession(), { kind: 'global', account, region: 'global' }).daily([metric('vol-1')], month);
  expect(calls).toEqual([expect.objectContaining({ region: 'us-east-1' })]);
});

describe('free requests', () => {
  const values: Record<string, number[]> = { 'vol-0/VolumeReadOps': [5, 0, 3, 9], 'vol-1/VolumeReadOps': [] };

  test('give the same series as paid ones, newest first', async () => {
    const calls = mockMetrics(cloudWatch, (name) => values[name]!);
    const free = await plan().daily(numbered(2), month);
    const paid = await plan(withFree(0)).daily(numbered(2), month);
    expect(sizes(calls)).toEqual([
      ['GetMetricStatistics', 1],
      ['GetMetricStatistics', 1],
      ['GetMetricData', 2],
    ]);
    expect([...free]).toEqual([
      ['vol-0', { values: [5, 0, 3, 9], timestamps: daysBefore(end, 4).map((day) => day.toISOString()) }],
    ]);
    expect(paid).toEqual(free);
  });

  test.each([
    [4, 'GetMetricStatistics'],
    [5, 'GetMetricData'],
  ])('a batch of %i metrics is asked with %s', async (count, operation) => {
    const calls = mockMetrics(cloudWatch, () => [1]);
    expect((await plan().daily(numbered(count), month)).size).toBe(count);
    expect(new Set(calls.map((call) => call.operation))).toEqual(new Set([operation]));
  });

  test('end with the allowance of the run, over all its accounts', async () => {
    const calls = mockMetrics(cloudWatch, () => [1]);
    const run = new Map([['metrics.allowance', Promise.resolve({ free: 6 })]]);
    for (const id of ['222222222222', '333333333333', '444444444444']) {
      await plan(fakeSession({ accountId: id, values: run })).daily(numbered(id.startsWith('4') ? 2 : 4), month);
    }
    expect(sizes(calls)).toEqual([
      ...Array.from({ length: 4 }, () => ['GetMetricStatistics', 1]),
      // Two are left: not enough for four, but for two.
      ['GetMetricData', 4],
      ['GetMetricStatistics', 1],
      ['GetMetricStatistics', 1],
    ]);
  });

  test('start with an allowance far below the million of a month', async () => {
    const run = new Map<string, Promise<unknown>>();
    mockMetrics(cloudWatch, () => [1]);
    await plan(fakeSession({ values: run })).daily(numbered(3), month);
    expect(await run.get('metrics.allowance')).toEqual({ free: 4997 });
  });

  test.each([
    ['a datapoint without its value', { Datapoints: [{ Timestamp: end, Average: 1 }] }],
    ['a datapoint without its time', { Datapoints: [{ Sum: 1 }] as Datapoint[] }],
    ['an answer without its list', {}],
  ])('%s is no shorter series', async (_what, answer) => {
    cloudWatch.on(GetMetricStatisticsCommand).resolves(answer);
    await expect(plan().daily([metric('vol-1')], month)).rejects.toMatchObject({ reason: 'unexpected' });
  });
});

describe('failures', () => {
  test.each([
    ['cloudwatch:GetMetricStatistics', GetMetricStatisticsCommand, 1],
    ['cloudwatch:GetMetricData', GetMetricDataCommand, 5],
  ])('a denial of %s names it, also where AWS does not', async (iamAction, command, count) => {
    cloudWatch.on(command as never).rejects(awsError('AccessDenied', 'Access Denied', 403));
    await expect(plan().daily(numbered(count), month)).rejects.toMatchObject({ reason: 'denied', iamAction });
  });

  /** Answers query n on page p with the n-th status of page p; `undefined` = does not mention it. */
  const answerStatuses = (...pages: (string | undefined)[][]) => {
    let page = -1;
    cloudWatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries }: GetMetricDataInput) => {
      page += 1;
      const results = MetricDataQueries!.flatMap(({ Id }, index) => {
        const StatusCode = pages[page]![index];
        return StatusCode === undefined ? [] : [{ Id, Values: [page], Timestamps: daysBefore(end, 1), StatusCode }];
      });
      return { MetricDataResults: results, ...(page + 1 < pages.length && { NextToken: `page-${page + 2}` }) };
    });
  };

  test.each([
    ['Forbidden', { reason: 'denied', iamAction: 'cloudwatch:GetMetricData' }],
    ['InternalError', { reason: 'unexpected', iamAction: undefined }],
    ['PartialData', { reason: 'unexpected' }],
    [undefined, { reason: 'unexpected' }],
  ])('a metric that AWS answers with %s under status 200 fails those who asked for it alone', async (status, error) => {
    answerStatuses(['Complete', status]);
    const metrics = plan(withFree(0));
    const [one, other] = await Promise.allSettled([
      metrics.daily([metric('vol-1')], month),
      metrics.daily([metric('vol-2'), metric('vol-1')], month),
    ]);
    expect(one).toMatchObject({ status: 'fulfilled', value: new Map([['vol-1', expect.anything()]]) });
    expect(other).toMatchObject({ status: 'rejected', reason: error });
  });

  test('a metric that is not complete on one page is completed by the next', async () => {
    answerStatuses(['PartialData', 'InternalError', undefined], ['Complete', 'Complete', 'Complete']);
    const series = await plan(withFree(0)).daily(numbered(3), month);
    expect([...series.values()].map(({ values }) => values)).toEqual([[0, 1], [0, 1], [1]]);
  });

  test('a page token that AWS no longer knows starts the call anew, and nothing is counted twice', async () => {
    const tokens: (string | undefined)[] = [];
    cloudWatch.on(GetMetricDataCommand).callsFake(({ NextToken }: GetMetricDataInput) => {
      tokens.push(NextToken);
      if (tokens.length === 2) throw awsError('InvalidNextToken', 'The next token specified is invalid.');
      const StatusCode = NextToken === undefined ? 'PartialData' : 'Complete';
      const result = { Id: 'q0', Values: [tokens.length], Timestamps: daysBefore(end, 1), StatusCode };
      return { MetricDataResults: [result], ...(NextToken === undefined && { NextToken: 'page-2' }) };
    });
    const series = await plan(withFree(0)).daily([metric('vol-1')], month);
    expect(tokens).toEqual([undefined, 'page-2', undefined, 'page-2']);
    expect(series.get('vol-1')!.values).toEqual([3, 4]);
  });

  test('of one call leave the other alone', async () => {
    cloudWatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries }: GetMetricDataInput) => {
      if (MetricDataQueries!.length === 1) throw awsError('InternalFailure', 'try later', 500);
      return { MetricDataResults: MetricDataQueries!.map(({ Id }) => ({ Id, StatusCode: 'Complete' })) };
    });
    const metrics = plan();
    const outcomes = await Promise.allSettled([
      metrics.daily(numbered(500), month),
      metrics.daily([metric('vol-500')], month),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a search', () => {
  const search = {
    expression: 'Namespace="AWS/S3/Storage-Lens" MetricName="Old"',
    label: `\${PROP('Dim.bucket_name')}`,
  };

  test('adds up the newest value of each metric by label', async () => {
    const rows = [
      { label: 'logs', values: [4, 100] },
      { label: 'logs', values: [2] },
      { label: 'empty', values: [] },
    ];
    const calls = mockMetrics(
      cloudWatch,
      () => [],
      () => rows,
    );
    expect(await plan().search(search, { windowDays: 3 })).toEqual(new Map([['logs', 6]]));
    expect(calls).toEqual([{ operation: 'GetMetricData', region: 'eu-west-1', metrics: ['Old'] }]);
    const [call] = cloudWatch.commandCalls(GetMetricDataCommand);
    expect(call!.args[0].input.MetricDataQueries).toEqual([
      {
        Id: 's0',
        Expression: `SEARCH('${search.expression}', 'Average', 86400)`,
        Label: search.label,
        ReturnData: true,
      },
    ]);
  });

  test.each([
    [
      'found more than it gives back',
      { Messages: [{ Code: 'X', Value: 'Maximum number of allowed metrics exceeded' }] },
    ],
    [
      'stopped half-way',
      { MetricDataResults: [{ Id: 's0', Label: 'a', Values: [1], StatusCode: 'PartialData' as const }] },
    ],
    ['failed', { MetricDataResults: [{ Id: 's0', Label: '', StatusCode: 'InternalError' as const }] }],
  ])('that %s is a failure, not a shorter answer', async (_what, answer) => {
    cloudWatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [], ...answer });
    await expect(plan().search(search, { windowDays: 3 })).rejects.toMatchObject({ reason: 'unexpected' });
  });

  test('that is refused names the permission', async () => {
    cloudWatch.on(GetMetricDataCommand).rejects(awsError('AccessDenied', 'Access Denied', 403));
    await expect(plan().search(search, { windowDays: 3 })).rejects.toMatchObject({
      reason: 'denied',
      iamAction: 'cloudwatch:GetMetricData',
    });
  });
});
