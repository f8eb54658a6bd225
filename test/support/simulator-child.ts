/** The other side of `simulator-process.ts`: a simulator that is told over IPC what to do, and ends with its parent. */
import { generateWorld } from '../../src/simulator/generate.ts';
import { environment, startSimulator } from '../../src/simulator/server.ts';
import { startSlack } from '../../src/simulator/slack.ts';
import type { ChildCommands, ChildReply, ChildRequest, SimulatorProcessOptions } from './simulator-process.ts';

/** Entries of the journal that travel in one message. */
const entriesPerMessage = 50_000;

async function start(options: SimulatorProcessOptions): Promise<ChildCommands> {
  const { world: worldOptions, now, slackChannels, ...rest } = options;
  const worldNow = worldOptions.now ?? now ?? new Date().toISOString();
  const generated = generateWorld({ ...worldOptions, now: worldNow });
  const { world } = generated;
  const simulator = await startSimulator({
    ...rest,
    world,
    ...(now === undefined ? {} : { now: () => Date.parse(now) }),
    sessionNow: Date.now,
  });
  const slack = slackChannels === undefined ? undefined : await startSlack({ channels: slackChannels });
  const { journal, faults } = simulator;
  return {
    start: async () => ({
      url: simulator.url,
      slackUrl: slack?.apiUrl,
      environment: environment(simulator),
      managementAccountId: world.managementAccountId,
    }),
    accounts: async () =>
      Array.from({ length: world.organization.size }, (_, index) => world.organization.account(index)),
    entries: async (from) => journal.entries.slice(from, from + entriesPerMessage),
    count: async (filter) => journal.count(filter),
    clearJournal: async () => journal.clear(),
    addFault: async (fault) => faults.add(fault),
    clearFaults: async () => faults.clear(),
    truth: async () => generated.truth(),
    fix: async (planted) => generated.fix(planted),
    suspend: async (accountId) => generated.suspend(accountId),
    slackMessages: async (channel) => slack?.messages(channel) ?? [],
    memory: async () => {
      const { user, system } = process.cpuUsage();
      return { rssMb: process.memoryUsage.rss() / 2 ** 20, cpuMs: (user + system) / 1000 };
    },
  };
}

let started: Promise<ChildCommands> | undefined;

async function answer({ id, method, args }: ChildRequest): Promise<ChildReply> {
  try {
    if (method === 'start') started = start(args[0] as SimulatorProcessOptions);
    if (started === undefined) throw new Error('the simulator has not been started');
    const command = (await started)[method] as (...given: readonly unknown[]) => Promise<unknown>;
    return { id, value: await command(...args) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (request: ChildRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit());
