/** A small organization behind the simulator: a tree of units, accounts in every state, spend by region. */
import type { Account } from '@aws-sdk/client-organizations';
import type { Operation } from '../../src/simulator/handler.ts';
import { AwsError, type ServiceOperations } from '../../src/simulator/handler.ts';
import { managementAccountId, memberAccountId } from '../simulator/wire/tiny-world.ts';

export const delegatedAccountId = '333333333333';

/** root: management; workloads: 333, suspended 444; workloads/prod: member, 555; sandbox: 666, 777, 888 */
const accounts: readonly (Account & { readonly parent: string })[] = [
  { Id: managementAccountId, Name: 'management', State: 'ACTIVE', parent: 'r-root' },
  { Id: delegatedAccountId, Name: 'audit', State: 'ACTIVE', parent: 'ou-root-workloads' },
  { Id: '444444444444', Name: 'left', State: 'SUSPENDED', Status: 'ACTIVE', parent: 'ou-root-workloads' },
  { Id: memberAccountId, Name: 'shop', State: 'ACTIVE', parent: 'ou-root-prod' },
  // Partitions that do not know `State` yet.
  { Id: '555555555555', Name: 'billing', Status: 'ACTIVE', parent: 'ou-root-prod' },
  { Id: '666666666666', Name: 'old', Status: 'SUSPENDED', parent: 'ou-root-sandbox' },
  { Id: '777777777777', Name: 'closing', State: 'PENDING_CLOSURE', parent: 'ou-root-sandbox' },
  { Id: '888888888888', Name: 'new', State: 'PENDING_ACTIVATION', parent: 'ou-root-sandbox' },
];
const units = [
  { Id: 'ou-root-workloads', Name: 'workloads', parent: 'r-root' },
  { Id: 'ou-root-prod', Name: 'prod', parent: 'ou-root-workloads' },
  { Id: 'ou-root-sandbox', Name: 'sandbox', parent: 'r-root' },
];

const list = (items: string, handle: Operation['handle']): Operation => ({
  page: { items, inToken: 'NextToken', outToken: 'NextToken', size: 'MaxResults', max: 20 },
  handle,
});
/** The wire leaves out members that AWS does not have, such as `parent`. */
const below = <T extends { readonly parent: string }>(all: readonly T[], parent: string): T[] =>
  all.filter((each) => each.parent === parent);

export const organizations: ServiceOperations = {
  DescribeOrganization: { handle: () => ({ Organization: { Id: 'o-1', MasterAccountId: managementAccountId } }) },
  ListRoots: list('Roots', () => ({ Roots: [{ Id: 'r-root', Name: 'Root' }] })),
  ListOrganizationalUnitsForParent: list('OrganizationalUnits', ({ ParentId }) => ({
    OrganizationalUnits: below(units, ParentId),
  })),
  ListAccountsForParent: list('Accounts', ({ ParentId }) => ({ Accounts: below(accounts, ParentId) })),
  ListTagsForResource: list('Tags', ({ ResourceId }) => ({
    Tags: [
      { Key: 'team', Value: `team-${ResourceId}` },
      { Key: 'env', Value: 'prod' },
    ],
  })),
};

export const noOrganization: ServiceOperations = {
  ...organizations,
  DescribeOrganization: {
    handle: () => {
      throw new AwsError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.');
    },
  },
};

type Spend = readonly (readonly [accountId: string, region: string, usd: number])[];

/** @param seen filters of the requests */
export function costExplorer(pages: readonly Spend[], seen: object[] = []): ServiceOperations {
  return {
    GetCostAndUsage: {
      handle: ({ NextPageToken, Filter = {} }) => {
        seen.push(Filter);
        const index = NextPageToken === undefined ? 0 : Number(NextPageToken);
        const Groups = pages[index]!.map(([accountId, region, usd]) => ({
          Keys: [accountId, region],
          Metrics: { UnblendedCost: { Amount: String(usd), Unit: 'USD' } },
        }));
        return {
          ResultsByTime: [
            { TimePeriod: { Start: '2026-10-25', End: '2026-11-24' }, Total: {}, Groups, Estimated: true },
          ],
          ...(index + 1 < pages.length ? { NextPageToken: String(index + 1) } : {}),
        };
      },
    },
  };
}
