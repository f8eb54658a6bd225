/** One GetAccountAuthorizationDetails chain per account, and AWS's own policies once per run. */
import {
  type EntityType,
  type GroupDetail,
  IAMClient,
  type ManagedPolicyDetail,
  paginateGetAccountAuthorizationDetails,
  type RoleDetail,
  type UserDetail,
} from '@aws-sdk/client-iam';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { AccountSession } from '../../aws/session.ts';
import type { PolicyDocument } from '../../model/resources/iam.ts';
import { parsePolicy } from './documents.ts';

/** IAM gives at most this many entities a page, and often fewer. */
const pageSize = 1000;

export type Authorization = {
  readonly users: readonly UserDetail[];
  readonly roles: readonly RoleDetail[];
  readonly groups: ReadonlyMap<string, GroupDetail>;
  /** Customer-managed policies by ARN. */
  readonly policies: ReadonlyMap<string, ManagedPolicyDetail>;
};

export function readAuthorization(session: AccountSession): Promise<Authorization> {
  return session.shared(`iam.authorization/${session.accountId}`, async () => {
    const users: UserDetail[] = [];
    const roles: RoleDetail[] = [];
    const groups = new Map<string, GroupDetail>();
    const policies = new Map<string, ManagedPolicyDetail>();
    for await (const page of pagesOf(session, ['User', 'Role', 'Group', 'LocalManagedPolicy'])) {
      users.push(...requireMember(page, 'UserDetailList'));
      roles.push(...requireMember(page, 'RoleDetailList'));
      for (const group of requireMember(page, 'GroupDetailList')) groups.set(group.GroupName ?? '', group);
      for (const policy of requireMember(page, 'Policies')) policies.set(policy.Arn ?? '', policy);
    }
    return { users, roles, groups, policies };
  });
}

/**
 * AWS-managed policies by ARN. Read once per run in the first account that needs one; where an account uses one that
 * is not among them, its own list is read and added.
 */
export async function readAwsManaged(
  session: AccountSession,
  needed: ReadonlySet<string>,
): Promise<Map<string, PolicyDocument>> {
  const readOwn = () => session.shared(`iam.aws-managed/${session.accountId}`, () => readManaged(session));
  // Another account's failure to read them is no failure of this one: it then asks for itself.
  const known = await session.shared('iam.aws-managed', readOwn).catch(readOwn);
  if ([...needed].every((arn) => known.has(arn))) return known;
  const own = await readOwn();
  for (const [arn, document] of own) if (!known.has(arn)) known.set(arn, document);
  return known;
}

async function readManaged(session: AccountSession): Promise<Map<string, PolicyDocument>> {
  const documents = new Map<string, PolicyDocument>();
  for await (const page of pagesOf(session, ['AWSManagedPolicy'])) {
    for (const policy of requireMember(page, 'Policies')) {
      const arn = policy.Arn ?? '';
      documents.set(arn, defaultVersion(policy, 'aws-managed'));
    }
  }
  return documents;
}

/** @throws Error when the policy comes without a default version or is not a policy */
export function defaultVersion(policy: ManagedPolicyDetail, source: PolicyDocument['source']): PolicyDocument {
  const arn = policy.Arn ?? '';
  // Some emulators and old answers leave the name out; the ARN ends with it.
  const name = policy.PolicyName ?? arn.split('/').at(-1) ?? arn;
  const version = policy.PolicyVersionList?.find(({ IsDefaultVersion }) => IsDefaultVersion === true);
  if (version?.Document === undefined) throw new Error(`policy ${name} has no default version`);
  return parsePolicy(version.Document, { name, arn, source, viaGroup: undefined });
}

function pagesOf(session: AccountSession, filter: EntityType[]) {
  const client = session.client(IAMClient);
  const pages = paginateGetAccountAuthorizationDetails({ client, pageSize }, { Filter: filter });
  return guardPages(pages, (answer) => answer.Marker);
}
