/**
 * An organization, its Slack and audits of it in one process, with short time limits and with everything that the
 * invariants are judged by kept aside. What differs from test/support/simulated.ts: rate limits, latency, a clock that
 * can be moved, checks from outside, and the journal of each single run.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { loadLimits } from '../../src/aws/limits.ts';
import type { Check } from '../../src/check.ts';
import { collectorsByKind } from '../../src/collect/by-kind.ts';
import { executeRun, type RunOutcome } from '../../src/commands/execute-run.ts';
import { memberPolicy, workerPolicy } from '../../src/commands/policy.ts';
import { enableChecks, loadRegistry } from '../../src/commands/registry.ts';
import type { Settings } from '../../src/commands/settings.ts';
import { configSchema } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import type { FindingRecord } from '../../src/model/change.ts';
import type { RunRecord } from '../../src/model/run.ts';
import { loadPrices } from '../../src/price/load.ts';
import { loadPriceBook } from '../../src/price/price-book.ts';
import { builtInSource } from '../../src/read-config.ts';
import { type Generated, generateWorld, type WorldOptions } from '../../src/simulator/generate.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { environment, type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';
import { type SimulatedSlack, startSlack } from '../../src/simulator/slack.ts';
import { openSqliteStore } from '../../src/state/sqlite-store.ts';
import type { OutboxRow } from '../../src/state/state-store.ts';
import type { Evidence, PlannedPlaces } from './invariants.ts';

type SessionOptions = Parameters<typeof import('../../src/aws/session.ts').createSessions>[0];
type Patience = Pick<SessionOptions, 'times' | 'operationMs' | 'accountMs' | 'endpointTimes'>;

/** Time limits of the next run; empty = those of the product. */
const { patience } = vi.hoisted(() => ({ patience: { current: {} as Patience } }));
vi.mock('../../src/aws/session.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/aws/session.ts')>();
  return {
    ...original,
    createSessions: (options: Parameters<typeof original.createSessions>[0]) =>
      original.createSessions({ ...patience.current, ...options }),
  };
});

const worldNow = '2026-11-24T06:00:00.000Z';
export const days = [
  worldNow,
  '2026-11-25T06:00:00.000Z',
  '2026-11-26T06:00:00.000Z',
  '2026-11-27T06:00:00.000Z',
  '2026-11-28T06:00:00.000Z',
] as const;

/** Gives up on a call after a second or two. */
export const impatient: Patience = {
  // A byte a second is not idle: what trickles is ended by the deadline of its operation, as with the product's times.
  times: { connectMs: 1000, requestMs: 1200, idleMs: 1500 },
  operationMs: 4000,
  endpointTimes: { patienceMs: 2000, probeMs: 300, probeGivenUpMs: 3000 },
};
const externalId = 'faults';
/** A share so large that no bucket is ever empty. */
const unlimited = 1000;
const channel = '#cloud-costs';

export type BenchOptions = Partial<WorldOptions> &
  Pick<SimulatorOptions, 'pageSize' | 'limits' | 'latencyMs' | 'clockOffsetMs' | 'sessionNow'> & {
    readonly seed: number;
    /** Share of the rate limits; default: so much that they limit nothing. */
    readonly share?: number;
    /** Checks beside the built-in ones. */
    readonly extraChecks?: readonly Check[];
    /** Time limits that a test can wait for. A busy machine may then be taken for a hung AWS. */
    readonly patience?: Patience;
    /** Ids or globs; default: all. */
    readonly only?: readonly string[];
  };

export type AuditRequest = {
  readonly now?: string;
  readonly config?: object;
  readonly isNotifying?: boolean;
  readonly signal?: AbortSignal;
};

/** One run, whatever became of it. */
export type Audited = {
  readonly outcome: RunOutcome | undefined;
  readonly run: RunRecord | undefined;
  readonly error: unknown;
  readonly before: readonly FindingRecord[];
  readonly after: readonly FindingRecord[];
  readonly entries: readonly JournalEntry[];
  readonly evidence: Evidence;
};

export type FaultBench = {
  readonly generated: Generated;
  readonly simulator: Simulator;
  readonly slack: SimulatedSlack;
  readonly stateFile: string;
  readonly checks: readonly Check[];
  /** One audit; state is kept between calls. Does not throw: a run that failed is evidence too. */
  audit(request?: AuditRequest): Promise<Audited>;
  /** The same without a look at the state before and after, for a state that cannot be read. */
  execute(request?: AuditRequest): Promise<Pick<Audited, 'outcome' | 'error'>>;
  /** Calls back with each request that the simulated AWS has answered. */
  onRequest(callback: (entry: JournalEntry) => void): void;
  records(): Promise<FindingRecord[]>;
  close(): Promise<void>;
};

export async function startFaultBench(options: BenchOptions): Promise<FaultBench> {
  const { pageSize = 2, limits, latencyMs, clockOffsetMs, sessionNow = Date.now, share, only = [], ...world } = options;
  const generated = generateWorld({
    accounts: 5,
    regions: ['us-east-1', 'eu-west-1'],
    now: worldNow,
    externalId,
    ...world,
  });
  /** AWS's day goes with ours, or the windows of metrics would run out of data. */
  let today = worldNow;
  const registry = await loadRegistry([]);
  const checks = [...registry.checks, ...(options.extraChecks ?? [])];
  const policies = { hub: workerPolicy(checks), member: memberPolicy(checks) };
  const simulator = await startSimulator({
    world: generated.world,
    pageSize,
    policies,
    now: () => Date.parse(today),
    sessionNow,
    ...(limits === undefined ? {} : { limits }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
  });
  const slack = await startSlack({ channels: [channel] });
  const directory = mkdtempSync(join(tmpdir(), 'costwarden-faults-'));
  const stateFile = join(directory, 'state.db');
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, environment(simulator));
  const enabled = enableChecks(checks, configSchema.parse({}).checks, only, builtInSource);
  const rate = share === undefined ? undefined : { limits: loadLimits(), share };

  const read = async (): Promise<{ records: FindingRecord[]; outbox: OutboxRow[] }> => {
    const store = openSqliteStore(stateFile);
    try {
      return { records: await Array.fromAsync(store.findings()), outbox: await store.outbox() };
    } finally {
      await store.close();
    }
  };

  const execute: FaultBench['execute'] = async (request = {}) => {
    const { now = worldNow, config = {}, isNotifying = false, signal = new AbortController().signal } = request;
    today = now;
    patience.current = options.patience ?? {};
    const parsed = configSchema.parse({
      organization: { externalId },
      state: { file: stateFile },
      notify: isNotifying ? { slack: { apiUrl: slack.apiUrl } } : {},
      ...config,
    });
    const settings: Settings = {
      config: { ...parsed, limits: { ...parsed.limits, share: share ?? unlimited } },
      checks: enabled,
      failedPlugins: [],
      priceBook: loadPriceBook(loadPrices()),
      slackToken: 'test-token',
      version: '0.0.0-test',
      log: createLogger({ level: process.env['TEST_LOG'] ?? 'silent', version: 'test' }),
      now: () => now,
    };
    try {
      const outcome = await executeRun(settings, {
        trigger: 'one-off',
        runId: `run-${now}`,
        filters: { accounts: [], ous: [], regions: [] },
        isDryRun: false,
        isNotifying,
        signal,
        progress: () => {},
        onResult: async () => {},
      });
      return { outcome, error: undefined };
    } catch (error) {
      return { outcome: undefined, error };
    }
  };

  return {
    generated,
    simulator,
    slack,
    stateFile,
    checks: enabled.map(({ check }) => check),
    records: async () => (await read()).records,
    onRequest(callback) {
      const { journal } = simulator;
      const add = journal.add.bind(journal);
      Object.assign(journal, {
        add(entry: JournalEntry) {
          add(entry);
          callback(entry);
        },
      });
    },
    execute,
    async audit(request = {}) {
      const { regions = 'auto' } = (request.config ?? {}) as { regions?: 'auto' | readonly string[] };
      const before = existsSync(stateFile) ? (await read()).records : [];
      const start = simulator.journal.entries.length;
      const { outcome, error } = await execute(request);
      const run = outcome?.run;
      const entries = simulator.journal.entries.slice(start);
      const { records: after, outbox } = await read();
      const evidence: Evidence = {
        entries,
        before,
        after,
        ...(run === undefined ? {} : { run }),
        isCutShort: options.patience !== undefined || request.signal?.aborted === true,
        checks: enabled.map(({ check }) => check),
        collectors: collectorsByKind,
        places: placesOf(generated, regions),
        policies,
        isRefusalPlanted: (entry) => isRefusalPlanted(generated, entry),
        ...(rate === undefined ? {} : { rate }),
        ...(request.isNotifying === true ? { slack: { outbox, messages: slack.messages(channel) } } : {}),
      };
      return { outcome, run, error, before, after, entries, evidence };
    },
    async close() {
      await Promise.all([simulator.close(), slack.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What a run has to look at, as the organization stands now. */
export function placesOf({ world }: Generated, regions: 'auto' | readonly string[]): PlannedPlaces {
  const all = Array.from({ length: world.organization.size }, (_, index) => world.organization.account(index));
  const open = all.filter(({ state }) => state === 'ACTIVE');
  return {
    hubId: world.managementAccountId,
    closed: all.filter(({ state }) => state !== 'ACTIVE').map(({ id }) => id),
    accounts: open.map(({ id }) => {
      const { enabledRegions, buckets, regions: states } = world.state(id);
      const gatewayRegions = [...states].flatMap(([region, { natGateways }]) =>
        natGateways.some(({ State }) => State === 'available') ? [region] : [],
      );
      return {
        id,
        regions: regions === 'auto' ? enabledRegions : regions,
        buckets: buckets.map(({ name }) => name),
        gatewayRegions,
      };
    }),
  };
}

/** Roles that are missing, and buckets whose own policy lets nobody in. */
export function isRefusalPlanted(
  { world }: Generated,
  { operation, service, accountId, bucket }: JournalEntry,
): boolean {
  if (operation === 'AssumeRole') return true;
  return service === 's3' && world.state(accountId).buckets.some(({ name, isClosed }) => isClosed && name === bucket);
}
