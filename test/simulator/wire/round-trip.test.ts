import * as cloudTrail from '@aws-sdk/client-cloudtrail';
import * as cloudWatch from '@aws-sdk/client-cloudwatch';
import * as config from '@aws-sdk/client-config-service';
import * as costExplorer from '@aws-sdk/client-cost-explorer';
import * as ec2 from '@aws-sdk/client-ec2';
import * as iam from '@aws-sdk/client-iam';
import * as organizations from '@aws-sdk/client-organizations';
import * as pricing from '@aws-sdk/client-pricing';
import * as tagging from '@aws-sdk/client-resource-groups-tagging-api';
import * as s3 from '@aws-sdk/client-s3';
import { NormalizedSchema } from '@smithy/core/schema';
import { expect, test } from 'vitest';
import type { World } from '../../../src/simulator/world.ts';
import { baseClient, simulate } from './tiny-world.ts';

type Client = { send(command: unknown): Promise<{ $metadata?: unknown }>; destroy(): void };
// biome-ignore lint/suspicious/noExplicitAny: clients are looked up by name here, so their types are not known
type ClientModule = any;

const cases: ReadonlyArray<
  readonly [service: keyof World['operations'], module: ClientModule, client: string, operations: string]
> = [
  [
    'ec2',
    ec2,
    'EC2Client',
    'DescribeRegions DescribeVpcs DescribeSubnets DescribeRouteTables DescribeNatGateways DescribeInternetGateways DescribeVpcEndpoints DescribeNetworkInterfaces DescribeAddresses',
  ],
  [
    's3',
    s3,
    'S3Client',
    'ListBuckets GetBucketLifecycleConfiguration GetBucketVersioning GetBucketTagging GetBucketLocation ListMultipartUploads',
  ],
  ['iam', iam, 'IAMClient', 'GetAccountAuthorizationDetails ListAccountAliases GetAccountSummary'],
  ['cloudtrail', cloudTrail, 'CloudTrailClient', 'LookupEvents'],
  ['cloudwatch', cloudWatch, 'CloudWatchClient', 'GetMetricData GetMetricStatistics ListMetrics'],
  [
    'organizations',
    organizations,
    'OrganizationsClient',
    'DescribeOrganization ListRoots ListOrganizationalUnitsForParent ListAccountsForParent ListAccounts ListTagsForResource ListParents',
  ],
  [
    'cost-explorer',
    costExplorer,
    'CostExplorerClient',
    'GetCostAndUsage GetCostAndUsageWithResources GetTags GetDimensionValues',
  ],
  ['config-service', config, 'ConfigServiceClient', 'DescribeConfigurationAggregators SelectAggregateResourceConfig'],
  ['resource-groups-tagging-api', tagging, 'ResourceGroupsTaggingAPIClient', 'GetResources GetTagKeys'],
  ['pricing', pricing, 'PricingClient', 'GetProducts'],
];
const rows = cases.flatMap(([service, module, client, operations]) =>
  operations.split(' ').map((operation) => ({ service, module, client, operation })),
);

test.each(rows)(
  '$service $operation: every member of input and output but headers survives the wire',
  async ({ service, module, client: clientName, operation }) => {
    const [, , , , inputSchema, outputSchema] = module[`${operation}$`];
    const input = sample(NormalizedSchema.of(inputSchema), operation);
    // A dry run is answered before the handler is asked.
    if (input !== undefined) delete (input as Record<string, unknown>)['DryRun'];
    const output = sample(NormalizedSchema.of(outputSchema), operation) as object;
    let received: unknown;
    const handle = (given: unknown) => {
      received = given;
      return output;
    };
    const simulator = await simulate({ [service]: { [operation]: { handle } } });
    const client: Client = new module[clientName](baseClient(simulator));
    const { $metadata: _metadata, ...answer } = await client.send(new module[`${operation}Command`](input));
    expect(received).toEqual(input);
    expect(withPlainText(answer)).toEqual(output);
  },
);

/** Price lists come as `String` objects that can parse themselves. */
function withPlainText(value: unknown): unknown {
  if (value instanceof String) return value.toString();
  if (Array.isArray(value)) return value.map(withPlainText);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withPlainText(inner)]));
}

/** A value with every member of the schema set, lists with two items; structures inside of themselves are left out. */
function sample(schema: NormalizedSchema, name: string, above: readonly unknown[] = []): unknown {
  if (schema.isStructSchema()) {
    if (above.includes(schema.getSchema())) return undefined;
    const value: Record<string, unknown> = {};
    const members = [...schema.structIterator()].slice(0, schema.isUnionSchema() ? 1 : undefined);
    for (const [memberName, member] of members) {
      if (member.getMergedTraits().httpHeader !== undefined) continue;
      const inner = sample(member, memberName, [...above, schema.getSchema()]);
      if (inner !== undefined) value[memberName] = inner;
    }
    return value;
  }
  if (schema.isListSchema()) {
    const item = sample(schema.getValueSchema(), name, above);
    return item === undefined ? undefined : [item, item];
  }
  if (schema.isMapSchema()) return { one: sample(schema.getValueSchema(), name, above) };
  if (schema.isTimestampSchema()) return new Date('2026-02-03T04:05:06Z');
  if (schema.isBooleanSchema()) return true;
  if (schema.isNumericSchema()) return 7;
  if (schema.isUnitSchema()) return {};
  return `${name.toLowerCase()}-<&>`.slice(0, name === 'Bucket' ? name.length : undefined);
}
