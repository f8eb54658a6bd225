import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CostExplorerClient, GetCostAndUsageCommand } from '@aws-sdk/client-cost-explorer';
import { DescribeVpcsCommand, EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { GetAccountAuthorizationDetailsCommand, IAMClient } from '@aws-sdk/client-iam';
import { ListRootsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { GetBucketVersioningCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { guardPages, requireMember } from '../../src/aws/answer.ts';
import { toCollectError } from '../../src/aws/errors.ts';
import type { AccountSession, SessionOptions } from '../../src/aws/session.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import type { SimulatorOptions } from '../../src/simulator/server.ts';
import {
  managementAccountId,
  memberAccountId,
  memberRoleArn,
  simulate,
  vpcOperations,
} from '../simulator/wire/tiny-world.ts';
import { durationOf, failureOf, openSessions } from '../support/sessions.ts';

const operations = {
  ec2: vpcOperations,
  iam: {
    GetAccountAuthorizationDetails: {
      handle: () => ({ UserDetailList: [], RoleDetailList: [], GroupDetailList: [], Policies: [] }),
    },
  },
  s3: { ListBuckets: { handle: () => ({ Buckets: [] }) } },
  organizations: { ListRoots: { handle: () => ({ Roots: [{ Id: 'r-1' }] }) } },
  'cost-explorer': { GetCostAndUsage: { handle: () => ({ ResultsByTime: [] }) } },
  cloudwatch: { GetMetricData: { handle: () => ({ MetricDataResults: [] }) } },
};

type Setting = Partial<SessionOptions> & { readonly simulator?: Omit<SimulatorOptions, 'world'> };

/** A simulator with these faults, and a session of its management account and of its member. */
async function start(faults: readonly Fault[] = [], { simulator: given = {}, ...options }: Setting = {}) {
  const simulator = await simulate(operations, { ...given, faults });
  const sessions = openSessions(simulator.url, options);
  const hub = sessions.hub(managementAccountId);
  return { simulator, sessions, hub, member: sessions.open(memberAccountId), journal: simulator.journal };
}

const describeVpcs = (session: AccountSession, region = 'eu-west-1') =>
  session.client(EC2Client, region).send(new DescribeVpcsCommand({ MaxResults: 1000 }));

/** One list of every protocol, and the member that holds it. */
const lists = (session: AccountSession) =>
  [
    ['ec2', async () => requireMember(await describeVpcs(session), 'Vpcs')],
    [
      'iam',
      async () =>
        requireMember(await session.client(IAMClient).send(new GetAccountAuthorizationDetailsCommand({})), 'Policies'),
    ],
    ['s3', async () => requireMember(await session.client(S3Client).send(new ListBucketsCommand({})), 'Buckets')],
    [
      'organizations',
      async () => requireMember(await session.client(OrganizationsClient).send(new ListRootsCommand({})), 'Roots'),
    ],
  ] as const;

describe('credentials of a member', () => {
  test('five clients assume the role once', async () => {
    const { member, journal } = await start();
    await Promise.all([
      describeVpcs(member),
      describeVpcs(member, 'us-east-1'),
      describeVpcs(member, 'ap-south-1'),
      member.client(IAMClient).send(new GetAccountAuthorizationDetailsCommand({})),
      member.client(S3Client).send(new ListBucketsCommand({})),
    ]);
    expect(journal.count({ operation: 'AssumeRole' })).toBe(1);
    expect(journal.count({ accountId: memberAccountId })).toBe(5);
  });

  test('a refusal is asked for once, and every call ends with it', async () => {
    const { member, journal } = await start([], { externalId: 'wrong' });
    const first = await failureOf(describeVpcs(member));
    const rest = await Promise.all([failureOf(describeVpcs(member, 'us-east-1')), failureOf(describeVpcs(member))]);
    expect([first, ...rest].map((error) => toCollectError(error))).toEqual(
      Array(3).fill(expect.objectContaining({ reason: 'denied', iamAction: 'sts:AssumeRole' })),
    );
    expect(journal.count({ operation: 'AssumeRole' })).toBe(1);
  });

  test('the own account is audited with the own credentials', async () => {
    const { hub, member, journal } = await start();
    expect(hub.roleArn).toBeUndefined();
    expect(member.roleArn).toBe(memberRoleArn);
    await describeVpcs(hub);
    expect(journal.count({ operation: 'AssumeRole' })).toBe(0);
    expect(journal.count({ accountId: managementAccountId })).toBe(1);
  });

  test('without a role every account is the own one', async () => {
    const { sessions } = await start();
    const alone = openSessions(process.env['AWS_ENDPOINT_URL']!, { role: undefined });
    expect(alone.open(memberAccountId).roleArn).toBeUndefined();
    expect(alone.open(memberAccountId)).toBe(alone.hub(memberAccountId));
    expect(sessions.open(memberAccountId)).not.toBe(alone.open(memberAccountId));
  });

  test('a session that ends while the run goes on is renewed, and the call is made again', async () => {
    let ahead = 0;
    const { member, journal } = await start([], { simulator: { sessionNow: () => Date.now() + ahead } });
    await describeVpcs(member);
    ahead = 2 * 3_600_000;
    expect((await describeVpcs(member)).Vpcs).toHaveLength(5);
    expect(journal.count({ operation: 'AssumeRole' })).toBe(2);
    expect(journal.count({ operation: 'DescribeVpcs' })).toBe(3);
  });

  test('a session that ends under many calls is renewed once for all of them', async () => {
    let ahead = 0;
    const { member, journal } = await start([], { simulator: { sessionNow: () => Date.now() + ahead } });
    const regions = ['eu-west-1', 'us-east-1', 'ap-south-1'];
    await Promise.all(regions.map((region) => describeVpcs(member, region)));
    ahead = 2 * 3_600_000;
    await Promise.all([...regions, ...regions].map((region) => describeVpcs(member, region)));
    expect(journal.count({ operation: 'AssumeRole' })).toBe(2);
  });

  test('a token that stays expired ends the call after one renewal, as no matter of permissions', async () => {
    const { member, journal } = await start([{ kind: 'expired-token', service: 'ec2' }]);
    expect(toCollectError(await failureOf(describeVpcs(member)))).toMatchObject({
      reason: 'unexpected',
      iamAction: undefined,
    });
    expect(journal.count({ operation: 'DescribeVpcs' })).toBe(2);
    expect(journal.count({ operation: 'AssumeRole' })).toBe(2);
  });

  test("the worker's own credentials are read anew when they have expired", async () => {
    const asked: boolean[] = [];
    const { hub } = await start([{ kind: 'expired-token', calls: [1] }], {
      credentials: async ({ forceRefresh = false } = {}) => {
        asked.push(forceRefresh);
        return { accessKeyId: 'AKIASIMULATED0000001', secretAccessKey: 'simulated' };
      },
    });
    expect((await describeVpcs(hub)).Vpcs).toHaveLength(5);
    expect(asked).toEqual([false, true]);
  });

  test("expired credentials of the worker are not taken for the member's refusal", async () => {
    const { member } = await start([{ kind: 'expired-token', operation: 'AssumeRole', calls: [1, 2] }]);
    expect(toCollectError(await failureOf(describeVpcs(member))).reason).toBe('unexpected');
    expect((await describeVpcs(member)).Vpcs).toHaveLength(5);
  });
});

describe('a throttled call', () => {
  test('waits for another turn however often, outside the count of attempts', async () => {
    const { hub, sessions, journal } = await start([
      { kind: 'throttle', operation: 'DescribeVpcs', calls: [1, 2, 4, 5, 6] },
      { kind: 'server-error', operation: 'DescribeVpcs', calls: [3, 7] },
    ]);
    expect((await describeVpcs(hub)).Vpcs).toHaveLength(5);
    expect(journal.count({ operation: 'DescribeVpcs' })).toBe(8);
    expect(sessions.meter.snapshot()).toMatchObject({ throttles: 5, apiCalls: 8 });
  });

  test('waits longer than an operation may take, because AWS never had it', async () => {
    const { hub } = await start([{ kind: 'throttle', calls: [1], retryAfterSeconds: 1 }], { operationMs: 300 });
    expect((await describeVpcs(hub)).Vpcs).toHaveLength(5);
  });

  test('waits as long as AWS says', async () => {
    const { hub } = await start([{ kind: 'throttle', calls: [1], retryAfterSeconds: 1 }]);
    expect(await durationOf(() => describeVpcs(hub))).toBeGreaterThanOrEqual(950);
  });

  test('that finds no turn before the time of its account is over was throttled, not slow', async () => {
    const { member } = await start([{ kind: 'throttle', service: 'ec2' }], { accountMs: 500 });
    expect(toCollectError(await failureOf(describeVpcs(member)))).toMatchObject({ reason: 'throttled' });
  });

  test.each(['iam', 's3', 'organizations'] as const)('of %s is recognised', async (service) => {
    const { hub, sessions } = await start([{ kind: 'throttle', service, calls: [1] }]);
    const [, list] = lists(hub).find(([name]) => name === service)!;
    await list();
    expect(sessions.meter.snapshot()).toMatchObject({ throttles: 1, apiCalls: 2 });
  });
});

describe('a call that fails for a moment', () => {
  test('of the server is made three times at most', async () => {
    const { hub, journal } = await start([{ kind: 'server-error' }]);
    expect(toCollectError(await failureOf(describeVpcs(hub)))).toMatchObject({ reason: 'unexpected' });
    expect(journal.count({ operation: 'DescribeVpcs' })).toBe(3);
  });

  test.each(['server-error', 'drop', 'half-body'] as const)('by %s is made again', async (kind) => {
    const { hub, journal } = await start([{ kind, calls: [1, 2] }]);
    expect((await describeVpcs(hub)).Vpcs).toHaveLength(5);
    expect(journal.count({ operation: 'DescribeVpcs' })).toBe(3);
  });

  test.each(['ec2', 'iam', 's3', 'organizations'] as const)('half an answer of %s is no answer', async (service) => {
    const { hub, journal } = await start([{ kind: 'half-body', service }]);
    const [, list] = lists(hub).find(([name]) => name === service)!;
    expect(toCollectError(await failureOf(list())).reason).toBe('unexpected');
    expect(journal.count({ service })).toBe(3);
  });

  test('a refusal is not asked again', async () => {
    const { hub, journal } = await start([{ kind: 'denied' }]);
    await failureOf(describeVpcs(hub));
    expect(journal.count({ operation: 'DescribeVpcs' })).toBe(1);
  });
});

describe('an answer that is no list', () => {
  test.each(['empty-200', 'html-200'] as const)('%s is an error in every protocol, not an empty list', async (kind) => {
    const { hub } = await start([{ kind }]);
    for (const [service, list] of lists(hub)) {
      const error = toCollectError(await failureOf(list()));
      expect([service, error.reason]).toEqual([service, 'unexpected']);
    }
  });

  test.each(['empty-200', 'html-200'] as const)('%s does not say that a bucket never had versions', async (kind) => {
    const GetBucketVersioning = { handle: () => ({}) };
    const simulator = await simulate({ s3: { GetBucketVersioning } }, { faults: [{ kind, calls: [1, 2] }] });
    const hub = openSessions(simulator.url).hub(managementAccountId);
    const ask = () => hub.client(S3Client).send(new GetBucketVersioningCommand({ Bucket: 'logs' }));
    expect((await ask()).Status).toBeUndefined();
    expect(simulator.journal.count()).toBe(3);
    simulator.faults.add({ kind });
    expect(toCollectError(await failureOf(ask())).reason).toBe('unexpected');
  });

  test('an empty list is one in every protocol', async () => {
    const simulator = await simulate({ ...operations, ec2: { DescribeVpcs: { handle: () => ({ Vpcs: [] }) } } });
    const hub = openSessions(simulator.url).hub(managementAccountId);
    for (const [service, list] of lists(hub)) {
      if (service !== 'organizations') expect([service, await list()]).toEqual([service, []]);
    }
  });

  test('a chain that brings the same token twice is an incomplete list', async () => {
    const { hub } = await start([{ kind: 'repeat-token' }]);
    const seen: unknown[] = [];
    const walk = async (): Promise<void> => {
      const pages = paginateDescribeVpcs({ client: hub.client(EC2Client), pageSize: 5 }, {});
      for await (const page of guardPages(pages, ({ NextToken }) => NextToken)) seen.push(page);
    };
    expect(toCollectError(await failureOf(walk()))).toMatchObject({ reason: 'unexpected' });
    expect(seen).toHaveLength(1);
  });
});

describe('what AWS says becomes a reason', () => {
  test.each(['ec2', 'iam', 's3', 'organizations'] as const)('a refusal of %s names the permission', async (service) => {
    const actions = {
      ec2: 'ec2:DescribeVpcs',
      iam: 'iam:GetAccountAuthorizationDetails',
      s3: 's3:ListAllMyBuckets',
      organizations: 'organizations:ListRoots',
    };
    for (const [kind, reason] of [
      ['denied', 'denied'],
      ['denied-by-scp', 'denied-by-scp'],
    ] as const) {
      const { hub } = await start([{ kind, service }]);
      const [, list] = lists(hub).find(([name]) => name === service)!;
      expect(toCollectError(await failureOf(list()))).toMatchObject({ reason, iamAction: actions[service] });
    }
  });

  test('a region that the account has not enabled', async () => {
    const { hub } = await start();
    expect(toCollectError(await failureOf(describeVpcs(hub, 'me-south-1')))).toMatchObject({
      reason: 'not-enabled',
      iamAction: undefined,
    });
  });

  test('no answer within the time of an attempt, after three of them', async () => {
    const { hub, journal } = await start([{ kind: 'hang' }], {
      times: { connectMs: 1000, requestMs: 60, idleMs: 5000 },
    });
    expect(toCollectError(await failureOf(describeVpcs(hub)))).toMatchObject({ reason: 'timeout' });
    expect(journal.count({ operation: 'DescribeVpcs' })).toBe(3);
  });

  test('no answer within the time of the operation', async () => {
    const { hub, journal } = await start([{ kind: 'hang' }], { operationMs: 150 });
    expect(toCollectError(await failureOf(describeVpcs(hub)))).toMatchObject({
      reason: 'timeout',
      message: 'TimeoutError: ec2 DescribeVpcs: no answer within 0.15 s',
    });
    expect(journal.count({ operation: 'DescribeVpcs' })).toBe(1);
  });
});

describe("a clock that is ten minutes off AWS's", () => {
  test.each([600_000, -600_000])(
    'is corrected by the first answer, for all clients that come later (%d ms)',
    async (ms) => {
      const { hub, member, journal, sessions } = await start([], { simulator: { clockOffsetMs: ms } });
      expect((await describeVpcs(hub)).Vpcs).toHaveLength(5);
      const first = journal.count();
      expect(first).toBeGreaterThan(1);
      for (const [, list] of lists(hub)) await list();
      await describeVpcs(member);
      // Four lists, the role, the list of the member; the client of STS is of a time before the first answer.
      expect(journal.count() - first).toBeLessThanOrEqual(7);
      expect(sessions.meter.snapshot().throttles).toBe(0);
    },
  );
});

describe('an endpoint that does not answer', () => {
  const times = { connectMs: 500, requestMs: 100, idleMs: 100 };
  const endpointTimes = { patienceMs: 600, probeMs: 50, probeGivenUpMs: 60_000 };
  const dead: Fault = { kind: 'hang', service: 'ec2', region: 'eu-west-1' };

  test('costs the run one wait: the rest of its calls end at once, other regions go on', async () => {
    const { hub, journal } = await start([dead], { times, endpointTimes, operationMs: 300 });
    const asked = Array.from({ length: 60 }, () => failureOf(describeVpcs(hub)));
    expect((await describeVpcs(hub, 'us-east-1')).Vpcs).toHaveLength(5);
    const reasons = new Set((await Promise.all(asked)).map((error) => toCollectError(error).reason));
    expect(reasons).toEqual(new Set(['timeout']));
    const before = journal.count({ operation: 'DescribeVpcs' });
    expect((await failureOf(describeVpcs(hub))).message).toMatch(/ec2 in eu-west-1 does not answer/);
    expect(journal.count({ operation: 'DescribeVpcs' })).toBe(before);
  });

  test('for a moment only loses nothing', async () => {
    const { hub, simulator } = await start([{ ...dead, kind: 'drop' }], { times, endpointTimes });
    const calls = Array.from({ length: 40 }, () =>
      describeVpcs(hub).then(
        () => 'answered',
        () => 'lost',
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 250));
    simulator.faults.clear();
    const outcomes = await Promise.all(calls);
    expect(new Set(outcomes)).toEqual(new Set(['answered']));
  });
});

describe('the end of the run', () => {
  const end = async (faults: readonly Fault[], options: Setting = {}) => {
    const controller = new AbortController();
    const { hub, journal } = await start(faults, { ...options, signal: controller.signal });
    const failure = failureOf(describeVpcs(hub));
    while (journal.entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const duration = durationOf(() => failure);
    controller.abort(new Error('stopped by SIGTERM'));
    return { error: toCollectError(await failure), duration: await duration, journal };
  };

  test.each([
    ['a request', [{ kind: 'hang' }], 'timeout', 'TimeoutError: ec2 DescribeVpcs: the run was ended'],
    [
      'a wait that AWS asked for, and says why it waited',
      [{ kind: 'throttle', retryAfterSeconds: 30 }],
      'throttled',
      'RequestLimitExceeded: Rate exceeded',
    ],
  ] satisfies [string, Fault[], string, string][])('ends %s at once', async (_, faults, reason, message) => {
    const { error, duration, journal } = await end(faults);
    expect(error).toMatchObject({ reason, message });
    expect(duration).toBeLessThan(5000);
    expect(journal.count()).toBe(1);
  });

  test('lets no new request out', async () => {
    const { hub, journal } = await start([], { signal: AbortSignal.abort(new Error('stopped')) });
    expect(toCollectError(await failureOf(describeVpcs(hub))).reason).toBe('timeout');
    expect(journal.count()).toBe(0);
  });
});

describe('a session', () => {
  test('makes a client once for each region', async () => {
    const { hub } = await start();
    expect(hub.client(EC2Client, 'eu-west-1')).toBe(hub.client(EC2Client, 'eu-west-1'));
    expect(hub.client(EC2Client)).toBe(hub.client(EC2Client, 'us-east-1'));
    expect(hub.client(EC2Client)).not.toBe(hub.client(EC2Client, 'eu-west-1'));
  });

  test('computes a shared value once for the run, and a failed one again', async () => {
    const { hub, member } = await start();
    let loads = 0;
    const load = async (): Promise<number> => {
      loads += 1;
      if (loads === 1) throw new Error('not yet');
      return loads;
    };
    await failureOf(hub.shared('key', load));
    expect(await Promise.all([hub.shared('key', load), member.shared('key', load)])).toEqual([2, 2]);
    expect(loads).toBe(2);
  });

  test('takes with it, when closed, what belongs to its account and nothing else', async () => {
    const { sessions, hub, member } = await start();
    const load = (value: string) => async () => value;
    await member.shared(`own/${memberAccountId}`, load('old'));
    await member.shared('common', load('old'));
    await hub.shared(`own/${managementAccountId}`, load('old'));
    sessions.close(memberAccountId);
    const again = sessions.open(memberAccountId);
    expect(again).not.toBe(member);
    expect(await again.shared(`own/${memberAccountId}`, load('new'))).toBe('new');
    expect(await again.shared('common', load('new'))).toBe('old');
    expect(await hub.shared(`own/${managementAccountId}`, load('new'))).toBe('old');
  });

  test('can be closed while others use the same sockets', async () => {
    const { sessions, hub, member } = await start();
    await describeVpcs(member);
    sessions.close(memberAccountId);
    expect((await describeVpcs(hub)).Vpcs).toHaveLength(5);
  });
});

describe('the meter', () => {
  const period = {
    TimePeriod: { Start: '2026-10-01', End: '2026-11-01' },
    Granularity: 'MONTHLY' as const,
    Metrics: ['UnblendedCost'],
  };
  const ask = (session: AccountSession) =>
    session.client(CostExplorerClient).send(new GetCostAndUsageCommand({ ...period }));

  test('counts each answered Cost Explorer request and no failed one', async () => {
    const { hub, sessions } = await start([{ kind: 'server-error', service: 'cost-explorer', calls: [1] }]);
    await ask(hub);
    await ask(hub);
    expect(sessions.meter.snapshot()).toMatchObject({ apiCalls: 3, costExplorerRequests: 2, usd: 0.02 });
    const denied = await start([{ kind: 'denied', service: 'cost-explorer' }]);
    await failureOf(ask(denied.hub));
    expect(denied.sessions.meter.snapshot()).toMatchObject({ apiCalls: 1, costExplorerRequests: 0, usd: 0 });
  });

  test('counts metrics, not requests for them', async () => {
    const { hub, sessions } = await start();
    const MetricDataQueries = Array.from({ length: 3 }, (_, index) => ({
      Id: `q${index}`,
      MetricStat: { Metric: { Namespace: 'AWS/S3', MetricName: 'BucketSizeBytes' }, Period: 86_400, Stat: 'Average' },
    }));
    await hub
      .client(CloudWatchClient)
      .send(new GetMetricDataCommand({ MetricDataQueries, StartTime: new Date(0), EndTime: new Date(1) }));
    expect(sessions.meter.snapshot()).toMatchObject({ apiCalls: 1, metricsRequested: 3 });
    expect(sessions.meter.snapshot().usd).toBeCloseTo(0.000_03, 10);
  });

  test('counts every byte that was received', async () => {
    const { hub, member, sessions, journal } = await start();
    await Promise.all(lists(hub).map(([, list]) => list()));
    await describeVpcs(member);
    const sent = journal.entries.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
    expect(sessions.meter.snapshot().bytesReceived).toBe(sent);
  });
});
