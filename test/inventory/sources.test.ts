/** Source and age of what a run knows. */
import { describe, expect, test } from 'vitest';
import type { Collector } from '../../src/collect/collector.ts';
import { collectors as builtIn } from '../../src/collect/index.ts';
import { countSources, datedCache, scopeSources } from '../../src/inventory/sources.ts';
import type { DatedScope, Kind, Resource } from '../../src/model/inventory.ts';
import type { Account, Scope } from '../../src/model/scope.ts';
import type { AuditPlan } from '../../src/plan/plan.ts';
import { recommendation } from '../support/optimizer.ts';

const now = '2026-11-24T06:00:00.000Z';
const earlier = '2026-11-23T06:00:00.000Z';
const collectors: ReadonlyMap<Kind, Collector> = new Map(builtIn.map((collector) => [collector.kind, collector]));
const scope: Scope = { kind: 'organization', account: { id: '111111111111' } as Account, region: 'global' };
const of = (source: DatedScope['source'], collectedAt: string): DatedScope => ({
  scope,
  source,
  collectedAt,
  records: new Map<Kind, readonly Resource[]>([
    ['config.resource', []],
    ['ec2.vpc', []],
  ]),
  gaps: [],
});

test('records of one kind are counted by source, with the time of the oldest', () => {
  const count = countSources();
  for (const collected of [of('live', now), of('inventory', now), of('inventory', earlier), of('inventory', now)])
    for (const source of scopeSources(collected, collectors)) count.add(source);
  expect(count.result()).toEqual([
    { kind: 'config.resource', source: 'config-aggregator', scopes: 1, oldestAt: now },
    { kind: 'config.resource', source: 'inventory', scopes: 3, oldestAt: earlier },
    { kind: 'ec2.vpc', source: 'inventory', scopes: 3, oldestAt: earlier },
    { kind: 'ec2.vpc', source: 'live', scopes: 1, oldestAt: now },
  ]);
});

test('what AWS concludes is as old as it says itself, by source', () => {
  const records = [
    recommendation({ refreshedAt: earlier }),
    recommendation({ resourceId: 'other', refreshedAt: now }),
    recommendation({ resourceId: 'undated', source: 'compute-optimizer', refreshedAt: undefined }),
  ];
  const kind = 'optimizer.recommendation';
  const told = (source: DatedScope['source'], of: readonly Resource[]) =>
    scopeSources({ scope, source, collectedAt: now, records: new Map([[kind, of]]), gaps: [] }, collectors);
  expect(told('live', records)).toEqual([
    { kind, source: 'cost-optimization-hub', scopes: 1, oldestAt: earlier },
    { kind, source: 'compute-optimizer', scopes: 1, oldestAt: now },
  ]);
  expect(told('live', [])).toEqual([{ kind, source: 'live', scopes: 1, oldestAt: now }]);
  expect(told('inventory', records)).toEqual([{ kind, source: 'inventory', scopes: 1, oldestAt: now }]);
});

describe('values that the plan keeps', () => {
  const cacheOf = (kept: Record<string, string>) =>
    datedCache({
      value: async (key) => (kept[key] === undefined ? undefined : { value: [], at: kept[key] }),
      putValue: async () => {},
    });
  const plan = { spendRegions: new Map() } as unknown as AuditPlan;
  const accounts = { kind: 'plan.accounts', source: 'live', scopes: 1, oldestAt: now };

  test('are cached when taken from there, live when asked anew', async () => {
    const cache = cacheOf({ 'plan/spend-regions': earlier, 'plan/account-tags': earlier, 'plan/full-visit': earlier });
    await cache.value('plan/spend-regions');
    await cache.value('plan/account-tags');
    await cache.value('plan/full-visit');
    await cache.putValue('plan/account-tags', {}, now);
    expect(cache.sources(plan, now)).toEqual([
      accounts,
      { kind: 'plan.spend-regions', source: 'cached', scopes: 1, oldestAt: earlier },
      { kind: 'plan.account-tags', source: 'live', scopes: 1, oldestAt: now },
    ]);
  });

  test('are no source when the plan could do nothing with them', async () => {
    const cache = cacheOf({ 'plan/spend-regions': earlier });
    await cache.value('plan/spend-regions');
    expect(cache.sources({ ...plan, spendRegions: undefined }, now)).toEqual([accounts]);
  });
});
