/** Networks as people build them, for the tests of the vpc checks. */
import type { Route, RouteTable } from '../../../src/model/resources/ec2.ts';
import { igwRoute, natGateway, natRoute, networkInterface, routeTable, subnet, vpc } from '../../support/builders.ts';
import type { Resources } from '../../support/check-tester.ts';

/** Three private subnets on the main table, which leads to a NAT gateway in a public subnet; a workload in each. */
export function natVpc(...extraRoutes: readonly Route[]): Resources {
  return networkOf([
    routeTable({ id: 'rtb-main', isMain: true, routes: [natRoute, ...extraRoutes] }),
    routeTable({ id: 'rtb-public', subnetIds: ['subnet-public'], routes: [igwRoute] }),
  ]);
}

/** The same subnets over other tables. */
export function networkOf(tables: readonly RouteTable[]): Resources {
  const ids = ['subnet-a', 'subnet-b', 'subnet-c'];
  return {
    'ec2.vpc': [vpc()],
    'ec2.subnet': [...ids, 'subnet-public'].map((id) => subnet({ id })),
    'ec2.route-table': tables,
    'ec2.nat-gateway': [natGateway()],
    'ec2.network-interface': [
      ...ids.map((id) => networkInterface(id)),
      networkInterface('subnet-public', { interfaceType: 'nat_gateway', isRequesterManaged: true }),
    ],
  };
}
