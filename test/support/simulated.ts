/** A simulated organization with its Slack, and audits of it through the real stages, in one process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeRun, type RunOutcome } from '../../src/commands/execute-run.ts';
import { memberPolicy, workerPolicy } from '../../src/commands/policy.ts';
import { enableChecks, loadRegistry } from '../../src/commands/registry.ts';
import type { Settings } from '../../src/commands/settings.ts';
import { type Config, configSchema } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import type { FindingRecord } from '../../src/model/change.ts';
import type { RunRecord } from '../../src/model/run.ts';
import { loadPrices } from '../../src/price/load.ts';
import { loadPriceBook } from '../../src/price/price-book.ts';
import { builtInSource } from '../../src/read-config.ts';
import { type Generated, generateWorld, type WorldOptions } from '../../src/simulator/generate.ts';
import type { PolicyDocument } from '../../src/simulator/policy.ts';
import { environment, type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type SimulatedSlack, startSlack } from '../../src/simulator/slack.ts';

const externalId = 'simulated';

export type Bench = {
  readonly generated: Generated;
  readonly simulator: Simulator;
  readonly slack: SimulatedSlack;
  readonly directory: string;
  /** One audit; state is kept between calls. */
  audit(
    request?: AuditRequest,
  ): Promise<{ readonly run: RunRecord; readonly records: FindingRecord[]; readonly outcome: RunOutcome }>;
  close(): Promise<void>;
};

export type AuditRequest = {
  readonly config?: object;
  readonly now?: string;
  readonly isNotifying?: boolean;
  readonly checks?: readonly string[];
  readonly signal?: AbortSignal;
};

const worldNow = '2026-11-24T06:00:00.000Z';

export type BenchOptions = Partial<WorldOptions> & {
  readonly pageSize?: number;
  /** Change the generated policies before the simulator judges by them. */
  readonly policy?: (policy: PolicyDocument) => PolicyDocument;
};

export async function startBench(options: BenchOptions = {}): Promise<Bench> {
  const generated = generateWorld({ seed: 1, accounts: 10, now: worldNow, externalId, ...options });
  const { checks } = await loadRegistry([]);
  const change = options.policy ?? ((policy: PolicyDocument) => policy);
  const simulator = await startSimulator({
    world: generated.world,
    pageSize: options.pageSize ?? 5,
    policies: { hub: change(workerPolicy(checks)), member: change(memberPolicy(checks)) },
    now: () => Date.parse(worldNow),
    // The product's credentials live by the real clock.
    sessionNow: Date.now,
  });
  const slack = await startSlack({ channels: ['#cloud-costs'] });
  const directory = mkdtempSync(join(tmpdir(), 'costwarden-test-'));
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, environment(simulator));
  let runs = 0;
  return {
    generated,
    simulator,
    slack,
    directory,
    async audit({
      config = {},
      now = worldNow,
      isNotifying = false,
      checks: only = [],
      signal = new AbortController().signal,
    } = {}) {
      runs += 1;
      const runId = `run-${runs}`;
      const parsed = configSchema.parse({
        organization: { externalId },
        state: { file: join(directory, 'state.db') },
        notify: isNotifying ? { slack: { apiUrl: slack.apiUrl } } : {},
        ...config,
      });
      const settings = await settingsOf({ ...parsed, limits: { ...parsed.limits, share: 1000 } }, only, now);
      const records: FindingRecord[] = [];
      const outcome = await executeRun(settings, {
        trigger: 'one-off',
        runId,
        filters: { accounts: [], ous: [], regions: [] },
        isDryRun: false,
        isNotifying,
        signal,
        progress: () => {},
        onResult: async (run, store) => {
          for await (const record of store.findings({ runId: run.id })) records.push(record);
        },
      });
      return { run: outcome.run, records, outcome };
    },
    async close() {
      await Promise.all([simulator.close(), slack.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function settingsOf(config: Config, only: readonly string[], now: string): Promise<Settings> {
  const { checks, failedPlugins } = await loadRegistry(config.checks.plugins);
  return {
    config,
    checks: enableChecks(checks, config.checks, only, builtInSource),
    failedPlugins,
    priceBook: loadPriceBook(loadPrices()),
    slackToken: 'test-token',
    version: '0.0.0-test',
    log: createLogger({ level: process.env['TEST_LOG'] ?? 'silent', version: 'test' }),
    now: () => now,
  };
}

/** What an audit found, in the words of the truth. */
export function keyOf({
  checkId,
  accountId,
  region,
  resourceId,
}: {
  checkId: string;
  accountId: string;
  region: string;
  resourceId: string;
}): string {
  return `${checkId} ${accountId} ${region} ${resourceId}`;
}

export function keysOf(records: readonly FindingRecord[], state: FindingRecord['state'] = 'open'): string[] {
  return records
    .filter((record) => record.state === state)
    .map(({ finding }) => keyOf(finding))
    .sort();
}
