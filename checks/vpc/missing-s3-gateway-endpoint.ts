import { consoleLink, defineCheck, z } from 'costwarden/check';
import {
  createEndpointCommand,
  gbText,
  natGbPerMonth,
  natUsage,
  roundGb,
  tableIds,
} from './gateway-endpoint-saving.ts';
import { gatewayEndpoints, interfaceEndpoint, networkKinds, ownVpcs } from './network-model.ts';

export default defineCheck({
  id: 'vpc-missing-s3-gateway-endpoint',
  title: 'Private subnets reach S3 through a NAT gateway',
  severity: 'medium',

  needs: networkKinds,
  // Only prices the finding: the endpoint is free and worth adding without any figure.
  wants: ['ec2.nat-gateway-traffic'],

  options: z.strictObject({
    includeCentralEgress: z
      .boolean()
      .default(true)
      .describe('Also VPCs whose traffic leaves through a transit gateway or appliance.'),
    s3SharePrior: z.number().min(0).max(1).default(0.25).describe('Expected part of NAT traffic that goes to S3.'),
    s3ShareLow: z.number().min(0).max(1).default(0.1).describe('Lower end of that part.'),
    s3ShareHigh: z.number().min(0).max(1).default(0.6).describe('Upper end of that part.'),
    minNatGb: z
      .number()
      .nonnegative()
      .default(0)
      .describe('Ignore VPCs whose NAT gateways process less than this a month.'),
    highFromGb: z.number().positive().default(1000).describe('NAT traffic a month from which the severity is high.'),
  }),

  docs: {
    why: 'S3 gateway endpoints are free. Without one, S3 traffic of private subnets pays NAT data processing for every GB in both directions.',
    fix: 'Create an S3 gateway endpoint and associate every private route table. Open connections may break once, and bucket policies that name the NAT address (aws:SourceIp) stop matching.',
    sources: [
      'VPC user guide, Gateway endpoints for Amazon S3',
      'VPC pricing, NAT gateway',
      'NAT gateway CloudWatch metrics',
    ],
  },

  *evaluate({ inventory, options, account, region, now }) {
    for (const view of ownVpcs(inventory, account.id)) {
      const { vpc } = view;
      // An endpoint that misses some tables is the matter of vpc-gateway-endpoint-route-gap.
      if (gatewayEndpoints(view, 's3', now).length > 0) continue;
      const leaking = view.subnets.filter(
        ({ kind, workloads }) =>
          workloads > 0 && (kind === 'nat' || (kind === 'central' && options.includeCentralEgress)),
      );
      if (leaking.length === 0) continue;

      const gb = natGbPerMonth(view, leaking, inventory);
      if (gb !== undefined && gb < options.minNatGb) continue;
      const tables = tableIds(leaking);
      // With private DNS it already keeps S3 off the NAT gateway, for a price per GB that no NAT metric tells.
      const paid = interfaceEndpoint(view, 's3', region);
      yield {
        resource: vpc,
        severity:
          paid !== undefined || gb === undefined || gb < 1 ? 'low' : gb >= options.highFromGb ? 'high' : 'medium',
        summary: `${vpc.id} has no S3 gateway endpoint; ${reachText(leaking.length, paid?.id, gb)}`,
        evidence: {
          vpcId: vpc.id,
          subnetIds: leaking.map(({ subnet }) => subnet.id),
          routeTableIds: tables,
          natGatewayIds: [...new Set(leaking.flatMap(({ natId }) => natId ?? []))],
          natGbPerMonth: roundGb(gb),
          s3Share: gb === undefined ? null : [options.s3ShareLow, options.s3SharePrior, options.s3ShareHigh],
          interfaceEndpointId: paid?.id ?? null,
        },
        savableUsage:
          paid === undefined
            ? natUsage(gb, { expected: options.s3SharePrior, low: options.s3ShareLow, high: options.s3ShareHigh })
            : undefined,
        fix: {
          cli: createEndpointCommand(vpc.id, region, 's3', tables),
          terraform: `resource "aws_vpc_endpoint" "s3" {\n  vpc_id            = "${vpc.id}"\n  service_name      = "com.amazonaws.${region}.s3"\n  vpc_endpoint_type = "Gateway"\n  route_table_ids   = ${JSON.stringify(tables)}\n}`,
          consoleUrl: consoleLink('vpc-endpoint-create', { region, id: vpc.id }),
        },
      };
    }
  },
});

function reachText(subnets: number, paidEndpointId: string | undefined, gb: number | undefined): string {
  if (paidEndpointId !== undefined) return `S3 traffic goes through ${paidEndpointId}, which costs by the GB`;
  if (gb !== undefined) return `its NAT gateways process ${gbText(gb)} a month`;
  return `${subnets} private subnet(s) reach S3 through NAT or central egress`;
}
