import { DescribeAddressesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { requireMember } from '../../aws/answer.ts';
import type { Collector } from '../collector.ts';
import { ec2Record, toTags } from './records.ts';

export const ec2Address: Collector<'ec2.address'> = {
  kind: 'ec2.address',
  scope: 'region',
  iamActions: ['ec2:DescribeAddresses'],
  async *collect({ session, scope }) {
    // One answer holds all addresses: AWS does not page this list.
    const answer = await session.client(EC2Client, scope.region).send(new DescribeAddressesCommand({}));
    for (const address of requireMember(answer, 'Addresses')) {
      const { PublicIp = '', AllocationId = PublicIp } = address;
      yield {
        ...ec2Record(scope, 'AWS::EC2::EIP', 'elastic-ip/', AllocationId),
        tags: toTags(address.Tags),
        publicIp: PublicIp,
        allocationId: AllocationId,
        associationId: address.AssociationId,
        networkInterfaceId: address.NetworkInterfaceId,
        instanceId: address.InstanceId,
        publicIpv4Pool: address.PublicIpv4Pool ?? 'amazon',
        serviceManaged: address.ServiceManaged,
      };
    }
  },
};
