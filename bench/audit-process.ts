/** Audits in a process of their own, so that memory and CPU are the product's alone. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import type { GapReason } from '../src/model/inventory.ts';
import type { OwnCost } from '../src/model/run.ts';

/** Small spaces, as in a container of 1 GB: V8 sizes its own by the memory of the machine. */
const heapFlags = ['--max-semi-space-size=8', '--max-old-space-size=256'];

/** A share that no limit reaches: the run then goes as fast as it can. The command line refuses it. */
export const unlimited = 100_000;

export type AuditRequest = {
  readonly kind: 'audit';
  /** Variables that lead the SDK to the simulator. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stateFile: string;
  /** Share of AWS's limits, or `unlimited`. */
  readonly share: number;
  /** Time of the run, ISO 8601 UTC. */
  readonly now: string;
  /** Parts of the config file. */
  readonly config?: object;
  readonly accounts?: readonly string[];
  /** Default: more than any run needs. */
  readonly maxSelfCostUsd?: number;
};

/** The same reads by the SDK alone, with the handler settings of the product. */
export type BareRequest = {
  readonly kind: 'bare';
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArns: readonly string[];
  readonly inFlight: number;
};

export type AuditFigures = {
  readonly wallMs: number;
  /** CPU of the thread that runs JavaScript: the one resource of which a run has exactly one. */
  readonly mainCpuMs: number;
  /** CPU of all threads, garbage collection and compilation included. */
  readonly cpuMs: number;
  /** Time in which the main thread could have run and had no core; `undefined` outside Linux. */
  readonly waitedMs: number | undefined;
  /** Largest so far in the life of the process. */
  readonly peakRssMb: number;
  /** Left after the run and a full collection. */
  readonly heapMb: number;
  readonly loopDelayP99Ms: number;
  readonly status: string;
  readonly accountsAudited: number;
  readonly gaps: Readonly<Partial<Record<GapReason, number>>>;
  readonly ownCost: OwnCost;
};

/** The per-item reads of these accounts, as tools make them that leave limits to the SDK. */
export type BaselineRequest = Omit<BareRequest, 'kind'> & {
  readonly kind: 'baseline';
  readonly system: 'sdk-standard' | 'sdk-adaptive' | 'account-by-account';
};

export type BaselineFigures = { readonly wallMs: number; readonly operations: number; readonly lost: number };

export type BareFigures = { readonly mainCpuMs: number; readonly calls: number };

export type AuditProcess = {
  audit(request: Omit<AuditRequest, 'kind'>): Promise<AuditFigures>;
  bare(request: Omit<BareRequest, 'kind'>): Promise<BareFigures>;
  baseline(request: Omit<BaselineRequest, 'kind'>): Promise<BaselineFigures>;
  close(): Promise<void>;
};

export function startAuditProcess(): AuditProcess {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
  const child = fork(new URL('audit-child.ts', import.meta.url), {
    execArgv: [...heapFlags, '--expose-gc'],
    cwd: tmpdir(),
    env,
  });
  const exit = once(child, 'exit');
  const ask = async (request: AuditRequest | BareRequest | BaselineRequest): Promise<unknown> => {
    const ended = exit.then(([code]) => Promise.reject(new Error(`the audit process ended with ${code}`)));
    child.send(request);
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [{ error?: string; figures?: unknown }];
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.figures;
  };
  return {
    audit: (request) => ask({ kind: 'audit', ...request }) as Promise<AuditFigures>,
    bare: (request) => ask({ kind: 'bare', ...request }) as Promise<BareFigures>,
    baseline: (request) => ask({ kind: 'baseline', ...request }) as Promise<BaselineFigures>,
    async close() {
      child.kill();
      await exit;
    },
  };
}
