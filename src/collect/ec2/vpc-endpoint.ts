import { EC2Client, paginateDescribeVpcEndpoints } from '@aws-sdk/client-ec2';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { VpcEndpoint } from '../../model/resources/ec2.ts';
import type { Collector } from '../collector.ts';
import { ec2PageSize, ec2Record, toTags } from './records.ts';

const endpointTypes: Readonly<Record<string, VpcEndpoint['endpointType']>> = {
  Gateway: 'gateway',
  Interface: 'interface',
  GatewayLoadBalancer: 'gateway-load-balancer',
};

export const ec2VpcEndpoint: Collector<'ec2.vpc-endpoint'> = {
  kind: 'ec2.vpc-endpoint',
  scope: 'region',
  iamActions: ['ec2:DescribeVpcEndpoints'],
  async *collect({ session, scope }) {
    const pages = paginateDescribeVpcEndpoints(
      { client: session.client(EC2Client, scope.region), pageSize: ec2PageSize },
      {},
    );
    for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
      for (const endpoint of requireMember(page, 'VpcEndpoints')) {
        const { VpcEndpointId = '', VpcId = '', OwnerId = scope.account.id, ServiceName = '' } = endpoint;
        yield {
          ...ec2Record(scope, 'AWS::EC2::VPCEndpoint', 'vpc-endpoint/', VpcEndpointId, OwnerId),
          tags: toTags(endpoint.Tags),
          vpcId: VpcId,
          ownerId: OwnerId,
          service: serviceOf(ServiceName),
          serviceName: ServiceName,
          serviceRegion: endpoint.ServiceRegion ?? scope.region,
          endpointType: endpointTypes[endpoint.VpcEndpointType ?? ''] ?? 'other',
          // The enum is Available and PendingAcceptance, the wire says available and pendingAcceptance.
          state: (endpoint.State ?? 'unknown').toLowerCase(),
          routeTableIds: endpoint.RouteTableIds ?? [],
          subnetIds: endpoint.SubnetIds ?? [],
          privateDnsEnabled: endpoint.PrivateDnsEnabled ?? false,
          isRequesterManaged: endpoint.RequesterManaged ?? false,
          createdAt: endpoint.CreationTimestamp?.toISOString(),
        };
      }
    }
  },
};

/** `com.amazonaws.us-east-1.ecr.api` is `ecr.api`; services of others keep their whole name. */
function serviceOf(serviceName: string): string {
  return /^(?:cn\.)?com\.amazonaws\.(?!vpce\.)[a-z0-9-]+\.(.+)$/.exec(serviceName)?.[1] ?? serviceName;
}
