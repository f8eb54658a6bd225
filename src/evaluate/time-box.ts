/** Ends code that does not come back by itself. Checks of a plug-in run on the only thread there is. */
import { Script } from 'node:vm';

const box = new Script('costwardenTimeBox()');

/**
 * Runs synchronous code for at most this long.
 * @returns its result, or `undefined` when it was ended
 */
export function timeBox<T>(ms: number, work: () => T): { readonly result: T } | undefined {
  const globals = globalThis as { costwardenTimeBox?: (() => T) | undefined };
  globals.costwardenTimeBox = work;
  try {
    return { result: box.runInThisContext({ timeout: ms }) as T };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    globals.costwardenTimeBox = undefined;
  }
}
