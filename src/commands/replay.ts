/** `costwarden replay`: what the detector would have said over the stored history, week by week; tells nobody. */
import { replay } from '../anomaly/replay.ts';
import { type Ledger, openLedger } from '../collect/cost/ledger.ts';
import { ledgerDays } from '../collect/cost/ledger-series.ts';
import { daysOfRange } from '../collect/cost/query-set-days.ts';
import { readExport } from '../collect/exports/files.ts';
import { ConfigError, exitCodes } from '../errors.ts';
import { createLogger } from '../log.ts';
import { type BillLine, bytesInMemory } from '../model/bill.ts';
import { addDays, weekdayOf } from '../model/days.ts';
import { formatUsd } from '../model/money.ts';
import type { CostIncident } from '../model/resources/cost.ts';
import { printable } from '../notify/rank.ts';
import { loadConfig } from '../read-config.ts';
import { keptBytes } from '../state/kept-bytes.ts';
import { openStore } from '../state/open.ts';
import type { CommandContext } from './program.ts';

export type ReplayOptions = {
  readonly config?: string;
  /** A data export on disk: then no state is needed. */
  readonly cur?: string;
  readonly from: string;
  readonly format: 'table' | 'json';
};

type Week = { readonly from: string; readonly incidents: CostIncident[] };

export async function replayCommand(options: ReplayOptions, { version, io }: CommandContext): Promise<number> {
  if (options.cur !== undefined) return replayed(await historyOfExport(options.cur), options, io);
  const { config } = loadConfig(options, io.env);
  const store = await openStore(config.state, { log: createLogger({ level: 'error', version }), mustExist: true });
  try {
    const now = () => new Date().toISOString();
    const ledger = await openLedger(keptBytes(store, { prefix: 'bill', now }));
    const known = [...ledger.days().keys()].sort();
    return await replayed({ ledger, first: known[0], last: known.at(-1) }, options, io);
  } finally {
    await store.close();
  }
}

/** Days that there is anything of; none = nothing is known. */
type History = { readonly ledger: Ledger; readonly first: string | undefined; readonly last: string | undefined };

async function replayed(
  { ledger, first, last }: History,
  { from, format }: ReplayOptions,
  io: CommandContext['io'],
): Promise<number> {
  if (first === undefined || last === undefined)
    throw new ConfigError('there is no history: run `costwarden audit` or `costwarden backfill` first');
  if (from <= first || from > last)
    throw new ConfigError(
      `--from ${from}: history is from ${first} to ${last}; the first day judged needs days before it`,
    );
  const weeks: Week[] = [];
  for await (const { asOf, opened } of replay({ from, to: last, accounts: () => accountsOf(ledger) })) {
    weekOf(weeks, asOf).incidents.push(...opened);
    if (io.stderr.isTTY) io.stderr.write(`\r${asOf}`);
  }
  if (io.stderr.isTTY) io.stderr.write('\r');
  if (format === 'json') io.stdout.write(`${JSON.stringify({ from, to: last, weeks }, undefined, 2)}\n`);
  else for (const line of toText(weeks, from, last)) io.stdout.write(`${line}\n`);
  return exitCodes.complete;
}

/** All that the export has of the last 13 months, kept in memory only; month by month, as its files come. */
async function historyOfExport(path: string): Promise<History> {
  const ledger = await openLedger(bytesInMemory());
  const at = new Date().toISOString();
  const to = at.slice(0, 10);
  const lines = readExport(path, { from: addDays(to, 1 - ledgerDays), to })[Symbol.asyncIterator]();
  let next = await lines.next();
  const first = next.value?.day;
  let last = first;
  while (next.done !== true) {
    const month = next.value.day.slice(0, 7);
    const linesOfMonth = async function* (): AsyncIterable<BillLine> {
      for (; next.done !== true && next.value.day.startsWith(month); next = await lines.next()) {
        last = next.value.day;
        yield next.value;
      }
    };
    const days = daysOfRange({ from: `${month}-01`, until: addDays(`${month}-01`, 31) });
    await ledger.merge(linesOfMonth(), { days: days.filter((day) => day.startsWith(month)), at });
  }
  return { ledger, first, last };
}

async function* accountsOf(ledger: Ledger) {
  for (const accountId of ledger.accounts()) yield { accountId, series: await ledger.series(accountId) };
}

/** Weeks begin on Monday. */
function weekOf(weeks: Week[], day: string): Week {
  const from = addDays(day, -((weekdayOf(day) + 6) % 7));
  const last = weeks.at(-1);
  if (last?.from === from) return last;
  const week = { from, incidents: [] };
  weeks.push(week);
  return week;
}

function* toText(weeks: readonly Week[], from: string, to: string): Iterable<string> {
  let count = 0;
  for (const { from: monday, incidents } of weeks) {
    count += incidents.length;
    yield `week of ${monday}: ${incidents.length === 0 ? 'nothing' : `${incidents.length} ${incidents.length === 1 ? 'message' : 'messages'}`}`;
    for (const { openedOn, accountId, series, direction, excessUsd, shape } of incidents) {
      const [one] = series;
      const more = series.length > 1 ? ` and ${series.length - 1} more` : '';
      yield `  ${openedOn}  ${direction === 'up' ? '+' : '-'}${formatUsd(Math.abs(excessUsd))} at first  ${shape}  ${printable(`${accountId} ${one?.region ?? ''} ${one?.service ?? ''} ${one?.usageType ?? ''}`)}${more}`;
    }
  }
  const perWeek = (count / Math.max(1, weeks.length)).toFixed(1);
  yield `${from} to ${to}: ${count} messages in ${weeks.length} weeks, ${perWeek} a week; nothing was sent`;
}
