import { EC2Client, type Route as Ec2Route, paginateDescribeRouteTables } from '@aws-sdk/client-ec2';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { Route, RouteTarget } from '../../model/resources/ec2.ts';
import type { Collector } from '../collector.ts';
import { ec2Record, toTags } from './records.ts';

/** DescribeRouteTables refuses pages above 100. */
const pageSize = 100;

export const ec2RouteTable: Collector<'ec2.route-table'> = {
  kind: 'ec2.route-table',
  scope: 'region',
  iamActions: ['ec2:DescribeRouteTables'],
  async *collect({ session, scope }) {
    const pages = paginateDescribeRouteTables({ client: session.client(EC2Client, scope.region), pageSize }, {});
    for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
      for (const table of requireMember(page, 'RouteTables')) {
        const { RouteTableId = '', VpcId = '', OwnerId = scope.account.id, Associations = [] } = table;
        // An association with a gateway (edge routing) serves no subnet.
        const explicit = Associations.filter(
          ({ SubnetId, AssociationState }) =>
            SubnetId !== undefined && (AssociationState?.State ?? 'associated') === 'associated',
        );
        yield {
          ...ec2Record(scope, 'AWS::EC2::RouteTable', 'route-table/', RouteTableId, OwnerId),
          tags: toTags(table.Tags),
          vpcId: VpcId,
          ownerId: OwnerId,
          isMain: Associations.some(({ Main }) => Main === true),
          subnetIds: explicit.map(({ SubnetId = '' }) => SubnetId),
          routes: (table.Routes ?? []).map(toRoute),
        };
      }
    }
  },
};

function toRoute(route: Ec2Route): Route {
  const destination =
    route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId ?? '';
  return { destination, ...targetOf(route), isActive: route.State === 'active' };
}

function targetOf(route: Ec2Route): { target: RouteTarget; targetId: string } {
  if (route.NatGatewayId !== undefined) return { target: 'nat-gateway', targetId: route.NatGatewayId };
  if (route.TransitGatewayId !== undefined) return { target: 'transit-gateway', targetId: route.TransitGatewayId };
  if (route.VpcPeeringConnectionId !== undefined)
    return { target: 'vpc-peering', targetId: route.VpcPeeringConnectionId };
  if (route.EgressOnlyInternetGatewayId !== undefined) {
    return { target: 'egress-only-internet-gateway', targetId: route.EgressOnlyInternetGatewayId };
  }
  // One field holds four kinds of gateway; the id tells which.
  const gatewayId = route.GatewayId;
  if (gatewayId === 'local') return { target: 'local', targetId: 'local' };
  if (gatewayId?.startsWith('igw-')) return { target: 'internet-gateway', targetId: gatewayId };
  if (gatewayId?.startsWith('vpce-')) return { target: 'vpc-endpoint', targetId: gatewayId };
  if (gatewayId?.startsWith('vgw-')) return { target: 'virtual-private-gateway', targetId: gatewayId };
  if (route.NetworkInterfaceId !== undefined)
    return { target: 'network-interface', targetId: route.NetworkInterfaceId };
  return {
    target: 'other',
    targetId: gatewayId ?? route.LocalGatewayId ?? route.CarrierGatewayId ?? route.CoreNetworkArn ?? '',
  };
}
