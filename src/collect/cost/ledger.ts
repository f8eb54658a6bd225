/**
 * The ledger: daily cost and usage of every series, 13 months of it, one compressed value per account and an index.
 * Whatever the source of the lines, they are merged day by day: a day that was asked completely is known for every
 * series (what is not in it cost nothing), a day that was not asked is not.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { StateError } from '../../errors.ts';
import type { BillLine, CostDimensions, CostSeries, KeptBytes } from '../../model/bill.ts';
import { addDays, daysBetween } from '../../model/days.ts';

/** Thirteen months, which is what Cost Explorer has by the day. */
export const ledgerDays = 400;
const keptRestatements = 500;
/** A figure that AWS moved by more than this is remembered as restated. */
const restatedShare = 0.05;
const restatedUsd = 1;
/** Younger figures are expected to grow. */
const settledDays = 3;

export type LedgerSeries = CostSeries & { readonly quantity: Float64Array };

export type Restatement = CostDimensions & {
  readonly day: string;
  readonly fromUsd: number;
  readonly toUsd: number;
  readonly seenAt: string;
};

export type Ledger = {
  /**
   * @param days that the lines answer completely, in any order
   * @param at when they were read, ISO 8601
   */
  merge(
    lines: AsyncIterable<BillLine> | Iterable<BillLine>,
    asked: { days: readonly string[]; at: string },
  ): Promise<void>;
  accounts(): readonly string[];
  series(accountId: string): Promise<LedgerSeries[]>;
  /** Days that are known, with the time they were last read. */
  days(): ReadonlyMap<string, string>;
  restatements(): readonly Restatement[];
};

type Index = {
  readonly format: string;
  accounts: string[];
  days: Record<string, string>;
  restatements: Restatement[];
};

const indexKey = 'index';
const indexFormat = 'costwarden/ledger/1';

export async function openLedger(kept: KeptBytes): Promise<Ledger> {
  const index = await readIndex(kept);
  const read = async (accountId: string): Promise<LedgerSeries[]> => {
    const bytes = await kept.read(accountId);
    return bytes === undefined ? [] : decode(bytes, accountId);
  };
  return {
    accounts: () => index.accounts,
    series: read,
    days: () => new Map(Object.entries(index.days)),
    restatements: () => index.restatements,
    async merge(lines, { days, at }) {
      const byAccount = new Map<string, BillLine[]>();
      for await (const line of lines) {
        const own = byAccount.get(line.accountId) ?? [];
        byAccount.set(line.accountId, own);
        own.push(line);
      }
      const all = new Set([...index.accounts, ...byAccount.keys()]);
      for (const accountId of all) {
        const own = byAccount.get(accountId) ?? [];
        const merged = mergeAccount(await read(accountId), own, days, at);
        await kept.write(accountId, encode(merged.series));
        index.restatements.push(...merged.restatements);
      }
      index.accounts = [...all].sort();
      index.restatements = index.restatements.slice(-keptRestatements);
      for (const day of days) index.days[day] = at;
      const newest = Object.keys(index.days).sort().at(-1);
      for (const day of Object.keys(index.days))
        if (newest !== undefined && daysBetween(day, newest) >= ledgerDays) delete index.days[day];
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

function keyOf({ service, region, usageType, recordType }: CostDimensions): string {
  return `${service}|${region}|${usageType}|${recordType}`;
}

function mergeAccount(
  before: readonly LedgerSeries[],
  lines: readonly BillLine[],
  days: readonly string[],
  at: string,
): { readonly series: LedgerSeries[]; readonly restatements: Restatement[] } {
  const wanted = [...days].sort();
  const [oldest, newest] = [wanted[0], wanted.at(-1)];
  if (oldest === undefined || newest === undefined) return { series: [...before], restatements: [] };
  const deliveredDays = new Set(lines.map(({ day }) => day));
  const byKey = new Map(before.map((one) => [keyOf(one), one]));
  const given = new Map<string, Map<string, BillLine>>();
  for (const line of lines) {
    const key = keyOf(line);
    if (!byKey.has(key)) byKey.set(key, empty(line));
    const own = given.get(key) ?? new Map<string, BillLine>();
    given.set(key, own);
    own.set(line.day, line);
  }
  const restatements: Restatement[] = [];
  const series: LedgerSeries[] = [];
  for (const [key, one] of byKey) {
    const grown = span(one, oldest, newest);
    for (const day of wanted) {
      const index = daysBetween(grown.from, day);
      if (index < 0) continue;
      const line = given.get(key)?.get(day);
      // Nothing at all of the account on that day: AWS has not delivered it yet.
      const usd = line?.usd ?? (deliveredDays.has(day) ? 0 : (grown.usd[index] ?? Number.NaN));
      const was = grown.usd[index] ?? Number.NaN;
      if (isRestated(was, usd) && daysBetween(day, at.slice(0, 10)) > settledDays) {
        const { accountId, service, region, usageType, recordType } = grown;
        restatements.push({
          accountId,
          service,
          region,
          usageType,
          recordType,
          day,
          fromUsd: was,
          toUsd: usd,
          seenAt: at,
        });
      }
      grown.usd[index] = usd;
      if (line !== undefined) grown.quantity[index] = line.quantity;
      else if (deliveredDays.has(day)) grown.quantity[index] = 0;
    }
    series.push(grown);
  }
  return { series, restatements };
}

function isRestated(was: number, is: number): boolean {
  return Math.abs(is - was) > Math.max(restatedUsd, restatedShare * Math.abs(was));
}

function empty({ accountId, service, region, usageType, recordType, day }: BillLine): LedgerSeries {
  return {
    accountId,
    service,
    region,
    usageType,
    recordType,
    from: day,
    usd: new Float64Array(0),
    quantity: new Float64Array(0),
  };
}

/** The series with room for these days, and without those that are too old. */
function span(series: LedgerSeries, oldest: string, newest: string): LedgerSeries {
  const end = [addDays(series.from, series.usd.length - 1), newest].sort().at(-1) ?? newest;
  const earliest = addDays(end, 1 - ledgerDays);
  const start = [[series.from, oldest].sort()[0] ?? oldest, earliest].sort().at(-1) ?? oldest;
  const length = daysBetween(start, end) + 1;
  const moved = (values: Float64Array): Float64Array => {
    const room = new Float64Array(length).fill(Number.NaN);
    const shift = daysBetween(start, series.from);
    for (let index = Math.max(0, -shift); index < values.length; index += 1)
      room[index + shift] = values[index] ?? Number.NaN;
    return room;
  };
  return { ...series, from: start, usd: moved(series.usd), quantity: moved(series.quantity) };
}

type Header = {
  readonly series: readonly { readonly key: readonly string[]; readonly from: string; readonly days: number }[];
};

/** A line of JSON with the series, then their figures one after another. */
function encode(series: readonly LedgerSeries[]): Uint8Array {
  const header: Header = {
    series: series.map(({ service, region, usageType, recordType, from, usd }) => ({
      key: [service, region, usageType, recordType],
      from,
      days: usd.length,
    })),
  };
  const head = Buffer.from(JSON.stringify(header));
  const parts: Uint8Array[] = [Buffer.alloc(4), head];
  (parts[0] as Buffer).writeUInt32LE(head.length);
  for (const { usd, quantity } of series) for (const values of [usd, quantity]) parts.push(bytesOf(values));
  return zstdCompressSync(Buffer.concat(parts), { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
}

function decode(bytes: Uint8Array, accountId: string): LedgerSeries[] {
  const all = zstdDecompressSync(bytes);
  const length = all.readUInt32LE(0);
  const { series } = JSON.parse(all.toString('utf8', 4, 4 + length)) as Header;
  let at = 4 + length;
  const next = (days: number): Float64Array => {
    const values = new Float64Array(days);
    new Uint8Array(values.buffer).set(all.subarray(at, at + days * 8));
    at += days * 8;
    return values;
  };
  return series.map(({ key, from, days }) => {
    const [service = '', region = '', usageType = '', recordType = 'Other'] = key;
    const dimensions = { accountId, service, region, usageType, recordType } as CostDimensions;
    return { ...dimensions, from, usd: next(days), quantity: next(days) };
  });
}

function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
