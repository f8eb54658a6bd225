import {
  GetAccountAuthorizationDetailsCommand,
  IAMClient,
  type RoleDetail,
  type UserDetail,
} from '@aws-sdk/client-iam';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { allowing, encoded, managed, mockAuthorization } from '../../support/authorization.ts';
import { accountId, collectKind, denial } from '../../support/collected.ts';

const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const deploy = `arn:aws:iam::${accountId}:policy/deploy`;
const statement = (actions: readonly string[]) => ({
  sid: undefined,
  effect: 'allow',
  actions,
  notActions: undefined,
  resources: ['*'],
  notResources: undefined,
  principals: undefined,
  notPrincipals: undefined,
  conditions: [],
});

const role = (overrides: Partial<RoleDetail> = {}): RoleDetail => ({
  RoleId: 'AROA1',
  RoleName: 'app',
  Arn: `arn:aws:iam::${accountId}:role/service/app`,
  Path: '/service/',
  CreateDate: new Date('2026-01-01T00:00:00Z'),
  AssumeRolePolicyDocument: encoded({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
  }),
  InstanceProfileList: [],
  RolePolicyList: [],
  AttachedManagedPolicies: [],
  Tags: [],
  ...overrides,
});
const user = (overrides: Partial<UserDetail> = {}): UserDetail => ({
  UserId: 'AIDA1',
  UserName: 'ci',
  Arn: `arn:aws:iam::${accountId}:user/ci`,
  Path: '/',
  CreateDate: new Date('2026-02-01T00:00:00Z'),
  UserPolicyList: [],
  GroupList: [],
  AttachedManagedPolicies: [],
  ...overrides,
});

test('two pages are one account: what stands on either is joined', async () => {
  const asked = mockAuthorization(
    [
      {
        RoleDetailList: [
          role({
            RolePolicyList: [{ PolicyName: 'inline', PolicyDocument: allowing('s3:GetObject') }],
            AttachedManagedPolicies: [
              { PolicyName: 'deploy', PolicyArn: deploy },
              { PolicyName: 'ReadOnlyAccess', PolicyArn: readOnly },
            ],
            PermissionsBoundary: { PermissionsBoundaryType: 'Policy' as never, PermissionsBoundaryArn: deploy },
            RoleLastUsed: { LastUsedDate: new Date('2026-11-20T10:00:00Z'), Region: 'eu-west-1' },
            Tags: [{ Key: 'team', Value: 'shop' }],
          }),
        ],
      },
      { UserDetailList: [user()], Policies: [managed(deploy, allowing('lambda:UpdateFunctionCode'))] },
    ],
    [managed(readOnly, allowing('ec2:Describe*'))],
  );
  const collected = await collectKind('iam.principal');
  const managedPolicy = { viaGroup: undefined, version: '2012-10-17' };
  const deployPolicy = {
    ...managedPolicy,
    name: 'deploy',
    arn: deploy,
    source: 'customer-managed',
    statements: [statement(['lambda:UpdateFunctionCode'])],
  };
  expect(collected.gaps).toEqual([]);
  expect(collected.of('iam.principal')).toEqual([
    {
      id: 'AROA1',
      arn: `arn:aws:iam::${accountId}:role/service/app`,
      type: 'AWS::IAM::Role',
      accountId,
      region: 'global',
      tags: { team: 'shop' },
      principalType: 'role',
      name: 'app',
      path: '/service/',
      createdAt: '2026-01-01T00:00:00.000Z',
      trust: {
        name: 'trust policy',
        arn: undefined,
        source: 'inline',
        viaGroup: undefined,
        version: '2012-10-17',
        statements: [
          {
            ...statement(['sts:AssumeRole']),
            resources: undefined,
            principals: { Service: ['ec2.amazonaws.com'] },
          },
        ],
      },
      policies: [
        {
          ...managedPolicy,
          name: 'inline',
          arn: undefined,
          source: 'inline',
          statements: [statement(['s3:GetObject'])],
        },
        deployPolicy,
        {
          ...managedPolicy,
          name: 'ReadOnlyAccess',
          arn: readOnly,
          source: 'aws-managed',
          statements: [statement(['ec2:Describe*'])],
        },
      ],
      boundary: deployPolicy,
      lastUsedAt: '2026-11-20T10:00:00.000Z',
    },
    {
      id: 'AIDA1',
      arn: `arn:aws:iam::${accountId}:user/ci`,
      type: 'AWS::IAM::User',
      accountId,
      region: 'global',
      tags: {},
      principalType: 'user',
      name: 'ci',
      path: '/',
      createdAt: '2026-02-01T00:00:00.000Z',
      trust: undefined,
      policies: [],
      boundary: undefined,
      lastUsedAt: undefined,
    },
  ]);
  expect(asked).toEqual([
    { filter: ['User', 'Role', 'Group', 'LocalManagedPolicy'], marker: undefined },
    { filter: ['User', 'Role', 'Group', 'LocalManagedPolicy'], marker: '1' },
    { filter: ['AWSManagedPolicy'], marker: undefined },
  ]);
});

test('a user has the policies of its groups, each with the name of the group', async () => {
  mockAuthorization(
    [
      {
        UserDetailList: [user({ GroupList: ['ops'] })],
        GroupDetailList: [
          {
            GroupName: 'ops',
            GroupId: 'AGPA1',
            Arn: `arn:aws:iam::${accountId}:group/ops`,
            GroupPolicyList: [{ PolicyName: 'own', PolicyDocument: allowing('iam:PassRole') }],
            AttachedManagedPolicies: [{ PolicyName: 'ReadOnlyAccess', PolicyArn: readOnly }],
          },
        ],
      },
    ],
    [managed(readOnly, allowing('ec2:Describe*'))],
  );
  const [ci] = (await collectKind('iam.principal')).of('iam.principal')!;
  expect(ci!.policies.map(({ name, source, viaGroup }) => [name, source, viaGroup])).toEqual([
    ['own', 'inline', 'ops'],
    ['ReadOnlyAccess', 'aws-managed', 'ops'],
  ]);
});

test("AWS's policies are read once for all accounts, and again only where one is missing", async () => {
  const powerUser = 'arn:aws:iam::aws:policy/PowerUserAccess';
  const attached = (PolicyArn: string) => [
    { RoleDetailList: [role({ AttachedManagedPolicies: [{ PolicyArn, PolicyName: PolicyArn.split('/')[1] }] })] },
  ];
  const values = new Map<string, Promise<unknown>>();
  const ask = async (id: string, arn: string, ...managedArns: string[]) => {
    const asked = mockAuthorization(
      attached(arn),
      managedArns.map((each) => managed(each, allowing('ec2:Describe*'))),
    );
    const collected = await collectKind('iam.principal', { accountId: id, values });
    expect(collected.gaps).toEqual([]);
    return asked.filter(({ filter }) => filter.includes('AWSManagedPolicy')).length;
  };
  expect(await ask('222222222222', readOnly, readOnly)).toBe(1);
  expect(await ask('333333333333', readOnly, readOnly)).toBe(0);
  // AWS lists only the policies that an account uses.
  expect(await ask('444444444444', powerUser, powerUser)).toBe(1);
  expect(await ask('555555555555', powerUser, powerUser)).toBe(0);
});

test('an account that cannot read them leaves no gap in another', async () => {
  const values = new Map<string, Promise<unknown>>();
  let started = 0;
  mockClient(IAMClient)
    .on(GetAccountAuthorizationDetailsCommand)
    .callsFake(async ({ Filter = [] }: { Filter?: string[] }) => {
      if (!Filter.includes('AWSManagedPolicy'))
        return {
          UserDetailList: [],
          GroupDetailList: [],
          Policies: [],
          RoleDetailList: [role({ AttachedManagedPolicies: [{ PolicyArn: readOnly }] })],
        };
      started += 1;
      if (started === 1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw denial('iam:GetAccountAuthorizationDetails');
      }
      return {
        UserDetailList: [],
        GroupDetailList: [],
        RoleDetailList: [],
        Policies: [managed(readOnly, allowing('ec2:Describe*'))],
      };
    });
  const [, second] = await Promise.all([
    collectKind('iam.principal', { accountId: '333333333333', values }),
    collectKind('iam.principal', { accountId: '444444444444', values }),
  ]);
  expect(second.gaps).toEqual([]);
  expect(second.of('iam.principal')).toHaveLength(1);
});

test('a principal whose policy cannot be read is a gap of its own, never harmless', async () => {
  mockAuthorization([
    {
      RoleDetailList: [
        role({ RoleId: 'AROA1', RolePolicyList: [{ PolicyName: 'broken', PolicyDocument: '%7B%22Statement' }] }),
        role({ RoleId: 'AROA2', AttachedManagedPolicies: [{ PolicyArn: `arn:aws:iam::${accountId}:policy/gone` }] }),
        role({ RoleId: 'AROA3' }),
      ],
      UserDetailList: [user({ UserPolicyList: [{ PolicyName: 'odd', PolicyDocument: encoded({ Statement: 1 }) }] })],
    },
  ]);
  const collected = await collectKind('iam.principal');
  expect(collected.of('iam.principal')!.map(({ id }) => id)).toEqual(['AROA3']);
  expect(collected.gaps.map(({ resourceId, reason }) => [resourceId, reason])).toEqual([
    ['AROA1', 'unexpected'],
    ['AROA2', 'unexpected'],
    ['AIDA1', 'unexpected'],
  ]);
});

test('a refused second page is one gap that names the permission, and nothing is kept', async () => {
  let calls = 0;
  mockClient(IAMClient)
    .on(GetAccountAuthorizationDetailsCommand)
    .callsFake(() => {
      calls += 1;
      if (calls === 2) throw denial('iam:GetAccountAuthorizationDetails');
      return {
        UserDetailList: [user()],
        RoleDetailList: [],
        GroupDetailList: [],
        Policies: [],
        IsTruncated: true,
        Marker: 'm1',
      };
    });
  const collected = await collectKind('iam.principal');
  expect(collected.records.has('iam.principal')).toBe(false);
  expect(collected.gaps).toEqual([
    expect.objectContaining({ reason: 'denied', iamAction: 'iam:GetAccountAuthorizationDetails' }),
  ]);
});
