/** The least-privilege policies: exactly the actions of the collectors that the given checks use. */

import type { Check } from '../check.ts';
import { collectorsByKind } from '../collect/by-kind.ts';
import { withPrerequisites } from '../collect/collect.ts';
import { allActions } from '../collect/collector.ts';
import { investigationActions } from '../investigate/investigation-actions.ts';
import type { Kind } from '../model/inventory.ts';
import type { ScopeKind } from '../model/scope.ts';
import { planActions } from '../plan/plan.ts';

/** @typeParam Resource ARN pattern; in a template it may be an intrinsic function */
type PolicyStatement<Resource> = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: Resource;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
};
export type Policy<Resource = string> = {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement<Resource>[];
};
type TemplatePolicies = Readonly<Record<string, Policy<string | object>>>;

const accountScopes: readonly ScopeKind[] = ['global', 'region'];

/** For the role in every account: reads of resources only. Describe and List actions cannot be limited to resources. */
export function memberPolicy(checks: readonly Check[]): Policy {
  return { Version: '2012-10-17', Statement: [allow('CostwardenRead', actionsOf(checks, accountScopes))] };
}

/**
 * For the task that runs in the management or a delegated account: the same reads (that account is audited too),
 * billing and the organization's tree, and leave to assume the audit role everywhere.
 */
export function workerPolicy(checks: readonly Check[], role = 'costwarden-audit'): Policy {
  const organization = [...actionsOf(checks, ['payer', 'organization']), ...planActions];
  return {
    Version: '2012-10-17',
    Statement: [
      allow('CostwardenRead', actionsOf(checks, accountScopes)),
      allow('CostwardenOrganization', unique(organization)),
      allow('CostwardenAssumeAuditRole', ['sts:AssumeRole'], `arn:*:iam::*:role/${role}`),
    ],
  };
}

/** What the store of `state.dynamodb` calls; a transaction needs the actions of what it holds. */
export const stateActions = [
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

/**
 * The policies as the CloudFormation templates hold them: by the name that stands at the marker in the template.
 * There the worker may enter the role in its own organization only, and use its one table.
 */
export function templatePolicies(checks: readonly Check[]): TemplatePolicies {
  const role = { 'Fn::Sub': `arn:\${AWS::Partition}:iam::*:role/\${AuditRoleName}` };
  // IAM fills in the organization of the caller.
  const own = { StringEquals: { 'aws:ResourceOrgID': `\${aws:PrincipalOrgID}` } };
  const { Version, Statement } = workerPolicy(checks);
  const narrowed = Statement.map((statement) =>
    statement.Action.includes('sts:AssumeRole') ? { ...statement, Resource: role, Condition: own } : statement,
  );
  const state = allow('CostwardenState', stateActions, { 'Fn::GetAtt': ['StateTable', 'Arn'] });
  return { 'audit policy': memberPolicy(checks), 'worker policy': { Version, Statement: [...narrowed, state] } };
}

/**
 * A template with its policies written in: between `# generated: <name>` and `# end generated`, indented like the marker.
 * @throws Error for a name that no policy has, which would leave an old policy in the template for ever
 */
export function fillTemplate(template: string, policies: TemplatePolicies): string {
  return template.replace(
    /^( *)# generated: ([\w ]+)\n[\s\S]*?^ *# end generated/gm,
    (_, indent: string, name: string) => {
      const policy = policies[name];
      if (policy === undefined) throw new Error(`no policy is called ${name}`);
      const lines = toYaml(policy).map((line) => `${indent}${line}\n`);
      return `${indent}# generated: ${name}\n${lines.join('')}${indent}# end generated`;
    },
  );
}

/** Policies are maps, lists and strings only; written out so that a reviewer reads one action per line. */
function toYaml(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const [first = '', ...rest] = toYaml(item);
      return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
    });
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => {
      if (typeof inner === 'object') return [`${key}:`, ...toYaml(inner).map((line) => `  ${line}`)];
      return [`${key}: ${JSON.stringify(inner)}`];
    });
  }
  return [JSON.stringify(value)];
}

function actionsOf(checks: readonly Check[], scopes: readonly ScopeKind[]): string[] {
  // Every account is entered and its regions are listed whatever the checks.
  const kinds = new Set<Kind>(['account.access', 'account.region']);
  for (const check of checks) for (const kind of [...check.needs, ...(check.wants ?? [])]) kinds.add(kind);
  const collectors = withPrerequisites(kinds, collectorsByKind).filter(({ scope }) => scopes.includes(scope));
  const lookUps = checks.flatMap(({ investigates = [] }) => investigates.map((one) => investigationActions[one]));
  const asked = lookUps.filter(({ scope }) => scopes.includes(scope)).flatMap(({ iamActions }) => iamActions);
  return unique([...collectors.flatMap(allActions), ...asked]);
}

function allow<Resource = string>(
  Sid: string,
  actions: readonly string[],
  Resource: Resource | '*' = '*',
): PolicyStatement<Resource | '*'> {
  return { Sid, Effect: 'Allow', Action: actions, Resource };
}

function unique(actions: readonly string[]): string[] {
  return [...new Set(actions)].sort();
}
