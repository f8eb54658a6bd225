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
  const { collected, shared } = request;
  const scopeKind = collected.scope.kind;
  const drafts: CheckedDraft[] = [];
  const covered = new Set<string>();
  const unseen = new Map<string, Set<string>>();
  const silenced = new Map<Gap, string[]>(collected.gaps.map((gap) => [gap, []]));
  const failures: { checkId: string; message: string }[] = [];
  const records = visibleRecords(collected, shared);
  const gaps = [...collected.gaps, ...shared.filter((other) => other !== collected).flatMap((other) => other.gaps)];

  for (const { check, options, common } of request.checks) {
    if (!(check.scopes ?? ['region']).includes(scopeKind)) continue;
    const isHere = (kind: Kind): boolean => isVisible(request.scopeOfKind(kind), scopeKind);
    const blocking = gaps.filter((gap) => check.needs.includes(gap.kind) && isHere(gap.kind));
    for (const gap of blocking) silenced.get(gap)?.push(check.id);
    if (blocking.some((gap) => gap.resourceId === undefined)) continue;

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
  }
  const explained = collected.gaps.map((gap) => ({ ...gap, checks: silenced.get(gap) ?? [] }));
  return { drafts, covered, unseen, gaps: explained, failures };
}

/** Kinds read once for the organization are visible in every scope; others only in their own. */
function isVisible(kindScope: ScopeKind, scope: ScopeKind): boolean {
  return kindScope === scope || kindScope === 'payer' || kindScope === 'organization';
}

function visibleRecords(collected: CollectedScope, shared: readonly CollectedScope[]): Map<Kind, readonly Resource[]> {
  const { scope } = collected;
  const isOrganizationWide = scope.kind === 'payer' || scope.kind === 'organization';
  const records = new Map<Kind, readonly Resource[]>();
  for (const other of shared) {
    for (const [kind, all] of other.records) {
      const own = (record: Resource): boolean =>
        record.accountId === scope.account.id && (record.region === 'global' || record.region === scope.region);
      records.set(kind, isOrganizationWide ? all : all.filter(own));
    }
  }
  for (const [kind, own] of collected.records) records.set(kind, own);
  return records;
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
  const identity = JSON.stringify([draft.resource.region, draft.resource.id, draft.subKey]);
  if (identities.has(identity)) throw new Error(`two drafts for ${draft.resource.id}: tell them apart by subKey`);
  identities.add(identity);
  for (const line of [...(draft.savableUsage ?? []), ...(draft.oneOffUsage ?? [])]) {
    for (const value of [line.quantity, line.low ?? 0, line.high ?? 0]) {
      if (!Number.isFinite(value)) throw new Error(`quantity of ${line.sku} for ${draft.resource.id} is not a number`);
    }
  }
}
