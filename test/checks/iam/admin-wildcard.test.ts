import check from '../../../checks/iam/admin-wildcard.ts';
import type { Principal } from '../../../src/model/resources/iam.ts';
import {
  accountId,
  allow,
  awsManagedPolicy,
  deny,
  managedPolicy,
  policyOf,
  type RawStatement,
  rolePrincipal,
  trustOf,
  userPrincipal,
} from '../../support/builders.ts';
import { testAccount, testCheck } from '../../support/check-tester.ts';

const management = '999999999999';
const administratorAccess = awsManagedPolicy('AdministratorAccess', [allow('*')]);
const lambda = trustOf('Service', 'lambda.amazonaws.com');
const yesterday = '2026-11-23T06:00:00.000Z';

const admin = (overrides: Partial<Principal> = {}): Principal =>
  rolePrincipal(overrides.name ?? 'deploy', {
    id: 'AROADEPLOY',
    policies: [administratorAccess],
    trust: lambda,
    ...overrides,
  });
const role = (statements: readonly RawStatement[], overrides: Partial<Principal> = {}): Principal =>
  admin({ policies: [policyOf(statements)], ...overrides });
const one = (principal: Principal) => ({ 'iam.principal': [principal] });
const expectDeploy = (expected: object) => [{ resourceId: 'AROADEPLOY', ...expected }];

const organizationRole = admin({
  name: 'OrganizationAccountAccessRole',
  trust: trustOf('AWS', `arn:aws:iam::${management}:root`),
});
const permissionSetTrust = trustOf(
  'Federated',
  `arn:aws:iam::${accountId}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE`,
);

testCheck(check, {
  clean: [
    {
      name: 'a service-linked role, which nobody can edit',
      resources: one(admin({ name: 'AWSServiceRoleForSupport', path: '/aws-service-role/support.amazonaws.com/' })),
    },
    {
      name: 'all but IAM: that is PowerUserAccess',
      resources: one(role([{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }])),
    },
    { name: 'a deny on all of IAM', resources: one(role([allow('*'), deny('iam:*')])) },
    {
      name: 'a deny in another policy',
      resources: one(admin({ policies: [administratorAccess, policyOf([deny('sts:AssumeRole')])] })),
    },
    { name: 'a boundary', resources: one(admin({ boundary: policyOf([allow(['s3:*', 'logs:*'])]) })) },
    {
      name: 'one address range',
      resources: one(role([allow('*', '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })])),
    },
    {
      name: 'a user who must show a second factor',
      resources: one(
        userPrincipal('alice', {
          policies: [policyOf([allow('*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })])],
        }),
      ),
    },
    {
      name: 'a grant that ended',
      resources: one(role([allow('*', '*', { DateLessThan: { 'aws:CurrentTime': '2026-11-01T00:00:00Z' } })])),
    },
    { name: 'every action on one bucket', resources: one(role([allow('*', 'arn:aws:s3:::acme/*')])) },
    {
      name: 'an unattached policy that is a boundary somewhere',
      resources: { 'iam.policy': [managedPolicy('boundary', [allow('*')], { boundaryUsageCount: 3 })] },
    },
    {
      name: 'an attached policy: its principals are reported',
      resources: { 'iam.policy': [managedPolicy('all', [allow('*')], { attachmentCount: 1 })] },
    },
    {
      name: 'an unattached policy that grants less',
      resources: { 'iam.policy': [managedPolicy('s3', [allow('s3:*')])] },
    },
  ],
  findings: [
    {
      name: 'AdministratorAccess, attached to the role of a workload that runs',
      resources: one(admin({ lastUsedAt: yesterday })),
      expect: expectDeploy({
        severity: 'critical',
        summary: /role deploy has administrator permissions; a workload runs with it/,
        savableUsage: undefined,
        evidence: {
          statements: ['AdministratorAccess#0'],
          policies: ['AdministratorAccess'],
          computeServices: ['lambda.amazonaws.com'],
          lastUsedAt: yesterday,
          isKnownAdmin: false,
        },
      }),
    },
    {
      name: 'a workload that has not run for long',
      resources: one(admin({ lastUsedAt: '2026-01-01T00:00:00.000Z' })),
      expect: expectDeploy({ severity: 'high' }),
    },
    {
      name: 'a workload that never ran',
      resources: one(admin()),
      expect: expectDeploy({ severity: 'high', evidence: { lastUsedAt: null } }),
    },
    {
      name: 'another account may assume it',
      resources: one(admin({ trust: trustOf('AWS', 'arn:aws:iam::222222222222:root') })),
      expect: expectDeploy({ severity: 'critical', summary: /arn:aws:iam::222222222222:root may assume it/ }),
    },
    {
      name: 'anybody may assume it',
      resources: one(admin({ trust: trustOf('AWS', '*') })),
      expect: expectDeploy({ severity: 'critical', evidence: { externalTrusts: ['*'] } }),
    },
    {
      name: 'anybody of the organization may assume it',
      resources: one(admin({ trust: trustOf('AWS', '*', { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }) })),
      expect: expectDeploy({ severity: 'high', evidence: { externalTrusts: [] } }),
    },
    {
      name: 'NotAction with a small list',
      resources: one(role([{ Effect: 'Allow', NotAction: ['aws-portal:*'], Resource: '*' }])),
      expect: expectDeploy({ severity: 'high' }),
    },
    {
      name: 'all but EC2 holds all of IAM',
      resources: one(role([{ Effect: 'Allow', NotAction: 'ec2:*', Resource: '*' }])),
      expect: expectDeploy({}),
    },
    {
      name: 'two policies that are little alone',
      resources: one(
        admin({
          policies: [
            policyOf([{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }], { name: 'power' }),
            policyOf([allow('IAM:*')], { name: 'iam' }),
          ],
        }),
      ),
      expect: expectDeploy({ evidence: { statements: ['power#0', 'iam#0'] } }),
    },
    {
      name: 'a user through a group',
      resources: one(userPrincipal('alice', { policies: [{ ...administratorAccess, viaGroup: 'admins' }] })),
      expect: [{ resourceId: 'AIDAALICE', severity: 'high', summary: /user alice/ }],
    },
    {
      name: 'a second factor asked only of those who bring the key',
      resources: one(
        userPrincipal('alice', {
          policies: [policyOf([allow('*', '*', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } })])],
        }),
      ),
      expect: [{ resourceId: 'AIDAALICE' }],
    },
    {
      name: 'the whole internet is no address range',
      resources: one(role([allow('*', '*', { IpAddress: { 'aws:SourceIp': ['0.0.0.0/1', '128.0.0.0/1'] } })])),
      expect: expectDeploy({}),
    },
    {
      name: 'a deny with a condition',
      resources: one(role([allow('*'), { ...deny('*'), Condition: { Bool: { 'aws:SecureTransport': 'false' } } }])),
      expect: expectDeploy({}),
    },
    {
      name: 'the organization’s own role, listed as known',
      resources: one(organizationRole),
      expect: expectDeploy({ severity: 'info', summary: /\(known administrator\)/, evidence: { isKnownAdmin: true } }),
    },
    {
      name: 'the organization’s own role, judged like others',
      resources: one(organizationRole),
      options: { strictKnownAdmins: true },
      expect: expectDeploy({ severity: 'high', evidence: { isKnownAdmin: false } }),
    },
    {
      name: 'a role of that name with the trust of a workload',
      resources: one({ ...organizationRole, trust: lambda, lastUsedAt: yesterday }),
      expect: expectDeploy({ severity: 'critical' }),
    },
    {
      name: 'a role of that name where there is no organization',
      resources: one(organizationRole),
      account: { ...testAccount, managementId: undefined },
      expect: expectDeploy({ severity: 'critical' }),
    },
    {
      name: 'the administrators of Identity Center, named after their permission set',
      resources: one(
        admin({
          name: 'AWSReservedSSO_AdministratorAccess_0123456789abcdef',
          trust: permissionSetTrust,
        }),
      ),
      expect: expectDeploy({ severity: 'info', summary: /permission set AdministratorAccess/ }),
    },
    {
      name: 'another permission set that is one in fact',
      resources: one(admin({ name: 'AWSReservedSSO_DevOps_0123456789abcdef', trust: permissionSetTrust })),
      expect: expectDeploy({
        severity: 'high',
        summary: /permission set DevOps \(role AWSReservedSSO_DevOps_0123456789abcdef\)/,
      }),
    },
    {
      name: 'the operator’s own',
      resources: one(admin({ lastUsedAt: yesterday })),
      options: { knownAdmins: ['dep*'] },
      expect: expectDeploy({ severity: 'info' }),
    },
    {
      name: 'a policy attached to nobody',
      resources: { 'iam.policy': [managedPolicy('all', [allow('*')])] },
      expect: [{ resourceId: 'ANPAALL', severity: 'info', summary: /policy all .* attached to nobody/ }],
    },
  ],
  unknown: [
    {
      name: 'principals denied',
      resources: { 'iam.policy': [managedPolicy('all', [allow('*')])] },
      gaps: ['iam.principal'],
    },
    { name: 'policies denied', resources: one(admin()), gaps: ['iam.policy'] },
  ],
});
