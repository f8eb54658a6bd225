import { expect, test } from 'vitest';
import { guardPages, requireMember } from '../../src/aws/answer.ts';
import { CollectError } from '../../src/errors.ts';

async function walk(...tokens: (string | undefined)[]): Promise<number> {
  let pages = 0;
  async function* chain() {
    for (const token of tokens) yield { token };
  }
  for await (const _ of guardPages(chain(), ({ token }) => token)) pages += 1;
  return pages;
}

test('an empty list is a list, no list is an error', () => {
  expect(requireMember({ Vpcs: [] as string[] | undefined }, 'Vpcs')).toEqual([]);
  expect(() => requireMember({ Vpcs: undefined as string[] | undefined }, 'Vpcs')).toThrow(CollectError);
});

test('pages pass, and only a token that stands still ends them', async () => {
  expect(await walk('a', 'b', undefined)).toBe(3);
  expect(await walk('', '')).toBe(2);
  expect(await walk(undefined, undefined)).toBe(2);
  await expect(walk('a', 'a')).rejects.toThrow(CollectError);
});
