import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesWildcards } from '../../src/iam/wildcards.ts';

test.each([
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['?', '', false],
  ['a*', 'a', true],
  ['a?', 'a', false],
  ['*b', 'aab', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-b-c-d', false],
  ['a.c', 'abc', false],
  ['$+(', '$+(', true],
  ['A', 'a', false],
  ['arn:aws:s3:::*', 'arn:aws:s3:::bucket/key', true],
  ['*', 'line\nbreak', true],
])('%j on %j is %s', (pattern, text, expected) => {
  expect(matchesWildcards(pattern, text)).toBe(expected);
});

test('agrees with a regular expression', () => {
  const piece = fc.constantFrom('a', 'b', '*', '?');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.stringMatching(/^[ab]{0,10}$/), (pieces, text) => {
      const expression = new RegExp(`^${pieces.join('').replaceAll('*', '.*').replaceAll('?', '.')}$`);
      expect(matchesWildcards(pieces.join(''), text)).toBe(expression.test(text));
    }),
  );
});

test('thousands of stars take no time', () => {
  expect(matchesWildcards(`${'*a'.repeat(3000)}b`, 'a'.repeat(3000))).toBe(false);
  expect(matchesWildcards(`${'*?'.repeat(3000)}`, 'a'.repeat(2999))).toBe(false);
});
