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

const format = 'costwarden/anomaly-account/3';
/** Figures hardly compress, what has not changed does at any level: the fastest serves. */
const fast = -5;
const ringWords = ringBytes / 4;
/** Ahead of all: day of the run, number of series, bytes of the two parts before and after compression. */
const prefixWords = 6;
/** Grows to the largest account and is used for all of them: new memory for each would be a third of the work. */
class Scratch {
  private bytes = new Uint8Array(0);

  take(length: number): Uint8Array {
    if (this.bytes.length < length) this.bytes = new Uint8Array(length);
    return this.bytes.subarray(0, length);
  }
}
const scratch = { known: new Scratch(), past: new Scratch() };
/** Share of an account's series that may be gone. */
const carriedShare = 0.05;
const noHeader: Header = { since: null, series: [] };

export function seriesKey({ service, region, usageType, recordType }: CostDimensions): string {
  return `${service}|${region}|${usageType}|${recordType}`;
}

export function newAccount(): AccountMemory {
  return fromBefore({ header: JSON.stringify(noHeader), rings: new Uint32Array(0) });
}

/** What is known, then what differs from it in what was known before: only a run of the same day reads that. */
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
  const known = layOut(`${format}\n${JSON.stringify(header)}`, list.length * ringWords, scratch.known);
  for (const [index, memory] of list.entries()) {
    const rings = ringsOf(known.rings.buffer, known.rings.byteOffset + index * ringBytes);
    rings.billed.set(memory.billed);
    rings.expected.set(memory.expected);
    rings.early.set(memory.early);
    rings.standing.set(memory.standing);
  }
  // Series keep their order and new ones come last: what was known before differs in a few words, the rest is zeros.
  const past = layOut(before.header, before.rings.length, scratch.past);
  for (let word = 0; word < past.rings.length; word += 1)
    past.rings[word] = (known.rings[word] as number) ^ (before.rings[word] as number);
  // Room for what comes out, or it comes in many pieces: most of the figures, and next to nothing of the zeros.
  const parts = [compress(known.bytes, 0.9), compress(past.bytes, 0.05)] as const;
  const sizes = [known.bytes.length, parts[0].length, past.bytes.length, parts[1].length];
  const prefix = Uint32Array.of(asOf, list.length, ...sizes);
  return Buffer.concat([new Uint8Array(prefix.buffer), ...parts]);
}

/** A text and rings in one piece of memory, which the next account takes over. */
function layOut(text: string, words: number, from: Scratch): { bytes: Uint8Array; rings: Uint32Array } {
  const length = Buffer.byteLength(text);
  const start = 4 + aligned(length);
  const bytes = from.take(start + 4 * words);
  new Uint32Array(bytes.buffer, 0, 1)[0] = length;
  new TextEncoder().encodeInto(text, bytes.subarray(4, 4 + length));
  bytes.fill(0, 4 + length, start);
  return { bytes, rings: new Uint32Array(bytes.buffer, start, words) };
}

function compress(bytes: Uint8Array, expectedShare: number): Uint8Array {
  return zstdCompressSync(bytes, {
    chunkSize: Math.max(64, Math.ceil(expectedShare * bytes.length)),
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
  if (compressed.length < 4 * prefixWords) throw new Error('it is cut off');
  const prefix = new Uint32Array(Uint8Array.from(compressed.subarray(0, 4 * prefixWords)).buffer);
  const [writtenOn = 0, count = 0, bytesKnown = 0, packedKnown = 0, bytesPast = 0, packedPast = 0] = prefix;
  const start = 4 * prefixWords;
  const past = start + packedKnown;
  if (compressed.length !== past + packedPast) throw new Error('it is cut off');
  const known = takeApart(compressed.subarray(start, past), bytesKnown);
  const [found, header = ''] = known.text.split('\n');
  if (found !== format) throw new Error(`format ${found?.slice(0, 40)}, expected ${format}`);
  if (known.rings.length !== count * ringWords) throw new Error('it has not all of its series');
  const before = (): Before => {
    const { text, rings } = takeApart(compressed.subarray(past), bytesPast);
    for (let word = 0; word < rings.length; word += 1)
      rings[word] = (rings[word] as number) ^ (known.rings[word] as number);
    return { header: text, rings };
  };
  return { written: { header, rings: known.rings }, before, writtenOn };
}

function takeApart(packed: Uint8Array, size: number): { text: string; rings: Uint32Array } {
  const { buffer, byteOffset, byteLength } = zstdDecompressSync(packed, { chunkSize: Math.max(64, size) });
  if (byteLength !== size) throw new Error('it is not of the size that it says');
  // The rings are views, which must be aligned.
  const isAligned = byteOffset % 4 === 0;
  const bytes = isAligned ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
  const origin = isAligned ? byteOffset : 0;
  const [length = 0] = new Uint32Array(bytes, origin, 1);
  const start = 4 + aligned(length);
  const text = Buffer.from(bytes, origin + 4, length).toString();
  return { text, rings: new Uint32Array(bytes, origin + start, (byteLength - start) / 4) };
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
  // Taking out a few is more work than carrying them along.
  if (list.filter(isGone).length <= carriedShare * list.length) return memory;
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
