import check from '../../../checks/iam/write-wildcard-resource.ts';
import type { Principal } from '../../../src/model/resources/iam.ts';
import {
  accountId,
  allow,
  awsManagedPolicy,
  deny,
  policyOf,
  type RawStatement,
  rolePrincipal,
  trustOf,
  userPrincipal,
} from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';

const role = (statements: readonly RawStatement[], overrides: Partial<Principal> = {}): Principal =>
  rolePrincipal(overrides.name ?? 'publisher', { id: 'AROAPUBLISHER', policies: [policyOf(statements)], ...overrides });
const one = (...statements: RawStatement[]) => ({ 'iam.principal': [role(statements)] });
const expectOne = (expected: object) => [{ resourceId: 'AROAPUBLISHER', ...expected }];

const sender = awsManagedPolicy('AmazonSQSSenderAccess', [
  allow(['sqs:SendMessage', 'sqs:DeleteMessage', 'sqs:GetQueueUrl']),
]);

testCheck(check, {
  clean: [
    {
      name: 'actions that accept nothing but *',
      resources: one(allow(['cloudwatch:PutMetricData', 'ec2:DescribeNatGateways', 'ecr:GetAuthorizationToken'])),
    },
    { name: 'reading', resources: one(allow(['sqs:GetQueueUrl', 's3:GetObject', 'bedrock:InvokeModel'])) },
    { name: 'one queue', resources: one(allow('sqs:SendMessage', `arn:aws:sqs:us-east-1:${accountId}:jobs`)) },
    { name: 'the objects of one bucket', resources: one(allow('s3:PutObject', 'arn:aws:s3:::acme/*')) },
    { name: 'a whole service, which is told elsewhere', resources: one(allow('sqs:*')) },
    { name: 'an administrator, who is told elsewhere', resources: one(allow('*')) },
    { name: 'a way to more, which is told elsewhere', resources: one(allow('iam:PutUserPolicy')) },
    { name: 'a service whose actions cannot be limited', resources: one(allow('a2c:*')) },
    {
      name: 'an address range',
      resources: one(allow('sqs:SendMessage', '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })),
    },
    {
      name: 'a key that must be there',
      resources: one(allow('sqs:SendMessage', '*', { StringLike: { 'aws:SourceVpc': '*' } })),
    },
    {
      name: 'PassRole to one service',
      resources: one(
        allow('iam:PassRole', '*', { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }),
      ),
    },
    { name: 'denied', resources: one(allow('sqs:SendMessage'), deny('sqs:*')) },
    {
      name: 'denied on all queues of the account',
      resources: one(allow('sqs:SendMessage'), deny('sqs:*', `arn:aws:sqs:*:${accountId}:*`)),
    },
    {
      name: 'a boundary',
      resources: { 'iam.principal': [role([allow('sqs:SendMessage')], { boundary: policyOf([allow('s3:*')]) })] },
    },
    {
      name: 'all resources left out',
      resources: one({ Effect: 'Allow', Action: 'sqs:SendMessage', NotResource: 'arn:aws:sqs:*:*:*' }),
    },
    {
      name: 'a service-linked role',
      resources: {
        'iam.principal': [role([allow('sqs:SendMessage')], { path: '/aws-service-role/support.amazonaws.com/' })],
      },
    },
    {
      name: 'a known administrator',
      resources: {
        'iam.principal': [
          role([allow('sqs:SendMessage')], {
            name: 'AWSControlTowerExecution',
            trust: trustOf('AWS', 'arn:aws:iam::999999999999:root'),
          }),
        ],
      },
    },
    {
      name: 'one of AWS’s own policies that is made for a service',
      resources: {
        'iam.principal': [
          role([], {
            policies: [
              awsManagedPolicy('service-role/AWSLambdaSQSQueueExecutionRole', [
                allow(['sqs:DeleteMessage', 'logs:PutLogEvents']),
              ]),
            ],
          }),
        ],
      },
    },
    {
      name: 'AdministratorAccess and ReadOnlyAccess',
      resources: {
        'iam.principal': [
          role([], {
            policies: [
              awsManagedPolicy('AdministratorAccess', [allow('*')]),
              awsManagedPolicy('ReadOnlyAccess', [allow('s3:Get*')]),
            ],
          }),
        ],
      },
    },
  ],
  findings: [
    {
      name: 'sqs:SendMessage on *',
      resources: one({ Sid: 'Send', ...allow(['sqs:SendMessage', 'sqs:GetQueueUrl']) }),
      expect: expectOne({
        severity: 'medium',
        summary: /^role publisher may sqs:SendMessage on every resource$/,
        evidence: { statements: ['inline#Send'], actions: ['sqs:SendMessage'], actionCount: 1 },
        savableUsage: undefined,
      }),
    },
    {
      name: 'kms:Decrypt',
      resources: one(allow('kms:Decrypt')),
      expect: expectOne({ evidence: { actions: ['kms:Decrypt'] } }),
    },
    {
      name: 'every queue of the own account',
      resources: one(allow('sqs:SendMessage', `arn:aws:sqs:*:${accountId}:*`)),
      expect: expectOne({}),
    },
    {
      name: 'all functions, by type',
      resources: one(allow('lambda:UpdateFunctionConfiguration', 'arn:aws:lambda:*:*:function:*')),
      expect: expectOne({}),
    },
    {
      name: 'all but one queue',
      resources: one({
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        NotResource: `arn:aws:sqs:us-east-1:${accountId}:jobs`,
      }),
      expect: expectOne({}),
    },
    {
      name: 'a region',
      resources: one(allow('sqs:SendMessage', '*', { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } })),
      expect: expectOne({}),
    },
    {
      name: 'a condition that always holds',
      resources: one(allow('sqs:SendMessage', '*', { StringLike: { 'aws:PrincipalArn': '*' } })),
      expect: expectOne({}),
    },
    {
      name: 'the own organization',
      resources: one(allow('sqs:SendMessage', '*', { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } })),
      expect: expectOne({}),
    },
    {
      name: 'denied on one queue only',
      resources: one(allow('sqs:SendMessage'), deny('sqs:*', `arn:aws:sqs:us-east-1:${accountId}:jobs`)),
      expect: expectOne({}),
    },
    {
      name: 'more than ten: ten are shown, all are counted',
      resources: one(allow('s3:Put*')),
      expect: expectOne({ summary: /s3:Put\w+, s3:Put\w+, s3:Put\w+ and \d+ more on every resource/ }),
    },
    {
      name: 'an open write beside a whole service under a condition',
      resources: one(
        allow('sqs:*', '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }),
        allow('sqs:SendMessage'),
      ),
      expect: expectOne({ evidence: { statements: ['inline#1'], actions: ['sqs:SendMessage'] } }),
    },
    {
      name: 'a user through a group',
      resources: {
        'iam.principal': [
          userPrincipal('alice', { policies: [policyOf([allow('sqs:SendMessage')], { viaGroup: 'senders' })] }),
        ],
      },
      expect: [{ resourceId: 'AIDAALICE', severity: 'medium' }],
    },
    {
      name: 'one of AWS’s own policies: one line for all who have it',
      resources: {
        'iam.principal': [
          role([], { policies: [sender] }),
          userPrincipal('alice', { policies: [sender] }),
          role([], { id: 'AROALINKED', policies: [sender], path: '/aws-service-role/sqs.amazonaws.com/' }),
        ],
      },
      expect: [
        {
          resourceId: 'arn:aws:iam::aws:policy/AmazonSQSSenderAccess',
          severity: 'info',
          summary: /AmazonSQSSenderAccess grants 2 write actions on every resource to 2 principal\(s\)/,
          evidence: { actionCount: 2 },
        },
      ],
    },
    {
      name: 'one of AWS’s own policies beside one’s own',
      resources: {
        'iam.principal': [role([allow('sns:Publish')], { policies: [sender, policyOf([allow('sns:Publish')])] })],
      },
      expect: [
        { resourceId: 'AROAPUBLISHER', severity: 'medium', evidence: { actions: ['sns:Publish'] } },
        { resourceId: 'arn:aws:iam::aws:policy/AmazonSQSSenderAccess', severity: 'info' },
      ],
    },
  ],
  unknown: [{ name: 'principals denied', resources: one(allow('sqs:SendMessage')), gaps: ['iam.principal'] }],
});
