/** Chance that repeats itself: the same words give the same sequence on every machine. */
import { hash } from 'node:crypto';

export type Chance = {
  between(low: number, high: number): number;
  /** Both ends included. */
  whole(low: number, high: number): number;
  /** Evenly over orders of magnitude. */
  logBetween(low: number, high: number): number;
  normal(): number;
  /** Student's t of so many degrees of freedom, scaled to variance 1. */
  heavyTailed(degrees: number): number;
  is(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(from: readonly T[]): T[];
  weighted<T>(pairs: readonly (readonly [T, number])[]): T;
};

/** Xoshiro128** (Blackman, Vigna 2018), seeded by SHA-256 of the words. */
export function chanceOf(...words: readonly (string | number)[]): Chance {
  const digest = hash('sha256', words.join('\u0000'), 'buffer');
  const state = Uint32Array.from({ length: 4 }, (_, index) => digest.readUInt32LE(4 * index));
  const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
  const next = (): number => {
    const [first, second, third, fourth] = state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(second, 5), 7), 9) >>> 0;
    state[2] = third ^ first;
    state[3] = rotate(fourth ^ second, 11);
    state[1] = second ^ third ^ first;
    state[0] = first ^ fourth ^ second;
    state[2] ^= second << 9;
    return result / 2 ** 32;
  };
  const chance: Chance = {
    between: (low, high) => low + (high - low) * next(),
    whole: (low, high) => low + Math.floor(next() * (high - low + 1)),
    logBetween: (low, high) => low * (high / low) ** next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    heavyTailed(degrees) {
      let squares = 0;
      for (let index = 0; index < degrees; index += 1) squares += chance.normal() ** 2;
      return chance.normal() / Math.sqrt(squares / (degrees - 2));
    },
    is: (probability) => next() < probability,
    pick<T>(from: readonly T[]) {
      if (from.length === 0) throw new RangeError('nothing to pick from');
      return from[Math.floor(next() * from.length)] as T;
    },
    shuffled(from) {
      const keyed = from.map((value) => ({ value, key: next() }));
      return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
    },
    weighted(pairs) {
      const total = pairs.reduce((sum, [, weight]) => sum + weight, 0);
      let left = next() * total;
      for (const [value, weight] of pairs) {
        left -= weight;
        if (left <= 0) return value;
      }
      throw new RangeError('nothing to choose from');
    },
  };
  return chance;
}
