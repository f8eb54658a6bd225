/** The token bucket of one API class: our share of AWS's own, and slower for a while whenever AWS refuses. */
import { TokenBucket } from 'limiter';
import type { Limit } from './limits.ts';

/** A throttle takes this factor off the rate; each quiet interval adds a step until the ceiling. */
const slowdown = 0.7;
const climbEveryMs = 1000;
/** Steps as shares of the ceiling. Where nobody knows AWS's number, the way back up is tried with more care. */
const climbStep: Readonly<Record<Limit['provenance'], number>> = { documented: 0.05, observed: 0.05, guess: 0.02 };
/** Slowest rate, as a share of the ceiling: a bucket never stops for good. */
const floor = 0.02;

export type Bucket = {
  /** Most tokens at once, and tokens a second when AWS does not complain. */
  readonly capacity: number;
  readonly ratePerSecond: number;
  /** Takes a token if there is one. */
  take(): boolean;
  /** Milliseconds until there is a token; 0 = now. */
  waitMs(): number;
  /** AWS refused: slow down, and give nothing before the time it named. */
  throttled(retryAfterMs: number | undefined): void;
};

/** @param share part of refill and burst that a run may use, 0..1 */
export function createBucket(limit: Limit, share: number): Bucket {
  const ceiling = limit.refillPerSecond * share;
  const bucket = new TokenBucket({
    bucketSize: Math.max(1, Math.floor(limit.capacity * share)),
    tokensPerInterval: ceiling,
    interval: 'second',
  });
  // The library starts empty; AWS starts full.
  bucket.content = bucket.bucketSize;
  let notBefore = 0;
  let throttledAt = 0;
  let changedAt = 0;

  const climb = (): void => {
    if (bucket.tokensPerInterval >= ceiling) return;
    const steps = Math.floor((Date.now() - changedAt) / climbEveryMs);
    if (steps < 1) return;
    changedAt = Date.now();
    const gained = steps * climbStep[limit.provenance] * ceiling;
    bucket.tokensPerInterval = Math.min(ceiling, bucket.tokensPerInterval + gained);
  };
  const waitMs = (): number => {
    climb();
    bucket.drip();
    return Math.max(0, notBefore - Date.now(), bucket.content >= 1 ? 0 : bucket.getWaitTime(1));
  };
  return {
    capacity: bucket.bucketSize,
    ratePerSecond: ceiling,
    waitMs,
    take: () => waitMs() === 0 && bucket.tryRemoveTokens(1),
    throttled(retryAfterMs) {
      const isNews = Date.now() - throttledAt >= climbEveryMs;
      // Requests that were under way together are refused together: that is one sign, not many.
      if (isNews) bucket.tokensPerInterval = Math.max(floor * ceiling, bucket.tokensPerInterval * slowdown);
      if (isNews) throttledAt = Date.now();
      changedAt = Date.now();
      bucket.drip();
      bucket.content = 0;
      notBefore = Math.max(notBefore, Date.now() + (retryAfterMs ?? 1000 / bucket.tokensPerInterval));
    },
  };
}
