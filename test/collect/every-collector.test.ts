/** What holds for every collector, on the wire: all pages are read, and a denial is a gap and never a shorter list. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSessions, type Sessions } from '../../src/aws/session.ts';
import { collectScope, withPrerequisites } from '../../src/collect/collect.ts';
import type { Collector } from '../../src/collect/collector.ts';
import { collectors } from '../../src/collect/index.ts';
import { createLogger } from '../../src/log.ts';
import type { CollectedScope, Kind } from '../../src/model/inventory.ts';
import type { Account, Scope } from '../../src/model/scope.ts';
import { generateWorld, type SimulatedWorld } from '../../src/simulator/generate.ts';
import type { PolicyDocument } from '../../src/simulator/policy.ts';
import { environment, type Simulator, startSimulator } from '../../src/simulator/server.ts';

const now = '2026-11-24T06:00:00.000Z';
const byKind = new Map<Kind, Collector>(collectors.map((collector) => [collector.kind, collector]));
const role = 'costwarden-audit';
/** Lists that AWS sends in one piece, and records read one by one. */
const unpaged: readonly Kind[] = [
  'account.access',
  'account.region',
  'ec2.address',
  's3.bucket-lifecycle',
  's3.bucket-tags',
  's3.bucket-versioning',
];

/** Too few in the simulated organization to need a second page, so that tests of their own turn it. */
const sparse: readonly Kind[] = [
  'cost.aws-anomaly',
  'cost.budget',
  'cost.daily',
  'cost.incident',
  'cost.service-spend',
  'cost.tag-coverage',
  'iam.policy',
  'config.resource',
];

type Organization = { readonly simulator: Simulator; readonly sessions: Sessions; close(): Promise<void> };

async function startOrganization(pageSize: number, member?: PolicyDocument): Promise<Organization> {
  // Every account has every feature: several of everything.
  const { world } = generateWorld({ seed: 1, accounts: 6, density: 1, now });
  const policies = member === undefined ? {} : { hub: member, member };
  const simulator = await startSimulator({
    world,
    pageSize,
    policies,
    now: () => Date.parse(now),
    sessionNow: Date.now,
  });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, environment(simulator));
  const sessions = createSessions({
    role,
    runId: 'test',
    share: 1000,
    signal: new AbortController().signal,
    log: createLogger({ level: 'silent', version: 'test' }),
  });
  return {
    simulator,
    sessions,
    async close() {
      sessions.closeAll();
      await simulator.close();
    },
  };
}

function collect({ simulator, sessions }: Organization, collector: Collector): Promise<CollectedScope> {
  const { organization, managementAccountId } = simulator.world as SimulatedWorld;
  const isShared = collector.scope === 'payer' || collector.scope === 'organization';
  const id = isShared ? managementAccountId : organization.account(1).id;
  const account: Account = {
    id,
    name: id,
    state: 'ACTIVE',
    ouPath: [],
    ouIds: [],
    tags: {},
    isManagement: isShared,
    managementId: managementAccountId,
  };
  const scope: Scope = {
    kind: collector.scope,
    account,
    region: collector.scope === 'region' ? 'us-east-1' : 'global',
  };
  return collectScope({
    scope,
    session: isShared ? sessions.hub(id) : sessions.open(id),
    collectors: withPrerequisites([collector.kind], byKind),
    now,
    tagKeys: [['team', 'Team', 'owner']],
  });
}

const paged = collectors.filter(({ kind }) => !unpaged.includes(kind) && !sparse.includes(kind));

describe('pages', () => {
  let small: Organization;
  let large: Organization;
  beforeAll(async () => {
    small = await startOrganization(1);
    large = await startOrganization(1000);
  });
  afterAll(() => Promise.all([small.close(), large.close()]));

  test.each(paged.map((collector) => [collector.kind, collector] as const))(
    'of %s are joined',
    async (kind, collector) => {
      small.simulator.journal.clear();
      Object.assign(process.env, environment(small.simulator));
      const inPages = await collect(small, collector);
      const calls = small.simulator.journal.count();
      large.simulator.journal.clear();
      Object.assign(process.env, environment(large.simulator));
      const atOnce = await collect(large, collector);
      expect(inPages.gaps.filter((gap) => gap.resourceId === undefined)).toEqual([]);
      expect(inPages.records.get(kind)).toEqual(atOnce.records.get(kind));
      expect(inPages.records.get(kind)?.length).toBeGreaterThan(0);
      expect(calls).toBeGreaterThan(large.simulator.journal.count());
    },
  );
});

/** Which of the two reads the metrics depends on how many are asked for: they are denied together. */
const metricActions = ['cloudwatch:GetMetricData', 'cloudwatch:GetMetricStatistics'];

const needed = collectors.flatMap((collector) =>
  collector.iamActions
    .filter((action) => action !== metricActions[1])
    .map((action) => [action, collector.kind, collector] as const),
);

test.each(needed)('without %s there is a gap in %s, and no records', async (action, kind, collector) => {
  const denied = metricActions.includes(action) ? metricActions : [action];
  const organization = await startOrganization(5, {
    Statement: [
      { Effect: 'Allow', Action: '*' },
      { Effect: 'Deny', Action: denied },
    ],
  });
  try {
    const { records, gaps } = await collect(organization, collector);
    expect(records.has(kind)).toBe(false);
    expect(gaps.filter((gap) => gap.kind === kind && gap.resourceId === undefined)).toMatchObject([
      { reason: 'denied', iamAction: expect.toBeOneOf(denied) },
    ]);
  } finally {
    await organization.close();
  }
});
