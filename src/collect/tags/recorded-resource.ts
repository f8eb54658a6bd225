import {
  ConfigServiceClient,
  DescribeConfigurationAggregatorsCommand,
  SelectAggregateResourceConfigCommand,
} from '@aws-sdk/client-config-service';
import { z } from 'zod';
import { requireMember, walkPages } from '../../aws/answer.ts';
import type { AccountSession } from '../../aws/session.ts';
import type { Collector } from '../collector.ts';

/** Largest page of an advanced query. Config API reference, read 2026-11-23. */
const pageSize = 100;
/** Types that our own inventories do not list; the others are known first-hand. */
const recordedTypes = [
  'AWS::EC2::Instance',
  'AWS::EC2::Volume',
  'AWS::RDS::DBInstance',
  'AWS::DynamoDB::Table',
  'AWS::Lambda::Function',
];

const row = z.object({
  resourceId: z.string(),
  resourceType: z.string(),
  accountId: z.string(),
  awsRegion: z.string(),
  arn: z.string().optional(),
  resourceCreationTime: z.string().optional(),
  tags: z.array(z.object({ key: z.string(), value: z.string().optional() })).default([]),
});

export const configResource: Collector<'config.resource'> = {
  kind: 'config.resource',
  scope: 'organization',
  source: 'config-aggregator',
  iamActions: ['config:DescribeConfigurationAggregators', 'config:SelectAggregateResourceConfig'],
  async *collect({ session }) {
    const aggregator = await findAggregator(session);
    // Config is optional: without an aggregator there is nothing to read, and nothing is missing.
    if (aggregator === undefined) return;
    const client = session.client(ConfigServiceClient);
    const types = recordedTypes.map((type) => `'${type}'`).join(', ');
    const Expression = `SELECT resourceId, resourceType, accountId, awsRegion, arn, tags, resourceCreationTime WHERE resourceType IN (${types})`;
    const input = {
      ConfigurationAggregatorName: aggregator,
      Expression,
      Limit: pageSize,
      MaxResults: pageSize,
    };
    const pages = walkPages(
      (NextToken) => client.send(new SelectAggregateResourceConfigCommand({ ...input, NextToken })),
      ({ NextToken }) => NextToken,
    );
    for await (const answer of pages) {
      for (const text of requireMember(answer, 'Results')) {
        const { resourceId, resourceType, accountId, awsRegion, arn, tags, resourceCreationTime } = row.parse(
          JSON.parse(text),
        );
        yield {
          id: arn ?? resourceId,
          arn: arn ?? resourceId,
          type: resourceType,
          accountId,
          region: awsRegion,
          tags: Object.fromEntries(tags.map(({ key, value = '' }) => [key, value])),
          createdAt: resourceCreationTime,
        };
      }
    }
  },
};

/** The aggregator of the organization before one of single accounts. */
async function findAggregator(session: AccountSession): Promise<string | undefined> {
  const client = session.client(ConfigServiceClient);
  const names: { name: string; isOrganization: boolean }[] = [];
  let token: string | undefined;
  do {
    const answer = await client.send(new DescribeConfigurationAggregatorsCommand({ NextToken: token }));
    for (const aggregator of requireMember(answer, 'ConfigurationAggregators')) {
      const name = aggregator.ConfigurationAggregatorName ?? '';
      names.push({ name, isOrganization: aggregator.OrganizationAggregationSource !== undefined });
    }
    token = answer.NextToken === token ? undefined : answer.NextToken;
  } while (token !== undefined);
  return names.find(({ isOrganization }) => isOrganization)?.name;
}
