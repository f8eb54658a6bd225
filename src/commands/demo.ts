/**
 * `costwarden demo`: a whole audit against a simulated organization, through the real clients and the real stages.
 * Only endpoint and credentials differ from a real run; both lead to this process on the loopback address.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, configSchema } from '../config.ts';
import { ConfigError, exitCodes } from '../errors.ts';
import { createLogger } from '../log.ts';
import { messageText } from '../notify/preview-text.ts';
import { generateWorld } from '../simulator/generate.ts';
import { environment, type Simulator, startSimulator } from '../simulator/server.ts';
import { type SimulatedSlack, startSlack } from '../simulator/slack.ts';
import { auditWith } from './audit.ts';
import { rememberBill } from './demo-bill.ts';
import { memberPolicy, workerPolicy } from './policy.ts';
import type { CommandContext, resultFormats } from './program.ts';
import { loadSettings } from './settings.ts';
import { stopOnSignals } from './signals.ts';

export type DemoOptions = {
  readonly seed: number;
  readonly accounts: number;
  readonly serve: boolean;
  readonly format: (typeof resultFormats)[number];
};

const externalId = 'costwarden-demo';
const slackToken = 'demo-token';
const channels = ['#cloud-costs', '#payments-alerts', '#data-platform'];
const owners = { payments: '#payments-alerts', data: '#data-platform' };

export async function demoCommand(options: DemoOptions, context: CommandContext): Promise<number> {
  const { io, version } = context;
  const settings = await loadSettings(
    {},
    { version, io: { ...io, env: { ...io.env, SLACK_BOT_TOKEN: slackToken } } },
    {},
  );
  const { world } = generateWorld({
    seed: options.seed,
    accounts: options.accounts,
    externalId,
    now: settings.now(),
    story: true,
  });
  const checks = settings.checks.map(({ check }) => check);
  const simulator = await startSimulator({
    world,
    policies: { hub: workerPolicy(checks), member: memberPolicy(checks) },
  });
  const slack = await startSlack({ channels });
  const directory = mkdtempSync(join(tmpdir(), 'costwarden-demo-'));
  try {
    const config = demoConfig(slack, join(directory, 'demo.db'));
    // The log is for operators; the demo's reader gets the result alone.
    const log = createLogger({ level: io.env['COSTWARDEN_LOG_LEVEL'] ?? 'silent', version });
    io.stderr.write(
      `Demo data: a simulated organization of ${options.accounts} accounts, no AWS account is touched.\n\n`,
    );
    if (options.serve) return await serve(simulator, slack, context, settings.log);
    useOnly(environment(simulator));
    await rememberBill(world, config.state, settings.now());
    const audit = { account: [], ou: [], region: [], check: [], format: options.format, notify: true, dryRun: false };
    const code = await auditWith({ ...settings, config, slackToken, log }, audit, context, 'demo');
    const isForPeople = options.format === 'table';
    if (isForPeople) for (const channel of channels) io.stdout.write(messageText(channel, slack.messages(channel)));
    // The story has an account whose role is missing: finishing with gaps is what it should do.
    return code === exitCodes.gaps && isForPeople ? exitCodes.complete : code;
  } finally {
    rmSync(directory, { recursive: true, force: true });
    await Promise.all([simulator.close(), slack.close()]);
  }
}

function demoConfig(slack: SimulatedSlack, stateFile: string): Config {
  const config = configSchema.parse({
    organization: { externalId },
    owners: { map: owners },
    notify: { slack: { apiUrl: slack.apiUrl } },
    state: { file: stateFile },
  });
  // The simulated organization has no limits and no neighbours: nothing to leave for others.
  return { ...config, limits: { ...config.limits, share: 100 } };
}

/**
 * Points the SDK's usual chain at the simulator and nowhere else.
 * @throws ConfigError when the address is not this machine's: a demo must never reach AWS
 */
function useOnly(variables: Readonly<Record<string, string>>): void {
  const endpoint = new URL(variables['AWS_ENDPOINT_URL'] ?? '');
  if (endpoint.hostname !== '127.0.0.1')
    throw new ConfigError(`the demo talks to the loopback address only, not to ${endpoint.hostname}`);
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, variables);
}

/** Leaves everything running until Ctrl-C, for a look with other tools or an audit from another terminal. */
async function serve(
  simulator: Simulator,
  slack: SimulatedSlack,
  { io }: CommandContext,
  log: Parameters<typeof stopOnSignals>[0],
): Promise<number> {
  for (const [name, value] of Object.entries(environment(simulator))) io.stdout.write(`export ${name}=${value}\n`);
  io.stdout.write(`export SLACK_BOT_TOKEN=${slackToken}\n# notify: { slack: { apiUrl: ${slack.apiUrl} } }\n`);
  io.stdout.write(`# organization: { externalId: ${externalId} }\n`);
  const stop = stopOnSignals(log);
  await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }));
  stop.dispose();
  return exitCodes.complete;
}
