import { EC2Client, paginateDescribeInternetGateways } from '@aws-sdk/client-ec2';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { Collector } from '../collector.ts';
import { ec2PageSize, ec2Record, toTags } from './records.ts';

export const ec2InternetGateway: Collector<'ec2.internet-gateway'> = {
  kind: 'ec2.internet-gateway',
  scope: 'region',
  iamActions: ['ec2:DescribeInternetGateways'],
  async *collect({ session, scope }) {
    const client = session.client(EC2Client, scope.region);
    const pages = paginateDescribeInternetGateways({ client, pageSize: ec2PageSize }, {});
    for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
      for (const { InternetGatewayId = '', OwnerId = scope.account.id, Attachments = [], Tags } of requireMember(
        page,
        'InternetGateways',
      )) {
        yield {
          ...ec2Record(scope, 'AWS::EC2::InternetGateway', 'internet-gateway/', InternetGatewayId, OwnerId),
          tags: toTags(Tags),
          ownerId: OwnerId,
          vpcIds: Attachments.flatMap(({ VpcId }) => VpcId ?? []),
        };
      }
    }
  },
};
