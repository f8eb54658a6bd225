/** The organization's tree: one walker, because Organizations refuses parallel requests. */
import {
  DescribeOrganizationCommand,
  type Account as OrganizationsAccount,
  OrganizationsClient,
  paginateListAccountsForParent,
  paginateListOrganizationalUnitsForParent,
  paginateListRoots,
} from '@aws-sdk/client-organizations';
import { guardPages, requireMember } from '../aws/answer.ts';
import type { AccountSession } from '../aws/session.ts';
import { ConfigError } from '../errors.ts';
import type { Account, AccountState } from '../model/scope.ts';

type Unit = { readonly id: string; readonly ouPath: readonly string[]; readonly ouIds: readonly string[] };

/** Every account of the organization with its place in the tree; tags come from `account-tags.ts`. */
export async function readOrganization(session: AccountSession): Promise<Account[]> {
  const client = session.client(OrganizationsClient);
  const organization = requireMember(await client.send(new DescribeOrganizationCommand({})), 'Organization');
  const managementId = organization.MasterAccountId;
  const accounts: Account[] = [];
  let level: Unit[] = [];
  for await (const page of guardPages(paginateListRoots({ client }, {}), (roots) => roots.NextToken)) {
    for (const { Id = '' } of requireMember(page, 'Roots')) level.push({ id: Id, ouPath: [], ouIds: [Id] });
  }
  while (level.length > 0) {
    // All of a level at once: the rate limit lets out as many requests together as Organizations takes.
    const read = level.map(async (unit) => {
      const [leaves, below] = await Promise.all([accountsBelow(client, unit), unitsBelow(client, unit)]);
      return { accounts: leaves.map((account) => toAccount(account, unit, managementId)), below };
    });
    const found = await Promise.all(read);
    accounts.push(...found.flatMap((unit) => unit.accounts));
    level = found.flatMap(({ below }) => below);
  }
  if (accounts.length === 0)
    throw new ConfigError(
      'the organization has no accounts these credentials can see; run in the management or a delegated account',
    );
  return accounts;
}

// Each chain gets an input of its own: the paginator leaves its last token in the object it was given.

async function accountsBelow(client: OrganizationsClient, { id }: Unit): Promise<OrganizationsAccount[]> {
  const accounts: OrganizationsAccount[] = [];
  const pages = paginateListAccountsForParent({ client }, { ParentId: id });
  for await (const page of guardPages(pages, (answer) => answer.NextToken))
    accounts.push(...requireMember(page, 'Accounts'));
  return accounts;
}

async function unitsBelow(client: OrganizationsClient, { id, ouPath, ouIds }: Unit): Promise<Unit[]> {
  const units: Unit[] = [];
  const pages = paginateListOrganizationalUnitsForParent({ client }, { ParentId: id });
  for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
    for (const { Id = '', Name = Id } of requireMember(page, 'OrganizationalUnits'))
      units.push({ id: Id, ouPath: [...ouPath, Name], ouIds: [...ouIds, Id] });
  }
  return units;
}

function toAccount(account: OrganizationsAccount, unit: Unit, managementId: string | undefined): Account {
  const id = account.Id ?? '';
  // `Status` was retired on 2026-09-09 in favour of `State`; older partitions still send it alone.
  const state = (account.State ?? account.Status ?? 'ACTIVE') as AccountState;
  const { ouPath, ouIds } = unit;
  const name = account.Name ?? id;
  return { id, name, state, ouPath, ouIds, tags: {}, isManagement: id === managementId, managementId };
}
