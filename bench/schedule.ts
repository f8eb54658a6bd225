/**
 * Schedule efficiency: the least possible time of a run (`lower-bound.ts`) over the time it took, where a bucket, a
 * chain of pages, or our own CPU decides; and what was lost on the way, which must be nothing.
 *
 * Bucket: AWS's limits are on; a few accounts have many buckets, whose settings are one call each.
 * Chain: every answer takes 120 ms; one account has a list of many small pages.
 * CPU: neither limits nor latency.
 *
 * What is measured is the run of a day after another: the state knows the accounts' tags (reading them once a week at
 * AWS's pace for Organizations would hide everything else) and how long each account took.
 */
import { join } from 'node:path';
import { loadLimits } from '../src/aws/limits.ts';
import { configSchema } from '../src/config.ts';
import type { JournalEntry, SimulatorProcessOptions } from '../test/support/simulator-process.ts';
import { type AuditFigures, unlimited } from './audit-process.ts';
import { fullPage, inDirectory, inLab, nextDay, worldNow } from './audited.ts';
import { type Figure, figure, type Measurement, type Size } from './figure.ts';
import { busiestBucket } from './goodput.ts';
import { isThrottled } from './journal.ts';
import { lostOperations } from './lost-operations.ts';
import { type LowerBound, lowerBound } from './lower-bound.ts';

type Regime = 'bucket' | 'chain' | 'cpu';

type Scenario = {
  readonly regime: Regime;
  readonly accounts: number;
  /** Accounts that set the pace, by index; the others are small. Not the first, which is listed first. */
  readonly giants: readonly number[];
  /** Buckets of each giant, or pages of its list; without giants, buckets of every account. */
  readonly size: number;
};

const regions = ['us-east-1', 'us-west-2', 'eu-west-1'];
const defaults = configSchema.parse({});
const limits = loadLimits();
/** Small pages: the chain shall take its time by its length, not by what decoding it takes. */
const chainPage = 20;

const scenarios: Readonly<Record<Size, readonly Scenario[]>> = {
  short: [
    { regime: 'cpu', accounts: 10, giants: [], size: 60 },
    { regime: 'bucket', accounts: 30, giants: [5, 12, 19], size: 40 },
    { regime: 'chain', accounts: 30, giants: [12], size: 16 },
  ],
  full: [
    { regime: 'bucket', accounts: 10, giants: [1, 2, 3, 4, 5, 6, 7], size: 150 },
    { regime: 'bucket', accounts: 100, giants: [11, 26, 41, 56, 71, 86], size: 350 },
    { regime: 'bucket', accounts: 1000, giants: [111, 222, 333, 444, 555, 666, 777, 888], size: 900 },
    { regime: 'chain', accounts: 10, giants: [3], size: 60 },
    { regime: 'chain', accounts: 100, giants: [41], size: 150 },
    { regime: 'chain', accounts: 1000, giants: [444], size: 1000 },
    { regime: 'cpu', accounts: 10, giants: [], size: 600 },
    { regime: 'cpu', accounts: 100, giants: [], size: 40 },
    { regime: 'cpu', accounts: 1000, giants: [], size: 10 },
  ],
};

export const schedule: Measurement = {
  name: 'schedule',
  title: 'least possible time over the time taken; the bound is explained in bench/lower-bound.ts',
  async *run(size) {
    for (const scenario of scenarios[size]) yield* await measure(scenario);
  },
};

function measure(scenario: Scenario): Promise<Figure[]> {
  const { regime, accounts } = scenario;
  const bulk = regime === 'cpu' ? { bulk: { buckets: scenario.size } } : {};
  const world = { accounts, regions, giants: giantsOf(scenario), ...bulk };
  // Which regions are visited is no matter of the schedule.
  const config = { regions };
  const pageSize = regime === 'chain' ? chainPage : fullPage;
  return inDirectory(async (directory) => {
    const stateFile = join(directory, 'state.db');
    await inLab({ world, pageSize }, ({ simulator: { environment }, auditor }) =>
      auditor.audit({ environment, stateFile, share: unlimited, now: worldNow, config }),
    );
    const latencyMs = { bucket: 5, chain: 120, cpu: 0 }[regime];
    const share = regime === 'bucket' ? defaults.limits.share : undefined;
    const limited = share === undefined ? {} : { limits: {} };
    return inLab({ world, pageSize, now: nextDay, latencyMs, ...limited }, async ({ simulator, auditor }) => {
      const { environment } = simulator;
      const before = await simulator.memory();
      const run = await auditor.audit({ environment, stateFile, share: share ?? unlimited, now: nextDay, config });
      const after = await simulator.memory();
      const entries = await simulator.entries();
      const bound = lowerBound(entries, {
        limits,
        share,
        latencyMs,
        concurrency: defaults.limits.concurrency,
        mainCpuMs: run.mainCpuMs,
        judgeCpuMs: after.cpuMs - before.cpuMs,
      });
      return figuresOf({ mix: regime, accounts }, { run, entries, bound, share });
    });
  });
}

function giantsOf({ regime, giants, size }: Scenario): NonNullable<SimulatorProcessOptions['world']['giants']> {
  // All pages of the chain lie in one region's list; the others of the account are as long, and walked beside it.
  const bulk = regime === 'bucket' ? { buckets: size } : { networkInterfaces: size * chainPage };
  return Object.fromEntries(giants.map((index) => [index, bulk]));
}

type Measured = {
  readonly run: AuditFigures;
  readonly entries: readonly JournalEntry[];
  readonly bound: LowerBound;
  readonly share: number | undefined;
};

function figuresOf(place: { mix: Regime; accounts: number }, { run, entries, bound, share }: Measured): Figure[] {
  const name = `schedule.${place.mix}.${place.accounts}`;
  const as = (figure: string) => ({ figure, ...place, system: 'costwarden' });
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const { parts } = bound;
  const throttled = entries.filter(isThrottled).length;
  const told = `bound by ${bound.boundBy}; organization ${seconds(parts.organization)}, account ${seconds(parts.account)}, whole run ${seconds(parts.hub)}, CPU ${seconds(parts.cpu)}, in flight ${seconds(parts.concurrency)}, simulator ${seconds(parts.judge)}`;
  const took = `${entries.length} calls, least ${seconds(bound.ms)}${withoutCore(run, bound)}`;
  const lost = lostOperations(run.gaps, entries);
  const figures = [
    figure(`${name}.efficiency`, bound.ms / run.wallMs, '', told, { atLeast: 0.9, as: as('schedule-efficiency') }),
    figure(`${name}.wall`, run.wallMs / 1000, 's', took),
    figure(`${name}.throttled`, (100 * throttled) / entries.length, '%', `${throttled} responses`, {
      atMost: 1,
      as: as('throttled-share'),
    }),
    figure(`${name}.lost`, lost, 'calls', 'gaps that no policy explains, broken chains', {
      atMost: 0,
      decides: true,
      as: as('lost-operations'),
    }),
    figure(`${name}.loop-delay`, run.loopDelayP99Ms, 'ms', 'event loop, 99 of 100 times less', {
      as: as('loop-delay-p99-ms'),
    }),
  ];
  if (share === undefined) return figures;
  const goodput = busiestBucket(entries, limits, share);
  return [...figures, figure(`${name}.goodput`, goodput.ratio, '', goodput.how, { atLeast: 0.9, as: as('goodput') })];
}

/** On a machine that does other things too: what the main thread waited for a core, and the efficiency without it. */
function withoutCore({ wallMs, waitedMs }: AuditFigures, { ms }: LowerBound): string {
  if (waitedMs === undefined) return '';
  return `; ${(waitedMs / 1000).toFixed(2)} s without a core, efficiency otherwise ${(ms / (wallMs - waitedMs)).toFixed(2)}`;
}
