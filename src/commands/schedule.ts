/** `costwarden schedule`: the daemon. One run at a time, a missed one caught up once, a graceful end. */
import cron from 'node-cron';
import { interruptedRun } from '../audit-checkpoint.ts';
import type { AuditFilters } from '../audit-run.ts';
import { isThrottle, isTransient } from '../aws/errors.ts';
import { ConfigError, exitCodes, StateConflictError } from '../errors.ts';
import { type Logger, scrub } from '../log.ts';
import type { RunTrigger } from '../model/run.ts';
import { openStore } from '../state/open.ts';
import { newRunId } from './audit.ts';
import { lostDays, missedRun } from './calendar.ts';
import { executeRun, runFingerprint } from './execute-run.ts';
import type { CommandContext } from './program.ts';
import { loadSettings, type Settings } from './settings.ts';
import { stopOnSignals } from './signals.ts';

export async function scheduleCommand(options: { readonly config?: string }, context: CommandContext): Promise<number> {
  const settings = await loadSettings(options, context);
  const { log, config } = settings;
  const { cron: expression, timezone } = config.schedule;
  const stop = stopOnSignals(log);
  quietCron(log);

  let running: Promise<void> | undefined;
  const run = (trigger: RunTrigger): Promise<void> => {
    const done = auditOnce(settings, trigger, stop.signal);
    running = done.catch(() => {});
    return done;
  };
  // node-cron keeps what a run throws to itself.
  const broken = Promise.withResolvers<void>();
  const task = cron.createTask(expression, () => run('schedule').catch(broken.reject), {
    timezone,
    noOverlap: true,
    name: 'audit',
  });
  task.on('execution:overlap', () => log.warn('run skipped: the previous one is still going'));
  for (const day of lostDays(task, timezone, settings.now())) {
    log.warn({ day }, 'no run on this day: its time does not exist because clocks change; UTC has no such days');
  }

  try {
    if (await isRunDue(settings)) await run('catch-up');
    if (!stop.signal.aborted) {
      await task.start();
      log.info({ cron: expression, timezone, next: task.getNextRun()?.toISOString() }, 'waiting for the next run');
      await Promise.race([untilAborted(stop.signal), broken.promise]);
    }
  } finally {
    await task.destroy();
    await running;
    stop.dispose();
  }
  log.info('stopped');
  return exitCodes.complete;
}

/**
 * A failed run is logged and the daemon lives on: the next tick is the retry. What only the operator can mend ends it.
 * @throws ConfigError
 */
async function auditOnce(settings: Settings, trigger: RunTrigger, signal: AbortSignal): Promise<void> {
  const { log } = settings;
  try {
    const outcome = await executeRun(settings, {
      trigger,
      runId: newRunId(settings.now()),
      filters: noFilters,
      isDryRun: false,
      isNotifying: true,
      signal,
      progress: () => {},
      onResult: async () => {},
    });
    for (const problem of outcome.deliveryProblems) log.error({ problem }, 'delivery failed');
  } catch (error) {
    if (signal.aborted) log.warn({ reason: scrub(String(error)) }, 'run ended early');
    else if (error instanceof StateConflictError) log.warn({ reason: scrub(error.message) }, 'run skipped');
    else if (error instanceof ConfigError && !isPassing(error.cause)) throw error;
    else log.error({ err: error }, 'run failed');
  }
}

/** The network or AWS itself was in the way, not the config. */
function isPassing(cause: unknown): boolean {
  return isTransient(cause) || isThrottle(cause);
}

/** The daemon audits everything. */
const noFilters: AuditFilters = { accounts: [], ous: [], regions: [] };

/**
 * A container that was stopped in the middle of a run goes on with it; one that was down at its hour makes up for it
 * once, however many ticks it missed.
 */
async function isRunDue(settings: Settings): Promise<boolean> {
  const { config, log, now } = settings;
  const { cron: expression, timezone } = config.schedule;
  // Looked for minute by minute: a field for seconds would never match.
  const task = cron.createTask(expression.trim().split(/\s+/).slice(-5).join(' '), () => {}, { timezone });
  const store = await openStore(config.state, { log });
  try {
    const interrupted = await interruptedRun(store, runFingerprint(settings, noFilters), now());
    if (interrupted !== undefined) {
      log.warn(
        { runId: interrupted.runId, startedAt: interrupted.startedAt },
        'a run was interrupted; going on with it',
      );
      return true;
    }
    const [last] = await store.runs(1);
    if (last === undefined) return false;
    const missed = missedRun(task, last.startedAt, now());
    if (missed !== undefined)
      log.warn({ missed, lastRun: last.startedAt }, 'a scheduled run was missed; catching up once');
    return missed !== undefined;
  } finally {
    await store.close();
  }
}

/** node-cron writes coloured text to stdout unless it is given a logger. */
function quietCron(log: Logger): void {
  cron.setLogger({
    info: (message) => log.debug(message),
    warn: (message) => log.warn(message),
    error: (message, error) => log.error({ err: error ?? message }, 'cron'),
    debug: (message) => log.trace(String(message)),
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
