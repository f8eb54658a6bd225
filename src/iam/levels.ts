/**
 * How far a principal's permissions go, as a ladder: administrator > escalation > whole services > writes on everything.
 * What a higher step explains is taken away before the lower one is judged, so that one statement is told once.
 */
import type { Principal } from '../model/resources/iam.ts';
import type { Account } from '../model/scope.ts';
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
import { type Grant, type Grants, grantsOf } from './grants.ts';
import { matchesArn, reachOf } from './resources.ts';
import { isServiceLinked, trustsService } from './trust.ts';

export type ServiceGrant = {
  readonly service: string;
  readonly actions: number;
  readonly permissions: number;
  readonly isWildcardOnly: boolean;
  readonly isNarrowed: boolean;
  readonly refs: readonly string[];
};
export type FoundEscalation = {
  readonly escalation: Escalation;
  readonly refs: readonly string[];
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

export function analyse(principal: Principal, roles: RoleGraph, account: Account, now: string): Analysis {
  const granted = grantsOf(principal, now);
  const openGrants = granted.grants.filter(({ condition }) => isOpen(condition));
  if (isAdministrator(granted.open)) {
    const adminRefs = openGrants.filter(({ onAll }) => count(onAll) > 0).map(({ ref }) => ref);
    return { isAdmin: true, adminRefs, escalations: [], services: [], writes: emptySet(), writeRefs: [] };
  }
  const found = findEscalations(principal, granted, roles, account.id);
  const byEscalation = explainedBy(found, granted.grants);
  const services = wholeServices(granted.grants, byEscalation);
  let explained = byEscalation;
  for (const { service } of services) explained = union(explained, serviceActions(service));

  const { changing, wildcardOnly } = actionTable();
  let writes = emptySet();
  const writeRefs: string[] = [];
  for (const grant of openGrants) {
    // AWS's own policies are judged once per policy, not once per principal that uses them.
    if (grant.policy.source === 'aws-managed') continue;
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
  const narrowedGrants = grants.filter(({ condition }) => !isOpen(condition));
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
    const used = open ?? whole(narrowedGrants);
    if (used === undefined) continue;
    const all = serviceActions(service);
    if (count(intersect(all, changing)) === 0) continue;
    found.push({
      service,
      actions: end - start,
      permissions: count(intersect(all, permissions)),
      isWildcardOnly: contains(wildcardOnly, all),
      isNarrowed: open === undefined,
      refs: used.map(({ ref }) => ref),
    });
  }
  return found;
}

/** Whether any bit of the range is set; a word at a time. */
function touchesRange(set: ActionSet, start: number, end: number): boolean {
  for (let word = start >>> 5; word <= (end - 1) >>> 5; word += 1) if (set[word] !== 0) return true;
  return false;
}

function findEscalations(
  principal: Principal,
  { grants, open }: Grants,
  roles: RoleGraph,
  accountId: string,
): FoundEscalation[] {
  const found: FoundEscalation[] = [];
  const ownPower = power({ grants, open });
  for (const escalation of escalations) {
    const refs = new Set<string>();
    let isNarrowed = false;
    /** A statement that grants the action on everything, or on the principal itself. */
    const granting = (action: string): boolean => {
      const set = expandPattern(action);
      const usable = grants.filter(
        ({ actions, onAll, statement }) =>
          contains(onAll, set) || (contains(actions, set) && matchesArn(statement.resources, principal.arn)),
      );
      const best = usable.find(({ condition }) => isOpen(condition)) ?? usable[0];
      if (best === undefined) return false;
      refs.add(best.ref);
      if (!isOpen(best.condition)) isNarrowed = true;
      return true;
    };
    if (!escalation.needs.every(granting)) continue;
    if (escalation.anyOf !== undefined && !escalation.anyOf.some(granting)) continue;
    const { service, family } = escalation;
    if (service === undefined) {
      found.push({ escalation, refs: [...refs], targets: [], isNarrowed });
      continue;
    }
    const higher = roles.filter(
      ({ role, power: itsPower }) => role.id !== principal.id && itsPower > ownPower && trustsService(role, service),
    );
    if (family === 'hijack') {
      if (higher.length > 0)
        found.push({ escalation, refs: [...refs], targets: higher.map(({ role }) => role.arn), isNarrowed });
      continue;
    }
    const passing = grants.filter(
      (grant) => contains(grant.actions, expandPattern('iam:PassRole')) && mayPassTo(grant, service),
    );
    const passable = higher.filter(({ role }) =>
      passing.some(
        ({ statement }) => matchesArn(statement.resources, role.arn) || statement.notResources !== undefined,
      ),
    );
    const isAny = passing.some(
      ({ statement }) =>
        (statement.resources ?? []).some((pattern) => reachOf(pattern, accountId) !== 'limited') ||
        statement.notResources !== undefined,
    );
    // With PassRole on everything the next privileged role is enough; with a list, one of the list must be privileged.
    if (passable.length === 0 && !isAny) continue;
    const passRefs = passing.map(({ ref }) => ref);
    found.push({
      escalation,
      refs: [...new Set([...refs, ...passRefs])],
      targets: passable.map(({ role }) => role.arn),
      isNarrowed,
    });
  }
  return found;
}

/** iam:PassedToService takes away the combinations of other services and nothing else. */
function mayPassTo({ statement }: Grant, service: string): boolean {
  const limits = statement.conditions.filter(
    ({ key, operator }) => key.toLowerCase() === 'iam:passedtoservice' && !/not/i.test(operator),
  );
  return limits.every(({ operator, values }) => matchesValue(operator, values, service));
}

function matchesValue(operator: string, values: readonly string[], text: string): boolean {
  return /like/i.test(operator) ? matchesArn(values, text) : values.includes(text);
}

/** All that the statements behind an escalation grant in the services it uses. */
function explainedBy(found: readonly FoundEscalation[], grants: readonly Grant[]): ActionSet {
  let explained = emptySet();
  for (const { escalation, refs } of found) {
    const services = new Set(
      [...escalation.needs, ...(escalation.anyOf ?? []), 'iam:PassRole'].map((action) => action.split(':')[0] ?? ''),
    );
    for (const grant of grants) {
      if (!refs.includes(grant.ref)) continue;
      for (const service of services) explained = union(explained, ofService(grant.onAll, service));
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
