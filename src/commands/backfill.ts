/**
 * `costwarden backfill`: the history that Cost Explorer still has, into the ledger, so that the detector knows what is
 * usual from its first day. It costs money once, so it says how much first and asks nothing without `--yes`.
 */
import { randomUUID } from 'node:crypto';
import { createSessions } from '../aws/session.ts';
import { type Ledger, ledgerDays, openLedger } from '../collect/cost/ledger.ts';
import { askBill, rangesOf } from '../collect/cost/query-set.ts';
import { CollectError, ConfigError, exitCodes } from '../errors.ts';
import { addDays } from '../model/days.ts';
import { formatUsd } from '../model/money.ts';
import { keepLease, leaseTtlMs } from '../state/heartbeat.ts';
import { keptBytes } from '../state/kept-bytes.ts';
import { openStore } from '../state/open.ts';
import { leaseName } from './execute-run.ts';
import type { CommandContext } from './program.ts';
import { loadSettings, type Settings } from './settings.ts';
import { stopOnSignals } from './signals.ts';

export type BackfillOptions = {
  readonly config?: string;
  readonly months: number;
  readonly maxUsd: number;
  readonly yes: boolean;
};

/** USD a page; Cost Explorer pricing, read 2026-11-23. */
const pageUsd = 0.01;
/** Rows in a page as far as is known; AWS publishes none, and a larger page makes it cheaper. */
const rowsPerPage = 1000;
/** Requests of a range that carry few rows: record types, services, and the last page of each list. */
const smallPages = 5;
const daysPerMonth = 30.4;

export async function backfillCommand(options: BackfillOptions, context: CommandContext): Promise<number> {
  const settings = await loadSettings(options, context);
  const { config, log, now } = settings;
  const { stderr } = context.io;
  const store = await openStore(config.state, { log });
  const stop = stopOnSignals(log);
  try {
    const runId = `backfill-${randomUUID().slice(0, 8)}`;
    const lease = await store.acquireLease({ name: leaseName, runId, ttlMs: leaseTtlMs, now: now() });
    const end = new AbortController();
    stop.signal.addEventListener('abort', () => end.abort(stop.signal.reason), { once: true });
    const stopHeartbeat = keepLease(store, lease, now, (error) => end.abort(error));
    try {
      const ledger = await openLedger(keptBytes(store, { prefix: 'bill', lease, now }));
      const wanted = missingDays(ledger, now().slice(0, 10), options.months);
      if (wanted.length === 0) {
        stderr.write('The ledger has all of these days already; nothing to ask.\n');
        return exitCodes.complete;
      }
      const usd = await estimateUsd(ledger, wanted);
      const span = `${wanted.length} days from ${wanted.at(-1)} to ${wanted[0]}`;
      stderr.write(
        usd === undefined
          ? `${span} are missing. What they cost is not known before a first audit has read the last two weeks: run \`costwarden audit\` first.\n`
          : `${span} are missing: about ${formatUsd(usd)} in Cost Explorer requests ($0.01 a page, ${rowsPerPage} rows a page assumed).\n`,
      );
      if (usd === undefined) return exitCodes.usage;
      if (usd > options.maxUsd)
        throw new ConfigError(
          `that is more than --max-usd ${options.maxUsd}: raise it, or ask for fewer --months (a data export costs nothing a day)`,
        );
      if (!options.yes) {
        stderr.write('Nothing was asked. Add --yes to go on.\n');
        return exitCodes.complete;
      }
      return await fetchAll(settings, options.maxUsd, runId, ledger, wanted, end.signal, stderr);
    } finally {
      stopHeartbeat();
      await store.releaseLease(lease);
    }
  } finally {
    stop.dispose();
    await store.close();
  }
}

/** Newest first, so that what is there is always without a hole. */
function missingDays(ledger: Ledger, today: string, months: number): string[] {
  const known = ledger.days();
  const days: string[] = [];
  const most = Math.min(Math.round(months * daysPerMonth), ledgerDays - 1);
  for (let back = 1; back <= most; back += 1) {
    const day = addDays(today, -back);
    if (!known.has(day)) days.push(day);
  }
  return days;
}

/** @returns undefined when no day is known yet to count rows from */
async function estimateUsd(ledger: Ledger, days: readonly string[]): Promise<number | undefined> {
  let rows = 0;
  for (const accountId of ledger.accounts()) rows += (await ledger.series(accountId)).length;
  if (rows === 0) return undefined;
  const ranges = Math.ceil(days.length / 31);
  return pageUsd * (Math.ceil((rows * days.length) / rowsPerPage) + ranges * smallPages);
}

async function fetchAll(
  { config, log, now }: Settings,
  maxUsd: number,
  runId: string,
  ledger: Ledger,
  days: readonly string[],
  signal: AbortSignal,
  stderr: NodeJS.WriteStream,
): Promise<number> {
  const { share, concurrency } = config.limits;
  const { role, externalId } = config.organization ?? {};
  const sessions = createSessions({ role, externalId, runId, share, concurrency, maxUsd, signal, log });
  try {
    const { accountId } = await sessions.identity();
    const session = sessions.hub(accountId);
    const ranges = [...rangesOf(days)].reverse();
    for (const [index, range] of ranges.entries()) {
      const asked = days.filter((day) => day >= range.from && day < range.until);
      await ledger.merge(askBill(session, range), { days: asked, at: now() });
      const { usd } = sessions.meter.snapshot();
      stderr.write(
        `${index + 1} of ${ranges.length}: ${range.from} to ${addDays(range.until, -1)}, ${formatUsd(usd)} so far\n`,
      );
    }
    return exitCodes.complete;
  } catch (error) {
    if (!(error instanceof CollectError)) throw error;
    stderr.write(`stopped: ${error.message}\nWhat was read is kept; run it again to go on.\n`);
    return exitCodes.gaps;
  } finally {
    sessions.closeAll();
  }
}
