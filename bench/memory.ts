/**
 * Memory of growing organizations, audited one after the other by one process: the peak, and what each further account
 * adds to it. Peak resident size counts everything: heap, buffers, code, the cache of the state.
 */
import { join } from 'node:path';
import { type AuditFigures, unlimited } from './audit-process.ts';
import { inDirectory, inSimulation, withAuditor, worldNow } from './audited.ts';
import { type Figure, figure, type Measurement } from './figure.ts';

/** In each region of an account: so many interfaces, and as many tagged resources. The full run reads two million. */
const sizes = {
  short: { organizations: [20, 60], regions: ['us-east-1', 'eu-west-1'], perRegion: 50 },
  full: {
    organizations: [100, 300, 1000],
    regions: ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-west-2'],
    perRegion: 250,
  },
};

export const memory: Measurement = {
  name: 'memory',
  title: 'resident memory of the product alone, the simulated AWS being another process',
  async *run(size) {
    const { organizations, regions, perRegion } = sizes[size];
    const runs = new Map<number, AuditFigures>();
    await inDirectory((directory) =>
      withAuditor(async (auditor) => {
        for (const accounts of organizations) {
          const bulk = { networkInterfaces: perRegion, taggedResources: perRegion };
          const run = await inSimulation({ world: { accounts, regions, bulk } }, ({ environment }) =>
            auditor.audit({
              environment,
              stateFile: join(directory, `${accounts}.db`),
              share: unlimited,
              now: worldNow,
            }),
          );
          runs.set(accounts, run);
        }
      }),
    );
    const perAccount = 2 * perRegion * regions.length;
    for (const [accounts, { peakRssMb, heapMb, wallMs }] of runs) {
      const resources = (accounts * perAccount).toLocaleString('en-US');
      const how = `${resources} resources and more in ${(wallMs / 1000).toFixed(0)} s; heap afterwards ${heapMb.toFixed(0)} MB`;
      yield figure(`memory.peak.${accounts}`, peakRssMb, 'MB', how, {
        atMost: 350,
        decides: true,
        as: { figure: 'rss-mb', accounts },
      });
    }
    yield slope(runs, size === 'full');
  },
};

/** Between the two largest: what a process needs anyway has been reached by then. Judged where noise is small beside it. */
function slope(runs: ReadonlyMap<number, AuditFigures>, isJudged: boolean): Figure {
  const [before, last] = [...runs].slice(-2);
  const name = 'memory.per-further-account';
  if (before === undefined || last === undefined) return figure(name, null, 'KB', 'needs two sizes');
  const kb = ((last[1].peakRssMb - before[1].peakRssMb) * 1024) / (last[0] - before[0]);
  return figure(name, kb, 'KB', `from ${before[0]} to ${last[0]} accounts`, {
    ...(isJudged ? { atMost: 20, decides: true } : {}),
    as: { figure: 'rss-kb-per-account' },
  });
}
