/** Rows 25 and 26: an event loop that stands still, pages without end, one account that is larger than all others. */
import { expect } from 'vitest';
import type { Check } from '../../src/check.ts';
import { defineCheck, z } from '../../src/check.ts';
import { openYard, readState } from './processes.ts';
import { scenario } from './scenario.ts';
import { expectRecovered, lifeWithoutFaults } from './three-days.ts';

/** Stands still for two seconds, once. */
function stallingCheck(): Check {
  let isDone = false;
  return defineCheck({
    id: 'own-stall',
    title: 'Takes its time',
    severity: 'info',
    needs: ['ec2.vpc'],
    options: z.strictObject({}),
    docs: { why: 'To stall the event loop.', fix: 'None.', sources: [] },
    evaluate() {
      if (!isDone) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
      isDone = true;
      return [];
    },
  }) as Check;
}

scenario('25: an event loop that stands still for two seconds loses no call and no lease', async (stage) => {
  const [faultless] = await lifeWithoutFaults({ seed: stage.seed });
  const bench = await stage.start({ extraChecks: [stallingCheck()] });
  const audited = await bench.audit();
  expectRecovered(audited);
  stage.judge(audited, { faultless: faultless.after });
});

scenario('25: pages of a thousand in a small heap', async (stage) => {
  const world = {
    seed: stage.seed,
    accounts: 4,
    regions: ['us-east-1'],
    giants: { 1: { networkInterfaces: 40_000, taggedResources: 3000 } },
  };
  const yard = await openYard({ world, pageSize: 1000 });
  try {
    const { place, env, generated } = yard;
    const giant = generated.world.organization.account(1).id;
    const config = place.write('giant.yaml', 'organization: { externalId: faults }\nlimits: { share: 1 }\n');
    const args = [
      'audit',
      '--config',
      config,
      '--format',
      'json',
      '--check',
      'public-*',
      '--check',
      'tag-missing-required',
    ];
    const { code, stderr } = await place.run(args, { ...env, NODE_OPTIONS: '--max-old-space-size=256' });
    expect(stderr).not.toMatch(/heap out of memory/i);
    expect(code).toBe(3);
    const { records, runs } = await readState(`${place.directory}/costwarden.db`);
    expect(runs[0]?.coverage.gaps.filter((gap) => gap.accountId === giant && gap.resourceId === undefined)).toEqual([]);
    const entries = await yard.simulator.entries();
    const checks = yard.checks.filter(({ id }) => id === 'tag-missing-required' || id.startsWith('public-'));
    const run = runs[0];
    if (run === undefined) throw new Error('no run was kept');
    stage.judgeEvidence(yard.evidence({ entries, before: [], after: records, run, checks }));
  } finally {
    await yard.close();
  }
});

scenario('26: small accounts do not wait for a large one', async (stage) => {
  const whale = stage.number(1, 3, 'account');
  const world = {
    seed: stage.seed,
    accounts: 12,
    regions: ['us-east-1'],
    giants: { [whale]: { networkInterfaces: 40_000 } },
  };
  const yard = await openYard({ world, pageSize: 1000, latencyMs: 100 });
  try {
    const { place, env, generated } = yard;
    const config = place.write('whale.yaml', 'organization: { externalId: faults }\nlimits: { share: 1 }\n');
    const { code } = await place.run(['audit', '--config', config, '--format', 'json', '--check', 'public-*'], env);
    expect(code).toBe(3);
    const entries = await yard.simulator.entries();
    const { id } = generated.world.organization.account(whale);
    const ofWhale = entries.flatMap(({ accountId, at, operation }) =>
      accountId === id && operation === 'DescribeNetworkInterfaces' ? [at] : [],
    );
    const ofOthers = entries.flatMap(({ accountId, at, operation }) =>
      accountId !== id && operation.startsWith('Describe') ? [at] : [],
    );
    expect(ofWhale.length).toBeGreaterThanOrEqual(40);
    // Its list is the longest chain there is: all others are through while it is still being walked.
    const left = ofWhale.filter((at) => at > Math.max(...ofOthers)).length;
    expect(left).toBeGreaterThan(ofWhale.length / 2);
  } finally {
    await yard.close();
  }
});
