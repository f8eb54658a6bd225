import { describe, expect, test } from 'vitest';
import {
  chargedAddresses,
  gatewayEndpoints,
  isServed,
  natZones,
  ownVpcs,
  type VpcView,
} from '../../../checks/vpc/network-model.ts';
import type { Inventory } from '../../../src/model/inventory.ts';
import type { Route, RouteTable } from '../../../src/model/resources/ec2.ts';
import {
  accountId,
  address,
  gatewayEndpoint,
  igwRoute,
  natGateway,
  natId,
  natRoute,
  networkInterface,
  route,
  routeTable,
  s3EndpointId,
  s3Route,
  subnet,
  tgwRoute,
  vpc,
} from '../../support/builders.ts';
import { type Resources, testNow } from '../../support/check-tester.ts';
import { natVpc } from './networks.ts';

function views(resources: Resources): VpcView[] {
  const list = (kind: keyof Resources) => resources[kind] ?? [];
  return ownVpcs({ list, find: () => undefined, isComplete: () => true } as unknown as Inventory, accountId);
}

/** The view of one subnet with the given tables. */
function subnetWith(tables: readonly RouteTable[], id = 'subnet-a') {
  const [view] = views({ 'ec2.vpc': [vpc()], 'ec2.subnet': [subnet({ id })], 'ec2.route-table': tables });
  return view!.subnets[0]!;
}

const kindOf = (...routes: readonly Route[]) => subnetWith([routeTable({ id: 'rtb-main', isMain: true, routes })]).kind;

describe('the effective route table of a subnet', () => {
  const main = routeTable({ id: 'rtb-main', isMain: true, routes: [natRoute] });

  test('is the main table without an explicit association', () => {
    expect(subnetWith([main]).table?.id).toBe('rtb-main');
  });

  test('is the explicitly associated one before the main table', () => {
    const own = routeTable({ id: 'rtb-own', subnetIds: ['subnet-a'], routes: [igwRoute] });
    expect(subnetWith([main, own])).toMatchObject({ table: { id: 'rtb-own' }, kind: 'public', natId: undefined });
  });

  test('can be the main table by an explicit association, too', () => {
    const explicitMain = { ...main, subnetIds: ['subnet-a'] };
    expect(subnetWith([explicitMain]).table?.id).toBe('rtb-main');
  });

  test('is never the main table of another VPC', () => {
    const other = routeTable({ id: 'rtb-other', isMain: true, vpcId: 'vpc-other', routes: [natRoute] });
    expect(subnetWith([other])).toMatchObject({ table: undefined, kind: 'isolated' });
  });
});

describe('the kind of a subnet', () => {
  test.each<[string, string, Route[]]>([
    ['public', 'an internet gateway', [igwRoute]],
    ['nat', 'a NAT gateway', [natRoute]],
    ['central', 'a transit gateway', [tgwRoute]],
    ['central', 'a firewall endpoint', [route('vpc-endpoint', 'vpce-0firewall')]],
    ['central', 'a NAT instance', [route('network-interface', 'eni-0natinstance')]],
    ['central', 'a virtual private gateway', [route('virtual-private-gateway', 'vgw-0123456789abcdef0')]],
    ['isolated', 'nothing but local routes', []],
    ['isolated', 'a NAT gateway that is gone (blackhole)', [{ ...natRoute, isActive: false }]],
    ['isolated', 'only office networks behind a transit gateway', [{ ...tgwRoute, destination: '10.8.0.0/13' }]],
    ['isolated', 'a prefix list behind a transit gateway', [{ ...tgwRoute, destination: 'pl-0123456789abcdef0' }]],
    ['isolated', 'only the S3 gateway endpoint', [s3Route]],
    [
      'isolated',
      'an egress-only gateway, which carries IPv6 for free',
      [route('egress-only-internet-gateway', 'eigw-0123456789abcdef0', { destination: '::/0' })],
    ],
    [
      'nat',
      'a NAT gateway for IPv4 and an internet gateway for IPv6',
      [{ ...igwRoute, destination: '::/0' }, natRoute],
    ],
    ['public', 'an internet gateway for IPv6 alone', [{ ...igwRoute, destination: '::/0' }]],
    [
      'nat',
      'NAT64 beside an egress-only gateway',
      [
        route('egress-only-internet-gateway', 'eigw-0123456789abcdef0', { destination: '::/0' }),
        { ...natRoute, destination: '64:ff9b::/96' },
      ],
    ],
    ['nat', 'a NAT gateway by a prefix list', [{ ...natRoute, destination: 'pl-0123456789abcdef0' }]],
    [
      'central',
      'a transit gateway, with a partner reached by a prefix list through NAT',
      [tgwRoute, { ...natRoute, destination: 'pl-0123456789abcdef0' }],
    ],
  ])('is %s with %s', (kind, _what, routes) => {
    expect(kindOf(...routes)).toBe(kind);
  });

  test('names the NAT gateway of the default route', () => {
    expect(subnetWith([routeTable({ id: 'rtb-main', isMain: true, routes: [natRoute] })]).natId).toBe(natId);
  });
});

describe('workload presence', () => {
  test('counts no interface of NAT gateways, endpoints, load balancers or transit gateways', () => {
    const interfaces = [
      networkInterface('subnet-a'),
      networkInterface('subnet-a', { interfaceType: 'lambda', isRequesterManaged: true }),
      networkInterface('subnet-a', { interfaceType: 'nat_gateway' }),
      networkInterface('subnet-a', { interfaceType: 'vpc_endpoint' }),
      networkInterface('subnet-a', { interfaceType: 'network_load_balancer' }),
      networkInterface('subnet-a', { interfaceType: 'transit_gateway' }),
      networkInterface('subnet-a', { id: 'eni-alb', description: 'ELB app/shop/50dc6c495c0c9188' }),
    ];
    const [view] = views({
      'ec2.vpc': [vpc()],
      'ec2.subnet': [subnet({ id: 'subnet-a' })],
      'ec2.network-interface': interfaces,
    });
    expect(view?.subnets[0]?.workloads).toBe(2);
  });
});

test('a VPC shared by another account is not ours to judge', () => {
  expect(views({ ...natVpc(), 'ec2.vpc': [vpc({ ownerId: '222222222222' })] })).toEqual([]);
});

describe('gateway endpoints', () => {
  const viewWith = (...endpoints: ReturnType<typeof gatewayEndpoint>[]) =>
    views({ ...natVpc(), 'ec2.vpc-endpoint': endpoints })[0]!;
  const ids = (view: VpcView) => gatewayEndpoints(view, 's3', testNow).map(({ id }) => id);

  test('count when available, whatever the order in which AWS lists them', () => {
    const first = gatewayEndpoint('s3', { id: 'vpce-01' });
    const second = gatewayEndpoint('s3', { id: 'vpce-02' });
    expect(ids(viewWith(second, first))).toEqual(['vpce-01', 'vpce-02']);
  });

  test('count while they are being made, but not when that never ended', () => {
    expect(ids(viewWith(gatewayEndpoint('s3', { state: 'pending', createdAt: '2026-11-24T05:30:00.000Z' })))).toEqual([
      s3EndpointId,
    ]);
    expect(ids(viewWith(gatewayEndpoint('s3', { state: 'pending', createdAt: '2026-11-20T06:00:00.000Z' })))).toEqual(
      [],
    );
  });

  test.each(['deleting', 'deleted', 'failed', 'rejected', 'expired'])('do not count when %s', (state) => {
    expect(ids(viewWith(gatewayEndpoint('s3', { state })))).toEqual([]);
  });

  test('of another service or type do not count', () => {
    const other = gatewayEndpoint('dynamodb');
    const asInterface = gatewayEndpoint('s3', { id: 'vpce-0if', endpointType: 'interface' });
    expect(ids(viewWith(other, asInterface))).toEqual([]);
  });

  test('serve a subnet only through its own table, with a live route', () => {
    const endpoint = gatewayEndpoint('s3', { routeTableIds: ['rtb-main'] });
    const served = views(natVpc(s3Route))[0]!.subnets[0]!;
    const dead = views(natVpc({ ...s3Route, isActive: false }))[0]!.subnets[0]!;
    expect(isServed(served, [endpoint])).toBe(true);
    expect(isServed(dead, [endpoint])).toBe(false);
    expect(isServed(served, [{ ...endpoint, routeTableIds: ['rtb-other'] }])).toBe(false);
    expect(isServed(served, [{ ...endpoint, state: 'pending' }])).toBe(false);
  });
});

describe('what a NAT gateway is billed for', () => {
  test('a zonal one stands in one zone', () => {
    expect(natZones(natGateway())).toBe(1);
  });

  test('a regional one stands in every zone it has addresses in', () => {
    const zones = ['use1-az1', 'use1-az2', 'use1-az4'];
    const regional = natGateway({ availabilityMode: 'regional', subnetId: undefined, availabilityZoneIds: zones });
    expect(natZones(regional)).toBe(3);
  });

  test('its addresses are charged unless the customer brought them along', () => {
    const nat = natGateway({ allocationIds: ['eipalloc-1', 'eipalloc-2'] });
    const brought = address({ id: 'eipalloc-2', publicIpv4Pool: 'ipv4pool-ec2-0123456789abcdef0' });
    expect(chargedAddresses(nat, [address({ id: 'eipalloc-1' }), brought])).toEqual(['eipalloc-1']);
    expect(chargedAddresses(nat, [])).toEqual(['eipalloc-1', 'eipalloc-2']);
  });
});
