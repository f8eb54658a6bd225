import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CostExplorerClient, GetCostAndUsageCommand } from '@aws-sdk/client-cost-explorer';
import {
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  IAMClient,
  NoSuchEntityException,
} from '@aws-sdk/client-iam';
import {
  AccessDeniedException,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import {
  GetBucketAclCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  ListBucketsCommand,
  NoSuchBucket,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { AwsError, type Input } from '../../../src/simulator/handler.ts';
import type { Simulator } from '../../../src/simulator/server.ts';
import { baseClient, errorOf, simulate, vpcOperations } from './tiny-world.ts';

const createdAt = new Date('2026-03-01T10:20:30Z');

describe('ec2Query', () => {
  test('nested lists, renamed members, numbers and booleans reach the handler under their SDK names', async () => {
    const inputs: Input[] = [];
    const handle = (input: Input) => {
      inputs.push(input);
      return {};
    };
    const ec2 = new EC2Client(
      baseClient(await simulate({ ec2: { DescribeNatGateways: { handle }, DescribeNetworkInterfaces: { handle } } })),
    );
    const filters = [
      { Name: 'state', Values: ['available', 'pending & more'] },
      { Name: 'vpc-id', Values: ['vpc-1'] },
    ];
    await ec2.send(
      new DescribeNatGatewaysCommand({ Filter: filters, MaxResults: 50, NatGatewayIds: ['nat-1', 'nat-2'] }),
    );
    await ec2.send(new DescribeNetworkInterfacesCommand({ Filters: filters, DryRun: false }));
    expect(inputs).toEqual([
      { Filter: filters, MaxResults: 50, NatGatewayIds: ['nat-1', 'nat-2'] },
      { Filters: filters, DryRun: false },
    ]);
  });

  test('times, nested structures, empty lists and awkward text come out as they went in', async () => {
    const nat = {
      NatGatewayId: 'nat-1',
      CreateTime: createdAt,
      State: 'available',
      NatGatewayAddresses: [{ AllocationId: 'eipalloc-1', IsPrimary: true }],
      Tags: [{ Key: 'name', Value: '<a> & "b" \'c\'\r\n é' }],
    };
    const ec2 = new EC2Client(
      baseClient(await simulate({ ec2: { DescribeNatGateways: { handle: () => ({ NatGateways: [nat] }) } } })),
    );
    const { NatGateways } = await ec2.send(new DescribeNatGatewaysCommand({}));
    expect(NatGateways).toEqual([nat]);
  });

  test('an error carries code, message, status and request id', async () => {
    const handle = () => {
      throw new AwsError('InvalidVpcID.NotFound', "The vpc ID 'vpc-9' does not exist");
    };
    const ec2 = new EC2Client(baseClient(await simulate({ ec2: { DescribeVpcs: { handle } } })));
    expect(await errorOf(ec2.send(new DescribeVpcsCommand({})))).toMatchObject({
      name: 'InvalidVpcID.NotFound',
      message: "The vpc ID 'vpc-9' does not exist",
      status: 400,
    });
  });

  test.each([
    ['a parameter that the operation does not have', 'Filters.1.Name=state', 'UnknownParameter'],
    ['a list with a name where a position belongs', 'Filter.member.1.Name=state', 'UnknownParameter'],
  ])('%s is refused', async (_name, fields, code) => {
    const simulator = await simulate({ ec2: vpcOperations });
    const answer = await post(
      simulator,
      'ec2',
      { 'content-type': 'application/x-www-form-urlencoded' },
      `Action=DescribeVpcs&Version=2016-11-15&${fields}`,
    );
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
  });
});

describe('awsQuery', () => {
  test('member lists are decoded and maps of lists come back with times', async () => {
    let seen: Input;
    const handle = (input: Input) => {
      seen = input;
      return {
        RoleDetailList: [
          {
            RoleName: 'app',
            RoleId: 'AROA1',
            CreateDate: createdAt,
            AttachedManagedPolicies: [],
            Tags: [{ Key: 'team', Value: 'a' }],
          },
        ],
        IsTruncated: false,
      };
    };
    const iam = new IAMClient(baseClient(await simulate({ iam: { GetAccountAuthorizationDetails: { handle } } })));
    const answer = await iam.send(
      new GetAccountAuthorizationDetailsCommand({ Filter: ['Role', 'LocalManagedPolicy'], MaxItems: 7 }),
    );
    expect(seen).toEqual({ Filter: ['Role', 'LocalManagedPolicy'], MaxItems: 7 });
    expect(answer.IsTruncated).toBe(false);
    expect(answer.RoleDetailList).toEqual([
      {
        RoleName: 'app',
        RoleId: 'AROA1',
        CreateDate: createdAt,
        AttachedManagedPolicies: [],
        Tags: [{ Key: 'team', Value: 'a' }],
      },
    ]);
  });

  test("a service error becomes the client's typed error", async () => {
    const handle = () => {
      throw new AwsError('NoSuchEntity', 'The role with name x cannot be found.', 404);
    };
    const iam = new IAMClient(baseClient(await simulate({ iam: { GetRole: { handle } } })));
    const { error, status } = await errorOf(iam.send(new GetRoleCommand({ RoleName: 'x' })));
    expect(error).toBeInstanceOf(NoSuchEntityException);
    expect(status).toBe(404);
  });
});

describe('awsJson', () => {
  test('times travel as epoch seconds in both directions', async () => {
    let seen: Input;
    const handle = (input: Input) => {
      seen = input;
      return { MetricDataResults: [{ Id: 'a', Timestamps: [createdAt], Values: [1.5], StatusCode: 'Complete' }] };
    };
    const cloudWatch = new CloudWatchClient(baseClient(await simulate({ cloudwatch: { GetMetricData: { handle } } })));
    const { MetricDataResults } = await cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: createdAt,
        EndTime: new Date('2026-03-02T00:00:00Z'),
        MetricDataQueries: [{ Id: 'a', ReturnData: true }],
      }),
    );
    expect(seen.StartTime).toEqual(createdAt);
    expect(seen.MetricDataQueries).toEqual([{ Id: 'a', ReturnData: true }]);
    expect(MetricDataResults).toEqual([{ Id: 'a', Timestamps: [createdAt], Values: [1.5], StatusCode: 'Complete' }]);
  });

  test('a recursive expression is decoded to its depth', async () => {
    let seen: Input;
    const handle = (input: Input) => {
      seen = input;
      return { ResultsByTime: [] };
    };
    const ce = new CostExplorerClient(baseClient(await simulate({ 'cost-explorer': { GetCostAndUsage: { handle } } })));
    const Filter = {
      And: [
        { Dimensions: { Key: 'RECORD_TYPE' as const, Values: ['Usage'] } },
        {
          Not: {
            Or: [
              { Tags: { Key: 'team', MatchOptions: ['ABSENT' as const] } },
              { Dimensions: { Key: 'REGION' as const, Values: ['x'] } },
            ],
          },
        },
      ],
    };
    await ce.send(
      new GetCostAndUsageCommand({
        TimePeriod: { Start: '2026-01-01', End: '2026-02-01' },
        Granularity: 'DAILY',
        Metrics: ['UnblendedCost'],
        Filter,
      }),
    );
    expect(seen.Filter).toEqual(Filter);
  });

  test("a service error becomes the client's typed error", async () => {
    const handle = () => {
      throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.");
    };
    const organizations = new OrganizationsClient(
      baseClient(await simulate({ organizations: { ListAccounts: { handle } } })),
    );
    const { error } = await errorOf(organizations.send(new ListAccountsCommand({})));
    expect(error).toBeInstanceOf(AccessDeniedException);
  });

  test('an operation that the simulator does not have is refused', async () => {
    const organizations = new OrganizationsClient(baseClient(await simulate({})));
    expect(await errorOf(organizations.send(new DescribeOrganizationCommand({})))).toMatchObject({
      name: 'InvalidAction',
      status: 400,
    });
  });

  test.each([['an unknown member', { NextTokn: 'x' }, 'ValidationException']])(
    '%s is refused',
    async (_name, input, code) => {
      const simulator = await simulate({ organizations: { ListAccounts: { handle: () => ({ Accounts: [] }) } } });
      const headers = {
        'x-amz-target': 'AWSOrganizationsV20161128.ListAccounts',
        'content-type': 'application/x-amz-json-1.1',
      };
      expect(await post(simulator, 'organizations', headers, JSON.stringify(input))).toMatchObject({
        status: 400,
        code,
      });
    },
  );
});

describe('restXml', () => {
  test('buckets are addressed by path and found by sub-resource', async () => {
    const seen: Input[] = [];
    const rules = [
      {
        ID: 'a',
        Status: 'Enabled' as const,
        Filter: { Prefix: '' },
        Expiration: { Days: 30 },
        NoncurrentVersionExpiration: { NoncurrentDays: 7 },
      },
      {
        ID: 'b',
        Status: 'Disabled' as const,
        Filter: { And: { Prefix: 'x/', Tags: [{ Key: 'k', Value: 'v' }] } },
        Transitions: [{ Days: 3, StorageClass: 'GLACIER' as const }],
      },
    ];
    const operations = {
      GetBucketLocation: {
        handle: (input: Input) => {
          seen.push(input);
          return { LocationConstraint: 'eu-west-1' };
        },
      },
      GetBucketLifecycleConfiguration: {
        handle: () => ({ Rules: rules }),
      },
    };
    const s3 = new S3Client(baseClient(await simulate({ s3: operations })));
    const location = await s3.send(new GetBucketLocationCommand({ Bucket: 'a.b-c' }));
    const lifecycle = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: 'a' }));
    expect(location.LocationConstraint).toBe('eu-west-1');
    expect(seen).toEqual([{ Bucket: 'a.b-c' }]);
    expect(lifecycle.Rules).toEqual(rules);
  });

  test("errors have the bare code and the client's type", async () => {
    const handle = ({ Bucket }: Input) => {
      if (Bucket === 'gone') throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
      throw new AwsError('PermanentRedirect', 'Use the other endpoint.', 301);
    };
    const s3 = new S3Client(baseClient(await simulate({ s3: { GetBucketAcl: { handle } } })));
    expect((await errorOf(s3.send(new GetBucketAclCommand({ Bucket: 'gone' })))).error).toBeInstanceOf(NoSuchBucket);
    const moved = await errorOf(s3.send(new GetBucketAclCommand({ Bucket: 'moved' })));
    expect(moved).toMatchObject({ name: 'PermanentRedirect', status: 301 });
  });

  test('a sub-resource that is not simulated is no list of objects', async () => {
    const s3 = new S3Client(baseClient(await simulate({ s3: { ListObjects: { handle: () => ({ Contents: [] }) } } })));
    expect(await errorOf(s3.send(new GetBucketAclCommand({ Bucket: 'a' })))).toMatchObject({
      name: 'InvalidAction',
      status: 400,
    });
  });

  test('numbers and text of the query are decoded', async () => {
    let seen: Input;
    const handle = (input: Input) => {
      seen = input;
      return { Buckets: [{ Name: 'a', CreationDate: createdAt, BucketRegion: 'eu-west-1' }], Owner: { ID: 'o' } };
    };
    const s3 = new S3Client(baseClient(await simulate({ s3: { ListBuckets: { handle } } })));
    const { Buckets } = await s3.send(
      new ListBucketsCommand({ MaxBuckets: 10, Prefix: 'a b&c', BucketRegion: 'eu-west-1' }),
    );
    expect(seen).toEqual({ MaxBuckets: 10, Prefix: 'a b&c', BucketRegion: 'eu-west-1' });
    expect(Buckets).toEqual([{ Name: 'a', CreationDate: createdAt, BucketRegion: 'eu-west-1' }]);
  });
});

/** A request that the SDK would not let through. */
async function post(simulator: Simulator, signingName: string, headers: Record<string, string>, body: string) {
  const authorization = `AWS4-HMAC-SHA256 Credential=${simulator.world.baseAccessKeyId}/20260301/us-east-1/${signingName}/aws4_request, SignedHeaders=host, Signature=00`;
  const response = await fetch(simulator.url, { method: 'POST', headers: { ...headers, authorization }, body });
  return { status: response.status, code: response.headers.get('x-amzn-errortype'), body: await response.text() };
}
