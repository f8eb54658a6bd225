/**
 * The simulator in a process of its own, so that neither its memory nor its time is counted as that of the tested
 * process. It ends with `close`, and with this process whatever happens to it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Limits } from '../../src/simulator/buckets.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import type { Generated, WorldOptions } from '../../src/simulator/generate.ts';
import type { JournalEntry, JournalFilter } from '../../src/simulator/journal.ts';
import type { SimulatedAccount } from '../../src/simulator/organization.ts';
import type { SimulatorOptions } from '../../src/simulator/server.ts';
import type { SlackMessage } from '../../src/simulator/slack.ts';

export type { JournalEntry } from '../../src/simulator/journal.ts';

type Planted = Parameters<Generated['fix']>[0];

export type SimulatorProcessOptions = {
  readonly world: Omit<WorldOptions, 'now'> & { readonly now?: string };
  readonly pageSize?: number;
  readonly limits?: Limits;
  readonly latencyMs?: NonNullable<SimulatorOptions['latencyMs']>;
  readonly policies?: NonNullable<SimulatorOptions['policies']>;
  readonly clockOffsetMs?: number;
  /** Server clock of the world, which then stands still, ISO 8601. Sessions live by the real clock. */
  readonly now?: string;
  readonly journalLimit?: number;
  /** Starts the simulated Slack as well. */
  readonly slackChannels?: readonly string[];
};

export type SimulatorProcess = {
  readonly url: string;
  readonly slackUrl: string | undefined;
  /** AWS_* variables of a process that talks to it. */
  readonly environment: Record<string, string>;
  readonly managementAccountId: string;
  accounts(): Promise<readonly SimulatedAccount[]>;
  entries(): Promise<JournalEntry[]>;
  count(filter?: JournalFilter): Promise<number>;
  clearJournal(): Promise<void>;
  addFault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  truth(): Promise<ReturnType<Generated['truth']>>;
  fix(planted: Planted): Promise<void>;
  suspend(accountId: string): Promise<void>;
  slackMessages(channel: string): Promise<SlackMessage[]>;
  /** Of the simulator's process; CPU time since it began. */
  memory(): Promise<{ rssMb: number; cpuMs: number }>;
  close(): Promise<void>;
};

type Started = Pick<SimulatorProcess, 'url' | 'slackUrl' | 'environment' | 'managementAccountId'>;

/** What the child can be told. */
export type ChildCommands = Omit<SimulatorProcess, keyof Started | 'entries' | 'close'> & {
  start(options: SimulatorProcessOptions): Promise<Started>;
  /** A part of the journal that fits in a message; empty at its end. */
  entries(from: number): Promise<JournalEntry[]>;
};
export type ChildRequest = {
  readonly id: number;
  readonly method: keyof ChildCommands;
  readonly args: readonly unknown[];
};
export type ChildReply = { readonly id: number; readonly value?: unknown; readonly error?: string };

const childFile = new URL('./simulator-child.ts', import.meta.url).pathname;

/** @throws Error when the child cannot start; calls fail with its error, or when it has ended */
export async function startSimulatorProcess(options: SimulatorProcessOptions): Promise<SimulatorProcess> {
  // Its own flags, not those of this process. It holds little and throws much away: without a bound on the young
  // generation the garbage of a large organization triples what the process weighs.
  const child = fork(childFile, { execArgv: ['--max-semi-space-size=4'], serialization: 'advanced' });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  child.on('message', ({ id, value, error }: ChildReply) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(`simulator: ${error}`));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`the simulator has ended (${code ?? signal})`));
    waiting.clear();
  });
  const ask = <M extends keyof ChildCommands>(
    method: M,
    ...args: Parameters<ChildCommands[M]>
  ): ReturnType<ChildCommands[M]> => {
    asked += 1;
    const id = asked;
    const call = Promise.withResolvers<unknown>();
    waiting.set(id, call);
    child.send({ id, method, args } satisfies ChildRequest, (error) => {
      if (error !== null) call.reject(error);
    });
    return call.promise as ReturnType<ChildCommands[M]>;
  };
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  };
  try {
    return {
      ...(await ask('start', options)),
      accounts: () => ask('accounts'),
      async entries() {
        const all: JournalEntry[] = [];
        for (let part = await ask('entries', 0); part.length > 0; part = await ask('entries', all.length))
          for (const entry of part) all.push(entry);
        return all;
      },
      count: (filter) => ask('count', filter),
      clearJournal: () => ask('clearJournal'),
      addFault: (fault) => ask('addFault', fault),
      clearFaults: () => ask('clearFaults'),
      truth: () => ask('truth'),
      fix: (planted) => ask('fix', planted),
      suspend: (accountId) => ask('suspend', accountId),
      slackMessages: (channel) => ask('slackMessages', channel),
      memory: () => ask('memory'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
