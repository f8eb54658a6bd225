/** Networks of every kind: what is wrong with some, and what only looks wrong with others. */
import type { NetworkInterfaceType } from '@aws-sdk/client-ec2';
import { type Builder, type Feature, tagList } from '../account-state.ts';

/** Prices of the ledger, an hour and a GB alike; the product's own price book is another matter. */
const natUsd = (region: string): number => natUsdElsewhere[region] ?? 0.045;
const natUsdElsewhere: Readonly<Record<string, number>> = {
  'eu-west-1': 0.048,
  'eu-west-2': 0.05,
  'ca-central-1': 0.05,
};
const ipHourUsd = 0.005;
const dayMs = 86_400_000;

type Endpoint = {
  readonly service: string;
  readonly type?: 'Gateway' | 'Interface';
  readonly tables?: readonly string[];
  readonly state?: string;
  readonly createdDaysAgo?: number;
};

type Network = {
  readonly feature: string;
  readonly region: string;
  /** GB a day through the NAT gateway; `undefined` = no NAT gateway. */
  readonly natGbPerDay?: number | undefined;
  readonly privateTables?: number;
  readonly endpoints: (tables: readonly string[]) => readonly Endpoint[];
  readonly tags?: Record<string, string>;
  readonly ownerId?: string;
  readonly hasWorkload?: boolean;
};

type Built = {
  readonly vpcId: string;
  readonly tables: readonly string[];
  readonly endpointIds: readonly string[];
  readonly natId: string | undefined;
};

/** A VPC with a public subnet, private subnets behind a NAT gateway, and the given endpoints. */
function network(
  builder: Builder,
  {
    feature,
    region,
    natGbPerDay,
    privateTables = 2,
    endpoints,
    tags = builder.tags(),
    ownerId = builder.accountId,
    hasWorkload = true,
  }: Network,
): Built {
  const state = builder.at(region);
  const Tags = tagList(tags);
  const good = tagList(builder.tags());
  const id = (prefix: string, word = ''): string => builder.id(prefix, feature, word);
  const VpcId = id('vpc');
  const zone = (index: number): string => `${region.replace(/[a-z]+$/, '')}-az${index + 1}`;
  state.vpcs.push({ VpcId, OwnerId: ownerId, CidrBlock: '10.0.0.0/16', IsDefault: false, State: 'available', Tags });
  const local = { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', State: 'active' as const };

  const gatewayId = id('igw');
  state.internetGateways.push({
    InternetGatewayId: gatewayId,
    OwnerId: ownerId,
    Attachments: [{ VpcId, State: 'available' as never }],
    Tags: good,
  });
  const publicTable = id('rtb', 'public');
  const publicSubnet = id('subnet', 'public');
  state.subnets.push({
    SubnetId: publicSubnet,
    VpcId,
    OwnerId: ownerId,
    AvailabilityZoneId: zone(0),
    DefaultForAz: false,
    Tags: good,
  });
  // The main table is the public one's; private subnets have explicit tables, the last of them none.
  state.routeTables.push({
    RouteTableId: publicTable,
    VpcId,
    OwnerId: ownerId,
    Tags: good,
    Associations: [
      { Main: true, AssociationState: { State: 'associated' } },
      { SubnetId: publicSubnet, AssociationState: { State: 'associated' } },
    ],
    Routes: [local, { DestinationCidrBlock: '0.0.0.0/0', GatewayId: gatewayId, State: 'active' }],
  });
  const natId =
    natGbPerDay === undefined
      ? undefined
      : nat(builder, { feature, region, vpcId: VpcId, subnetId: publicSubnet, gbPerDay: natGbPerDay });
  const tables: string[] = [];
  for (let index = 0; index < privateTables; index += 1) {
    const table = id('rtb', `private-${index}`);
    const subnet = id('subnet', `private-${index}`);
    tables.push(table);
    state.subnets.push({
      SubnetId: subnet,
      VpcId,
      OwnerId: ownerId,
      AvailabilityZoneId: zone(index),
      DefaultForAz: false,
      Tags: good,
    });
    const exit =
      natId === undefined ? [] : [{ DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: natId, State: 'active' as const }];
    state.routeTables.push({
      RouteTableId: table,
      VpcId,
      OwnerId: ownerId,
      Tags: good,
      Associations: [{ SubnetId: subnet, AssociationState: { State: 'associated' } }],
      Routes: [local, ...exit],
    });
    if (hasWorkload) networkInterface(builder, region, VpcId, subnet, 'interface', `${feature}-${index}`);
  }
  const endpointIds = endpoints(tables).map(
    ({ service, type = 'Gateway', tables: served = tables, state: status = 'available', createdDaysAgo = 100 }) => {
      const VpcEndpointId = id('vpce', service + served.length);
      state.vpcEndpoints.push({
        VpcEndpointId,
        VpcId,
        OwnerId: ownerId,
        ServiceName: `com.amazonaws.${region}.${service}`,
        VpcEndpointType: type,
        State: status as never,
        RouteTableIds: type === 'Gateway' ? [...served] : [],
        SubnetIds: [],
        PrivateDnsEnabled: type === 'Interface',
        RequesterManaged: false,
        CreationTimestamp: new Date(Date.parse(builder.now) - createdDaysAgo * dayMs),
        Tags: good,
      });
      return VpcEndpointId;
    },
  );
  builder.cost({
    service: 'Amazon Elastic Compute Cloud - Compute',
    usageType: 'BoxUsage:m7g.large',
    region,
    usdPerDay: 2,
  });
  return { vpcId: VpcId, tables, endpointIds, natId };
}

type Nat = {
  readonly feature: string;
  readonly region: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly gbPerDay: number | undefined;
  readonly ageDays?: number;
  readonly state?: string;
  readonly tags?: Record<string, string>;
};

function nat(
  builder: Builder,
  { feature, region, vpcId, subnetId, gbPerDay, ageDays = 200, state = 'available', tags = builder.tags() }: Nat,
): string {
  const NatGatewayId = builder.id('nat', feature);
  const AllocationId = builder.id('eipalloc', feature);
  const region_ = builder.at(region);
  region_.natGateways.push({
    NatGatewayId,
    VpcId: vpcId,
    SubnetId: subnetId,
    State: state as never,
    ConnectivityType: 'public',
    AvailabilityMode: 'zonal',
    CreateTime: new Date(Date.parse(builder.now) - ageDays * dayMs),
    NatGatewayAddresses: [{ AllocationId, Status: 'succeeded', PublicIp: '198.51.100.10' }],
    Tags: tagList(tags),
  });
  if (state !== 'available') return NatGatewayId;
  const eni = networkInterface(builder, region, vpcId, subnetId, 'nat_gateway', `${feature}-nat`);
  region_.addresses.push({
    AllocationId,
    PublicIp: '198.51.100.10',
    AssociationId: builder.id('eipassoc', feature),
    NetworkInterfaceId: eni,
    PublicIpv4Pool: 'amazon',
    Tags: tagList(builder.tags()),
  });
  builder.cost({
    service: 'EC2 - Other',
    usageType: 'NatGateway-Hours',
    region,
    usdPerDay: 24 * natUsd(region),
    quantityPerDay: 24,
  });
  builder.cost({
    service: 'Amazon Virtual Private Cloud',
    usageType: 'PublicIPv4:InUseAddress',
    region,
    usdPerDay: 24 * ipHourUsd,
    quantityPerDay: 24,
  });
  if (gbPerDay === undefined) return NatGatewayId;
  region_.natBytesPerDay.set(NatGatewayId, gbPerDay * 2 ** 30);
  if (gbPerDay > 0)
    builder.cost({
      service: 'EC2 - Other',
      usageType: 'NatGateway-Bytes',
      region,
      usdPerDay: gbPerDay * natUsd(region),
      quantityPerDay: gbPerDay,
    });
  return NatGatewayId;
}

function networkInterface(
  builder: Builder,
  region: string,
  VpcId: string,
  SubnetId: string,
  type: string,
  word: string,
): string {
  const NetworkInterfaceId = builder.id('eni', word);
  builder.at(region).networkInterfaces.push({
    NetworkInterfaceId,
    VpcId,
    SubnetId,
    InterfaceType: type as NetworkInterfaceType,
    RequesterManaged: type !== 'interface',
    Status: 'in-use',
    Attachment: { Status: 'attached' },
    Description: type === 'nat_gateway' ? 'Interface for NAT Gateway' : '',
    TagSet: type === 'interface' ? tagList(builder.tags()) : [],
  });
  return NetworkInterfaceId;
}

const both = [{ service: 's3' }, { service: 'dynamodb' }];

/** What AWS gives every region: a default VPC with public subnets and no tags. Nothing about it is a finding. */
export const defaultVpc: Feature = (builder) => {
  for (const region of builder.state.enabledRegions) {
    const state = builder.at(region);
    const VpcId = builder.id('vpc', 'default', region);
    const gateway = builder.id('igw', 'default', region);
    const subnet = builder.id('subnet', 'default', region);
    state.vpcs.push({
      VpcId,
      OwnerId: builder.accountId,
      CidrBlock: '172.31.0.0/16',
      IsDefault: true,
      State: 'available',
      Tags: [],
    });
    state.internetGateways.push({
      InternetGatewayId: gateway,
      OwnerId: builder.accountId,
      Attachments: [{ VpcId, State: 'available' as never }],
      Tags: [],
    });
    state.subnets.push({
      SubnetId: subnet,
      VpcId,
      OwnerId: builder.accountId,
      AvailabilityZoneId: 'az1',
      DefaultForAz: true,
      Tags: [],
    });
    state.routeTables.push({
      RouteTableId: builder.id('rtb', 'default', region),
      VpcId,
      OwnerId: builder.accountId,
      Tags: [],
      Associations: [{ Main: true, AssociationState: { State: 'associated' } }],
      Routes: [{ DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway, State: 'active' }],
    });
    builder.nearMiss('vpc-missing-s3-gateway-endpoint', region, VpcId);
    builder.nearMiss('tag-missing-required', region, VpcId);
  }
};

export const networkFeatures: Readonly<Record<string, Feature>> = {
  'missing-s3-endpoint': (builder) => {
    const feature = 'missing-s3-endpoint';
    const region = builder.region(feature);
    const { vpcId } = network(builder, {
      feature,
      region,
      natGbPerDay: 40 * builder.scale,
      endpoints: () => [{ service: 'dynamodb' }],
    });
    builder.plant('vpc-missing-s3-gateway-endpoint', region, vpcId);
  },
  'failed-s3-endpoint': (builder) => {
    const feature = 'failed-s3-endpoint';
    const region = builder.region(feature);
    const { vpcId } = network(builder, {
      feature,
      region,
      natGbPerDay: 5,
      endpoints: () => [{ service: 's3', state: 'failed' }, { service: 'dynamodb' }],
    });
    builder.plant('vpc-missing-s3-gateway-endpoint', region, vpcId);
  },
  'missing-dynamodb-endpoint': (builder) => {
    const feature = 'missing-dynamodb-endpoint';
    const region = builder.region(feature);
    const { vpcId } = network(builder, { feature, region, natGbPerDay: 12, endpoints: () => [{ service: 's3' }] });
    builder.cost({ service: 'Amazon DynamoDB', usageType: 'WriteRequestUnits', region, usdPerDay: 4 });
    builder.plant('vpc-missing-dynamodb-gateway-endpoint', region, vpcId);
  },
  'route-gap': (builder) => {
    const feature = 'route-gap';
    const region = builder.region(feature);
    const { vpcId, endpointIds } = network(builder, {
      feature,
      region,
      natGbPerDay: 30,
      privateTables: 3,
      endpoints: (tables) => [{ service: 's3', tables: tables.slice(0, 2) }, { service: 'dynamodb' }],
    });
    builder.plant('vpc-gateway-endpoint-route-gap', region, endpointIds[0] ?? '');
    builder.nearMiss('vpc-missing-s3-gateway-endpoint', region, vpcId);
  },
  'ecr-without-s3': (builder) => {
    const feature = 'ecr-without-s3';
    const region = builder.region(feature);
    const { vpcId } = network(builder, {
      feature,
      region,
      natGbPerDay: undefined,
      endpoints: () => [
        { service: 'ecr.api', type: 'Interface' },
        { service: 'ecr.dkr', type: 'Interface' },
        { service: 'dynamodb' },
      ],
    });
    builder.plant('vpc-ecr-endpoint-triple-incomplete', region, vpcId);
    builder.nearMiss('vpc-missing-s3-gateway-endpoint', region, vpcId);
  },
  'ecr-complete': (builder) => {
    const feature = 'ecr-complete';
    const region = builder.region(feature);
    const { vpcId } = network(builder, {
      feature,
      region,
      endpoints: () => [...both, { service: 'ecr.api', type: 'Interface' }, { service: 'ecr.dkr', type: 'Interface' }],
    });
    builder.nearMiss('vpc-ecr-endpoint-triple-incomplete', region, vpcId);
  },
  'complete-network': (builder) => {
    const feature = 'complete-network';
    const region = builder.region(feature);
    // Odd casing, as some API versions send it.
    const { vpcId, natId } = network(builder, {
      feature,
      region,
      natGbPerDay: 20,
      endpoints: () => [{ service: 's3', state: 'Available' }, { service: 'dynamodb' }],
    });
    builder.nearMiss('vpc-missing-s3-gateway-endpoint', region, vpcId);
    builder.nearMiss('nat-gateway-idle', region, natId ?? '');
  },
  'shared-vpc': (builder) => {
    const feature = 'shared-vpc';
    const region = builder.region(feature);
    const { vpcId } = network(builder, {
      feature,
      region,
      endpoints: () => [],
      ownerId: '999900001111',
      privateTables: 1,
    });
    builder.nearMiss('vpc-missing-s3-gateway-endpoint', region, vpcId);
  },
  'isolated-network': (builder) => {
    const feature = 'isolated-network';
    const region = builder.region(feature);
    const { vpcId } = network(builder, { feature, region, endpoints: () => [] });
    builder.nearMiss('vpc-missing-s3-gateway-endpoint', region, vpcId);
  },
  'idle-nat': (builder) => {
    const feature = 'idle-nat';
    const region = builder.region(feature);
    const { vpcId } = network(builder, { feature, region, endpoints: () => both });
    const subnetId = builder.id('subnet', feature, 'public');
    builder.plant('nat-gateway-idle', region, nat(builder, { feature, region, vpcId, subnetId, gbPerDay: 0 }));
    const fresh = nat(builder, { feature: 'fresh-nat', region, vpcId, subnetId, gbPerDay: 0, ageDays: 2 });
    builder.nearMiss('nat-gateway-idle', region, fresh);
    const gone = nat(builder, {
      feature: 'deleted-nat',
      region,
      vpcId,
      subnetId,
      gbPerDay: undefined,
      state: 'deleted',
    });
    builder.nearMiss('nat-gateway-idle', region, gone);
  },
  'silent-nat': (builder) => {
    const feature = 'silent-nat';
    const region = builder.region(feature);
    const { natId } = network(builder, { feature, region, natGbPerDay: 0.0001, endpoints: () => both });
    builder.plant('nat-gateway-idle', region, natId ?? '');
  },
  'idle-address': (builder) => {
    const region = builder.region('idle-address');
    const state = builder.at(region);
    const AllocationId = builder.id('eipalloc', 'idle-address');
    state.addresses.push({
      AllocationId,
      PublicIp: '203.0.113.7',
      PublicIpv4Pool: 'amazon',
      Tags: tagList(builder.tags()),
    });
    builder.cost({
      service: 'Amazon Virtual Private Cloud',
      usageType: 'PublicIPv4:IdleAddress',
      region,
      usdPerDay: 24 * ipHourUsd,
      quantityPerDay: 24,
    });
    builder.plant('public-ipv4-idle-or-excess', region, AllocationId);
    const own = builder.id('eipalloc', 'own-range');
    state.addresses.push({
      AllocationId: own,
      PublicIp: '192.0.2.9',
      PublicIpv4Pool: 'ipv4pool-ec2-0123',
      Tags: tagList(builder.tags()),
    });
    builder.nearMiss('public-ipv4-idle-or-excess', region, own);
  },
  'untagged-vpc': (builder) => {
    const feature = 'untagged-vpc';
    const region = builder.region(feature);
    network(builder, { feature, region, endpoints: () => both, tags: { Name: 'forgotten', environment: 'unknown' } });
    builder.plant('tag-missing-required', region, 'AWS::EC2::VPC');
  },
  'alias-tags': (builder) => {
    const feature = 'alias-tags';
    const region = builder.region(feature);
    const { vpcId } = network(builder, {
      feature,
      region,
      endpoints: () => both,
      tags: { Owner: 'web', Env: 'dev', app: 'shop', Cost_Center: 'eng-7' },
    });
    builder.nearMiss('tag-missing-required', region, vpcId);
  },
  'untagged-function': (builder) => {
    const region = builder.region('untagged-function');
    builder
      .at(region)
      .tagged.push({ arn: `arn:aws:lambda:${region}:${builder.accountId}:function:thumbnails`, tags: {} });
    builder.cost({ service: 'AWS Lambda', usageType: 'Lambda-GB-Second', region, usdPerDay: 0.5 });
    builder.plant('tag-missing-required', region, 'AWS::Lambda::Function');
  },
};
