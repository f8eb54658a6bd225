import { consoleLink, defineCheck, hoursPerMonth, z } from 'costwarden/check';

export default defineCheck({
  id: 'public-ipv4-idle-or-excess',
  title: 'Public IPv4 address that nothing uses',
  severity: 'low',

  needs: ['ec2.address', 'ec2.network-interface'],

  options: z.strictObject({}),

  docs: {
    why: 'Every public IPv4 address costs by the hour. Since February 2024 one in use costs the same as an idle one, so only releasing it saves money.',
    fix: 'Release the address. Once released it cannot be had again: make sure that no allow-list or DNS record names it.',
    sources: ['VPC pricing, public IPv4 addresses', 'EC2 user guide, Elastic IP addresses'],
  },

  *evaluate({ inventory, region }) {
    for (const address of inventory.list('ec2.address')) {
      // Addresses brought along by the customer are not charged, and another service releases its own.
      if (address.publicIpv4Pool !== 'amazon' || address.serviceManaged !== undefined) continue;
      const holder =
        address.networkInterfaceId === undefined
          ? undefined
          : inventory.find('ec2.network-interface', address.networkInterfaceId);
      const isDetached = holder !== undefined && !holder.isAttached;
      if (address.associationId !== undefined && !isDetached) continue;

      yield {
        resource: address,
        summary: isDetached
          ? `${address.publicIp} belongs to ${address.networkInterfaceId}, which is attached to nothing`
          : `${address.publicIp} is associated with nothing`,
        evidence: {
          publicIp: address.publicIp,
          allocationId: address.allocationId,
          networkInterfaceId: address.networkInterfaceId ?? null,
        },
        savableUsage: [{ sku: 'public-ipv4.hour', quantity: hoursPerMonth, unit: 'hour' }],
        fix: {
          cli: `aws ec2 release-address --region ${region} --allocation-id ${address.allocationId}`,
          consoleUrl: consoleLink('elastic-ip', { region, id: address.allocationId }),
        },
      };
    }
  },
});
