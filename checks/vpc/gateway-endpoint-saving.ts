/** What a free gateway endpoint saves, for the two services that have one. */
import { billedGb, type Inventory, perMonth, type UsageLine } from 'costwarden/check';
import type { SubnetView, VpcView } from './network-model.ts';

/** GB a month through the NAT gateways that the given subnets use; `undefined` when a figure is missing. */
export function natGbPerMonth(
  view: VpcView,
  subnets: readonly SubnetView[],
  inventory: Inventory<'ec2.nat-gateway-traffic'>,
): number | undefined {
  const used = new Set(subnets.flatMap(({ natId }) => natId ?? []));
  let bytes = 0;
  let isKnown = false;
  for (const nat of view.nats) {
    if (!used.has(nat.id) || nat.state !== 'available') continue;
    const traffic = inventory.find('ec2.nat-gateway-traffic', nat.id);
    if (traffic?.processedBytes === undefined) return undefined;
    bytes += perMonth(traffic.processedBytes, traffic.windowDays);
    isKnown = true;
  }
  return isKnown ? billedGb(bytes) : undefined;
}

/**
 * Part of that traffic that the given subnets can account for, by their workloads among all that share the gateways:
 * the metrics do not tell subnets apart.
 */
export function workloadShare(view: VpcView, subnets: readonly SubnetView[]): number {
  const nats = new Set(subnets.flatMap(({ natId }) => natId ?? []));
  let own = 0;
  let all = 0;
  for (const subnet of view.subnets) {
    if (subnet.natId === undefined || !nats.has(subnet.natId)) continue;
    all += subnet.workloads;
    if (subnets.includes(subnet)) own += subnet.workloads;
  }
  return all === 0 ? 0 : own / all;
}

/** Two decimals, for evidence. */
export function roundGb(gb: number | undefined): number | null {
  return gb === undefined ? null : Math.round(gb * 100) / 100;
}

export type Share = { readonly expected: number; readonly low: number; readonly high: number };

/** NAT metrics do not split traffic by destination: the service's part is a share, shown as a range. */
export function natUsage(gb: number | undefined, share: Share): UsageLine[] | undefined {
  if (gb === undefined) return undefined;
  const { expected, low, high } = share;
  return [{ sku: 'nat-gateway.data-processed', quantity: gb * expected, low: gb * low, high: gb * high, unit: 'GB' }];
}

export function createEndpointCommand(
  vpcId: string,
  region: string,
  service: string,
  tables: readonly string[],
): string {
  return `aws ec2 create-vpc-endpoint --region ${region} --vpc-id ${vpcId} --service-name com.amazonaws.${region}.${service} --route-table-ids ${tables.join(' ')}`;
}

export function tableIds(subnets: readonly SubnetView[]): string[] {
  return [...new Set(subnets.flatMap(({ table }) => table?.id ?? []))].sort();
}

/** `1,234 GB`, for summaries. */
export function gbText(gb: number): string {
  return `${Math.round(gb).toLocaleString('en-US')} GB`;
}
