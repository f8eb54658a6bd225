/**
 * What a principal may do: its allow statements expanded, cut by its permission boundary, less its unconditional denies.
 * Service control policies are not part of it: they belong to the organization's scope.
 */
import type { PolicyDocument, PolicyStatement, Principal } from '../model/resources/iam.ts';
import { type ActionSet, actionTable, emptySet, intersect, ofService, subtract, union } from './action-table.ts';
import { type ConditionClass, type ConditionContext, classifyConditions, isOpen } from './conditions.ts';
import { expandStatement } from './expand.ts';
import { reachOf } from './resources.ts';

export type Grant = {
  readonly policy: PolicyDocument;
  readonly statement: PolicyStatement;
  /** `<policy>#<sid or position>`, for evidence. */
  readonly ref: string;
  /** All actions granted on at least something. */
  readonly actions: ActionSet;
  /** Those granted on every resource. */
  readonly onAll: ActionSet;
  readonly condition: ConditionClass;
};

export type Grants = {
  readonly grants: readonly Grant[];
  /** Granted on every resource by statements that nothing narrows. */
  readonly open: ActionSet;
};

export function grantsOf(principal: Principal, now: string): Grants {
  const context: ConditionContext = {
    accountId: principal.accountId,
    principalArn: principal.arn,
    principalTags: principal.tags,
    principalType: principal.principalType,
    now,
  };
  const denied = deniedBy(principal.policies, context);
  const boundary = principal.boundary === undefined ? actionTable().all : allowedBy(principal.boundary, context);
  const grants: Grant[] = [];
  let open = emptySet();
  for (const policy of principal.policies) {
    for (const [index, statement] of policy.statements.entries()) {
      if (statement.effect !== 'allow') continue;
      const condition = classifyConditions(statement, context);
      if (condition === 'dead') continue;
      const { actions, onAll } = expanded(statement, principal.accountId);
      const cut = (set: ActionSet): ActionSet => subtract(intersect(set, boundary), denied);
      const grant = {
        policy,
        statement,
        ref: `${policy.name}#${statement.sid ?? index}`,
        actions: cut(actions),
        onAll: cut(onAll),
        condition,
      };
      grants.push(grant);
      if (isOpen(condition)) open = union(open, grant.onAll);
    }
  }
  return { grants, open };
}

/** Statements of policies shared between accounts are expanded once; the account matters only for ARNs that name one. */
const cache = new WeakMap<PolicyStatement, Map<string, { actions: ActionSet; onAll: ActionSet }>>();

function expanded(statement: PolicyStatement, accountId: string): { actions: ActionSet; onAll: ActionSet } {
  const byAccount = cache.get(statement) ?? new Map<string, { actions: ActionSet; onAll: ActionSet }>();
  cache.set(statement, byAccount);
  const namesAccount = statement.resources?.some((resource) => resource.includes(accountId)) ?? false;
  const key = namesAccount ? accountId : '';
  const known = byAccount.get(key);
  if (known !== undefined) return known;
  const actions = expandStatement(statement);
  const fresh = { actions, onAll: onAllOf(statement, actions, accountId) };
  byAccount.set(key, fresh);
  return fresh;
}

function onAllOf(statement: PolicyStatement, actions: ActionSet, accountId: string): ActionSet {
  if (statement.notResources !== undefined) {
    // Everything but a few resources is as good as everything, unless the few are all.
    return statement.notResources.some((pattern) => reachOf(pattern, accountId) === 'all') ? emptySet() : actions;
  }
  let onAll = emptySet();
  for (const pattern of statement.resources ?? []) {
    const reach = reachOf(pattern, accountId);
    if (reach === 'all') return actions;
    if (reach !== 'limited') onAll = union(onAll, ofService(actions, reach.service));
  }
  return onAll;
}

/** Unconditional denies on everything. Conditional ones may or may not apply: they take nothing away here. */
function deniedBy(policies: readonly PolicyDocument[], context: ConditionContext): ActionSet {
  let denied = emptySet();
  for (const { statements } of policies) {
    for (const statement of statements) {
      if (statement.effect !== 'deny' || statement.conditions.length > 0) continue;
      denied = union(denied, expanded(statement, context.accountId).onAll);
    }
  }
  return denied;
}

/** A boundary lets through what it allows; limits by resource or condition inside it are taken as letting through. */
function allowedBy(boundary: PolicyDocument, context: ConditionContext): ActionSet {
  let allowed = emptySet();
  for (const statement of boundary.statements) {
    if (statement.effect !== 'allow' || classifyConditions(statement, context) === 'dead') continue;
    const { onAll } = expanded(statement, context.accountId);
    allowed = union(allowed, onAll);
  }
  return subtract(allowed, deniedBy([boundary], context));
}
