/** Services that know resources of others: tagging, Config, and the price list. */
import { type AccountState, tagList } from '../account-state.ts';
import type { TaggedResource } from '../bulk.ts';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type ServiceOperations } from '../handler.ts';
import { joined, type List, mapped } from '../lists.ts';
import { accountsWithVolume, recordedVolume } from '../recommendations.ts';

export function taggingOperations(world: SimulatedWorld): ServiceOperations {
  return {
    GetResources: {
      page: {
        items: 'ResourceTagMappingList',
        inToken: 'PaginationToken',
        outToken: 'PaginationToken',
        size: 'ResourcesPerPage',
        max: 100,
      },
      handle: (_, { accountId, region }) => ({
        ResourceTagMappingList: mapped(
          joined<TaggedResource>(taggedOf(world.state(accountId), region), ...bulkOf(world, accountId, region)),
          ({ arn, tags }) => ({ ResourceARN: arn, Tags: tagList(tags) }),
        ),
      }),
    },
  };
}

/** Only what is or once was tagged: VPCs with tags, buckets with tags, and the rest of the region's list. */
function taggedOf(state: AccountState, region: string): { arn: string; tags: Record<string, string> }[] {
  const found = state.regions.get(region);
  const vpcs = (found?.vpcs ?? []).flatMap(({ VpcId = '', OwnerId, Tags = [] }) => {
    const tags = Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
    return OwnerId !== state.id || Tags.length === 0
      ? []
      : [{ arn: `arn:aws:ec2:${region}:${state.id}:vpc/${VpcId}`, tags }];
  });
  const buckets = state.buckets.flatMap(({ name, region: home, tags }) =>
    home === region && Object.keys(tags).length > 0 ? [{ arn: `arn:aws:s3:::${name}`, tags }] : [],
  );
  return [...vpcs, ...buckets, ...(found?.tagged ?? [])];
}

/** Bulk functions, and the bulk buckets of the region. */
function bulkOf(world: SimulatedWorld, accountId: string, region: string): List<TaggedResource>[] {
  const bulk = world.bulk(accountId);
  return [
    bulk.tagged(region),
    mapped(bulk.bucketsOf(region), ({ name, tags }) => ({ arn: `arn:aws:s3:::${name}`, tags })),
  ];
}

export function configOperations(world: SimulatedWorld): ServiceOperations {
  const aggregator = 'organization';
  return {
    DescribeConfigurationAggregators: {
      page: { items: 'ConfigurationAggregators', inToken: 'NextToken', outToken: 'NextToken', size: 'Limit', max: 100 },
      handle: () => ({
        ConfigurationAggregators: [
          {
            ConfigurationAggregatorName: aggregator,
            OrganizationAggregationSource: {
              RoleArn: `arn:aws:iam::${world.managementAccountId}:role/config`,
              AllAwsRegions: true,
            },
          },
        ],
      }),
    },
    SelectAggregateResourceConfig: {
      page: { items: 'Results', inToken: 'NextToken', outToken: 'NextToken', size: 'Limit', max: 100 },
      handle: ({ ConfigurationAggregatorName, Expression }) => {
        if (ConfigurationAggregatorName !== aggregator)
          throw new AwsError('NoSuchConfigurationAggregatorException', 'The configuration aggregator does not exist.');
        const [, types] = /^SELECT [\w, ]+ WHERE resourceType IN \(([^)]*)\)$/.exec(Expression) ?? [];
        if (types === undefined)
          throw new AwsError('InvalidExpressionException', 'The simulator cannot evaluate this expression');
        // One recorded volume per hundred accounts, well tagged: enough for pages, nothing to report.
        const Results: string[] = [];
        for (const index of accountsWithVolume(world)) {
          if (!types.includes("'AWS::EC2::Volume'")) continue;
          const { id, arn, accountId, region, tags } = recordedVolume(world, index);
          Results.push(
            JSON.stringify({
              resourceId: id,
              resourceType: 'AWS::EC2::Volume',
              accountId,
              awsRegion: region,
              arn,
              resourceCreationTime: '2026-01-01T00:00:00.000Z',
              tags: Object.entries(tags).map(([key, value]) => ({ key, value, tag: `${key}=${value}` })),
            }),
          );
        }
        return { Results, QueryInfo: { SelectFields: [] } };
      },
    },
  };
}

export const pricingOperations: ServiceOperations = {
  GetProducts: {
    page: { items: 'PriceList', inToken: 'NextToken', outToken: 'NextToken', size: 'MaxResults', max: 100 },
    handle: ({ ServiceCode }) => {
      const row = (usagetype: string, unit: string, usd: string): string =>
        JSON.stringify({
          product: { productFamily: 'NAT Gateway', attributes: { regionCode: 'us-east-1', usagetype } },
          serviceCode: 'AmazonEC2',
          terms: { OnDemand: { term: { priceDimensions: { dimension: { unit, pricePerUnit: { USD: usd } } } } } },
        });
      return {
        FormatVersion: 'aws_v1',
        PriceList:
          ServiceCode === 'AmazonEC2'
            ? [row('NatGateway-Hours', 'Hrs', '0.0450000000'), row('NatGateway-Bytes', 'GB', '0.0450000000')]
            : [],
      };
    },
  },
};
