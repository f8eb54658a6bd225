/** Which checks there are, which are enabled, and with which options: built-in, mounted in `checks/local/`, plug-ins. */
import { existsSync, readdirSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInChecks } from '../../checks/index.ts';
import { type Check, commonOptions, z } from '../check.ts';
import { kinds } from '../collect/kinds.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import type { EnabledCheck } from '../evaluate/evaluate.ts';
import { severities } from '../model/finding.ts';
import { matchesGlob } from '../model/glob.ts';
import type { RunRecord } from '../model/run.ts';
import type { ConfigSource } from '../read-config.ts';

type FailedPlugin = RunRecord['coverage']['failedPlugins'][number];
export type Registry = { readonly checks: readonly Check[]; readonly failedPlugins: readonly FailedPlugin[] };

const localChecks = new URL('../../checks/local/', import.meta.url);

const kind = z.enum(kinds);
/** What a module must export to be a check; said in one line when it does not. */
const checkShape = z.looseObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)+$/, 'must be words in lower case joined by hyphens'),
  title: z.string().min(3),
  severity: z.enum(severities),
  scopes: z
    .array(z.enum(['region', 'global', 'payer', 'organization']))
    .min(1)
    .optional(),
  needs: z.array(kind).min(1),
  wants: z.array(kind).optional(),
  aliases: z.array(z.string()).optional(),
  options: z.custom<z.ZodType>((value) => value instanceof z.ZodType, 'must be a zod schema (`z` of costwarden/check)'),
  docs: z.object({ why: z.string(), fix: z.string(), sources: z.array(z.string()) }),
  evaluate: z.custom((value) => typeof value === 'function', 'must be a generator function'),
});

/** Loads every check. A plug-in that does not load is named, and the run goes on without it. */
export async function loadRegistry(plugins: readonly string[]): Promise<Registry> {
  const checks: Check[] = [...builtInChecks];
  const failedPlugins: FailedPlugin[] = [];
  for (const plugin of [...mountedChecks(), ...plugins]) {
    try {
      for (const check of await importChecks(plugin)) {
        if (checks.some((known) => known.id === check.id)) throw new Error(`check id ${check.id} is already taken`);
        checks.push(check);
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      failedPlugins.push({ plugin, message: message.split('\n')[0] ?? message });
    }
  }
  return { checks, failedPlugins };
}

/**
 * The checks a run uses. Globs select among checks that are on by default; an exact id switches any check on.
 * @param only ids or globs of `--check`; empty = what the config says
 * @throws ConfigError for a pattern that matches nothing and for bad options, with the position in the file
 */
export function enableChecks(
  checks: readonly Check[],
  config: Config['checks'],
  only: readonly string[],
  source: ConfigSource,
): EnabledCheck[] {
  const problems: string[] = [];
  const matches = (pattern: string, check: Check): boolean =>
    check.id === pattern ||
    (check.aliases ?? []).includes(pattern) ||
    (!check.offByDefault && matchesGlob(pattern, check.id));
  const known = (pattern: string): boolean =>
    checks.some((check) => check.id === pattern || matchesGlob(pattern, check.id));

  for (const pattern of only)
    if (!known(pattern)) problems.push(`--check ${pattern}: no such check; see costwarden checks list`);
  for (const list of ['enable', 'disable'] as const) {
    for (const [index, pattern] of config[list].entries()) {
      if (known(pattern)) continue;
      problems.push(
        `${source.position(['checks', list, index])} checks.${list}: ${pattern}: no such check; see costwarden checks list`,
      );
    }
  }
  for (const id of Object.keys(config.options)) {
    if (checks.some((check) => check.id === id)) continue;
    problems.push(
      `${source.position(['checks', 'options', id])} checks.options.${id}: no such check; see costwarden checks list`,
    );
  }

  const chosen = checks.filter((check) => {
    if (only.length > 0) return only.some((pattern) => matches(pattern, check));
    return (
      config.enable.some((pattern) => matches(pattern, check)) &&
      !config.disable.some((pattern) => matchesGlob(pattern, check.id))
    );
  });
  const enabled = chosen.map((check) => configured(check, config.options[check.id] ?? {}, source, problems));
  if (problems.length > 0) throw new ConfigError(problems);
  if (enabled.length === 0) throw new ConfigError('no check is enabled: see checks.enable, checks.disable and --check');
  return enabled;
}

function configured(
  check: Check,
  given: Record<string, unknown>,
  source: ConfigSource,
  problems: string[],
): EnabledCheck {
  const commonKeys = new Set(Object.keys(commonOptions.shape));
  const common: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  // A check's own option wins over a common one of the same name.
  const ownKeys = check.options instanceof z.ZodObject ? new Set(Object.keys(check.options.shape)) : new Set<string>();
  for (const [key, value] of Object.entries(given))
    (commonKeys.has(key) && !ownKeys.has(key) ? common : own)[key] = value;

  const parse = <T extends z.ZodType>(schema: T, value: unknown): z.output<T> | undefined => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      const path = ['checks', 'options', check.id, ...issue.path];
      const at = source.position(issue.code === 'unrecognized_keys' ? [...path, issue.keys[0] ?? ''] : path);
      problems.push(`${at} ${path.join('.')}: ${issue.message}`);
    }
    return undefined;
  };
  return { check, options: parse(check.options, own), common: parse(commonOptions, common) ?? commonOptions.parse({}) };
}

function mountedChecks(): string[] {
  if (!existsSync(localChecks)) return [];
  return readdirSync(localChecks, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mts|js|mjs)$/.test(entry.name) && !/\.(d|test)\.ts$/.test(entry.name))
    .map((entry) => new URL(entry.name, localChecks).pathname)
    .sort();
}

async function importChecks(plugin: string): Promise<Check[]> {
  const isFile = plugin.startsWith('.') || isAbsolute(plugin);
  const module: { default?: unknown } = await import(isFile ? pathToFileURL(resolve(plugin)).href : plugin);
  const exported = Array.isArray(module.default) ? module.default : [module.default];
  return exported.map((candidate: unknown) => {
    const parsed = checkShape.safeParse(candidate);
    if (parsed.success) return candidate as Check;
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? 'its default export' : `its ${issue.path.join('.')}`;
    throw new Error(`${where} is not a check: ${issue?.message ?? 'unknown problem'}`);
  });
}
