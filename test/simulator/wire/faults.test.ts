import { type IncomingMessage, request } from 'node:http';
import { CloudWatchClient, ListMetricsCommand, paginateListMetrics } from '@aws-sdk/client-cloudwatch';
import { ConfigServiceClient, paginateDescribeConfigurationAggregators } from '@aws-sdk/client-config-service';
import { CostExplorerClient, GetCostAndUsageCommand, GetTagsCommand } from '@aws-sdk/client-cost-explorer';
import { DescribeVpcsCommand, EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import {
  GetAccountAuthorizationDetailsCommand,
  IAMClient,
  paginateGetAccountAuthorizationDetails,
} from '@aws-sdk/client-iam';
import { ListAccountsCommand, OrganizationsClient, paginateListAccounts } from '@aws-sdk/client-organizations';
import { PricingClient, paginateGetProducts } from '@aws-sdk/client-pricing';
import { paginateGetResources, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { GetBucketLocationCommand, paginateListBuckets, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { createFaultScript, type Fault } from '../../../src/simulator/faults.ts';
import { tokenAt } from '../../../src/simulator/paging.ts';
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

  test('that stops half-way under a right length is no document', async () => {
    const at = baseClient(await simulateFault({ kind: 'broken-document' }));
    const ofXml = await errorOf(describeVpcs(new EC2Client(at)));
    const ofJson = await errorOf(new CostExplorerClient(at).send(new GetTagsCommand({ TimePeriod })));
    expect([ofXml.status, ofJson.status]).toEqual([200, 200]);
  });

  test('with an error document under status 200 looks like success without a list, except to S3', async () => {
    const simulator = await simulateFault({ kind: 'error-200' });
    const at = baseClient(simulator);
    expect((await describeVpcs(new EC2Client(at))).Vpcs).toBeUndefined();
    expect((await new OrganizationsClient(at).send(new ListAccountsCommand({}))).Accounts).toBeUndefined();
    expect((await errorOf(new S3Client(at).send(new GetBucketLocationCommand({ Bucket: 'b' })))).name).toBe(
      'InternalError',
    );
    expect(simulator.journal.entries.map(({ status, errorCode, page }) => ({ status, errorCode, page }))).toEqual(
      Array(3).fill({ status: 200, errorCode: 'InternalError', page: undefined }),
    );
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

describe('a token that is no longer good', () => {
  const list = (items: string, item: object | string, token: string) => ({
    page: { items, inToken: token, outToken: token, max: 1 },
    handle: () => ({ [items]: [item, item, item] }),
  });
  const paged = {
    ec2: vpcOperations,
    iam: { GetAccountAuthorizationDetails: list('RoleDetailList', { RoleName: 'r' }, 'Marker') },
    s3: { ListBuckets: list('Buckets', { Name: 'b' }, 'ContinuationToken') },
    organizations: { ListAccounts: list('Accounts', { Id: '1' }, 'NextToken') },
    cloudwatch: { ListMetrics: list('Metrics', { MetricName: 'm' }, 'NextToken') },
    'config-service': { DescribeConfigurationAggregators: list('ConfigurationAggregators', {}, 'NextToken') },
    'resource-groups-tagging-api': {
      GetResources: list('ResourceTagMappingList', { ResourceARN: 'arn:aws:s3:::b' }, 'PaginationToken'),
    },
    pricing: { GetProducts: list('PriceList', '{}', 'NextToken') },
  };

  test('lets the first page pass and ends the list at the second, in the words of the service', async () => {
    const simulator = await simulate(paged, { faults: [{ kind: 'bad-page-token' }] });
    const client = baseClient(simulator);
    const lists: AsyncIterable<unknown>[] = [
      paginateDescribeVpcs({ client: new EC2Client(client) }, {}),
      paginateGetAccountAuthorizationDetails({ client: new IAMClient(client) }, {}),
      paginateListBuckets({ client: new S3Client(client) }, {}),
      paginateListAccounts({ client: new OrganizationsClient(client) }, {}),
      paginateListMetrics({ client: new CloudWatchClient(client) }, {}),
      paginateDescribeConfigurationAggregators({ client: new ConfigServiceClient(client) }, {}),
      paginateGetResources({ client: new ResourceGroupsTaggingAPIClient(client) }, {}),
      paginateGetProducts({ client: new PricingClient(client) }, { ServiceCode: 'AmazonEC2' }),
    ];
    const outcomes = await Promise.all(
      lists.map(async (pages) => {
        let count = 0;
        const { name, status } = await errorOf(
          (async () => {
            for await (const _page of pages) count += 1;
          })(),
        );
        return `${count} ${name} ${status}`;
      }),
    );
    expect(outcomes).toEqual([
      '1 InvalidNextToken 400',
      '1 ValidationError 400',
      '1 InvalidArgument 400',
      '1 InvalidInputException 400',
      '1 InvalidNextToken 400',
      '1 InvalidNextTokenException 400',
      '1 PaginationTokenExpiredException 400',
      '1 InvalidNextTokenException 400',
    ]);
    expect(simulator.journal.entries.filter(({ fault }) => fault === 'bad-page-token')).toHaveLength(lists.length);
  });

  test('is for Cost Explorer one of its own paging', async () => {
    const operation = {
      cutsItself: { inToken: 'NextPageToken', outToken: 'NextPageToken' },
      handle: () => ({ ResultsByTime: [], NextPageToken: tokenAt(100) }),
    };
    const simulator = await simulate(
      { 'cost-explorer': { GetCostAndUsage: operation } },
      { faults: [{ kind: 'bad-page-token' }] },
    );
    const client = new CostExplorerClient(baseClient(simulator));
    const ask = (NextPageToken?: string) =>
      client.send(
        new GetCostAndUsageCommand({ TimePeriod, Granularity: 'DAILY', Metrics: ['UnblendedCost'], NextPageToken }),
      );
    const { NextPageToken } = await ask();
    expect((await errorOf(ask(NextPageToken))).name).toBe('InvalidNextTokenException');
    simulator.faults.clear();
    await ask(NextPageToken);
    expect(simulator.journal.entries.map(({ page }) => page)).toEqual([
      { from: 0, hasNext: true },
      undefined,
      { from: 100, hasNext: true },
    ]);
  });
});

describe('a slow answer', () => {
  test('comes after its delay and holds up no other', async () => {
    const simulator = await simulateFault({ kind: 'slow', delayMs: 400, service: 'ec2' });
    const at = baseClient(simulator);
    const order: string[] = [];
    const slow = describeVpcs(new EC2Client(at)).then(({ Vpcs }) => order.push(`vpcs ${Vpcs?.length}`));
    while (simulator.journal.count() < 1) await new Promise((resolve) => setTimeout(resolve, 2));
    await new OrganizationsClient(at).send(new ListAccountsCommand({})).then(() => order.push('accounts'));
    await slow;
    expect(order).toEqual(['accounts', 'vpcs 5']);
  });

  test('can begin at once and never end', async () => {
    const simulator = await simulateFault({ kind: 'trickle' });
    const answer = await new Promise<IncomingMessage>((resolve) => {
      const scope = `${simulator.world.baseAccessKeyId}/20261124/us-east-1/ec2/aws4_request`;
      const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
      request(simulator.url, { method: 'POST', headers }, resolve).end('Action=DescribeVpcs');
    });
    expect(answer.statusCode).toBe(200);
    const sizes: number[] = [];
    for await (const chunk of answer) if (sizes.push(chunk.length) === 2) break;
    expect(sizes).toEqual([1, 1]);

    // The SDK has its headers, and waits for the rest until it is told to stop.
    const ec2 = new EC2Client(baseClient(simulator));
    const stop = new AbortController();
    const outcome = Promise.race([
      describeVpcs(ec2, { abortSignal: stop.signal }).catch(() => 'stopped'),
      afterwards(),
    ]);
    expect(await outcome).toBe('still waiting');
    stop.abort();
  });
});

/** Longer than the first bytes take. */
function afterwards(): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, 1500, 'still waiting'));
}

describe('the script', () => {
  test('can mean first pages only, or later ones only', async () => {
    const simulator = await simulateFault({ kind: 'denied', page: 'later' });
    const ec2 = new EC2Client(baseClient(simulator));
    const { NextToken = '' } = await describeVpcs(ec2);
    const second = () => ec2.send(new DescribeVpcsCommand({ NextToken }));
    expect((await errorOf(second())).name).toBe('UnauthorizedOperation');
    simulator.faults.clear();
    simulator.faults.add({ kind: 'denied', page: 'first' });
    expect((await second()).Vpcs).toHaveLength(5);
    expect((await errorOf(describeVpcs(ec2))).name).toBe('UnauthorizedOperation');
  });

  test('strikes by chance, the same calls every time with the same seed', () => {
    const call = {
      accountId: '1',
      region: 'us-east-1',
      service: 'ec2',
      operation: 'DescribeVpcs',
      bucket: undefined,
      hasPageToken: false,
    } as const;
    const struck = (fault: Partial<Fault>): number[] => {
      const script = createFaultScript();
      script.add({ kind: 'throttle', ...fault });
      return Array.from({ length: 1000 }, (_, index) => index).filter(() => script.next(call) !== undefined);
    };
    const tenth = struck({ probability: 0.1 });
    expect(tenth.length).toBeGreaterThan(70);
    expect(tenth.length).toBeLessThan(130);
    expect(struck({ probability: 0.1, seed: 1 })).toEqual(tenth);
    expect(struck({ probability: 0.1, seed: 2 })).not.toEqual(tenth);
    expect(struck({ probability: 0 })).toEqual([]);
    expect(struck({ probability: 0.5, calls: [1, 2, 3, 4, 5, 6, 7, 8] }).length).toBeLessThanOrEqual(8);
  });

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
