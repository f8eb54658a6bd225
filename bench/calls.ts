/** Calls of a first run against the least set (`least-calls.ts`), reads per bucket, and AssumeRole per account. */
import { join } from 'node:path';
import { collectorsByKind } from '../src/collect/by-kind.ts';
import { withPrerequisites } from '../src/collect/collect.ts';
import { enableChecks, loadRegistry } from '../src/commands/registry.ts';
import { builtInSource, defaultConfig } from '../src/read-config.ts';
import { generateWorld } from '../src/simulator/generate.ts';
import type { JournalEntry } from '../test/support/simulator-process.ts';
import { unlimited } from './audit-process.ts';
import { inLab, seed, worldNow } from './audited.ts';
import { type Figure, figure, type Measurement } from './figure.ts';
import { leastCalls, leftOut } from './least-calls.ts';

/** Small pages, so that lists have several; features in half of the accounts, so that there is something to list. */
const pageSize = 20;
const density = 0.5;

export const calls: Measurement = {
  name: 'calls',
  title: 'calls of a first run over the least for the enabled checks, which is counted from the simulated world',
  async *run(size) {
    const accounts = { short: 10, full: 100 }[size];
    const world = { accounts, density };
    const entries = await inLab({ world, pageSize }, async ({ simulator, auditor, directory }) => {
      const stateFile = join(directory, 'state.db');
      await auditor.audit({ environment: simulator.environment, stateFile, share: unlimited, now: worldNow });
      return simulator.entries();
    });
    const { world: simulated } = generateWorld({ seed, now: worldNow, ...world });
    yield compare(entries, leastCalls(simulated, await neededKinds(), pageSize));
    yield readsPerBucket(entries);
    const assumed = entries.filter(({ operation }) => operation === 'AssumeRole').length;
    const members = accounts - 2;
    const how = `${assumed} for ${members} open member accounts`;
    yield figure('calls.assume-role', assumed / members, 'each', how, {
      atMost: 1.1,
      decides: true,
      as: { figure: 'assume-role-per-account', accounts },
    });
  },
};

async function neededKinds(): Promise<ReadonlySet<string>> {
  const { checks } = await loadRegistry([]);
  const enabled = enableChecks(checks, defaultConfig.checks, [], builtInSource);
  const kinds = enabled.flatMap(({ check }) => [...check.needs, ...(check.wants ?? [])]);
  return new Set(withPrerequisites(kinds, collectorsByKind).map(({ kind }) => kind));
}

function compare(entries: readonly JournalEntry[], least: ReadonlyMap<string, number>): Figure {
  const counted = entries.filter(({ operation }) => !leftOut.has(operation));
  const made = Map.groupBy(counted, ({ operation }) => operation);
  let leastSum = 0;
  for (const count of least.values()) leastSum += count;
  const differences = [...new Set([...made.keys(), ...least.keys()])].flatMap((operation) => {
    const difference = (made.get(operation)?.length ?? 0) - (least.get(operation) ?? 0);
    return difference === 0 ? [] : [`${operation} ${difference > 0 ? '+' : ''}${difference}`];
  });
  const surplus = differences.length === 0 ? '' : `: ${differences.join(', ')}`;
  return figure('calls.over-least', counted.length / leastSum, '', `${counted.length} of ${leastSum}${surplus}`, {
    atMost: 1.05,
    decides: true,
    as: { figure: 'calls-over-minimal' },
  });
}

function readsPerBucket(entries: readonly JournalEntry[]): Figure {
  const reads = entries.filter(({ operation }) => operation.startsWith('GetBucket'));
  const byBucket = Map.groupBy(reads, ({ accountId, bucket }) => `${accountId} ${bucket}`);
  const most = Math.max(0, ...[...byBucket.values()].map((ofBucket) => ofBucket.length));
  return figure('calls.reads-per-bucket', most, 'calls', `most of ${byBucket.size} buckets`, {
    atMost: 3,
    decides: true,
    as: { figure: 'gets-per-bucket' },
  });
}
