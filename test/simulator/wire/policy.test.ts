import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetBucketLifecycleConfigurationCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { isAllowed, type PolicyDocument } from '../../../src/simulator/policy.ts';
import { baseClient, errorOf, memberRoleArn, simulate, vpcOperations } from './tiny-world.ts';

type PolicyStatement = PolicyDocument['Statement'][number];

const allow = (statement: Omit<PolicyStatement, 'Effect'>): PolicyStatement => ({ Effect: 'Allow', ...statement });
const deny = (statement: Omit<PolicyStatement, 'Effect'>): PolicyStatement => ({ Effect: 'Deny', ...statement });

function verdict(
  statements: PolicyStatement | PolicyStatement[],
  request: { action?: string; resource?: string; context?: Record<string, string> } = {},
): 'allowed' | 'refused' {
  const Statement = Array.isArray(statements) ? statements : [statements];
  const defaults = { action: 'ec2:DescribeVpcs', resource: '*', context: { 'aws:requestedregion': 'eu-west-1' } };
  return isAllowed({ Statement }, { ...defaults, ...request }) ? 'allowed' : 'refused';
}

describe('the judge', () => {
  const everything = allow({ Action: '*', Resource: '*' });

  test.each<[string, PolicyStatement | PolicyStatement[], string]>([
    ['allows an action by name, whatever its case', allow({ Action: 'EC2:describevpcs', Resource: '*' }), 'allowed'],
    ['knows both wildcards', allow({ Action: ['ec2:Describe?pc*'], Resource: '*' }), 'allowed'],
    ['does not take a dot for any character', allow({ Action: 'ec2.DescribeVpcs', Resource: '*' }), 'refused'],
    ['does not allow what is not named', allow({ Action: 'ec2:DescribeSubnets', Resource: '*' }), 'refused'],
    ['allows all but a NotAction', allow({ NotAction: 'iam:*', Resource: '*' }), 'allowed'],
    ['does not allow a NotAction', allow({ NotAction: 'ec2:*', Resource: '*' }), 'refused'],
    ['lets a Deny win', [everything, deny({ Action: 'ec2:*', Resource: '*' })], 'refused'],
    [
      'does not allow an action that has no resource by an ARN',
      allow({ Action: '*', Resource: 'arn:aws:ec2:*:*:vpc/*' }),
      'refused',
    ],
    [
      'allows in the region of a condition',
      allow({
        Action: '*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestedRegion': ['us-east-1', 'eu-west-1'] } },
      }),
      'allowed',
    ],
    [
      'does not allow outside of it',
      allow({ Action: '*', Resource: '*', Condition: { StringLike: { 'aws:RequestedRegion': 'us-*' } } }),
      'refused',
    ],
    [
      'does not allow by an operator it does not know',
      allow({ Action: '*', Resource: '*', Condition: { DateLessThan: { 'aws:CurrentTime': '2100-01-01' } } }),
      'refused',
    ],
  ])('%s', (_name, statement, expected) => {
    expect(verdict(statement)).toBe(expected);
  });

  test('compares ARNs with their case and wildcards', () => {
    const role = allow({ Action: 'sts:AssumeRole', Resource: 'arn:*:iam::*:role/costwarden-audit' });
    expect(verdict(role, { action: 'sts:AssumeRole', resource: memberRoleArn })).toBe('allowed');
    expect(
      verdict(role, { action: 'sts:AssumeRole', resource: memberRoleArn.replace('costwarden', 'Costwarden') }),
    ).toBe('refused');
  });

  test('wants an external id when the condition names one', () => {
    const withId = allow({
      Action: 'sts:AssumeRole',
      Resource: '*',
      Condition: { StringEquals: { 'sts:ExternalId': 'abc' } },
    });
    const request = { action: 'sts:AssumeRole', resource: memberRoleArn };
    expect(verdict(withId, { ...request, context: { 'sts:externalid': 'abc' } })).toBe('allowed');
    expect(verdict(withId, { ...request, context: {} })).toBe('refused');
  });
});

describe('a simulator with policies', () => {
  const operations = {
    ec2: vpcOperations,
    s3: {
      ListBuckets: { handle: () => ({ Buckets: [] }) },
      GetBucketLifecycleConfiguration: { handle: () => ({ Rules: [] }) },
    },
    cloudwatch: { ListMetrics: { handle: () => ({ Metrics: [] }) } },
  };
  const actions = ['ec2:DescribeVpcs', 's3:ListAllMyBuckets', 's3:GetLifecycleConfiguration', 'cloudwatch:ListMetrics'];

  /** Calls that end in a denial, by the action that the message names. */
  async function deniedActions(granted: readonly string[]): Promise<unknown[]> {
    const at = baseClient(
      await simulate(operations, { policies: { hub: { Statement: [allow({ Action: granted, Resource: '*' })] } } }),
    );
    const s3 = new S3Client(at);
    const calls = [
      new EC2Client(at).send(new DescribeVpcsCommand({})),
      s3.send(new ListBucketsCommand({})),
      s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: 'b' })),
      new CloudWatchClient(at).send(new ListMetricsCommand({})),
    ];
    const results = await Promise.allSettled(calls);
    return results.flatMap((result) =>
      result.status === 'rejected' ? [/perform: (\S+)/.exec(String(result.reason))?.[1]] : [],
    );
  }

  test('allows the calls whose actions are granted', async () => {
    expect(await deniedActions(actions)).toEqual([]);
  });

  test.each(actions)('refuses exactly the call that needs %s when it is taken away', async (action) => {
    expect(await deniedActions(actions.filter((name) => name !== action))).toEqual([action]);
  });

  test('judges assumed roles by the policy of members', async () => {
    const simulator = await simulate(operations, {
      policies: {
        hub: { Statement: [allow({ Action: 'sts:AssumeRole', Resource: memberRoleArn })] },
        member: { Statement: [allow({ Action: 'ec2:DescribeVpcs', Resource: '*' })] },
      },
    });
    const at = baseClient(simulator);
    const sts = new STSClient(at);
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: memberRoleArn, RoleSessionName: 'run' }));
    const credentials = {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    };
    const member = { ...at, credentials };
    expect((await new EC2Client(member).send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(5);
    expect((await errorOf(new EC2Client(at).send(new DescribeVpcsCommand({})))).name).toBe('UnauthorizedOperation');
    expect((await errorOf(new S3Client(member).send(new ListBucketsCommand({})))).name).toBe('AccessDenied');
    expect((await new STSClient(member).send(new GetCallerIdentityCommand({}))).Arn).toMatch(
      /assumed-role\/costwarden-audit\/run$/,
    );
    const other = await errorOf(
      sts.send(new AssumeRoleCommand({ RoleArn: `${memberRoleArn}-2`, RoleSessionName: 'run' })),
    );
    expect(other.message).toContain(`is not authorized to perform: sts:AssumeRole on resource: ${memberRoleArn}-2`);
  });
});
