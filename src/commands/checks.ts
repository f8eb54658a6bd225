/** `costwarden checks list | show`: the catalogue on a terminal. */
import Table from 'cli-table3';
import type { Check } from '../check.ts';
import { ConfigError, exitCodes } from '../errors.ts';
import { printable } from '../notify/rank.ts';
import { loadConfig } from '../read-config.ts';
import { actionsOf, optionRows } from './catalogue.ts';
import type { CommandContext } from './program.ts';
import { enableChecks, loadRegistry } from './registry.ts';

export async function listChecks(
  options: { readonly config?: string; readonly format: 'table' | 'json' },
  { io }: CommandContext,
): Promise<number> {
  const { config, source } = loadConfig(options, io.env);
  const { checks, failedPlugins } = await loadRegistry(config.checks.plugins);
  const enabled = new Set(enableChecks(checks, config.checks, [], source).map(({ check }) => check.id));
  const rows = [...checks].sort((a, b) => a.id.localeCompare(b.id));
  if (options.format === 'json') {
    io.stdout.write(
      `${JSON.stringify(
        rows.map((check) => ({ ...describe(check), enabled: enabled.has(check.id) })),
        undefined,
        2,
      )}\n`,
    );
  } else {
    const table = new Table({ head: ['check', 'severity', 'enabled', 'finds'], style: { head: [], border: [] } });
    for (const check of rows) table.push([check.id, check.severity, enabled.has(check.id) ? 'yes' : 'no', check.title]);
    io.stdout.write(`${table.toString()}\n`);
  }
  for (const { plugin, message } of failedPlugins)
    io.stderr.write(`${printable(plugin)}: not loaded: ${printable(message)}\n`);
  return failedPlugins.length > 0 ? exitCodes.gaps : exitCodes.complete;
}

export async function showCheck(id: string, { io }: CommandContext): Promise<number> {
  const { checks } = await loadRegistry([]);
  const check = checks.find((candidate) => candidate.id === id || candidate.aliases?.includes(id));
  if (check === undefined) throw new ConfigError(`${id}: no such check; see costwarden checks list`);
  const options = optionRows(check.options).map(
    ({ name, type, fallback, description }) => `  ${name} (${type}, default ${fallback || 'none'}): ${description}`,
  );
  const lines = [
    `${check.id}: ${check.title}`,
    `severity ${check.severity}; scope ${(check.scopes ?? ['region']).join(', ')}`,
    '',
    `why: ${check.docs.why}`,
    `fix: ${check.docs.fix}`,
    '',
    `permissions: ${actionsOf(check).join(', ') || 'none'}`,
    ...(options.length > 0 ? ['options:', ...options] : []),
    `sources: ${check.docs.sources.join('; ')}`,
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
  return exitCodes.complete;
}

function describe(check: Check): object {
  const { id, title, severity, docs } = check;
  const { scopes = ['region'], needs, wants = [] } = check;
  return { id, title, severity, scopes, needs, wants, iamActions: actionsOf(check), docs };
}
