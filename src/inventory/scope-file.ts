/**
 * One scope in one file, NDJSON: a header line, then one line per record. The header says how many records of each kind
 * follow: only a kind whose records are all there is complete, all others are gaps that name file and line.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { type DatedScope, type Gap, gapReasons, type Kind, type Resource } from '../model/inventory.ts';
import { type Scope, scopeKey } from '../model/scope.ts';
import { fileProblem, isFileError, linesOf, writeWhole } from './files.ts';

/** Rises with every change of a record that older files could not answer for. */
const inventorySchema = 'costwarden/inventory/1';

/** Kinds whose records depend on the tag keys of the config: kept for other keys they answer another question. */
const kindsByTagKey: ReadonlySet<Kind> = new Set(['cost.tag-coverage']);

/** Members that hold one figure a day; JSON has neither typed arrays nor NaN, so they are lists with `null` in the file. */
const dailyFigures: Partial<Record<string, readonly string[]>> = { 'cost.daily': ['usd', 'quantity'] };

export type TagKeys = readonly (readonly string[])[];

export type ScopeRequest = { readonly scope: Scope; readonly kinds: readonly Kind[]; readonly tagKeys: TagKeys };

/** What a file holds of the kinds asked for. */
export type KeptScope = {
  readonly records: ReadonlyMap<Kind, readonly Resource[]>;
  /** Those of the run that saved it, and those of the file itself. */
  readonly gaps: readonly Gap[];
  /** `undefined` = there is no file, or its header cannot be read. */
  readonly collectedAt: string | undefined;
  /** What is wrong with the file itself, for the kinds asked for; empty = it can stand for a collection. */
  readonly problems: readonly string[];
};

const scopeOfFile = z.object({
  kind: z.enum(['region', 'global', 'payer', 'organization']),
  account: z.looseObject({ id: z.string() }),
  region: z.string(),
});
const gapOfFile = z.object({
  accountId: z.string(),
  region: z.string(),
  kind: z.custom<Kind>((value) => typeof value === 'string'),
  reason: z.enum(gapReasons),
  iamAction: z.string().optional(),
  resourceId: z.string().optional(),
  message: z.string(),
});
const header = z.object({
  schema: z.literal(inventorySchema),
  scope: scopeOfFile,
  collectedAt: z.iso.datetime(),
  version: z.string(),
  tagKeys: z.array(z.array(z.string())),
  kinds: z.array(
    z.object({
      kind: z.string(),
      /** `partial` = without the resources that a gap names; `gap` = without any. */
      status: z.enum(['complete', 'partial', 'gap']),
      records: z.number().int().nonnegative(),
    }),
  ),
  gaps: z.array(gapOfFile),
});
type Header = z.output<typeof header>;

const line = z.object({
  kind: z.string(),
  record: z.looseObject({
    id: z.string(),
    arn: z.string(),
    type: z.string(),
    accountId: z.string(),
    region: z.string(),
  }),
});

/** The file is not what this version writes; the message begins with file and line. */
class DamagedFileError extends Error {
  override readonly name = 'DamagedFileError';
}

/** `DIR/<scope kind>/<account>/<region>.ndjson` */
export function scopePath(directory: string, { kind, account, region }: Scope): string {
  // What AWS calls a region must not lead out of the directory.
  const safe = (name: string): string => name.replace(/[^\w-]/g, '_');
  return join(directory, kind, safe(account.id), `${safe(region)}.ndjson`);
}

/** @throws the error of the file system */
export async function writeScopeFile(
  directory: string,
  { scope, records, gaps, collectedAt }: DatedScope,
  { version, tagKeys }: { readonly version: string; readonly tagKeys: TagKeys },
): Promise<void> {
  const kinds: Header['kinds'] = [...records].map(([kind, { length }]) => ({
    kind,
    status: gaps.some((gap) => gap.kind === kind) ? 'partial' : 'complete',
    records: length,
  }));
  for (const kind of new Set(gaps.map((gap) => gap.kind)))
    if (!records.has(kind)) kinds.push({ kind, status: 'gap', records: 0 });
  const first = { schema: inventorySchema, scope, collectedAt, version, tagKeys, kinds, gaps };
  const lines = function* (): Iterable<string> {
    yield `${JSON.stringify(first)}\n`;
    for (const [kind, list] of records)
      for (const record of list) yield `${JSON.stringify({ kind, record: toFile(kind, record) })}\n`;
  };
  await writeWhole(scopePath(directory, scope), lines());
}

/** Never throws for what a file contains: whatever is not there or cannot be trusted is a gap. */
export async function readScopeFile(directory: string, request: ScopeRequest): Promise<KeptScope> {
  const { scope, kinds } = request;
  const path = scopePath(directory, scope);
  const missing = (kind: Kind, message: string): Gap => ({
    accountId: scope.account.id,
    region: scope.region,
    kind,
    reason: 'not-in-inventory',
    checks: [],
    message,
  });
  try {
    const content = await readContent(path, request);
    const records = new Map<Kind, readonly Resource[]>();
    const gaps: Gap[] = [];
    const problems: string[] = [];
    for (const kind of kinds) {
      const problem = problemOf(kind, content, path, request.tagKeys);
      if (problem === undefined) {
        gaps.push(...content.header.gaps.filter((gap) => gap.kind === kind).map((gap) => ({ ...gap, checks: [] })));
        const isGap = content.header.kinds.some((entry) => entry.kind === kind && entry.status === 'gap');
        if (!isGap) records.set(kind, content.records.get(kind) ?? []);
      } else {
        gaps.push(missing(kind, problem));
        problems.push(problem);
      }
    }
    return { records, gaps, problems, collectedAt: content.header.collectedAt };
  } catch (error) {
    if (!isFileError(error) && !(error instanceof DamagedFileError)) throw error;
    const problem = isFileError(error) ? `${path}: ${fileProblem(error)}` : error.message;
    const gaps = kinds.map((kind) => missing(kind, problem));
    return { records: new Map(), gaps, problems: [problem], collectedAt: undefined };
  }
}

type Content = {
  readonly header: Header;
  /** Of the kinds asked for. */
  readonly records: ReadonlyMap<string, readonly Resource[]>;
  /** Records of every kind. */
  readonly counts: ReadonlyMap<string, number>;
  /** The first line that is no record of the file, and why. */
  readonly broken: string | undefined;
  readonly lines: number;
};

/** @throws DamagedFileError when there is no header to go by; the error of the file system */
async function readContent(path: string, { scope, kinds }: ScopeRequest): Promise<Content> {
  const records = new Map<string, Resource[]>(kinds.map((kind) => [kind, []]));
  const counts = new Map<string, number>();
  let head: Header | undefined;
  let broken: string | undefined;
  let lines = 0;
  for await (const text of linesOf(path)) {
    lines += 1;
    if (head === undefined) {
      head = parseHeader(text, path, scope);
      for (const { kind } of head.kinds) counts.set(kind, 0);
      continue;
    }
    const entry = line.safeParse(parseJson(text)).data;
    const count = entry === undefined ? undefined : counts.get(entry.kind);
    if (entry === undefined || count === undefined) {
      broken ??= `${path}:${lines}: no record of this file: damaged or cut off`;
      continue;
    }
    const record = fromFile(entry.kind, entry.record);
    if (record === undefined) {
      broken ??= `${path}:${lines}: daily figures that are no numbers`;
      continue;
    }
    counts.set(entry.kind, count + 1);
    records.get(entry.kind)?.push(record);
  }
  if (head === undefined) throw new DamagedFileError(`${path}:1: the file is empty`);
  return { header: head, records, counts, broken, lines };
}

function toFile(kind: Kind, record: Resource): object {
  const lists: Record<string, (number | null)[]> = {};
  for (const name of dailyFigures[kind] ?? []) {
    const figures: unknown = Reflect.get(record, name);
    if (figures instanceof Float64Array) lists[name] = Array.from(figures, (one) => (Number.isNaN(one) ? null : one));
  }
  return { ...record, ...lists };
}

/** @returns undefined when a list of figures is none */
function fromFile(kind: string, record: Resource): Resource | undefined {
  const figures: Record<string, Float64Array> = {};
  for (const name of dailyFigures[kind] ?? []) {
    const list: unknown = Reflect.get(record, name);
    if (!Array.isArray(list) || !list.every((one) => one === null || typeof one === 'number')) return undefined;
    figures[name] = Float64Array.from(list, (one: number | null) => one ?? Number.NaN);
  }
  return { ...record, ...figures };
}

/** @throws DamagedFileError */
function parseHeader(text: string, path: string, scope: Scope): Header {
  const value = parseJson(text);
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (typeof schema === 'string' && schema !== inventorySchema)
    throw new DamagedFileError(`${path}:1: schema ${schema}; this version reads ${inventorySchema}`);
  const parsed = header.safeParse(value);
  if (!parsed.success) throw new DamagedFileError(`${path}:1: no header: damaged or cut off`);
  const { kind, account, region } = parsed.data.scope;
  const key = `${kind}/${account.id}/${region}`;
  if (key !== scopeKey(scope)) throw new DamagedFileError(`${path}:1: belongs to ${key}, not to ${scopeKey(scope)}`);
  return parsed.data;
}

/** Why the kind cannot be taken from the file; `undefined` = it can. */
function problemOf(
  kind: Kind,
  { header, counts, broken, lines }: Content,
  path: string,
  tagKeys: TagKeys,
): string | undefined {
  const expected = header.kinds.find((entry) => entry.kind === kind)?.records;
  const found = counts.get(kind);
  if (expected === undefined || found === undefined)
    return `${path}: holds no ${kind}: the run that saved it did not collect it`;
  if (found !== expected) {
    const where = broken ?? `${path}:${lines}: ${found < expected ? 'ends too early' : 'has too much'}`;
    return `${where}; ${found} of ${expected} records of ${kind}`;
  }
  // A line that is missing nowhere does not belong there: the file is not what was written.
  const isAccountedFor = header.kinds.some((entry) => counts.get(entry.kind) !== entry.records);
  if (broken !== undefined && !isAccountedFor) return broken;
  if (kindsByTagKey.has(kind) && JSON.stringify(header.tagKeys) !== JSON.stringify(tagKeys))
    return `${path}:1: ${kind} was collected for other tags than the config requires now`;
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Broken text is no value; the caller says where it stands.
    return undefined;
  }
}
