import check from '../../../checks/vpc/missing-s3-gateway-endpoint.ts';
import {
  gatewayEndpoint,
  igwRoute,
  interfaceEndpoint,
  natGateway,
  natTraffic,
  networkInterface,
  routeTable,
  tgwRoute,
  vpc,
  vpcId,
} from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';
import { natVpc, networkOf } from './networks.ts';

const traffic = { 'ec2.nat-gateway-traffic': [natTraffic(1200)] };
const centralVpc = networkOf([routeTable({ id: 'rtb-main', isMain: true, routes: [tgwRoute] })]);

testCheck(check, {
  clean: [
    {
      name: 'the endpoint is there',
      resources: {
        ...natVpc(),
        ...traffic,
        'ec2.vpc-endpoint': [gatewayEndpoint('s3', { routeTableIds: ['rtb-main'] })],
      },
    },
    {
      name: 'the endpoint serves no table: that is a route gap',
      resources: { ...natVpc(), ...traffic, 'ec2.vpc-endpoint': [gatewayEndpoint('s3')] },
    },
    {
      name: 'the VPC belongs to another account, which shares it',
      resources: { ...natVpc(), ...traffic, 'ec2.vpc': [vpc({ ownerId: '222222222222' })] },
    },
    {
      name: 'a default VPC with public subnets only',
      resources: networkOf([routeTable({ id: 'rtb-main', isMain: true, routes: [igwRoute] })]),
    },
    { name: 'isolated subnets', resources: networkOf([routeTable({ id: 'rtb-main', isMain: true })]) },
    {
      name: 'private subnets hold nothing but the interfaces of load balancers',
      resources: {
        ...natVpc(),
        ...traffic,
        'ec2.network-interface': [networkInterface('subnet-a', { description: 'ELB net/edge/0123456789abcdef' })],
      },
    },
    {
      name: 'less NAT traffic than the operator cares for',
      resources: { ...natVpc(), 'ec2.nat-gateway-traffic': [natTraffic(40)] },
      options: { minNatGb: 50 },
    },
    {
      name: 'central egress, when left out',
      resources: centralVpc,
      options: { includeCentralEgress: false },
    },
  ],
  findings: [
    {
      name: 'three subnets on the main table, 1,200 GB a month',
      resources: { ...natVpc(), ...traffic },
      expect: [
        {
          resourceId: vpcId,
          severity: 'high',
          summary: /vpc-0a1b2c3d4e5f60718 has no S3 gateway endpoint; its NAT gateways process 1,200 GB a month/,
          savableUsage: [{ sku: 'nat-gateway.data-processed', quantity: 300, low: 120, high: 720, unit: 'GB' }],
          evidence: {
            routeTableIds: ['rtb-main'],
            subnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
            natGatewayIds: ['nat-0aa11bb22cc33dd44'],
            natGbPerMonth: 1200,
          },
        },
      ],
    },
    {
      name: 'under a terabyte',
      resources: { ...natVpc(), 'ec2.nat-gateway-traffic': [natTraffic(600)] },
      expect: [{ resourceId: vpcId, severity: 'medium' }],
    },
    {
      name: 'an idle NAT gateway',
      resources: { ...natVpc(), 'ec2.nat-gateway-traffic': [natTraffic(0)] },
      expect: [{ resourceId: vpcId, severity: 'low', savableUsage: [{ quantity: 0, low: 0, high: 0 }] }],
    },
    {
      name: 'a service whose name starts with s3 is not S3',
      resources: { ...natVpc(), ...traffic, 'ec2.vpc-endpoint': [interfaceEndpoint('s3express')] },
      expect: [{ resourceId: vpcId, severity: 'high' }],
    },
    {
      name: 'an endpoint for DynamoDB does not serve S3',
      resources: { ...natVpc(), ...traffic, 'ec2.vpc-endpoint': [gatewayEndpoint('dynamodb')] },
      expect: [{ resourceId: vpcId }],
    },
    {
      name: 'an endpoint that failed is none',
      resources: { ...natVpc(), ...traffic, 'ec2.vpc-endpoint': [gatewayEndpoint('s3', { state: 'failed' })] },
      expect: [{ resourceId: vpcId }],
    },
    {
      name: 'the traffic metric cannot be read: reported and unpriced',
      resources: natVpc(),
      gaps: ['ec2.nat-gateway-traffic'],
      expect: [{ resourceId: vpcId, severity: 'low', savableUsage: undefined, evidence: { natGbPerMonth: null } }],
    },
    {
      name: 'no datapoints are not zero bytes',
      resources: { ...natVpc(), 'ec2.nat-gateway-traffic': [natTraffic(undefined)] },
      expect: [{ resourceId: vpcId, savableUsage: undefined }],
    },
    {
      name: 'one of two NAT gateways without a figure leaves the sum unknown',
      resources: {
        ...networkOf([
          routeTable({ id: 'rtb-a', subnetIds: ['subnet-a'], routes: [{ ...natRouteTo('nat-1') }] }),
          routeTable({ id: 'rtb-b', subnetIds: ['subnet-b'], routes: [{ ...natRouteTo('nat-2') }] }),
        ]),
        'ec2.nat-gateway': [natGateway({ id: 'nat-1' }), natGateway({ id: 'nat-2' })],
        'ec2.nat-gateway-traffic': [natTraffic(900, 'nat-1'), natTraffic(undefined, 'nat-2')],
      },
      expect: [{ resourceId: vpcId, savableUsage: undefined, evidence: { routeTableIds: ['rtb-a', 'rtb-b'] } }],
    },
    {
      name: 'central egress has no own NAT figure',
      resources: centralVpc,
      expect: [{ resourceId: vpcId, severity: 'low', savableUsage: undefined, summary: /NAT or central egress/ }],
    },
    {
      name: 'an S3 interface endpoint keeps S3 off the NAT gateway, for a price of its own',
      resources: { ...natVpc(), ...traffic, 'ec2.vpc-endpoint': [interfaceEndpoint('s3', { id: 'vpce-0s3if' })] },
      expect: [
        {
          resourceId: vpcId,
          severity: 'low',
          summary: /goes through vpce-0s3if, which costs by the GB/,
          savableUsage: undefined,
        },
      ],
    },
    {
      name: 'an interface endpoint for the S3 of another region keeps none of this region off',
      resources: {
        ...natVpc(),
        ...traffic,
        'ec2.vpc-endpoint': [interfaceEndpoint('s3', { serviceRegion: 'eu-west-1' })],
      },
      expect: [{ resourceId: vpcId, severity: 'high', savableUsage: [{ quantity: 300 }] }],
    },
    {
      name: 'an S3 interface endpoint without private DNS catches nothing',
      resources: {
        ...natVpc(),
        ...traffic,
        'ec2.vpc-endpoint': [interfaceEndpoint('s3', { privateDnsEnabled: false })],
      },
      expect: [{ resourceId: vpcId, severity: 'high', savableUsage: [{ quantity: 300 }] }],
    },
  ],
  unknown: [{ name: 'route tables denied', resources: natVpc(), gaps: ['ec2.route-table'] }],
});

function natRouteTo(targetId: string) {
  return { destination: '0.0.0.0/0', target: 'nat-gateway', targetId, isActive: true } as const;
}
