import { billedGb, consoleLink, defineCheck, hoursPerMonth, perMonth, z } from 'costwarden/check';
import { natAddresses, natZones } from './network-model.ts';

export default defineCheck({
  id: 'nat-gateway-idle',
  title: 'NAT gateway carries no traffic',
  severity: 'medium',

  needs: ['ec2.nat-gateway', 'ec2.nat-gateway-traffic', 'ec2.route-table', 'ec2.subnet', 'ec2.address'],

  options: z.strictObject({
    maxGb: z.number().nonnegative().default(0.1).describe('GB a month up to which a gateway counts as idle.'),
    minAgeDays: z.number().nonnegative().default(7).describe('Younger gateways are left alone.'),
    standbyTags: z.array(z.string()).default(['standby', 'disaster-recovery', 'dr']).describe('Tag keys that mark a gateway as kept on purpose.'),
  }),

  docs: {
    why: 'A NAT gateway costs by the hour in every zone it is configured in, used or not, and so does its public address.',
    fix: 'Remove its routes, delete the gateway, then release its Elastic IP: the address keeps costing money otherwise.',
    sources: ['VPC pricing, NAT gateway and public IPv4', 'NAT gateway CloudWatch metrics'],
  },

  *evaluate({ inventory, options, region, now }) {
    const routed = new Set(
      inventory
        .list('ec2.route-table')
        .flatMap(({ routes }) => routes.flatMap((route) => (route.isActive && route.target === 'nat-gateway' ? route.targetId : []))),
    );
    const subnets = inventory.list('ec2.subnet');
    for (const nat of inventory.list('ec2.nat-gateway')) {
      if (nat.state !== 'available') continue;
      const ageDays = (Date.parse(now) - Date.parse(nat.createdAt)) / 86_400_000;
      if (ageDays < options.minAgeDays) continue;
      if (options.standbyTags.some((key) => key in nat.tags)) continue;

      const traffic = inventory.find('ec2.nat-gateway-traffic', nat.id);
      // No datapoints are not zero bytes; only a gateway that no route can reach is idle without them.
      const gb = traffic?.processedBytes === undefined ? undefined : billedGb(perMonth(traffic.processedBytes, traffic.windowDays));
      const isUnrouted = !routed.has(nat.id);
      if (gb === undefined ? !isUnrouted : gb > options.maxGb) continue;

      const zones = natZones(nat, subnets);
      const addresses = natAddresses(nat, inventory.list('ec2.address'));
      yield {
        resource: nat,
        summary: isUnrouted
          ? `${nat.id} is reached by no route${gb === undefined ? '' : ' and carries nothing'}`
          : `${nat.id} is routed but carried ${(gb ?? 0).toFixed(3)} GB in a month`,
        evidence: {
          natGatewayId: nat.id,
          vpcId: nat.vpcId,
          isRouted: !isUnrouted,
          gbPerMonth: gb === undefined ? null : Math.round(gb * 1000) / 1000,
          windowDays: traffic?.windowDays ?? null,
          zones,
          allocationIds: addresses.map(({ allocationId }) => allocationId),
        },
        savableUsage: [
          { sku: 'nat-gateway.hour', quantity: zones * hoursPerMonth, unit: 'hour' },
          ...(addresses.length > 0 ? [{ sku: 'public-ipv4.hour', quantity: addresses.length * hoursPerMonth, unit: 'hour' }] : []),
        ],
        fix: {
          cli: `aws ec2 delete-nat-gateway --region ${region} --nat-gateway-id ${nat.id}`,
          consoleUrl: consoleLink('nat-gateway', { region, id: nat.id }),
        },
      };
    }
  },
});
