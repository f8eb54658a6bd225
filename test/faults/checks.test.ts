/** Row 27: checks from outside that throw, loop or yield nonsense. Each is marked failed and stands alone. */
import { expect } from 'vitest';
import { type Check, defineCheck, z } from '../../src/check.ts';
import { days } from './bench.ts';
import { openYard, runAtMost } from './processes.ts';
import { scenario } from './scenario.ts';
import { lifeWithoutFaults } from './three-days.ts';

type Evaluate = Parameters<typeof defineCheck>[0]['evaluate'];

const hostile = (name: string, evaluate: Evaluate): Check =>
  defineCheck({
    id: `hostile-${name}`,
    title: 'A check that does harm',
    severity: 'info',
    needs: ['ec2.vpc'],
    options: z.strictObject({}),
    docs: { why: 'To see what it does.', fix: 'None.', sources: [] },
    evaluate,
  }) as Check;

const draft = { summary: 'nonsense', evidence: {} };
const usage = (quantity: number) => [{ sku: 'nat-gateway.data-processed', quantity, unit: 'GB' }];

const evaluations: Readonly<Record<string, Evaluate>> = {
  throws: () => {
    throw new Error('boom');
  },
  'throws-late': function* ({ inventory }) {
    for (const resource of inventory.list('ec2.vpc')) yield { ...draft, resource, savableUsage: [] };
    throw new Error('boom');
  },
  'yields-nan': function* ({ inventory }) {
    for (const resource of inventory.list('ec2.vpc')) yield { ...draft, resource, savableUsage: usage(Number.NaN) };
  },
  'yields-infinity': function* ({ inventory }) {
    for (const resource of inventory.list('ec2.vpc'))
      yield { ...draft, resource, savableUsage: usage(Number.POSITIVE_INFINITY) };
  },
  'yields-negative-dollars': function* ({ inventory }) {
    for (const resource of inventory.list('ec2.vpc')) yield { ...draft, resource, savableUsage: usage(-1e6) };
  },
  'reads-undeclared': function* ({ inventory }) {
    for (const resource of inventory.list('ec2.subnet' as 'ec2.vpc')) yield { ...draft, resource, savableUsage: [] };
  },
};

for (const [name, evaluate] of Object.entries(evaluations)) {
  scenario(`27: a check that ${name.replaceAll('-', ' ')}`, async (stage) => {
    const [faultless] = await lifeWithoutFaults({ seed: stage.seed });
    const bench = await stage.start({ extraChecks: [hostile(name, evaluate)] });
    for (const now of days.slice(0, 2)) {
      const audited = await bench.audit({ now });
      expect(audited.error).toBeUndefined();
      const { coverage, totals, status } = audited.run ?? {};
      expect(new Set(coverage?.failedChecks.map(({ checkId }) => checkId))).toEqual(new Set([`hostile-${name}`]));
      expect(status).toBe('partial');
      expect(Number.isFinite(totals?.monthlySavingUsd.expected)).toBe(true);
      expect(totals?.monthlySavingUsd.low).toBeGreaterThanOrEqual(0);
      // Nothing of it is kept, and all others say what they say without it.
      expect(audited.after.filter(({ finding }) => finding.checkId.startsWith('hostile'))).toEqual([]);
      stage.judge(audited, now === days[0] ? { faultless: faultless.after } : {});
    }
  });
}

scenario('27: a check that loops, as a plug-in, in one account', async (stage) => {
  const yard = await openYard({ world: { seed: stage.seed, accounts: 4, regions: ['us-east-1'] } });
  try {
    const { place, env, generated } = yard;
    const victim = generated.world.organization.account(1).id;
    const check = new URL('../../src/check.ts', import.meta.url).pathname;
    place.write(
      'loops.mjs',
      `import { defineCheck, z } from '${check}';
export default defineCheck({ id: 'hostile-loops', title: 'Loops', severity: 'info', needs: ['ec2.vpc'], options: z.strictObject({}),
  docs: { why: 'w', fix: 'f', sources: [] },
  *evaluate({ account }) { while (account.id === '${victim}') {} } });\n`,
    );
    const config = place.write(
      'loops.yaml',
      'organization: { externalId: faults }\nlimits: { share: 1 }\nchecks: { plugins: [./loops.mjs] }\n',
    );
    const args = [
      'audit',
      '--config',
      config,
      '--format',
      'json',
      '--check',
      'hostile-*',
      '--check',
      'vpc-missing-s3*',
    ];
    const { code, stdout } = await runAtMost(place, 50_000, args, env);
    expect(code).toBe(3);
    const { coverage } = JSON.parse(stdout);
    expect(coverage.failedChecks).toEqual([
      expect.objectContaining({ checkId: 'hostile-loops', scope: `region/${victim}/us-east-1` }),
    ]);
    expect(coverage.accounts.audited).toBe(2);
  } finally {
    await yard.close();
  }
});
