/** How much of what a bucket gives was used. */
import { type Limit, limitOf } from '../src/aws/limits.ts';
import type { JournalEntry } from '../test/support/simulator-process.ts';
import { isThrottled, keyOf, serviceId } from './journal.ts';

/**
 * Answers of the bucket that takes longest to empty over what its share gives in the time from its first call to its
 * last. The list before the per-item calls is left out: it waits for an answer, not for the bucket.
 */
export function busiestBucket(
  entries: readonly JournalEntry[],
  limits: readonly Limit[],
  share: number,
): { readonly ratio: number | null; readonly how: string } {
  let busiest: { limit: Limit; key: string; calls: JournalEntry[] } | undefined;
  let longest = 0;
  const classes = Map.groupBy(entries, (entry) => limitOf(limits, serviceId(entry), entry.operation));
  for (const [limit, ofLimit] of classes) {
    if (limit.scope === 'organization') continue;
    for (const [key, calls] of Map.groupBy(ofLimit, (entry) => keyOf(limit, entry))) {
      const drainSeconds = (calls.length - limit.capacity * share) / (limit.refillPerSecond * share);
      if (drainSeconds <= longest) continue;
      longest = drainSeconds;
      busiest = { limit, key, calls: calls.filter(({ operation }) => operation !== 'ListBuckets') };
    }
  }
  if (busiest === undefined) return { ratio: null, how: 'no bucket was used up' };
  const { limit, key, calls } = busiest;
  const times = calls.map(({ at }) => at);
  const spanMs = Math.max(...times) - Math.min(...times);
  const possible = limit.capacity * share + (limit.refillPerSecond * share * spanMs) / 1000;
  const answered = calls.filter((entry) => entry.status < 500 && !isThrottled(entry)).length;
  return { ratio: answered / possible, how: `${answered} of ${possible.toFixed(0)} possible in ${key}` };
}
