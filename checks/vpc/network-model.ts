/**
 * How the networks of one account and region are wired, derived once for the checks of this folder. Pure.
 * Facts: VPC user guide (route tables, gateway endpoints, sharing), read 2026-11-23.
 */
import type { Address, Inventory, NatGateway, NetworkInterface, RouteTable, Subnet, Vpc, VpcEndpoint } from 'costwarden/check';

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

const wholeInternet = new Set(['0.0.0.0/0', '::/0']);
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
  const tables = inventory.list('ec2.route-table');
  const workloads = countWorkloads(inventory.list('ec2.network-interface'));
  return inventory
    .list('ec2.vpc')
    .filter((vpc) => vpc.ownerId === accountId)
    .map((vpc) => {
      const ownTables = tables.filter((table) => table.vpcId === vpc.id);
      const main = ownTables.find((table) => table.isMain);
      const subnets = inventory
        .list('ec2.subnet')
        .filter((subnet) => subnet.vpcId === vpc.id)
        .map((subnet): SubnetView => {
          const table = ownTables.find((candidate) => candidate.subnetIds.includes(subnet.id)) ?? main;
          const exit = exitOf(table);
          return { subnet, table, ...exit, workloads: workloads.get(subnet.id) ?? 0 };
        });
      return {
        vpc,
        subnets,
        nats: inventory.list('ec2.nat-gateway').filter((nat) => nat.vpcId === vpc.id),
        endpoints: inventory.list('ec2.vpc-endpoint').filter((endpoint) => endpoint.vpcId === vpc.id),
      };
    });
}

/** Where traffic to the internet leaves. A blackhole route carries nothing. */
function exitOf(table: RouteTable | undefined): { kind: SubnetKind; natId: string | undefined } {
  const defaults = (table?.routes ?? []).filter(
    // A customer prefix list may hold 0.0.0.0/0; one that leads to a gateway endpoint does not.
    (route) => route.isActive && (wholeInternet.has(route.destination) || (route.destination.startsWith('pl-') && route.target !== 'vpc-endpoint')),
  );
  const nat = defaults.find((route) => route.target === 'nat-gateway');
  if (defaults.some((route) => route.target === 'internet-gateway' && route.destination !== '::/0')) return { kind: 'public', natId: undefined };
  if (nat !== undefined) return { kind: 'nat', natId: nat.targetId };
  if (defaults.some((route) => route.target === 'internet-gateway')) return { kind: 'public', natId: undefined };
  // Egress-only gateways carry IPv6 without any charge per GB: nothing to save there.
  const isCentral = defaults.some((route) => route.target !== 'egress-only-internet-gateway' && route.target !== 'local');
  return { kind: isCentral ? 'central' : 'isolated', natId: undefined };
}

function countWorkloads(interfaces: readonly NetworkInterface[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { subnetId, interfaceType, description } of interfaces) {
    if (infrastructure.has(interfaceType) || description.startsWith('ELB ')) continue;
    counts.set(subnetId, (counts.get(subnetId) ?? 0) + 1);
  }
  return counts;
}

/** Gateway endpoints of the VPC for a service, in a state in which they serve (`available`) or are about to. */
export function gatewayEndpoints({ endpoints }: VpcView, service: string): VpcEndpoint[] {
  return endpoints.filter(
    (endpoint) => endpoint.endpointType === 'gateway' && endpoint.service === service && (endpoint.state === 'available' || endpoint.state.startsWith('pending')),
  );
}

/** Whether a gateway endpoint for the service is associated with the table of the subnet. */
export function isServed({ table }: SubnetView, endpoints: readonly VpcEndpoint[]): boolean {
  return table !== undefined && endpoints.some((endpoint) => endpoint.state === 'available' && endpoint.routeTableIds.includes(table.id));
}

/** Availability zones a NAT gateway is billed in: those of a regional one, else the one of its subnet. */
export function natZones(nat: NatGateway, subnets: readonly Subnet[]): number {
  if (nat.availabilityMode === 'regional') return Math.max(1, nat.availabilityZoneIds.length);
  return subnets.some((subnet) => subnet.id === nat.subnetId) || nat.subnetId !== undefined ? 1 : Math.max(1, nat.availabilityZoneIds.length);
}

/** Addresses that go when the gateway goes. */
export function natAddresses(nat: NatGateway, addresses: readonly Address[]): Address[] {
  return addresses.filter((address) => nat.allocationIds.includes(address.allocationId));
}
