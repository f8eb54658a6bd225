/** The plan of an inventory: read back as it was, narrowed by flags, never narrower by accident. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import { type DatedPlan, mergePlans, narrowPlan, readPlanFile, writePlanFile } from '../../src/inventory/plan-file.ts';
import type { Account } from '../../src/model/scope.ts';

const directory = mkdtempSync(join(tmpdir(), 'costwarden-plan-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const account = (id: string, ouPath: readonly string[]): Account => ({
  id: id.repeat(12),
  name: `account-${id}`,
  state: 'ACTIVE',
  ouPath,
  ouIds: ['r-1', ...ouPath.map((name) => `ou-${name}`)],
  tags: { team: 'shop' },
  isManagement: id === '1',
  managementId: id === '1' ? undefined : '111111111111',
});
const hub = account('1', []);
const prod = account('2', ['workloads', 'prod']);
const sandbox = account('3', ['sandbox']);
const plan: DatedPlan = {
  plannedAt: '2026-11-24T06:00:00.000Z',
  hub,
  accounts: [
    { account: hub, isHub: true },
    { account: prod, isHub: false },
    { account: sandbox, isHub: false },
  ],
  skipped: [{ accountId: '444444444444', name: 'left', reason: 'state SUSPENDED', isClosed: true }],
  regions: 'auto',
  spendRegions: new Map([[prod.id, new Set(['eu-west-1', 'us-east-1'])]]),
  isFullVisit: false,
  sources: [{ kind: 'plan.accounts', source: 'live', scopes: 1, oldestAt: '2026-11-24T06:00:00.000Z' }],
  isKept: false,
};
const none = { accounts: [], ous: [], regions: [] };
const idsOf = ({ accounts }: DatedPlan): string[] => accounts.map((planned) => planned.account.id);

describe('plan.json', () => {
  test('gives back the plan, marked as kept', async () => {
    await writePlanFile(directory, plan, '1.2.3');
    expect(await readPlanFile(directory)).toMatchObject({
      ...plan,
      isKept: true,
      sources: [{ kind: 'plan.accounts', source: 'inventory', scopes: 1, oldestAt: plan.plannedAt }],
    });
  });

  test('tells regions that are not known from regions without spend', async () => {
    await writePlanFile(directory, { ...plan, spendRegions: undefined }, '1.2.3');
    expect((await readPlanFile(directory)).spendRegions).toBeUndefined();
    await writePlanFile(directory, { ...plan, spendRegions: new Map() }, '1.2.3');
    expect((await readPlanFile(directory)).spendRegions).toEqual(new Map());
  });

  test.each([
    ['damaged', (text: string) => text.slice(0, 200), /plan\.json: damaged: /],
    [
      'of another version',
      (text: string) => text.replace('-plan/1', '-plan/2'),
      /plan\.json: not a plan that this version reads: schema: /,
    ],
    [
      'with an account that is none',
      (text: string) => text.replaceAll('222222222222', '../2'),
      /reads: accounts\.1\.account\.id: /,
    ],
  ])('that is %s is refused in one sentence', async (_, damage, message) => {
    await writePlanFile(directory, plan, '1.2.3');
    const path = join(directory, 'plan.json');
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    await expect(readPlanFile(directory)).rejects.toThrow(message);
  });

  test('that is not there says how to make one', async () => {
    await expect(readPlanFile(join(directory, 'none'))).rejects.toThrow(
      /none\/plan\.json: no such file; an inventory is made by costwarden audit --save-inventory/,
    );
  });
});

describe('a kept plan', () => {
  test.each([
    ['nothing asked', none, 'auto' as const, [hub.id, prod.id, sandbox.id], 'auto'],
    ['an account', { ...none, accounts: [prod.id] }, 'auto' as const, [prod.id], 'auto'],
    ['a unit by name', { ...none, ous: ['sandbox'] }, 'auto' as const, [sandbox.id], 'auto'],
    ['a unit by id', { ...none, ous: ['ou-workloads'] }, 'auto' as const, [prod.id], 'auto'],
    ['a unit by path', { ...none, ous: ['workloads/prod'] }, 'auto' as const, [prod.id], 'auto'],
    ['regions of the config', none, ['eu-west-1'], [hub.id, prod.id, sandbox.id], ['eu-west-1']],
  ])('is narrowed: %s', (_, filters, regions, ids, left) => {
    const narrowed = narrowPlan(plan, { filters, regions });
    expect(idsOf(narrowed)).toEqual(ids);
    expect(narrowed.regions).toEqual(left);
  });

  test.each([
    [
      { ...none, accounts: ['444444444444'] },
      'auto' as const,
      '--account: account 444444444444 is not in the inventory (state SUSPENDED)',
    ],
    [
      { ...none, accounts: ['999999999999'] },
      'auto' as const,
      '--account: account 999999999999 is not in the inventory',
    ],
    [
      { ...none, ous: ['prod/workloads'] },
      'auto' as const,
      '--ou: no account of the inventory lies below an organizational unit called prod/workloads',
    ],
    [
      { ...none, regions: ['us-west-2'] },
      'auto' as const,
      '--region: the inventory was limited to eu-west-1; us-west-2 is not in it',
    ],
    [none, ['us-west-2'], 'regions: the inventory holds none of the regions of the config'],
    [
      { ...none, accounts: [hub.id], ous: ['sandbox'] },
      'auto' as const,
      'no account of the inventory is left by --account and --ou',
    ],
  ])('refuses what it cannot answer: %j %j', (filters, regions, problem) => {
    expect(() => narrowPlan({ ...plan, regions: ['eu-west-1'] }, { filters, regions })).toThrow(
      new ConfigError(problem),
    );
  });

  test('keeps what a later run for a part of it did not look at', () => {
    const moved = { ...sandbox, name: 'renamed' };
    const part: DatedPlan = {
      ...plan,
      accounts: [{ account: moved, isHub: false }],
      skipped: [{ accountId: prod.id, name: prod.name, reason: 'not asked for', isClosed: false }],
      regions: ['eu-west-1'],
      isFullVisit: true,
    };
    const merged = mergePlans(plan, part);
    expect(idsOf(merged)).toEqual([hub.id, prod.id, sandbox.id]);
    expect(merged.accounts[2]!.account.name).toBe('renamed');
    expect(merged).toMatchObject({ regions: 'auto', skipped: [], isFullVisit: false });
    expect(mergePlans({ ...plan, regions: ['us-east-1'] }, part).regions).toEqual(['us-east-1', 'eu-west-1']);
  });
});
