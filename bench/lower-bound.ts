/**
 * The least time a run can take, from the journal of that run: its efficiency is this bound over its wall time.
 *
 *   LB = max( T_org + max over accounts of T_account, T_hub, T_cpu, T_conc, T_judge )
 *
 *   T_org      the tree of the organization, until the last account is known: n calls, as many at once as AWS takes.
 *              Tags of accounts can be read later.
 *   T_account  AssumeRole, then the slowest bucket of the account. A bucket with n calls, of which the longest chain of
 *              pages has P, takes at least max(P·L, L + (n − capacity·share) / (refill·share)) for latency L. Calls that
 *              need an answer of others (a bucket's settings its name, a region's lists the regions) start after it.
 *   T_hub      buckets that the whole run shares (Organizations with the tags, Cost Explorer, Config): the same formula, as
 *              many at once as AWS takes.
 *   T_cpu      CPU time of the main thread: JavaScript runs on one. What helper threads do (collection, compilation)
 *              goes on beside it and bounds nothing.
 *   T_conc     all latencies over the calls that may be in flight.
 *   T_judge    CPU time of the simulated AWS, one process that answers one call at a time. When it is the largest, the
 *              figure says nothing about the product.
 *
 * Nothing is counted that a better plan could avoid; the time of our own work between the calls of a chain, for one, is
 * missing, so 1.00 is out of reach. One thing is granted: that no account is entered before the whole tree is known.
 * Buckets count with the share that the run may use.
 */
import { type Limit, limitOf } from '../src/aws/limits.ts';
import type { JournalEntry } from '../test/support/simulator-process.ts';
import { isAnswered, keyOf, serviceId } from './journal.ts';

export type Conditions = {
  readonly limits: readonly Limit[];
  /** Part of each bucket that the run may use; `undefined` = there are no limits. */
  readonly share: number | undefined;
  readonly latencyMs: number;
  /** Calls in flight at once. */
  readonly concurrency: number;
  readonly mainCpuMs: number;
  readonly judgeCpuMs: number;
};

export type LowerBound = {
  readonly ms: number;
  /** The part that is the bound, e.g. `CPU of the main thread`. */
  readonly boundBy: string;
  readonly parts: Readonly<Record<'organization' | 'account' | 'hub' | 'cpu' | 'concurrency' | 'judge', number>>;
};

/** Calls that cannot be asked before another one of the same account has answered. */
const needed: Readonly<Record<string, string>> = {
  GetBucketLifecycleConfiguration: 'ListBuckets',
  GetBucketTagging: 'ListBuckets',
  GetBucketVersioning: 'ListBuckets',
  GetMetricData: 'DescribeRegions',
  GetMetricStatistics: 'DescribeRegions',
  GetResources: 'DescribeRegions',
};

function neededBy(operation: string): string | undefined {
  const isRegional = operation.startsWith('Describe') && operation !== 'DescribeRegions';
  return needed[operation] ?? (isRegional ? 'DescribeRegions' : undefined);
}

export function lowerBound(entries: readonly JournalEntry[], conditions: Conditions): LowerBound {
  const { latencyMs, concurrency, limits } = conditions;
  const classes = Map.groupBy(entries.filter(isAnswered), (entry) =>
    limitOf(limits, serviceId(entry), entry.operation),
  );
  let organization = 0;
  let hub = 0;
  let account = 0;
  let slowest = '';
  for (const [limit, ofLimit] of classes) {
    // Entering: all accounts draw on one bucket of STS, to whose end no run comes near.
    if (limit.service === 'sts') continue;
    for (const [key, calls] of Map.groupBy(ofLimit, (entry) => keyOf(limit, entry))) {
      if (limit.scope === 'organization') {
        hub = Math.max(hub, sharedMs(limit, calls.length, conditions));
        const tree = calls.filter(({ operation }) => operation !== 'ListTagsForResource');
        if (limit.service === 'organizations') organization = sharedMs(limit, tree.length, conditions);
        continue;
      }
      const ms = bucketMs(limit, calls, conditions);
      if (ms <= account) continue;
      account = ms;
      slowest = key;
    }
  }
  const parts = {
    organization,
    account: latencyMs + account,
    hub,
    cpu: conditions.mainCpuMs,
    concurrency: (entries.length * latencyMs) / concurrency,
    judge: conditions.judgeCpuMs,
  };
  const bounds: Readonly<Record<string, number>> = {
    [`chain or bucket ${slowest}`]: parts.organization + parts.account,
    'buckets of the whole run': parts.hub,
    'CPU of the main thread': parts.cpu,
    'calls in flight': parts.concurrency,
    'the simulator': parts.judge,
  };
  const ms = Math.max(...Object.values(bounds));
  const [boundBy = ''] = Object.entries(bounds).find(([, bound]) => bound === ms) ?? [];
  return { ms, boundBy, parts };
}

/** A bucket of one account: whatever starts later than others starts with a full bucket at best. */
function bucketMs(limit: Limit, calls: readonly JournalEntry[], { share, latencyMs }: Conditions): number {
  const capacity = share === undefined ? Infinity : limit.capacity * share;
  const refillPerMs = share === undefined ? Infinity : (limit.refillPerSecond * share) / 1000;
  const stages = [...Map.groupBy(calls, ({ operation }) => operation)].map(([operation, ofOperation]) => ({
    startMs: neededBy(operation) === undefined ? 0 : latencyMs,
    chainMs: longestChain(ofOperation) * latencyMs,
    calls: ofOperation.length,
  }));
  let least = 0;
  for (const { startMs, chainMs } of stages) {
    let laterCalls = 0;
    for (const stage of stages) if (stage.startMs >= startMs) laterCalls += stage.calls;
    const drainMs = latencyMs + Math.max(0, laterCalls - capacity) / refillPerMs;
    least = Math.max(least, startMs + Math.max(chainMs, drainMs));
  }
  return least;
}

function sharedMs(limit: Limit, calls: number, { share, latencyMs }: Conditions): number {
  const atOnceMs = Math.ceil(calls / (limit.concurrency ?? calls)) * latencyMs;
  if (share === undefined) return atOnceMs;
  const waitMs = (Math.max(0, calls - limit.capacity * share) / (limit.refillPerSecond * share)) * 1000;
  return Math.max(atOnceMs, latencyMs + waitMs);
}

/** Pages that could only be asked one after the other. */
function longestChain(calls: readonly JournalEntry[]): number {
  const chains = Map.groupBy(calls, ({ accountId, region, operation, bucket }) =>
    [accountId, region, operation, bucket].join(' '),
  );
  let longest = 1;
  for (const chain of chains.values()) {
    const pages = new Set(chain.flatMap(({ page }) => (page === undefined ? [] : [page.from])));
    longest = Math.max(longest, pages.size);
  }
  return longest;
}
