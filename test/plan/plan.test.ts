import { describe, expect, test } from 'vitest';
import type { SessionOptions, Sessions } from '../../src/aws/session.ts';
import { accountAccess } from '../../src/collect/account/access.ts';
import { collectScope } from '../../src/collect/collect.ts';
import { ConfigError } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';
import type { Tags } from '../../src/model/scope.ts';
import { type AccountTags, openAccountTags } from '../../src/plan/account-tags.ts';
import { type AuditPlan, noteFullVisit, type PlanCache, type PlanRequest, planRun } from '../../src/plan/plan.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import type { ServiceOperations } from '../../src/simulator/handler.ts';
import { managementAccountId, memberAccountId, memberRoleArn, simulate } from '../simulator/wire/tiny-world.ts';
import { costExplorer, delegatedAccountId, noOrganization, organizations } from '../support/organization.ts';
import { failureOf, openSessions } from '../support/sessions.ts';

const now = '2026-11-24T06:00:00.000Z';
const spend = costExplorer([
  [
    [memberAccountId, 'eu-west-1', 12.5],
    [memberAccountId, 'global', 3],
    [memberAccountId, 'us-east-1', 0],
  ],
  [
    [memberAccountId, 'us-east-1', 0.01],
    ['555555555555', 'NoRegion', 9],
    [managementAccountId, 'us-east-1', 1],
  ],
]);

type Selection = { readonly ous?: readonly string[]; readonly accounts?: readonly string[] };

function createCache(): PlanCache & { readonly entries: Map<string, { value: unknown; at: string }> } {
  const entries = new Map<string, { value: unknown; at: string }>();
  return {
    entries,
    value: async (key) => entries.get(key),
    putValue: async (key, value, at) => void entries.set(key, { value, at }),
  };
}

type Setting = {
  readonly include?: Selection;
  readonly exclude?: Selection & { readonly states?: readonly string[] };
  readonly isAlone?: boolean;
  readonly regions?: 'auto' | readonly string[];
  readonly filters?: Partial<PlanRequest['filters']>;
  readonly cache?: PlanCache;
  readonly now?: string;
  readonly faults?: readonly Fault[];
  readonly operations?: { readonly organizations?: ServiceOperations; readonly 'cost-explorer'?: ServiceOperations };
  readonly sessions?: Partial<SessionOptions>;
};

async function start(setting: Setting = {}) {
  const simulator = await simulate(
    { organizations, 'cost-explorer': spend, ...setting.operations },
    { pageSize: 1, faults: setting.faults ?? [] },
  );
  // Limits are another test's matter: the tree is walked page by page.
  const sessions = openSessions(simulator.url, { share: 1000, ...setting.sessions });
  const lines: string[] = [];
  const plan = (more: Setting = {}): Promise<AuditPlan> => {
    const all = { ...setting, ...more };
    return planRun({
      sessions,
      config: {
        organization: all.isAlone
          ? undefined
          : {
              include: { ous: [], accounts: [], ...all.include },
              exclude: { ous: [], accounts: [], states: ['SUSPENDED'], ...all.exclude },
            },
        regions: all.regions ?? 'auto',
      },
      filters: { accounts: [], ous: [], regions: [], ...all.filters },
      cache: all.cache ?? createCache(),
      now: all.now ?? now,
      log: createLogger({ level: 'warn', version: 'test', stream: { write: (line) => void lines.push(line) } }),
    });
  };
  return { plan, journal: simulator.journal, sessions, lines };
}

const planWith = (sessions: Sessions, tags?: Pick<AccountTags, 'probe'>): Promise<AuditPlan> =>
  planRun({
    sessions,
    config: {
      organization: { include: { ous: [], accounts: [] }, exclude: { ous: [], accounts: [], states: ['SUSPENDED'] } },
      regions: ['eu-west-1'],
    },
    filters: { accounts: [], ous: [], regions: [] },
    cache: createCache(),
    now,
    log: createLogger({ level: 'silent', version: 'test' }),
    ...(tags === undefined ? {} : { tags }),
  });

const planned = async (setting: Setting): Promise<string[]> =>
  (await (await start(setting)).plan()).accounts.map(({ account }) => account.name);

describe('the organization', () => {
  test('is walked page by page, with the place of every account', async () => {
    const { plan, journal } = await start();
    const { accounts, hub } = await plan();
    expect(
      accounts.map(({ account, isHub }) => [account.name, account.ouPath.join('/'), account.state, isHub]),
    ).toEqual([
      ['management', '', 'ACTIVE', true],
      ['audit', 'workloads', 'ACTIVE', false],
      ['new', 'sandbox', 'PENDING_ACTIVATION', false],
      ['shop', 'workloads/prod', 'ACTIVE', false],
      ['billing', 'workloads/prod', 'ACTIVE', false],
    ]);
    expect(accounts[3]!.account).toEqual({
      id: memberAccountId,
      name: 'shop',
      state: 'ACTIVE',
      ouPath: ['workloads', 'prod'],
      ouIds: ['r-root', 'ou-root-workloads', 'ou-root-prod'],
      tags: {},
      isManagement: false,
      managementId: managementAccountId,
    });
    expect(hub).toBe(accounts[0]!.account);
    expect(hub.isManagement).toBe(true);
    // Pages of one: every chain of more than one was followed.
    expect(journal.count({ operation: 'ListAccountsForParent' })).toBe(8);
    expect(journal.count({ operation: 'AssumeRole' })).toBe(0);
  });

  test('names the accounts it leaves out, and those that are closed', async () => {
    const { skipped } = await (await start({ exclude: { accounts: ['555555555555'] } })).plan();
    expect(skipped.map(({ name, reason, isClosed }) => [name, reason, isClosed])).toEqual([
      ['left', 'state SUSPENDED', true],
      ['old', 'state SUSPENDED', true],
      ['closing', 'state PENDING_CLOSURE', true],
      ['billing', 'excluded by account', false],
    ]);
  });

  test('tags of its accounts are asked for once a week, and at once for an account that is new', async () => {
    const cache = createCache();
    const { plan, sessions, journal } = await start({ cache });
    const accounts = (await plan()).accounts.map(({ account }) => account);
    const asked = () => journal.count({ operation: 'ListTagsForResource' });
    const read = async (at: string): Promise<Tags[]> => {
      // A run of its own: what sessions share ends with them.
      const session = {
        ...sessions.hub(managementAccountId),
        shared: <T>(_: string, load: () => Promise<T>) => load(),
      };
      const log = createLogger({ level: 'silent', version: 'test' });
      const tags = await openAccountTags(session, { cache, now: at, log });
      await tags.probe(accounts[0]!);
      const found = await Promise.all(accounts.map((account) => tags.of(account)));
      await tags.keep();
      return found.map((account) => account.tags);
    };
    const first = await read(now);
    expect(first[3]).toEqual({ team: `team-${memberAccountId}`, env: 'prod' });
    // Two pages for each account.
    expect(asked()).toBe(10);
    const kept = cache.entries.get('plan/account-tags')!;
    const { [memberAccountId]: _, ...rest } = kept.value as Record<string, object>;
    cache.entries.set('plan/account-tags', { value: rest, at: kept.at });
    expect(await read('2026-11-25T06:00:00.000Z')).toEqual(first);
    expect(asked()).toBe(12);
    expect(cache.entries.get('plan/account-tags')!.at).toBe(kept.at);
    await read('2026-12-02T06:00:00.000Z');
    expect(asked()).toBe(22);
  });

  test('tags that are denied are told before the run, and name no owner in it', async () => {
    const { plan, sessions } = await start({ faults: [{ kind: 'denied', operation: 'ListTagsForResource' }] });
    const accounts = (await plan()).accounts.map(({ account }) => account);
    const lines: string[] = [];
    const log = createLogger({ level: 'warn', version: 'test', stream: { write: (line) => void lines.push(line) } });
    const tags = await openAccountTags(sessions.hub(managementAccountId), { cache: createCache(), now, log });
    await expect(planWith(sessions, tags)).rejects.toThrow(/missing: organizations:ListTagsForResource/);
    expect(await tags.of(accounts[0]!)).toEqual(accounts[0]);
    expect(lines.join('')).toContain('tags of the account not known');
  });

  test('read from a delegated account, that account is entered with its own credentials', async () => {
    const { sessions } = await start();
    const { accountId: _, ...identity } = await sessions.identity();
    const delegated = { ...sessions, identity: async () => ({ accountId: delegatedAccountId, ...identity }) };
    const { hub, accounts } = await planWith(delegated);
    expect(hub).toMatchObject({ id: delegatedAccountId, isManagement: false });
    expect(accounts.filter(({ isHub }) => isHub).map(({ account }) => account.name)).toEqual(['audit']);
    expect(accounts.map(({ account }) => account.name)).toContain('management');
  });
});

describe('include and exclude', () => {
  const active = ['management', 'audit', 'new', 'shop', 'billing'];
  test.each<[string, Setting, string[]]>([
    ['everything by default', {}, active],
    ['a unit by name', { include: { ous: ['workloads'] } }, ['audit', 'shop', 'billing']],
    ['a unit by path', { include: { ous: ['workloads/prod'] } }, ['shop', 'billing']],
    ['a unit by id', { include: { ous: ['ou-root-sandbox'] } }, ['new']],
    ['the root by id', { include: { ous: ['r-root'] } }, active],
    [
      'an account, or what lies below a unit',
      { include: { ous: ['sandbox'], accounts: [memberAccountId] } },
      ['new', 'shop'],
    ],
    ['all but a unit', { exclude: { ous: ['prod'] } }, ['management', 'audit', 'new']],
    ['all but an account', { exclude: { accounts: [memberAccountId] } }, active.filter((name) => name !== 'shop')],
    [
      'exclusion before inclusion',
      { include: { ous: ['workloads'] }, exclude: { ous: ['workloads/prod'] } },
      ['audit'],
    ],
    ['--account', { filters: { accounts: [memberAccountId, delegatedAccountId] } }, ['audit', 'shop']],
    ['--ou', { filters: { ous: ['prod'] } }, ['shop', 'billing']],
    [
      'flags within the included',
      { include: { ous: ['workloads'] }, filters: { ous: ['r-root'] } },
      ['audit', 'shop', 'billing'],
    ],
  ])('%s', async (_, setting, expected) => {
    expect(await planned({ regions: ['eu-west-1'], ...setting })).toEqual(expected);
  });

  test('a name that means nothing is an error, each on a line of its own', async () => {
    const { plan } = await start({
      include: { ous: ['worklods'], accounts: ['999999999999'] },
      filters: { accounts: ['999999999998'], ous: ['prod/shop'] },
    });
    const error = await failureOf(plan());
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems).toEqual([
      '--account: account 999999999998 is not in what these credentials can see',
      '--ou: no account lies below an organizational unit called prod/shop',
      'organization.include.accounts: account 999999999999 is not in what these credentials can see',
      'organization.include.ous: no account lies below an organizational unit called worklods',
    ]);
  });

  test('nothing left to audit is an error', async () => {
    const { plan } = await start({ exclude: { ous: ['r-root'] } });
    expect((await failureOf(plan())).message).toContain('no account is left to audit');
  });
});

describe('a single account', () => {
  test('needs no rights in the organization', async () => {
    const { plan, journal } = await start({ isAlone: true, faults: [{ kind: 'denied', service: 'organizations' }] });
    const { accounts, hub, skipped } = await plan();
    expect(accounts).toEqual([{ account: hub, isHub: true }]);
    expect(hub).toMatchObject({
      id: managementAccountId,
      name: managementAccountId,
      ouPath: [],
      managementId: undefined,
    });
    expect(skipped).toEqual([]);
    expect(journal.count({ service: 'organizations' })).toBe(0);
  });

  test.each<[string, Setting, string]>([
    [
      'a denial names the missing permission',
      { faults: [{ kind: 'denied', operation: 'ListRoots' }] },
      'may not read the organization (missing: organizations:ListRoots)',
    ],
    [
      'an account without organization',
      { operations: { organizations: noOrganization } },
      'may not read the organization:',
    ],
    ['a server that fails', { faults: [{ kind: 'server-error', service: 'organizations' }] }, 'could not be read'],
    [
      'an answer without a list',
      { faults: [{ kind: 'empty-200', operation: 'ListAccountsForParent' }] },
      'could not be read',
    ],
    [
      'an answer without the organization',
      { faults: [{ kind: 'empty-200', operation: 'DescribeOrganization' }] },
      'could not be read',
    ],
  ])('is no quiet substitute for an organization: %s', async (_, setting, message) => {
    const error = await failureOf((await start(setting)).plan());
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(message);
  });
});

describe('regions with spend', () => {
  const regionsOf = ({ spendRegions }: AuditPlan) =>
    spendRegions === undefined ? undefined : Object.fromEntries([...spendRegions].map(([id, set]) => [id, [...set]]));

  test('come from all pages, without what has no region and without zero', async () => {
    const filters: object[] = [];
    const { plan } = await start({
      isAlone: true,
      operations: {
        'cost-explorer': costExplorer(
          [
            [
              [memberAccountId, 'eu-west-1', 12.5],
              [memberAccountId, 'global', 3],
            ],
            [
              [memberAccountId, 'us-east-1', 0.01],
              ['555555555555', 'NoRegion', 9],
              ['555555555555', 'eu-west-1', 0],
            ],
          ],
          filters,
        ),
      },
    });
    expect(regionsOf(await plan())).toEqual({ [memberAccountId]: ['eu-west-1', 'us-east-1'] });
    // What credits pay for is in use all the same.
    expect(filters[0]).toEqual({ Not: { Dimensions: { Key: 'RECORD_TYPE', Values: ['Credit', 'Refund'] } } });
  });

  test('are paid for once a day', async () => {
    const cache = createCache();
    const { plan, journal } = await start({ isAlone: true, cache });
    const first = regionsOf(await plan());
    expect(regionsOf(await plan({ now: '2026-11-24T20:00:00.000Z' }))).toEqual(first);
    expect(journal.count({ service: 'cost-explorer' })).toBe(2);
    await plan({ now: '2026-11-25T06:00:00.000Z' });
    expect(journal.count({ service: 'cost-explorer' })).toBe(4);
  });

  test.each<[string, Setting]>([
    ['may not be read', { faults: [{ kind: 'denied', service: 'cost-explorer' }] }],
    ['come without a list', { faults: [{ kind: 'empty-200', service: 'cost-explorer' }] }],
    ['are none', { operations: { 'cost-explorer': costExplorer([[]]) } }],
  ])('that %s are not known: the plan says so and goes on', async (_, setting) => {
    const { plan, lines } = await start({ isAlone: true, ...setting });
    expect((await plan()).spendRegions).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn' });
  });

  test('are not asked for when the regions are configured', async () => {
    const { plan, journal } = await start({ isAlone: true, regions: ['eu-west-1'] });
    expect((await plan()).spendRegions).toBeUndefined();
    expect(journal.count({ service: 'cost-explorer' })).toBe(0);
  });
});

describe('the full visit', () => {
  const whole = { filters: { accounts: [], ous: [], regions: [] }, config: { regions: 'auto' } } as const;

  test('is due at first and once a week', async () => {
    const cache = createCache();
    const { plan } = await start({ isAlone: true, cache });
    const due: boolean[] = [];
    for (const day of ['2026-11-24', '2026-11-25', '2026-11-30', '2026-12-01']) {
      const at = `${day}T06:00:00.000Z`;
      const { isFullVisit } = await plan({ now: at });
      due.push(isFullVisit);
      if (isFullVisit) await noteFullVisit({ ...whole, cache, now: at });
    }
    expect(due).toEqual([true, false, false, true]);
  });

  test('stays due until a run has reached its end', async () => {
    const { plan } = await start({ isAlone: true, cache: createCache() });
    expect((await plan()).isFullVisit).toBe(true);
    expect((await plan()).isFullVisit).toBe(true);
  });

  test.each([
    ['an account', { ...whole, filters: { accounts: [managementAccountId], ous: [], regions: [] } }],
    ['a region', { ...whole, filters: { accounts: [], ous: [], regions: ['eu-west-1'] } }],
    ['configured regions', { ...whole, config: { regions: ['eu-west-1'] } }],
  ])('is not used up by a run over %s', async (_, part) => {
    const cache = createCache();
    const { plan } = await start({ isAlone: true, cache });
    await noteFullVisit({ ...part, cache, now });
    expect((await plan()).isFullVisit).toBe(true);
  });
});

test('a member whose role cannot be assumed is planned; entering it is a record of the refusal', async () => {
  const { plan, sessions } = await start({
    regions: ['eu-west-1'],
    filters: { accounts: [memberAccountId] },
    sessions: { externalId: 'wrong' },
  });
  const { accounts } = await plan();
  expect(accounts.map(({ account, isHub }) => [account.name, isHub])).toEqual([['shop', false]]);
  const { records, gaps } = await collectScope({
    scope: { kind: 'global', account: accounts[0]!.account, region: 'global' },
    session: sessions.open(memberAccountId),
    collectors: [accountAccess],
    now,
    tagKeys: [],
  });
  expect(gaps).toEqual([]);
  expect(records.get('account.access')).toEqual([
    expect.objectContaining({ id: memberRoleArn, isAssumed: false, errorCode: 'AccessDenied' }),
  ]);
});
