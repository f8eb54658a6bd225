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

type Header = {
  readonly since: number | null;
  readonly series: readonly {
    readonly dimensions: CostDimensions;
    readonly first: number;
    readonly end: number;
    readonly noise: number | null;
    readonly bound: number | null;
    readonly sinking: number;
    readonly episodes: Episode[];
  }[];
};

const format = 'costwarden/anomaly-account/2';
/** Figures hardly compress, what has not changed does at any level: the fastest serves. */
const fast = -5;
const ringWords = ringBytes / 4;
/** Before them: length of the text, day of the run, number of series. */
const prefixBytes = 12;
const noHeader: Header = { since: null, series: [] };

export function seriesKey({ service, region, usageType, recordType }: CostDimensions): string {
  return `${service}|${region}|${usageType}|${recordType}`;
}

export function newAccount(): AccountMemory {
  return fromBefore({ header: JSON.stringify(noHeader), rings: new Uint32Array(0) });
}

export function encodeAccount({ since, series, before }: AccountMemory, asOf: number): Uint8Array {
  const list = [...series.values()];
  const header: Header = {
    since: Number.isFinite(since) ? since : null,
    series: list.map(({ dimensions, first, end, noise, bound, sinking, episodes }) => ({
      dimensions,
      first,
      end,
      noise: Number.isNaN(noise) ? null : noise,
      bound: Number.isNaN(bound) ? null : bound,
      sinking,
      episodes,
    })),
  };
  const text = Buffer.from(`${format}\n${JSON.stringify(header)}\n${before.header}`);
  const start = prefixBytes + aligned(text.length);
  const bytes = new Uint8Array(start + list.length * ringBytes + before.rings.byteLength);
  new Uint32Array(bytes.buffer, 0, 3).set([text.length, asOf, list.length]);
  bytes.set(text, prefixBytes);
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
  return zstdCompressSync(bytes, {
    chunkSize: Math.max(64, bytes.length),
    params: { [constants.ZSTD_c_compressionLevel]: fast },
  });
}

/**
 * What was known before the run of `asOf`, whether or not that run has been made already.
 * @throws Error when the bytes are not what `encodeAccount` wrote, or are of a later day
 */
export function decodeAccount(compressed: Uint8Array, asOf: number): AccountMemory {
  const { written, before, writtenOn } = unpack(compressed);
  if (writtenOn > asOf) throw new Error('it is of a later day than this run');
  return fromBefore(writtenOn < asOf ? written : before());
}

/** What is known after a run, for more of the same run. */
export function decodeWritten(compressed: Uint8Array): AccountMemory {
  const { written, before } = unpack(compressed);
  return { ...fromBefore(written), before: before() };
}

type Unpacked = { readonly written: Before; readonly before: () => Before; readonly writtenOn: number };

function unpack(compressed: Uint8Array): Unpacked {
  const chunkSize = Math.max(64, 4 * compressed.length);
  const { buffer, byteOffset, byteLength } = zstdDecompressSync(compressed, { chunkSize });
  // The rings are views, which must be aligned.
  const isAligned = byteOffset % 4 === 0;
  const bytes = isAligned ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
  const origin = isAligned ? byteOffset : 0;
  const [length = 0, writtenOn = 0, count = 0] = new Uint32Array(bytes, origin, 3);
  const [found, header = '', headerBefore = ''] = Buffer.from(bytes, origin + prefixBytes, length)
    .toString()
    .split('\n');
  if (found !== format) throw new Error(`format ${found?.slice(0, 40)}, expected ${format}`);
  const start = origin + prefixBytes + aligned(length);
  const rings = new Uint32Array(bytes, start, count * ringWords);
  const words = (origin + byteLength - start) / 4 - rings.length;
  const difference = new Uint32Array(bytes, start + rings.byteLength, words);
  const before = (): Before => ({
    header: headerBefore,
    rings: difference.map((word, index) => word ^ (rings[index] as number)),
  });
  return { written: { header, rings }, before, writtenOn };
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
  const list = [...memory.series.values()];
  if (!list.some(isGone)) return memory;
  const kept = list.flatMap((one, index) => (isGone(one) ? [] : [index]));
  const { series, ...rest } = JSON.parse(memory.before.header) as Header;
  const rings = new Uint32Array(kept.length * ringWords);
  for (const [to, from] of kept.entries())
    rings.set(memory.before.rings.subarray(from * ringWords, (from + 1) * ringWords), to * ringWords);
  const header = JSON.stringify({ ...rest, series: kept.flatMap((index) => series[index] ?? []) });
  return fromBefore({ header, rings });
}

function isGone({ billed, first, end }: SeriesMemory): boolean {
  if (end - first < memoryDays) return false;
  for (let back = 1; back <= memoryDays; back += 1)
    if ((billed[(end - back) % memoryDays] as number) > nothingUsd) return false;
  return true;
}

function aligned(length: number): number {
  // Rings begin at a multiple of four.
  return Math.ceil(length / 4) * 4;
}
