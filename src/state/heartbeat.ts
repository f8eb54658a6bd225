/** Keeps a lease alive while a run works; tells the run when it was taken over. */
import { StateConflictError } from '../errors.ts';
import type { Lease, StateStore } from './state-store.ts';

/** A lease outlives a stalled event loop and a slow write, yet a crashed run blocks the next for at most this long. */
export const leaseTtlMs = 90_000;
const renewEveryMs = 20_000;

/**
 * @param lost called once when the lease was taken over or could not be renewed before it ended
 * @returns stops the heartbeat
 */
export function keepLease(
  store: StateStore,
  lease: Lease,
  now: () => string,
  lost: (error: Error) => void,
): () => void {
  let renewedAt = Date.parse(now());
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    clearInterval(timer);
  };
  const renew = async (): Promise<void> => {
    const at = now();
    try {
      await store.renewLease(lease, { ttlMs: leaseTtlMs, now: at });
      renewedAt = Date.parse(at);
    } catch (error) {
      const isOver = Date.parse(now()) - renewedAt > leaseTtlMs;
      // A slow renewal may fail after another one has told so, or after the run has ended.
      if (isStopped || (!(error instanceof StateConflictError) && !isOver)) return;
      stop();
      lost(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const timer = setInterval(() => void renew(), renewEveryMs);
  timer.unref();
  return stop;
}
