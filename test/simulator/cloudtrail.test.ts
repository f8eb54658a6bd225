import {
  CloudTrailClient,
  LookupEventsCommand,
  type LookupEventsCommandInput,
  paginateLookupEvents,
} from '@aws-sdk/client-cloudtrail';
import { describe, expect, onTestFinished, test } from 'vitest';
import { memberPolicy, workerPolicy } from '../../src/commands/policy.ts';
import { findChanges } from '../../src/investigate/changes.ts';
import { createRequestBudget } from '../../src/investigate/request-budget.ts';
import { generateWorld, type SimulatedWorld, type WorldOptions } from '../../src/simulator/generate.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';
import { storyChanges, storyIncidents, storyNames } from '../../src/simulator/story.ts';
import type { PlantedChange } from '../../src/simulator/trail.ts';
import { openSessions } from '../support/sessions.ts';
import { baseClient, errorOf } from './wire/tiny-world.ts';

const now = '2026-11-24T06:00:00.000Z';
const onset = '2026-11-20';

const record: PlantedChange['record'] = {
  region: 'us-east-1',
  eventName: 'DeleteVpcEndpoints',
  source: 'ec2',
  by: { type: 'AssumedRole', name: 'deploy/GitHubActions' },
  resources: [{ type: 'AWS::EC2::VPCEndpoint', name: 'vpce-0a91f6c2d7b3e8450' }],
  userAgent: 'APN/1.0 HashiCorp/1.0 Terraform/1.13.3',
};
const removal: PlantedChange = { account: 1, daysAgo: 4, time: '09:42', record };
/** A busy day: more of one call than a page holds. */
const busy = Array.from(
  { length: 120 },
  (_, index): PlantedChange => ({
    ...removal,
    time: `1${Math.floor(index / 60)}:${String(index % 60).padStart(2, '0')}`,
    record: {
      ...record,
      eventName: 'CreateRoute',
      by: { type: 'IAMUser', name: index % 2 === 0 ? 'alice' : 'bob' },
      resources: [{ type: 'AWS::EC2::RouteTable', name: `rtb-${index}` }],
    },
  }),
);
const changes: readonly PlantedChange[] = [
  removal,
  ...busy,
  { ...removal, daysAgo: 5, record: { ...record, region: 'us-west-2' } },
  { ...removal, daysAgo: 95 },
  { ...removal, record: { ...record, eventName: 'ReplaceRoute', errorCode: 'Client.UnauthorizedOperation' } },
];

async function start(world: Partial<WorldOptions> = {}, options: Partial<SimulatorOptions> = {}) {
  const generated = generateWorld({ seed: 3, accounts: 3, now, externalId: 'x-1', changes, ...world });
  const simulator = await startSimulator({
    world: generated.world,
    pageSize: 50,
    now: () => Date.parse(now),
    sessionNow: Date.now,
    ...options,
  });
  onTestFinished(() => simulator.close());
  return { simulator, accountId: generated.world.organization.account(1).id };
}

/** Straight from the SDK, as the account of the base key. */
async function lookUp(simulator: Simulator, input: LookupEventsCommandInput, region = 'us-east-1') {
  const client = new CloudTrailClient(baseClient(simulator, region));
  onTestFinished(() => client.destroy());
  const names: (string | undefined)[] = [];
  const pages: number[] = [];
  for await (const { Events = [] } of paginateLookupEvents({ client }, input)) {
    pages.push(Events.length);
    names.push(...Events.map(({ EventName }) => EventName));
  }
  return { names, pages };
}

const named = (AttributeValue: string): LookupEventsCommandInput => ({
  LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue }],
});

describe('the event history of an account and region', () => {
  const own = changes.map((change) => ({ ...change, account: 0 }));

  test('is paged by fifty, newest first, and ends after ninety days', async () => {
    const { simulator } = await start({ changes: own });
    expect((await lookUp(simulator, named('CreateRoute'))).pages).toEqual([50, 50, 20]);
    expect((await lookUp(simulator, named('DeleteVpcEndpoints'))).names).toHaveLength(1);
    expect((await lookUp(simulator, named('DeleteVpcEndpoints'), 'us-west-2')).names).toHaveLength(1);
    expect((await lookUp(simulator, named('DeleteVpcEndpoints'), 'eu-west-1')).names).toEqual([]);
    const all = await lookUp(simulator, {});
    expect(all.names).toContain('RunInstances');
    expect(all.names).toHaveLength(122 + 90);
  });

  test.each([
    ['Username', 'alice', 60],
    ['ResourceName', 'rtb-7', 1],
    ['EventSource', 'ec2.amazonaws.com', 212],
    ['ReadOnly', 'true', 0],
  ] as const)('is searched by %s', async (AttributeKey, AttributeValue, count) => {
    const { simulator } = await start({ changes: own });
    const { names } = await lookUp(simulator, { LookupAttributes: [{ AttributeKey, AttributeValue }] });
    expect(names).toHaveLength(count);
  });

  test.each<[string, LookupEventsCommandInput]>([
    [
      'InvalidLookupAttributesException',
      { LookupAttributes: [...named('A').LookupAttributes!, ...named('B').LookupAttributes!] },
    ],
    ['InvalidTimeRangeException', { StartTime: new Date('2026-11-21'), EndTime: new Date('2026-11-20') }],
    ['InvalidMaxResultsException', { MaxResults: 51 }],
    ['InvalidNextTokenException', { NextToken: 'of-nobody' }],
  ])('refuses with %s', async (name, input) => {
    const { simulator } = await start();
    const client = new CloudTrailClient(baseClient(simulator));
    onTestFinished(() => client.destroy());
    expect(await errorOf(client.send(new LookupEventsCommand(input)))).toMatchObject({ name, status: 400 });
  });
});

describe('the search for a change, on the wire', () => {
  const series = [{ service: 'EC2 - Other', usageType: 'NatGateway-Bytes' }];
  const search = (simulator: Simulator, accountId: string, requests = 60, share = 1000) => {
    const sessions = openSessions(simulator.url, {
      share,
      credentials: async () => ({ accessKeyId: simulator.world.baseAccessKeyId, secretAccessKey: 'simulated' }),
    });
    const budget = createRequestBudget(requests);
    return sessions
      .identity()
      .then(() =>
        findChanges(sessions.open(accountId), { accountId, region: 'us-east-1', onset, series }, { budget, now }),
      );
  };

  test('finds who removed the endpoint among a hundred other calls', async () => {
    const { simulator, accountId } = await start();
    const found = await search(simulator, accountId);
    expect(found).toMatchObject({
      status: 'asked',
      unasked: [],
      changes: [
        {
          eventName: 'DeleteVpcEndpoints',
          actor: 'deploy/GitHubActions',
          resources: ['vpce-0a91f6c2d7b3e8450'],
          confidence: 'medium',
        },
        { eventName: 'CreateRoute', actor: 'bob', times: 60 },
        { eventName: 'CreateRoute', actor: 'alice', times: 60 },
      ],
    });
    expect(JSON.stringify(found)).not.toMatch(/ASIA|AKIA/);
    // Six names, and two more pages of the busy one.
    expect(simulator.journal.count({ operation: 'LookupEvents' })).toBe(8);
  });

  test('the story has a change behind its incident', async () => {
    const { simulator } = await start({ story: true, accounts: storyNames.length, changes: storyChanges });
    const { organization } = simulator.world as SimulatedWorld;
    const [incident] = storyIncidents;
    const found = await search(simulator, organization.account(incident!.account).id);
    expect(found).toMatchObject({
      changes: [{ eventName: 'DeleteVpcEndpoints', actor: 'deploy-payments/GitHubActions' }],
    });
  });

  test('a budget that ends between two pages says which name was not read to its end', async () => {
    const { simulator, accountId } = await start();
    const found = await search(simulator, accountId, 7);
    expect(found).toMatchObject({ status: 'asked', unasked: ['CreateRoute'] });
    expect(simulator.journal.count({ operation: 'LookupEvents' })).toBe(7);
  });

  test('a role without the permission is told from an account without the event', async () => {
    // No check asks for changes yet: the role that is generated for none has no LookupEvents.
    const policies = { hub: workerPolicy([]), member: memberPolicy([]) };
    const { simulator, accountId } = await start({}, { policies });
    expect(await search(simulator, accountId)).toMatchObject({
      status: 'not-asked',
      reason: 'denied',
      iamAction: 'cloudtrail:LookupEvents',
    });
    expect(simulator.journal.count({ operation: 'LookupEvents' })).toBe(1);
  });

  test('AWS never refuses for the rate of two a second: the calls wait for their turn', async () => {
    const { simulator, accountId } = await start({ changes: [removal] }, { limits: {} });
    const startedAt = performance.now();
    expect(await search(simulator, accountId, 60, 0.8)).toMatchObject({ status: 'asked', unasked: [] });
    expect(performance.now() - startedAt).toBeGreaterThan(1500);
    const answers = simulator.journal.entries.filter(({ operation }) => operation === 'LookupEvents');
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
  });
});
