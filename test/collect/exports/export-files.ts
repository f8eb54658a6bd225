/** Exports as files: Parquet in several row groups, CSV quoted where it must be. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BasicType, parquetWriteFile } from 'hyparquet-writer';
import { onTestFinished } from 'vitest';
import type { ExportRow } from './sample-exports.ts';

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'costwarden-export-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Several row groups, as in a real export; times as AWS has them, milliseconds of UTC. */
export function writeParquet(filename: string, rows: readonly ExportRow[], rowGroupSize = 5): string {
  mkdirSync(dirname(filename), { recursive: true });
  const [first = {}] = rows;
  const columnData = Object.keys(first).map((name) => {
    const type = typeOf(name, rows);
    const data = rows.map((row) => (type === 'TIMESTAMP' ? new Date(String(row[name])) : (row[name] ?? null)));
    return { name, data, type, nullable: true };
  });
  parquetWriteFile({ filename, columnData, rowGroupSize });
  return filename;
}

function typeOf(name: string, rows: readonly ExportRow[]): BasicType {
  if (/_date$|PeriodStart$/.test(name)) return 'TIMESTAMP';
  return rows.some((row) => typeof row[name] === 'number') ? 'DOUBLE' : 'STRING';
}

function csvOf(rows: readonly ExportRow[]): string {
  const [first = {}] = rows;
  const quoted = (value: string | number | null | undefined): string => {
    const text = String(value ?? '');
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const names = Object.keys(first);
  return [names, ...rows.map((row) => names.map((name) => row[name]))]
    .map((cells) => cells.map(quoted).join(','))
    .join('\n');
}

export function writeCsv(filename: string, rows: readonly ExportRow[]): string {
  mkdirSync(dirname(filename), { recursive: true });
  const text = csvOf(rows);
  writeFileSync(filename, filename.endsWith('.gz') ? gzipSync(text) : text);
  return filename;
}
