import { expect, test } from 'vitest';
import check from '../../../checks/tags/missing-required.ts';
import {
  address,
  bucket,
  bucketTags,
  gatewayEndpoint,
  internetGateway,
  natGateway,
  recordedResource,
  rolePrincipal,
  routeTable,
  subnet,
  taggedResource,
  vpc,
} from '../../support/builders.ts';
import { draftsOf, testCheck } from '../../support/check-tester.ts';

const all = { team: 'payments', environment: 'prod', service: 'checkout', 'cost-center': 'eng-100' };
const lambdaArn = 'lambda:us-east-1:111111111111:function:resize';
const lambdaType = 'AWS::Lambda::Function';
const instanceArn = 'ec2:us-east-1:111111111111:instance/i-0123456789abcdef0';
const instanceType = 'AWS::EC2::Instance';

testCheck(check, {
  clean: [
    {
      name: 'every key is there, by itself or by an alias',
      resources: {
        'ec2.vpc': [vpc({ tags: all })],
        'ec2.subnet': [
          subnet({ id: 'subnet-a', tags: { Team: 'a', Env: 'prod', Service: 'x', CostCenter: 'eng-100' } }),
        ],
      },
    },
    {
      name: 'what AWS makes by itself',
      resources: {
        'ec2.vpc': [vpc({ isDefault: true })],
        'ec2.subnet': [subnet({ id: 'subnet-default', isDefaultForAz: true })],
        'ec2.route-table': [routeTable({ id: 'rtb-main', isMain: true })],
        'ec2.internet-gateway': [internetGateway()],
        'ec2.address': [address({ serviceManaged: 'alb' })],
        'ec2.vpc-endpoint': [gatewayEndpoint('s3', { isRequesterManaged: true })],
      },
    },
    {
      name: 'what another account shares',
      resources: {
        'ec2.vpc': [vpc({ ownerId: '222222222222' })],
        'ec2.subnet': [subnet({ id: 'subnet-a', ownerId: '222222222222' })],
        'ec2.route-table': [routeTable({ id: 'rtb-a', ownerId: '222222222222' })],
        'ec2.nat-gateway': [natGateway()],
      },
    },
    {
      name: 'the tagging service must not bring an exempt resource back',
      resources: {
        'ec2.vpc': [vpc({ isDefault: true })],
        'tagging.resource': [
          taggedResource('ec2:us-east-1:111111111111:vpc/vpc-0a1b2c3d4e5f60718', 'AWS::EC2::VPC', {}),
          taggedResource('ec2:us-east-1:111111111111:network-interface/eni-1', 'AWS::EC2::NetworkInterface', {}),
          taggedResource('s3:::acme-logs', 'AWS::S3::Bucket', {}),
        ],
      },
    },
    {
      name: 'created within the last day',
      resources: { 'ec2.nat-gateway': [natGateway({ createdAt: '2026-11-23T18:00:00.000Z' })] },
    },
    {
      name: 'created within the last day, as only AWS Config knows',
      resources: {
        'tagging.resource': [taggedResource(instanceArn, instanceType, {})],
        'config.resource': [recordedResource(instanceArn, instanceType, { createdAt: '2026-11-23T18:00:00.000Z' })],
      },
    },
    {
      name: 'tagged since AWS Config last looked',
      resources: {
        'tagging.resource': [taggedResource(instanceArn, instanceType, all)],
        'config.resource': [recordedResource(instanceArn, instanceType)],
      },
    },
    {
      name: 'a type that the operator exempts',
      resources: { 'tagging.resource': [taggedResource(lambdaArn, lambdaType, {})] },
      options: { exemptTypes: [lambdaType] },
    },
    {
      name: 'roles of services and of Identity Center',
      scope: 'global',
      resources: {
        'iam.principal': [
          rolePrincipal('AWSServiceRoleForSupport', { path: '/aws-service-role/support.amazonaws.com/' }),
          rolePrincipal('AWSReservedSSO_Admin_0123456789abcdef', { path: '/aws-reserved/sso.amazonaws.com/' }),
        ],
      },
    },
    {
      name: 'a bucket whose tags could not be read',
      scope: 'global',
      resources: { 's3.bucket': [bucket('acme-logs')] },
    },
  ],
  findings: [
    {
      name: 'a VPC that never had a tag, which the tagging service does not know',
      resources: { 'ec2.vpc': [vpc()] },
      expect: [
        {
          resourceId: 'AWS::EC2::VPC',
          severity: 'low',
          summary: /1 of 1 AWS::EC2::VPC lack cost-center, environment, service, team/,
          savableUsage: undefined,
          evidence: { countedBy: 'inventory', top: [{ arn: vpc().arn }] },
        },
      ],
    },
    {
      name: 'one finding per type, with the worst counted among all',
      resources: {
        'ec2.subnet': [
          subnet({ id: 'subnet-a', tags: all }),
          subnet({ id: 'subnet-b', tags: { ...all, team: 'n/a' } }),
        ],
        'ec2.address': [address()],
      },
      expect: [
        { resourceId: 'AWS::EC2::Subnet', evidence: { missing: 1, of: 2, keys: ['team'] } },
        { resourceId: 'AWS::EC2::EIP', evidence: { missing: 1, of: 1 } },
      ],
    },
    {
      name: 'an instance that never had a tag, which only AWS Config knows',
      resources: { 'config.resource': [recordedResource(instanceArn, instanceType)] },
      expect: [{ resourceId: instanceType, evidence: { countedBy: 'aws-config' } }],
    },
    {
      name: 'a function that lost its tags; the count is a flattering one',
      resources: { 'tagging.resource': [taggedResource(lambdaArn, lambdaType, {})] },
      expect: [{ resourceId: lambdaType, evidence: { countedBy: 'tagging-service' } }],
    },
    {
      name: 'buckets and roles of an account',
      scope: 'global',
      resources: {
        's3.bucket': [bucket('acme-logs'), bucket('acme-data')],
        's3.bucket-tags': [bucketTags('acme-logs', {}), bucketTags('acme-data', all)],
        'iam.principal': [rolePrincipal('deploy')],
      },
      expect: [
        { resourceId: 'AWS::S3::Bucket', evidence: { missing: 1, of: 2 } },
        { resourceId: 'AWS::IAM::Role', evidence: { missing: 1 } },
      ],
    },
  ],
});

test('names no more resources than asked for', () => {
  const subnets = ['a', 'b', 'c'].map((zone) => subnet({ id: `subnet-${zone}` }));
  const { drafts } = draftsOf(check, { resources: { 'ec2.subnet': subnets }, options: { topResources: 2 } });
  expect(drafts[0]?.evidence['top']).toHaveLength(2);
});

test('an account without required keys has nothing to miss', () => {
  const { drafts } = draftsOf(check, {
    resources: { 'ec2.vpc': [vpc()] },
    tagPolicy: { required: [], aliases: {} },
  });
  expect(drafts).toEqual([]);
});
