import { DescribeRouteTablesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { collectKind, denial, testList } from '../../support/collected.ts';

const base = { type: 'AWS::EC2::RouteTable', accountId: '222222222222', region: 'eu-west-1' };

testList('ec2.route-table', {
  client: EC2Client,
  command: DescribeRouteTablesCommand,
  token: 'NextToken',
  // AWS refuses larger pages of this list.
  input: { MaxResults: 100 },
  pages: [
    {
      RouteTables: [
        {
          RouteTableId: 'rtb-0bb10000000000001',
          VpcId: 'vpc-0a1b2c3d4e5f60001',
          OwnerId: '222222222222',
          PropagatingVgws: [],
          Associations: [
            {
              Main: true,
              RouteTableAssociationId: 'rtbassoc-0001',
              RouteTableId: 'rtb-0bb10000000000001',
              AssociationState: { State: 'associated' },
            },
          ],
          Routes: [
            {
              DestinationCidrBlock: '10.0.0.0/16',
              GatewayId: 'local',
              Origin: 'CreateRouteTable',
              State: 'active',
            },
          ],
          Tags: [],
        },
      ],
      NextToken: 'page-2',
    },
    {
      RouteTables: [
        {
          RouteTableId: 'rtb-0bb10000000000002',
          VpcId: 'vpc-0a1b2c3d4e5f60001',
          OwnerId: '222222222222',
          Associations: [
            { Main: false, SubnetId: 'subnet-1', AssociationState: { State: 'associated' } },
            { Main: false, SubnetId: 'subnet-2', AssociationState: { State: 'disassociating' } },
            { Main: false, SubnetId: 'subnet-3' },
            { Main: false, GatewayId: 'igw-0cc1', AssociationState: { State: 'associated' } },
          ],
          Routes: [],
          Tags: [{ Key: 'Name', Value: 'private' }],
        },
      ],
    },
  ],
  records: [
    {
      ...base,
      id: 'rtb-0bb10000000000001',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:route-table/rtb-0bb10000000000001',
      tags: {},
      vpcId: 'vpc-0a1b2c3d4e5f60001',
      ownerId: '222222222222',
      isMain: true,
      subnetIds: [],
      routes: [{ destination: '10.0.0.0/16', target: 'local', targetId: 'local', isActive: true }],
    },
    {
      ...base,
      id: 'rtb-0bb10000000000002',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:route-table/rtb-0bb10000000000002',
      tags: { Name: 'private' },
      vpcId: 'vpc-0a1b2c3d4e5f60001',
      ownerId: '222222222222',
      isMain: false,
      subnetIds: ['subnet-1', 'subnet-3'],
      routes: [],
    },
  ],
  refusal: denial('ec2:DescribeRouteTables', 'UnauthorizedOperation'),
  iamAction: 'ec2:DescribeRouteTables',
});

test.each([
  [{ NatGatewayId: 'nat-0a' }, 'nat-gateway', 'nat-0a'],
  [{ GatewayId: 'igw-0a' }, 'internet-gateway', 'igw-0a'],
  [{ GatewayId: 'vpce-0a' }, 'vpc-endpoint', 'vpce-0a'],
  [{ GatewayId: 'vgw-0a' }, 'virtual-private-gateway', 'vgw-0a'],
  [{ TransitGatewayId: 'tgw-0a' }, 'transit-gateway', 'tgw-0a'],
  [{ VpcPeeringConnectionId: 'pcx-0a' }, 'vpc-peering', 'pcx-0a'],
  [{ EgressOnlyInternetGatewayId: 'eigw-0a' }, 'egress-only-internet-gateway', 'eigw-0a'],
  [
    { InstanceId: 'i-0a', InstanceOwnerId: '222222222222', NetworkInterfaceId: 'eni-0a' },
    'network-interface',
    'eni-0a',
  ],
  [{ LocalGatewayId: 'lgw-0a' }, 'other', 'lgw-0a'],
  [{ CarrierGatewayId: 'cagw-0a' }, 'other', 'cagw-0a'],
])('a route through %j goes to %s', async (through, target, targetId) => {
  const route = { DestinationCidrBlock: '0.0.0.0/0', Origin: 'CreateRoute', State: 'active', ...through } as const;
  mockClient(EC2Client)
    .on(DescribeRouteTablesCommand)
    .resolves({ RouteTables: [{ RouteTableId: 'rtb-1', VpcId: 'vpc-1', Routes: [route] }] });
  const [table] = (await collectKind('ec2.route-table')).of('ec2.route-table')!;
  expect(table!.routes).toEqual([{ destination: '0.0.0.0/0', target, targetId, isActive: true }]);
});

test('a destination is a range of either version or a prefix list, and a blackhole is not active', async () => {
  mockClient(EC2Client)
    .on(DescribeRouteTablesCommand)
    .resolves({
      RouteTables: [
        {
          RouteTableId: 'rtb-1',
          VpcId: 'vpc-1',
          Routes: [
            { DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: 'eigw-0a', State: 'active' },
            { DestinationPrefixListId: 'pl-6da54004', GatewayId: 'vpce-0a', State: 'active' },
            { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-0a', State: 'blackhole' },
          ],
        },
      ],
    });
  const [table] = (await collectKind('ec2.route-table')).of('ec2.route-table')!;
  expect(table!.routes.map(({ destination, isActive }) => [destination, isActive])).toEqual([
    ['::/0', true],
    ['pl-6da54004', true],
    ['0.0.0.0/0', false],
  ]);
});
