import check from '../../../checks/iam/service-wildcard.ts';
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
  rolePrincipal(overrides.name ?? 'exporter', { id: 'AROAEXPORTER', policies: [policyOf(statements)], ...overrides });
const one = (...statements: RawStatement[]) => ({ 'iam.principal': [role(statements)] });
const expectOne = (expected: object) => [{ resourceId: 'AROAEXPORTER', ...expected }];
const office = { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } };

testCheck(check, {
  clean: [
    {
      name: 's3:* on one bucket and its objects',
      resources: one(allow('s3:*', ['arn:aws:s3:::acme', 'arn:aws:s3:::acme/*'])),
    },
    { name: 'reading of a service', resources: one(allow(['s3:Get*', 's3:List*'])) },
    { name: 'an administrator, who is told elsewhere', resources: one(allow('*')) },
    { name: 'iam:*, which is a way to more', resources: one(allow('iam:*')) },
    { name: 'a service that changes nothing', resources: one(allow(['pricing:*'])) },
    { name: 'a service that does not exist', resources: one(allow('nosuchservice:*')) },
    { name: 'everything of S3 in another account', resources: one(allow('sqs:*', 'arn:aws:sqs:*:222222222222:*')) },
    { name: 'half of it denied', resources: one(allow('s3:*'), deny(['s3:Put*', 's3:Delete*'])) },
    {
      name: 'a boundary of one bucket',
      resources: {
        'iam.principal': [role([allow('s3:*')], { boundary: policyOf([allow('s3:*', 'arn:aws:s3:::acme/*')]) })],
      },
    },
    {
      name: 'a condition that can never hold',
      resources: one(allow('s3:*', '*', { StringEquals: { 'aws:PrincipalAccount': '222222222222' } })),
    },
    {
      name: 'a service-linked role',
      resources: { 'iam.principal': [role([allow('s3:*')], { path: '/aws-service-role/support.amazonaws.com/' })] },
    },
    {
      name: 'a known administrator',
      resources: {
        'iam.principal': [
          role([allow('s3:*')], {
            name: 'cdk-hnb659fds-cfn-exec-role-111111111111-us-east-1',
            trust: trustOf('Service', 'cloudformation.amazonaws.com'),
          }),
        ],
      },
    },
    { name: "the operator's own administrator", resources: one(allow('s3:*')), options: { knownAdmins: ['export*'] } },
  ],
  findings: [
    {
      name: 's3:* on everything',
      resources: one({ Sid: 'All', ...allow('s3:*') }),
      expect: expectOne({
        severity: 'high',
        summary: /^role exporter may do everything in s3:\* \(\d+ actions, \d+ change permissions\) on every resource$/,
        evidence: { services: ['s3'], statements: ['inline#All'], narrowedBy: [], unlimitableServices: [] },
        savableUsage: undefined,
      }),
    },
    {
      name: 'an odd spelling',
      resources: one(allow('S3:**', 'arn:aws:s3:::*')),
      expect: expectOne({ evidence: { services: ['s3'] } }),
    },
    {
      name: 'a service that is not sensitive',
      resources: one(allow('sqs:*')),
      expect: expectOne({ severity: 'medium' }),
    },
    {
      name: "the operator's own list",
      resources: one(allow('sqs:*')),
      options: { sensitiveServices: ['sqs'] },
      expect: expectOne({ severity: 'high' }),
    },
    {
      name: 'everything of the own account',
      resources: one(allow('sqs:*', `arn:aws:sqs:*:${accountId}:*`)),
      expect: expectOne({ severity: 'medium' }),
    },
    {
      name: 'several services: the worst decides',
      resources: one(allow(['sqs:*', 'kms:*', 'sns:*'])),
      expect: expectOne({ severity: 'high', evidence: { services: ['kms', 'sns', 'sqs'] } }),
    },
    {
      name: 'a service whose actions cannot be limited: name them',
      resources: one(allow('a2c:*')),
      expect: expectOne({ severity: 'low', evidence: { services: ['a2c'], unlimitableServices: ['a2c'] } }),
    },
    {
      name: 'narrowed: one step milder, with the condition',
      resources: one({ Sid: 'Office', ...allow('s3:*', '*', office) }),
      expect: expectOne({
        severity: 'medium',
        evidence: { narrowedBy: ['IpAddress aws:SourceIp'], statements: ['inline#Office'] },
      }),
    },
    {
      name: 'the condition of another policy of the same name is not its own',
      resources: {
        'iam.principal': [
          role([], {
            policies: [
              policyOf([allow('s3:*', '*', office)]),
              policyOf([allow('sqs:Get*', '*', { Bool: { 'aws:SecureTransport': 'true' } })], { viaGroup: 'x' }),
            ],
          }),
        ],
      },
      expect: expectOne({ evidence: { narrowedBy: ['IpAddress aws:SourceIp'] } }),
    },
    {
      name: 'a region narrows nothing',
      resources: one(allow('s3:*', '*', { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } })),
      expect: expectOne({ severity: 'high' }),
    },
    {
      name: 'a key that must be there lowers nothing',
      resources: one(allow('s3:*', '*', { StringLike: { 'aws:SourceVpc': '*' } })),
      expect: expectOne({ severity: 'high' }),
    },
    {
      name: 'a second factor of a user: one step milder',
      resources: {
        'iam.principal': [
          userPrincipal('alice', {
            policies: [policyOf([allow('s3:*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })])],
          }),
        ],
      },
      expect: [{ resourceId: 'AIDAALICE', severity: 'medium', summary: /^user alice/ }],
    },
    {
      name: 'a second factor of a workload: no milder',
      resources: {
        'iam.principal': [
          role([allow('s3:*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })], {
            trust: trustOf('Service', 'ec2.amazonaws.com'),
          }),
        ],
      },
      expect: expectOne({ severity: 'high' }),
    },
    {
      name: 'one of AWS’s own policies, attached',
      resources: {
        'iam.principal': [
          role([], { policies: [awsManagedPolicy('AmazonS3FullAccess', [allow(['s3:*', 's3-object-lambda:*'])])] }),
        ],
      },
      expect: expectOne({
        severity: 'high',
        evidence: { services: ['s3', 's3-object-lambda'], statements: ['AmazonS3FullAccess#0'] },
      }),
    },
    {
      name: 'what a deny leaves may be one whole service',
      resources: one(allow('*'), { Effect: 'Deny', NotAction: ['logs:*', 's3:ListBucket'], Resource: '*' }),
      expect: expectOne({ severity: 'medium', evidence: { services: ['logs'] } }),
    },
    {
      name: 'a deny with a condition takes nothing away',
      resources: one(allow('s3:*'), { ...deny('s3:*'), Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect: expectOne({ severity: 'high' }),
    },
    {
      name: 'beside a way to more, which does not use it',
      resources: one(allow(['iam:PutUserPolicy', 's3:*'])),
      expect: expectOne({ evidence: { services: ['s3'] } }),
    },
    {
      name: 'a known name with another trust is judged',
      resources: {
        'iam.principal': [
          role([allow('s3:*')], {
            name: 'OrganizationAccountAccessRole',
            trust: trustOf('Service', 'ec2.amazonaws.com'),
          }),
        ],
      },
      expect: expectOne({ severity: 'high' }),
    },
  ],
  unknown: [{ name: 'principals denied', resources: one(allow('s3:*')), gaps: ['iam.principal'] }],
});
