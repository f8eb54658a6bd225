import { EC2Client, paginateDescribeNetworkInterfaces } from '@aws-sdk/client-ec2';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { Collector } from '../collector.ts';
import { ec2PageSize, ec2Record, toTags } from './records.ts';

export const ec2NetworkInterface: Collector<'ec2.network-interface'> = {
  kind: 'ec2.network-interface',
  scope: 'region',
  iamActions: ['ec2:DescribeNetworkInterfaces'],
  async *collect({ session, scope }) {
    const client = session.client(EC2Client, scope.region);
    const pages = paginateDescribeNetworkInterfaces({ client, pageSize: ec2PageSize }, {});
    for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
      for (const eni of requireMember(page, 'NetworkInterfaces')) {
        const { NetworkInterfaceId = '', VpcId = '', SubnetId = '', Attachment } = eni;
        yield {
          ...ec2Record(scope, 'AWS::EC2::NetworkInterface', 'network-interface/', NetworkInterfaceId),
          tags: toTags(eni.TagSet),
          vpcId: VpcId,
          subnetId: SubnetId,
          interfaceType: eni.InterfaceType ?? 'interface',
          isRequesterManaged: eni.RequesterManaged ?? false,
          isAttached: eni.Status === 'in-use' || Attachment?.Status === 'attached',
          attachedTo: Attachment?.InstanceId,
          publicIp: eni.Association?.PublicIp,
          description: eni.Description ?? '',
        };
      }
    }
  },
};
