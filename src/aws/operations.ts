/** The operations under way: what a run waits for, and when it last got anywhere. */

export type RunningOperation = {
  readonly service: string;
  readonly operation: string;
  readonly accountId: string;
  readonly region: string;
  /** Milliseconds since it was asked for. */
  readonly ageMs: number;
  readonly phase: Phase;
};

/** `waiting` = for its rate limit, a slot or its endpoint; `sent` = for the answer. */
type Phase = 'waiting' | 'sent';

type Asked = {
  readonly service: string;
  readonly operation: string;
  readonly accountId: string;
  readonly region: string;
};

export type Operations = {
  /** To be ended with `done`. */
  begin(asked: Asked): { sent(): void; waiting(): void; done(): void };
  /** Longest first. */
  list(): RunningOperation[];
  /** Milliseconds since an operation ended, whichever way; while none is under way, nothing is waited for. */
  idleMs(): number;
};

export function createOperations(): Operations {
  const running = new Set<Asked & { readonly since: number; phase: Phase }>();
  let endedAt = Date.now();
  return {
    begin({ service, operation, accountId, region }) {
      if (running.size === 0) endedAt = Date.now();
      const entry = { service, operation, accountId, region, since: Date.now(), phase: 'waiting' as Phase };
      running.add(entry);
      return {
        sent: () => {
          entry.phase = 'sent';
        },
        waiting: () => {
          entry.phase = 'waiting';
        },
        done: () => {
          endedAt = Date.now();
          running.delete(entry);
        },
      };
    },
    list: () =>
      [...running]
        .map(({ since, ...rest }) => ({ ...rest, ageMs: Date.now() - since }))
        .sort((a, b) => b.ageMs - a.ageMs),
    idleMs: () => (running.size === 0 ? 0 : Date.now() - endedAt),
  };
}

/**
 * Calls back once when operations are under way and none has ended for a time.
 * @returns stops watching
 */
export function watchOperations(
  operations: Operations,
  stalledMs: number,
  onStall: (running: readonly RunningOperation[]) => void,
): () => void {
  const timer = setInterval(() => {
    if (operations.idleMs() < stalledMs) return;
    clearInterval(timer);
    onStall(operations.list());
  }, stalledMs / 10);
  timer.unref();
  return () => clearInterval(timer);
}
