/**
 * Token buckets in front of every request: a share of AWS's limit, the rest stays with the customer's own software.
 * A throttle below our share means that somebody else is using the bucket: slow down at once, climb again slowly (AIMD).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TokenBucket } from 'limiter';
import pLimit, { type LimitFunction } from 'p-limit';
import { bucketKey, type Limit, limitOf } from './limits.ts';

type Call = {
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
};

type Gate = {
  /** Waits for a token. @throws the signal's reason when aborted while waiting */
  take(signal: AbortSignal): Promise<void>;
  /** AWS refused: slow down, and wait at least this long before the next token. */
  throttled(retryAfterMs: number | undefined): void;
  /** Runs a request within the class's cap on parallel requests. */
  run<T>(request: () => Promise<T>): Promise<T>;
};

/** A throttle takes this factor off the rate; each quiet interval adds a step until the ceiling. */
const slowdown = 0.7;
const climbStep = 0.05;
const climbEveryMs = 1000;
/** Slowest rate, as a share of the ceiling: a bucket never stops for good. */
const floor = 0.02;

export type RateLimits = {
  gate(call: Call): Gate;
  /** Drops the buckets of an account that is done; those that all accounts share stay. */
  forget(accountId: string): void;
};

/** @param share part of refill and burst that a run may use, 0..1 */
export function createRateLimits(limits: readonly Limit[], share: number): RateLimits {
  const byOwner = new Map<string, Map<string, Gate>>();
  return {
    gate(call) {
      const limit = limitOf(limits, call.service, call.operation);
      const owner = limit.scope === 'organization' ? '' : call.accountId;
      const gates = byOwner.get(owner) ?? new Map<string, Gate>();
      byOwner.set(owner, gates);
      const key = bucketKey(limit, call);
      const gate = gates.get(key) ?? createGate(limit, share);
      gates.set(key, gate);
      return gate;
    },
    forget: (accountId) => byOwner.delete(accountId),
  };
}

function createGate(limit: Limit, share: number): Gate {
  const ceiling = limit.refillPerSecond * share;
  const bucket = new TokenBucket({
    bucketSize: Math.max(1, Math.floor(limit.capacity * share)),
    tokensPerInterval: ceiling,
    interval: 'second',
  });
  // The library starts empty; AWS starts full.
  bucket.content = bucket.bucketSize;
  const parallel: LimitFunction | undefined = limit.concurrency === undefined ? undefined : pLimit(limit.concurrency);
  let notBefore = 0;
  let throttledAt = 0;
  let changedAt = 0;
  let queue: Promise<void> = Promise.resolve();

  const climb = (): void => {
    if (bucket.tokensPerInterval >= ceiling) return;
    const steps = Math.floor((Date.now() - changedAt) / climbEveryMs);
    if (steps < 1) return;
    changedAt = Date.now();
    bucket.tokensPerInterval = Math.min(ceiling, bucket.tokensPerInterval + steps * climbStep * ceiling);
  };
  const wait = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      climb();
      const pause = notBefore - Date.now();
      if (pause <= 0 && bucket.tryRemoveTokens(1)) return;
      await sleep(Math.max(pause, bucket.getWaitTime(1), 1), undefined, { signal }).catch(() =>
        signal.throwIfAborted(),
      );
    }
  };
  return {
    take(signal) {
      // First come, first served: a late caller must not overtake one that waits for the same bucket.
      const turn = queue.then(() => wait(signal));
      queue = turn.catch(() => {});
      return endedBy(signal, turn);
    },
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
    run: (request) => (parallel === undefined ? request() : parallel(request)),
  };
}

/** Ends a wait with its signal, even while others are ahead in the queue. */
function endedBy(signal: AbortSignal, turn: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    turn.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
