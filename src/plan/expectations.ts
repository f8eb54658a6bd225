/**
 * What a run is expected to take, from what the last one took: which account is opened first, how many fit in memory,
 * and what the run's own bill will be. Kept in the state; a wrong guess costs time, never truth.
 */
import type { OwnCost } from '../model/run.ts';
import type { PlanCache, PlannedAccount } from './plan.ts';

/** What one account took. */
export type AccountSize = {
  /** Of its busiest rate limit or its longest chain of pages. */
  readonly seconds: number;
  readonly records: number;
  readonly apiCalls: number;
  readonly metricsRequested: number;
  readonly usd: number;
};

/** Estimate of a run's own bill. `isGuess`: nothing is known of an earlier run. */
export type CostEstimate = Pick<OwnCost, 'usd' | 'apiCalls' | 'costExplorerRequests' | 'metricsRequested'> & {
  readonly isGuess: boolean;
};

export type Expectations = {
  /** An account that is not known is taken for a middling one. */
  of(accountId: string): AccountSize;
  estimate(accounts: readonly PlannedAccount[]): CostEstimate;
  /** Longest first: the one that takes longest must not be left to the end. */
  inOrder(accounts: readonly PlannedAccount[]): PlannedAccount[];
};

/** What the run took apart from its member accounts: the organization's tree, billing, the hub itself. */
export type SharedCost = Pick<OwnCost, 'usd' | 'apiCalls' | 'costExplorerRequests' | 'metricsRequested'>;

type Kept = { readonly accounts: Readonly<Record<string, readonly number[]>>; readonly shared: SharedCost };

const key = 'plan/expectations';
/** Of an account nobody has seen: three regions, thirty buckets. */
const unknownAccount: AccountSize = { seconds: 3, records: 500, apiCalls: 150, metricsRequested: 60, usd: 0.0007 };
/** Of the organization on a first run: a page of billing for the regions, each required tag and the services. */
const unknownShared: SharedCost = { usd: 0.06, apiCalls: 50, costExplorerRequests: 6, metricsRequested: 60 };

export async function readExpectations(cache: PlanCache): Promise<Expectations> {
  const kept = (await cache.value(key))?.value as Kept | undefined;
  const sizes = new Map(Object.entries(kept?.accounts ?? {}).map(([id, numbers]) => [id, toSize(numbers)]));
  const middling = median([...sizes.values()]) ?? unknownAccount;
  const of = (accountId: string): AccountSize => sizes.get(accountId) ?? middling;
  return {
    of,
    estimate(accounts) {
      const sum = { ...(kept?.shared ?? unknownShared) };
      for (const { account, isHub } of accounts) {
        if (isHub) continue;
        const { apiCalls, metricsRequested, usd } = of(account.id);
        sum.apiCalls += apiCalls;
        sum.metricsRequested += metricsRequested;
        sum.usd += usd;
      }
      return { ...sum, isGuess: kept === undefined };
    },
    inOrder: (accounts) => accounts.toSorted((a, b) => of(b.account.id).seconds - of(a.account.id).seconds),
  };
}

/** Remembers what accounts took; those that were not visited keep what is known of them. */
export async function noteSizes(
  cache: PlanCache,
  taken: ReadonlyMap<string, AccountSize>,
  shared: SharedCost,
  now: string,
): Promise<void> {
  const kept = (await cache.value(key))?.value as Kept | undefined;
  const accounts: Record<string, readonly number[]> = { ...kept?.accounts };
  for (const [id, size] of taken) accounts[id] = toNumbers(size);
  await cache.putValue(key, { accounts, shared } satisfies Kept, now);
}

/** Numbers without names: thousands of accounts stand in one value. */
function toNumbers({ seconds, records, apiCalls, metricsRequested, usd }: AccountSize): number[] {
  return [Math.round(seconds * 100) / 100, records, apiCalls, metricsRequested, Math.round(usd * 1e7) / 1e7];
}

function toSize([
  seconds = 0,
  records = 0,
  apiCalls = 0,
  metricsRequested = 0,
  usd = 0,
]: readonly number[]): AccountSize {
  return { seconds, records, apiCalls, metricsRequested, usd };
}

function median(sizes: readonly AccountSize[]): AccountSize | undefined {
  return sizes.toSorted((a, b) => a.seconds - b.seconds)[Math.floor(sizes.length / 2)];
}
