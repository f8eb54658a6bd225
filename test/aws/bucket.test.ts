import { expect, test, vi } from 'vitest';
import { type Bucket, createBucket } from '../../src/aws/bucket.ts';
import type { Limit } from '../../src/aws/limits.ts';

const limit = (overrides: Partial<Limit> = {}): Limit => ({
  service: 'ec2',
  actions: ['Describe*'],
  scope: 'account-region',
  perAction: true,
  capacity: 100,
  refillPerSecond: 20,
  provenance: 'documented',
  source: 'test',
  asOf: '2026-11-23',
  ...overrides,
});

/** Takes what is there. */
function drain(bucket: Bucket): number {
  let taken = 0;
  while (bucket.take()) taken += 1;
  return taken;
}

/** Tokens in the next seconds of a clock that is moved by hand. */
function tokensIn(bucket: Bucket, seconds: number): number {
  let taken = 0;
  for (let step = 0; step < seconds * 100; step += 1) {
    vi.advanceTimersByTime(10);
    taken += drain(bucket);
  }
  return taken;
}

vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] });

test.each([
  [1, 100],
  [0.5, 50],
  [0.001, 1],
])('a share of %f of a bucket of 100 is a burst of %i', (share, burst) => {
  expect(drain(createBucket(limit({ refillPerSecond: 0.1 }), share))).toBe(burst);
});

test('tokens come back at the share of the rate, and the wait for one is told', () => {
  const bucket = createBucket(limit({ capacity: 4 }), 0.5);
  expect(bucket.waitMs()).toBe(0);
  drain(bucket);
  expect(bucket.waitMs()).toBeGreaterThan(90);
  expect(bucket.waitMs()).toBeLessThanOrEqual(100);
  const tokens = tokensIn(bucket, 10);
  expect(tokens).toBeGreaterThanOrEqual(99);
  expect(tokens).toBeLessThanOrEqual(100);
});

test('a refusal empties the bucket and lowers its rate, once for requests under way together', () => {
  const bucket = createBucket(limit({ refillPerSecond: 100 }), 1);
  for (let refusal = 0; refusal < 20; refusal += 1) bucket.throttled(0);
  expect(drain(bucket)).toBe(0);
  const first = tokensIn(bucket, 1);
  expect(first).toBeGreaterThan(65);
  expect(first).toBeLessThanOrEqual(75);
});

test('nobody gets a token before the time that AWS named', () => {
  const bucket = createBucket(limit({ refillPerSecond: 100 }), 1);
  bucket.throttled(3000);
  expect(bucket.waitMs()).toBe(3000);
  expect(tokensIn(bucket, 2.9)).toBe(0);
  expect(tokensIn(bucket, 0.2)).toBeGreaterThan(0);
});

test('the rate climbs back to the share and no further, more slowly where it is a guess', () => {
  const seconds = (provenance: Limit['provenance']): number => {
    const bucket = createBucket(limit({ refillPerSecond: 100, provenance }), 1);
    bucket.throttled(0);
    let passed = 0;
    while (tokensIn(bucket, 1) < 100 && passed < 100) passed += 1;
    expect(tokensIn(bucket, 10)).toBeLessThanOrEqual(1001);
    return passed;
  };
  const [documented, guess] = [seconds('documented'), seconds('guess')];
  expect(documented).toBeGreaterThanOrEqual(5);
  expect(guess).toBeGreaterThanOrEqual(2 * documented);
});

test('a bucket never stops for good', () => {
  const bucket = createBucket(limit({ refillPerSecond: 100 }), 1);
  for (let refusal = 0; refusal < 100; refusal += 1) {
    bucket.throttled(undefined);
    vi.advanceTimersByTime(1000);
  }
  expect(tokensIn(bucket, 2)).toBeGreaterThanOrEqual(2);
});
