import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { denial, testList } from '../../support/collected.ts';

const base = { type: 'AWS::EC2::Subnet', accountId: '222222222222', region: 'eu-west-1' };

testList('ec2.subnet', {
  client: EC2Client,
  command: DescribeSubnetsCommand,
  token: 'NextToken',
  input: { MaxResults: 1000 },
  pages: [
    {
      Subnets: [
        {
          SubnetId: 'subnet-0aa10000000000001',
          VpcId: 'vpc-0a1b2c3d4e5f60001',
          OwnerId: '222222222222',
          AvailabilityZone: 'eu-west-1a',
          AvailabilityZoneId: 'euw1-az3',
          AvailableIpAddressCount: 4091,
          CidrBlock: '172.31.0.0/20',
          DefaultForAz: true,
          MapPublicIpOnLaunch: true,
          State: 'available',
          SubnetArn: 'arn:aws:ec2:eu-west-1:222222222222:subnet/subnet-0aa10000000000001',
          Tags: [],
        },
      ],
      NextToken: 'page-2',
    },
    {
      Subnets: [
        {
          SubnetId: 'subnet-0aa10000000000002',
          VpcId: 'vpc-0a1b2c3d4e5f60002',
          OwnerId: '333333333333',
          AvailabilityZone: 'eu-west-1b',
          AvailabilityZoneId: 'euw1-az1',
          CidrBlock: '10.0.0.0/20',
          DefaultForAz: false,
          Tags: [{ Key: 'team', Value: 'network' }],
        },
      ],
    },
  ],
  records: [
    {
      ...base,
      id: 'subnet-0aa10000000000001',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:subnet/subnet-0aa10000000000001',
      tags: {},
      vpcId: 'vpc-0a1b2c3d4e5f60001',
      ownerId: '222222222222',
      availabilityZoneId: 'euw1-az3',
      isDefaultForAz: true,
    },
    {
      ...base,
      id: 'subnet-0aa10000000000002',
      arn: 'arn:aws:ec2:eu-west-1:333333333333:subnet/subnet-0aa10000000000002',
      tags: { team: 'network' },
      vpcId: 'vpc-0a1b2c3d4e5f60002',
      ownerId: '333333333333',
      availabilityZoneId: 'euw1-az1',
      isDefaultForAz: false,
    },
  ],
  refusal: denial('ec2:DescribeSubnets', 'UnauthorizedOperation'),
  iamAction: 'ec2:DescribeSubnets',
});
