/** GetAccountAuthorizationDetails: one chain of pages over users, roles, groups and policies. */
import { awsManagedPolicies, document } from '../features/iam.ts';
import type { SimulatedWorld } from '../generate.ts';
import type { ServiceOperations } from '../handler.ts';
import { joined } from '../lists.ts';

export function iamOperations(world: SimulatedWorld): ServiceOperations {
  const managed = awsManagedPolicies.map(({ name, path, statements }) => ({
    PolicyName: name,
    PolicyId: `ANPA${name.toUpperCase().slice(0, 17)}`,
    Arn: `arn:aws:iam::aws:policy${path}${name}`,
    Path: path,
    DefaultVersionId: 'v1',
    AttachmentCount: 1,
    PolicyVersionList: [{ VersionId: 'v1', IsDefaultVersion: true, Document: document(...statements) }],
  }));
  return {
    GetAccountAuthorizationDetails: {
      page: {
        items: ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'],
        inToken: 'Marker',
        outToken: 'Marker',
        size: 'MaxItems',
        max: 1000,
        truncated: 'IsTruncated',
      },
      handle: (input, { accountId }) => {
        const { users, roles, policies } = world.state(accountId);
        const wants = (kind: string): boolean => input.Filter === undefined || input.Filter.includes(kind);
        return {
          UserDetailList: wants('User') ? users : [],
          GroupDetailList: [],
          RoleDetailList: wants('Role') ? joined(roles, world.bulk(accountId).roles()) : [],
          Policies: [...(wants('LocalManagedPolicy') ? policies : []), ...(wants('AWSManagedPolicy') ? managed : [])],
        };
      },
    },
  };
}
