/**
 * The series of one account as bytes, and back: lines of JSON, then the rings one after another, compressed. Beside
 * what is known today stands what was known before today's run, so that a run of the same day gives the same answer.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CostDimensions } from '../model/bill.ts';
import { type Episode, memoryDays, ringBytes, ringsOf, type SeriesMemory } from './series-memory.ts';
import { nothingUsd } from './workspace.ts';

export type AccountMemory = {
  /** First day that anything of the account is known from. */
  since: number;
  readonly series: Map<string, SeriesMemory>;
  readonly before: Before;
};

/** What was known before the run. */
export type Before = { readonly header: string; readonly rings: Uint32Array };

export type Header = {
  readonly format: string;
  /** Day of the run that wrote it; -1 = none has. */
  readonly asOf: number;
  readonly since: number | null;
  readonly series: readonly {
    readonly dimensions: CostDimensions;
    readonly first: number;
    readonly end: number;
    readonly noise: number | null;
    readonly bound: number | null;
    readonly episodes: Episode[];
  }[];
};

const format = 'costwarden/anomaly-account/2';
const ringWords = ringBytes / 4;
const noHeader: Header = { format, asOf: -1, since: null, series: [] };

export function seriesKey({ service, region, usageType, recordType }: CostDimensions): string {
  return `${service}|${region}|${usageType}|${recordType}`;
}

export function newAccount(): AccountMemory {
  return fromBefore({ header: JSON.stringify(noHeader), rings: new Uint32Array(0) });
}

export function encodeAccount({ since, series, before }: AccountMemory, asOf: number): Uint8Array {
  const list = [...series.values()];
  const header: Header = {
    format,
    asOf,
    since: Number.isFinite(since) ? since : null,
    series: list.map(({ dimensions, first, end, noise, bound, episodes }) => ({
      dimensions,
      first,
      end,
      noise: Number.isNaN(noise) ? null : noise,
      bound: Number.isNaN(bound) ? null : bound,
      episodes,
    })),
  };
  const headers = Buffer.from(`${JSON.stringify(header)}\n${before.header}`);
  const start = 4 + aligned(headers.length);
  const bytes = new Uint8Array(start + list.length * ringBytes + before.rings.byteLength);
  new DataView(bytes.buffer).setUint32(0, headers.length);
  bytes.set(headers, 4);
  for (const [index, memory] of list.entries()) {
    const rings = ringsOf(bytes.buffer, start + index * ringBytes);
    rings.billed.set(memory.billed);
    rings.expected.set(memory.expected);
    rings.early.set(memory.early);
    rings.standing.set(memory.standing);
  }
  // Series keep their order and new ones come last: what was known before differs in a few words, the rest is zeros.
  const now = new Uint32Array(bytes.buffer, start, before.rings.length);
  const difference = new Uint32Array(bytes.buffer, start + list.length * ringBytes, before.rings.length);
  for (let word = 0; word < difference.length; word += 1)
    difference[word] = (now[word] as number) ^ (before.rings[word] as number);
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
}

/**
 * What was known before the run of `asOf`.
 * @throws Error when the bytes are not what `encodeAccount` wrote, or are of a later day
 */
export function decodeAccount(compressed: Uint8Array, asOf: number): AccountMemory {
  const { buffer, byteOffset, byteLength } = zstdDecompressSync(compressed);
  // The rings are views: their buffer must be this account's own, and aligned.
  const bytes = (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength);
  const length = new DataView(bytes).getUint32(0);
  const [text = '', textBefore = ''] = Buffer.from(bytes, 4, length).toString().split('\n');
  const header = JSON.parse(text) as Header;
  if (header.format !== format) throw new Error(`format ${header.format}, expected ${format}`);
  if (header.asOf > asOf) throw new Error('it is of a later day than this run');
  const start = 4 + aligned(length);
  const rings = new Uint32Array(bytes, start, header.series.length * ringWords);
  if (header.asOf < asOf) return fromBefore({ header: text, rings });
  const difference = new Uint32Array(bytes, start + rings.byteLength);
  return fromBefore({ header: textBefore, rings: difference.map((word, index) => word ^ (rings[index] as number)) });
}

function fromBefore(before: Before): AccountMemory {
  const { since, series } = JSON.parse(before.header) as Header;
  const rings = before.rings.slice();
  const memory: AccountMemory = { since: since ?? Number.POSITIVE_INFINITY, series: new Map(), before };
  for (const [index, { noise, bound, ...known }] of series.entries()) {
    memory.series.set(seriesKey(known.dimensions), {
      ...known,
      noise: noise ?? Number.NaN,
      bound: bound ?? Number.NaN,
      ...ringsOf(rings.buffer, index * ringBytes),
    });
  }
  return memory;
}

/** Forgets series that have cost nothing for as long as anything is remembered. @returns the account without them */
export function withoutGone(memory: AccountMemory): AccountMemory {
  const { series, asOf, ...rest } = JSON.parse(memory.before.header) as Header;
  const list = [...memory.series.values()];
  const kept = list.flatMap((one, index) => (isGone(one) ? [] : [index]));
  if (kept.length === list.length) return memory;
  const rings = new Uint32Array(kept.length * ringWords);
  for (const [to, from] of kept.entries())
    rings.set(memory.before.rings.subarray(from * ringWords, (from + 1) * ringWords), to * ringWords);
  const header = JSON.stringify({ ...rest, asOf, series: kept.flatMap((index) => series[index] ?? []) });
  return fromBefore({ header, rings });
}

function isGone({ billed, first, end }: SeriesMemory): boolean {
  if (end - first < memoryDays) return false;
  for (let back = 1; back <= memoryDays; back += 1)
    if ((billed[(end - back) % memoryDays] as number) > nothingUsd) return false;
  return true;
}

function aligned(length: number): number {
  // Behind four bytes of length, rings begin at a multiple of four.
  return Math.ceil(length / 4) * 4;
}
