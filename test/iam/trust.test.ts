import { describe, expect, test } from 'vitest';
import {
  computeServicesOf,
  externalTrusts,
  isHuman,
  isKnownAdmin,
  isServiceLinked,
  isUsedByWorkload,
} from '../../src/iam/trust.ts';
import type { PolicyDocument } from '../../src/model/resources/iam.ts';
import { accountId, policyOf, rolePrincipal, trustOf, userPrincipal } from '../support/builders.ts';
import { testAccount as account, testNow as now } from '../support/check-tester.ts';

const management = '999999999999';
const stranger = '222222222222';

describe('known administrators', () => {
  const ofManagement = trustOf('AWS', `arn:aws:iam::${management}:root`);
  const identityCenter = trustOf(
    'Federated',
    `arn:aws:iam::${accountId}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE`,
  );
  const known = (name: string, trust: PolicyDocument | undefined, extra: readonly string[] = []): boolean =>
    isKnownAdmin(rolePrincipal(name, { trust }), account, extra);

  test.each<[string, PolicyDocument]>([
    ['OrganizationAccountAccessRole', ofManagement],
    ['AWSControlTowerExecution', ofManagement],
    ['AWSReservedSSO_AdministratorAccess_0123456789abcdef', identityCenter],
    ['cdk-hnb659fds-cfn-exec-role-111111111111-us-east-1', trustOf('Service', 'cloudformation.amazonaws.com')],
  ])('%s with the trust it is made with', (name, trust) => {
    expect(known(name, trust)).toBe(true);
  });

  test.each<[string, string, PolicyDocument | undefined]>([
    ['no trust policy', 'OrganizationAccountAccessRole', undefined],
    ['a stranger may assume it', 'OrganizationAccountAccessRole', trustOf('AWS', `arn:aws:iam::${stranger}:root`)],
    [
      'a stranger may assume it as well',
      'OrganizationAccountAccessRole',
      trustOf('AWS', [`arn:aws:iam::${management}:root`, `arn:aws:iam::${stranger}:root`]),
    ],
    [
      "a stranger's role is named after the management account",
      'OrganizationAccountAccessRole',
      trustOf('AWS', `arn:aws:iam::${stranger}:role/${management}`),
    ],
    ['a workload runs with it', 'AWSControlTowerExecution', trustOf('Service', 'ec2.amazonaws.com')],
    [
      'a service may assume it as well',
      'OrganizationAccountAccessRole',
      policyOf(
        [
          {
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${management}:root`, Service: 'ec2.amazonaws.com' },
            Action: 'sts:AssumeRole',
          },
        ],
        { name: 'trust policy' },
      ),
    ],
    [
      'another identity provider',
      'AWSReservedSSO_AdministratorAccess_0123456789abcdef',
      trustOf('Federated', `arn:aws:iam::${accountId}:saml-provider/Okta`),
    ],
    [
      'the provider of another account',
      'AWSReservedSSO_AdministratorAccess_0123456789abcdef',
      trustOf('Federated', `arn:aws:iam::${stranger}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE`),
    ],
    ['another permission set', 'AWSReservedSSO_DevOps_0123456789abcdef', identityCenter],
    ['another service', 'cdk-hnb659fds-cfn-exec-role-111111111111-us-east-1', trustOf('Service', 'ec2.amazonaws.com')],
    ['another name', 'OrganizationAccountAccessRole2', ofManagement],
    ['another case', 'organizationaccountaccessrole', ofManagement],
  ])('not with %s', (_, name, trust) => {
    expect(known(name, trust)).toBe(false);
  });

  test('an account without a management account has none', () => {
    const role = rolePrincipal('OrganizationAccountAccessRole', { trust: ofManagement });
    expect(isKnownAdmin(role, { ...account, managementId: undefined })).toBe(false);
  });

  test("the operator's own by name", () => {
    expect(known('break-glass-1', undefined, ['break-glass-*'])).toBe(true);
    expect(known('not-break-glass-1', undefined, ['break-glass-*'])).toBe(false);
  });
});

test('service-linked roles are told by their path, not their name', () => {
  expect(
    isServiceLinked(rolePrincipal('AWSServiceRoleForSupport', { path: '/aws-service-role/support.amazonaws.com/' })),
  ).toBe(true);
  expect(isServiceLinked(rolePrincipal('AWSServiceRoleForSupport'))).toBe(false);
  expect(isServiceLinked(rolePrincipal('app', { path: '/service-role/' }))).toBe(false);
});

test('people are users and roles that no service assumes', () => {
  expect(isHuman(userPrincipal('alice'))).toBe(true);
  expect(isHuman(rolePrincipal('on-call', { trust: trustOf('AWS', `arn:aws:iam::${accountId}:root`) }))).toBe(true);
  expect(isHuman(rolePrincipal('worker', { trust: trustOf('Service', 'lambda.amazonaws.com') }))).toBe(false);
});

describe('workloads', () => {
  const trust = trustOf('Service', ['lambda.amazonaws.com', 'config.amazonaws.com']);

  test('only compute services count', () => {
    expect(computeServicesOf(rolePrincipal('fn', { trust }))).toEqual(['lambda.amazonaws.com']);
    expect(computeServicesOf(userPrincipal('alice'))).toEqual([]);
  });

  test.each([
    ['used yesterday', '2026-11-23T06:00:00.000Z', true],
    ['used 90 days ago', '2026-08-26T06:00:00.000Z', true],
    ['used 91 days ago', '2026-08-25T05:00:00.000Z', false],
    ['never used', undefined, false],
  ])('%s', (_, lastUsedAt, expected) => {
    expect(isUsedByWorkload(rolePrincipal('fn', { trust, lastUsedAt }), now)).toBe(expected);
    // Use by somebody who is no compute service says nothing.
    expect(isUsedByWorkload(rolePrincipal('on-call', { trust: trustOf('AWS', '*'), lastUsedAt }), now)).toBe(false);
  });

  test('a deny in the trust policy trusts nobody', () => {
    const denied = policyOf([
      { Effect: 'Deny', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
    expect(computeServicesOf(rolePrincipal('fn', { trust: denied }))).toEqual([]);
  });
});

describe('external trusts', () => {
  const of = (trust: PolicyDocument): string[] => externalTrusts(rolePrincipal('app', { trust }), account);
  const root = (id: string): string => `arn:aws:iam::${id}:root`;
  type Conditions = Record<string, Record<string, unknown>>;

  test('the own account and the management account are not external', () => {
    expect(of(trustOf('AWS', [root(accountId), root(management), accountId]))).toEqual([]);
  });

  test('other accounts are, as ARN and as bare id', () => {
    expect(of(trustOf('AWS', [root(stranger), stranger]))).toEqual([root(stranger), stranger]);
  });

  test('anybody is, in both spellings', () => {
    expect(of(trustOf('AWS', '*'))).toEqual(['*']);
    expect(of(policyOf([{ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }]))).toEqual(['*']);
  });

  test('deleted principals, services and identity providers are not', () => {
    expect(of(trustOf('AWS', 'AROA0123456789ABCDEFG'))).toEqual([]);
    expect(of(trustOf('Service', 'ec2.amazonaws.com'))).toEqual([]);
    expect(of(trustOf('Federated', `arn:aws:iam::${accountId}:saml-provider/Okta`))).toEqual([]);
  });

  test.each<[string, Conditions]>([
    ['the organization', { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }],
    ['a part of it', { StringLike: { 'AWS:principalorgpaths': 'o-a1b2c3d4e5/r-abcd/*' } }],
    ['the own account', { StringEquals: { 'aws:PrincipalAccount': accountId } }],
    ['a role of the own account', { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${accountId}:role/app-*` } }],
  ])('anybody of %s is not', (_, conditions) => {
    expect(of(trustOf('AWS', '*', conditions))).toEqual([]);
  });

  test.each<[string, Conditions]>([
    ['an external id', { StringEquals: { 'sts:ExternalId': 'acme' } }],
    ['a second factor', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }],
    ['a tag', { StringEquals: { 'aws:PrincipalTag/team': 'web' } }],
    ['a role of any account', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/admin' } }],
    ['a region', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }],
    ['a time', { DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } }],
    ['any organization', { StringLike: { 'aws:PrincipalOrgID': '*' } }],
    ['an organization, if one is named', { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }],
    ['other organizations', { StringNotEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }],
  ])('anybody with %s is', (_, conditions) => {
    expect(of(trustOf('AWS', '*', conditions))).toEqual(['*']);
  });

  test('anybody of another account is that account', () => {
    expect(of(trustOf('AWS', '*', { StringEquals: { 'aws:PrincipalAccount': [accountId, stranger] } }))).toEqual([
      stranger,
    ]);
  });

  test('another account of the organization is not', () => {
    expect(of(trustOf('AWS', root(stranger), { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }))).toEqual([]);
  });
});
