/**
 * Evaluate: checks and one collected scope go in, finding drafts and coverage come out.
 * Pure and synchronous. A check whose needs have a gap, or that throws, is not covered: it says nothing there,
 * and reconcile resolves nothing of it there.
 */
import type { Check, CommonOptions, TagPolicy } from '../check.ts';
import type { FindingDraft } from '../model/finding.ts';
import type { CollectedScope, Gap, Inventory, Kind, Resource } from '../model/inventory.ts';
import type { ScopeKind } from '../model/scope.ts';
import { isExcepted } from './except.ts';
import { timeBox } from './time-box.ts';

/** A check as configured: options parsed, the common ones apart. */
export type EnabledCheck = { readonly check: Check; readonly options: unknown; readonly common: CommonOptions };

export type CheckedDraft = { readonly check: Check; readonly common: CommonOptions; readonly draft: FindingDraft };

export type EvaluateRequest = {
  readonly checks: readonly EnabledCheck[];
  readonly collected: CollectedScope;
  /** Payer and organization scopes, read once for the run. */
  readonly shared: readonly CollectedScope[];
  /** Scope of each kind, to tell "not collected here" from "kind of another scope". */
  readonly scopeOfKind: (kind: Kind) => ScopeKind;
  readonly now: string;
  readonly tagPolicy: TagPolicy;
  /** Longest time of one check in one scope; each scope then costs a helper thread. Default: as long as it takes. */
  readonly checkMs?: number;
};

export type Evaluation = {
  readonly drafts: readonly CheckedDraft[];
  /** Checks whose answer is complete for this scope; what is not found again may be resolved. */
  readonly covered: ReadonlySet<string>;
  /** Resources a covered check could not see, by check id: nothing of theirs is resolved. */
  readonly unseen: ReadonlyMap<string, ReadonlySet<string>>;
  /** The scope's gaps with the checks each one silences. */
  readonly gaps: readonly Gap[];
  readonly failures: readonly { readonly checkId: string; readonly message: string }[];
};

export function evaluate(request: EvaluateRequest): Evaluation {
  const { collected, shared, checkMs = Number.POSITIVE_INFINITY } = request;
  const scopeKind = collected.scope.kind;
  const drafts: CheckedDraft[] = [];
  const covered = new Set<string>();
  const unseen = new Map<string, Set<string>>();
  const silenced = new Map<Gap, string[]>(collected.gaps.map((gap) => [gap, []]));
  const failures: { checkId: string; message: string }[] = [];
  const records = visibleRecords(collected, shared);
  const gaps = [...new Set([collected, ...shared].flatMap((scope) => scope.gaps))];

  const evaluateOne = ({ check, options, common }: EnabledCheck): void => {
    const isHere = (kind: Kind): boolean => isVisible(request.scopeOfKind(kind), scopeKind);
    const blocking = gaps.filter((gap) => check.needs.includes(gap.kind) && isHere(gap.kind));
    for (const gap of blocking) silenced.get(gap)?.push(check.id);
    if (blocking.some((gap) => gap.resourceId === undefined)) return;

    const inventory = inventoryOf(check, records, gaps, isHere);
    try {
      const found: CheckedDraft[] = [];
      const identities = new Set<string>();
      const context = {
        inventory,
        options,
        account: collected.scope.account,
        region: collected.scope.region,
        now: request.now,
        tagPolicy: request.tagPolicy,
      };
      for (const draft of check.evaluate(context)) {
        assertSound(draft, identities);
        if (!isExcepted(draft.resource, common)) found.push({ check, common, draft });
      }
      drafts.push(...found);
      covered.add(check.id);
      unseen.set(check.id, unseenBy(check, blocking, records));
    } catch (error) {
      failures.push({ checkId: check.id, message: error instanceof Error ? error.message : String(error) });
    }
  };
  const here = request.checks.filter(({ check }) => (check.scopes ?? ['region']).includes(scopeKind));
  for (const { check } of eachInTime(here, checkMs, evaluateOne))
    failures.push({ checkId: check.id, message: `took more than ${checkMs / 1000} s and was ended` });
  const explained = collected.gaps.map((gap) => ({ ...gap, checks: silenced.get(gap) ?? [] }));
  return { drafts, covered, unseen, gaps: explained, failures };
}

/**
 * Works through items, each within a time. They share a box because making one costs more than most checks.
 * @returns those that took too long; they were ended
 */
function* eachInTime<T>(items: readonly T[], ms: number, work: (item: T) => void): Iterable<T> {
  let next = 0;
  let startedAt = 0;
  while (next < items.length) {
    const workOn = (): void => {
      for (let item = items[next]; item !== undefined; item = items[next]) {
        startedAt = performance.now();
        work(item);
        next += 1;
      }
    };
    if (ms === Number.POSITIVE_INFINITY) workOn();
    else timeBox(ms, workOn);
    const slow = items[next];
    // One that came late in the box has not had its time: it gets a box of its own.
    if (slow === undefined || performance.now() - startedAt < 0.9 * ms) continue;
    yield slow;
    next += 1;
  }
}

/** Kinds read once for the organization are visible in every scope; others only in their own. */
function isVisible(kindScope: ScopeKind, scope: ScopeKind): boolean {
  return kindScope === scope || kindScope === 'payer' || kindScope === 'organization';
}

function visibleRecords(collected: CollectedScope, shared: readonly CollectedScope[]): Map<Kind, readonly Resource[]> {
  const { kind, account, region } = collected.scope;
  const isOrganizationWide = kind === 'payer' || kind === 'organization';
  const records = new Map<Kind, readonly Resource[]>();
  for (const other of shared) {
    for (const [sharedKind, all] of other.records) {
      if (isOrganizationWide) records.set(sharedKind, all);
      else records.set(sharedKind, recordsAt(all, account.id, region));
    }
  }
  for (const [own, of] of collected.records) records.set(own, of);
  return records;
}

/** Records of the organization by account and region: every scope asks for its own, and there are thousands. */
const places = new WeakMap<readonly Resource[], ReadonlyMap<string, readonly Resource[]>>();

function recordsAt(all: readonly Resource[], accountId: string, region: string): readonly Resource[] {
  const byPlace = places.get(all) ?? Map.groupBy(all, (record) => `${record.accountId}/${record.region}`);
  places.set(all, byPlace);
  const global = byPlace.get(`${accountId}/global`) ?? [];
  return region === 'global' ? global : [...global, ...(byPlace.get(`${accountId}/${region}`) ?? [])];
}

function inventoryOf(
  check: Check,
  records: ReadonlyMap<Kind, readonly Resource[]>,
  gaps: readonly Gap[],
  isHere: (kind: Kind) => boolean,
): Inventory {
  const declared = new Set<Kind>([...check.needs, ...(check.wants ?? [])]);
  const indexes = new Map<Kind, Map<string, Resource>>();
  const list = (kind: Kind): readonly Resource[] => {
    if (!declared.has(kind)) throw new Error(`${check.id} reads ${kind}, which it does not declare in needs or wants`);
    return isHere(kind) ? (records.get(kind) ?? []) : [];
  };
  const find = (kind: Kind, id: string): Resource | undefined => {
    const index = indexes.get(kind) ?? new Map(list(kind).map((record) => [record.id, record]));
    indexes.set(kind, index);
    return index.get(id);
  };
  const isComplete = (kind: Kind): boolean => !gaps.some((gap) => gap.kind === kind);
  // The kinds of the records are known by construction; the map cannot express it.
  return { list, find, isComplete } as Inventory;
}

/** Ids that could not be seen, and their types: a finding about a group has the type as its id. */
function unseenBy(
  check: Check,
  blocking: readonly Gap[],
  records: ReadonlyMap<Kind, readonly Resource[]>,
): Set<string> {
  const unseen = new Set(blocking.flatMap((gap) => gap.resourceId ?? []));
  if (unseen.size === 0) return unseen;
  for (const kind of check.needs)
    for (const { id, type } of records.get(kind) ?? []) if (unseen.has(id)) unseen.add(type);
  return unseen;
}

/** A check from outside may yield nonsense; it must not reach a total. @throws Error naming the field */
function assertSound(draft: FindingDraft, identities: Set<string>): void {
  if (draft.resource.id === '') throw new Error('a draft has a resource without id');
  const identity = JSON.stringify([draft.accountId, draft.resource.region, draft.resource.id, draft.subKey]);
  if (identities.has(identity)) throw new Error(`two drafts for ${draft.resource.id}: tell them apart by subKey`);
  identities.add(identity);
  for (const line of [...(draft.savableUsage ?? []), ...(draft.oneOffUsage ?? [])]) {
    for (const value of [line.quantity, line.low ?? 0, line.high ?? 0]) {
      if (!Number.isFinite(value)) throw new Error(`quantity of ${line.sku} for ${draft.resource.id} is not a number`);
    }
  }
  // A negative line is what the remedy costs; on its own it would be a saving below zero.
  const savable = draft.savableUsage ?? [];
  if (savable.length > 0 && savable.every(({ quantity }) => quantity < 0))
    throw new Error(`what ${draft.resource.id} would save is negative`);
}
