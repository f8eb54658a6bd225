import check from '../../../checks/vpc/nat-gateway-idle.ts';
import { address, natGateway, natId, natRoute, natTraffic, routeTable, vpc } from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';

const routed = {
  'ec2.vpc': [vpc()],
  'ec2.route-table': [routeTable({ id: 'rtb-main', isMain: true, routes: [natRoute] })],
};
const unrouted = { 'ec2.vpc': [vpc()], 'ec2.route-table': [routeTable({ id: 'rtb-main', isMain: true })] };
const silent = { 'ec2.nat-gateway': [natGateway()], 'ec2.nat-gateway-traffic': [natTraffic(0)] };

testCheck(check, {
  clean: [
    {
      name: 'carries traffic',
      resources: { ...routed, ...silent, 'ec2.nat-gateway-traffic': [natTraffic(12)] },
    },
    {
      name: 'silent but created yesterday',
      resources: { ...unrouted, ...silent, 'ec2.nat-gateway': [natGateway({ createdAt: '2026-11-23T06:00:00.000Z' })] },
    },
    {
      name: 'routed without datapoints: silence is not proven',
      resources: { ...routed, ...silent, 'ec2.nat-gateway-traffic': [natTraffic(undefined)] },
    },
    {
      name: 'deleted gateways stay visible for a while and cost nothing',
      resources: { ...unrouted, ...silent, 'ec2.nat-gateway': [natGateway({ state: 'deleted' })] },
    },
    {
      name: 'kept for disaster recovery, as the key says',
      resources: { ...unrouted, ...silent, 'ec2.nat-gateway': [natGateway({ tags: { DR: 'true' } })] },
    },
    {
      name: 'kept as standby, as the value says',
      resources: { ...unrouted, ...silent, 'ec2.nat-gateway': [natGateway({ tags: { role: 'Standby' } })] },
    },
    {
      name: 'seen in a VPC that another account shares',
      resources: { ...unrouted, ...silent, 'ec2.vpc': [vpc({ ownerId: '222222222222' })] },
    },
    {
      name: 'lost its route a day ago, after a busy month',
      resources: { ...unrouted, ...silent, 'ec2.nat-gateway-traffic': [natTraffic(800)] },
    },
  ],
  findings: [
    {
      name: 'no route leads to it',
      resources: { ...unrouted, ...silent, 'ec2.address': [address({ id: 'eipalloc-0nat' })] },
      expect: [
        {
          resourceId: natId,
          severity: 'medium',
          summary: /is reached by no route/,
          evidence: { isRouted: false, zones: 1, allocationIds: ['eipalloc-0nat'] },
          savableUsage: [
            { sku: 'nat-gateway.hour', quantity: 730, unit: 'hour' },
            { sku: 'public-ipv4.hour', quantity: 730, unit: 'hour' },
          ],
        },
      ],
    },
    {
      name: 'its only route is a blackhole',
      resources: {
        ...silent,
        'ec2.vpc': [vpc()],
        'ec2.route-table': [routeTable({ id: 'rtb-main', isMain: true, routes: [{ ...natRoute, isActive: false }] })],
      },
      expect: [{ resourceId: natId, evidence: { isRouted: false } }],
    },
    {
      name: 'unrouted and without datapoints',
      resources: { ...unrouted, ...silent, 'ec2.nat-gateway-traffic': [natTraffic(undefined)] },
      expect: [{ resourceId: natId, evidence: { isRouted: false, gbPerMonth: null } }],
    },
    {
      name: 'routed and silent',
      resources: { ...routed, ...silent },
      expect: [{ resourceId: natId, summary: /is routed but carried 0\.000 GB/, evidence: { isRouted: true } }],
    },
    {
      name: 'a regional gateway costs in each of its zones',
      resources: {
        ...unrouted,
        'ec2.nat-gateway': [
          natGateway({
            availabilityMode: 'regional',
            subnetId: undefined,
            availabilityZoneIds: ['use1-az1', 'use1-az2'],
            allocationIds: ['eipalloc-1', 'eipalloc-2'],
          }),
        ],
        'ec2.nat-gateway-traffic': [natTraffic(0)],
      },
      expect: [
        {
          resourceId: natId,
          savableUsage: [
            { sku: 'nat-gateway.hour', quantity: 1460 },
            { sku: 'public-ipv4.hour', quantity: 1460 },
          ],
        },
      ],
    },
    {
      name: 'a private gateway has no address; addresses could not be read',
      resources: {
        ...unrouted,
        'ec2.nat-gateway': [natGateway({ connectivity: 'private', allocationIds: [] })],
        'ec2.nat-gateway-traffic': [natTraffic(0)],
      },
      gaps: ['ec2.address'],
      expect: [{ resourceId: natId, savableUsage: [{ sku: 'nat-gateway.hour', quantity: 730 }] }],
    },
  ],
  unknown: [
    {
      name: 'traffic denied',
      resources: { ...unrouted, 'ec2.nat-gateway': [natGateway()] },
      gaps: ['ec2.nat-gateway-traffic'],
    },
  ],
});
