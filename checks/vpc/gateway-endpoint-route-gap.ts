import { consoleLink, defineCheck, z } from 'costwarden/check';
import { gbText, natGbPerMonth, natUsage, roundGb, tableIds, workloadShare } from './gateway-endpoint-saving.ts';
import { gatewayEndpoints, isServed, networkKinds, ownVpcs } from './network-model.ts';

/** Expected part of the traffic and its range, as in the two checks for a missing endpoint. */
const shares = {
  s3: { expected: 0.25, low: 0.1, high: 0.6 },
  dynamodb: { expected: 0.05, low: 0, high: 0.2 },
} as const;

export default defineCheck({
  id: 'vpc-gateway-endpoint-route-gap',
  title: 'Gateway endpoint is not associated with every private route table',
  severity: 'medium',

  needs: networkKinds,
  wants: ['ec2.nat-gateway-traffic'],

  options: z.strictObject({
    ignoreEmptyTables: z.boolean().default(true).describe('Leave out tables whose subnets have no workload.'),
  }),

  docs: {
    why: 'A gateway endpoint serves only the route tables associated with it. Subnets on other tables keep paying NAT data processing; a table added later is the usual cause.',
    fix: 'Associate the listed route tables with the endpoint.',
    sources: ['VPC user guide, Gateway endpoints, Associate route tables'],
  },

  *evaluate({ inventory, options, account, region, now }) {
    for (const view of ownVpcs(inventory, account.id)) {
      for (const service of ['s3', 'dynamodb'] as const) {
        const endpoints = gatewayEndpoints(view, service, now).filter(({ state }) => state === 'available');
        const [endpoint] = endpoints;
        if (endpoint === undefined) continue;
        // Several endpoints of one service over different tables are legal: together they serve the union.
        const uncovered = view.subnets.filter(
          (subnet) =>
            (subnet.kind === 'nat' || subnet.kind === 'central') &&
            (subnet.workloads > 0 || !options.ignoreEmptyTables) &&
            !isServed(subnet, endpoints),
        );
        if (uncovered.length === 0) continue;

        const tables = tableIds(uncovered);
        const gb = natGbPerMonth(view, uncovered, inventory);
        const share = workloadShare(view, uncovered);
        yield {
          resource: endpoint,
          summary: `${endpoint.id} (${service}) does not serve ${tables.length} private route table(s) of ${view.vpc.id}${gb === undefined ? '' : `; the NAT gateways process ${gbText(gb)} a month`}`,
          evidence: {
            vpcId: view.vpc.id,
            service,
            routeTableIds: tables,
            subnetIds: uncovered.map(({ subnet }) => subnet.id),
            natGbPerMonth: roundGb(gb),
            workloadShare: Math.round(share * 100) / 100,
          },
          savableUsage: natUsage(gb === undefined ? undefined : gb * share, shares[service]),
          fix: {
            cli: `aws ec2 modify-vpc-endpoint --region ${region} --vpc-endpoint-id ${endpoint.id} --add-route-table-ids ${tables.join(' ')}`,
            terraform: 'aws_vpc_endpoint_route_table_association, one per table',
            consoleUrl: consoleLink('vpc-endpoint', { region, id: endpoint.id }),
          },
        };
      }
    }
  },
});
