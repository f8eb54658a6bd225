import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StateConflictError } from '../../src/errors.ts';
import { keepLease, leaseTtlMs } from '../../src/state/heartbeat.ts';
import type { Lease } from '../../src/state/state-store.ts';

const lease: Lease = { name: 'audit', runId: 'run-1', fence: 1, since: '2026-11-24T06:00:00.000Z' };
const now = (): string => new Date().toISOString();

describe('a heartbeat', () => {
  beforeEach(() => vi.useFakeTimers({ now: Date.parse(lease.since) }));
  afterEach(() => vi.useRealTimers());

  const start = (renewLease: () => Promise<void>) => {
    const lost = vi.fn();
    const renewals = vi.fn(renewLease);
    const store = { renewLease: renewals } as never;
    return { lost, renewals, stop: keepLease(store, lease, now, lost) };
  };

  test('renews well before the lease ends, until it is stopped', async () => {
    const { lost, renewals, stop } = start(async () => {});
    await vi.advanceTimersByTimeAsync(leaseTtlMs);
    expect(renewals.mock.calls.length).toBeGreaterThanOrEqual(4);
    expect(renewals).toHaveBeenLastCalledWith(lease, { ttlMs: leaseTtlMs, now: '2026-11-24T06:01:20.000Z' });
    stop();
    renewals.mockClear();
    await vi.advanceTimersByTimeAsync(10 * leaseTtlMs);
    expect(renewals).not.toHaveBeenCalled();
    expect(lost).not.toHaveBeenCalled();
  });

  test('tells once that the lease was taken over, and stops', async () => {
    const { lost, renewals } = start(() => Promise.reject(new StateConflictError('taken over')));
    await vi.advanceTimersByTimeAsync(leaseTtlMs);
    expect(lost).toHaveBeenCalledExactlyOnceWith(expect.any(StateConflictError));
    expect(renewals).toHaveBeenCalledTimes(1);
  });

  test('outlives failures that are shorter than the lease', async () => {
    let failures = 3;
    const { lost } = start(async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('the table did not answer');
    });
    await vi.advanceTimersByTimeAsync(5 * leaseTtlMs);
    expect(lost).not.toHaveBeenCalled();
  });

  test('gives up when the lease has ended without a renewal', async () => {
    const { lost } = start(() => Promise.reject(new Error('the table did not answer')));
    await vi.advanceTimersByTimeAsync(leaseTtlMs);
    expect(lost).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(leaseTtlMs);
    expect(lost).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: 'the table did not answer' }));
  });

  test('a renewal that fails after the end is nobody’s business', async () => {
    const renewal = Promise.withResolvers<void>();
    const { lost, stop } = start(() => renewal.promise);
    await vi.advanceTimersByTimeAsync(20_000);
    stop();
    renewal.reject(new StateConflictError('taken over'));
    await vi.advanceTimersByTimeAsync(1);
    expect(lost).not.toHaveBeenCalled();
  });
});
