/** Principals at every step of the ladder, and those that only look dangerous. */
import type { RoleDetail, UserDetail } from '@aws-sdk/client-iam';
import { type Builder, type Feature, tagList } from '../account-state.ts';
import { hex } from '../random.ts';

type Statement = Readonly<Record<string, unknown>>;

const dayMs = 86_400_000;

export function document(...Statement: readonly Statement[]): string {
  return encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement }));
}

const allow = (
  Action: string | readonly string[],
  Resource: string | readonly string[] = '*',
  more: Statement = {},
): Statement => ({ Effect: 'Allow', Action, Resource, ...more });

type Role = {
  readonly statements?: readonly Statement[];
  readonly attached?: readonly string[];
  readonly trust?: Statement;
  readonly path?: string;
  readonly boundary?: string;
  readonly usedDaysAgo?: number;
  readonly tags?: Record<string, string>;
};

const trustOf = (service: string): Statement => ({
  Effect: 'Allow',
  Principal: { Service: service },
  Action: 'sts:AssumeRole',
});

/** @returns the role's unique id */
function role(
  builder: Builder,
  name: string,
  {
    statements = [],
    attached = [],
    trust = trustOf('ecs-tasks.amazonaws.com'),
    path = '/',
    boundary,
    usedDaysAgo,
    tags = builder.tags(),
  }: Role,
): string {
  const RoleId = `AROA${hex(17, builder.seed, builder.accountId, name).toUpperCase()}`;
  const detail: RoleDetail = {
    RoleId,
    RoleName: name,
    Path: path,
    Arn: `arn:aws:iam::${builder.accountId}:role${path}${name}`,
    CreateDate: new Date(Date.parse(builder.now) - 300 * dayMs),
    AssumeRolePolicyDocument: document(trust),
    RolePolicyList: statements.length === 0 ? [] : [{ PolicyName: 'inline', PolicyDocument: document(...statements) }],
    AttachedManagedPolicies: attached.map((PolicyArn) => ({ PolicyArn, PolicyName: PolicyArn.split('/').at(-1) })),
    ...(boundary === undefined
      ? {}
      : { PermissionsBoundary: { PermissionsBoundaryType: 'Policy' as never, PermissionsBoundaryArn: boundary } }),
    RoleLastUsed:
      usedDaysAgo === undefined
        ? {}
        : { LastUsedDate: new Date(Date.parse(builder.now) - usedDaysAgo * dayMs), Region: 'us-east-1' },
    Tags: tagList(tags),
  };
  builder.state.roles.push(detail);
  return RoleId;
}

function user(builder: Builder, name: string, statements: readonly Statement[]): string {
  const UserId = `AIDA${hex(17, builder.seed, builder.accountId, name).toUpperCase()}`;
  const detail: UserDetail = {
    UserId,
    UserName: name,
    Path: '/',
    Arn: `arn:aws:iam::${builder.accountId}:user/${name}`,
    CreateDate: new Date(Date.parse(builder.now) - 300 * dayMs),
    UserPolicyList: [{ PolicyName: 'inline', PolicyDocument: document(...statements) }],
    GroupList: [],
    AttachedManagedPolicies: [],
    Tags: tagList(builder.tags()),
  };
  builder.state.users.push(detail);
  return UserId;
}

/** Every account has a service-linked role and the audit role; neither is a finding. */
export function standardRoles(managementId: string, auditRole: string): Feature {
  return (builder) => {
    const linked = role(builder, 'AWSServiceRoleForSupport', {
      path: '/aws-service-role/support.amazonaws.com/',
      statements: [allow('*')],
      trust: trustOf('support.amazonaws.com'),
      tags: {},
    });
    builder.nearMiss('iam-admin-wildcard', 'global', linked);
    role(builder, auditRole, {
      statements: [allow(['ec2:DescribeVpcs', 's3:ListAllMyBuckets'])],
      trust: { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${managementId}:root` }, Action: 'sts:AssumeRole' },
    });
  };
}

export function iamFeatures(managementId: string): Readonly<Record<string, Feature>> {
  return {
    'lambda-admin': (builder) => {
      const id = role(builder, 'nightly-report', {
        statements: [allow('*')],
        trust: trustOf('lambda.amazonaws.com'),
        usedDaysAgo: 1,
      });
      builder.plant('iam-admin-wildcard', 'global', id);
    },
    'notaction-admin': (builder) => {
      const id = role(builder, 'legacy-deploy', {
        statements: [{ Effect: 'Allow', NotAction: ['aws-portal:*'], Resource: '*' }],
      });
      builder.plant('iam-admin-wildcard', 'global', id);
    },
    'known-admin': (builder) => {
      const trust = {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${managementId}:root` },
        Action: 'sts:AssumeRole',
      };
      const id = role(builder, 'OrganizationAccountAccessRole', {
        attached: ['arn:aws:iam::aws:policy/AdministratorAccess'],
        trust,
      });
      // Reported as known, at `info`.
      builder.plant('iam-admin-wildcard', 'global', id);
    },
    'denied-admin': (builder) => {
      const id = role(builder, 'walled-in', {
        statements: [allow('*'), { Effect: 'Deny', NotAction: ['logs:*', 's3:ListBucket'], Resource: '*' }],
      });
      builder.nearMiss('iam-admin-wildcard', 'global', id);
      // What the deny leaves is one whole service.
      builder.plant('iam-service-wildcard', 'global', id);
    },
    'notaction-iam': (builder) => {
      const id = user(builder, 'power-user', [
        { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'sts:*', 'sso:*'], Resource: '*' },
      ]);
      builder.nearMiss('iam-admin-wildcard', 'global', id);
      builder.plant('iam-service-wildcard', 'global', id);
      builder.plant('iam-privilege-escalation', 'global', id);
    },
    's3-star': (builder) => {
      const id = role(builder, 'exporter', { statements: [allow('s3:*')] });
      builder.plant('iam-service-wildcard', 'global', id);
    },
    's3-star-on-one-bucket': (builder) => {
      const id = role(builder, 'importer', {
        statements: [allow('s3:*', ['arn:aws:s3:::acme-imports', 'arn:aws:s3:::acme-imports/*'])],
      });
      builder.nearMiss('iam-service-wildcard', 'global', id);
      builder.nearMiss('iam-write-wildcard-resource', 'global', id);
    },
    'send-anywhere': (builder) => {
      const id = role(builder, 'publisher', { statements: [allow(['sqs:SendMessage', 'sqs:DeleteMessage'])] });
      builder.plant('iam-write-wildcard-resource', 'global', id);
    },
    'unavoidable-star': (builder) => {
      const id = role(builder, 'metrics', {
        statements: [allow(['cloudwatch:PutMetricData', 'ec2:DescribeNatGateways', 'ecr:GetAuthorizationToken'])],
      });
      builder.nearMiss('iam-write-wildcard-resource', 'global', id);
    },
    'pass-role-lambda': (builder) => {
      const id = role(builder, 'ci-runner', {
        statements: [allow(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction'])],
      });
      builder.plant('iam-privilege-escalation', 'global', id);
    },
    'pass-role-one': (builder) => {
      role(builder, 'thumbnail-fn', {
        statements: [allow('s3:GetObject', 'arn:aws:s3:::acme-images/*')],
        trust: trustOf('lambda.amazonaws.com'),
      });
      const id = role(builder, 'fn-deployer', {
        statements: [
          allow('iam:PassRole', `arn:aws:iam::${builder.accountId}:role/thumbnail-fn`),
          allow(
            ['lambda:CreateFunction', 'lambda:InvokeFunction'],
            `arn:aws:lambda:*:${builder.accountId}:function:thumbnail-*`,
          ),
        ],
      });
      builder.nearMiss('iam-privilege-escalation', 'global', id);
    },
    'untagged-role': (builder) => {
      role(builder, 'orphan', {
        statements: [allow('logs:CreateLogStream', 'arn:aws:logs:us-east-1:*:log-group:orphan:*')],
        tags: { team: 'web' },
      });
      builder.plant('tag-missing-required', 'global', 'AWS::IAM::Role');
    },
  };
}

/** The AWS-managed policies that somebody may attach, with their documents. */
export const awsManagedPolicies: readonly {
  readonly name: string;
  readonly path: string;
  readonly statements: readonly Statement[];
}[] = [
  { name: 'AdministratorAccess', path: '/', statements: [allow('*')] },
  {
    name: 'AmazonS3ReadOnlyAccess',
    path: '/',
    statements: [allow(['s3:Get*', 's3:List*', 's3:Describe*', 's3-object-lambda:Get*', 's3-object-lambda:List*'])],
  },
  {
    name: 'AWSLambdaBasicExecutionRole',
    path: '/service-role/',
    statements: [allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'])],
  },
];
