import { expect, test } from 'vitest';
import type { Limit } from '../../src/aws/limits.ts';
import { createRateLimits } from '../../src/aws/rate.ts';
import { durationOf, failureOf } from '../support/sessions.ts';

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
const call = { accountId: '222222222222', region: 'eu-west-1', service: 'ec2', operation: 'DescribeVpcs' };
const never = new AbortController().signal;
type Gate = ReturnType<ReturnType<typeof createRateLimits>['gate']>;

/** Tokens to be had at once. */
async function tokensNow(gate: Gate): Promise<number> {
  let taken = 0;
  for (;;) {
    const controller = new AbortController();
    const turn = gate.take(controller.signal);
    // A token that is there is given without a timer.
    const isTaken = await Promise.race([
      turn.then(() => true),
      new Promise<boolean>((resolve) => setImmediate(() => setImmediate(() => resolve(false)))),
    ]);
    if (!isTaken) {
      controller.abort();
      await turn.catch(() => {});
      return taken;
    }
    taken += 1;
  }
}

test.each([
  [1, 100],
  [0.5, 50],
  [0.001, 1],
])('a share of %f of a bucket of 100 is a burst of %i', async (share, burst) => {
  const taken = await tokensNow(createRateLimits([limit({ refillPerSecond: 0.1 })], share).gate(call));
  expect(taken).toBe(burst);
});

test('tokens come back at the share of the rate', async () => {
  const gate = createRateLimits([limit({ capacity: 2, refillPerSecond: 20 })], 0.5).gate(call);
  await tokensNow(gate);
  // Five at ten a second.
  expect(await durationOf(() => Promise.all(Array.from({ length: 5 }, () => gate.take(never))))).toBeGreaterThan(400);
});

test('first come, first served, whoever is in a hurry', async () => {
  const gate = createRateLimits([limit({ capacity: 1, refillPerSecond: 100 })], 1).gate(call);
  const order: number[] = [];
  await Promise.all(Array.from({ length: 8 }, (_, index) => gate.take(never).then(() => order.push(index))));
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('who gives up in the queue is gone at once and costs the others nothing', async () => {
  const gate = createRateLimits([limit({ capacity: 1, refillPerSecond: 0.5 })], 1).gate(call);
  await gate.take(never);
  const ahead = new AbortController();
  const behind = new AbortController();
  const first = gate.take(ahead.signal);
  const second = gate.take(behind.signal);
  behind.abort(new Error('gave up'));
  expect((await failureOf(second)).message).toBe('gave up');
  ahead.abort(new Error('gave up too'));
  expect((await failureOf(first)).message).toBe('gave up too');
  expect((await failureOf(gate.take(AbortSignal.abort(new Error('ended'))))).message).toBe('ended');
});

test('a refusal empties the bucket and lowers its rate, once for requests under way together', async () => {
  const gate = createRateLimits([limit({ capacity: 100, refillPerSecond: 100 })], 1).gate(call);
  for (let refusal = 0; refusal < 20; refusal += 1) gate.throttled(0);
  expect(await tokensNow(gate)).toBeLessThan(5);
  const ms = await durationOf(() => Promise.all(Array.from({ length: 40 }, () => gate.take(never))));
  // Forty at seventy a second; twenty refusals counted one by one would have made it two a second: more than four.
  expect(ms).toBeGreaterThan(400);
  expect(ms).toBeLessThan(3000);
});

test('nobody gets a token before the time that AWS named', async () => {
  const gate = createRateLimits([limit({ refillPerSecond: 100 })], 1).gate(call);
  gate.throttled(300);
  expect(await durationOf(() => gate.take(never))).toBeGreaterThanOrEqual(290);
});

test('requests in flight are capped where AWS refuses parallel ones', async () => {
  const gate = createRateLimits([limit({ concurrency: 2 })], 1).gate(call);
  let inFlight = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 6 }, () =>
      gate.run(async () => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inFlight -= 1;
      }),
    ),
  );
  expect(most).toBe(2);
});

test('buckets are as AWS counts: by account, region and operation, or one for the organization', () => {
  const organizations = limit({ service: 'organizations', actions: ['*'], scope: 'organization', perAction: false });
  const iam = limit({ service: 'iam', actions: ['*'], scope: 'account', perAction: false });
  const rates = createRateLimits([limit(), organizations, iam], 1);
  const other = { ...call, accountId: '333333333333' };
  expect(rates.gate(call)).toBe(rates.gate({ ...call }));
  expect(rates.gate(call)).not.toBe(rates.gate(other));
  expect(rates.gate(call)).not.toBe(rates.gate({ ...call, region: 'us-east-1' }));
  expect(rates.gate(call)).not.toBe(rates.gate({ ...call, operation: 'DescribeSubnets' }));
  const ofIam = { ...call, service: 'iam', operation: 'GetAccountAuthorizationDetails' };
  expect(rates.gate(ofIam)).toBe(rates.gate({ ...ofIam, region: 'us-east-1', operation: 'ListRoles' }));
  const ofOrganizations = { ...call, service: 'organizations', operation: 'ListRoots' };
  expect(rates.gate(ofOrganizations)).toBe(rates.gate({ ...ofOrganizations, accountId: '333333333333' }));
});

test('the buckets of an account go with it; the others and those that all share stay', () => {
  const organizations = limit({ service: 'organizations', actions: ['*'], scope: 'organization', perAction: false });
  const rates = createRateLimits([limit(), organizations], 1);
  const shared = rates.gate({ ...call, service: 'organizations' });
  const other = rates.gate({ ...call, accountId: '333333333333' });
  const own = rates.gate(call);
  rates.forget(call.accountId);
  expect(rates.gate(call)).not.toBe(own);
  expect(rates.gate({ ...call, accountId: '333333333333' })).toBe(other);
  expect(rates.gate({ ...call, service: 'organizations' })).toBe(shared);
});
