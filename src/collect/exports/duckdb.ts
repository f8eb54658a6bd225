/**
 * The aggregation by DuckDB, for exports that are too large for memory: the SQL text that Athena runs as well. DuckDB
 * is an optional dependency (70 MB); it reads local files only and loads no extension, so it needs no network.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChargeGroup } from './bill-lines.ts';
import type { DataFile } from './find-files.ts';
import type { Fail, Layout } from './layout.ts';
import { aggregationSql, type DayRange, toGroup } from './sql.ts';

/** Enough for a month of a large organization; what is above it goes to disk. */
const memoryLimit = '1GB';

/** @throws what `fail` makes of a missing DuckDB and of files that it cannot read */
export async function* aggregateByDuckdb(
  files: readonly DataFile[],
  layout: Layout,
  range: DayRange,
  fail: Fail,
): AsyncIterable<ChargeGroup> {
  const { DuckDBInstance } = await loadDuckdb(fail);
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    // By default it would write into the current folder, which need not be writable.
    temp_directory: join(tmpdir(), 'costwarden-duckdb'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    // Times in files have a zone; a day is one of UTC.
    await connection.run("SET TimeZone = 'UTC'");
    const sql = aggregationSql({ layout, table: tableOf(files, layout), ...range });
    const result = await connection.stream(sql);
    for await (const rows of result.yieldRowsJson()) {
      for (const row of rows) yield toGroup(layout, row as (string | number | null)[]);
    }
  } catch (error) {
    throw fail(`DuckDB cannot read it (${firstLine(error)}): copy it again`);
  } finally {
    instance.closeSync();
  }
}

async function loadDuckdb(fail: Fail): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch {
    throw fail(
      'is large, and DuckDB, which reads large exports, is not installed: npm install @duckdb/node-api, or read fewer months',
    );
  }
}

/** A function of DuckDB that reads the files as one table. */
function tableOf(files: readonly DataFile[], layout: Layout): string {
  const list = `[${files.map(({ path }) => literal(path)).join(', ')}]`;
  if (files.every(({ path }) => path.endsWith('.parquet')))
    return `read_parquet(${list}, union_by_name = true, hive_partitioning = false)`;
  const types = layout.sums.map(([, column]) => `${literal(column)}: 'DOUBLE'`);
  const others = [layout.day, layout.period, ...layout.texts.map(([, column]) => column)];
  types.push(...others.map((column) => `${literal(column)}: 'VARCHAR'`));
  // Told, not guessed: an account id is no number.
  return `read_csv(${list}, header = true, delim = ',', quote = '"', escape = '"', all_varchar = true, types = {${types.join(', ')}}, union_by_name = true, hive_partitioning = false)`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
