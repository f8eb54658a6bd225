/**
 * An organization of three accounts in moto, made over HTTP as its owners would: what is wrong in it, and what only
 * looks so, stands beside each resource. Names of the resources lead to the ids that moto gave them.
 */
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  EC2Client,
  type ResourceType,
} from '@aws-sdk/client-ec2';
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
  TagResourceCommand,
} from '@aws-sdk/client-organizations';
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { memberPolicy } from '../../src/commands/policy.ts';
import { loadRegistry } from '../../src/commands/registry.ts';
import { motoClient } from './environment.ts';
import { stateTable } from './state-table.ts';

export const externalId = 'moto-tests';
export const table = 'costwarden';
const auditRole = 'costwarden-audit';
const tags = { team: 'payments', environment: 'prod', service: 'ledger', 'cost-center': '42' };
const administratorAccess = 'arn:aws:iam::aws:policy/AdministratorAccess';
const gib = 2 ** 30;

type ClientOptions = ReturnType<typeof motoClient>;

type SeededAccount = {
  readonly id: string;
  /** Options of a client with administrator rights in the account. */
  readonly client: (region?: string) => ClientOptions;
};

export type Seeded = {
  readonly management: SeededAccount;
  readonly payments: SeededAccount;
  readonly sandbox: SeededAccount;
  /** Ids by the names in this file. */
  readonly ids: Readonly<Record<string, string>>;
};

export async function seedOrganization(): Promise<Seeded> {
  const management: SeededAccount = { id: '123456789012', client: motoClient };
  const organizations = new OrganizationsClient(motoClient());
  await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const { Roots } = await organizations.send(new ListRootsCommand({}));
  const root = Roots?.[0]?.Id ?? '';
  const workloads = await createUnit(organizations, root, 'workloads');
  const production = await createUnit(organizations, workloads, 'prod');
  const payments = await createAccount(organizations, 'payments-prod', root, production);
  const sandbox = await createAccount(organizations, 'sandbox', root, workloads);
  await organizations.send(
    new TagResourceCommand({ ResourceId: payments.id, Tags: [{ Key: 'team', Value: 'payments' }] }),
  );
  for (const account of [payments, sandbox]) await createAuditRole(account, management.id);
  await createStateTable(management);

  const ids: Record<string, string> = {
    'payments/access-role': await completeAccessRole(payments),
    'sandbox/access-role': await completeAccessRole(sandbox),
  };
  await seedNetworks(payments, ids);
  await seedIdleGateway(payments, ids);
  await seedPolicies(sandbox, ids);
  await seedBuckets(sandbox);
  return { management, payments, sandbox, ids };
}

async function createUnit(organizations: OrganizationsClient, ParentId: string, Name: string): Promise<string> {
  const { OrganizationalUnit } = await organizations.send(new CreateOrganizationalUnitCommand({ ParentId, Name }));
  return OrganizationalUnit?.Id ?? '';
}

async function createAccount(
  organizations: OrganizationsClient,
  AccountName: string,
  root: string,
  unit: string,
): Promise<SeededAccount> {
  const answer = await organizations.send(
    new CreateAccountCommand({ AccountName, Email: `${AccountName}@example.com` }),
  );
  const id = answer.CreateAccountStatus?.AccountId ?? '';
  const move = { AccountId: id, SourceParentId: root, DestinationParentId: unit };
  await organizations.send(new MoveAccountCommand(move));
  const sts = new STSClient(motoClient());
  const RoleArn = `arn:aws:iam::${id}:role/OrganizationAccountAccessRole`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'seed' }));
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  return { id, client: (region) => ({ ...motoClient(region), credentials }) };
}

/** As the stack set of deploy/ makes it: trust with ExternalId, and the generated policy. */
async function createAuditRole({ client }: SeededAccount, managementId: string): Promise<void> {
  const iam = new IAMClient(client());
  const { checks } = await loadRegistry([]);
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${managementId}:root` },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': externalId } },
      },
    ],
  };
  await iam.send(new CreateRoleCommand({ RoleName: auditRole, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  const PolicyDocument = JSON.stringify(memberPolicy(checks));
  await iam.send(new PutRolePolicyCommand({ RoleName: auditRole, PolicyName: 'audit', PolicyDocument }));
}

async function createStateTable({ client }: SeededAccount): Promise<void> {
  await new DynamoDBClient(client()).send(new CreateTableCommand(stateTable(table)));
}

type NetworkOptions = {
  readonly cidr: string;
  /** Private subnets, each with a table of its own, a route to the NAT gateway and a workload. */
  readonly privateSubnets: number;
  /** Gateway endpoints: services and how many of the private tables they serve. */
  readonly endpoints: readonly { readonly service: string; readonly tables: number }[];
  readonly tags: Record<string, string>;
  readonly natGib: number;
};

/** Member `payments-prod` in us-east-1. */
async function seedNetworks(account: SeededAccount, ids: Record<string, string>): Promise<void> {
  // Wrong: neither endpoint.
  await seedVpc(account, ids, 'leaking', { cidr: '10.0.0.0/16', privateSubnets: 1, endpoints: [], tags, natGib: 500 });
  // Right: both endpoints serve all tables.
  const both = ['s3', 'dynamodb'].map((service) => ({ service, tables: 2 }));
  await seedVpc(account, ids, 'served', { cidr: '10.1.0.0/16', privateSubnets: 2, endpoints: both, tags, natGib: 900 });
  // Wrong: the S3 endpoint serves one table of two. And nothing has a tag.
  const partly = [
    { service: 's3', tables: 1 },
    { service: 'dynamodb', tables: 2 },
  ];
  await seedVpc(account, ids, 'gap', {
    cidr: '10.2.0.0/16',
    privateSubnets: 2,
    endpoints: partly,
    tags: {},
    natGib: 20,
  });
  // Wrong: an address that nothing uses. Those of the NAT gateways are used.
  const ec2 = new EC2Client(account.client());
  const { AllocationId } = await ec2.send(
    new AllocateAddressCommand({ Domain: 'vpc', ...specification('elastic-ip', tags) }),
  );
  ids['idle-address'] = AllocationId ?? '';
}

/** Member `payments-prod` in eu-west-1: a gateway that no route reaches and that carried nothing. */
async function seedIdleGateway(account: SeededAccount, ids: Record<string, string>): Promise<void> {
  const ec2 = new EC2Client(account.client('eu-west-1'));
  const vpc = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16', ...specification('vpc', tags) }));
  const VpcId = vpc.Vpc?.VpcId ?? '';
  const subnet = await ec2.send(
    new CreateSubnetCommand({ VpcId, CidrBlock: '10.9.0.0/24', ...specification('subnet', tags) }),
  );
  await createNat(ec2, ids, 'idle', subnet.Subnet?.SubnetId ?? '', tags);
}

async function seedVpc(
  account: SeededAccount,
  ids: Record<string, string>,
  name: string,
  { cidr, privateSubnets, endpoints, tags: own, natGib }: NetworkOptions,
): Promise<void> {
  const ec2 = new EC2Client(account.client());
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: cidr, ...specification('vpc', own) }));
  const VpcId = Vpc?.VpcId ?? '';
  ids[`${name}/vpc`] = VpcId;
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand(specification('internet-gateway', own)));
  const InternetGatewayId = InternetGateway?.InternetGatewayId ?? '';
  await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId }));
  const makeSubnet = async (number: number): Promise<{ SubnetId: string; RouteTableId: string }> => {
    const CidrBlock = cidr.replace('.0.0/16', `.${number}.0/24`);
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, ...specification('subnet', own) }));
    const SubnetId = Subnet?.SubnetId ?? '';
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId, ...specification('route-table', own) }));
    const RouteTableId = RouteTable?.RouteTableId ?? '';
    await ec2.send(new AssociateRouteTableCommand({ SubnetId, RouteTableId }));
    return { SubnetId, RouteTableId };
  };
  const everywhere = { DestinationCidrBlock: '0.0.0.0/0' };
  const open = await makeSubnet(0);
  await ec2.send(
    new CreateRouteCommand({ ...everywhere, RouteTableId: open.RouteTableId, GatewayId: InternetGatewayId }),
  );
  const NatGatewayId = await createNat(ec2, ids, name, open.SubnetId, own);
  const tables: string[] = [];
  for (let number = 1; number <= privateSubnets; number += 1) {
    const { SubnetId, RouteTableId } = await makeSubnet(number);
    await ec2.send(new CreateRouteCommand({ ...everywhere, RouteTableId, NatGatewayId }));
    await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, Description: 'a workload' }));
    tables.push(RouteTableId);
  }
  for (const { service, tables: served } of endpoints) {
    const { VpcEndpoint } = await ec2.send(
      new CreateVpcEndpointCommand({
        VpcId,
        VpcEndpointType: 'Gateway',
        ServiceName: `com.amazonaws.us-east-1.${service}`,
        RouteTableIds: tables.slice(0, served),
        ...specification('vpc-endpoint', own),
      }),
    );
    ids[`${name}/${service}`] = VpcEndpoint?.VpcEndpointId ?? '';
  }
  await putTraffic(account, NatGatewayId, natGib);
  ids[`${name}/table`] = tables.at(-1) ?? '';
}

async function createNat(
  ec2: EC2Client,
  ids: Record<string, string>,
  name: string,
  SubnetId: string,
  own: Record<string, string>,
): Promise<string> {
  const { AllocationId } = await ec2.send(
    new AllocateAddressCommand({ Domain: 'vpc', ...specification('elastic-ip', own) }),
  );
  const { NatGateway } = await ec2.send(
    new CreateNatGatewayCommand({ SubnetId, AllocationId, ...specification('natgateway', own) }),
  );
  ids[`${name}/nat-address`] = AllocationId ?? '';
  const id = NatGateway?.NatGatewayId ?? '';
  ids[`${name}/nat`] = id;
  return id;
}

/** AWS refuses metrics in its own namespaces; moto takes them. Half of the bytes each way, yesterday at noon. */
async function putTraffic(account: SeededAccount, NatGatewayId: string, gibPerDay: number): Promise<void> {
  const day = 86_400_000;
  const Timestamp = new Date(Math.floor(Date.now() / day) * day - day / 2);
  const Dimensions = [{ Name: 'NatGatewayId', Value: NatGatewayId }];
  const MetricData = ['BytesInFromSource', 'BytesInFromDestination'].map((MetricName) => ({
    MetricName,
    Dimensions,
    Timestamp,
    Value: (gibPerDay / 2) * gib,
  }));
  const cloudWatch = new CloudWatchClient(account.client());
  await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'AWS/NATGateway', MetricData }));
}

/** Member `sandbox`. */
async function seedPolicies(account: SeededAccount, ids: Record<string, string>): Promise<void> {
  const iam = new IAMClient(account.client());
  const allow = (actions: string | string[], resources: string | string[]): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: actions, Resource: resources }],
    });
  const roles = {
    // Wrong: everything; all of a service; writes that could be limited; a way to more rights.
    'all-powerful': allow('*', '*'),
    'bucket-owner': allow('s3:*', '*'),
    'queue-writer': allow(['sqs:SendMessage', 'sqs:DeleteMessage'], '*'),
    'policy-writer': allow('iam:PutRolePolicy', `arn:aws:iam::${account.id}:role/*`),
    // Right: reads, a write to one queue, a service on its own resources, an action that accepts nothing but `*`.
    reader: allow(['s3:Get*', 's3:List*', 'ec2:Describe*'], '*'),
    'one-queue': allow('sqs:SendMessage', `arn:aws:sqs:us-east-1:${account.id}:orders`),
    'one-bucket': allow('s3:*', ['arn:aws:s3:::sandbox-good', 'arn:aws:s3:::sandbox-good/*']),
    'metric-writer': allow('cloudwatch:PutMetricData', '*'),
  };
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  });
  for (const [RoleName, PolicyDocument] of Object.entries(roles)) {
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
    ids[RoleName] = Role?.RoleId ?? '';
  }
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'operator' }));
  ids['operator'] = User?.UserId ?? '';
  // Wrong: an administrator by AWS's own policy.
  await iam.send(new AttachUserPolicyCommand({ UserName: 'operator', PolicyArn: administratorAccess }));
  // Wrong, though nobody has it yet.
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'break-glass', PolicyDocument: allow('*', '*') }),
  );
  ids['break-glass'] = Policy?.Arn ?? '';
}

/** AWS gives the role that comes with every account administrator rights; moto makes it without any. */
async function completeAccessRole({ client }: SeededAccount): Promise<string> {
  const iam = new IAMClient(client());
  const RoleName = 'OrganizationAccountAccessRole';
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: administratorAccess }));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  return Role?.RoleId ?? '';
}

/** Member `sandbox`. Names are global, so they are their own ids. */
async function seedBuckets(account: SeededAccount): Promise<void> {
  const abort: LifecycleRule = {
    ID: 'abort',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  };
  const cold: LifecycleRule = {
    ID: 'cold',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    Transitions: [{ Days: 90, StorageClass: 'STANDARD_IA' }],
  };
  const old: LifecycleRule = {
    ID: 'old',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    NoncurrentVersionExpiration: { NoncurrentDays: 30 },
  };
  const buckets: Record<string, { region: string; rules: LifecycleRule[]; isVersioned: boolean }> = {
    // Right.
    'sandbox-good': { region: 'us-east-1', rules: [abort, cold, old], isVersioned: true },
    'sandbox-plain-good': { region: 'eu-west-1', rules: [abort, cold], isVersioned: false },
    // Wrong: no rules at all; old versions kept for ever; rules that are all disabled.
    'sandbox-no-rules': { region: 'us-east-1', rules: [], isVersioned: false },
    'sandbox-old-versions': { region: 'eu-west-1', rules: [abort, cold], isVersioned: true },
    'sandbox-disabled': { region: 'eu-west-1', rules: [{ ...abort, Status: 'Disabled' }], isVersioned: false },
  };
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  for (const [Bucket, { region, rules, isVersioned }] of Object.entries(buckets)) {
    const s3 = new S3Client({ ...account.client(region), forcePathStyle: true });
    const place = { LocationConstraint: region as BucketLocationConstraint };
    await s3.send(
      new CreateBucketCommand({
        Bucket,
        ...(region === 'us-east-1' ? {} : { CreateBucketConfiguration: place }),
      }),
    );
    if (rules.length > 0)
      await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: rules } }));
    if (isVersioned)
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    // One without tags.
    if (Bucket !== 'sandbox-no-rules') await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
  }
}

function specification(ResourceType: ResourceType, own: Record<string, string>) {
  const Tags = Object.entries(own).map(([Key, Value]) => ({ Key, Value }));
  return Tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType, Tags }] };
}
