import {
  CostExplorerClient,
  GetCostAndUsageWithResourcesCommand,
  type GetCostAndUsageWithResourcesCommandInput,
} from '@aws-sdk/client-cost-explorer';
import { expect, onTestFinished, test } from 'vitest';
import { createRequestBudget } from '../../src/investigate/request-budget.ts';
import { findResourceCosts } from '../../src/investigate/resource-costs.ts';
import type { BillIncident } from '../../src/simulator/bill.ts';
import { generateWorld, type WorldOptions } from '../../src/simulator/generate.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { openSessions } from '../support/sessions.ts';
import { baseClient, errorOf } from './wire/tiny-world.ts';

const now = '2026-11-24T06:00:00.000Z';
const nat = { account: 1, service: 'EC2 - Other', usageType: 'NatGateway-Bytes', region: 'us-east-1' } as const;
/** One gateway that was always there, one that is new, and the same usage in another account. */
const incidents: readonly BillIncident[] = [
  { ...nat, usdPerDay: 5, daysAgo: 60, resourceId: 'nat-steady' },
  { ...nat, usdPerDay: 40, daysAgo: 4, resourceId: 'nat-new' },
  { ...nat, usdPerDay: 99, daysAgo: 4, resourceId: 'nat-other', account: 2 },
];

async function start(world: Partial<WorldOptions> = {}) {
  const generated = generateWorld({
    seed: 3,
    accounts: 3,
    now,
    externalId: 'x-1',
    density: 0,
    incidents,
    resourceCosts: true,
    ...world,
  });
  const simulator = await startSimulator({ world: generated.world, now: () => Date.parse(now), sessionNow: Date.now });
  onTestFinished(() => simulator.close());
  return { simulator, accountId: generated.world.organization.account(1).id };
}

async function ask(world: Partial<WorldOptions> = {}, requests = 10) {
  const { simulator, accountId } = await start(world);
  const sessions = openSessions(simulator.url, {
    credentials: async () => ({ accessKeyId: simulator.world.baseAccessKeyId, secretAccessKey: 'simulated' }),
  });
  const { accountId: payer } = await sessions.identity();
  const incident = { accountId, service: nat.service, usageTypes: [nat.usageType], onset: '2026-11-20' };
  const found = await findResourceCosts(sessions.hub(payer), incident, { budget: createRequestBudget(requests), now });
  return { found, sessions, simulator };
}

test('the new gateway is found, and the two requests are paid for', async () => {
  const { found, sessions } = await ask();
  expect(found.status === 'asked' && found.resources.filter(({ resourceId }) => resourceId !== 'NoResourceId')).toEqual(
    [
      { resourceId: 'nat-new', usdPerDay: 40, usdPerDayBefore: 0, deltaUsdPerDay: 40 },
      { resourceId: 'nat-steady', usdPerDay: 5, usdPerDayBefore: 5, deltaUsdPerDay: 0 },
    ],
  );
  expect(sessions.meter.snapshot().usd).toBeCloseTo(0.02, 6);
});

test('more resources than a page holds are read to the end', async () => {
  const many = Array.from(
    { length: 1001 },
    (_, index): BillIncident => ({ ...nat, usdPerDay: 1, daysAgo: 4, resourceId: `nat-${index}` }),
  );
  const { found, simulator } = await ask({
    incidents: [...many, { ...nat, usdPerDay: 7, daysAgo: 4, resourceId: 'nat-z' }],
  });
  expect(found).toMatchObject({ status: 'asked', isCut: false });
  expect(found.status === 'asked' && found.resources[0]?.resourceId).toBe('nat-z');
  expect(simulator.journal.count({ operation: 'GetCostAndUsageWithResources' })).toBe(3);
});

test('a payer who has not opted in is told how to', async () => {
  const { found, sessions } = await ask({ resourceCosts: false });
  expect(found).toMatchObject({ status: 'not-asked', reason: 'not-enabled', note: /Cost Management preferences/ });
  // AWS does not charge for what it refuses.
  expect(sessions.meter.snapshot().usd).toBe(0);
});

const request: GetCostAndUsageWithResourcesCommandInput = {
  TimePeriod: { Start: '2026-11-20', End: '2026-11-24' },
  Granularity: 'DAILY',
  Metrics: ['UnblendedCost'],
  Filter: { Dimensions: { Key: 'SERVICE', Values: [nat.service] } },
  GroupBy: [{ Type: 'DIMENSION', Key: 'RESOURCE_ID' }],
};

test.each<[string, Partial<GetCostAndUsageWithResourcesCommandInput>]>([
  ['more than fourteen days back', { TimePeriod: { Start: '2026-11-09', End: '2026-11-24' } }],
  ['no service', { Filter: { Dimensions: { Key: 'LINKED_ACCOUNT', Values: ['1'] } } }],
  ['no resource', { GroupBy: [{ Type: 'DIMENSION', Key: 'USAGE_TYPE' }] }],
])('AWS refuses a question with %s', async (_name, more) => {
  const { simulator } = await start();
  const client = new CostExplorerClient(baseClient(simulator));
  onTestFinished(() => client.destroy());
  const refusal = await errorOf(client.send(new GetCostAndUsageWithResourcesCommand({ ...request, ...more })));
  expect(refusal.name).toBe('ValidationException');
});
