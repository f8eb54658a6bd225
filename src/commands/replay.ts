/** `costwarden replay`: what the detector would have said over the stored history, week by week; tells nobody. */
import { replay } from '../anomaly/replay.ts';
import { type Ledger, openLedger } from '../collect/cost/ledger.ts';
import { ConfigError, exitCodes } from '../errors.ts';
import { createLogger } from '../log.ts';
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
  readonly from: string;
  readonly format: 'table' | 'json';
};

type Week = { readonly from: string; readonly incidents: CostIncident[] };

export async function replayCommand(options: ReplayOptions, { version, io }: CommandContext): Promise<number> {
  const { config } = loadConfig(options.config, io.env);
  const store = await openStore(config.state, { log: createLogger({ level: 'error', version }) });
  try {
    const now = () => new Date().toISOString();
    const ledger = await openLedger(keptBytes(store, { prefix: 'bill', now }));
    const known = [...ledger.days().keys()].sort();
    const [first, last] = [known[0], known.at(-1)];
    if (first === undefined || last === undefined)
      throw new ConfigError('the ledger is empty: run `costwarden audit` or `costwarden backfill` first');
    if (options.from <= first || options.from > last)
      throw new ConfigError(
        `--from ${options.from}: the ledger has ${first} to ${last}; the first day judged needs history before it`,
      );
    const weeks: Week[] = [];
    for await (const { asOf, opened } of replay({ from: options.from, to: last, accounts: () => accountsOf(ledger) })) {
      weekOf(weeks, asOf).incidents.push(...opened);
      if (io.stderr.isTTY) io.stderr.write(`\r${asOf}`);
    }
    if (io.stderr.isTTY) io.stderr.write('\r');
    if (options.format === 'json')
      io.stdout.write(`${JSON.stringify({ from: options.from, to: last, weeks }, undefined, 2)}\n`);
    else for (const line of toText(weeks, options.from, last)) io.stdout.write(`${line}\n`);
    return exitCodes.complete;
  } finally {
    await store.close();
  }
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
