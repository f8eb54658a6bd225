import { CostExplorerClient, GetCostAndUsageWithResourcesCommand } from '@aws-sdk/client-cost-explorer';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import { createRequestBudget } from '../../src/investigate/request-budget.ts';
import { findResourceCosts } from '../../src/investigate/resource-costs.ts';
import { awsError, denial, fakeSession } from '../support/collected.ts';

const now = '2026-11-24T06:00:00.000Z';
const incident = {
  accountId: '222222222222',
  service: 'EC2 - Other',
  usageTypes: ['NatGateway-Bytes'],
  onset: '2026-11-21',
};

const row = (id: string, usd: number) => ({
  Keys: [id],
  Metrics: { UnblendedCost: { Amount: String(usd), Unit: 'USD' } },
});
const period = (Start: string, End: string, ...Groups: object[]) => ({
  TimePeriod: { Start, End },
  Total: {},
  Groups,
  Estimated: true,
});

function ask(of: Partial<typeof incident> = {}, requests = 10) {
  const budget = createRequestBudget(requests);
  return findResourceCosts(fakeSession(), { ...incident, ...of }, { budget, now }).then((found) => ({
    found,
    left: budget.left,
  }));
}

test('resources are told by what they cost more a day than before, and pages are read to the end', async () => {
  const mock = mockClient(CostExplorerClient);
  const command = mock.on(GetCostAndUsageWithResourcesCommand);
  command
    .resolvesOnce({
      ResultsByTime: [period('2026-11-21', '2026-11-24', row('nat-steady', 30))],
      NextPageToken: 'page-2',
    } as never)
    .resolvesOnce({
      ResultsByTime: [
        period('2026-11-21', '2026-11-24', row('nat-new', 90), row('nat-loud', 60), row('NoResourceId', 500)),
      ],
    } as never)
    .resolvesOnce({
      ResultsByTime: [period('2026-11-14', '2026-11-21', row('nat-steady', 70), row('nat-loud', 7))],
    } as never);
  const { found, left } = await ask();
  expect(found).toEqual({
    status: 'asked',
    isCut: false,
    resources: [
      { resourceId: 'nat-new', usdPerDay: 30, usdPerDayBefore: 0, deltaUsdPerDay: 30 },
      { resourceId: 'nat-loud', usdPerDay: 20, usdPerDayBefore: 1, deltaUsdPerDay: 19 },
      { resourceId: 'nat-steady', usdPerDay: 10, usdPerDayBefore: 10, deltaUsdPerDay: 0 },
    ],
  });
  expect(left).toBe(7);
  const inputs = mock.commandCalls(GetCostAndUsageWithResourcesCommand).map(({ args }) => args[0].input);
  expect(inputs.map(({ NextPageToken, TimePeriod }) => [TimePeriod?.Start, TimePeriod?.End, NextPageToken])).toEqual([
    ['2026-11-21', '2026-11-24', undefined],
    ['2026-11-21', '2026-11-24', 'page-2'],
    ['2026-11-14', '2026-11-21', undefined],
  ]);
  expect(inputs[0]).toMatchObject({
    GroupBy: [{ Type: 'DIMENSION', Key: 'RESOURCE_ID' }],
    Filter: {
      And: [
        { Dimensions: { Key: 'SERVICE', Values: ['EC2 - Other'] } },
        { Dimensions: { Key: 'LINKED_ACCOUNT', Values: ['222222222222'] } },
        { Dimensions: { Key: 'USAGE_TYPE', Values: ['NatGateway-Bytes'] } },
      ],
    },
  });
});

test('a window that touches two months has a resource twice and counts it once', async () => {
  const mock = mockClient(CostExplorerClient);
  mock.on(GetCostAndUsageWithResourcesCommand).resolves({
    ResultsByTime: [
      period('2026-11-30', '2026-12-01', row('nat-a', 3)),
      period('2026-12-01', '2026-12-03', row('nat-a', 6)),
    ],
  } as never);
  const budget = createRequestBudget(10);
  const found = await findResourceCosts(
    fakeSession(),
    { ...incident, onset: '2026-11-30' },
    { budget, now: '2026-12-03T06:00:00.000Z' },
  );
  expect(found).toMatchObject({ resources: [{ resourceId: 'nat-a', usdPerDay: 3 }] });
});

test('what began more than two weeks ago has nothing to be compared with, and says so', async () => {
  const mock = mockClient(CostExplorerClient);
  mock.on(GetCostAndUsageWithResourcesCommand).resolves({
    ResultsByTime: [period('2026-11-10', '2026-11-24', row('nat-a', 14))],
  } as never);
  const { found } = await ask({ onset: '2026-10-01' });
  expect(found).toMatchObject({
    resources: [{ resourceId: 'nat-a', usdPerDay: 1, usdPerDayBefore: null, deltaUsdPerDay: null }],
  });
  expect(mock.commandCalls(GetCostAndUsageWithResourcesCommand)).toHaveLength(1);
});

describe('paid requests', () => {
  test('end with the budget: what is not known before is not called new', async () => {
    const mock = mockClient(CostExplorerClient);
    mock.on(GetCostAndUsageWithResourcesCommand).resolves({
      ResultsByTime: [period('2026-11-21', '2026-11-24', row('nat-a', 30))],
    } as never);
    const { found, left } = await ask({}, 1);
    expect(left).toBe(0);
    expect(found).toMatchObject({ status: 'asked', isCut: true, resources: [{ usdPerDay: 10, deltaUsdPerDay: null }] });
  });

  test.each([
    ['budget', {}, 0],
    ['too-new', { onset: '2026-11-24' }, 10],
  ])('%s: none is made', async (reason, of, requests) => {
    const mock = mockClient(CostExplorerClient);
    expect((await ask(of, requests)).found).toMatchObject({ status: 'not-asked', reason });
    expect(mock.calls()).toHaveLength(0);
  });
});

describe('a refusal is no gap: the incident is told without it', () => {
  test.each([
    [
      'not-enabled',
      awsError('DataUnavailableException', 'Data is not available. Please try to adjust the time period.'),
      undefined,
      /resource-level data in the Cost Management preferences/,
    ],
    [
      'denied',
      denial('ce:GetCostAndUsageWithResources', 'AccessDeniedException', 400),
      'ce:GetCostAndUsageWithResources',
      /ce:GetCostAndUsageWithResources is denied/,
    ],
    [
      'unexpected',
      awsError('ValidationException', 'Start date is too old'),
      undefined,
      /not known: ValidationException/,
    ],
  ])('%s', async (reason, error, iamAction, note) => {
    mockClient(CostExplorerClient).on(GetCostAndUsageWithResourcesCommand).rejects(error);
    const { found } = await ask();
    expect(found).toEqual({ status: 'not-asked', reason, iamAction, note: expect.stringMatching(note) });
  });

  test('a page token that comes twice ends the list as incomplete', async () => {
    mockClient(CostExplorerClient)
      .on(GetCostAndUsageWithResourcesCommand)
      .resolves({ ResultsByTime: [], NextPageToken: 'same' });
    expect((await ask()).found).toMatchObject({ status: 'not-asked', reason: 'unexpected' });
  });
});
