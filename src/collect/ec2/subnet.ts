import { EC2Client, paginateDescribeSubnets } from '@aws-sdk/client-ec2';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { Collector } from '../collector.ts';
import { ec2PageSize, ec2Record, toTags } from './records.ts';

export const ec2Subnet: Collector<'ec2.subnet'> = {
  kind: 'ec2.subnet',
  scope: 'region',
  iamActions: ['ec2:DescribeSubnets'],
  async *collect({ session, scope }) {
    const pages = paginateDescribeSubnets(
      { client: session.client(EC2Client, scope.region), pageSize: ec2PageSize },
      {},
    );
    for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
      for (const subnet of requireMember(page, 'Subnets')) {
        const { SubnetId = '', VpcId = '', OwnerId = scope.account.id, AvailabilityZoneId = '' } = subnet;
        yield {
          ...ec2Record(scope, 'AWS::EC2::Subnet', 'subnet/', SubnetId, OwnerId),
          tags: toTags(subnet.Tags),
          vpcId: VpcId,
          ownerId: OwnerId,
          availabilityZoneId: AvailabilityZoneId,
          isDefaultForAz: subnet.DefaultForAz ?? false,
        };
      }
    }
  },
};
