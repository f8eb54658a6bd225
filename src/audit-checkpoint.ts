/**
 * How far a run is, so that one that was killed goes on where it stopped. An account that is done leaves its coverage
 * in the state; its findings are there already. What was under way is looked at again, which changes nothing twice.
 */
import { createHash } from 'node:crypto';
import type { PartCoverage } from './audit-coverage.ts';
import type { OwnCost, RunTrigger } from './model/run.ts';
import type { Lease, StateStore } from './state/state-store.ts';

export type Checkpoint = {
  /** Of the run that is gone on with, or the new one. */
  readonly runId: string;
  readonly trigger: RunTrigger;
  readonly startedAt: string;
  readonly isResumed: boolean;
  /** Coverage of an account that was done before the run was interrupted. */
  doneBefore(accountId: string): Promise<AccountDone | undefined>;
  accountDone(accountId: string, done: AccountDone): Promise<void>;
  /** The run has ended: the next one is a new one. */
  end(): Promise<void>;
};

export type AccountDone = {
  readonly coverage: PartCoverage;
  /** The whole run's own cost up to then. */
  readonly ownCost: OwnCost;
};

type Interrupted = {
  readonly runId: string;
  readonly trigger: RunTrigger;
  readonly startedAt: string;
  /** Its deadline; later than that its answers are too old to go on with. */
  readonly endsBy: string;
};

/** Runs of another config or with other flags have a place of their own. */
const runKey = (fingerprint: string): string => `run/interrupted/${fingerprint.slice(0, 16)}`;
const accountKey = (accountId: string): string => `run/account/${accountId}`;

type OpenRequest = {
  readonly store: StateStore;
  readonly lease: Lease;
  readonly runId: string;
  readonly trigger: RunTrigger;
  /** Of everything that decides what a run asks and says: only its like may go on with it. */
  readonly fingerprint: string;
  readonly maxRunMs: number;
  readonly now: string;
};

/** Goes on with the interrupted run of the same fingerprint while its time lasts, or begins a new one. */
export async function openCheckpoint(request: OpenRequest): Promise<Checkpoint> {
  const { store, lease, fingerprint, now } = request;
  const left = await interruptedRun(store, fingerprint, now);
  const isResumed = left !== undefined;
  const { runId, trigger, startedAt } = left ?? { ...request, startedAt: now };
  const key = runKey(fingerprint);
  if (!isResumed) {
    const endsBy = new Date(Date.parse(now) + request.maxRunMs).toISOString();
    await store.putValue(key, { runId, trigger, startedAt, endsBy } satisfies Interrupted, now, lease);
  }
  return {
    runId,
    trigger,
    startedAt,
    isResumed,
    async doneBefore(accountId) {
      if (!isResumed) return undefined;
      const kept = (await store.value(accountKey(accountId)))?.value as (AccountDone & { runId: string }) | undefined;
      return kept?.runId === runId ? kept : undefined;
    },
    accountDone: (accountId, done) => store.putValue(accountKey(accountId), { runId, ...done }, now, lease),
    end: () => store.putValue(key, null, now, lease),
  };
}

/** The run of this fingerprint that was interrupted and still has time. */
export async function interruptedRun(
  store: Pick<StateStore, 'value'>,
  fingerprint: string,
  now: string,
): Promise<Interrupted | undefined> {
  const left = (await store.value(runKey(fingerprint)))?.value as Interrupted | null | undefined;
  return left === undefined || left === null || left.endsBy <= now ? undefined : left;
}

/** @param parts JSON-able: config, filters, checks, version */
export function fingerprintOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
