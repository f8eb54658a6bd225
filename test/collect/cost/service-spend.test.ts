import { CostExplorerClient, GetCostAndUsageCommand } from '@aws-sdk/client-cost-explorer';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { collectKind, denial, testList } from '../../support/collected.ts';

const group = (accountId: string, region: string, Amount: string) => ({
  Keys: [accountId, region],
  Metrics: { UnblendedCost: { Amount, Unit: 'USD' } },
});
const base = {
  type: 'AWS::CE::Service',
  service: 'Amazon DynamoDB',
  arn: 'arn:aws:ce::333333333333:service/Amazon%20DynamoDB',
};

testList('cost.service-spend', {
  client: CostExplorerClient,
  command: GetCostAndUsageCommand,
  token: 'NextPageToken',
  input: {
    TimePeriod: { Start: '2026-10-25', End: '2026-11-24' },
    Granularity: 'MONTHLY',
    Metrics: ['UnblendedCost'],
    Filter: { Dimensions: { Key: 'SERVICE', Values: ['Amazon DynamoDB'] } },
    GroupBy: [
      { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' },
      { Type: 'DIMENSION', Key: 'REGION' },
    ],
  },
  pages: [
    {
      ResultsByTime: [
        {
          TimePeriod: { Start: '2026-10-25', End: '2026-11-01' },
          Total: {},
          Groups: [group('333333333333', 'eu-west-1', '10.5'), group('333333333333', 'us-east-1', '1')],
          Estimated: false,
        },
      ],
      NextPageToken: 'page-2',
    },
    {
      ResultsByTime: [
        {
          TimePeriod: { Start: '2026-11-01', End: '2026-11-24' },
          Total: {},
          Groups: [group('333333333333', 'eu-west-1', '20')],
          Estimated: true,
        },
      ],
    },
  ],
  // The window touches two months: a group comes twice and is one record.
  records: [
    {
      ...base,
      id: 'Amazon DynamoDB/333333333333/eu-west-1',
      accountId: '333333333333',
      region: 'eu-west-1',
      usd30d: 30.5,
    },
    {
      ...base,
      id: 'Amazon DynamoDB/333333333333/us-east-1',
      accountId: '333333333333',
      region: 'us-east-1',
      usd30d: 1,
    },
  ],
  refusal: denial('ce:GetCostAndUsage', 'AccessDeniedException', 400),
  iamAction: 'ce:GetCostAndUsage',
});

test('a page token that comes twice ends the list as incomplete', async () => {
  mockClient(CostExplorerClient).on(GetCostAndUsageCommand).resolves({ ResultsByTime: [], NextPageToken: 'same' });
  const { gaps, records } = await collectKind('cost.service-spend');
  expect(records.has('cost.service-spend')).toBe(false);
  expect(gaps).toEqual([expect.objectContaining({ reason: 'unexpected' })]);
});

test('Cost Explorer without data yet is not enabled', async () => {
  const error = Object.assign(new Error('Data is not available. Please try to adjust the time period.'), {
    name: 'DataUnavailableException',
  });
  mockClient(CostExplorerClient).on(GetCostAndUsageCommand).rejects(error);
  expect((await collectKind('cost.service-spend')).gaps).toEqual([expect.objectContaining({ reason: 'not-enabled' })]);
});
