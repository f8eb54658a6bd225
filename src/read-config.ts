/** Reads a config file; every problem becomes one line `file:line:col path: message`. */
import { existsSync, readFileSync } from 'node:fs';
import { type Document, isNode, isPair, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Config, configSchema } from './config.ts';
import { ConfigError } from './errors.ts';

export const defaultConfig: Config = configSchema.parse({});

/** Where a value stands, for messages about it after the file was read (a bad option of a check). */
export type ConfigSource = { position(path: readonly PropertyKey[]): string };

export type LoadedConfig = { readonly config: Config; readonly source: ConfigSource };

/** Holds the text of the config itself, where a container gets variables more easily than files. */
const textVariable = 'COSTWARDEN_CONFIG_YAML';

/** Flags that stand for a part of the config. */
export type ConfigFlags = {
  readonly config?: string;
  /** A data export on disk, in place of `billing.files`. */
  readonly cur?: string;
};

/**
 * The file if there is one, else the text in the environment, else all defaults.
 * @throws ConfigError with one line per problem; places in the text are `COSTWARDEN_CONFIG_YAML:line:col`
 */
export function loadConfig(
  { config: file, cur }: ConfigFlags,
  env: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  const { config, source } = loadFile(file, env[textVariable] ?? '');
  if (cur === undefined) return { config, source };
  if (!existsSync(cur)) throw new ConfigError(`--cur ${cur}: there is no such file or folder`);
  return { config: { ...config, billing: { ...config.billing, source: 'auto', files: cur } }, source };
}

function loadFile(file: string | undefined, text: string): LoadedConfig {
  if (file !== undefined) return readConfig(file);
  return text.trim() === '' ? { config: defaultConfig, source: builtInSource } : parseConfig(text, textVariable);
}

/** @throws ConfigError with one line per problem */
export function readConfig(file: string): LoadedConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'no such file' : String(error);
    throw new ConfigError(`${file}: cannot be read: ${reason}`, { cause: error });
  }
  return parseConfig(text, file);
}

/** @throws ConfigError with one line per problem, in the order of the file */
export function parseConfig(text: string, file: string): LoadedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) throw new ConfigError(broken.map((error) => `${at(error.pos[0])} ${error.message}`));

  const position = (path: readonly PropertyKey[]): string => at(offsetOf(document, path));
  const parsed = configSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return { config: parsed.data, source: { position } };
  const problems = parsed.error.issues
    .flatMap(flatten)
    .map(({ path, message }) => ({ offset: offsetOf(document, path), path, message }))
    .sort((a, b) => a.offset - b.offset);
  throw new ConfigError(
    problems.map(({ offset, path, message }) => {
      const name = path.length === 0 ? '' : ` ${path.join('.')}`;
      return `${at(offset)}${name}: ${message}`;
    }),
  );
}

/** For tests and commands without a file: positions say where the value came from. */
export const builtInSource: ConfigSource = { position: (path) => `built-in defaults ${path.join('.')}` };

type Problem = { readonly path: readonly PropertyKey[]; readonly message: string };

/** An unknown key is reported where the key stands; a union by its most telling branch. */
function flatten(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: 'unknown key; see config/costwarden.schema.json',
    }));
  }
  if (issue.code === 'invalid_union') {
    const isMeant = (branch: z.core.$ZodIssue[]): boolean => branch.some((inner) => inner.path.length > 0);
    const isForeign = (branch: z.core.$ZodIssue[]): boolean =>
      branch.some((inner) => inner.code === 'unrecognized_keys' && inner.path.length === 0);
    const own = issue.errors.filter((branch) => !isForeign(branch));
    const nearest = own.find(isMeant) ?? own.at(-1) ?? issue.errors.at(-1);
    const inner = (nearest ?? []).flatMap((problem) => flatten({ ...problem, path: [...issue.path, ...problem.path] }));
    if (inner.length > 0) return inner;
  }
  return [{ path: issue.path, message: issue.message }];
}

/** Offset of the value at a path, of its key when the value is missing or the key unknown, else of what contains it. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    const pair = pairOf(node, step);
    if (pair !== undefined) {
      node = pair.value;
      offset = (depth === path.length - 1 ? startOf(pair.key) : (startOf(node) ?? startOf(pair.key))) ?? offset;
      continue;
    }
    const item = itemOf(node, step);
    if (item === undefined) return offset;
    node = item;
    offset = startOf(node) ?? offset;
  }
  return offset;
}

function pairOf(node: unknown, step: PropertyKey): { key: unknown; value: unknown } | undefined {
  if (!isNode(node) || !('items' in node)) return undefined;
  for (const pair of node.items) {
    if (isPair(pair) && isNode(pair.key) && 'value' in pair.key && String(pair.key.value) === String(step)) return pair;
  }
  return undefined;
}

function itemOf(node: unknown, step: PropertyKey): unknown {
  if (!isNode(node) || !('items' in node) || typeof step !== 'number') return undefined;
  const item: unknown = node.items[step];
  return isPair(item) ? undefined : item;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as ParsedNode).range?.[0] : undefined;
}
