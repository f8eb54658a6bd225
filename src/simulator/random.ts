/** Chance that repeats itself: the same words give the same number, in any order of asking. */
import { createHash } from 'node:crypto';

/** A number in [0, 1) that depends on nothing but the words. */
export function chance(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(words.join(' ')).digest().readUInt32BE(0) / 2 ** 32;
}

/** Hexadecimal digits, e.g. for ids. */
export function hex(length: number, ...words: readonly (string | number)[]): string {
  return createHash('sha256').update(words.join(' ')).digest('hex').slice(0, length);
}
