import { DescribeVpcEndpointsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { collectKind, denial, testList } from '../../support/collected.ts';

const base = { type: 'AWS::EC2::VPCEndpoint', accountId: '222222222222', region: 'eu-west-1', ownerId: '222222222222' };

testList('ec2.vpc-endpoint', {
  client: EC2Client,
  command: DescribeVpcEndpointsCommand,
  token: 'NextToken',
  input: { MaxResults: 1000 },
  pages: [
    {
      VpcEndpoints: [
        {
          VpcEndpointId: 'vpce-0ee10000000000001',
          VpcEndpointType: 'Gateway',
          VpcId: 'vpc-1',
          ServiceName: 'com.amazonaws.eu-west-1.s3',
          State: 'available',
          PolicyDocument: '{"Version":"2008-10-17","Statement":[]}',
          RouteTableIds: ['rtb-1', 'rtb-2'],
          SubnetIds: [],
          Groups: [],
          PrivateDnsEnabled: false,
          RequesterManaged: false,
          NetworkInterfaceIds: [],
          DnsEntries: [],
          CreationTimestamp: new Date('2026-02-03T04:05:06.789Z'),
          OwnerId: '222222222222',
          Tags: [],
        },
      ],
      NextToken: 'page-2',
    },
    {
      VpcEndpoints: [
        {
          VpcEndpointId: 'vpce-0ee10000000000002',
          VpcEndpointType: 'Interface',
          VpcId: 'vpc-1',
          ServiceName: 'com.amazonaws.us-east-1.ecr.api',
          ServiceRegion: 'us-east-1',
          // The enum of the SDK says PendingAcceptance, the wire says this.
          State: 'pendingAcceptance',
          RouteTableIds: [],
          SubnetIds: ['subnet-1'],
          PrivateDnsEnabled: true,
          RequesterManaged: true,
          OwnerId: '222222222222',
          Tags: [{ Key: 'team', Value: 'network' }],
        },
      ],
    },
  ],
  records: [
    {
      ...base,
      id: 'vpce-0ee10000000000001',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:vpc-endpoint/vpce-0ee10000000000001',
      tags: {},
      vpcId: 'vpc-1',
      service: 's3',
      serviceName: 'com.amazonaws.eu-west-1.s3',
      serviceRegion: 'eu-west-1',
      endpointType: 'gateway',
      state: 'available',
      routeTableIds: ['rtb-1', 'rtb-2'],
      subnetIds: [],
      privateDnsEnabled: false,
      isRequesterManaged: false,
      createdAt: '2026-02-03T04:05:06.789Z',
    },
    {
      ...base,
      id: 'vpce-0ee10000000000002',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:vpc-endpoint/vpce-0ee10000000000002',
      tags: { team: 'network' },
      vpcId: 'vpc-1',
      service: 'ecr.api',
      serviceName: 'com.amazonaws.us-east-1.ecr.api',
      serviceRegion: 'us-east-1',
      endpointType: 'interface',
      state: 'pendingacceptance',
      routeTableIds: [],
      subnetIds: ['subnet-1'],
      privateDnsEnabled: true,
      isRequesterManaged: true,
      createdAt: undefined,
    },
  ],
  refusal: denial('ec2:DescribeVpcEndpoints', 'UnauthorizedOperation'),
  iamAction: 'ec2:DescribeVpcEndpoints',
});

test.each([
  ['com.amazonaws.eu-west-1.dynamodb', 'Gateway', 'dynamodb', 'gateway'],
  ['com.amazonaws.eu-west-1.s3express', 'Gateway', 's3express', 'gateway'],
  ['cn.com.amazonaws.cn-north-1.ecr.dkr', 'Interface', 'ecr.dkr', 'interface'],
  [
    'com.amazonaws.vpce.eu-west-1.vpce-svc-0123',
    'GatewayLoadBalancer',
    'com.amazonaws.vpce.eu-west-1.vpce-svc-0123',
    'gateway-load-balancer',
  ],
  ['aws.sagemaker.eu-west-1.notebook', 'Resource', 'aws.sagemaker.eu-west-1.notebook', 'other'],
] as const)('the service of %s, of type %s, is %s', async (ServiceName, VpcEndpointType, service, endpointType) => {
  mockClient(EC2Client)
    .on(DescribeVpcEndpointsCommand)
    .resolves({ VpcEndpoints: [{ VpcEndpointId: 'vpce-1', ServiceName, VpcEndpointType }] });
  const [endpoint] = (await collectKind('ec2.vpc-endpoint')).of('ec2.vpc-endpoint')!;
  expect(endpoint).toMatchObject({ service, endpointType });
});
