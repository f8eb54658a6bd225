import check from '../../../checks/vpc/gateway-endpoint-route-gap.ts';
import {
  gatewayEndpoint,
  igwRoute,
  natGateway,
  natRoute,
  natTraffic,
  networkInterface,
  routeTable,
  s3EndpointId,
  s3Route,
} from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';
import { networkOf } from './networks.ts';

const tables = ['a', 'b', 'c'].map((zone) =>
  routeTable({ id: `rtb-${zone}`, subnetIds: [`subnet-${zone}`], routes: [natRoute] }),
);
const publicTable = routeTable({ id: 'rtb-public', isMain: true, subnetIds: ['subnet-public'], routes: [igwRoute] });
const network = networkOf([...tables, publicTable]);
const onTwo = gatewayEndpoint('s3', { routeTableIds: ['rtb-a', 'rtb-b'] });
const traffic = { 'ec2.nat-gateway-traffic': [natTraffic(1200)] };

testCheck(check, {
  clean: [
    { name: 'no endpoint at all is another matter', resources: network },
    {
      name: 'every private table is associated; the public one need not be',
      resources: {
        ...network,
        'ec2.vpc-endpoint': [gatewayEndpoint('s3', { routeTableIds: ['rtb-a', 'rtb-b', 'rtb-c'] })],
      },
    },
    {
      name: 'two endpoints serve the tables between them',
      resources: {
        ...network,
        'ec2.vpc-endpoint': [onTwo, gatewayEndpoint('s3', { id: 'vpce-02', routeTableIds: ['rtb-c'] })],
      },
    },
    {
      name: 'the subnet of the third table holds only a NAT gateway',
      resources: {
        ...network,
        'ec2.vpc-endpoint': [onTwo],
        'ec2.network-interface': [
          networkInterface('subnet-a'),
          networkInterface('subnet-b'),
          networkInterface('subnet-c', { interfaceType: 'nat_gateway' }),
        ],
      },
    },
  ],
  findings: [
    {
      name: 'three private tables, the endpoint on two',
      resources: { ...network, ...traffic, 'ec2.vpc-endpoint': [onTwo] },
      expect: [
        {
          resourceId: s3EndpointId,
          severity: 'medium',
          evidence: { service: 's3', routeTableIds: ['rtb-c'], workloadShare: 0.33 },
          // A third of the workloads: 400 of the 1,200 GB.
          savableUsage: [{ sku: 'nat-gateway.data-processed', quantity: 100, low: 40, high: 240, unit: 'GB' }],
        },
      ],
    },
    {
      name: 'traffic of a NAT gateway that only the uncovered subnet uses is all its own',
      resources: {
        ...networkOf([
          ...tables.slice(0, 2),
          routeTable({ id: 'rtb-c', subnetIds: ['subnet-c'], routes: [{ ...natRoute, targetId: 'nat-c' }] }),
          publicTable,
        ]),
        'ec2.nat-gateway': [natGateway(), natGateway({ id: 'nat-c' })],
        'ec2.nat-gateway-traffic': [natTraffic(5000), natTraffic(1200, 'nat-c')],
        'ec2.vpc-endpoint': [onTwo],
      },
      expect: [{ resourceId: s3EndpointId, evidence: { workloadShare: 1 }, savableUsage: [{ quantity: 300 }] }],
    },
    {
      name: 'associated, but the route is a blackhole',
      resources: {
        ...networkOf([
          ...tables.slice(0, 2),
          routeTable({
            id: 'rtb-c',
            subnetIds: ['subnet-c'],
            routes: [natRoute, { ...s3Route, isActive: false }],
          }),
        ]),
        'ec2.vpc-endpoint': [gatewayEndpoint('s3', { routeTableIds: ['rtb-a', 'rtb-b', 'rtb-c'] })],
      },
      expect: [{ resourceId: s3EndpointId, evidence: { routeTableIds: ['rtb-c'] }, savableUsage: undefined }],
    },
    {
      name: 'a gap at DynamoDB, none at S3',
      resources: {
        ...network,
        ...traffic,
        'ec2.vpc-endpoint': [
          gatewayEndpoint('s3', { routeTableIds: ['rtb-a', 'rtb-b', 'rtb-c'] }),
          gatewayEndpoint('dynamodb', { id: 'vpce-0ddb', routeTableIds: [] }),
        ],
      },
      expect: [{ resourceId: 'vpce-0ddb', savableUsage: [{ quantity: 60, low: 0, high: 240 }] }],
    },
    {
      name: 'a table without workload, when asked for',
      resources: {
        ...network,
        'ec2.vpc-endpoint': [onTwo],
        'ec2.network-interface': [networkInterface('subnet-a')],
      },
      options: { ignoreEmptyTables: false },
      expect: [{ resourceId: s3EndpointId, evidence: { routeTableIds: ['rtb-c'] } }],
    },
  ],
});
