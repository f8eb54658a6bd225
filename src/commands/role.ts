/** `costwarden role`: the policy that holds exactly what the enabled checks use. */
import { exitCodes } from '../errors.ts';
import { builtInSource, defaultConfig, readConfig } from '../read-config.ts';
import { memberPolicy, type Policy, workerPolicy } from './policy.ts';
import type { CommandContext } from './program.ts';
import { enableChecks, loadRegistry } from './registry.ts';

export type RoleOptions = {
  readonly config?: string;
  readonly check: readonly string[];
  readonly format: 'json' | 'cloudformation' | 'terraform';
  readonly for: 'member' | 'worker';
};

export async function roleCommand(options: RoleOptions, { io }: CommandContext): Promise<number> {
  const { config, source } =
    options.config === undefined ? { config: defaultConfig, source: builtInSource } : readConfig(options.config);
  const registry = await loadRegistry(config.checks.plugins);
  const checks = enableChecks(registry.checks, config.checks, options.check, source).map(({ check }) => check);
  const role = config.organization?.role ?? 'costwarden-audit';
  const policy = options.for === 'member' ? memberPolicy(checks) : workerPolicy(checks, role);
  io.stdout.write(render(policy, options.format, options.for === 'member' ? role : 'costwarden-worker'));
  for (const { plugin, message } of registry.failedPlugins) io.stderr.write(`${plugin}: not loaded: ${message}\n`);
  return registry.failedPlugins.length > 0 ? exitCodes.gaps : exitCodes.complete;
}

function render(policy: Policy, format: RoleOptions['format'], role: string): string {
  const document = JSON.stringify(policy, undefined, 2);
  switch (format) {
    case 'json':
      return `${document}\n`;
    case 'cloudformation': {
      const resource = {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { Description: `Read-only access of Costwarden (${role})`, Roles: [role], PolicyDocument: policy },
      };
      return `${JSON.stringify({ Resources: { CostwardenPolicy: resource } }, undefined, 2)}\n`;
    }
    case 'terraform':
      return `resource "aws_iam_role_policy" "costwarden" {\n  name   = "costwarden"\n  role   = "${role}"\n  policy = <<-JSON\n${indent(document)}\n  JSON\n}\n`;
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
