import { DescribeAddressesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { denial, testList } from '../../support/collected.ts';

const base = { type: 'AWS::EC2::EIP', accountId: '222222222222', region: 'eu-west-1' };

testList('ec2.address', {
  client: EC2Client,
  command: DescribeAddressesCommand,
  pages: [
    {
      Addresses: [
        {
          PublicIp: '198.51.100.1',
          AllocationId: 'eipalloc-1',
          Domain: 'vpc',
          PublicIpv4Pool: 'amazon',
          NetworkBorderGroup: 'eu-west-1',
          AssociationId: 'eipassoc-1',
          InstanceId: 'i-1',
          NetworkInterfaceId: 'eni-1',
          NetworkInterfaceOwnerId: '222222222222',
          PrivateIpAddress: '10.0.0.5',
          Tags: [{ Key: 'Name', Value: 'web' }],
        },
        {
          PublicIp: '198.51.100.2',
          AllocationId: 'eipalloc-2',
          Domain: 'vpc',
          PublicIpv4Pool: 'ipv4pool-ec2-0123',
          ServiceManaged: 'nlb',
        },
      ],
    },
  ],
  records: [
    {
      ...base,
      id: 'eipalloc-1',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:elastic-ip/eipalloc-1',
      tags: { Name: 'web' },
      publicIp: '198.51.100.1',
      allocationId: 'eipalloc-1',
      associationId: 'eipassoc-1',
      networkInterfaceId: 'eni-1',
      instanceId: 'i-1',
      publicIpv4Pool: 'amazon',
      serviceManaged: undefined,
    },
    {
      ...base,
      id: 'eipalloc-2',
      arn: 'arn:aws:ec2:eu-west-1:222222222222:elastic-ip/eipalloc-2',
      tags: {},
      publicIp: '198.51.100.2',
      allocationId: 'eipalloc-2',
      associationId: undefined,
      networkInterfaceId: undefined,
      instanceId: undefined,
      publicIpv4Pool: 'ipv4pool-ec2-0123',
      serviceManaged: 'nlb',
    },
  ],
  refusal: denial('ec2:DescribeAddresses', 'UnauthorizedOperation'),
  iamAction: 'ec2:DescribeAddresses',
});
