/** The series of one account as bytes, and back: a line of JSON, then the rings one after another, compressed. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CostDimensions } from '../model/bill.ts';
import { type Episode, ringBytes, ringsOf, type SeriesMemory } from './series-memory.ts';

export type AccountMemory = {
  /** First day that anything of the account is known from. */
  since: number;
  readonly series: Map<string, SeriesMemory>;
};

const format = 'costwarden/anomaly-account/1';

type Header = {
  readonly format: string;
  readonly since: number;
  readonly series: readonly {
    readonly dimensions: CostDimensions;
    readonly first: number;
    readonly end: number;
    readonly noise: number | null;
    readonly bound: number | null;
    readonly episodes: Episode[];
  }[];
};

export function seriesKey({ service, region, usageType, recordType }: CostDimensions): string {
  return `${service}|${region}|${usageType}|${recordType}`;
}

export function encodeAccount({ since, series }: AccountMemory): Uint8Array {
  const list = [...series.values()];
  const header: Header = {
    format,
    since,
    series: list.map(({ dimensions, first, end, noise, bound, episodes }) => ({
      dimensions,
      first,
      end,
      noise: Number.isNaN(noise) ? null : noise,
      bound: Number.isNaN(bound) ? null : bound,
      episodes,
    })),
  };
  const head = Buffer.from(JSON.stringify(header));
  const start = 4 + aligned(head.length);
  const bytes = new Uint8Array(start + list.length * ringBytes);
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, 4);
  for (const [index, memory] of list.entries()) {
    const rings = ringsOf(bytes.buffer, start + index * ringBytes);
    rings.billed.set(memory.billed);
    rings.expected.set(memory.expected);
    rings.early.set(memory.early);
    rings.standing.set(memory.standing);
  }
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
}

/** @throws Error when the bytes are not what `encodeAccount` wrote */
export function decodeAccount(compressed: Uint8Array): AccountMemory {
  const { buffer, byteOffset, byteLength } = zstdDecompressSync(compressed);
  // The rings are views: their buffer must be this account's own, and aligned.
  const bytes = (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength);
  const length = new DataView(bytes).getUint32(0);
  const header = JSON.parse(Buffer.from(bytes, 4, length).toString()) as Header;
  if (header.format !== format) throw new Error(`format ${header.format}, expected ${format}`);
  const start = 4 + aligned(length);
  const series = new Map<string, SeriesMemory>();
  for (const [index, { noise, bound, ...known }] of header.series.entries()) {
    series.set(seriesKey(known.dimensions), {
      ...known,
      noise: noise ?? Number.NaN,
      bound: bound ?? Number.NaN,
      ...ringsOf(bytes, start + index * ringBytes),
    });
  }
  return { since: header.since, series };
}

function aligned(length: number): number {
  // Behind four bytes of length, rings begin at a multiple of four.
  return Math.ceil(length / 4) * 4;
}
