import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { ConfigServiceClient, DescribeConfigurationAggregatorsCommand } from '@aws-sdk/client-config-service';
import { CostExplorerClient, GetTagsCommand } from '@aws-sdk/client-cost-explorer';
import { DescribeVpcsCommand, EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import {
  GetAccountAuthorizationDetailsCommand,
  IAMClient,
  paginateGetAccountAuthorizationDetails,
} from '@aws-sdk/client-iam';
import { ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { paginateGetResources, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import type { Operation } from '../../../src/simulator/handler.ts';
import { baseClient, errorOf, simulate, vpcOperations, vpcs } from './tiny-world.ts';

const nextToken = { inToken: 'NextToken', outToken: 'NextToken' };

function listOf(
  items: string,
  content: readonly object[] | readonly string[],
  tokens: { inToken: string; outToken: string } = nextToken,
): Operation {
  return { page: { items, ...tokens, max: 1000 }, handle: () => ({ [items]: content }) };
}

test('a paginator collects every item once, whatever page it asks for', async () => {
  const simulator = await simulate({ ec2: vpcOperations });
  const pages: number[] = [];
  const ids: unknown[] = [];
  for await (const page of paginateDescribeVpcs({ client: new EC2Client(baseClient(simulator)), pageSize: 1000 }, {})) {
    pages.push(page.Vpcs?.length ?? 0);
    ids.push(...(page.Vpcs ?? []).map(({ VpcId }) => VpcId));
  }
  expect(pages).toEqual([5, 5, 2]);
  expect(ids).toEqual(vpcs.map(({ VpcId }) => VpcId));
});

test('the requested size and the limit of the API make pages smaller', async () => {
  const simulator = await simulate(
    {
      ec2: {
        DescribeVpcs: {
          ...vpcOperations['DescribeVpcs']!,
          page: { items: 'Vpcs', ...nextToken, size: 'MaxResults', max: 8 },
        },
      },
    },
    { pageSize: 100 },
  );
  const ec2 = new EC2Client(baseClient(simulator));
  expect((await ec2.send(new DescribeVpcsCommand({ MaxResults: 6 }))).Vpcs).toHaveLength(6);
  expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(8);
});

test('a token belongs to its input, its account and its region', async () => {
  const simulator = await simulate({ ec2: vpcOperations });
  const ec2 = new EC2Client(baseClient(simulator));
  const { NextToken } = await ec2.send(
    new DescribeVpcsCommand({ Filters: [{ Name: 'state', Values: ['available'] }] }),
  );
  const other = await errorOf(
    ec2.send(new DescribeVpcsCommand({ NextToken, Filters: [{ Name: 'state', Values: ['pending'] }] })),
  );
  const elsewhere = new EC2Client(baseClient(simulator, 'eu-west-1'));
  expect(other).toMatchObject({ name: 'InvalidNextToken', status: 400 });
  expect(
    (
      await errorOf(
        elsewhere.send(new DescribeVpcsCommand({ NextToken, Filters: [{ Name: 'state', Values: ['available'] }] })),
      )
    ).name,
  ).toBe('InvalidNextToken');
});

test('lists of one answer share pages one after the other', async () => {
  const operation: Operation = {
    page: {
      items: ['UserDetailList', 'RoleDetailList', 'Policies'],
      inToken: 'Marker',
      outToken: 'Marker',
      size: 'MaxItems',
      max: 1000,
      truncated: 'IsTruncated',
    },
    handle: () => ({
      UserDetailList: [{ UserName: 'u1' }, { UserName: 'u2' }],
      RoleDetailList: [{ RoleName: 'r1' }, { RoleName: 'r2' }, { RoleName: 'r3' }],
      Policies: [{ PolicyName: 'p1' }, { PolicyName: 'p2' }],
    }),
  };
  const iam = new IAMClient(
    baseClient(await simulate({ iam: { GetAccountAuthorizationDetails: operation } }, { pageSize: 3 })),
  );
  const pages: string[] = [];
  for await (const page of paginateGetAccountAuthorizationDetails({ client: iam }, {})) {
    const names = [
      page.UserDetailList?.map(({ UserName }) => UserName),
      page.RoleDetailList?.map(({ RoleName }) => RoleName),
      page.Policies?.map(({ PolicyName }) => PolicyName),
    ];
    pages.push(`${names.flat().join(' ')} ${page.IsTruncated}`);
  }
  expect(pages).toEqual(['u1 u2 r1 true', 'r2 r3 p1 true', 'p2 false']);
});

test('the tagging API ends with an empty token, which its paginator understands', async () => {
  const resources = Array.from({ length: 7 }, (_, index) => ({ ResourceARN: `arn:aws:s3:::b${index}`, Tags: [] }));
  const operation = listOf('ResourceTagMappingList', resources, {
    inToken: 'PaginationToken',
    outToken: 'PaginationToken',
  });
  const client = new ResourceGroupsTaggingAPIClient(
    baseClient(await simulate({ 'resource-groups-tagging-api': { GetResources: operation } })),
  );
  const tokens: unknown[] = [];
  for await (const page of paginateGetResources({ client }, {})) tokens.push(page.PaginationToken);
  expect(tokens).toEqual([expect.stringMatching(/.+/), '']);
});

test('a token of garbage is refused as each service refuses it', async () => {
  const tokens = { inToken: 'Marker', outToken: 'Marker' };
  const simulator = await simulate({
    iam: { GetAccountAuthorizationDetails: listOf('RoleDetailList', [], tokens) },
    s3: { ListBuckets: listOf('Buckets', [], { inToken: 'ContinuationToken', outToken: 'ContinuationToken' }) },
    organizations: { ListAccounts: listOf('Accounts', []) },
    'cost-explorer': { GetTags: listOf('Tags', [], { inToken: 'NextPageToken', outToken: 'NextPageToken' }) },
    'config-service': { DescribeConfigurationAggregators: listOf('ConfigurationAggregators', []) },
    cloudwatch: { ListMetrics: listOf('Metrics', []) },
    pricing: { GetProducts: listOf('PriceList', []) },
  });
  const at = baseClient(simulator);
  const TimePeriod = { Start: '2026-01-01', End: '2026-02-01' };
  const errors = await Promise.all([
    errorOf(new IAMClient(at).send(new GetAccountAuthorizationDetailsCommand({ Marker: 'x' }))),
    errorOf(new S3Client(at).send(new ListBucketsCommand({ ContinuationToken: 'x' }))),
    errorOf(new OrganizationsClient(at).send(new ListAccountsCommand({ NextToken: 'x' }))),
    errorOf(new CostExplorerClient(at).send(new GetTagsCommand({ TimePeriod, NextPageToken: 'x' }))),
    errorOf(new ConfigServiceClient(at).send(new DescribeConfigurationAggregatorsCommand({ NextToken: 'x' }))),
    errorOf(new CloudWatchClient(at).send(new ListMetricsCommand({ NextToken: 'x' }))),
    errorOf(new PricingClient(at).send(new GetProductsCommand({ ServiceCode: 'AmazonEC2', NextToken: 'x' }))),
  ]);
  expect(errors.map(({ status }) => status)).toEqual(errors.map(() => 400));
  expect(errors.map(({ name }) => name)).toEqual([
    'ValidationError',
    'InvalidArgument',
    'InvalidInputException',
    'InvalidNextTokenException',
    'InvalidNextTokenException',
    'InvalidNextToken',
    'InvalidNextTokenException',
  ]);
});
