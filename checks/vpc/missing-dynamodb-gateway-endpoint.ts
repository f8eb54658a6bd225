import { consoleLink, defineCheck, z } from 'costwarden/check';
import {
  createEndpointCommand,
  gbText,
  natGbPerMonth,
  natUsage,
  roundGb,
  tableIds,
} from './gateway-endpoint-saving.ts';
import { gatewayEndpoints, networkKinds, ownVpcs } from './network-model.ts';

export default defineCheck({
  id: 'vpc-missing-dynamodb-gateway-endpoint',
  title: 'Private subnets reach DynamoDB through a NAT gateway',
  severity: 'medium',

  needs: networkKinds,
  wants: ['ec2.nat-gateway-traffic', 'cost.service-spend'],

  options: z.strictObject({
    requireDdbSpend: z
      .boolean()
      .default(true)
      .describe('Only `info` where the account spends nothing on DynamoDB in the region.'),
    dynamodbSharePrior: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe('Expected part of NAT traffic that goes to DynamoDB.'),
    dynamodbShareHigh: z.number().min(0).max(1).default(0.2).describe('Upper end of that part; the lower end is 0.'),
  }),

  docs: {
    why: 'DynamoDB gateway endpoints are free. Without one, table traffic of private subnets pays NAT data processing for every GB.',
    fix: 'Create a DynamoDB gateway endpoint and associate every private route table. DynamoDB Streams and DAX are not served by it.',
    sources: ['VPC user guide, Gateway endpoints for Amazon DynamoDB', 'VPC pricing, NAT gateway'],
  },

  *evaluate({ inventory, options, account, region, now }) {
    const spend =
      inventory.list('cost.service-spend').find(({ service }) => service === 'Amazon DynamoDB')?.usd30d ?? 0;
    const isSpendKnown = inventory.isComplete('cost.service-spend');
    const isUsed = spend > 0 || !isSpendKnown;
    for (const view of ownVpcs(inventory, account.id)) {
      const { vpc } = view;
      if (gatewayEndpoints(view, 'dynamodb', now).length > 0) continue;
      const leaking = view.subnets.filter(
        ({ kind, workloads }) => workloads > 0 && (kind === 'nat' || kind === 'central'),
      );
      if (leaking.length === 0) continue;

      const gb = natGbPerMonth(view, leaking, inventory);
      const tables = tableIds(leaking);
      const isWorthwhile = isUsed || !options.requireDdbSpend;
      yield {
        resource: vpc,
        severity: !isWorthwhile ? 'info' : isSpendKnown ? 'medium' : 'low',
        summary: `${vpc.id} has no DynamoDB gateway endpoint${gb === undefined ? '' : `; its NAT gateways process ${gbText(gb)} a month`}`,
        evidence: {
          vpcId: vpc.id,
          routeTableIds: tables,
          natGbPerMonth: roundGb(gb),
          dynamodbUsd30d: isSpendKnown ? Math.round(spend * 100) / 100 : null,
        },
        // Without DynamoDB spend there is no such traffic, and nothing to save today.
        savableUsage: isWorthwhile
          ? natUsage(gb, { expected: options.dynamodbSharePrior, low: 0, high: options.dynamodbShareHigh })
          : [],
        fix: {
          cli: createEndpointCommand(vpc.id, region, 'dynamodb', tables),
          consoleUrl: consoleLink('vpc-endpoint-create', { region, id: vpc.id }),
        },
      };
    }
  },
});
