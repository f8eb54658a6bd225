/** Where what a run knows comes from, and how old it is: counted by kind and source for the coverage. */
import type { Collector } from '../collect/collector.ts';
import type { DataSource, DatedScope, Kind } from '../model/inventory.ts';
import type { KindSource } from '../model/run.ts';
import type { AuditPlan, PlanCache } from '../plan/plan.ts';

export type SourceCount = {
  readonly add: (source: KindSource) => void;
  /** By kind, then source. */
  result(): readonly KindSource[];
};

export function countSources(): SourceCount {
  const counts = new Map<string, KindSource>();
  return {
    add({ kind, source, scopes, oldestAt }) {
      const key = `${kind} ${source}`;
      const known = counts.get(key) ?? { kind, source, scopes: 0, oldestAt };
      const isOldest = oldestAt < known.oldestAt;
      counts.set(key, {
        ...known,
        scopes: known.scopes + scopes,
        oldestAt: isOldest ? oldestAt : known.oldestAt,
      });
    },
    result() {
      return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
    },
  };
}

/** One entry for each kind of which the scope has records, and for each source of a kind that has several. */
export function scopeSources(
  { records, source, collectedAt }: DatedScope,
  collectors: ReadonlyMap<Kind, Collector>,
): KindSource[] {
  return [...records].flatMap(([kind, ofKind]) => {
    const collector = collectors.get(kind);
    const usual: KindSource = { kind, source: collector?.source ?? 'live', scopes: 1, oldestAt: collectedAt };
    if (source === 'inventory') return [{ ...usual, source }];
    const oldest = new Map<DataSource, string>();
    for (const record of ofKind) {
      const told = collector?.sourceOf?.(record as never);
      if (told === undefined) break;
      const { source: its, at = collectedAt } = told;
      const known = oldest.get(its);
      if (known === undefined || at < known) oldest.set(its, at);
    }
    return oldest.size === 0 ? [usual] : [...oldest].map(([its, oldestAt]) => ({ ...usual, source: its, oldestAt }));
  });
}

/** Values of the plan that are told of; what else it keeps is no data. */
const planKinds: Readonly<Record<string, string>> = {
  'plan/account-tags': 'plan.account-tags',
  'plan/spend-regions': 'plan.spend-regions',
};

/** Notes how old the values are that a plan takes from its cache. */
export function datedCache(cache: PlanCache): PlanCache & { sources(plan: AuditPlan, now: string): KindSource[] } {
  const ages = new Map<string, string>();
  return {
    async value(key) {
      const kept = await cache.value(key);
      if (kept !== undefined) ages.set(key, kept.at);
      return kept;
    },
    async putValue(key, value, at) {
      // Asked anew, or added to what was kept: either way `at` says how old it is.
      ages.set(key, at);
      await cache.putValue(key, value, at);
    },
    sources({ spendRegions }, now) {
      const accounts: KindSource = { kind: 'plan.accounts', source: 'live', scopes: 1, oldestAt: now };
      const values = [...ages].flatMap(([key, at]): KindSource[] => {
        const kind = planKinds[key];
        // What was kept may have been too old, and not to be had anew.
        if (kind === undefined || (kind === 'plan.spend-regions' && spendRegions === undefined)) return [];
        return [{ kind, source: at === now ? 'live' : 'cached', scopes: 1, oldestAt: at }];
      });
      return [accounts, ...values];
    },
  };
}
