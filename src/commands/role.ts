/** `costwarden role`: the policy that holds exactly what the enabled checks use. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Check } from '../check.ts';
import { exitCodes } from '../errors.ts';
import { loadConfig } from '../read-config.ts';
import { fillTemplate, memberPolicy, templatePolicies, workerPolicy } from './policy.ts';
import type { CommandContext } from './program.ts';
import { enableChecks, loadRegistry } from './registry.ts';

export type RoleOptions = {
  readonly config?: string;
  readonly check: readonly string[];
  readonly format: 'json' | 'cloudformation' | 'terraform';
  readonly for: 'member' | 'worker';
};

export async function roleCommand(options: RoleOptions, { io }: CommandContext): Promise<number> {
  const { config, source } = loadConfig(options, io.env);
  const registry = await loadRegistry(config.checks.plugins);
  const checks = enableChecks(registry.checks, config.checks, options.check, source).map(({ check }) => check);
  const role = config.organization?.role ?? 'costwarden-audit';
  io.stdout.write(render(checks, options, role));
  for (const { plugin, message } of registry.failedPlugins) io.stderr.write(`${plugin}: not loaded: ${message}\n`);
  return registry.failedPlugins.length > 0 ? exitCodes.gaps : exitCodes.complete;
}

function render(checks: readonly Check[], options: RoleOptions, role: string): string {
  const isMember = options.for === 'member';
  const document = toJson(isMember ? memberPolicy(checks) : workerPolicy(checks, role));
  switch (options.format) {
    case 'json':
      return document;
    case 'cloudformation':
      return toJson(template(isMember ? 'member-role.yaml' : 'worker.yaml', checks, role));
    case 'terraform':
      return `resource "aws_iam_role_policy" "costwarden" {\n  name   = "costwarden"\n  role   = "${isMember ? role : 'costwarden-worker'}"\n  policy = <<-JSON\n${indent(document)}  JSON\n}\n`;
  }
}

/** The whole template of `deploy/`, its policy cut to the given checks, its default name of the role that of the config. */
function template(file: string, checks: readonly Check[], role: string): object {
  const shipped = readFileSync(new URL(`../../deploy/${file}`, import.meta.url), 'utf8');
  const { Parameters, ...rest } = parse(fillTemplate(shipped, templatePolicies(checks)));
  return { ...rest, Parameters: { ...Parameters, AuditRoleName: { ...Parameters.AuditRoleName, Default: role } } };
}

function toJson(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}
