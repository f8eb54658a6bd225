/**
 * The data files of an export that lies on disk. AWS writes `<export>/data/BILLING_PERIOD=2026-11/...` and, when all of
 * a delivery is there, `<export>/metadata/BILLING_PERIOD=2026-11/...-Manifest.json` with the list of its files. An
 * export that keeps every delivery has many; only the newest counts, or every charge would be added up several times.
 * Source: AWS Data Exports user guide, "Understanding export delivery", read 2026-11-25.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { ConfigError } from '../../errors.ts';
import { addDays } from '../../model/days.ts';
import type { DayRange } from './sql.ts';

export type DataFile = { readonly path: string; readonly bytes: number };

/** Files that are read together: those of one month, or all of them where the paths say no month. */
export type FileGroup = { readonly period: string | undefined; readonly files: readonly DataFile[] };

const dataFile = /\.(parquet|csv|csv\.gz)$/i;
const manifestFile = /manifest\.json$/i;

/** @throws ConfigError when there is nothing to read, or a manifest names a file that is not there */
export async function findFiles(path: string, { from, to }: DayRange): Promise<FileGroup[]> {
  const status = await stat(path).catch((error: Error) => {
    throw new ConfigError(`${path}: cannot be read (${error.message})`, { cause: error });
  });
  if (!status.isDirectory()) {
    if (!dataFile.test(path)) throw new ConfigError(`${path}: not a .parquet, .csv or .csv.gz file`);
    return [{ period: undefined, files: [{ path, bytes: status.size }] }];
  }
  const all = await listFiles(path);
  const manifests = all.filter((file) => manifestFile.test(basename(file)));
  const data = all.filter((file) => dataFile.test(file));
  const chosen = manifests.length > 0 ? await filesOfManifests(path, manifests, data) : data;
  if (chosen.length === 0)
    throw new ConfigError(`${path}: no .parquet, .csv or .csv.gz file in it: name the folder of the export`);
  return groupsOf(chosen, { from, to });
}

async function groupsOf(paths: readonly string[], { from, to }: DayRange): Promise<FileGroup[]> {
  const files = await Promise.all(paths.map(async (path) => ({ path, bytes: (await stat(path)).size })));
  const periods = new Map<string | undefined, DataFile[]>();
  for (const file of files.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const period = periodOf(file.path);
    periods.set(period, [...(periods.get(period) ?? []), file]);
  }
  // A file without a month can hold any: then nothing is known to be apart.
  if (periods.has(undefined)) return [{ period: undefined, files }];
  const [first, last] = [from.slice(0, 7), addDays(to, -1).slice(0, 7)];
  return [...periods]
    .filter(([period = '']) => period >= first && period <= last)
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
    .map(([period, own]) => ({ period, files: own }));
}

type Manifest = { readonly path: string; readonly files: readonly string[]; readonly writtenAt: number };

async function filesOfManifests(
  root: string,
  manifests: readonly string[],
  data: readonly string[],
): Promise<readonly string[]> {
  const newest = new Map<string, Manifest>();
  for (const path of manifests) {
    const manifest = await readManifest(path);
    // A manifest of something else that lies in the folder.
    if (manifest === undefined) continue;
    const period = periodOf(path) ?? '';
    const known = newest.get(period);
    if (known === undefined || isNewer(manifest, known)) newest.set(period, manifest);
  }
  if (newest.size === 0) return data;
  const files = new Set<string>();
  for (const { path, files: wanted } of newest.values()) {
    for (const address of wanted) {
      const file = localOf(address, data);
      if (file === undefined)
        throw new ConfigError(
          `${relative(root, path)}: names ${tail(address, 3)}, which is not in ${root}: copy the whole export, data and metadata`,
        );
      files.add(file);
    }
  }
  return [...files];
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`${path}: no JSON, so it is not known which files belong together: copy it again`, {
      cause: error,
    });
  }
  const files = (content as { dataFiles?: unknown }).dataFiles;
  if (!Array.isArray(files)) return undefined;
  return {
    path,
    files: files.filter((file): file is string => typeof file === 'string'),
    writtenAt: (await stat(path)).mtimeMs,
  };
}

/** Deliveries that are kept lie in folders that begin with their time; otherwise the time of the file says it. */
function isNewer(a: Manifest, b: Manifest): boolean {
  const [timeA, timeB] = [executionOf(a.path), executionOf(b.path)];
  if (timeA !== timeB) return timeA > timeB;
  return a.writtenAt > b.writtenAt;
}

function executionOf(path: string): string {
  return /(?:^|[\\/])(\d{4}-?\d{2}-?\d{2}T[^\\/]*)[\\/]/.exec(path)?.[1] ?? '';
}

/** The manifest has addresses in S3; on disk the end of the path is the same. */
function localOf(address: string, data: readonly string[]): string | undefined {
  const parts = address.split('/');
  const dataAt = parts.lastIndexOf('data');
  const ending = parts.slice(dataAt < 0 ? -2 : dataAt + 1).join(sep);
  return data.find((file) => file === ending || file.endsWith(sep + ending));
}

function tail(address: string, count: number): string {
  return address.split('/').slice(-count).join('/');
}

function periodOf(path: string): string | undefined {
  return /BILLING_PERIOD=(\d{4}-\d{2})/i.exec(path)?.[1];
}

async function listFiles(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
