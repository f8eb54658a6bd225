/**
 * How many accounts are open at once. At least a few, so that their rate limits run side by side; more while slots lie
 * idle, because limits are per account; never more than fit in memory.
 */

/** Open whatever the load: fewer would leave the processor waiting for answers. */
const leastOpen = 8;
/** Each holds clients and buckets besides its records, about half a megabyte. */
const mostOpen = 64;
/** Records that open accounts may hold together, about half a kilobyte each. */
const mostRecords = 100_000;
const lookEveryMs = 100;
/** Opened in one look; their first calls must show whether there is room for more. */
const openedPerLook = 4;

export type Window<T> = {
  /** In the order in which they are to be opened. */
  readonly items: readonly T[];
  /** Records that an item is expected to hold while it is open. */
  readonly recordsOf: (item: T) => number;
  /** Whether there are idle slots. */
  readonly hasRoom: () => boolean;
  readonly work: (item: T) => Promise<void>;
};

/** Ends when all are done. @throws the first error, after those that were open have ended; no more are opened then */
export function eachInWindow<T>({ items, recordsOf, hasRoom, work }: Window<T>): Promise<void> {
  let next = 0;
  let open = 0;
  let records = 0;
  let failure: { error: unknown } | undefined;
  return new Promise((resolve, reject) => {
    const openMore = (most: number): void => {
      for (let opened = 0; opened < most; opened += 1) {
        const item = items[next];
        if (item === undefined || failure !== undefined) return;
        const size = recordsOf(item);
        const fits = open < mostOpen && records + size <= mostRecords;
        if (open >= leastOpen && !(fits && hasRoom())) return;
        next += 1;
        open += 1;
        records += size;
        void work(item)
          .catch((error: unknown) => {
            failure ??= { error };
          })
          .then(() => {
            open -= 1;
            records -= size;
            openMore(1);
            if (open === 0) end();
          });
      }
    };
    const look = setInterval(() => openMore(openedPerLook), lookEveryMs);
    const end = (): void => {
      clearInterval(look);
      if (failure === undefined) resolve();
      else reject(failure.error);
    };
    openMore(leastOpen);
    if (open === 0) end();
  });
}
