import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { awsError, testList } from '../../support/collected.ts';

testList('ec2.vpc', {
  client: EC2Client,
  command: DescribeVpcsCommand,
  token: 'NextToken',
  input: { MaxResults: 1000 },
  pages: [
    {
      Vpcs: [
        {
          VpcId: 'vpc-0a1b2c3d4e5f60001',
          OwnerId: '222222222222',
          IsDefault: true,
          CidrBlock: '172.31.0.0/16',
          DhcpOptionsId: 'dopt-0a1b2c3d',
          InstanceTenancy: 'default',
          State: 'available',
          CidrBlockAssociationSet: [
            {
              AssociationId: 'vpc-cidr-assoc-0a1b2c3d',
              CidrBlock: '172.31.0.0/16',
              CidrBlockState: { State: 'associated' },
            },
          ],
        },
      ],
      NextToken: 'page-2',
    },
    {
      Vpcs: [
        {
          VpcId: 'vpc-0a1b2c3d4e5f60002',
          OwnerId: '333333333333',
          IsDefault: false,
          CidrBlock: '10.0.0.0/16',
          State: 'available',
          Tags: [
            { Key: 'Name', Value: 'shared' },
            { Key: 'empty', Value: '' },
          ],
        },
      ],
    },
  ],
  records: [
    {
      id: 'vpc-0a1b2c3d4e5f60001',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:vpc/vpc-0a1b2c3d4e5f60001',
      type: 'AWS::EC2::VPC',
      accountId: '222222222222',
      region: 'eu-west-1',
      tags: {},
      ownerId: '222222222222',
      isDefault: true,
    },
    {
      id: 'vpc-0a1b2c3d4e5f60002',
      arn: 'arn:aws:ec2:eu-west-1:333333333333:vpc/vpc-0a1b2c3d4e5f60002',
      type: 'AWS::EC2::VPC',
      accountId: '222222222222',
      region: 'eu-west-1',
      tags: { Name: 'shared', empty: '' },
      ownerId: '333333333333',
      isDefault: false,
    },
  ],
  // EC2 often names no action: the collector's only one stands in.
  refusal: awsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403),
  iamAction: 'ec2:DescribeVpcs',
});
