import type { AttachedPolicy, PolicyDetail, RoleDetail, Tag, UserDetail } from '@aws-sdk/client-iam';
import type { PolicyDocument, Principal } from '../../model/resources/iam.ts';
import type { Collector } from '../collector.ts';
import { type Authorization, defaultVersion, readAuthorization, readAwsManaged } from './authorization.ts';
import { parsePolicy } from './documents.ts';

export const iamPrincipal: Collector<'iam.principal'> = {
  kind: 'iam.principal',
  scope: 'global',
  iamActions: ['iam:GetAccountAuthorizationDetails'],
  async *collect({ session, scope, missed }) {
    const account = await readAuthorization(session);
    const awsManaged = await readAwsManaged(session, awsManagedArns(account));
    const localPolicies = new Map<string, PolicyDocument>();
    const policyOf = (arn: string): PolicyDocument => {
      const known = localPolicies.get(arn) ?? awsManaged.get(arn);
      if (known !== undefined) return known;
      const local = account.policies.get(arn);
      if (local === undefined) throw new Error(`attached policy ${arn} could not be read`);
      const document = defaultVersion(local, 'customer-managed');
      localPolicies.set(arn, document);
      return document;
    };
    const context = { accountId: scope.account.id, account, policyOf };
    for (const role of account.roles) {
      try {
        yield toRole(role, context);
      } catch (error) {
        missed(role.RoleId ?? '', error);
      }
    }
    for (const user of account.users) {
      try {
        yield toUser(user, context);
      } catch (error) {
        missed(user.UserId ?? '', error);
      }
    }
  },
};

type Context = {
  readonly accountId: string;
  readonly account: Authorization;
  readonly policyOf: (arn: string) => PolicyDocument;
};

function toRole(role: RoleDetail, { accountId, policyOf }: Context): Principal {
  const { RoleId = '', Arn = '', RoleName = '', Path = '/' } = role;
  return {
    id: RoleId,
    arn: Arn,
    type: 'AWS::IAM::Role',
    accountId,
    region: 'global',
    tags: toTags(role.Tags),
    principalType: 'role',
    name: RoleName,
    path: Path,
    createdAt: (role.CreateDate ?? new Date(0)).toISOString(),
    trust:
      role.AssumeRolePolicyDocument === undefined
        ? undefined
        : parsePolicy(role.AssumeRolePolicyDocument, {
            name: 'trust policy',
            arn: undefined,
            source: 'inline',
            viaGroup: undefined,
          }),
    policies: [...inline(role.RolePolicyList, undefined), ...attached(role.AttachedManagedPolicies, policyOf)],
    boundary: boundaryOf(role.PermissionsBoundary?.PermissionsBoundaryArn, policyOf),
    lastUsedAt: role.RoleLastUsed?.LastUsedDate?.toISOString(),
  };
}

function toUser(user: UserDetail, { accountId, account, policyOf }: Context): Principal {
  const { UserId = '', Arn = '', UserName = '', Path = '/' } = user;
  const throughGroups = (user.GroupList ?? []).flatMap((name) => {
    const group = account.groups.get(name);
    return [
      ...inline(group?.GroupPolicyList, name),
      ...attached(group?.AttachedManagedPolicies, policyOf).map((policy) => ({ ...policy, viaGroup: name })),
    ];
  });
  return {
    id: UserId,
    arn: Arn,
    type: 'AWS::IAM::User',
    accountId,
    region: 'global',
    tags: toTags(user.Tags),
    principalType: 'user',
    name: UserName,
    path: Path,
    createdAt: (user.CreateDate ?? new Date(0)).toISOString(),
    trust: undefined,
    policies: [
      ...inline(user.UserPolicyList, undefined),
      ...attached(user.AttachedManagedPolicies, policyOf),
      ...throughGroups,
    ],
    boundary: boundaryOf(user.PermissionsBoundary?.PermissionsBoundaryArn, policyOf),
    lastUsedAt: undefined,
  };
}

function inline(policies: readonly PolicyDetail[] | undefined, viaGroup: string | undefined): PolicyDocument[] {
  return (policies ?? []).map(({ PolicyName = '', PolicyDocument: text = '' }) =>
    parsePolicy(text, { name: PolicyName, arn: undefined, source: 'inline', viaGroup }),
  );
}

function attached(
  policies: readonly AttachedPolicy[] | undefined,
  policyOf: (arn: string) => PolicyDocument,
): PolicyDocument[] {
  return (policies ?? []).map(({ PolicyArn = '' }) => policyOf(PolicyArn));
}

function boundaryOf(arn: string | undefined, policyOf: (arn: string) => PolicyDocument): PolicyDocument | undefined {
  return arn === undefined ? undefined : policyOf(arn);
}

/** AWS's own policies have no account in their ARN. */
function awsManagedArns({ users, roles, groups }: Authorization): Set<string> {
  const arns = new Set<string>();
  for (const entity of [...users, ...roles, ...groups.values()]) {
    for (const { PolicyArn = '' } of entity.AttachedManagedPolicies ?? [])
      if (/^arn:[a-z-]+:iam::aws:/.test(PolicyArn)) arns.add(PolicyArn);
    const boundary = 'PermissionsBoundary' in entity ? entity.PermissionsBoundary?.PermissionsBoundaryArn : undefined;
    if (boundary !== undefined && /^arn:[a-z-]+:iam::aws:/.test(boundary)) arns.add(boundary);
  }
  return arns;
}

function toTags(tags: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}
