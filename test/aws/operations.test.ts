import { beforeEach, expect, test, vi } from 'vitest';
import { createOperations, type RunningOperation, watchOperations } from '../../src/aws/operations.ts';

const asked = { service: 'ec2', operation: 'DescribeVpcs', accountId: '1', region: 'eu-west-1' };

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

test('what is under way is told with its age and phase, longest first', () => {
  const operations = createOperations();
  const old = operations.begin(asked);
  old.sent();
  vi.advanceTimersByTime(5000);
  operations.begin({ ...asked, region: 'us-east-1' });
  operations.begin(asked).done();
  expect(operations.list()).toEqual([
    { ...asked, ageMs: 5000, phase: 'sent' },
    { ...asked, region: 'us-east-1', ageMs: 0, phase: 'waiting' },
  ]);
});

function watched(stalledMs: number) {
  const operations = createOperations();
  const stalls: (readonly RunningOperation[])[] = [];
  const stop = watchOperations(operations, stalledMs, (running) => stalls.push(running));
  return { operations, stalls, stop };
}

test('a run whose operations do not end any more is told once, with what it waits for', () => {
  const { operations, stalls } = watched(1000);
  operations.begin(asked);
  vi.advanceTimersByTime(900);
  expect(stalls).toEqual([]);
  vi.advanceTimersByTime(5000);
  expect(stalls).toMatchObject([[asked]]);
});

test('a slow run that gets anywhere is left alone, as one that waits for nothing', () => {
  const { operations, stalls } = watched(1000);
  vi.advanceTimersByTime(10_000);
  operations.begin(asked);
  for (let step = 0; step < 20; step += 1) {
    const other = operations.begin(asked);
    vi.advanceTimersByTime(800);
    other.done();
  }
  expect(stalls).toEqual([]);
});

test('a run that has ended is not watched', () => {
  const { operations, stalls, stop } = watched(1000);
  operations.begin(asked);
  stop();
  vi.advanceTimersByTime(60_000);
  expect(stalls).toEqual([]);
});
