/** The organization's tree: one walker, because Organizations refuses parallel requests. */
import {
  DescribeOrganizationCommand,
  type Account as OrganizationsAccount,
  OrganizationsClient,
  paginateListAccountsForParent,
  paginateListOrganizationalUnitsForParent,
  paginateListRoots,
  paginateListTagsForResource,
} from '@aws-sdk/client-organizations';
import { guardPages, requireMember } from '../aws/answer.ts';
import type { AccountSession } from '../aws/session.ts';
import { ConfigError } from '../errors.ts';
import type { Account, AccountState } from '../model/scope.ts';
import type { PlanCache } from './plan.ts';

type Unit = { readonly id: string; readonly ouPath: readonly string[]; readonly ouIds: readonly string[] };

/** Account tags change rarely and cost one request each: asked again after this time. */
const tagsKeptMs = 7 * 86_400_000;
const tagsKey = 'plan/account-tags';

type KeptTags = Record<string, Record<string, string>>;

/** Every account of the organization with its place in the tree and its tags. */
export async function readOrganization(session: AccountSession, cache: PlanCache, now: string): Promise<Account[]> {
  const kept = await cache.value(tagsKey);
  const isFresh = kept !== undefined && Date.parse(now) - Date.parse(kept.at) < tagsKeptMs;
  const tags: KeptTags = isFresh ? { ...(kept.value as KeptTags) } : {};
  const known = Object.keys(tags).length;
  const client = session.client(OrganizationsClient);
  const organization = requireMember(await client.send(new DescribeOrganizationCommand({})), 'Organization');
  const managementId = organization.MasterAccountId;
  const accounts: Account[] = [];
  const units: Unit[] = [];
  for await (const page of guardPages(paginateListRoots({ client }, {}), (roots) => roots.NextToken)) {
    for (const { Id = '' } of requireMember(page, 'Roots')) units.push({ id: Id, ouPath: [], ouIds: [Id] });
  }
  for (const unit of units) {
    // Each chain gets an input of its own: the paginator leaves its last token in the object it was given.
    const leaves = paginateListAccountsForParent({ client }, { ParentId: unit.id });
    for await (const page of guardPages(leaves, (answer) => answer.NextToken)) {
      for (const account of requireMember(page, 'Accounts')) {
        const id = account.Id ?? '';
        const own = tags[id] ?? (await readTags(client, id));
        tags[id] = own;
        accounts.push(toAccount(account, unit, own, managementId));
      }
    }
    const children = paginateListOrganizationalUnitsForParent({ client }, { ParentId: unit.id });
    for await (const page of guardPages(children, (answer) => answer.NextToken)) {
      for (const { Id = '', Name = Id } of requireMember(page, 'OrganizationalUnits')) {
        units.push({ id: Id, ouPath: [...unit.ouPath, Name], ouIds: [...unit.ouIds, Id] });
      }
    }
  }
  if (accounts.length === 0)
    throw new ConfigError(
      'the organization has no accounts these credentials can see; run in the management or a delegated account',
    );
  if (Object.keys(tags).length > known) await cache.putValue(tagsKey, tags, isFresh ? kept.at : now);
  return accounts;
}

async function readTags(client: OrganizationsClient, accountId: string): Promise<Record<string, string>> {
  const tags: Record<string, string> = {};
  const pages = paginateListTagsForResource({ client }, { ResourceId: accountId });
  for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
    for (const { Key, Value } of requireMember(page, 'Tags')) if (Key !== undefined) tags[Key] = Value ?? '';
  }
  return tags;
}

function toAccount(
  account: OrganizationsAccount,
  unit: Unit,
  tags: Record<string, string>,
  managementId: string | undefined,
): Account {
  const id = account.Id ?? '';
  // `Status` was retired on 2026-09-09 in favour of `State`; older partitions still send it alone.
  const state = (account.State ?? account.Status ?? 'ACTIVE') as AccountState;
  const { ouPath, ouIds } = unit;
  return { id, name: account.Name ?? id, state, ouPath, ouIds, tags, isManagement: id === managementId, managementId };
}
