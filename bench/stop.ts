/**
 * SIGTERM to exit, at several instants of a run that has calls in flight and calls waiting for a bucket. Bound by what
 * the product does about calls in flight and by saving what is known; 20 s is its own limit, 30 s Fargate's.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inDirectory, inSimulation } from './audited.ts';
import { costwarden, exitOf } from './command-line.ts';
import { type Figure, figure, type Measurement } from './figure.ts';

/** Requests AWS has seen when the signal is sent: who we are, the tree, the first accounts, the middle, near the end. */
const instants = { short: [12, 60], full: [1, 12, 60, 250, 600] };
const world = { accounts: 8, bulk: { buckets: 40 } };

export const stop: Measurement = {
  name: 'stop',
  title: 'SIGTERM to exit of the command line, in the middle of a run',
  async *run(size) {
    // Side by side: these runs wait more than they work.
    yield* await Promise.all(instants[size].map(stopAfter));
  },
};

function stopAfter(requests: number): Promise<Figure> {
  return inDirectory((directory) =>
    inSimulation({ world, latencyMs: 120 }, async (simulator) => {
      const config = join(directory, 'costwarden.yaml');
      writeFileSync(
        config,
        `organization: {}\nlimits: { share: 1 }\nstate: { file: ${join(directory, 'state.db')} }\n`,
      );
      const child = costwarden(['audit', '--config', config], simulator.environment);
      while ((await simulator.count()) < requests) {
        if (child.exitCode !== null) throw new Error(`the run ended with ${child.exitCode} before request ${requests}`);
        await sleep(20);
      }
      const exit = exitOf(child);
      child.kill('SIGTERM');
      const { code, ms } = await exit;
      const how = `exit code ${code}`;
      return figure(`stop.after-${requests}-requests`, ms / 1000, 's', how, { atMost: 20 });
    }),
  );
}
