/** Ends code that does not come back by itself. Checks of a plug-in run on the only thread there is. */
import { Script } from 'node:vm';

const box = new Script('costwardenTimeBox()');

/** Runs synchronous code for at most this long; then it is ended, wherever it is. */
export function timeBox(ms: number, work: () => void): void {
  const globals = globalThis as { costwardenTimeBox?: (() => void) | undefined };
  globals.costwardenTimeBox = work;
  try {
    box.runInThisContext({ timeout: ms });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')) throw error;
  } finally {
    globals.costwardenTimeBox = undefined;
  }
}
