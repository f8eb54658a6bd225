import { billedGb, consoleLink, defineCheck, hoursPerMonth, perMonth, type Tags, z } from 'costwarden/check';
import { chargedAddresses, natZones } from './network-model.ts';

export default defineCheck({
  id: 'nat-gateway-idle',
  title: 'NAT gateway carries no traffic',
  severity: 'medium',

  needs: ['ec2.vpc', 'ec2.nat-gateway', 'ec2.nat-gateway-traffic', 'ec2.route-table'],
  // Only tells addresses that the customer brought along, which are not charged.
  wants: ['ec2.address'],

  options: z.strictObject({
    maxGb: z.number().nonnegative().default(0.1).describe('GB a month up to which a gateway counts as idle.'),
    minAgeDays: z.number().nonnegative().default(7).describe('Younger gateways are left alone.'),
    standbyTags: z
      .array(z.string())
      .default(['standby', 'disaster-recovery', 'dr'])
      .describe('Tag keys or values, in any case, that mark a gateway as kept on purpose.'),
  }),

  docs: {
    why: 'A NAT gateway costs by the hour in every zone it is configured in, used or not, and so does its public address.',
    fix: 'Remove its routes, delete the gateway, then release its Elastic IP: the address keeps costing money otherwise.',
    sources: ['VPC pricing, NAT gateway and public IPv4', 'NAT gateway CloudWatch metrics'],
  },

  *evaluate({ inventory, options, account, region, now }) {
    const routed = new Set(
      inventory
        .list('ec2.route-table')
        .flatMap(({ routes }) =>
          routes.flatMap((route) => (route.isActive && route.target === 'nat-gateway' ? route.targetId : [])),
        ),
    );
    for (const nat of inventory.list('ec2.nat-gateway')) {
      // Deleted gateways stay visible for about an hour and cost nothing.
      if (nat.state !== 'available') continue;
      // Whoever shares its VPC sees the gateway; the owner of the VPC pays for it.
      const owner = inventory.find('ec2.vpc', nat.vpcId)?.ownerId ?? account.id;
      if (owner !== account.id) continue;
      const ageDays = (Date.parse(now) - Date.parse(nat.createdAt)) / 86_400_000;
      if (ageDays < options.minAgeDays || isStandby(nat.tags, options.standbyTags)) continue;

      const traffic = inventory.find('ec2.nat-gateway-traffic', nat.id);
      const bytes = traffic?.processedBytes;
      const gb =
        traffic === undefined || bytes === undefined ? undefined : billedGb(perMonth(bytes, traffic.windowDays));
      const isRouted = routed.has(nat.id);
      // No datapoints are not zero bytes; only a gateway that no route can reach is idle without them.
      if (gb === undefined ? isRouted : gb > options.maxGb) continue;

      const zones = natZones(nat);
      const addresses = chargedAddresses(nat, inventory.list('ec2.address'));
      const addressHours = { sku: 'public-ipv4.hour', quantity: addresses.length * hoursPerMonth, unit: 'hour' };
      const release = nat.allocationIds.map((id) => `aws ec2 release-address --region ${region} --allocation-id ${id}`);
      yield {
        resource: nat,
        summary: isRouted
          ? `${nat.id} is routed but carried ${(gb ?? 0).toFixed(3)} GB in a month`
          : `${nat.id} is reached by no route`,
        evidence: {
          natGatewayId: nat.id,
          vpcId: nat.vpcId,
          isRouted,
          gbPerMonth: gb === undefined ? null : Math.round(gb * 1000) / 1000,
          windowDays: traffic?.windowDays ?? null,
          zones,
          allocationIds: nat.allocationIds,
        },
        savableUsage: [
          { sku: 'nat-gateway.hour', quantity: zones * hoursPerMonth, unit: 'hour' },
          ...(addresses.length > 0 ? [addressHours] : []),
        ],
        fix: {
          cli: [`aws ec2 delete-nat-gateway --region ${region} --nat-gateway-id ${nat.id}`, ...release].join(' && '),
          consoleUrl: consoleLink('nat-gateway', { region, id: nat.id }),
        },
      };
    }
  },
});

function isStandby(tags: Tags, marks: readonly string[]): boolean {
  const words = Object.entries(tags).flatMap(([key, value]) => [key.toLowerCase(), value.toLowerCase()]);
  return marks.some((mark) => words.includes(mark.toLowerCase()));
}
