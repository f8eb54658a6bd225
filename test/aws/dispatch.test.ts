import { expect, test } from 'vitest';
import { type Call, createDispatcher, type Dispatcher } from '../../src/aws/dispatch.ts';
import type { Limit } from '../../src/aws/limits.ts';
import { durationOf, failureOf } from '../support/sessions.ts';

const limit = (overrides: Partial<Limit> = {}): Limit => ({
  service: 'ec2',
  actions: ['Describe*'],
  scope: 'account-region',
  perAction: true,
  capacity: 1000,
  refillPerSecond: 1000,
  provenance: 'documented',
  source: 'test',
  asOf: '2026-11-23',
  ...overrides,
});
const call = (overrides: Partial<Call> = {}): Call => ({
  accountId: '222222222222',
  region: 'eu-west-1',
  service: 'ec2',
  operation: 'DescribeVpcs',
  expectedSeconds: 0,
  isContinuation: false,
  ...overrides,
});
const never = new AbortController().signal;
/** One token, and no other for the time of a test. */
const scarce = { capacity: 1, refillPerSecond: 0.001 };
const organizations = limit({
  ...scarce,
  service: 'organizations',
  actions: ['*'],
  scope: 'organization',
  perAction: false,
});

/** Requests that end when they are told to, in the order in which they were let go. */
function requests(dispatcher: Dispatcher) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (name: string, overrides: Partial<Call> = {}, signal = never): Promise<string> =>
    dispatcher.run(call(overrides), signal, () => {
      started.push(name);
      return new Promise((resolve) => ends.set(name, () => resolve(name)));
    });
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { started, ask, end };
}

test('a request leaves at once when there is a token and a slot', () => {
  const { started, ask } = requests(createDispatcher([limit()], 1, 4));
  void ask('first');
  expect(started).toEqual(['first']);
});

test('no more are under way than there are slots, and the next leaves when one ends', async () => {
  const { started, ask, end } = requests(createDispatcher([limit()], 1, 2));
  for (const name of ['a', 'b', 'c', 'd']) void ask(name);
  expect(started).toEqual(['a', 'b']);
  await end('b');
  expect(started).toEqual(['a', 'b', 'c']);
});

test('who waits for a slot takes no token yet', async () => {
  const dispatcher = createDispatcher([limit({ capacity: 2, refillPerSecond: 0.001 })], 1, 1);
  const { started, ask, end } = requests(dispatcher);
  void ask('a');
  const gone = new AbortController();
  const b = ask('b', {}, gone.signal);
  void ask('c');
  gone.abort(new Error('gave up'));
  expect((await failureOf(b)).message).toBe('gave up');
  await end('a');
  // The second token is still there for the third call.
  expect(started).toEqual(['a', 'c']);
});

test('among those that could go: further pages, then the account that takes longest, then first come', async () => {
  const { started, ask, end } = requests(createDispatcher([limit()], 1, 1));
  void ask('running');
  void ask('small', { accountId: '1', expectedSeconds: 1 });
  void ask('whale', { accountId: '2', expectedSeconds: 60 });
  void ask('small too', { accountId: '3', expectedSeconds: 1 });
  void ask('page 2', { accountId: '4', isContinuation: true });
  for (const name of ['running', 'page 2', 'whale', 'small', 'small too']) await end(name);
  expect(started).toEqual(['running', 'page 2', 'whale', 'small', 'small too']);
});

test('a saturated bucket delays nobody else', async () => {
  const dispatcher = createDispatcher([limit({ capacity: 1, refillPerSecond: 0.001 })], 1, 2);
  const { started, ask, end } = requests(dispatcher);
  void ask('a');
  const waiting = Array.from({ length: 50 }, (_, index) => ask(`waits ${index}`));
  void ask('elsewhere', { operation: 'DescribeSubnets' });
  await end('a');
  void ask('later', { region: 'us-east-1' });
  expect(started).toEqual(['a', 'elsewhere', 'later']);
  expect(waiting).toHaveLength(50);
});

test('tokens come at the share of the rate', async () => {
  const dispatcher = createDispatcher([limit({ capacity: 2, refillPerSecond: 20 })], 0.5, 64);
  const all = () => Promise.all(Array.from({ length: 6 }, () => dispatcher.run(call(), never, async () => {})));
  // One at once, five at ten a second.
  expect(await durationOf(all)).toBeGreaterThan(400);
});

test('a refused call slows its bucket down and no other', async () => {
  const dispatcher = createDispatcher([limit()], 1, 64);
  const startedAt = performance.now();
  dispatcher.throttled(call(), 300);
  const other = dispatcher.run(call({ operation: 'DescribeSubnets' }), never, async () => 'at once');
  expect(await other).toBe('at once');
  await dispatcher.run(call(), never, async () => {});
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(290);
});

test('requests in flight are capped where AWS refuses parallel ones, and hold no slot while they wait', async () => {
  const { started, ask, end } = requests(createDispatcher([limit({ concurrency: 2 })], 1, 3));
  for (const name of ['a', 'b', 'c', 'd']) void ask(name);
  void ask('elsewhere', { region: 'us-east-1' });
  expect(started).toEqual(['a', 'b', 'elsewhere']);
  await end('a');
  expect(started).toEqual(['a', 'b', 'elsewhere', 'c']);
});

test('large pages wait for each other, small ones pass them', async () => {
  const dispatcher = createDispatcher([limit()], 1, 64);
  const { started, ask, end } = requests(dispatcher);
  const large = { operation: 'DescribeInstances' };
  dispatcher.received(call(large), 3_000_000);
  for (const region of ['a', 'b', 'c']) void ask(region, { ...large, region });
  void ask('small');
  expect(started).toEqual(['a', 'b', 'small']);
  await end('a');
  expect(started).toEqual(['a', 'b', 'small', 'c']);
});

test('a page larger than all that may be in flight still goes, alone', async () => {
  const dispatcher = createDispatcher([limit()], 1, 64);
  const { started, ask, end } = requests(dispatcher);
  dispatcher.received(call(), 50_000_000);
  void ask('a');
  void ask('b', { accountId: '1' });
  expect(started).toEqual(['a']);
  await end('a');
  expect(started).toEqual(['a', 'b']);
});

test('who gives up while waiting is gone at once and costs the others nothing', async () => {
  const dispatcher = createDispatcher([limit({ capacity: 1, refillPerSecond: 0.5 })], 1, 64);
  await dispatcher.run(call(), never, async () => {});
  const gone = new AbortController();
  const waits = dispatcher.run(call(), gone.signal, async () => {});
  gone.abort(new Error('gave up'));
  expect((await failureOf(waits)).message).toBe('gave up');
  const ended = AbortSignal.abort(new Error('ended'));
  expect((await failureOf(dispatcher.run(call(), ended, async () => {}))).message).toBe('ended');
});

test('buckets are as AWS counts: by account, region and operation, or one for the organization', async () => {
  const iam = limit({ ...scarce, service: 'iam', actions: ['*'], scope: 'account', perAction: false });
  const { started, ask } = requests(createDispatcher([limit(scarce), organizations, iam], 1, 64));
  void ask('one');
  void ask('same bucket');
  void ask('other account', { accountId: '333333333333' });
  void ask('other region', { region: 'us-east-1' });
  void ask('other operation', { operation: 'DescribeSubnets' });
  void ask('iam', { service: 'iam', operation: 'ListRoles' });
  void ask('iam elsewhere', { service: 'iam', operation: 'ListUsers', region: 'us-east-1' });
  void ask('organizations', { service: 'organizations', operation: 'ListRoots' });
  void ask('organizations for another', { service: 'organizations', operation: 'ListRoots', accountId: '3' });
  expect(started).toEqual(['one', 'other account', 'other region', 'other operation', 'iam', 'organizations']);
});

test('the buckets of an account go with it; those that all share stay', async () => {
  const dispatcher = createDispatcher([limit(scarce), organizations], 1, 64);
  const { started, ask, end } = requests(dispatcher);
  void ask('own');
  void ask('shared', { service: 'organizations' });
  await end('own');
  await end('shared');
  dispatcher.forget('222222222222');
  void ask('own again');
  void ask('shared again', { service: 'organizations' });
  expect(started).toEqual(['own', 'shared', 'own again']);
});

test('what an account took is known: by its tokens where they are scarce, by its chain of answers otherwise', async () => {
  const dispatcher = createDispatcher([limit({ capacity: 10, refillPerSecond: 100 })], 1, 64);
  await Promise.all(Array.from({ length: 40 }, () => dispatcher.run(call(), never, async () => {})));
  expect(dispatcher.drainSeconds('222222222222')).toBeCloseTo(0.3, 1);
  const slow = call({ operation: 'DescribeSubnets' });
  const answer = () => new Promise<void>((resolve) => setTimeout(resolve, 200));
  for (let page = 0; page < 3; page += 1) await dispatcher.run(slow, never, answer);
  expect(dispatcher.drainSeconds('222222222222')).toBeGreaterThan(0.55);
  expect(dispatcher.drainSeconds('unknown')).toBe(0);
});

test('there is room while slots lie idle, and none while calls wait for one', async () => {
  const dispatcher = createDispatcher([limit()], 1, 4);
  const { ask, end } = requests(dispatcher);
  expect(dispatcher.hasRoom()).toBe(true);
  for (const name of ['a', 'b', 'c', 'd', 'e']) void ask(name);
  expect(dispatcher.hasRoom()).toBe(false);
  for (const name of ['a', 'b', 'c', 'd']) await end(name);
  expect(dispatcher.hasRoom()).toBe(true);
});
