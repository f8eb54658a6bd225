import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { CostExplorerClient, GetTagsCommand } from '@aws-sdk/client-cost-explorer';
import { DescribeVpcsCommand, EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { GetAccountAuthorizationDetailsCommand, IAMClient } from '@aws-sdk/client-iam';
import { ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { GetBucketLocationCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/simulator/faults.ts';
import { baseClient, errorOf, managementAccountId, simulate, vpcOperations } from './tiny-world.ts';

const callerArn = `arn:aws:iam::${managementAccountId}:user/costwarden-worker`;
const operations = {
  ec2: vpcOperations,
  iam: { GetAccountAuthorizationDetails: { handle: () => ({ IsTruncated: false }) } },
  s3: { GetBucketLocation: { handle: () => ({ LocationConstraint: 'eu-west-1' }) } },
  organizations: { ListAccounts: { handle: () => ({ Accounts: [] }) } },
  'cost-explorer': { GetTags: { handle: () => ({ Tags: [], ReturnSize: 0, TotalSize: 0 }) } },
  cloudwatch: { ListMetrics: { handle: () => ({ Metrics: [] }) } },
};

const simulateFault = (...faults: Fault[]) => simulate(operations, { faults });
const describeVpcs = (ec2: EC2Client, options?: object) => ec2.send(new DescribeVpcsCommand({}), options);
const TimePeriod = { Start: '2026-01-01', End: '2026-02-01' };

/** One call of every protocol. */
async function callEach(at: ReturnType<typeof baseClient>) {
  const errors = await Promise.all([
    errorOf(describeVpcs(new EC2Client(at))),
    errorOf(new IAMClient(at).send(new GetAccountAuthorizationDetailsCommand({}))),
    errorOf(new S3Client(at).send(new GetBucketLocationCommand({ Bucket: 'b' }))),
    errorOf(new OrganizationsClient(at).send(new ListAccountsCommand({}))),
    errorOf(new CostExplorerClient(at).send(new GetTagsCommand({ TimePeriod }))),
    errorOf(new CloudWatchClient(at).send(new ListMetricsCommand({}))),
  ]);
  return errors.map(({ name, status }) => `${name} ${status}`);
}

describe('denials', () => {
  test('each service has its own code, and the message names the action', async () => {
    const at = baseClient(await simulateFault({ kind: 'denied' }));
    expect(await callEach(at)).toEqual([
      'UnauthorizedOperation 403',
      'AccessDenied 403',
      'AccessDenied 403',
      'AccessDeniedException 400',
      'AccessDeniedException 400',
      expect.stringMatching(/^AccessDenied/),
    ]);
    expect((await errorOf(describeVpcs(new EC2Client(at)))).message).toBe(
      `You are not authorized to perform this operation. User: ${callerArn} is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action`,
    );
  });

  test('policies of the organization and of a bucket are named as the reason', async () => {
    const at = baseClient(
      await simulateFault(
        { kind: 'denied-by-scp', service: 'iam' },
        { kind: 'denied-by-resource-policy', service: 's3' },
      ),
    );
    const byScp = await errorOf(new IAMClient(at).send(new GetAccountAuthorizationDetailsCommand({})));
    const byBucket = await errorOf(new S3Client(at).send(new GetBucketLocationCommand({ Bucket: 'b' })));
    expect(byScp.message).toContain('is not authorized to perform: iam:GetAccountAuthorizationDetails');
    expect(byScp.message).toContain('with an explicit deny in a service control policy');
    expect(byBucket.message).toContain('is not authorized to perform: s3:GetBucketLocation');
    expect(byBucket.message).toContain('with an explicit deny in a resource-based policy');
  });
});

describe('throttling', () => {
  test('each service has its own code', async () => {
    expect(await callEach(baseClient(await simulateFault({ kind: 'throttle' })))).toEqual([
      'RequestLimitExceeded 503',
      'Throttling 400',
      'SlowDown 503',
      'TooManyRequestsException 400',
      'LimitExceededException 400',
      'ThrottlingException 400',
    ]);
  });

  test('the client sees how long to wait', async () => {
    const { error } = await errorOf(
      describeVpcs(new EC2Client(baseClient(await simulateFault({ kind: 'throttle', retryAfterSeconds: 7 })))),
    );
    expect((error as { $response: { headers: Record<string, string> } }).$response.headers['retry-after']).toBe('7');
  });
});

describe('a broken answer', () => {
  test('of the server is an error of the server', async () => {
    const ec2 = new EC2Client(baseClient(await simulateFault({ kind: 'server-error' })));
    expect(await errorOf(describeVpcs(ec2))).toMatchObject({ name: 'InternalError', status: 500 });
  });

  test('is retried by the SDK until it comes whole', async () => {
    const simulator = await simulateFault({ kind: 'drop', calls: [1] }, { kind: 'server-error', calls: [2] });
    const ec2 = new EC2Client({ ...baseClient(simulator), maxAttempts: 3 });
    expect((await describeVpcs(ec2)).Vpcs).toHaveLength(5);
    expect(simulator.journal.count({ operation: 'DescribeVpcs' })).toBe(3);
  });

  test.each(['drop', 'half-body'] as const)('with %s ends the call with an error of the connection', async (kind) => {
    const { message } = await errorOf(describeVpcs(new EC2Client(baseClient(await simulateFault({ kind })))));
    expect(message).toMatch(/socket hang up|ECONNRESET|aborted/);
  });

  test('that never comes is waited for, and the simulator closes at once all the same', async () => {
    const simulator = await simulateFault({ kind: 'hang' });
    const { name } = await errorOf(
      describeVpcs(new EC2Client(baseClient(simulator)), { abortSignal: AbortSignal.timeout(100) }),
    );
    expect(name).toBe('AbortError');
    const waiting = errorOf(describeVpcs(new EC2Client(baseClient(simulator))));
    while (simulator.journal.entries.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await simulator.close();
    expect((await waiting).message).toMatch(/socket hang up|ECONNRESET|aborted/);
  });

  test('with nothing in it looks like success without a list', async () => {
    const at = baseClient(await simulateFault({ kind: 'empty-200' }));
    expect((await describeVpcs(new EC2Client(at))).Vpcs).toBeUndefined();
    expect((await new OrganizationsClient(at).send(new ListAccountsCommand({}))).Accounts).toBeUndefined();
  });

  test('in HTML under status 200 is never a list', async () => {
    const at = baseClient(await simulateFault({ kind: 'html-200' }));
    const vpcsOf = describeVpcs(new EC2Client(at)).then(
      ({ Vpcs }) => Vpcs,
      () => undefined,
    );
    expect(await vpcsOf).toBeUndefined();
    expect((await errorOf(new OrganizationsClient(at).send(new ListAccountsCommand({})))).status).toBe(200);
  });
});

describe('tokens', () => {
  test('an expired session is named as each service names it', async () => {
    const errors = await callEach(baseClient(await simulateFault({ kind: 'expired-token' })));
    expect(errors.slice(1).map((error) => error.split(' ')[0])).toEqual([
      'ExpiredToken',
      'ExpiredToken',
      'ExpiredTokenException',
      'ExpiredTokenException',
      'ExpiredTokenException',
    ]);
  });

  test('a list can go round in circles', async () => {
    const ec2 = new EC2Client(baseClient(await simulateFault({ kind: 'repeat-token' })));
    const tokens: unknown[] = [];
    for await (const { NextToken } of paginateDescribeVpcs({ client: ec2 }, {}))
      if (tokens.push(NextToken) === 4) break;
    expect(tokens[0]).toBeTypeOf('string');
    expect(new Set(tokens).size).toBe(1);
  });
});

describe('the script', () => {
  test('strikes the calls it names and no others', async () => {
    const simulator = await simulateFault({
      kind: 'denied',
      region: 'eu-west-1',
      operation: 'DescribeVpcs',
      calls: [2, 3],
    });
    const there = new EC2Client(baseClient(simulator, 'eu-west-1'));
    const here = new EC2Client(baseClient(simulator));
    const outcomes: boolean[] = [];
    for (let call = 1; call <= 4; call += 1)
      outcomes.push(
        await describeVpcs(there).then(
          () => true,
          () => false,
        ),
      );
    await describeVpcs(here);
    expect(outcomes).toEqual([true, false, false, true]);
  });

  test('can be changed while the simulator runs', async () => {
    const simulator = await simulateFault({ kind: 'denied' });
    const ec2 = new EC2Client(baseClient(simulator));
    await errorOf(describeVpcs(ec2));
    simulator.faults.clear();
    await describeVpcs(ec2);
    simulator.faults.add({ kind: 'throttle', calls: [1] });
    expect((await errorOf(describeVpcs(ec2))).name).toBe('RequestLimitExceeded');
    expect((await describeVpcs(ec2)).Vpcs).toHaveLength(5);
  });
});
