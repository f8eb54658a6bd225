/** AWS's own advisers, on the wire: from the Hub, from Compute Optimizer where the Hub is off, and with neither. */
import { afterEach, expect, test } from 'vitest';
import type { Advisers } from '../../src/simulator/recommendations.ts';
import { type Bench, type BenchOptions, keyOf, keysOf, startBench } from '../support/simulated.ts';

const checks = ['coh-import', 'compute-optimizer-or-coh-off'];
const organization = { seed: 4, accounts: 12, density: 1 };
const benches: Bench[] = [];
afterEach(() => Promise.all(benches.splice(0).map((bench) => bench.close())));

async function start(options: BenchOptions): Promise<Bench> {
  const bench = await startBench({ ...organization, ...options });
  benches.push(bench);
  return bench;
}

const withoutAction = (action: string): BenchOptions => ({
  policy: ({ Statement }) => ({ Statement: [...Statement, { Effect: 'Deny', Action: action, Resource: '*' }] }),
});

function ofAdvisers({ generated }: Bench): string[] {
  const { planted } = generated.truth();
  return planted
    .filter(({ checkId }) => checks.includes(checkId))
    .map(keyOf)
    .sort();
}

const modes: readonly Advisers[] = ['hub', 'compute-optimizer', 'off'];

test.each(modes)('with %s exactly what is planted is told, page by page', async (advisers) => {
  const bench = await start({ advisers, pageSize: 1 });
  const { run, records } = await bench.audit({ checks });
  expect(run.coverage.gaps.filter(({ kind }) => kind.startsWith('optimizer.'))).toEqual([]);
  expect(keysOf(records)).toEqual(ofAdvisers(bench));
  expect(records.length).toBeGreaterThan(0);
});

test('the Hub is asked once for the whole organization, whatever the number of accounts', async () => {
  const bench = await start({ pageSize: 1000 });
  await bench.audit({ checks });
  const { journal } = bench.simulator;
  const calls = (operation: string): number => journal.count({ operation });
  expect(journal.count({ service: 'cost-optimization-hub' })).toBe(3);
  expect(journal.count({ service: 'compute-optimizer' })).toBe(1);
  expect([calls('ListRecommendations'), calls('ListEnrollmentStatuses'), calls('GetPreferences')]).toEqual([1, 1, 1]);
});

test('an import shows the dollars of AWS as such, and whose word they are', async () => {
  const bench = await start({});
  const { run, records } = await bench.audit({ checks });
  const volumes = records.filter(({ finding }) => finding.checkId === 'coh-import');
  expect(volumes.map(({ finding }) => finding.saving)).toContainEqual(
    expect.objectContaining({
      monthlyUsd: 8,
      confidence: 'estimated',
      lines: [
        expect.objectContaining({ sku: 'aws.estimated-saving', priceSource: 'aws-estimate', asOf: '2026-11-23' }),
      ],
    }),
  );
  expect(volumes.map(({ finding }) => finding.resourceType)).not.toContain('AWS::EC2::NatGateway');
  expect(run.coverage.sources?.filter(({ kind }) => kind === 'optimizer.recommendation')).toEqual([
    {
      kind: 'optimizer.recommendation',
      source: 'cost-optimization-hub',
      scopes: 1,
      oldestAt: '2026-11-23T19:00:00.000Z',
    },
  ]);
});

test('findings are the same ones when the Hub is switched off and Compute Optimizer is asked', async () => {
  const imports = async (advisers: Advisers): Promise<string[]> => {
    const bench = await start({ advisers });
    const { records } = await bench.audit({ checks: ['coh-import'] });
    return records.map(({ finding }) => finding.id).sort();
  };
  expect(await imports('compute-optimizer')).toEqual(await imports('hub'));
});

test('a recommendation that a week passes over is left out and counted', async () => {
  const bench = await start({});
  await bench.audit({ checks });
  const operations = bench.generated.world.operations['cost-optimization-hub'];
  const original = operations['ListRecommendations']!;
  const handle: typeof original.handle = async (input, call) =>
    original.handle(input, { ...call, now: '2026-11-10T06:00:00.000Z' });
  Object.assign(operations, { ListRecommendations: { ...original, handle } });
  const { records } = await bench.audit({ checks, now: '2026-11-25T06:00:00.000Z' });
  expect(keysOf(records).map((key) => key.split(' ').at(-1))).toEqual(['stale-recommendations']);
  const resolved = records.filter(({ state }) => state === 'resolved');
  expect(resolved.map(({ reason }) => reason)).toContain('AWS has not refreshed it since 2026-11-09');
});

const denials: readonly (readonly [action: string, advisers: Advisers, silenced: readonly string[]])[] = [
  ['cost-optimization-hub:ListEnrollmentStatuses', 'hub', checks],
  ['cost-optimization-hub:GetPreferences', 'hub', checks],
  ['compute-optimizer:GetEnrollmentStatus', 'hub', checks],
  ['cost-optimization-hub:ListRecommendations', 'hub', ['coh-import']],
  ['compute-optimizer:GetEnrollmentStatusesForOrganization', 'compute-optimizer', ['coh-import']],
  ['compute-optimizer:GetIdleRecommendations', 'compute-optimizer', ['coh-import']],
  ['compute-optimizer:GetECSServiceRecommendations', 'compute-optimizer', ['coh-import']],
];

test.each(denials)(
  'without %s (%s) its checks are unknown, and the gap names it',
  async (action, advisers, silenced) => {
    const bench = await start({ advisers, ...withoutAction(action) });
    const { run, records } = await bench.audit({ checks });
    const gaps = run.coverage.gaps.filter(({ kind }) => kind.startsWith('optimizer.'));
    expect(gaps.length).toBeGreaterThan(0);
    for (const gap of gaps) expect(gap).toMatchObject({ reason: 'denied', iamAction: action });
    expect([...new Set(gaps.flatMap((gap) => gap.checks))].sort()).toEqual(silenced);
    expect(records.filter(({ finding }) => silenced.includes(finding.checkId))).toEqual([]);
  },
);
