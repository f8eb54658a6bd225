/** Chance that repeats itself: the same words give the same number, in any order of asking. */
import { hash } from 'node:crypto';

/** A number in [0, 1) that depends on nothing but the words. */
export function chance(...words: readonly (string | number)[]): number {
  return Number.parseInt(hex(8, ...words), 16) / 2 ** 32;
}

/** Hexadecimal digits, e.g. for ids. */
export function hex(length: number, ...words: readonly (string | number)[]): string {
  return hash('sha256', words.join(' ')).slice(0, length);
}
