import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { denial, testList } from '../../support/collected.ts';

const base = { type: 'AWS::EC2::NetworkInterface', accountId: '222222222222', region: 'eu-west-1', vpcId: 'vpc-1' };

testList('ec2.network-interface', {
  client: EC2Client,
  command: DescribeNetworkInterfacesCommand,
  token: 'NextToken',
  input: { MaxResults: 1000 },
  pages: [
    {
      NetworkInterfaces: [
        {
          NetworkInterfaceId: 'eni-0ff10000000000001',
          VpcId: 'vpc-1',
          SubnetId: 'subnet-1',
          InterfaceType: 'interface',
          RequesterManaged: false,
          Status: 'in-use',
          Attachment: { AttachmentId: 'eni-attach-1', InstanceId: 'i-1', Status: 'attached', DeviceIndex: 0 },
          Association: { PublicIp: '203.0.113.7', IpOwnerId: 'amazon' },
          Description: '',
          MacAddress: '0a:00:00:00:00:01',
          TagSet: [{ Key: 'Name', Value: 'web' }],
        },
      ],
      NextToken: 'page-2',
    },
    {
      NetworkInterfaces: [
        {
          NetworkInterfaceId: 'eni-0ff10000000000002',
          VpcId: 'vpc-1',
          SubnetId: 'subnet-1',
          InterfaceType: 'nat_gateway',
          RequesterManaged: true,
          Status: 'available',
          Description: 'Interface for NAT Gateway nat-0dd10000000000001',
        },
      ],
    },
  ],
  records: [
    {
      ...base,
      id: 'eni-0ff10000000000001',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:network-interface/eni-0ff10000000000001',
      tags: { Name: 'web' },
      subnetId: 'subnet-1',
      interfaceType: 'interface',
      isRequesterManaged: false,
      isAttached: true,
      attachedTo: 'i-1',
      publicIp: '203.0.113.7',
      description: '',
    },
    {
      ...base,
      id: 'eni-0ff10000000000002',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:network-interface/eni-0ff10000000000002',
      tags: {},
      subnetId: 'subnet-1',
      interfaceType: 'nat_gateway',
      isRequesterManaged: true,
      isAttached: false,
      attachedTo: undefined,
      publicIp: undefined,
      description: 'Interface for NAT Gateway nat-0dd10000000000001',
    },
  ],
  refusal: denial('ec2:DescribeNetworkInterfaces', 'UnauthorizedOperation'),
  iamAction: 'ec2:DescribeNetworkInterfaces',
});
