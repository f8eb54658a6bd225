/** The program as a process that can be killed, against a simulated AWS in a process of its own. */
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Check } from '../../src/check.ts';
import { collectorsByKind } from '../../src/collect/by-kind.ts';
import { memberPolicy, workerPolicy } from '../../src/commands/policy.ts';
import { loadRegistry } from '../../src/commands/registry.ts';
import type { FindingRecord } from '../../src/model/change.ts';
import type { RunRecord } from '../../src/model/run.ts';
import { type Generated, generateWorld, type WorldOptions } from '../../src/simulator/generate.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { openSqliteStore } from '../../src/state/sqlite-store.ts';
import type { OutboxRow } from '../../src/state/state-store.ts';
import { type Result, type Workplace, workplace } from '../commands/child.ts';
import {
  type SimulatorProcess,
  type SimulatorProcessOptions,
  startSimulatorProcess,
} from '../support/simulator-process.ts';
import { isRefusalPlanted, placesOf } from './bench.ts';
import type { Evidence } from './invariants.ts';

const externalId = 'faults';

export type Yard = {
  readonly simulator: SimulatorProcess;
  readonly place: Workplace;
  /** The same world in this process, for what is known of it. */
  readonly generated: Generated;
  readonly checks: readonly Check[];
  /** Variables of a process that audits it. */
  readonly env: Readonly<Record<string, string>>;
  /** Mends one planted thing in both worlds. */
  fix(planted: Parameters<Generated['fix']>[0]): Promise<void>;
  evidence(given: Pick<Evidence, 'entries' | 'before' | 'after'> & Partial<Evidence>): Evidence;
  close(): Promise<void>;
};

export type YardOptions = Omit<SimulatorProcessOptions, 'world' | 'policies'> & {
  readonly world: Omit<WorldOptions, 'now' | 'externalId'>;
  /** Checks that are switched off. */
  readonly disabled?: readonly string[];
};

export async function openYard({ world, disabled = [], ...options }: YardOptions): Promise<Yard> {
  const { checks: all } = await loadRegistry([]);
  const checks = all.filter(({ id, offByDefault }) => !disabled.includes(id) && offByDefault !== true);
  const policies = { hub: workerPolicy(all), member: memberPolicy(all) };
  const full = { ...world, externalId, now: new Date().toISOString() };
  const generated = generateWorld(full);
  const simulator = await startSimulatorProcess({ pageSize: 3, ...options, world: full, policies });
  const place = workplace();
  return {
    simulator,
    place,
    generated,
    checks,
    env: { ...simulator.environment, SLACK_BOT_TOKEN: 'test-token' },
    async fix(planted) {
      generated.fix(planted);
      await simulator.fix(planted);
    },
    evidence: (given) => ({
      checks,
      collectors: collectorsByKind,
      places: placesOf(generated, 'auto'),
      policies,
      isRefusalPlanted: (entry) => isRefusalPlanted(generated, entry),
      ...given,
    }),
    async close() {
      await simulator.close();
      place.clean();
    },
  };
}

export type State = {
  readonly records: FindingRecord[];
  readonly runs: RunRecord[];
  readonly outbox: OutboxRow[];
  /** Accounts that an interrupted run has behind it, as src/audit-checkpoint.ts keeps them. */
  readonly done: { readonly accountId: string; readonly runId: string }[];
};

const doneKey = 'run/account/';

export async function readState(file: string): Promise<State> {
  const store = openSqliteStore(file);
  const database = new DatabaseSync(file);
  try {
    const kept = database.prepare('select key, value from value where key like ?').all(`${doneKey}%`);
    return {
      records: await Array.fromAsync(store.findings()),
      runs: await store.runs(10),
      outbox: await store.outbox(),
      done: kept.map(({ key, value }) => ({
        accountId: String(key).slice(doneKey.length),
        runId: (JSON.parse(String(value)) as { runId: string }).runId,
      })),
    };
  } finally {
    database.close();
    await store.close();
  }
}

/**
 * A state of its own to go on from, in whose findings another channel is the owner's: what is resolved is told to the
 * owner it had, and each kill needs a channel in which only it has spoken.
 */
export function copyState({ place }: Yard, from: string, to: string, channels: readonly [string, string]): string {
  const file = join(place.directory, to);
  copyFileSync(join(place.directory, from), file);
  const database = new DatabaseSync(file);
  database.prepare('update finding set record = replace(record, ?, ?)').run(...channels);
  database.close();
  return file;
}

/** Requests since the last call. */
export function journalReader({ simulator }: Yard): () => Promise<JournalEntry[]> {
  let read = 0;
  return async () => {
    const entries = (await simulator.entries()).slice(read);
    read += entries.length;
    return entries;
  };
}

/** A process that may never end by itself is killed after a while: its code is then null. */
export async function runAtMost(
  place: Workplace,
  longestMs: number,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Result> {
  const { child, ended } = place.start(args, env);
  const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
  const result = await ended;
  clearTimeout(timer);
  return result;
}

const main = new URL('../../src/bin.js', import.meta.url).pathname;

/**
 * The program where no file can grow beyond a size: a write that would is refused, as on a full disk.
 * @param blocks of 1024 bytes
 */
export function runWithFullDisk(
  { directory }: Workplace,
  blocks: number,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Result> {
  const command = ['-c', `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, main, ...args];
  const clean = { PATH: process.env['PATH'] ?? '', HOME: directory, COSTWARDEN_LOG_LEVEL: 'silent', ...env };
  const child = spawn('bash', command, { cwd: directory, env: clean });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }));
  });
}
