/**
 * What a principal may do: its allow statements expanded, cut by its permission boundary, less its unconditional denies.
 * Service control policies are not part of it: they belong to the organization's scope.
 */
import type { PolicyDocument, PolicyStatement, Principal } from '../model/resources/iam.ts';
import { type ActionSet, contains, emptySet, intersect, ofService, subtract, union } from './action-table.ts';
import { type ConditionClass, type ConditionContext, classifyConditions, isOpen } from './conditions.ts';
import { expandPattern, expandStatement } from './expand.ts';
import { matchesArn, type Reach, reachOf } from './resources.ts';
import { isHuman } from './trust.ts';
import { fillVariables } from './variables.ts';

export type Grant = {
  readonly policy: PolicyDocument;
  readonly statement: PolicyStatement;
  /** `<policy>#<sid or position>`, for evidence. Names are no identity: two policies may share one. */
  readonly ref: string;
  /** All actions granted on at least something. */
  readonly actions: ActionSet;
  /** Those granted on every resource. */
  readonly onAll: ActionSet;
  readonly condition: ConditionClass;
  /** The same without iam:PassedToService, which is judged by the service a role is passed to. */
  readonly passCondition: ConditionClass;
};

export type Grants = {
  readonly principal: Principal;
  readonly grants: readonly Grant[];
  /** Granted on every resource by statements that nothing narrows. */
  readonly open: ActionSet;
};

export function grantsOf(principal: Principal, now: string): Grants {
  const denied = deniedBy(principal.policies, principal.accountId);
  const boundary = principal.boundary === undefined ? undefined : allowedBy(principal.boundary, principal, now);
  const grants: Grant[] = [];
  let open = emptySet();
  for (const policy of principal.policies) {
    const context = contextOf(principal, policy, now);
    for (const statement of policy.statements) {
      if (statement.effect !== 'allow') continue;
      const condition = classifyConditions(statement, context);
      if (condition === 'dead') continue;
      const { actions, onAll } = allowed(statement, policy, principal.accountId);
      const conditions = statement.conditions.filter(({ key }) => key.toLowerCase() !== 'iam:passedtoservice');
      const grant = {
        policy,
        statement,
        ref: refOf(policy, statement),
        actions: cut(actions, boundary?.actions, denied.everywhere),
        onAll: cut(onAll, boundary?.onAll, denied.nearlyEverywhere),
        condition,
        passCondition: classifyConditions({ ...statement, conditions }, context),
      };
      grants.push(grant);
      if (isOpen(condition)) open = union(open, grant.onAll);
    }
  }
  return { principal, grants, open };
}

/** Whether the statement speaks of this resource. */
export function namesArn(
  { policy, statement }: Pick<Grant, 'policy' | 'statement'>,
  arn: string,
  by: Principal,
): boolean {
  const fill = (patterns: readonly string[]): string[] =>
    patterns.map((pattern) => fillVariables(pattern, policy.version, by));
  if (statement.notResources !== undefined) return !matchesArn(fill(statement.notResources), arn);
  return matchesArn(fill(statement.resources ?? []), arn);
}

/** Whether an unconditional deny forbids the action on this one resource. */
export function isDeniedOn(principal: Principal, action: string, arn: string): boolean {
  return principal.policies.some((policy) =>
    policy.statements.some(
      (statement) =>
        isPlainDeny(statement) &&
        contains(expandStatement(statement), expandPattern(action)) &&
        namesArn({ policy, statement }, arn, principal),
    ),
  );
}

function contextOf(subject: Principal, policy: PolicyDocument, now: string): ConditionContext {
  return { subject, isHuman: isHuman(subject), policyVersion: policy.version, now };
}

/** The position stands in where there is no sid, or the same twice. */
function refOf(policy: PolicyDocument, statement: PolicyStatement): string {
  const isUnique = policy.statements.filter(({ sid }) => sid === statement.sid).length === 1;
  return `${policy.name}#${statement.sid !== undefined && isUnique ? statement.sid : policy.statements.indexOf(statement)}`;
}

function cut(set: ActionSet, boundary: ActionSet | undefined, denied: ActionSet): ActionSet {
  return subtract(boundary === undefined ? set : intersect(set, boundary), denied);
}

type Expanded = { readonly actions: ActionSet; readonly onAll: ActionSet };
/** Statements of policies shared between accounts are expanded once; the account matters only where an ARN names it. */
const cache = new WeakMap<PolicyStatement, Map<string, Expanded>>();

function allowed(statement: PolicyStatement, { version }: PolicyDocument, accountId: string): Expanded {
  const byAccount = cache.get(statement) ?? new Map<string, Expanded>();
  cache.set(statement, byAccount);
  const patterns = [...(statement.resources ?? []), ...(statement.notResources ?? [])];
  const key = patterns.some((pattern) => pattern.includes(accountId) || pattern.includes('${')) ? accountId : '';
  const known = byAccount.get(key);
  if (known !== undefined) return known;
  const actions = expandStatement(statement);
  const account = (pattern: string): string =>
    version === '2012-10-17' ? pattern.replaceAll(/\$\{aws:PrincipalAccount\}/gi, accountId) : pattern;
  const reaches = (given: readonly string[]): Reach[] => given.map((pattern) => reachOf(account(pattern), accountId));
  const onAll =
    statement.notResources === undefined
      ? within(actions, reaches(statement.resources ?? []), ['service', 'type'])
      : // Everything but a few resources is as good as everything, unless the few are all of a service.
        subtract(actions, within(actions, reaches(statement.notResources), ['service']));
  const fresh = { actions, onAll };
  byAccount.set(key, fresh);
  return fresh;
}

/** Those of the actions whose every resource one of the patterns takes in. */
function within(actions: ActionSet, reaches: readonly Reach[], enough: readonly Reach['covers'][]): ActionSet {
  let found = emptySet();
  for (const reach of reaches) {
    if (reach.covers === 'all') return actions;
    if (reach.covers !== 'some' && enough.includes(reach.covers))
      found = union(found, ofService(actions, reach.service));
  }
  return found;
}

function isPlainDeny({ effect, conditions }: PolicyStatement): boolean {
  return effect === 'deny' && conditions.length === 0;
}

type Denied = {
  /** Nothing of these is left. */
  readonly everywhere: ActionSet;
  /** Left at most on a few resources: what NotResource spares. */
  readonly nearlyEverywhere: ActionSet;
};

/** Unconditional denies. Conditional ones may or may not apply: they take nothing away here. */
function deniedBy(policies: readonly PolicyDocument[], accountId: string): Denied {
  let everywhere = emptySet();
  let nearlyEverywhere = emptySet();
  for (const { statements } of policies) {
    for (const statement of statements) {
      if (!isPlainDeny(statement)) continue;
      const actions = expandStatement(statement);
      const reaches = (patterns: readonly string[]): Reach[] => patterns.map((pattern) => reachOf(pattern, accountId));
      if (statement.notResources === undefined) {
        // A deny on every role leaves the users: only a whole service is one denied.
        const denied = within(actions, reaches(statement.resources ?? []), ['service']);
        everywhere = union(everywhere, denied);
        nearlyEverywhere = union(nearlyEverywhere, denied);
      } else {
        const spared = within(actions, reaches(statement.notResources), ['service', 'type']);
        nearlyEverywhere = union(nearlyEverywhere, subtract(actions, spared));
      }
    }
  }
  return { everywhere, nearlyEverywhere };
}

/** A boundary lets through what it allows, no further than the resources it names. Its conditions, unless they can
 *  never hold, are taken as letting through: that shows too much rather than too little. */
function allowedBy(boundary: PolicyDocument, principal: Principal, now: string): Expanded {
  const context = contextOf(principal, boundary, now);
  let actions = emptySet();
  let onAll = emptySet();
  for (const statement of boundary.statements) {
    if (statement.effect !== 'allow' || classifyConditions(statement, context) === 'dead') continue;
    const expanded = allowed(statement, boundary, principal.accountId);
    actions = union(actions, expanded.actions);
    onAll = union(onAll, expanded.onAll);
  }
  const denied = deniedBy([boundary], principal.accountId);
  return { actions: subtract(actions, denied.everywhere), onAll: subtract(onAll, denied.nearlyEverywhere) };
}
