/**
 * Start: `--version`, and the first request to AWS after the process was made, with a bare node beside both. Bound by
 * node's own start and by what is loaded before the first request.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../src/model/median.ts';
import { inDirectory, inSimulation } from './audited.ts';
import { costwarden, exitOf, node } from './command-line.ts';
import { figure, type Measurement } from './figure.ts';

const repetitions = { short: 3, full: 11 };

export const start: Measurement = {
  name: 'start',
  title: 'from making the process; medians',
  async *run(size) {
    const bare: number[] = [];
    const version: number[] = [];
    const first: number[] = [];
    await inDirectory((directory) =>
      inSimulation({ world: { accounts: 4 } }, async (simulator) => {
        const firstRequest = async (repetition: number): Promise<number> => {
          // A state of its own each time: the run before was killed with the lease in its hands.
          const config = join(directory, `${repetition}.yaml`);
          writeFileSync(config, `organization: {}\nstate: { file: ${join(directory, `${repetition}.db`)} }\n`);
          await simulator.clearJournal();
          const startedAt = Date.now();
          const child = costwarden(['audit', '--config', config], simulator.environment);
          const exit = exitOf(child);
          while ((await simulator.count()) === 0 && child.exitCode === null) await sleep(20);
          child.kill('SIGKILL');
          await exit;
          const [entry] = await simulator.entries();
          if (entry === undefined) throw new Error('the run ended before its first request');
          return entry.at - startedAt;
        };
        for (let repetition = 0; repetition < repetitions[size]; repetition += 1) {
          bare.push((await exitOf(node(['--eval', '0']))).ms);
          version.push((await exitOf(costwarden(['--version']))).ms);
          first.push(await firstRequest(repetition));
        }
      }),
    );
    const of = `of ${repetitions[size]}`;
    yield figure('start.bare-node', median(bare), 'ms', of);
    yield figure('start.version', median(version), 'ms', of, { atMost: 120 });
    yield figure('start.first-request', median(first), 'ms', `${of}; by the clock of the simulated AWS`, {
      atMost: 400,
    });
  },
};
