import check from '../../../checks/iam/privilege-escalation.ts';
import type { Principal } from '../../../src/model/resources/iam.ts';
import {
  accountId,
  allow,
  deny,
  policyOf,
  type RawStatement,
  rolePrincipal,
  trustOf,
  userPrincipal,
  variable,
} from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';

const yesterday = '2026-11-23T06:00:00.000Z';
const ecsTask = trustOf('Service', 'ecs-tasks.amazonaws.com');
const runner = (statements: readonly RawStatement[], overrides: Partial<Principal> = {}): Principal =>
  rolePrincipal(overrides.name ?? 'ci-runner', {
    id: 'AROACI-RUNNER',
    policies: [policyOf(statements)],
    trust: ecsTask,
    ...overrides,
  });
const expectRunner = (expected: object) => [{ resourceId: 'AROACI-RUNNER', ...expected }];

/** An administrator that can be passed to functions; known, so that it is no finding itself. */
const admin = rolePrincipal('fn-admin', {
  trust: trustOf('Service', 'lambda.amazonaws.com'),
  policies: [policyOf([allow('*')])],
});
const thumbnails = rolePrincipal('thumbnail-fn', {
  trust: trustOf('Service', 'lambda.amazonaws.com'),
  policies: [policyOf([allow('s3:GetObject', 'arn:aws:s3:::acme-images/*')])],
});
const lambdaStart = allow(['lambda:CreateFunction', 'lambda:InvokeFunction']);
const passAll = [allow('iam:PassRole'), lambdaStart];
const office = { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } };
const lambdaWay =
  'iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction|lambda:AddPermission|lambda:CreateEventSourceMapping|lambda:CreateFunctionUrlConfig';

testCheck(check, {
  clean: [
    {
      name: 'PassRole on one role that may do little',
      resources: { 'iam.principal': [runner([allow('iam:PassRole', thumbnails.arn), lambdaStart]), thumbnails, admin] },
    },
    { name: 'PassRole alone', resources: { 'iam.principal': [runner([allow('iam:PassRole')]), admin] } },
    {
      name: 'a function cannot be called',
      resources: { 'iam.principal': [runner([allow(['iam:PassRole', 'lambda:CreateFunction'])]), admin] },
    },
    {
      name: 'PassRole to another service',
      resources: {
        'iam.principal': [
          runner([
            allow('iam:PassRole', '*', { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }),
            lambdaStart,
          ]),
          admin,
        ],
      },
    },
    { name: 'PassRole denied', resources: { 'iam.principal': [runner([...passAll, deny('iam:PassRole')]), admin] } },
    {
      name: 'a boundary without IAM',
      resources: { 'iam.principal': [runner(passAll, { boundary: policyOf([allow(['lambda:*', 's3:*'])]) }), admin] },
    },
    {
      name: 'code of functions that may do no more than the principal',
      resources: { 'iam.principal': [runner([allow('lambda:UpdateFunctionCode')]), thumbnails] },
    },
    {
      name: 'the policies of another user',
      resources: { 'iam.principal': [runner([allow('iam:PutUserPolicy', `arn:aws:iam::${accountId}:user/bob`)])] },
    },
    {
      name: 'keys of its own',
      resources: {
        'iam.principal': [
          userPrincipal('alice', {
            policies: [policyOf([allow('iam:*AccessKey*', `arn:aws:iam::*:user/${variable('aws:username')}`)])],
          }),
        ],
      },
    },
    { name: 'an administrator, who needs no way up', resources: { 'iam.principal': [runner([allow('*')])] } },
    {
      name: 'a grant that ended',
      resources: {
        'iam.principal': [
          runner([allow('iam:PutRolePolicy', '*', { DateLessThan: { 'aws:CurrentTime': '2026-11-01T00:00:00Z' } })]),
        ],
      },
    },
    {
      name: 'a service-linked role',
      resources: { 'iam.principal': [runner([allow('iam:*')], { path: '/aws-service-role/support.amazonaws.com/' })] },
    },
    {
      name: 'a known administrator',
      resources: {
        'iam.principal': [
          runner([allow('iam:*')], {
            name: 'cdk-hnb659fds-cfn-exec-role-111111111111-us-east-1',
            trust: trustOf('Service', 'cloudformation.amazonaws.com'),
          }),
        ],
      },
    },
  ],
  findings: [
    {
      name: 'PassRole on *, and functions to create and to call',
      resources: { 'iam.principal': [runner(passAll), thumbnails, admin] },
      expect: expectRunner({
        severity: 'high',
        summary: /role ci-runner can raise its own permissions: iam:PassRole \+ lambda:CreateFunction/,
        evidence: { ways: [lambdaWay], targets: [admin.arn], statements: ['inline#1', 'inline#0'], narrowedBy: [] },
        savableUsage: undefined,
      }),
    },
    {
      name: 'of a workload that runs',
      resources: { 'iam.principal': [runner(passAll, { lastUsedAt: yesterday }), admin] },
      expect: expectRunner({ severity: 'critical' }),
    },
    {
      name: 'of a workload that runs, before there is a role to pass',
      resources: { 'iam.principal': [runner(passAll, { lastUsedAt: yesterday }), thumbnails] },
      expect: expectRunner({ severity: 'high', evidence: { targets: [] } }),
    },
    {
      name: 'to write a policy of its own, from another account',
      resources: {
        'iam.principal': [
          runner([allow('iam:PutRolePolicy')], { trust: trustOf('AWS', 'arn:aws:iam::222222222222:root') }),
        ],
      },
      expect: expectRunner({ severity: 'critical', evidence: { ways: ['iam:PutRolePolicy'] } }),
    },
    {
      name: 'over two policies, one of them through a group',
      resources: {
        'iam.principal': [
          userPrincipal('alice', {
            policies: [
              policyOf([allow('iam:PassRole')], { name: 'pass' }),
              policyOf([lambdaStart], { name: 'build', viaGroup: 'developers' }),
            ],
          }),
          admin,
        ],
      },
      expect: [{ resourceId: 'AIDAALICE', severity: 'high', evidence: { statements: ['build#0', 'pass#0'] } }],
    },
    {
      name: 'narrowed: one step milder, with the condition',
      resources: { 'iam.principal': [runner([allow('iam:PassRole', '*', office), lambdaStart]), admin] },
      expect: expectRunner({ severity: 'medium', evidence: { narrowedBy: ['IpAddress aws:SourceIp'] } }),
    },
    {
      name: 'a second factor of a user: one step milder',
      resources: {
        'iam.principal': [
          userPrincipal('alice', {
            policies: [policyOf([allow('iam:*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })])],
          }),
        ],
      },
      expect: [{ resourceId: 'AIDAALICE', severity: 'medium' }],
    },
    {
      name: 'one way narrowed, another not',
      resources: {
        'iam.principal': [runner([allow('iam:PutRolePolicy', '*', office), allow('iam:AttachRolePolicy')])],
      },
      expect: expectRunner({ severity: 'high', evidence: { ways: ['iam:AttachRolePolicy', 'iam:PutRolePolicy'] } }),
    },
    {
      name: 'a region narrows nothing',
      resources: {
        'iam.principal': [
          runner([allow('iam:PutRolePolicy', '*', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } })]),
        ],
      },
      expect: expectRunner({ severity: 'high', evidence: { ways: ['iam:PutRolePolicy'] } }),
    },
    {
      name: 'code of a function that may do more',
      resources: { 'iam.principal': [runner([allow('lambda:UpdateFunctionCode')]), admin] },
      expect: expectRunner({
        severity: 'high',
        evidence: { ways: ['lambda:UpdateFunctionCode'], targets: [admin.arn] },
      }),
    },
    {
      name: 'everything on itself, by variable',
      resources: {
        'iam.principal': [
          userPrincipal('alice', {
            policies: [policyOf([allow('iam:*', `arn:aws:iam::${accountId}:user/${variable('aws:username')}`)])],
          }),
        ],
      },
      expect: [{ resourceId: 'AIDAALICE', summary: /iam:AttachUserPolicy; iam:PutUserPolicy/ }],
    },
    {
      name: 'all of IAM: the first ways are named, all are listed',
      resources: { 'iam.principal': [runner([allow('iam:*')])] },
      expect: expectRunner({
        summary: /iam:CreatePolicyVersion; iam:SetDefaultPolicyVersion; iam:AttachUserPolicy and \d+ more ways/,
      }),
    },
    {
      name: 'federation',
      resources: { 'iam.principal': [runner([allow(['eks:CreateAccessEntry', 'eks:AssociateAccessPolicy'])])] },
      expect: expectRunner({ evidence: { ways: ['eks:CreateAccessEntry + eks:AssociateAccessPolicy'] } }),
    },
    {
      name: 'a known name with another trust is judged',
      resources: { 'iam.principal': [runner([allow('iam:*')], { name: 'OrganizationAccountAccessRole' })] },
      expect: expectRunner({}),
    },
  ],
  unknown: [{ name: 'principals denied', resources: { 'iam.principal': [runner(passAll)] }, gaps: ['iam.principal'] }],
});
