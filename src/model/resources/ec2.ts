import type { Resource } from '../inventory.ts';
import type { Tags } from '../scope.ts';

type Ec2Resource = Resource & { readonly tags: Tags };

export type Vpc = Ec2Resource & {
  /** Differs from the audited account in a shared VPC; only the owner can fix it. */
  readonly ownerId: string;
  readonly isDefault: boolean;
};

export type Subnet = Ec2Resource & {
  readonly vpcId: string;
  readonly ownerId: string;
  /** Zone id (`use1-az1`): comparable between accounts, unlike names. */
  readonly availabilityZoneId: string;
  readonly isDefaultForAz: boolean;
};

export type RouteTarget =
  | 'local'
  | 'internet-gateway'
  | 'nat-gateway'
  | 'vpc-endpoint'
  | 'transit-gateway'
  | 'egress-only-internet-gateway'
  | 'virtual-private-gateway'
  | 'vpc-peering'
  | 'network-interface'
  | 'other';

export type Route = {
  /** IPv4 or IPv6 CIDR, or a prefix list id `pl-…`. */
  readonly destination: string;
  readonly target: RouteTarget;
  /** Id of the target, e.g. `nat-…`; `local` for local routes. */
  readonly targetId: string;
  /** False for a blackhole. */
  readonly isActive: boolean;
};

export type RouteTable = Ec2Resource & {
  readonly vpcId: string;
  readonly ownerId: string;
  /** Serves the subnets without an explicit association. A table can be main and have explicit ones too. */
  readonly isMain: boolean;
  /** Explicitly associated subnets (state `associated`); gateway associations are left out. */
  readonly subnetIds: readonly string[];
  readonly routes: readonly Route[];
};

export type NatGateway = Ec2Resource & {
  readonly vpcId: string;
  /** `undefined` for a regional gateway. */
  readonly subnetId: string | undefined;
  /** Lower case: pending, failed, available, deleting, deleted. */
  readonly state: string;
  readonly connectivity: 'public' | 'private';
  readonly availabilityMode: 'zonal' | 'regional';
  /** Zones it is billed in. Zonal: known through its subnet, hence empty here. */
  readonly availabilityZoneIds: readonly string[];
  /** Elastic IPs it holds. */
  readonly allocationIds: readonly string[];
  readonly createdAt: string;
};

/** Bytes that the billing meter sees: BytesInFromSource + BytesInFromDestination (AWS/NATGateway). */
export type NatGatewayTraffic = Resource & {
  readonly windowDays: number;
  /** Sum over the window; `undefined` when CloudWatch has no datapoints (not the same as 0). */
  readonly processedBytes: number | undefined;
};

export type VpcEndpoint = Ec2Resource & {
  readonly vpcId: string;
  readonly ownerId: string;
  /** Last part of the service name for AWS services (`s3`, `ecr.api`); the whole name for others. */
  readonly service: string;
  readonly serviceName: string;
  /** Region of the service; own region unless it is a cross-region endpoint. */
  readonly serviceRegion: string;
  readonly endpointType: 'gateway' | 'interface' | 'gateway-load-balancer' | 'other';
  /** Lower case without separators: available, pending, pendingacceptance, deleting, deleted, rejected, failed, expired, partial. */
  readonly state: string;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly privateDnsEnabled: boolean;
  readonly isRequesterManaged: boolean;
  readonly createdAt: string | undefined;
};

/** Network interfaces, reduced. */
export type NetworkInterface = Ec2Resource & {
  readonly vpcId: string;
  readonly subnetId: string;
  /** As AWS says: interface, nat_gateway, vpc_endpoint, gateway_load_balancer, transit_gateway, lambda, … */
  readonly interfaceType: string;
  readonly isRequesterManaged: boolean;
  readonly isAttached: boolean;
  readonly attachedTo: string | undefined;
  readonly publicIp: string | undefined;
  readonly description: string;
};

export type Address = Ec2Resource & {
  readonly publicIp: string;
  readonly allocationId: string;
  readonly associationId: string | undefined;
  readonly networkInterfaceId: string | undefined;
  readonly instanceId: string | undefined;
  /** `amazon`, or the id of a pool of the customer (bring your own IP), which is not charged. */
  readonly publicIpv4Pool: string;
  /** `alb`, `nlb`, `rnat`, `rds` when another service manages it. */
  readonly serviceManaged: string | undefined;
};

export type InternetGateway = Ec2Resource & { readonly ownerId: string; readonly vpcIds: readonly string[] };

export type Ec2Kinds = {
  'ec2.vpc': Vpc;
  'ec2.subnet': Subnet;
  'ec2.route-table': RouteTable;
  'ec2.nat-gateway': NatGateway;
  'ec2.nat-gateway-traffic': NatGatewayTraffic;
  'ec2.vpc-endpoint': VpcEndpoint;
  'ec2.network-interface': NetworkInterface;
  'ec2.address': Address;
  'ec2.internet-gateway': InternetGateway;
};
