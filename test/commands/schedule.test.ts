/** The daemon as a container runs it: ticks, missed runs, stops, and what ends it. */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { RunRecord } from '../../src/model/run.ts';
import { generateWorld } from '../../src/simulator/generate.ts';
import { environment, startSimulator } from '../../src/simulator/server.ts';
import { openSqliteStore } from '../../src/state/sqlite-store.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { runRecord } from '../notify/digests.ts';
import { startBench } from '../support/simulated.ts';
import { type Running, workplace } from './child.ts';

const everySecond = '* * * * * *';
const daily = '0 6 * * *';
const dayMs = 86_400_000;

const cleanUps: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(cleanUps.map((cleanUp) => cleanUp())));

/** A daemon with a directory and a simulated AWS of its own: its days are spent waiting, so several wait side by side. */
async function setUp() {
  const place = workplace();
  const { world } = generateWorld({ seed: 9, accounts: 5, now: new Date().toISOString() });
  const simulator = await startSimulator({ world });
  const started: Running[] = [];
  cleanUps.push(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await simulator.close();
    place.clean();
  });

  const withStore = async <T>(use: (store: StateStore) => Promise<T>): Promise<T> => {
    const store = openSqliteStore(join(place.directory, 's.db'));
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  };
  return {
    faults: simulator.faults,
    /** Waits for a further request to arrive. */
    asked: async (operation: string): Promise<void> => {
      const before = simulator.journal.count({ operation });
      while (simulator.journal.count({ operation }) === before) await setTimeout(20);
    },
    withStore,
    start: (cron: string): Running => {
      place.write(
        'c.yaml',
        `schedule: { cron: "${cron}" }\nregions: [us-east-1]\nchecks: { enable: [nat-gateway-idle] }\nlimits: { share: 1 }\nstate: { file: ./s.db }\n`,
      );
      const env = { ...environment(simulator), COSTWARDEN_LOG_LEVEL: 'info' };
      const daemon = place.start(['schedule', '--config', 'c.yaml'], env);
      started.push(daemon);
      return daemon;
    },
    runs: () => withStore((store) => store.runs(100)),
    remember: (run: RunRecord) =>
      withStore(async (store) => {
        const lease = await store.acquireLease({ name: 'audit', runId: run.id, ttlMs: 1000, now: run.startedAt });
        await store.saveRun(lease, run, []);
        await store.releaseLease(lease);
      }),
  };
}

/** @returns milliseconds until it was gone */
async function stop({ child, ended }: Running): Promise<number> {
  const at = Date.now();
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
  return Date.now() - at;
}

function logs({ output }: Running, message: string): Record<string, unknown>[] {
  return output.stderr
    .split('\n')
    .filter((line) => line.includes(`"msg":"${message}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** `expect.poll` knows no tests side by side. */
async function until(daemon: Running, message: string, count = 1): Promise<void> {
  const deadline = Date.now() + 18_000;
  while (logs(daemon, message).length < count) {
    if (Date.now() > deadline) throw new Error(`no “${message}” in:\n${daemon.output.stderr}`);
    await setTimeout(20);
  }
}

describe.concurrent('costwarden schedule', { timeout: 40_000 }, () => {
  test('runs at its ticks, one at a time; stopped in a run it saves what it knows and ends with 0', async () => {
    const { asked, faults, runs, start } = await setUp();
    const daemon = start(everySecond);
    await until(daemon, 'audit ended', 2);
    faults.add({ kind: 'hang', operation: 'DescribeNatGateways' });
    await asked('DescribeNatGateways');
    await until(daemon, 'run skipped: the previous one is still going');
    expect(await stop(daemon)).toBeLessThan(20_000);
    expect(daemon.output.stdout).toBe('');
    const [last, ...earlier] = await runs();
    expect(earlier.length).toBeGreaterThanOrEqual(2);
    expect(earlier.every(({ status, trigger }) => status === 'complete' && trigger === 'schedule')).toBe(true);
    expect(last?.status).toBe('partial');
    expect(last?.coverage.gaps).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'ec2.nat-gateway', reason: 'timeout' })]),
    );
    expect(last?.changes['resolved']).toBeUndefined();
  });

  test('stopped before it knows who it is, it ends with 0 as well', async () => {
    const { faults, runs, start } = await setUp();
    faults.add({ kind: 'hang', operation: 'GetCallerIdentity' });
    const daemon = start(everySecond);
    await until(daemon, 'run skipped: the previous one is still going');
    expect(await stop(daemon)).toBeLessThan(20_000);
    expect(logs(daemon, 'run ended early')).toHaveLength(1);
    expect(await runs()).toEqual([]);
  });

  test('stopped in a run, the next daemon goes on with it instead of waiting for its hour', async () => {
    const { asked, faults, runs, remember, start } = await setUp();
    await remember(runRecord({ id: 'old', startedAt: new Date(Date.now() - 3 * dayMs).toISOString() }));
    faults.add({ kind: 'hang', operation: 'DescribeNatGateways' });
    const first = start(daily);
    await asked('DescribeNatGateways');
    await stop(first);
    faults.clear();
    const second = start(daily);
    await until(second, 'waiting for the next run');
    await stop(second);
    expect(logs(second, 'a run was interrupted; going on with it')).toHaveLength(1);
    const [last, old] = await runs();
    expect(old?.id).toBe('old');
    expect(last).toMatchObject({ status: 'complete', trigger: 'catch-up' });
  });

  test('makes up once for runs that were missed, and waits; stopped while it waits it ends at once', async () => {
    const { remember, runs, start } = await setUp();
    const startedAt = new Date(Date.now() - 3 * dayMs).toISOString();
    await remember(runRecord({ id: 'old', startedAt }));
    const daemon = start(daily);
    await until(daemon, 'waiting for the next run');
    expect(logs(daemon, 'a scheduled run was missed; catching up once')).toMatchObject([{ lastRun: startedAt }]);
    expect(await stop(daemon)).toBeLessThan(3000);
    expect((await runs()).map(({ trigger }) => trigger)).toEqual(['catch-up', 'schedule']);

    const again = start(daily);
    await until(again, 'waiting for the next run');
    await stop(again);
    expect(await runs()).toHaveLength(2);
  });

  test('a schedule with seconds makes up for missed runs too', async () => {
    const { remember, runs, start } = await setUp();
    await remember(runRecord({ id: 'old', startedAt: new Date(Date.now() - 3 * dayMs).toISOString() }));
    const daemon = start(`30 ${daily}`);
    await until(daemon, 'waiting for the next run');
    await stop(daemon);
    expect(await runs()).toHaveLength(2);
  });

  test('without a run before, it waits for its hour', async () => {
    const { runs, start } = await setUp();
    const daemon = start(daily);
    await until(daemon, 'waiting for the next run');
    expect(logs(daemon, 'waiting for the next run')).toMatchObject([
      { cron: daily, timezone: 'UTC', next: expect.stringMatching(/T06:00:00/) },
    ]);
    await stop(daemon);
    expect(await runs()).toEqual([]);
  });

  test('lives through trouble of AWS, and ends when only the operator can help', async () => {
    const { faults, start } = await setUp();
    faults.add({ kind: 'server-error', operation: 'GetCallerIdentity' });
    const daemon = start(everySecond);
    await until(daemon, 'run failed');
    faults.clear();
    await until(daemon, 'audit ended');
    faults.add({ kind: 'expired-token', operation: 'GetCallerIdentity' });
    const { code, stderr } = await daemon.ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/\nthe AWS credentials have expired; get new ones .+\n$/);
  });

  test('another run that holds the lease is waited out', async () => {
    const { start, withStore } = await setUp();
    const now = new Date().toISOString();
    const lease = await withStore((store) => store.acquireLease({ name: 'audit', runId: 'other', ttlMs: 60_000, now }));
    const daemon = start(everySecond);
    await until(daemon, 'run skipped');
    await withStore((store) => store.releaseLease(lease));
    await until(daemon, 'audit ended');
    await stop(daemon);
  });
});

test('at its deadline a run turns the rest into gaps and resolves nothing', async () => {
  const bench = await startBench({ seed: 3, accounts: 4 });
  const timer = globalThis.setTimeout;
  try {
    await bench.audit({ checks: ['nat-*', 'vpc-*'] });
    bench.simulator.faults.add({ kind: 'hang', operation: 'DescribeRouteTables' });
    // The shortest deadline that the config takes is a minute.
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void, ms?: number) =>
      timer(work, ms === 60_000 ? 1000 : ms)) as typeof timer);
    const { run, records } = await bench.audit({
      checks: ['nat-*', 'vpc-*'],
      config: { schedule: { maxRunMinutes: 1 } },
      now: '2026-11-25T06:00:00.000Z',
    });
    expect(run.status).toBe('partial');
    expect(run.coverage.gaps.some(({ reason, kind }) => reason === 'timeout' && kind === 'ec2.route-table')).toBe(true);
    expect(run.changes['resolved']).toBeUndefined();
    expect(records.some(({ change }) => change === 'unknown')).toBe(true);
  } finally {
    vi.restoreAllMocks();
    await bench.close();
  }
});
