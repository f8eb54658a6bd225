import { beforeEach, expect, test, vi } from 'vitest';
import { eachInWindow } from '../../src/audit-window.ts';

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

/** Items whose work ends when it is told to. */
function window(count: number, options: { records?: (item: number) => number; hasRoom?: () => boolean } = {}) {
  const open = new Map<number, PromiseWithResolvers<void>>();
  const opened: number[] = [];
  const ended = eachInWindow({
    items: Array.from({ length: count }, (_, index) => index),
    recordsOf: options.records ?? (() => 1),
    hasRoom: options.hasRoom ?? (() => false),
    work: (item) => {
      opened.push(item);
      const work = Promise.withResolvers<void>();
      open.set(item, work);
      return work.promise;
    },
  });
  const end = async (item: number): Promise<void> => {
    open.get(item)?.resolve();
    open.delete(item);
    await vi.advanceTimersByTimeAsync(0);
  };
  const fail = async (item: number, error: Error): Promise<void> => {
    open.get(item)?.reject(error);
    open.delete(item);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { ended, open, opened, end, fail };
}

test('eight are open while the slots are busy, and the next follows in order when one ends', async () => {
  const { open, opened, end } = window(100);
  await vi.advanceTimersByTimeAsync(5000);
  expect(open.size).toBe(8);
  await end(3);
  expect(opened).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test('more are opened, a few at a time, while slots lie idle', async () => {
  const { open } = window(100, { hasRoom: () => true });
  expect(open.size).toBe(8);
  await vi.advanceTimersByTimeAsync(100);
  expect(open.size).toBe(12);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(open.size).toBe(64);
});

test('no more than fit in memory, however idle the slots; the least number is open even so', async () => {
  const light = window(100, { hasRoom: () => true, records: () => 5000 });
  const heavy = window(100, { hasRoom: () => true, records: () => 90_000 });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(light.open.size).toBe(20);
  expect(heavy.open.size).toBe(8);
});

test('it ends when all have ended, and at once when there is nothing to do', async () => {
  await window(0).ended;
  const { ended, open, end } = window(10);
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (let item = 0; item < 9; item += 1) await end(item);
  expect(isOver).toBe(false);
  expect([...open.keys()]).toEqual([9]);
  await end(9);
  expect(isOver).toBe(true);
});

test('after a failure nothing is opened any more, and what is open may end', async () => {
  const { ended, opened, end, fail } = window(20);
  const failure = ended.catch((error: unknown) => error);
  await fail(0, new Error('lease lost'));
  await fail(1, new Error('another'));
  expect(opened).toHaveLength(8);
  for (const item of opened.slice(2)) await end(item);
  expect(await failure).toEqual(new Error('lease lost'));
});
