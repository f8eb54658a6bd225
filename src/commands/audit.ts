/** `costwarden audit`: one run from the command line, its result on stdout. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { ConfigError, exitCodes } from '../errors.ts';
import type { FindingRecord } from '../model/change.ts';
import { type Severity, severities } from '../model/finding.ts';
import type { RunRecord, RunTrigger } from '../model/run.ts';
import type { StateStore } from '../state/state-store.ts';
import { executeRun, type RunOutcome } from './execute-run.ts';
import type { CommandContext, resultFormats } from './program.ts';
import { showProgress } from './progress.ts';
import { loadSettings, type Settings } from './settings.ts';
import { stopOnSignals } from './signals.ts';

export type AuditOptions = {
  readonly config?: string;
  readonly account: readonly string[];
  readonly ou: readonly string[];
  readonly region: readonly string[];
  readonly check: readonly string[];
  readonly format: (typeof resultFormats)[number];
  readonly out?: string;
  readonly notify: boolean;
  readonly dryRun: boolean;
  readonly saveInventory?: string;
  readonly fromInventory?: string;
  /** In milliseconds. */
  readonly maxAge?: number;
  /** A data export on disk. */
  readonly cur?: string;
  readonly runId?: string;
  readonly failOn?: Severity;
};

export async function auditCommand(options: AuditOptions, context: CommandContext): Promise<number> {
  const settings = await loadSettings(options, context);
  return auditWith(settings, options, context, 'one-off');
}

/** Everything after the settings are known; `demo` enters here. */
export async function auditWith(
  settings: Settings,
  options: AuditOptions,
  { io }: CommandContext,
  trigger: RunTrigger,
): Promise<number> {
  if (options.maxAge !== undefined && options.fromInventory === undefined)
    throw new ConfigError('--max-age says how old files may be: it needs --from-inventory');
  const isPast = options.fromInventory !== undefined;
  if (isPast) io.stderr.write(`${pastNotice}\n`);
  const isDryRun = options.dryRun || isPast;
  // Before the run: a result that has nowhere to go should not cost one.
  const file = options.out === undefined ? undefined : await openOut(options.out);
  const progress = showProgress(io.stderr, settings.log);
  const stop = stopOnSignals(settings.log);
  try {
    const outcome = await executeRun(settings, {
      trigger,
      runId: options.runId ?? newRunId(settings.now()),
      name: options.runId,
      filters: { accounts: options.account, ous: options.ou, regions: options.region },
      inventory: { saveTo: options.saveInventory, readFrom: options.fromInventory, maxAgeMs: options.maxAge },
      isDryRun,
      isNotifying: options.notify && !isDryRun,
      signal: stop.signal,
      progress: progress.update,
      onResult: async (run, store) => {
        progress.end();
        await writeResult(run, store, options.format, file ?? io.stdout);
        file?.end();
        if (file !== undefined) await finished(file);
      },
    });
    for (const problem of outcome.deliveryProblems) io.stderr.write(`${problem}\n`);
    return exitCode(outcome, options.failOn);
  } finally {
    progress.end();
    stop.dispose();
  }
}

const pastNotice = '--from-inventory looks at the past: the state is left as it is, and nothing is sent';

export function newRunId(now: string): string {
  return `${now.replace(/[-:]/g, '').slice(0, 13)}-${randomUUID().slice(0, 8)}`;
}

/** What the run says of itself, most serious first. */
function exitCode({ run, deliveryProblems, worstOpen }: RunOutcome, failOn: Severity | undefined): number {
  if (deliveryProblems.length > 0) return exitCodes.deliveryFailed;
  if (run.status !== 'complete') return exitCodes.gaps;
  if (failOn !== undefined && worstOpen !== undefined && severities.indexOf(worstOpen) <= severities.indexOf(failOn)) {
    return exitCodes.findings;
  }
  return exitCodes.complete;
}

async function openOut(path: string): Promise<WriteStream> {
  const file = createWriteStream(path);
  try {
    await once(file, 'open');
    return file;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`--out ${path}: cannot be written: ${reason}`, { cause: error });
  }
}

async function writeResult(
  run: RunRecord,
  store: StateStore,
  format: AuditOptions['format'],
  target: WriteStream | NodeJS.WriteStream,
): Promise<void> {
  const isColoured = 'isTTY' in target && target.isTTY && process.env['NO_COLOR'] === undefined;
  for await (const piece of render(run, store.findings({ runId: run.id }), format, isColoured)) {
    if (!target.write(piece)) await once(target, 'drain');
  }
}

async function* render(
  run: RunRecord,
  records: AsyncIterable<FindingRecord>,
  format: AuditOptions['format'],
  isColoured: boolean,
): AsyncIterable<string> {
  switch (format) {
    case 'json':
      yield* (await import('../notify/result-json.ts')).jsonResult(run, records);
      break;
    case 'ndjson':
      yield* (await import('../notify/result-json.ts')).ndjsonResult(run, records);
      break;
    case 'csv':
      yield* (await import('../notify/result-csv.ts')).csvResult(records);
      break;
    case 'table':
      yield* (await import('../notify/result-table.ts')).tableResult(run, records, isColoured);
      break;
  }
}
