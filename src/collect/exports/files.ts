/**
 * A data export on disk, CUR 2.0 or FOCUS, Parquet or CSV: a path comes in, lines of the bill go out, month by month.
 * Small exports are read here; large ones by DuckDB, with the SQL that Athena runs. Nothing is written.
 */
import { ConfigError } from '../../errors.ts';
import type { BillLine } from '../../model/bill.ts';
import { aggregate, type Batch } from './aggregate.ts';
import { billOf } from './bill-lines.ts';
import { openCsv } from './csv.ts';
import { aggregateByDuckdb } from './duckdb.ts';
import { type FileGroup, findFiles } from './find-files.ts';
import { columnsOf, type Fail, type Layout, layoutOf } from './layout.ts';
import { openParquet } from './parquet.ts';
import type { DayRange } from './sql.ts';

export type ExportEngine = 'memory' | 'duckdb';

export type ReadOptions = DayRange & {
  /** Default: `duckdb` for more than 256 MB that have to be read. */
  readonly engine?: ExportEngine | undefined;
};

const mostBytesInMemory = 256 * 2 ** 20;

/**
 * @param path a file, or the folder of an export: then the newest delivery of every month
 * @throws ConfigError that names the file and what is wrong with it
 */
export async function* readExport(path: string, { from, to, engine }: ReadOptions): AsyncIterable<BillLine> {
  const groups = await findFiles(path, { from, to });
  const bytes = groups.flatMap(({ files }) => files).reduce((sum, file) => sum + file.bytes, 0);
  const chosen = engine ?? (bytes > mostBytesInMemory ? 'duckdb' : 'memory');
  for (const group of groups) yield* readGroup(group, { from, to }, chosen, path);
}

type OpenFile = {
  readonly path: string;
  readonly layout: Layout;
  readonly fail: Fail;
  batches(columns: readonly string[]): AsyncIterable<Batch>;
};

async function* readGroup(
  { files }: FileGroup,
  range: DayRange,
  engine: ExportEngine,
  path: string,
): AsyncIterable<BillLine> {
  const open: OpenFile[] = [];
  for (const file of files) open.push(await openFile(file.path));
  const [first] = open;
  if (first === undefined) return;
  const { layout } = first;
  for (const other of open) requireSame(first, other);
  const fail = failFor(files.length === 1 ? first.path : path);
  if (engine === 'duckdb') {
    yield* billOf(aggregateByDuckdb(files, layout, range, fail), layout.format, fail);
    return;
  }
  const aggregation = aggregate(layout, range, fail);
  for (const file of open) {
    for await (const batch of file.batches(columnsOf(layout))) aggregation.add(named(batch, file));
  }
  yield* billOf(aggregation.groups(), layout.format, fail);
}

async function openFile(path: string): Promise<OpenFile> {
  const fail = failFor(path);
  const file = path.endsWith('.parquet') ? await openParquet(path, fail) : await openCsv(path, fail);
  return { path, fail, layout: layoutOf(file.columns, fail), batches: (columns) => file.batches(columns) };
}

/** Files of one month that do not have the same columns are of different exports, or of one that was changed. */
function requireSame(first: OpenFile, other: OpenFile): void {
  const [own, others] = [columnsOf(first.layout), columnsOf(other.layout)];
  const odd = own.find((column) => !others.includes(column)) ?? others.find((column) => !own.includes(column));
  if (odd === undefined) return;
  const [has, lacks] = own.includes(odd) ? [first.path, other.path] : [other.path, first.path];
  throw new ConfigError(`${lacks}: has no column ${odd}, which ${has} has: read files of one export only`);
}

/** Says in which of several files a row stands. */
function named(batch: Batch, { path }: OpenFile): Batch {
  return { ...batch, place: (row) => `${path} ${batch.place(row)}` };
}

function failFor(path: string): Fail {
  return (sentence) => new ConfigError(`${path}: ${sentence}`);
}
