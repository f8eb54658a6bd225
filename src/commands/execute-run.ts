/** One audit run with everything around it: state, lease, AWS access, the flow, its result, delivery. */
import { existsSync } from 'node:fs';
import { fingerprintOf, openCheckpoint } from '../audit-checkpoint.ts';
import type { AuditFilters, AuditProgress } from '../audit-run.ts';
import { watchOperations } from '../aws/operations.ts';
import { createSessions } from '../aws/session.ts';
import { StateConflictError } from '../errors.ts';
import { type Inventory, type InventoryFlags, openInventory } from '../inventory/inventory.ts';
import { type Severity, severities } from '../model/finding.ts';
import type { OwnCost, RunRecord, RunTrigger } from '../model/run.ts';
import { deliver } from '../notify/notify.ts';
import { keepLease, leaseTtlMs } from '../state/heartbeat.ts';
import { openStore, type StateConfig } from '../state/open.ts';
import type { Lease, StateStore } from '../state/state-store.ts';
import { newStoreLike } from './dry-run.ts';
import type { Settings } from './settings.ts';

export type RunRequest = {
  readonly trigger: RunTrigger;
  readonly runId: string;
  /** The id, where the operator gave it: only that very run is gone on with. */
  readonly name?: string | undefined;
  readonly filters: AuditFilters;
  readonly isDryRun: boolean;
  /** Files of an inventory to save to and to read from; default: neither. */
  readonly inventory?: InventoryFlags;
  readonly isNotifying: boolean;
  /** Aborted when the run is asked to stop; it then ends what it can in a few seconds. */
  readonly signal: AbortSignal;
  readonly progress: (progress: AuditProgress, cost: OwnCost) => void;
  /** Called when the run is saved, before messages are sent. */
  readonly onResult: (run: RunRecord, store: StateStore) => Promise<void>;
};

export type RunOutcome = {
  readonly run: RunRecord;
  /** One line each; empty = everything was delivered. */
  readonly deliveryProblems: readonly string[];
  readonly worstOpen: Severity | undefined;
};

/** One lease for all runs on a state: they would answer the same questions. */
export const leaseName = 'audit';

/** Accounts that are open when the run is asked to stop may end within this time. Well inside the 20 s to the exit. */
const drainMs = 5000;
/** A run in which no operation ends for so long hangs. */
const stalledMs = 600_000;
/** Operations under way that are told when it does, longest first. */
const shownOperations = 50;

/** @throws StateConflictError when another run holds the lease */
export async function executeRun(settings: Settings, request: RunRequest): Promise<RunOutcome> {
  const { config, log, now } = settings;
  const flags = request.inventory ?? {};
  const inventory = openInventory(flags, settings);
  const kept = await openStore(comparedState(config.state, flags), { log });
  const store = request.isDryRun ? await newStoreLike(kept) : kept;
  try {
    const lease = await store.acquireLease({ name: leaseName, runId: request.runId, ttlMs: leaseTtlMs, now: now() });
    const end = new AbortController();
    const stopHeartbeat = keepLease(store, lease, now, (error) => end.abort(error));
    try {
      return await runWith(settings, request, { store, lease, inventory, end });
    } finally {
      stopHeartbeat();
      await store.releaseLease(lease);
    }
  } finally {
    await store.close();
    if (store !== kept) await kept.close();
  }
}

type Held = {
  readonly store: StateStore;
  readonly lease: Lease;
  readonly inventory: Inventory;
  readonly end: AbortController;
};

async function runWith(settings: Settings, request: RunRequest, held: Held): Promise<RunOutcome> {
  const { store, lease, inventory, end } = held;
  const { config, log, now } = settings;
  const maxRunMs = config.schedule.maxRunMinutes * 60_000;
  const checkpoint = await openCheckpoint({
    store,
    lease,
    runId: request.runId,
    trigger: request.trigger,
    fingerprint: runFingerprint(settings, request.filters, { saveTo: request.inventory?.saveTo, name: request.name }),
    maxRunMs,
    now: now(),
  });
  const stopClock = endInTime(end, request.signal, Date.parse(checkpoint.startedAt) + maxRunMs - Date.parse(now()));
  const { signal } = end;
  const sessions = createSessions({
    role: config.organization?.role,
    externalId: config.organization?.externalId,
    runId: checkpoint.runId,
    share: config.limits.share,
    concurrency: config.limits.concurrency,
    maxUsd: config.limits.maxSelfCostUsd,
    signal,
    log,
  });
  const stopWatchdog = watchOperations(sessions.operations, stalledMs, (stalled) => {
    log.fatal({ operations: stalled.slice(0, shownOperations) }, 'no operation ends any more: the run is given up');
    end.abort(new Error('the run made no progress'));
  });
  try {
    // Loading all that a run needs takes longer than STS does to answer: it is asked first, and waited for where needed.
    if (request.inventory?.readFrom === undefined) await sessions.identity().catch(() => {});
    const [{ runAudit }, { collectorsByKind }] = await Promise.all([
      import('../audit-run.ts'),
      import('../collect/by-kind.ts'),
    ]);
    const run = await runAudit({
      checkpoint,
      version: settings.version,
      config,
      filters: request.filters,
      checks: settings.checks,
      collectors: collectorsByKind,
      failedPlugins: settings.failedPlugins,
      sessions,
      store,
      lease,
      inventory,
      priceBook: settings.priceBook,
      isNotifying: request.isNotifying && config.notify.slack !== null,
      log,
      progress: (progress) => request.progress(progress, sessions.meter.snapshot()),
      now,
      stopping: request.signal,
      signal,
    });
    if (signal.reason instanceof StateConflictError)
      throw new StateConflictError('another run took over while this one was stalled; its result stands');
    await request.onResult(run, store);
    const deliveryProblems =
      request.isNotifying && !request.signal.aborted ? await send(settings, store, request.signal) : [];
    return { run, deliveryProblems: [...deliveryProblems, ...inventory.problems], worstOpen: worstOf(run) };
  } finally {
    stopClock();
    stopWatchdog();
    sessions.closeAll();
  }
}

/** Of all that decides what a run asks and says. */
export function runFingerprint(
  { config, checks, version }: Settings,
  filters: AuditFilters,
  { saveTo, name }: { readonly saveTo?: string | undefined; readonly name?: string | undefined } = {},
): string {
  // An inventory needs every account of its run: one that was begun without it is no part of it.
  return fingerprintOf({ config, checks: checks.map(({ check }) => check.id), version, filters, saveTo, name });
}

/** Ends a run at its deadline, or shortly after it was asked to stop. @returns stops the clock */
function endInTime(end: AbortController, stopping: AbortSignal, leftMs: number): () => void {
  const deadline = setTimeout(() => end.abort(new Error('the run took too long')), leftMs);
  let drain: NodeJS.Timeout | undefined;
  const stop = (): void => {
    drain = setTimeout(() => end.abort(stopping.reason), drainMs);
  };
  if (stopping.aborted) stop();
  stopping.addEventListener('abort', stop, { once: true });
  return () => {
    clearTimeout(deadline);
    clearTimeout(drain);
    stopping.removeEventListener('abort', stop);
  };
}

/**
 * The state that a run is compared with. One that looks at files changes none, so it makes none either; and without a
 * limit to the files' age it asks no AWS, DynamoDB included.
 */
function comparedState(state: StateConfig, { readFrom, maxAgeMs }: InventoryFlags): StateConfig {
  if (readFrom === undefined) return state;
  const isThere = 'file' in state ? existsSync(state.file) : maxAgeMs !== undefined;
  return isThere ? state : { file: ':memory:' };
}

/** Sends what is in the outbox, from this run or an earlier one that could not. */
async function send(settings: Settings, store: StateStore, signal: AbortSignal): Promise<string[]> {
  const { config, slackToken, log, now } = settings;
  if (config.notify.slack === null || slackToken === undefined) return [];
  const { failed } = await deliver({ store, token: slackToken, apiUrl: config.notify.slack.apiUrl, log, now, signal });
  return failed.map(
    ({ row, error }) => `not delivered to ${row.destination}: ${error} (findings are safe in the state)`,
  );
}

function worstOf(run: RunRecord): Severity | undefined {
  return severities.find((severity) => (run.totals.bySeverity[severity] ?? 0) > 0);
}
