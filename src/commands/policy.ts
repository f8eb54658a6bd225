/** The least-privilege policies: exactly the actions of the collectors that the given checks use. */
import type { Check } from '../check.ts';
import { withPrerequisites } from '../collect/collect.ts';
import type { Kind } from '../model/inventory.ts';
import type { ScopeKind } from '../model/scope.ts';
import { planActions } from '../plan/plan.ts';
import { collectorsByKind } from './registry.ts';

export type PolicyStatement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string;
};
export type Policy = { readonly Version: '2012-10-17'; readonly Statement: readonly PolicyStatement[] };

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

function actionsOf(checks: readonly Check[], scopes: readonly ScopeKind[]): string[] {
  // Every account is entered and its regions are listed whatever the checks.
  const kinds = new Set<Kind>(['account.access', 'account.region']);
  for (const check of checks) for (const kind of [...check.needs, ...(check.wants ?? [])]) kinds.add(kind);
  const collectors = withPrerequisites(kinds, collectorsByKind).filter(({ scope }) => scopes.includes(scope));
  return unique(collectors.flatMap(({ iamActions }) => iamActions));
}

function allow(Sid: string, actions: readonly string[], Resource = '*'): PolicyStatement {
  return { Sid, Effect: 'Allow', Action: actions, Resource };
}

function unique(actions: readonly string[]): string[] {
  return [...new Set(actions)].sort();
}
