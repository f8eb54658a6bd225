/** The history into the ledger: what it costs is said first, nothing is asked twice, and half of it is worth keeping. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { type Ledger, openLedger } from '../../src/collect/cost/ledger.ts';
import { backfillCommand } from '../../src/commands/backfill.ts';
import { leaseName } from '../../src/commands/execute-run.ts';
import { ConfigError, StateConflictError } from '../../src/errors.ts';
import { addDays } from '../../src/model/days.ts';
import { billOf } from '../../src/simulator/bill.ts';
import { generateWorld, type SimulatedWorld } from '../../src/simulator/generate.ts';
import { environment, type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { keptBytes } from '../../src/state/kept-bytes.ts';
import { openSqliteStore } from '../../src/state/sqlite-store.ts';
import { written } from './in-process.ts';

const now = (): string => new Date().toISOString();
const today = now().slice(0, 10);
const environmentBefore = { ...process.env };

let directory: string;
let config: string;
let world: SimulatedWorld;
let simulator: Simulator;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'costwarden-backfill-'));
  config = join(directory, 'c.yaml');
  writeFileSync(config, `state: { file: ${join(directory, 's.db')} }\nlimits: { share: 1 }\n`);
  ({ world } = generateWorld({ seed: 4, accounts: 3, now: now() }));
  simulator = await startSimulator({ world });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, environment(simulator));
});
afterEach(async () => {
  await simulator.close();
  rmSync(directory, { recursive: true });
});
afterAll(() => {
  process.env = environmentBefore;
});

async function backfill(options: { months?: number; maxUsd?: number; yes?: boolean } = {}) {
  const output = written();
  const before = simulator.journal.count({ operation: 'GetCostAndUsage' });
  const given = { config, months: 2, maxUsd: 5, yes: true, ...options };
  const code = await backfillCommand(given, output.context);
  return { code, text: output.stderr(), requests: simulator.journal.count({ operation: 'GetCostAndUsage' }) - before };
}

async function withLedger<T>(use: (ledger: Ledger) => Promise<T>): Promise<T> {
  const store = openSqliteStore(join(directory, 's.db'));
  try {
    return await use(await openLedger(keptBytes(store, { prefix: 'bill', now })));
  } finally {
    await store.close();
  }
}

const knownDays = (): Promise<string[]> => withLedger(async (ledger) => [...ledger.days().keys()].sort());

test('without --yes it tells the price of the history, measured by a single request, and asks nothing more', async () => {
  const { code, text, requests } = await backfill({ yes: false });
  expect(code).toBe(0);
  expect(requests).toBe(1);
  expect(text).toContain('one request ($0.01) is made to see how large a day is');
  expect(text).toMatch(
    new RegExp(
      `61 days from ${addDays(today, -61)} to ${addDays(today, -1)} are missing: about \\d+ Cost Explorer requests, \\$0\\.\\d\\d at \\$0\\.01 each \\(\\d+ rows a day, 1000 on a page\\)`,
    ),
  );
  expect(text).toContain('Add --yes to go on');
  expect(await knownDays()).toEqual([]);
});

test('with --yes the ledger holds every figure of the bill, at about the price that was told', async () => {
  const { code, text, requests } = await backfill();
  expect(code).toBe(0);
  const told = Number(/about (\d+) Cost Explorer/.exec(text)?.[1]);
  expect(requests - 1).toBeLessThanOrEqual(told);
  expect(requests - 1).toBeGreaterThan(told / 3);
  expect(text).toMatch(/1 of 2: \S+ to \S+, \$0\.\d\d so far\n2 of 2: /);
  const from = addDays(today, -61);
  const expected = new Map<string, number>();
  for (const { accountId, usd } of billOf(world.ledger(), from, today))
    expected.set(accountId, (expected.get(accountId) ?? 0) + usd);
  await withLedger(async (ledger) => {
    expect(ledger.accounts()).toEqual([...expected.keys()].sort());
    for (const accountId of ledger.accounts()) {
      let sum = 0;
      for (const { usd } of await ledger.series(accountId)) for (const amount of usd) sum += amount;
      expect(sum).toBeCloseTo(expected.get(accountId) ?? Number.NaN, 2);
    }
  });
});

test('what is there is not asked again, nor measured by a request', async () => {
  await backfill({ months: 1 });
  const more = await backfill({ yes: false });
  expect(more.requests).toBe(0);
  expect(more.text).toContain('31 days from');
  const again = await backfill({ months: 1 });
  expect(again).toEqual({ code: 0, requests: 0, text: 'The ledger has all of these days already; nothing to ask.\n' });
});

test('it refuses what costs more than --max-usd, and says how much that is', async () => {
  const refused = backfill({ maxUsd: 0.1 });
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(/^that is more than --max-usd 0.1: raise it, or ask for fewer --months/);
  expect(simulator.journal.count({ operation: 'GetCostAndUsage' })).toBe(1);
  expect(await knownDays()).toEqual([]);
});

test('broken off it keeps the months it has, the newest ones, and goes on from there', async () => {
  // In the middle of the second month.
  simulator.faults.add({ kind: 'denied', operation: 'GetCostAndUsage', calls: [8] });
  const { code, text } = await backfill();
  expect(code).toBe(3);
  expect(text).toMatch(/stopped: .*ce:GetCostAndUsage.*\nWhat was read is kept; run it again to go on\.\n$/);
  const half = await knownDays();
  expect(half.length).toBeGreaterThan(0);
  expect(half).toEqual(half.map((_, index) => addDays(today, index - half.length)));
  expect((await backfill()).code).toBe(0);
  expect((await knownDays()).length).toBe(61);
});

test('while an audit holds the lease it does nothing', async () => {
  const store = openSqliteStore(join(directory, 's.db'));
  await store.acquireLease({ name: leaseName, runId: 'audit-1', ttlMs: 60_000, now: now() });
  await expect(backfill()).rejects.toThrow(StateConflictError);
  await store.close();
  expect(simulator.journal.count()).toBe(0);
});
