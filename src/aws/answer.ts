/** Guards around lists: answers that are none, the same page for ever, a chain of pages that breaks. */
import { CollectError } from '../errors.ts';
import { isLostPage } from './errors.ts';

/**
 * The list of an answer. An error page under status 200 decodes to an answer without the member: not an empty list.
 * @throws CollectError `unexpected`
 */
export function requireMember<T extends object, K extends keyof T>(output: T, member: K): NonNullable<T[K]> {
  const value = output[member];
  if (value === undefined || value === null) {
    throw new CollectError(`the answer has no ${String(member)}: not what AWS sends, so nothing is concluded from it`, {
      reason: 'unexpected',
    });
  }
  return value;
}

/**
 * Passes pages through and ends a chain that runs in circles.
 * @throws CollectError `unexpected` when a page brings the token of an earlier one
 */
export async function* guardPages<P>(
  pages: AsyncIterable<P>,
  token: (page: P) => string | undefined,
): AsyncIterable<P> {
  const seen = new Set<string>();
  for await (const page of pages) {
    const next = token(page);
    if (next !== undefined && next !== '') {
      if (seen.has(next)) {
        throw new CollectError('the list is incomplete: AWS sent the same page token twice', { reason: 'unexpected' });
      }
      seen.add(next);
    }
    yield page;
  }
}

/**
 * Pages of a list that the SDK has no paginator for, one after the other.
 * @param ask a page by its token; the first by none
 * @throws CollectError `unexpected` when a page brings the token of an earlier one
 */
export function walkPages<P>(
  ask: (token: string | undefined) => Promise<P>,
  next: (page: P) => string | undefined,
): AsyncIterable<P> {
  async function* walk(): AsyncIterable<P> {
    let token: string | undefined;
    do {
      const page = await ask(token);
      yield page;
      token = next(page);
    } while (token !== undefined);
  }
  return guardPages(walk(), next);
}

/**
 * Walks a list, and once more from its start when AWS no longer knows the page token it gave. What was read before
 * must not be kept: the walk makes its result anew.
 */
export async function restartingOnce<T>(walk: () => Promise<T>): Promise<T> {
  try {
    return await walk();
  } catch (error) {
    if (!isLostPage(error)) throw error;
    return walk();
  }
}
