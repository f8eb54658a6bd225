import check from '../../../checks/vpc/missing-dynamodb-gateway-endpoint.ts';
import { gatewayEndpoint, natTraffic, serviceSpend, vpc, vpcId } from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';
import { natVpc } from './networks.ts';

const traffic = { 'ec2.nat-gateway-traffic': [natTraffic(1000)] };
const spend = { 'cost.service-spend': [serviceSpend('Amazon DynamoDB', 412.5)] };

testCheck(check, {
  clean: [
    {
      name: 'the endpoint is there',
      resources: { ...natVpc(), ...traffic, ...spend, 'ec2.vpc-endpoint': [gatewayEndpoint('dynamodb')] },
    },
    {
      name: 'the VPC is shared by another account',
      resources: { ...natVpc(), ...spend, 'ec2.vpc': [vpc({ ownerId: '222222222222' })] },
    },
  ],
  findings: [
    {
      name: 'NAT subnets and DynamoDB spend',
      resources: { ...natVpc(), ...traffic, ...spend },
      expect: [
        {
          resourceId: vpcId,
          severity: 'medium',
          savableUsage: [{ sku: 'nat-gateway.data-processed', quantity: 50, low: 0, high: 200, unit: 'GB' }],
          evidence: { dynamodbUsd30d: 412.5, natGbPerMonth: 1000 },
        },
      ],
    },
    {
      name: 'an endpoint for S3 does not serve DynamoDB',
      resources: { ...natVpc(), ...traffic, ...spend, 'ec2.vpc-endpoint': [gatewayEndpoint('s3')] },
      expect: [{ resourceId: vpcId, severity: 'medium' }],
    },
    {
      name: 'no DynamoDB spend: nothing to save',
      resources: { ...natVpc(), ...traffic },
      expect: [{ resourceId: vpcId, severity: 'info', savableUsage: [], evidence: { dynamodbUsd30d: 0 } }],
    },
    {
      name: 'no DynamoDB spend, and the operator does not mind',
      resources: { ...natVpc(), ...traffic },
      options: { requireDdbSpend: false },
      expect: [{ resourceId: vpcId, severity: 'medium', savableUsage: [{ quantity: 50 }] }],
    },
    {
      name: 'spend could not be read: neither info nor medium',
      resources: { ...natVpc(), ...traffic },
      gaps: ['cost.service-spend'],
      expect: [
        {
          resourceId: vpcId,
          severity: 'low',
          savableUsage: [{ quantity: 50 }],
          evidence: { dynamodbUsd30d: null },
        },
      ],
    },
  ],
});
