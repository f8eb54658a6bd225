import check from '../../../checks/vpc/ecr-endpoint-triple-incomplete.ts';
import { gatewayEndpoint, igwRoute, interfaceEndpoint, routeTable, vpcId } from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';
import { natVpc, networkOf } from './networks.ts';

const api = interfaceEndpoint('ecr.api');
const dkr = interfaceEndpoint('ecr.dkr');
const s3 = gatewayEndpoint('s3', { routeTableIds: ['rtb-main'] });
const isolated = networkOf([routeTable({ id: 'rtb-main', isMain: true })]);
const allPublic = networkOf([routeTable({ id: 'rtb-main', isMain: true, routes: [igwRoute] })]);

testCheck(check, {
  clean: [
    { name: 'none of the three', resources: natVpc() },
    { name: 'all three', resources: { ...natVpc(), 'ec2.vpc-endpoint': [api, dkr, s3] } },
    {
      name: 'S3 by an interface endpoint completes them as well',
      resources: { ...natVpc(), 'ec2.vpc-endpoint': [api, dkr, interfaceEndpoint('s3')] },
    },
    {
      name: 'endpoints for the registry of another region say nothing about this one',
      resources: { ...natVpc(), 'ec2.vpc-endpoint': [interfaceEndpoint('ecr.api', { serviceRegion: 'eu-west-1' })] },
    },
  ],
  findings: [
    {
      name: 'api and dkr without the S3 gateway: layers go through NAT',
      resources: { ...natVpc(), 'ec2.vpc-endpoint': [api, dkr] },
      expect: [
        {
          resourceId: vpcId,
          severity: 'low',
          evidence: { missing: ['s3 (gateway)'], hasNatPath: true },
          savableUsage: undefined,
        },
      ],
    },
    {
      name: 'the S3 gateway misses the table of the tasks',
      resources: {
        ...natVpc(),
        'ec2.vpc-endpoint': [api, dkr, gatewayEndpoint('s3', { routeTableIds: ['rtb-public'] })],
      },
      expect: [
        {
          resourceId: vpcId,
          evidence: { missing: ['s3 (gateway)'], unservedSubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'] },
        },
      ],
    },
    {
      name: 'no NAT path and no ecr.dkr: pulls fail',
      resources: { ...isolated, 'ec2.vpc-endpoint': [api, s3] },
      expect: [{ resourceId: vpcId, severity: 'high', summary: /lacks ecr\.dkr: image pulls fail/ }],
    },
    {
      name: 'public subnets pull through the internet gateway: nothing fails',
      resources: { ...allPublic, 'ec2.vpc-endpoint': [api, s3] },
      expect: [{ resourceId: vpcId, severity: 'low', evidence: { missing: ['ecr.dkr'] } }],
    },
    {
      name: 'an endpoint that is still pending is not there yet',
      resources: { ...natVpc(), 'ec2.vpc-endpoint': [api, { ...dkr, state: 'pendingacceptance' }, s3] },
      expect: [{ resourceId: vpcId, evidence: { missing: ['ecr.dkr'] } }],
    },
  ],
});
