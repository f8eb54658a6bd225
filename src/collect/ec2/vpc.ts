import { EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { Collector } from '../collector.ts';
import { ec2PageSize, ec2Record, toTags } from './records.ts';

export const ec2Vpc: Collector<'ec2.vpc'> = {
  kind: 'ec2.vpc',
  scope: 'region',
  iamActions: ['ec2:DescribeVpcs'],
  async *collect({ session, scope }) {
    const pages = paginateDescribeVpcs({ client: session.client(EC2Client, scope.region), pageSize: ec2PageSize }, {});
    for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
      for (const { VpcId = '', OwnerId = scope.account.id, IsDefault = false, Tags } of requireMember(page, 'Vpcs')) {
        yield {
          ...ec2Record(scope, 'AWS::EC2::VPC', 'vpc/', VpcId, OwnerId),
          tags: toTags(Tags),
          ownerId: OwnerId,
          isDefault: IsDefault,
        };
      }
    }
  },
};
