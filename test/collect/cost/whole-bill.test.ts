/** Daily cost from a simulated Cost Explorer: exactly its bill, in few requests, day after day, within the budget. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSessions, type Sessions } from '../../../src/aws/session.ts';
import { collectScope, withPrerequisites } from '../../../src/collect/collect.ts';
import { openLedger } from '../../../src/collect/cost/ledger.ts';
import { collectors } from '../../../src/collect/index.ts';
import { createLogger } from '../../../src/log.ts';
import type { KeptBytes } from '../../../src/model/bill.ts';
import { addDays } from '../../../src/model/days.ts';
import type { DailyCost } from '../../../src/model/resources/cost.ts';
import type { Scope } from '../../../src/model/scope.ts';
import { billOf } from '../../../src/simulator/bill.ts';
import { generateWorld, type SimulatedWorld, type WorldOptions } from '../../../src/simulator/generate.ts';
import { environment, type Simulator, startSimulator } from '../../../src/simulator/server.ts';

const first = '2026-11-10';
const byKind = new Map(collectors.map((collector) => [collector.kind, collector]));

let clock = `${first}T06:00:00.000Z`;
let world: SimulatedWorld;
let simulator: Simulator;
let sessions: Sessions;
let values: Map<string, Uint8Array>;
let warnings: string[];
const environmentBefore = { ...process.env };

const kept = (name: string): KeptBytes => ({
  read: async (key) => values.get(`${name}/${key}`),
  write: async (key, bytes) => {
    values.set(`${name}/${key}`, bytes);
  },
});

async function start(options: Partial<WorldOptions> = {}): Promise<void> {
  ({ world } = generateWorld({ seed: 3, accounts: 5, now: `${first}T06:00:00.000Z`, hasUsage: true, ...options }));
  simulator = await startSimulator({ world, now: () => Date.parse(clock), sessionNow: Date.now });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, environment(simulator));
  const log = createLogger({ level: 'silent', version: 'test' });
  const { signal } = new AbortController();
  sessions = createSessions({ role: 'costwarden-audit', runId: 'test', share: 1000, signal, log });
}

async function collect(day: string, maxUsd = 10) {
  clock = `${day}T06:00:00.000Z`;
  const id = world.managementAccountId;
  const account = { id, name: 'payer', state: 'ACTIVE', ouPath: [], ouIds: [], tags: {}, isManagement: true } as const;
  const scope: Scope = { kind: 'payer', account: { ...account, managementId: id }, region: 'global' };
  simulator.journal.clear();
  const { records, gaps } = await collectScope({
    scope,
    session: sessions.hub(id),
    collectors: withPrerequisites(['cost.daily'], byKind),
    now: clock,
    tagKeys: [],
    kept,
    billing: { maxUsd },
    log: { info: () => {}, warn: (_: object, text?: string) => void warnings.push(text ?? '') },
  });
  const daily = (records.get('cost.daily') ?? []) as readonly DailyCost[];
  return { records: daily, gaps, requests: simulator.journal.count() };
}

/** Figures of all series in the ledger, by day. */
async function figures(from: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const ledger = await openLedger(kept('bill'));
  for (const accountId of ledger.accounts()) {
    for (const { service, region, usageType, recordType, from: start, usd } of await ledger.series(accountId)) {
      for (const [index, amount] of usd.entries()) {
        const day = addDays(start, index);
        const key = [day, accountId, service, region, usageType, recordType].join('|');
        if (day >= from && amount !== 0 && !Number.isNaN(amount)) found.set(key, amount);
      }
    }
  }
  return found;
}

function truth(from: string, until: string): Map<string, number> {
  return new Map(
    [...billOf(world.ledger(), from, until)].map(
      ({ day, accountId, service, region, usageType, recordType, usd }) =>
        [[day, accountId, service, region, usageType, recordType].join('|'), usd] as const,
    ),
  );
}

/** What is not the same to the millionth. */
function differences(found: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): string[] {
  const keys = [...new Set([...found.keys(), ...expected.keys()])].sort();
  return keys.flatMap((key) => {
    const [is = 0, shouldBe = 0] = [found.get(key), expected.get(key)];
    return Math.abs(is - shouldBe) > 1.1e-6 ? [`${key}: ${is}, not ${shouldBe}`] : [];
  });
}

beforeEach(() => {
  values = new Map();
  warnings = [];
});
afterEach(async () => {
  sessions.closeAll();
  await simulator.close();
});
afterAll(() => {
  process.env = environmentBefore;
});

describe('the bill', () => {
  test('is read exactly: every account, service, usage type and day, in its record type', async () => {
    await start();
    const { records, gaps } = await collect('2026-11-10');
    expect(gaps).toEqual([]);
    expect(differences(await figures('2026-10-27'), truth('2026-10-27', '2026-11-10'))).toEqual([]);
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
    expect(records.length).toBeGreaterThan(150);
  });

  test('takes more requests on the first day than on the next, and none a second time on the same day', async () => {
    await start();
    const [one, again, next] = [await collect('2026-11-10'), await collect('2026-11-10'), await collect('2026-11-11')];
    expect(again.requests).toBe(0);
    expect(again.records).toEqual(one.records);
    expect(next.requests).toBeLessThan(one.requests);
    expect(next.requests).toBeLessThan(12);
    expect(differences(await figures('2026-10-27'), truth('2026-10-27', '2026-11-11'))).toEqual([]);
  });

  test('grows with what AWS delivers later, and days without a run are read by the next one', async () => {
    await start({ delivery: { isGradual: true, late: [{ account: 2, days: 3 }] } });
    await collect('2026-11-10');
    expect(differences(await figures('2026-10-27'), truth('2026-10-27', '2026-11-10'))).not.toEqual([]);
    const late = world.organization.account(2).id;
    const partly = await figures('2026-11-07');
    expect([...partly.keys()].some((key) => key.includes(late))).toBe(false);
    await collect('2026-11-20');
    await collect('2026-11-23');
    const settled = new Map([...(await figures('2026-10-27'))].filter(([key]) => key < '2026-11-19'));
    expect(differences(settled, truth('2026-10-27', '2026-11-19'))).toEqual([]);
  });

  test('that AWS restates after days is read again on Monday, and remembered as restated', async () => {
    await start({ delivery: { restated: [{ account: 1, daysAgo: 4, share: 0.3, untilAge: 9 }] } });
    for (let day = '2026-11-10'; day <= '2026-11-16'; day = addDays(day, 1)) await collect(day);
    const restated = (await openLedger(kept('bill'))).restatements();
    expect(new Set(restated.map(({ day }) => day))).toEqual(new Set(['2026-11-06']));
    expect(restated[0]?.toUsd).toBeCloseTo((restated[0]?.fromUsd ?? 0) / 0.3, 4);
    expect(differences(await figures('2026-10-27'), truth('2026-10-27', '2026-11-16'))).toEqual([]);
  });
});

describe('the budget', () => {
  test('that usage types do not fit in leaves services, which is said once', async () => {
    await start({ accounts: 30 });
    const day = await collect('2026-11-10', 0.1);
    expect(day.gaps).toEqual([]);
    const usage = day.records.filter(({ recordType }) => recordType === 'Usage');
    expect(usage.length).toBeGreaterThan(200);
    expect(new Set(usage.map(({ usageType }) => usageType))).toEqual(new Set(['(all)']));
    await collect('2026-11-11', 0.1);
    expect(warnings).toEqual([expect.stringContaining('by account and service only')]);
    const sums = new Map<string, number>();
    for (const [key, usd] of truth('2026-11-09', '2026-11-10')) {
      const [, accountId, service, , , recordType] = key.split('|');
      if (recordType === 'Usage') sums.set(`${accountId} ${service}`, (sums.get(`${accountId} ${service}`) ?? 0) + usd);
    }
    for (const { accountId, service, from, usd } of usage)
      expect(usd[usd.length - 1], `${from} ${service}`).toBeCloseTo(sums.get(`${accountId} ${service}`) ?? -1, 2);
  });

  test('is not spent on usage types first once it is known that they do not fit', async () => {
    await start({ accounts: 30 });
    const one = await collect('2026-11-10', 0.1);
    const next = await collect('2026-11-11', 0.1);
    expect(next.requests).toBeLessThan(one.requests - 3);
  });

  test('once raised brings usage types back', async () => {
    await start({ accounts: 30 });
    await collect('2026-11-10', 0.1);
    const { records } = await collect('2026-11-11', 10);
    const usage = records.filter(({ recordType, usageType }) => recordType === 'Usage' && usageType !== '(all)');
    expect(usage.length).toBeGreaterThan(900);
    const leaves = new Map([...(await figures('2026-11-10'))].filter(([key]) => !key.includes('(all)')));
    expect(differences(leaves, truth('2026-11-10', '2026-11-11'))).toEqual([]);
  });

  test('that not even services fit in is a gap with what it would take, and costs nothing from then on', async () => {
    await start({ accounts: 30 });
    await collect('2026-11-10', 0.06);
    const { gaps, requests } = await collect('2026-11-11', 0.06);
    expect(requests).toBe(0);
    expect(gaps).toEqual([
      expect.objectContaining({
        kind: 'cost.daily',
        reason: 'own-budget',
        message: expect.stringMatching(
          /^two days of the bill take at least \d+ Cost Explorer requests \(\$0\.\d\d\), more than half of limits.maxSelfCostUsd \(\$0\.06\): not asked/,
        ),
      }),
    ]);
    expect((await collect('2026-11-12', 10)).gaps).toEqual([]);
  });

  test('that is tight leaves out the oldest of the days that still change', async () => {
    await start({ accounts: 30 });
    await collect('2026-11-10', 0.36);
    const { requests, records } = await collect('2026-11-11', 0.26);
    expect(requests).toBeLessThanOrEqual(13);
    expect(records.some(({ usageType }) => usageType === '(all)')).toBe(false);
    const read = [...(await openLedger(kept('bill'))).days()].filter(([, { readAt }]) =>
      readAt.startsWith('2026-11-11'),
    );
    expect(read.map(([day]) => day).sort()).toEqual(['2026-11-08', '2026-11-09', '2026-11-10']);
  });

  test('decides how many of the first two weeks are read', async () => {
    await start({ accounts: 30 });
    await collect('2026-11-10', 0.4);
    const days = (await openLedger(kept('bill'))).days();
    expect(days.size).toBeGreaterThan(4);
    expect(days.size).toBeLessThan(14);
    expect([...days.keys()].sort().at(-1)).toBe('2026-11-09');
  });
});
