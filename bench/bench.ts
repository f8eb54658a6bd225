/**
 * `npm run bench`: audits of growing simulated organizations in one process, simulator included.
 * Prints memory, its slope per account, calls against the least possible, and AssumeRole per account.
 * Figures are for comparison within one run; nothing here is asserted by time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { executeRun } from '../src/commands/execute-run.ts';
import { enableChecks, loadRegistry } from '../src/commands/registry.ts';
import { configSchema } from '../src/config.ts';
import { createLogger } from '../src/log.ts';
import { loadPrices } from '../src/price/load.ts';
import { loadPriceBook } from '../src/price/price-book.ts';
import { builtInSource } from '../src/read-config.ts';
import { generateWorld } from '../src/simulator/generate.ts';
import { environment, startSimulator } from '../src/simulator/server.ts';

const regions = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-west-2'];
const sizes = process.argv.includes('--short') ? [10, 40] : [10, 100, 300];
/** A page holds what AWS's would, so that calls are those of a real organization. */
const pageSize = 1000;

type Row = {
  readonly accounts: number;
  readonly seconds: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly calls: number;
  readonly findings: number;
  readonly assumeRoles: number;
  readonly usd: number;
};

/** What is left on the heap once the simulated organization has gone: our own memory, and whether it grows. */
async function measure(accounts: number): Promise<Row> {
  const row = await audited(accounts);
  await setTimeout(100);
  globalThis.gc?.();
  return { ...row, heapMb: process.memoryUsage().heapUsed / 2 ** 20 };
}

async function audited(accounts: number): Promise<Omit<Row, 'heapMb'>> {
  const now = new Date().toISOString();
  const { world } = generateWorld({ seed: 1, accounts, regions, now });
  const simulator = await startSimulator({ world, pageSize, journalLimit: 100 });
  const directory = mkdtempSync(join(tmpdir(), 'costwarden-bench-'));
  Object.assign(process.env, environment(simulator));
  const { checks } = await loadRegistry([]);
  const config = configSchema.parse({ organization: {}, state: { file: join(directory, 'bench.db') } });
  let rssMb = 0;
  const sample = setInterval(() => {
    rssMb = Math.max(rssMb, process.memoryUsage.rss() / 2 ** 20);
  }, 50);
  const startedAt = performance.now();
  const { run } = await executeRun(
    {
      // The simulator has no limits: what is measured is our own work.
      config: { ...config, limits: { ...config.limits, share: 100_000 } },
      checks: enableChecks(checks, config.checks, [], builtInSource),
      failedPlugins: [],
      priceBook: loadPriceBook(loadPrices()),
      slackToken: undefined,
      version: 'bench',
      log: createLogger({ level: 'silent', version: 'bench' }),
      now: () => now,
    },
    {
      trigger: 'one-off',
      runId: `bench-${accounts}`,
      filters: { accounts: [], ous: [], regions: [] },
      isDryRun: false,
      isNotifying: false,
      signal: new AbortController().signal,
      progress: () => {},
      onResult: async () => {},
    },
  );
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(sample);
  const assumeRoles = simulator.journal.count({ operation: 'AssumeRole' });
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
  return {
    accounts,
    seconds,
    rssMb,
    calls: run.ownCost.apiCalls,
    findings: run.totals.open,
    assumeRoles,
    usd: run.ownCost.usd,
  };
}

const rows: Row[] = [];
for (const accounts of sizes) {
  const row = await measure(accounts);
  rows.push(row);
  const { seconds, rssMb, heapMb, calls, findings, assumeRoles, usd } = row;
  process.stdout.write(
    `${String(accounts).padStart(5)} accounts x ${regions.length} regions: peak RSS ${rssMb.toFixed(0)} MB, heap after ${heapMb.toFixed(0)} MB, ${calls} calls (${(calls / accounts).toFixed(1)} an account), ${findings} findings, ${(assumeRoles / accounts).toFixed(2)} AssumeRole an account, own bill $${usd.toFixed(2)}, ${seconds.toFixed(1)} s\n`,
  );
}
const [first, last] = [rows[0], rows.at(-1)];
if (first !== undefined && last !== undefined) {
  const slope = ((last.heapMb - first.heapMb) * 1024) / (last.accounts - first.accounts);
  process.stdout.write(
    `heap per further account: ${slope.toFixed(1)} KB; peak RSS at ${last.accounts} accounts: ${last.rssMb.toFixed(0)} MB\n`,
  );
}
