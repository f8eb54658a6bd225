/** Rows 16 and 17: two starts, one run. A task that slept past its lease cannot write over its successor. */
import { expect } from 'vitest';
import { StateConflictError } from '../../src/errors.ts';
import { openSqliteStore } from '../../src/state/sqlite-store.ts';
import { days } from './bench.ts';
import { openYard, readState } from './processes.ts';
import { scenario } from './scenario.ts';

scenario('16, 17: of two tasks that start together one works, the other says since when', async (stage) => {
  const yard = await openYard({ world: { seed: stage.seed, accounts: 4, regions: ['us-east-1'] }, latencyMs: 10 });
  try {
    const { place, env, simulator } = yard;
    const config = place.write('both.yaml', 'organization: { externalId: faults }\nlimits: { share: 1 }\n');
    const args = ['audit', '--config', config, '--format', 'json', '--check', 'vpc-missing-s3*'];
    const results = await Promise.all([place.run(args, env), place.run(args, env)]);
    expect(results.map(({ code }) => code ?? -1).sort((a, b) => a - b)).toEqual([3, 4]);
    expect(results.find(({ code }) => code === 4)?.stderr).toMatch(/holds the lease since \d{4}-\d\d-\d\dT/);
    const { runs } = await readState(`${place.directory}/costwarden.db`);
    expect(runs).toHaveLength(1);
    // What one run asks once was asked once.
    expect(await simulator.count({ operation: 'DescribeOrganization' })).toBe(1);
  } finally {
    await yard.close();
  }
});

scenario('16: a task that slept past its lease is refused when it wakes, and its successor stands', async (stage) => {
  const bench = await stage.start();
  const first = await bench.audit();
  stage.judge(first);
  const turn = stage.number(20, first.entries.length - 20, 'call');
  let answered = 0;
  const successor = Promise.withResolvers<void>();
  bench.onRequest(() => {
    answered += 1;
    if (answered === turn) takeOver().then(successor.resolve, successor.reject);
  });
  let atTakeover: Awaited<ReturnType<typeof bench.records>> = [];
  /** As another task does when the lease of this one has run out. */
  const takeOver = async (): Promise<void> => {
    const store = openSqliteStore(bench.stateFile);
    const now = new Date(Date.parse(days[1]) + 3_600_000).toISOString();
    await store.acquireLease({ name: 'audit', runId: 'successor', ttlMs: 90_000, now });
    atTakeover = await Array.fromAsync(store.findings());
    await store.close();
  };
  const second = await bench.audit({ now: days[1] });
  await successor.promise;
  expect(second.error).toBeInstanceOf(StateConflictError);
  const after = await bench.records();
  expect(after).toEqual(atTakeover);
  stage.judge(second);
});
