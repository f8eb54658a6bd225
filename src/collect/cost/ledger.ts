/**
 * The ledger: daily cost and usage of every series, 13 months of it, one compressed value per account and an index.
 * Whatever the source of the lines, they are merged day by day: a day that was asked completely is known for every
 * series of an account that was delivered (what is not in it cost nothing), a day that was not asked is not.
 */
import { StateError } from '../../errors.ts';
import type { BillLine, KeptBytes } from '../../model/bill.ts';
import { addDays } from '../../model/days.ts';
import { decodeAccount, encodeAccount } from './ledger-codec.ts';
import { gatherLines } from './ledger-lines.ts';
import { mergeAccount } from './ledger-merge.ts';
import { type LedgerAccount, type LedgerSeries, ledgerDays, type Restatement, withDays } from './ledger-series.ts';

/** Restatements that are remembered in all, and of one merge: the largest. */
const keptRestatements = 500;
const keptPerMerge = 200;

export type KnownDay = {
  /** When it was read last. */
  readonly readAt: string;
  /** AWS said that it may still change; true for all of a month until the invoice is out. */
  readonly isEstimated: boolean;
};

export type Asked = {
  /** Days that the lines answer completely, in any order; lines of other days are left out. */
  readonly days: readonly string[];
  /** Of these, those that AWS calls estimated. Filled while the lines are read, or before. Default: none. */
  readonly estimated?: ReadonlySet<string>;
  /** When they were read, ISO 8601. */
  readonly at: string;
};

export type Ledger = {
  /** Of each series and day one line; a later one takes its place. Holds the lines of these days in memory, no more. */
  merge(lines: AsyncIterable<BillLine> | Iterable<BillLine>, asked: Asked): Promise<void>;
  accounts(): readonly string[];
  /**
   * From the first day on which the series cost anything to the newest day that is known of any account.
   * NaN = not asked, or nothing was delivered of the account.
   */
  series(accountId: string): Promise<LedgerSeries[]>;
  days(): ReadonlyMap<string, KnownDay>;
  /** Figures of settled days that AWS has changed since, newest last. */
  restatements(): readonly Restatement[];
};

type Index = {
  readonly format: string;
  accounts: string[];
  days: Record<string, KnownDay>;
  restatements: Restatement[];
};

const indexKey = 'index';
const indexFormat = 'costwarden/ledger/1';

/** @throws StateError when another version of Costwarden wrote it */
export async function openLedger(kept: KeptBytes): Promise<Ledger> {
  const index = await readIndex(kept);
  const read = async (accountId: string): Promise<LedgerAccount | undefined> => {
    const bytes = await kept.read(accountId);
    return bytes === undefined ? undefined : decodeAccount(bytes, accountId);
  };
  return {
    accounts: () => index.accounts,
    async series(accountId) {
      const newest = newestOf(index);
      const { series = [] } = (await read(accountId)) ?? {};
      return series.map((one) => withDays(one, one.from, newest ?? one.from));
    },
    days: () => new Map(Object.entries(index.days)),
    restatements: () => index.restatements,
    async merge(lines, { days, estimated, at }) {
      const wanted = [...new Set(days)].sort();
      const given = await gatherLines(lines, wanted);
      const accounts = new Set(index.accounts);
      const restatements: Restatement[] = [];
      // An account of which nothing came stays as it is: the days are missing, not free.
      for (const [accountId, lines] of given) {
        const { account, restatements: restated } = mergeAccount({
          before: await read(accountId),
          lines,
          days: wanted,
          at,
        });
        await kept.write(accountId, encodeAccount(account));
        restatements.push(...restated);
        if (account.series.length > 0) accounts.add(accountId);
        else accounts.delete(accountId);
      }
      index.accounts = [...accounts].sort();
      index.restatements = [...index.restatements, ...largest(restatements)].slice(-keptRestatements);
      for (const day of wanted) index.days[day] = { readAt: at, isEstimated: estimated?.has(day) ?? false };
      const newest = newestOf(index);
      const oldest = newest === undefined ? '' : addDays(newest, 1 - ledgerDays);
      for (const day of Object.keys(index.days)) if (day < oldest) delete index.days[day];
      // Last: a run that dies before it asks these days again.
      await kept.write(indexKey, Buffer.from(JSON.stringify(index)));
    },
  };
}

async function readIndex(kept: KeptBytes): Promise<Index> {
  const bytes = await kept.read(indexKey);
  if (bytes === undefined) return { format: indexFormat, accounts: [], days: {}, restatements: [] };
  const index = JSON.parse(Buffer.from(bytes).toString()) as Index;
  if (index.format !== indexFormat)
    throw new StateError(`the ledger was written by another version (${index.format}); this one reads ${indexFormat}`);
  return index;
}

function newestOf({ days }: Index): string | undefined {
  return Object.keys(days).sort().at(-1);
}

function largest(restatements: readonly Restatement[]): Restatement[] {
  const size = ({ fromUsd, toUsd }: Restatement): number => Math.abs(toUsd - fromUsd);
  return [...restatements].sort((a, b) => size(b) - size(a)).slice(0, keptPerMerge);
}
