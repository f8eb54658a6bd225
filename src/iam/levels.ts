/**
 * How far a principal's permissions go, as a ladder: administrator > escalation > whole services > writes on everything.
 * What a higher step explains is taken away before the lower one is judged, so that one statement is told once.
 */
import type { Principal } from '../model/resources/iam.ts';
import {
  type ActionSet,
  actionTable,
  contains,
  count,
  emptySet,
  hasIndex,
  intersect,
  ofService,
  serviceActions,
  subtract,
  touchesService,
  union,
} from './action-table.ts';
import { isOpen } from './conditions.ts';
import { type Escalation, escalations } from './escalations.ts';
import { expandPattern } from './expand.ts';
import { type Grant, type Grants, grantsOf, isDeniedOn, namesArn } from './grants.ts';
import { isServiceLinked, trustsService } from './trust.ts';
import { matchesWildcards } from './wildcards.ts';

type ServiceGrant = {
  readonly service: string;
  readonly actions: number;
  readonly permissions: number;
  readonly isWildcardOnly: boolean;
  readonly isNarrowed: boolean;
  readonly grants: readonly Grant[];
};
type FoundEscalation = {
  readonly escalation: Escalation;
  readonly grants: readonly Grant[];
  readonly targets: readonly string[];
  readonly isNarrowed: boolean;
};

export type Analysis = {
  readonly isAdmin: boolean;
  readonly adminRefs: readonly string[];
  readonly escalations: readonly FoundEscalation[];
  readonly services: readonly ServiceGrant[];
  /** Changing actions on every resource that could be limited to some, higher steps taken away. */
  readonly writes: ActionSet;
  readonly writeRefs: readonly string[];
};

/** Part of all actions, and of a service's, from which a grant counts as the whole. */
const wholeShare = 0.9;

/** L5 of the ladder: everything that manages permissions, every role, and nearly all the rest. NotAction iam:* is not. */
export function isAdministrator(open: ActionSet): boolean {
  const table = actionTable();
  const iamPermissions = ofService(table.permissions, 'iam');
  return (
    contains(open, iamPermissions) &&
    contains(open, expandPattern('sts:AssumeRole')) &&
    count(open) >= wholeShare * table.size
  );
}

/** Rough step for comparing roles: 3 administrator, 2 may change permissions, 1 writes something, 0 reads. */
export function power({ open }: Grants): number {
  if (isAdministrator(open)) return 3;
  const { permissions, changing } = actionTable();
  if (count(intersect(open, ofService(permissions, 'iam'))) > 0) return 2;
  return count(intersect(open, changing)) > 0 ? 1 : 0;
}

export type RoleGraph = { readonly role: Principal; readonly power: number }[];

/** One account's list serves several checks: worked out once. */
const graphs = new WeakMap<readonly Principal[], RoleGraph>();

/** Roles of the account with what they may do; service-linked ones cannot be passed. */
export function roleGraph(principals: readonly Principal[], now: string): RoleGraph {
  const known = graphs.get(principals);
  if (known !== undefined) return known;
  const graph = principals
    .filter((principal) => principal.principalType === 'role' && !isServiceLinked(principal))
    .map((role) => ({ role, power: power(grantsOf(role, now)) }));
  graphs.set(principals, graph);
  return graph;
}

export function analyse(principal: Principal, roles: RoleGraph, now: string): Analysis {
  const granted = grantsOf(principal, now);
  const openGrants = granted.grants.filter(({ condition }) => isOpen(condition));
  if (isAdministrator(granted.open)) {
    // The statements that suffice alone; only where none does, all that add to it.
    const alone = openGrants.filter(({ onAll }) => isAdministrator(onAll));
    const adminGrants = alone.length > 0 ? alone : openGrants.filter(({ onAll }) => count(onAll) > 0);
    const adminRefs = adminGrants.map(({ ref }) => ref);
    return { isAdmin: true, adminRefs, escalations: [], services: [], writes: emptySet(), writeRefs: [] };
  }
  const found = findEscalations(granted, roles);
  const byEscalation = explainedBy(found);
  const services = wholeServices(granted.grants, byEscalation);
  let explained = byEscalation;
  // A narrowed service says nothing of what another statement grants without limit.
  for (const { service, isNarrowed } of services)
    if (!isNarrowed) explained = union(explained, serviceActions(service));

  const { changing, wildcardOnly } = actionTable();
  let writes = emptySet();
  const writeRefs: string[] = [];
  for (const grant of openGrants) {
    // AWS's own policies are judged once per policy, not once per principal that uses them.
    if (grant.policy.source === 'aws-managed' || grant.condition === 'exists') continue;
    const own = subtract(subtract(intersect(grant.onAll, changing), union(wildcardOnly, listings())), explained);
    if (count(own) === 0) continue;
    writes = union(writes, own);
    writeRefs.push(grant.ref);
  }
  return { isAdmin: false, adminRefs: [], escalations: found, services, writes, writeRefs };
}

function wholeServices(grants: readonly Grant[], explained: ActionSet): ServiceGrant[] {
  const { changing, permissions, wildcardOnly, services } = actionTable();
  const found: ServiceGrant[] = [];
  const openGrants = grants.filter(({ condition }) => isOpen(condition));
  for (const [service, { start, end }] of services) {
    // Most services are touched by no statement at all.
    if (!grants.some(({ onAll }) => touchesRange(onAll, start, end))) continue;
    const whole = (candidates: readonly Grant[]): Grant[] | undefined => {
      let covered = 0;
      for (let index = start; index < end; index += 1) {
        if (!hasIndex(explained, index) && candidates.some(({ onAll }) => hasIndex(onAll, index))) covered += 1;
      }
      if (covered === 0 || covered < wholeShare * (end - start)) return undefined;
      return candidates.filter(({ onAll }) => touchesService(onAll, service));
    };
    const open = whole(openGrants);
    const used = open ?? whole(grants);
    if (used === undefined) continue;
    const all = serviceActions(service);
    if (count(intersect(all, changing)) === 0) continue;
    found.push({
      service,
      actions: end - start,
      permissions: count(intersect(all, permissions)),
      isWildcardOnly: contains(wildcardOnly, all),
      isNarrowed: open === undefined,
      grants: used,
    });
  }
  return found;
}

/** Whether any bit of the range is set; a word at a time. */
function touchesRange(set: ActionSet, start: number, end: number): boolean {
  for (let word = start >>> 5; word <= (end - 1) >>> 5; word += 1) if (set[word] !== 0) return true;
  return false;
}

function findEscalations(granted: Grants, roles: RoleGraph): FoundEscalation[] {
  const found: FoundEscalation[] = [];
  const ownPower = power(granted);
  for (const escalation of escalations) {
    const { service, family } = escalation;
    const grants = grantsFor(escalation, granted);
    if (grants === undefined) continue;
    const isNarrowed = grants.some(({ condition }) => !isOpen(condition));
    if (service === undefined) {
      found.push({ escalation, grants, targets: [], isNarrowed });
      continue;
    }
    const higher = roles
      .filter(({ role, power: its }) => its > ownPower && trustsService(role, service))
      .map(({ role }) => role);
    if (family === 'hijack') {
      if (higher.length > 0) found.push({ escalation, grants, targets: higher.map(({ arn }) => arn), isNarrowed });
      continue;
    }
    const passing = passRoleTo(higher, service, granted);
    if (passing === undefined) continue;
    found.push({
      escalation,
      grants: [...new Set([...grants, ...passing.grants])],
      targets: passing.targets.map(({ arn }) => arn),
      isNarrowed: isNarrowed || passing.isNarrowed,
    });
  }
  return found;
}

/** One grant for each action that the way needs; `undefined` = one is missing. Grants that nothing narrows come first. */
function grantsFor({ needs, anyOf, family }: Escalation, { grants, principal }: Grants): Grant[] | undefined {
  const best = (action: string): Grant | undefined => {
    const set = expandPattern(action);
    const arns = ownArns(action, principal);
    const usable = grants.filter(
      (grant) =>
        contains(grant.onAll, set) ||
        (contains(grant.actions, set) &&
          // What is made to carry the passed role may have any name: only the role counts.
          (family === 'pass-role' || arns.some((arn) => namesArn(grant, arn, principal)))),
    );
    return usable.find(({ condition }) => isOpen(condition)) ?? usable[0];
  };
  const needed = needs.map(best);
  if (anyOf !== undefined) {
    const usable = anyOf.map(best).filter((grant) => grant !== undefined);
    needed.push(usable.find(({ condition }) => isOpen(condition)) ?? usable[0]);
  }
  const all = needed.filter((grant) => grant !== undefined);
  return all.length === needed.length ? [...new Set(all)] : undefined;
}

/** Resources of its own that an action must reach to give the principal more. A second key of its own gives nothing. */
function ownArns(action: string, { arn, accountId, principalType, policies }: Principal): string[] {
  switch (action) {
    case 'iam:CreatePolicyVersion':
    case 'iam:SetDefaultPolicyVersion':
      return policies.flatMap((policy) => (policy.source === 'customer-managed' ? (policy.arn ?? []) : []));
    case 'iam:AttachUserPolicy':
    case 'iam:PutUserPolicy':
    case 'iam:DeleteUserPermissionsBoundary':
      return principalType === 'user' ? [arn] : [];
    case 'iam:AttachRolePolicy':
    case 'iam:PutRolePolicy':
    case 'iam:DeleteRolePermissionsBoundary':
    case 'iam:PutRolePermissionsBoundary':
      return principalType === 'role' ? [arn] : [];
    case 'iam:AttachGroupPolicy':
    case 'iam:PutGroupPolicy':
      return policies.flatMap(({ viaGroup }) =>
        viaGroup === undefined ? [] : [`arn:aws:iam::${accountId}:group/${viaGroup}`],
      );
    default:
      return [];
  }
}

/** How the principal may pass roles to the service; `undefined` = it may not, or only such as give it nothing. */
function passRoleTo(
  higher: readonly Principal[],
  service: string,
  { grants, principal }: Grants,
): { grants: Grant[]; targets: Principal[]; isNarrowed: boolean } | undefined {
  const passRole = expandPattern('iam:PassRole');
  const passing = grants.filter((grant) => contains(grant.actions, passRole) && mayPassTo(grant, service));
  const targets = higher.filter(
    ({ arn }) =>
      passing.some((grant) => namesArn(grant, arn, principal)) && !isDeniedOn(principal, 'iam:PassRole', arn),
  );
  // With PassRole on everything the next privileged role is enough; with a list, one of the list must be privileged.
  const useful = passing.filter(
    (grant) => contains(grant.onAll, passRole) || targets.some(({ arn }) => namesArn(grant, arn, principal)),
  );
  if (useful.length === 0) return undefined;
  return { grants: useful, targets, isNarrowed: !useful.some(({ passCondition }) => isOpen(passCondition)) };
}

/** iam:PassedToService takes away the combinations of other services and nothing else. */
function mayPassTo({ statement }: Grant, service: string): boolean {
  const limits = statement.conditions.filter(({ key }) => key.toLowerCase() === 'iam:passedtoservice');
  return limits.every(({ operator, values }) => {
    if (/^null$/i.test(operator)) return true;
    const isLike = /like/i.test(operator);
    const isNamed = values.some((value) => (isLike ? matchesWildcards(value, service) : value === service));
    return isNamed !== /not/i.test(operator);
  });
}

/** All that the statements behind an escalation grant in the services it uses. */
function explainedBy(found: readonly FoundEscalation[]): ActionSet {
  let explained = emptySet();
  for (const { escalation, grants } of found) {
    const { needs, anyOf = [], family } = escalation;
    const actions = [...needs, ...anyOf, ...(family === 'pass-role' ? ['iam:PassRole'] : [])];
    const services = new Set(actions.map((action) => action.split(':')[0] ?? ''));
    for (const { onAll } of grants) {
      for (const service of services) explained = union(explained, ofService(onAll, service));
    }
  }
  return explained;
}

let listingSet: ActionSet | undefined;

/** Actions named Describe… or List… read, whatever level the data gives them. */
function listings(): ActionSet {
  if (listingSet === undefined) {
    const set = emptySet();
    for (const service of actionTable().services.keys()) {
      for (const pattern of [`${service}:Describe*`, `${service}:List*`]) set.set(union(set, expandPattern(pattern)));
    }
    listingSet = set;
  }
  return listingSet;
}
