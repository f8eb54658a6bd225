/** Parquet files: only the columns that are needed, one row group at a time. */
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetScan, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { Batch } from './aggregate.ts';
import type { Fail } from './layout.ts';

const dayMs = 86_400_000;
const days = new Map<number, string>();

/** A month has 31 of them, and millions of charges: a date object for each would cost more than all the rest. */
function dayOf(ms: number): string {
  const number = Math.floor(ms / dayMs);
  const known = days.get(number);
  if (known !== undefined) return known;
  const day = new Date(number * dayMs).toISOString().slice(0, 10);
  days.set(number, day);
  return day;
}

const decoding = {
  compressors,
  // Nothing in a bill is a place on earth.
  geoparquet: false,
  parsers: {
    timestampFromMilliseconds: (ms: bigint) => dayOf(Number(ms)),
    timestampFromMicroseconds: (us: bigint) => dayOf(Number(us / 1000n)),
    timestampFromNanoseconds: (ns: bigint) => dayOf(Number(ns / 1_000_000n)),
    dateFromDays: (number: number) => dayOf(number * dayMs),
  },
};

export type ParquetFile = {
  readonly columns: readonly string[];
  batches(columns: readonly string[]): AsyncIterable<Batch>;
};

/** @throws what `fail` makes of a file that is no Parquet or only part of one */
export async function openParquet(path: string, fail: Fail): Promise<ParquetFile> {
  const file = await asyncBufferFromFile(path);
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(file, { geoparquet: false });
  } catch (error) {
    throw fail(`is no complete Parquet file (${messageOf(error)}): copy it again`);
  }
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  return {
    columns,
    async *batches(wanted) {
      try {
        const scan = await parquetScan({ file, metadata, columns: [...wanted], ...decoding });
        for (const range of scan.ranges) {
          const read = new Map<string, ArrayLike<unknown>>();
          for (const column of wanted) read.set(column, await scan.readColumn({ ...range, column }));
          yield {
            rows: range.rowEnd - range.rowStart,
            column: (name) => read.get(name) ?? [],
            place: (row) => `row ${range.rowStart + row + 1}`,
          };
        }
      } catch (error) {
        throw fail(`cannot be read to its end (${messageOf(error)}): copy it again`);
      }
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
