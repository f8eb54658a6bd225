/**
 * Collect: a scope and the kinds its checks declared go in, records and gaps come out.
 * Each kind is fetched once per scope whatever the number of checks. Errors become gaps here and nowhere else;
 * a kind that failed half-way leaves no records, because a shorter list must never look like a complete one.
 */
import { restartingOnce } from '../aws/answer.ts';
import { toCollectError } from '../aws/errors.ts';
import type { AccountSession } from '../aws/session.ts';
import { CollectError } from '../errors.ts';
import { bytesInMemory, type KeptBytes } from '../model/bill.ts';
import type { CollectedScope, Gap, Kind, Resource } from '../model/inventory.ts';
import type { ResourceKinds } from '../model/resources/index.ts';
import type { Scope } from '../model/scope.ts';
import type { CollectContext, Collector } from './collector.ts';
import { type Metrics, planMetrics } from './metrics/metrics.ts';

export type CollectRequest = {
  readonly scope: Scope;
  readonly session: AccountSession;
  /** Collectors of this scope's kind, those they come `after` included. */
  readonly collectors: readonly Collector[];
  readonly now: string;
  readonly tagKeys: readonly (readonly string[])[];
  /** What earlier runs kept, by name. Default: nothing, and nothing outlives the scope. */
  readonly kept?: CollectContext['kept'];
  /** Default: the account's own bill, at any price. */
  readonly billing?: CollectContext['billing'];
  /** Default: nothing is logged. */
  readonly log?: CollectContext['log'];
};

export async function collectScope(request: CollectRequest): Promise<CollectedScope> {
  const { scope, session, collectors, now } = request;
  const complete = { kept: forgotten(), billing: anyPrice, log: silent, ...request };
  const metrics = planMetrics(session, scope, now);
  const results = new Map<Kind, Promise<KindResult>>();

  const collectKind = async (collector: Collector): Promise<KindResult> => {
    const earlier = new Map<Kind, readonly Resource[]>();
    for (const kind of collector.after ?? []) {
      const result = await results.get(kind);
      if (result === undefined) throw new Error(`${collector.kind} comes after ${kind}, which is not collected here`);
      const failed = result.gaps.find((gap) => gap.resourceId === undefined);
      if (failed !== undefined) return { records: undefined, gaps: [{ ...failed, kind: collector.kind }] };
      earlier.set(kind, result.records ?? []);
    }
    return runCollector(collector, earlier, metrics, complete);
  };
  for (const collector of inOrder(collectors)) results.set(collector.kind, collectKind(collector));

  const records = new Map<Kind, readonly Resource[]>();
  const gaps: Gap[] = [];
  for (const [kind, pending] of results) {
    const result = await pending;
    gaps.push(...result.gaps);
    if (result.records !== undefined) records.set(kind, result.records);
  }
  return { scope, records, gaps };
}

/** The given collectors and, ahead of each, those whose kinds it comes after. */
export function withPrerequisites(kinds: Iterable<Kind>, all: ReadonlyMap<Kind, Collector>): Collector[] {
  const chosen = new Map<Kind, Collector>();
  const add = (kind: Kind): void => {
    const collector = all.get(kind);
    if (collector === undefined) throw new Error(`no collector for kind ${kind}`);
    if (chosen.has(kind)) return;
    for (const earlier of collector.after ?? []) add(earlier);
    chosen.set(kind, collector);
  };
  for (const kind of kinds) add(kind);
  return [...chosen.values()];
}

type KindResult = { readonly records: readonly Resource[] | undefined; readonly gaps: readonly Gap[] };

async function runCollector(
  collector: Collector,
  earlier: ReadonlyMap<Kind, readonly Resource[]>,
  metrics: Metrics,
  request: Required<CollectRequest>,
): Promise<KindResult> {
  const { scope, session, now, tagKeys, kept, billing, log } = request;
  const missed: Gap[] = [];
  const toGap = (error: unknown, resourceId?: string): Gap => {
    const cause =
      error instanceof CollectError ? error : toCollectError(error, { iamAction: onlyAction(collector.iamActions) });
    return {
      accountId: scope.account.id,
      region: scope.region,
      kind: collector.kind,
      reason: cause.reason,
      iamAction: cause.iamAction,
      resourceId,
      checks: [],
      message: cause.message,
    };
  };
  const context: CollectContext = {
    scope,
    session,
    metrics,
    now,
    tagKeys,
    kept,
    billing,
    log,
    collected: <K extends Kind>(kind: K) => {
      const records = earlier.get(kind);
      if (records === undefined) throw new Error(`${collector.kind} reads ${kind} without naming it in "after"`);
      return records as readonly ResourceKinds[K][];
    },
    missed: (resourceId, error) => missed.push(toGap(error, resourceId)),
  };
  const collectAll = async (): Promise<KindResult> => {
    missed.length = 0;
    // A list that changes while it is walked may bring an item on two pages; the later one is as good.
    const records = new Map<string, Resource>();
    for await (const record of collector.collect(context)) records.set(`${record.region}/${record.id}`, record);
    return { records: [...records.values()], gaps: missed };
  };
  try {
    return await restartingOnce(collectAll);
  } catch (error) {
    return { records: undefined, gaps: [toGap(error)] };
  }
}

const silent: CollectContext['log'] = { info: () => {}, warn: () => {} };
const anyPrice: CollectContext['billing'] = { maxUsd: Number.POSITIVE_INFINITY };

/** Kept as long as the scope is collected. */
function forgotten(): CollectContext['kept'] {
  const byName = new Map<string, KeptBytes>();
  return (name) => {
    const known = byName.get(name) ?? bytesInMemory();
    byName.set(name, known);
    return known;
  };
}

/** The permission to name when AWS does not: only a collector with one action leaves no doubt. */
function onlyAction(actions: readonly string[]): string | undefined {
  return actions.length === 1 ? actions[0] : undefined;
}

function inOrder(collectors: readonly Collector[]): Collector[] {
  const byKind = new Map(collectors.map((collector) => [collector.kind, collector]));
  return withPrerequisites(byKind.keys(), byKind);
}
