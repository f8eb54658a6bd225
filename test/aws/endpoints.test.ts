import { beforeEach, expect, test, vi } from 'vitest';
import { createEndpoints, type Endpoints } from '../../src/aws/endpoints.ts';
import { toCollectError } from '../../src/aws/errors.ts';
import { failureOf } from '../support/sessions.ts';

const times = { patienceMs: 10_000, probeMs: 1000, probeGivenUpMs: 60_000 };
const never = new AbortController().signal;
const name = 'ec2/eu-west-3';
let endpoints: Endpoints;

beforeEach(() => {
  vi.useFakeTimers();
  endpoints = createEndpoints(times);
  return () => vi.useRealTimers();
});

/** Requests that ask for leave, and those that got it. */
function queue(count: number) {
  let admitted = 0;
  const all = Array.from({ length: count }, () =>
    endpoints.admit(name, never).then(() => {
      admitted += 1;
    }),
  );
  return { all, admitted: () => admitted };
}

async function silence(count: number): Promise<void> {
  for (let request = 0; request < count; request += 1) {
    await endpoints.admit(name, never);
    endpoints.silent(name);
  }
}

test('an endpoint that answers is not held up, whatever it says', async () => {
  await endpoints.admit(name, never);
  endpoints.answered(name);
  const { admitted } = queue(500);
  await vi.advanceTimersByTimeAsync(0);
  expect(admitted()).toBe(500);
});

test('one that has never answered gets few requests until it does', async () => {
  const { admitted } = queue(20);
  await vi.advanceTimersByTimeAsync(0);
  expect(admitted()).toBe(8);
  endpoints.released(name);
  await vi.advanceTimersByTimeAsync(0);
  expect(admitted()).toBe(9);
  endpoints.answered(name);
  await vi.advanceTimersByTimeAsync(0);
  expect(admitted()).toBe(20);
});

test('a blip holds calls back and loses none', async () => {
  await silence(5);
  const { all, admitted } = queue(10);
  await vi.advanceTimersByTimeAsync(500);
  expect(admitted()).toBe(0);
  await vi.advanceTimersByTimeAsync(600);
  expect(admitted()).toBe(1);
  endpoints.answered(name);
  await Promise.all(all);
  expect(admitted()).toBe(10);
});

test('one that stays silent is given up: who waits and who comes later ends at once, as a timeout', async () => {
  await silence(5);
  const outcomes = Promise.allSettled(queue(20).all);
  for (let second = 0; second < 12; second += 1) {
    await vi.advanceTimersByTimeAsync(1000);
    endpoints.silent(name);
  }
  const refused = (await outcomes).filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason);
  // One probe a second for the ten seconds of patience.
  expect(refused.length).toBeGreaterThanOrEqual(10);
  expect(new Set(refused.map((error) => toCollectError(error).reason))).toEqual(new Set(['timeout']));
  expect(String(refused[0])).toMatch(/ec2 in eu-west-3 does not answer/);
  expect((await failureOf(endpoints.admit(name, never))).message).toMatch(/does not answer/);
});

test('one that was given up is probed now and then, and welcome back', async () => {
  await silence(5);
  await vi.advanceTimersByTimeAsync(times.patienceMs);
  await endpoints.admit(name, never);
  endpoints.silent(name);
  await failureOf(endpoints.admit(name, never));
  await vi.advanceTimersByTimeAsync(times.probeGivenUpMs);
  await endpoints.admit(name, never);
  endpoints.answered(name);
  const { admitted } = queue(100);
  await vi.advanceTimersByTimeAsync(0);
  expect(admitted()).toBe(100);
});

test('endpoints do not share their fate', async () => {
  await silence(5);
  await vi.advanceTimersByTimeAsync(times.patienceMs);
  await endpoints.admit('ec2/us-east-1', never);
  await endpoints.admit('iam/eu-west-3', never);
});

test('who gives up while waiting leaves the others their turn', async () => {
  await silence(5);
  const gone = new AbortController();
  const first = endpoints.admit(name, gone.signal);
  const second = endpoints.admit(name, never);
  gone.abort(new Error('gave up'));
  expect((await failureOf(first)).message).toBe('gave up');
  await vi.advanceTimersByTimeAsync(times.probeMs);
  await second;
});
