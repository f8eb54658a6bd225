/** Records as the collectors make them from real AWS answers; every field can be overridden. */
import { parsePolicy } from '../../src/collect/iam/documents.ts';
import type { Resource } from '../../src/model/inventory.ts';
import type { ServiceSpend, TagCoverage } from '../../src/model/resources/cost.ts';
import type {
  Address,
  InternetGateway,
  NatGateway,
  NatGatewayTraffic,
  NetworkInterface,
  Route,
  RouteTable,
  Subnet,
  Vpc,
  VpcEndpoint,
} from '../../src/model/resources/ec2.ts';
import type { ManagedPolicy, PolicyDocument, Principal } from '../../src/model/resources/iam.ts';
import type { AccountAccess } from '../../src/model/resources/organization.ts';
import type {
  BucketLifecycle,
  BucketSize,
  BucketTags,
  BucketVersioning,
  LifecycleRule,
} from '../../src/model/resources/s3.ts';
import type { RecordedResource, TaggedResource } from '../../src/model/resources/tags.ts';

export const accountId = '111111111111';
const region = 'us-east-1';
export const vpcId = 'vpc-0a1b2c3d4e5f60718';
export const natId = 'nat-0aa11bb22cc33dd44';
export const s3EndpointId = 'vpce-0f00ba4ba40000001';
/** Prefix list of S3 in us-east-1. */
const s3PrefixList = 'pl-63a5400a';

function ec2(
  id: string,
  type: string,
  path: string,
): Omit<Resource, 'tags'> & { readonly tags: Record<string, string> } {
  return { id, arn: `arn:aws:ec2:${region}:${accountId}:${path}/${id}`, type, accountId, region, tags: {} };
}

export function vpc(overrides: Partial<Vpc> = {}): Vpc {
  const id = overrides.id ?? vpcId;
  return { ...ec2(id, 'AWS::EC2::VPC', 'vpc'), ownerId: accountId, isDefault: false, ...overrides };
}

export function subnet(overrides: Partial<Subnet> & { id: string }): Subnet {
  return {
    ...ec2(overrides.id, 'AWS::EC2::Subnet', 'subnet'),
    vpcId,
    ownerId: accountId,
    availabilityZoneId: 'use1-az1',
    isDefaultForAz: false,
    ...overrides,
  };
}

const localRoute: Route = { destination: '10.0.0.0/16', target: 'local', targetId: 'local', isActive: true };

export function route(target: Route['target'], targetId: string, overrides: Partial<Route> = {}): Route {
  return { destination: '0.0.0.0/0', target, targetId, isActive: true, ...overrides };
}

export const natRoute = route('nat-gateway', natId);
export const igwRoute = route('internet-gateway', 'igw-0123456789abcdef0');
export const tgwRoute = route('transit-gateway', 'tgw-0123456789abcdef0');
export const s3Route = route('vpc-endpoint', s3EndpointId, { destination: s3PrefixList });

/** A table with its local route and the given ones. */
export function routeTable(overrides: Partial<RouteTable> & { id: string }): RouteTable {
  return {
    ...ec2(overrides.id, 'AWS::EC2::RouteTable', 'route-table'),
    vpcId,
    ownerId: accountId,
    isMain: false,
    subnetIds: [],
    ...overrides,
    routes: [localRoute, ...(overrides.routes ?? [])],
  };
}

export function natGateway(overrides: Partial<NatGateway> = {}): NatGateway {
  const id = overrides.id ?? natId;
  return {
    ...ec2(id, 'AWS::EC2::NatGateway', 'natgateway'),
    vpcId,
    subnetId: 'subnet-public',
    state: 'available',
    connectivity: 'public',
    availabilityMode: 'zonal',
    availabilityZoneIds: [],
    allocationIds: ['eipalloc-0nat'],
    createdAt: '2026-01-05T10:00:00.000Z',
    ...overrides,
  };
}

/** @param gbPerMonth scaled to the window of 30 days as AWS would have counted it; `undefined` = no datapoints */
export function natTraffic(gbPerMonth: number | undefined, id = natId): NatGatewayTraffic {
  const bytes = gbPerMonth === undefined ? undefined : (gbPerMonth * 2 ** 30 * 30) / (730 / 24);
  return {
    ...ec2(id, 'AWS::EC2::NatGateway', 'natgateway'),
    tags: undefined,
    windowDays: 30,
    processedBytes: bytes,
  };
}

export function gatewayEndpoint(service: 's3' | 'dynamodb', overrides: Partial<VpcEndpoint> = {}): VpcEndpoint {
  const id = overrides.id ?? s3EndpointId;
  return {
    ...ec2(id, 'AWS::EC2::VPCEndpoint', 'vpc-endpoint'),
    vpcId,
    ownerId: accountId,
    service,
    serviceName: `com.amazonaws.${region}.${service}`,
    serviceRegion: region,
    endpointType: 'gateway',
    state: 'available',
    routeTableIds: [],
    subnetIds: [],
    privateDnsEnabled: false,
    isRequesterManaged: false,
    createdAt: '2026-01-05T10:00:00.000Z',
    ...overrides,
  };
}

export function interfaceEndpoint(service: string, overrides: Partial<VpcEndpoint> = {}): VpcEndpoint {
  const id = overrides.id ?? `vpce-0${service.replace(/\W/g, '')}`;
  return {
    ...gatewayEndpoint('s3', { id }),
    service,
    serviceName: `com.amazonaws.${region}.${service}`,
    endpointType: 'interface',
    subnetIds: ['subnet-a'],
    privateDnsEnabled: true,
    ...overrides,
  };
}

export function networkInterface(subnetId: string, overrides: Partial<NetworkInterface> = {}): NetworkInterface {
  const id = overrides.id ?? `eni-${subnetId}-${overrides.interfaceType ?? 'interface'}`;
  return {
    ...ec2(id, 'AWS::EC2::NetworkInterface', 'network-interface'),
    vpcId,
    subnetId,
    interfaceType: 'interface',
    isRequesterManaged: false,
    isAttached: true,
    attachedTo: 'i-0123456789abcdef0',
    publicIp: undefined,
    description: '',
    ...overrides,
  };
}

export function address(overrides: Partial<Address> = {}): Address {
  const id = overrides.id ?? 'eipalloc-0123456789abcdef0';
  return {
    ...ec2(id, 'AWS::EC2::EIP', 'elastic-ip'),
    publicIp: '203.0.113.10',
    allocationId: id,
    associationId: undefined,
    networkInterfaceId: undefined,
    instanceId: undefined,
    publicIpv4Pool: 'amazon',
    serviceManaged: undefined,
    ...overrides,
  };
}

export function internetGateway(overrides: Partial<InternetGateway> = {}): InternetGateway {
  const id = overrides.id ?? 'igw-0123456789abcdef0';
  return {
    ...ec2(id, 'AWS::EC2::InternetGateway', 'internet-gateway'),
    ownerId: accountId,
    vpcIds: [vpcId],
    ...overrides,
  };
}

function bucketRecord(id: string, inRegion = region): Resource {
  return { id, arn: `arn:aws:s3:::${id}`, type: 'AWS::S3::Bucket', accountId, region: inRegion, tags: undefined };
}

export function bucket(id: string, inRegion = region): Resource {
  return bucketRecord(id, inRegion);
}

export function lifecycle(id: string, rules: readonly LifecycleRule[] = [], inRegion = region): BucketLifecycle {
  return { ...bucketRecord(id, inRegion), rules };
}

/** An enabled rule for the whole bucket that does nothing yet. */
export function lifecycleRule(overrides: Partial<LifecycleRule> = {}): LifecycleRule {
  return {
    id: 'rule-1',
    isEnabled: true,
    filter: 'whole-bucket',
    prefix: undefined,
    expirationDays: undefined,
    expirationDate: undefined,
    expiresDeleteMarkers: false,
    transitions: [],
    noncurrentExpirationDays: undefined,
    noncurrentVersionsKept: undefined,
    noncurrentTransitions: [],
    abortIncompleteUploadDays: undefined,
    ...overrides,
  };
}

export function versioning(id: string, status: BucketVersioning['status']): BucketVersioning {
  return { ...bucketRecord(id), status };
}

export function bucketTags(id: string, tags: Record<string, string>): BucketTags {
  return { ...bucketRecord(id), tags };
}

type Size = { standardGb?: number; objects?: number; noncurrentGb?: number; staleUploadGb?: number };

/** What is left out has no datapoints. */
export function bucketSize(id: string, { standardGb, objects, noncurrentGb, staleUploadGb }: Size): BucketSize {
  const bytes = (gb: number | undefined): number | undefined => (gb === undefined ? undefined : gb * 2 ** 30);
  const standard = bytes(standardGb);
  return {
    ...bucketRecord(id),
    bytesByStorageType: standard === undefined ? undefined : { StandardStorage: standard },
    objects,
    noncurrentBytes: bytes(noncurrentGb),
    staleUploadBytes: bytes(staleUploadGb),
  };
}

/** @param arnRest what follows `arn:aws:`, e.g. `lambda:us-east-1:111111111111:function:resize` */
export function taggedResource(arnRest: string, type: string, tags: Record<string, string>): TaggedResource {
  const arn = `arn:aws:${arnRest}`;
  return { id: arn, arn, type, accountId, region, tags };
}

export function recordedResource(
  arnRest: string,
  type: string,
  overrides: Partial<RecordedResource> = {},
): RecordedResource {
  return { ...taggedResource(arnRest, type, {}), createdAt: '2026-01-05T10:00:00.000Z', ...overrides };
}

export function rolePrincipal(name: string, overrides: Partial<Principal> = {}): Principal {
  const path = overrides.path ?? '/';
  return {
    id: `AROA${name.toUpperCase()}`,
    arn: `arn:aws:iam::${accountId}:role${path}${name}`,
    type: 'AWS::IAM::Role',
    accountId,
    region: 'global',
    tags: {},
    principalType: 'role',
    name,
    path,
    createdAt: '2026-01-05T10:00:00.000Z',
    trust: undefined,
    policies: [],
    boundary: undefined,
    lastUsedAt: undefined,
    ...overrides,
  };
}

export function serviceSpend(service: string, usd30d: number): ServiceSpend {
  return {
    id: `${service}/${accountId}/${region}`,
    arn: `arn:aws:ce::${accountId}:service/${encodeURIComponent(service)}`,
    type: 'AWS::CE::Service',
    accountId,
    region,
    tags: undefined,
    service,
    usd30d,
  };
}

export function tagCoverage(key: string, linkedAccountId: string, taggedUsd: number, untaggedUsd: number): TagCoverage {
  return {
    id: `${key}/${linkedAccountId}`,
    arn: `arn:aws:ce::999999999999:tag/${key}`,
    type: 'AWS::CE::CostAllocationTag',
    accountId: linkedAccountId,
    region: 'global',
    tags: undefined,
    key,
    taggedUsd,
    untaggedUsd,
    from: '2026-10-25',
    to: '2026-11-24',
  };
}

export function accountAccess(overrides: Partial<AccountAccess> = {}): AccountAccess {
  const arn = `arn:aws:iam::${accountId}:role/costwarden-audit`;
  return {
    id: arn,
    arn,
    type: 'AWS::IAM::Role',
    accountId,
    region: 'global',
    tags: undefined,
    isAssumed: true,
    errorCode: undefined,
    errorMessage: undefined,
    ...overrides,
  };
}

/** A statement as it stands in a policy. */
export type RawStatement = Readonly<Record<string, unknown>>;

export function allow(
  Action: string | readonly string[],
  Resource: string | readonly string[] = '*',
  Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): RawStatement {
  return { Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}

export function deny(Action: string | readonly string[], Resource: string | readonly string[] = '*'): RawStatement {
  return { Effect: 'Deny', Action, Resource };
}

/** An inline policy, through the parser of the collector. `version` null = none. */
export function policyOf(
  statements: readonly RawStatement[],
  {
    version = '2012-10-17',
    ...about
  }: Partial<Omit<PolicyDocument, 'statements' | 'version'>> & { version?: string | null } = {},
): PolicyDocument {
  const text = JSON.stringify({ ...(version === null ? {} : { Version: version }), Statement: statements });
  return parsePolicy(encodeURIComponent(text), {
    name: 'inline',
    arn: undefined,
    source: 'inline',
    viaGroup: undefined,
    ...about,
  });
}

/** One of AWS's own policies, attached. `name` may carry a path: `service-role/AWSLambdaBasicExecutionRole`. */
export function awsManagedPolicy(name: string, statements: readonly RawStatement[]): PolicyDocument {
  return policyOf(statements, {
    name: name.split('/').at(-1) ?? name,
    arn: `arn:aws:iam::aws:policy/${name}`,
    source: 'aws-managed',
  });
}

/** A trust policy for principals of one type: `Service`, `AWS` or `Federated`. */
export function trustOf(
  type: 'Service' | 'AWS' | 'Federated',
  names: string | readonly string[],
  Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): PolicyDocument {
  const Action = type === 'Federated' ? 'sts:AssumeRoleWithSAML' : 'sts:AssumeRole';
  return policyOf(
    [{ Effect: 'Allow', Principal: { [type]: names }, Action, ...(Condition === undefined ? {} : { Condition }) }],
    { name: 'trust policy' },
  );
}

export function userPrincipal(name: string, overrides: Partial<Principal> = {}): Principal {
  const path = overrides.path ?? '/';
  return {
    ...rolePrincipal(name),
    id: `AIDA${name.toUpperCase()}`,
    arn: `arn:aws:iam::${accountId}:user${path}${name}`,
    type: 'AWS::IAM::User',
    principalType: 'user',
    ...overrides,
  };
}

export function managedPolicy(
  name: string,
  statements: readonly RawStatement[],
  overrides: Partial<ManagedPolicy> = {},
): ManagedPolicy {
  const arn = `arn:aws:iam::${accountId}:policy/${name}`;
  return {
    id: `ANPA${name.toUpperCase()}`,
    arn,
    type: 'AWS::IAM::ManagedPolicy',
    accountId,
    region: 'global',
    tags: undefined,
    name,
    path: '/',
    attachmentCount: 0,
    boundaryUsageCount: 0,
    document: policyOf(statements, { name, arn, source: 'customer-managed' }),
    ...overrides,
  };
}

/** A policy variable, as it stands in a policy. */
export function variable(name: string): string {
  return `\${${name}}`;
}
