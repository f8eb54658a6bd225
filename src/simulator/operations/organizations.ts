/** The organization's tree, for its management account alone. */
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type Call, type Operation, type ServiceOperations } from '../handler.ts';
import { listOf, mapped } from '../lists.ts';

export function organizationsOperations(world: SimulatedWorld): ServiceOperations {
  const { organization, managementAccountId } = world;
  const restricted = (operation: Operation): Operation => ({
    ...operation,
    handle: (input, call: Call) => {
      if (call.accountId !== managementAccountId)
        throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.");
      return operation.handle(input, call);
    },
  });
  const list = (items: string, handle: Operation['handle']): Operation =>
    restricted({ page: { items, inToken: 'NextToken', outToken: 'NextToken', size: 'MaxResults', max: 20 }, handle });
  const shown = (index: number): object => {
    const { id, name, state } = organization.account(index);
    return {
      Id: id,
      Name: name,
      Arn: `arn:aws:organizations::${managementAccountId}:account/o-simulated0/${id}`,
      Email: `${name}@example.com`,
      State: state,
      Status: state,
      JoinedMethod: 'CREATED',
    };
  };
  return {
    DescribeOrganization: {
      handle: () => ({ Organization: { Id: 'o-simulated0', MasterAccountId: managementAccountId, FeatureSet: 'ALL' } }),
    },
    ListRoots: list('Roots', () => ({ Roots: [{ Id: organization.rootId, Name: 'Root' }] })),
    ListOrganizationalUnitsForParent: list('OrganizationalUnits', ({ ParentId }) => ({
      OrganizationalUnits: organization.units
        .filter(({ parentId }) => parentId === ParentId)
        .map(({ id, name }) => ({ Id: id, Name: name })),
    })),
    ListAccountsForParent: list('Accounts', ({ ParentId }) => ({
      Accounts: mapped(organization.accountsIn(ParentId), shown),
    })),
    ListAccounts: list('Accounts', () => ({ Accounts: listOf(organization.size, shown) })),
    ListTagsForResource: list('Tags', ({ ResourceId }) => {
      const index = organization.indexOf(ResourceId);
      if (index === undefined)
        throw new AwsError('TargetNotFoundException', 'You specified a target that does not exist.');
      return { Tags: Object.entries(organization.account(index).tags).map(([Key, Value]) => ({ Key, Value })) };
    }),
  };
}
