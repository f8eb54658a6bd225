/** The process behind `startAuditProcess`: one message in, one audit (or bare replay), one message out. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { executeRun } from '../src/commands/execute-run.ts';
import { loadSettings } from '../src/commands/settings.ts';
import { configSchema } from '../src/config.ts';
import type { GapReason } from '../src/model/inventory.ts';
import type { RunRecord } from '../src/model/run.ts';
import type { AuditFigures, AuditRequest, BareRequest, BaselineRequest } from './audit-process.ts';
import { readBuckets } from './bare-client.ts';
import { readByBaseline } from './baseline-client.ts';

let runs = 0;

async function audit(request: AuditRequest): Promise<AuditFigures> {
  const { now, share } = request;
  Object.assign(process.env, request.environment);
  const parsed = configSchema.parse({ organization: {}, state: { file: request.stateFile }, ...request.config });
  const io = { stdout: process.stdout, stderr: process.stderr, env: { COSTWARDEN_LOG_LEVEL: 'silent' } };
  // Billing data of 1,000 accounts costs more than a run may by default, which would then end early.
  const config = { ...parsed, limits: { ...parsed.limits, share, maxSelfCostUsd: request.maxSelfCostUsd ?? 100 } };
  const settings = await loadSettings({}, { version: 'bench', io }, { config });
  runs += 1;
  const waitedBefore = waitedMs();
  const mainBefore = process.threadCpuUsage();
  const cpuBefore = process.cpuUsage();
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const startedAt = performance.now();
  const { run } = await executeRun(
    { ...settings, now: () => now },
    {
      trigger: 'one-off',
      runId: `bench-${process.pid}-${runs}`,
      filters: { accounts: request.accounts ?? [], ous: [], regions: [] },
      isDryRun: false,
      isNotifying: false,
      signal: new AbortController().signal,
      progress: () => {},
      onResult: async () => {},
    },
  );
  const wallMs = performance.now() - startedAt;
  loop.disable();
  const main = process.threadCpuUsage(mainBefore);
  const cpu = process.cpuUsage(cpuBefore);
  const waitedAfter = waitedMs();
  const peakRssMb = process.resourceUsage().maxRSS / 1024;
  globalThis.gc?.();
  return {
    wallMs,
    mainCpuMs: (main.user + main.system) / 1000,
    cpuMs: (cpu.user + cpu.system) / 1000,
    waitedMs: waitedAfter === undefined || waitedBefore === undefined ? undefined : waitedAfter - waitedBefore,
    peakRssMb,
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
    loopDelayP99Ms: loop.percentile(99) / 1e6,
    status: run.status,
    accountsAudited: run.coverage.accounts.audited,
    gaps: countGaps(run),
    ownCost: run.ownCost,
  };
}

function countGaps({ coverage }: RunRecord): Partial<Record<GapReason, number>> {
  const counts: Partial<Record<GapReason, number>> = {};
  for (const { reason } of coverage.gaps) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** Second field: nanoseconds on the run queue, of the first thread. */
function waitedMs(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [, waitedNs] = readFileSync('/proc/self/schedstat', 'utf8').split(' ');
  return Number(waitedNs) / 1e6;
}

process.on('message', (request: AuditRequest | BareRequest | BaselineRequest) => {
  const answer =
    request.kind === 'audit'
      ? audit(request)
      : request.kind === 'bare'
        ? readBuckets(request)
        : readByBaseline(request);
  answer.then(
    (figures) => process.send?.({ figures }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
