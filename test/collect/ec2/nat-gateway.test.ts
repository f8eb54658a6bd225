import { DescribeNatGatewaysCommand, EC2Client } from '@aws-sdk/client-ec2';
import { denial, testList } from '../../support/collected.ts';

const base = { type: 'AWS::EC2::NatGateway', accountId: '222222222222', region: 'eu-west-1' };

testList('ec2.nat-gateway', {
  client: EC2Client,
  command: DescribeNatGatewaysCommand,
  token: 'NextToken',
  input: { MaxResults: 1000 },
  pages: [
    {
      NatGateways: [
        {
          NatGatewayId: 'nat-0dd10000000000001',
          VpcId: 'vpc-1',
          SubnetId: 'subnet-1',
          State: 'available',
          ConnectivityType: 'public',
          CreateTime: new Date('2026-01-02T03:04:05Z'),
          NatGatewayAddresses: [
            {
              AllocationId: 'eipalloc-1',
              AssociationId: 'eipassoc-1',
              IsPrimary: true,
              NetworkInterfaceId: 'eni-1',
              PrivateIp: '10.0.0.5',
              PublicIp: '198.51.100.1',
              Status: 'succeeded',
            },
            { AllocationId: 'eipalloc-2', Status: 'failed', FailureMessage: 'Elastic IP is in use' },
          ],
          Tags: [{ Key: 'Name', Value: 'egress' }],
        },
      ],
      NextToken: 'page-2',
    },
    {
      NatGateways: [
        {
          NatGatewayId: 'nat-0dd10000000000002',
          VpcId: 'vpc-1',
          State: 'available',
          ConnectivityType: 'public',
          AvailabilityMode: 'regional',
          CreateTime: new Date('2026-05-01T00:00:00Z'),
          NatGatewayAddresses: [
            { AllocationId: 'eipalloc-5', AvailabilityZoneId: 'euw1-az2', Status: 'succeeded' },
            { AllocationId: 'eipalloc-3', AvailabilityZoneId: 'euw1-az1' },
            { AllocationId: 'eipalloc-4', AvailabilityZoneId: 'euw1-az1', Status: 'succeeded' },
          ],
        },
        {
          NatGatewayId: 'nat-0dd10000000000003',
          VpcId: 'vpc-1',
          SubnetId: 'subnet-2',
          State: 'deleting',
          ConnectivityType: 'private',
          CreateTime: new Date('2026-05-01T00:00:00Z'),
          DeleteTime: new Date('2026-11-24T00:00:00Z'),
          NatGatewayAddresses: [{ NetworkInterfaceId: 'eni-9', PrivateIp: '10.0.0.9', Status: 'succeeded' }],
        },
      ],
    },
  ],
  records: [
    {
      ...base,
      id: 'nat-0dd10000000000001',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:natgateway/nat-0dd10000000000001',
      tags: { Name: 'egress' },
      vpcId: 'vpc-1',
      subnetId: 'subnet-1',
      state: 'available',
      connectivity: 'public',
      availabilityMode: 'zonal',
      availabilityZoneIds: [],
      allocationIds: ['eipalloc-1'],
      createdAt: '2026-01-02T03:04:05.000Z',
    },
    {
      ...base,
      id: 'nat-0dd10000000000002',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:natgateway/nat-0dd10000000000002',
      tags: {},
      vpcId: 'vpc-1',
      subnetId: undefined,
      state: 'available',
      connectivity: 'public',
      availabilityMode: 'regional',
      availabilityZoneIds: ['euw1-az1', 'euw1-az2'],
      allocationIds: ['eipalloc-5', 'eipalloc-3', 'eipalloc-4'],
      createdAt: '2026-05-01T00:00:00.000Z',
    },
    {
      ...base,
      id: 'nat-0dd10000000000003',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:natgateway/nat-0dd10000000000003',
      tags: {},
      vpcId: 'vpc-1',
      subnetId: 'subnet-2',
      state: 'deleting',
      connectivity: 'private',
      availabilityMode: 'zonal',
      availabilityZoneIds: [],
      allocationIds: [],
      createdAt: '2026-05-01T00:00:00.000Z',
    },
  ],
  refusal: denial('ec2:DescribeNatGateways', 'UnauthorizedOperation'),
  iamAction: 'ec2:DescribeNatGateways',
});
