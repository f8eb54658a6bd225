/** One audit run with everything around it: state, lease, AWS access, the flow, its result, delivery. */
import { type AuditFilters, type AuditProgress, runAudit } from '../audit-run.ts';
import { createSessions, type Sessions } from '../aws/session.ts';
import { StateConflictError } from '../errors.ts';
import { type Severity, severities } from '../model/finding.ts';
import type { OwnCost, RunRecord, RunTrigger } from '../model/run.ts';
import { deliver } from '../notify/notify.ts';
import { keepLease, leaseTtlMs } from '../state/heartbeat.ts';
import { openStore } from '../state/open.ts';
import type { StateStore } from '../state/state-store.ts';
import { newStoreLike } from './dry-run.ts';
import { collectorsByKind } from './registry.ts';
import type { Settings } from './settings.ts';

export type RunRequest = {
  readonly trigger: RunTrigger;
  readonly runId: string;
  readonly filters: AuditFilters;
  readonly isDryRun: boolean;
  readonly isNotifying: boolean;
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
const leaseName = 'audit';

/** @throws StateConflictError when another run holds the lease */
export async function executeRun(settings: Settings, request: RunRequest): Promise<RunOutcome> {
  const { config, log, now } = settings;
  const kept = await openStore(config.state, { log });
  const store = request.isDryRun ? await newStoreLike(kept) : kept;
  try {
    const lease = await store.acquireLease({ name: leaseName, runId: request.runId, ttlMs: leaseTtlMs, now: now() });
    const lost = new AbortController();
    const stopHeartbeat = keepLease(store, lease, now, (error) => lost.abort(error));
    const deadline = AbortSignal.timeout(config.schedule.maxRunMinutes * 60_000);
    const signal = AbortSignal.any([request.signal, deadline, lost.signal]);
    const sessions = createSessions({
      role: config.organization?.role,
      externalId: config.organization?.externalId,
      runId: request.runId,
      share: config.limits.share,
      signal,
      log,
    });
    try {
      const run = await runAudit({
        id: request.runId,
        trigger: request.trigger,
        version: settings.version,
        config,
        filters: request.filters,
        checks: settings.checks,
        collectors: collectorsByKind,
        failedPlugins: settings.failedPlugins,
        sessions,
        store,
        lease,
        priceBook: settings.priceBook,
        isNotifying: request.isNotifying && config.notify.slack !== null,
        log,
        progress: (progress) => request.progress(progress, sessions.meter.snapshot()),
        now,
        signal,
      });
      if (lost.signal.aborted)
        throw new StateConflictError('another run took over while this one was stalled; its result stands');
      await request.onResult(run, store);
      const deliveryProblems =
        request.isNotifying && !request.signal.aborted ? await send(settings, store, request.signal) : [];
      return { run, deliveryProblems, worstOpen: worstOf(run) };
    } finally {
      stopHeartbeat();
      closeSessions(sessions);
      await store.releaseLease(lease);
    }
  } finally {
    await store.close();
    if (store !== kept) await kept.close();
  }
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

function closeSessions(sessions: Sessions): void {
  sessions.closeAll();
}

function worstOf(run: RunRecord): Severity | undefined {
  return severities.find((severity) => (run.totals.bySeverity[severity] ?? 0) > 0);
}
