/**
 * `costwarden backfill`: the history that Cost Explorer still has, into the ledger, so that the detector knows what is
 * usual from its first day. It costs money once, so it says how much first and asks nothing without `--yes`.
 */
import { randomUUID } from 'node:crypto';
import { toCollectError } from '../aws/errors.ts';
import { createSessions, type Sessions } from '../aws/session.ts';
import type { BillAccess } from '../collect/cost/cost-explorer.ts';
import { billSource, readExported } from '../collect/cost/exported-bill.ts';
import { type Ledger, openLedger } from '../collect/cost/ledger.ts';
import { ledgerDays } from '../collect/cost/ledger-series.ts';
import { probeBill } from '../collect/cost/query-set.ts';
import { rangesOf } from '../collect/cost/query-set-days.ts';
import { type BillSize, leastRowsPerPage, pagesOf, pageUsd, readBillSize } from '../collect/cost/query-set-size.ts';
import { type Reading, readRange } from '../collect/cost/read-bill.ts';
import type { Config } from '../config.ts';
import { CollectError, ConfigError, exitCodes, StateConflictError } from '../errors.ts';
import { createLogger, type Logger } from '../log.ts';
import type { KeptBytes } from '../model/bill.ts';
import { addDays } from '../model/days.ts';
import { formatUsd } from '../model/money.ts';
import { loadConfig } from '../read-config.ts';
import { keepLease, leaseTtlMs } from '../state/heartbeat.ts';
import { keptBytes } from '../state/kept-bytes.ts';
import { openStore } from '../state/open.ts';
import { leaseName } from './execute-run.ts';
import type { CommandContext } from './program.ts';
import { stopOnSignals } from './signals.ts';

export type BackfillOptions = {
  readonly config?: string;
  /** A data export on disk. */
  readonly cur?: string;
  readonly months: number;
  readonly maxUsd: number;
  readonly yes: boolean;
};

const daysPerMonth = 30.4;
/** What fees and covered usage add to the rows of a probe, at a guess. */
const probeMargin = 1.1;
/** Questions about a month, where none was asked yet: record types, services, a few groups of these, and covered usage. */
const usualQuestions = 8;

/** @throws StateConflictError when an audit holds the lease: both would write the ledger */
export async function backfillCommand(options: BackfillOptions, { version, io }: CommandContext): Promise<number> {
  const { config } = loadConfig(options, io.env);
  const log = createLogger({ level: io.env['COSTWARDEN_LOG_LEVEL'] ?? 'error', version });
  const now = () => new Date().toISOString();
  const store = await openStore(config.state, { log });
  const stop = stopOnSignals(log);
  try {
    const runId = `backfill-${randomUUID().slice(0, 8)}`;
    const lease = await store.acquireLease({ name: leaseName, runId, ttlMs: leaseTtlMs, now: now() });
    const end = new AbortController();
    stop.signal.addEventListener('abort', () => end.abort(stop.signal.reason), { once: true });
    const stopHeartbeat = keepLease(store, lease, now, (error) => end.abort(error));
    const sessions = sessionsOf(config, { maxUsd: options.maxUsd, runId, signal: end.signal, log });
    try {
      const kept = keptBytes(store, { prefix: 'bill', lease, now });
      return await backfill({ options, config, sessions, kept, now, log, stderr: io.stderr });
    } catch (error) {
      if (end.signal.reason instanceof StateConflictError) throw end.signal.reason;
      const cause = ofAws(error, end.signal);
      if (cause === undefined) throw error;
      io.stderr.write(`stopped: ${cause.message}\nWhat was read is kept; run it again to go on.\n`);
      return exitCodes.gaps;
    } finally {
      sessions.closeAll();
      stopHeartbeat();
      await store.releaseLease(lease);
    }
  } finally {
    stop.dispose();
    await store.close();
  }
}

type Backfill = {
  readonly options: BackfillOptions;
  readonly config: Config;
  readonly sessions: Sessions;
  readonly kept: KeptBytes;
  readonly now: () => string;
  readonly log: Logger;
  readonly stderr: NodeJS.WriteStream;
};

async function backfill({ options, config, sessions, kept, now, log, stderr }: Backfill): Promise<number> {
  const ledger = await openLedger(kept);
  const days = missingDays(ledger, now().slice(0, 10), options.months);
  const [newest] = days;
  if (newest === undefined) {
    stderr.write('The ledger has all of these days already; nothing to ask.\n');
    return exitCodes.complete;
  }
  if (billSource(config.billing) !== 'cost-explorer')
    return backfillFromExport(days, { options, config, sessions, ledger, now, log, stderr });
  const { accountId } = await sessions.identity();
  const access = { session: sessions.hub(accountId), billing: { ...config.billing, maxUsd: options.maxUsd } };
  const before = await readBillSize(kept);
  const { size, isAll } = before === undefined ? await probe(access, now(), stderr) : { size: before, isAll: true };
  const { detail, of, rowsPerPage } = size;
  const pages = pagesOf(size, detail, days) ?? 0;
  stderr.write(
    `${days.length} days from ${days.at(-1)} to ${newest} are missing: ${isAll ? 'about' : 'at least'} ${pages} Cost Explorer requests, ${formatUsd(pages * pageUsd)} at ${formatUsd(pageUsd)} each (${of[detail]?.rowsPerDay} rows a day, ${rowsPerPage} on a page).\n`,
  );
  if (pages * pageUsd > options.maxUsd)
    throw new ConfigError(
      `that is more than --max-usd ${options.maxUsd}: raise it, or ask for fewer --months (a data export costs nothing a request)`,
    );
  if (!options.yes) {
    stderr.write('No history was asked. Add --yes to go on.\n');
    return exitCodes.complete;
  }
  const reading = { ledger, access, kept, size, detail, mostPages: Number.POSITIVE_INFINITY };
  const ranges = [...rangesOf(days)].reverse();
  let known: BillSize = size;
  for (const [index, range] of ranges.entries()) {
    const asked: Reading = { ...reading, size: known, now: now() };
    ({ size: known } = await readRange(range, asked, true));
    const soFar = formatUsd(sessions.meter.snapshot().usd);
    stderr.write(`${index + 1} of ${ranges.length}: ${range.from} to ${addDays(range.until, -1)}, ${soFar} so far\n`);
  }
  return exitCodes.complete;
}

/** A question a month. Files cost nothing; Athena bills what a query reads, which is known afterwards and limited before. */
async function backfillFromExport(
  days: readonly string[],
  { options, config, sessions, ledger, now, log, stderr }: Omit<Backfill, 'kept'> & { readonly ledger: Ledger },
): Promise<number> {
  const ranges = [...rangesOf(days)].reverse();
  const { athena } = config.billing;
  const isAthena = billSource(config.billing) === 'athena' && athena !== undefined;
  const price = isAthena
    ? `${ranges.length} Athena queries, ${formatUsd(5)} per TB that they read, none more than ${athena.maxScannedGb} GB`
    : 'read from disk, which costs nothing';
  stderr.write(`${days.length} days from ${days.at(-1)} to ${days[0]} are missing: ${price}.\n`);
  if (isAthena && !options.yes) {
    stderr.write('No history was asked. Add --yes to go on.\n');
    return exitCodes.complete;
  }
  const { accountId } = isAthena ? await sessions.identity() : { accountId: 'files' };
  const billing = { ...config.billing, maxUsd: options.maxUsd };
  for (const [index, range] of ranges.entries()) {
    const found = await readExported(range, { ledger, session: sessions.hub(accountId), billing, now: now(), log });
    const soFar = isAthena ? `, ${formatUsd(sessions.meter.snapshot().usd)} so far` : '';
    const days = `${range.from} to ${addDays(range.until, -1)}`;
    stderr.write(
      `${index + 1} of ${ranges.length}: ${days}${found ? '' : ': nothing, the history ends here'}${soFar}\n`,
    );
    if (!found) break;
  }
  return exitCodes.complete;
}

/** What AWS refused or the signal ended; `undefined` = our bug, or the operator's mistake. */
function ofAws(error: unknown, signal: AbortSignal): CollectError | undefined {
  if (error instanceof CollectError) return error;
  if (signal.aborted) return new CollectError(String(signal.reason?.message ?? signal.reason), { reason: 'timeout' });
  const isAnswer = error instanceof Error && '$metadata' in error;
  return isAnswer ? toCollectError(error, { iamAction: 'ce:GetCostAndUsage' }) : undefined;
}

/** Newest first: whenever it ends, what is there is without a hole. */
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

/** The least that tells how much a day has. */
async function probe(
  access: BillAccess,
  now: string,
  stderr: NodeJS.WriteStream,
): Promise<{ size: BillSize; isAll: boolean }> {
  stderr.write(
    `No run has measured the bill yet: one request (${formatUsd(pageUsd)}) is made to see how large a day is.\n`,
  );
  const { rows, isAll } = await probeBill(access, addDays(now.slice(0, 10), -3));
  const usageType = { rowsPerDay: Math.ceil(rows * probeMargin), questions: usualQuestions };
  const rowsPerPage = isAll ? leastRowsPerPage : rows;
  return { size: { of: { usageType }, rowsPerPage, detail: 'usageType', at: now }, isAll };
}

function sessionsOf(
  config: Config,
  given: Pick<Parameters<typeof createSessions>[0], 'maxUsd' | 'runId' | 'signal' | 'log'>,
): Sessions {
  const { share, concurrency } = config.limits;
  const { role, externalId } = config.organization ?? {};
  return createSessions({ role, externalId, share, concurrency, ...given });
}
