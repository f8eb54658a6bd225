/**
 * How the networks of one account and region are wired, derived once for the checks of this folder. Pure.
 * Facts: VPC user guide (route tables, gateway endpoints, sharing), read 2026-11-23.
 */
import type {
  Address,
  Inventory,
  NatGateway,
  NetworkInterface,
  Route,
  RouteTable,
  Subnet,
  Vpc,
  VpcEndpoint,
} from 'costwarden/check';

export const networkKinds = [
  'ec2.vpc',
  'ec2.subnet',
  'ec2.route-table',
  'ec2.nat-gateway',
  'ec2.vpc-endpoint',
  'ec2.network-interface',
] as const;

/** `central` = internet through something other than an own NAT: transit gateway, peering, firewall, appliance. */
export type SubnetKind = 'public' | 'nat' | 'central' | 'isolated';

export type SubnetView = {
  readonly subnet: Subnet;
  /** Explicit association, else the VPC's main table. */
  readonly table: RouteTable | undefined;
  readonly kind: SubnetKind;
  /** NAT gateway of the default route. */
  readonly natId: string | undefined;
  /** Interfaces of workloads: not those of NAT gateways, endpoints, load balancers or transit gateways. */
  readonly workloads: number;
};

export type VpcView = {
  readonly vpc: Vpc;
  readonly subnets: readonly SubnetView[];
  readonly nats: readonly NatGateway[];
  readonly endpoints: readonly VpcEndpoint[];
};

type NetworkInventory = Inventory<(typeof networkKinds)[number]>;

const infrastructure = new Set([
  'nat_gateway',
  'vpc_endpoint',
  'gateway_load_balancer',
  'gateway_load_balancer_endpoint',
  'network_load_balancer',
  'load_balancer',
  'transit_gateway',
  'api_gateway_managed',
]);

/** VPCs that the account owns: in a shared VPC only the owner can create endpoints, and the owner pays the NAT. */
export function ownVpcs(inventory: NetworkInventory, accountId: string): VpcView[] {
  const tables = Map.groupBy(inventory.list('ec2.route-table'), ({ vpcId }) => vpcId);
  const subnets = Map.groupBy(inventory.list('ec2.subnet'), ({ vpcId }) => vpcId);
  const nats = Map.groupBy(inventory.list('ec2.nat-gateway'), ({ vpcId }) => vpcId);
  const endpoints = Map.groupBy(inventory.list('ec2.vpc-endpoint'), ({ vpcId }) => vpcId);
  const workloads = countWorkloads(inventory.list('ec2.network-interface'));
  return inventory
    .list('ec2.vpc')
    .filter((vpc) => vpc.ownerId === accountId)
    .map((vpc) => ({
      vpc,
      subnets: viewSubnets(subnets.get(vpc.id) ?? [], tables.get(vpc.id) ?? [], workloads),
      nats: nats.get(vpc.id) ?? [],
      endpoints: endpoints.get(vpc.id) ?? [],
    }));
}

function viewSubnets(
  subnets: readonly Subnet[],
  tables: readonly RouteTable[],
  workloads: ReadonlyMap<string, number>,
): SubnetView[] {
  const main = tables.find((table) => table.isMain);
  const explicit = new Map(tables.flatMap((table) => table.subnetIds.map((id) => [id, table] as const)));
  return subnets.map((subnet) => {
    const table = explicit.get(subnet.id) ?? main;
    return { subnet, table, ...exitOf(table), workloads: workloads.get(subnet.id) ?? 0 };
  });
}

type Exit = { readonly kind: SubnetKind; readonly natId: string | undefined };

/** Where traffic to the internet leaves; IPv4 decides, since that is what is charged. A blackhole route carries nothing. */
function exitOf(table: RouteTable | undefined): Exit {
  const active = (table?.routes ?? []).filter((route) => route.isActive);
  const ipv4 = active.find(({ destination }) => destination === '0.0.0.0/0');
  if (ipv4 !== undefined) return exitThrough(ipv4);
  const nat = active.find((route) => route.target === 'nat-gateway' && leadsOutside(route));
  if (nat !== undefined) return exitThrough(nat);
  const ipv6 = active.find(({ destination }) => destination === '::/0');
  return ipv6 === undefined ? { kind: 'isolated', natId: undefined } : exitThrough(ipv6);
}

/**
 * NAT64 (64:ff9b::/96) brings IPv6 clients to IPv4 services and is billed like any NAT traffic. A customer prefix list
 * may hold 0.0.0.0/0; its entries are not read, but a list that points to a NAT gateway leads outside in any case.
 */
function leadsOutside({ destination }: Route): boolean {
  return destination === '64:ff9b::/96' || destination.startsWith('pl-');
}

function exitThrough({ target, targetId }: Route): Exit {
  if (target === 'internet-gateway') return { kind: 'public', natId: undefined };
  if (target === 'nat-gateway') return { kind: 'nat', natId: targetId };
  // An egress-only gateway carries IPv6 without a charge per GB: nothing to save there.
  const isUncharged = target === 'egress-only-internet-gateway' || target === 'local';
  return { kind: isUncharged ? 'isolated' : 'central', natId: undefined };
}

function countWorkloads(interfaces: readonly NetworkInterface[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { subnetId, interfaceType, description } of interfaces) {
    if (infrastructure.has(interfaceType) || description.startsWith('ELB ')) continue;
    counts.set(subnetId, (counts.get(subnetId) ?? 0) + 1);
  }
  return counts;
}

/** A gateway endpoint is ready within seconds; one that is still pending after this long never came to be. */
const pendingMs = 3_600_000;

/**
 * Gateway endpoints of the VPC for a service that serve (`available`) or are just being made, by id: AWS promises no
 * order, and what a finding is about must not change with it.
 */
export function gatewayEndpoints({ endpoints }: VpcView, service: string, now: string): VpcEndpoint[] {
  return endpoints
    .filter((endpoint) => endpoint.endpointType === 'gateway' && endpoint.service === service)
    .filter(
      ({ state, createdAt }) => state === 'available' || (state.startsWith('pending') && isRecent(createdAt, now)),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isRecent(createdAt: string | undefined, now: string): boolean {
  return createdAt === undefined || Date.parse(now) - Date.parse(createdAt) < pendingMs;
}

/** Whether one of the gateway endpoints is associated with the subnet's table and its route there is not a blackhole. */
export function isServed({ table }: SubnetView, endpoints: readonly VpcEndpoint[]): boolean {
  if (table === undefined) return false;
  return endpoints.some(({ id, state, routeTableIds }) => {
    if (state !== 'available' || !routeTableIds.includes(table.id)) return false;
    // Associating adds the prefix-list route by itself; only one that is there and dead says otherwise.
    return !table.routes.some((route) => route.targetId === id && !route.isActive);
  });
}

/** An interface endpoint for the service whose private name catches the traffic of the whole VPC. */
export function interfaceEndpoint({ endpoints }: VpcView, service: string, region: string): VpcEndpoint | undefined {
  return endpoints.find(
    (endpoint) =>
      endpoint.endpointType === 'interface' &&
      endpoint.service === service &&
      endpoint.serviceRegion === region &&
      endpoint.state === 'available' &&
      endpoint.privateDnsEnabled,
  );
}

/** Availability zones a NAT gateway is billed in: those of a regional one, else the one of its subnet. */
export function natZones(nat: NatGateway): number {
  return nat.availabilityMode === 'regional' ? Math.max(1, nat.availabilityZoneIds.length) : 1;
}

/** Charged addresses that can go when the gateway goes: its own, without those the customer brought along. */
export function chargedAddresses(nat: NatGateway, addresses: readonly Address[]): string[] {
  const brought = new Set(
    addresses.flatMap((address) => (address.publicIpv4Pool === 'amazon' ? [] : address.allocationId)),
  );
  return nat.allocationIds.filter((id) => !brought.has(id));
}
