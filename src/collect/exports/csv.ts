/** CSV files, plain or gzipped, as data exports deliver them: streamed, a few thousand records at a time. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, type Parser, parse } from 'csv-parse';
import type { Batch } from './aggregate.ts';
import type { Fail } from './layout.ts';

export type CsvFile = {
  readonly columns: readonly string[];
  batches(columns: readonly string[]): AsyncIterable<Batch>;
};

const recordsPerBatch = 5000;

/** @throws what `fail` makes of a file that is no CSV or only part of one */
export async function openCsv(path: string, fail: Fail): Promise<CsvFile> {
  const columns = await headerOf(path, fail);
  return {
    columns,
    async *batches(wanted) {
      const places = new Map(wanted.map((name) => [name, columns.indexOf(name)]));
      let records: string[][] = [];
      let done = 0;
      const batch = (): Batch => {
        const own = records;
        const first = done;
        return {
          rows: own.length,
          column: (name) => own.map((record) => record[places.get(name) ?? -1]),
          place: (row) => `record ${first + row + 1}`,
        };
      };
      for await (const record of recordsOf(path, { skipHeader: true }, fail)) {
        records.push(record);
        if (records.length < recordsPerBatch) continue;
        yield batch();
        done += records.length;
        records = [];
      }
      if (records.length > 0) yield batch();
    },
  };
}

async function headerOf(path: string, fail: Fail): Promise<string[]> {
  for await (const record of recordsOf(path, { skipHeader: false }, fail)) return record;
  throw fail('is empty: copy it again');
}

async function* recordsOf(
  path: string,
  { skipHeader }: { readonly skipHeader: boolean },
  fail: Fail,
): AsyncIterable<string[]> {
  const parser: Parser = parse({ bom: true, from: skipHeader ? 2 : 1 });
  const source = createReadStream(path);
  // The error of any of them ends the parser, which is where it is read.
  const ended = (): void => {};
  if (path.endsWith('.gz')) pipeline(source, createGunzip(), parser, ended);
  else pipeline(source, parser, ended);
  try {
    for await (const record of parser) yield record as string[];
  } catch (error) {
    throw fail(whatIsWrong(error));
  } finally {
    source.destroy();
  }
}

function whatIsWrong(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CsvError) return `is no CSV that can be read (${message}): export it again`;
  return `cannot be read to its end (${message}): copy it again`;
}
