import { EC2Client, paginateDescribeNatGateways } from '@aws-sdk/client-ec2';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { Collector } from '../collector.ts';
import { ec2PageSize, ec2Record, toTags } from './records.ts';

export const ec2NatGateway: Collector<'ec2.nat-gateway'> = {
  kind: 'ec2.nat-gateway',
  scope: 'region',
  iamActions: ['ec2:DescribeNatGateways'],
  async *collect({ session, scope }) {
    const pages = paginateDescribeNatGateways(
      { client: session.client(EC2Client, scope.region), pageSize: ec2PageSize },
      {},
    );
    for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
      for (const nat of requireMember(page, 'NatGateways')) {
        const { NatGatewayId = '', VpcId = '', NatGatewayAddresses = [] } = nat;
        const inUse = NatGatewayAddresses.filter(({ Status }) => Status === undefined || Status === 'succeeded');
        const zones = inUse.flatMap(({ AvailabilityZoneId }) => AvailabilityZoneId ?? []);
        yield {
          ...ec2Record(scope, 'AWS::EC2::NatGateway', 'natgateway/', NatGatewayId),
          tags: toTags(nat.Tags),
          vpcId: VpcId,
          subnetId: nat.SubnetId,
          state: (nat.State ?? 'unknown').toLowerCase(),
          connectivity: nat.ConnectivityType === 'private' ? 'private' : 'public',
          availabilityMode: nat.AvailabilityMode === 'regional' ? 'regional' : 'zonal',
          availabilityZoneIds: [...new Set(zones)].sort(),
          allocationIds: inUse.flatMap(({ AllocationId }) => AllocationId ?? []),
          createdAt: (nat.CreateTime ?? new Date(0)).toISOString(),
        };
      }
    }
  },
};
