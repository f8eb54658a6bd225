/** SIGTERM and SIGINT end a run in good order: no account is begun, what is known is saved. A second one kills. */
import type { Logger } from '../log.ts';

export type Stop = { readonly signal: AbortSignal; dispose(): void };

/** Fargate kills 30 s after SIGTERM by default; we are out before that even when something hangs. */
const graceMs = 20_000;

export function stopOnSignals(log: Logger): Stop {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(1);
    log.warn({ signal: name }, 'stopping: the accounts in hand may end, then what is known is saved');
    controller.abort(new Error(`stopped by ${name}`));
    timer = setTimeout(() => process.exit(1), graceMs);
    timer.unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return {
    signal: controller.signal,
    dispose() {
      clearTimeout(timer);
      process.off('SIGTERM', stop);
      process.off('SIGINT', stop);
    },
  };
}
