/** Row 28: a region that does not answer. It is unknown, the others are not, and it is not asked over and over. */
import { expect } from 'vitest';
import { impatient } from './bench.ts';
import { scenario } from './scenario.ts';
import { gapsOf, lifeWithoutFaults, threeDays } from './three-days.ts';

const dead = 'eu-west-1';

for (const kind of ['hang', 'drop'] as const) {
  scenario(`28: a region where every call ends in ${kind}`, async (stage) => {
    const bench = { accounts: 7, patience: impatient };
    const life = await lifeWithoutFaults({ seed: stage.seed, ...bench });
    const usual = life[0].entries.filter(({ region }) => region === dead).length;
    await threeDays(stage, {
      bench,
      among: ({ region }) => region === dead,
      faults: () => [{ kind, region: dead }],
      expect(audited) {
        expect(audited.error).toBeUndefined();
        const gaps = gapsOf(audited);
        expect(gaps.length).toBeGreaterThan(0);
        for (const gap of gaps) expect(['timeout', 'unexpected']).toContain(gap.reason);
        // What is regional and elsewhere is complete; buckets are listed for all regions together.
        expect(gaps.filter(({ region }) => region !== dead && region !== 'global')).toEqual([]);
        // Set aside after a few calls: asked less often than a region that works.
        expect(audited.entries.filter(({ region }) => region === dead).length).toBeLessThan(usual);
      },
    });
  });
}
