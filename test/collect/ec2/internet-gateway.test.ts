import { DescribeInternetGatewaysCommand, EC2Client } from '@aws-sdk/client-ec2';
import { denial, testList } from '../../support/collected.ts';

const base = { type: 'AWS::EC2::InternetGateway', accountId: '222222222222', region: 'eu-west-1' };

testList('ec2.internet-gateway', {
  client: EC2Client,
  command: DescribeInternetGatewaysCommand,
  token: 'NextToken',
  input: { MaxResults: 1000 },
  pages: [
    {
      InternetGateways: [
        {
          InternetGatewayId: 'igw-0001',
          OwnerId: '222222222222',
          Attachments: [{ State: 'available', VpcId: 'vpc-1' }],
          Tags: [{ Key: 'Name', Value: 'main' }],
        },
      ],
      NextToken: 'page-2',
    },
    { InternetGateways: [{ InternetGatewayId: 'igw-0002', OwnerId: '333333333333', Attachments: [], Tags: [] }] },
  ],
  records: [
    {
      ...base,
      id: 'igw-0001',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:internet-gateway/igw-0001',
      tags: { Name: 'main' },
      ownerId: '222222222222',
      vpcIds: ['vpc-1'],
    },
    {
      ...base,
      id: 'igw-0002',
      arn: 'arn:aws:ec2:eu-west-1:333333333333:internet-gateway/igw-0002',
      tags: {},
      ownerId: '333333333333',
      vpcIds: [],
    },
  ],
  refusal: denial('ec2:DescribeInternetGateways', 'UnauthorizedOperation'),
  iamAction: 'ec2:DescribeInternetGateways',
});
