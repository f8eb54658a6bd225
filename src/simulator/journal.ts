/** Every request the simulator saw: the oracle of tests. */

export type JournalEntry = {
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly iamAction: string;
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly bytesOut: number;
};

export type Journal = {
  /** The newest entries, as many as the limit keeps. */
  readonly entries: readonly JournalEntry[];
  /** Requests that match; counts all, also those whose entries were dropped. */
  count(filter?: { service?: string; operation?: string; accountId?: string; errorCode?: string }): number;
  add(entry: JournalEntry): void;
  clear(): void;
};

/** @param limit entries kept; counters are never dropped */
export function createJournal(limit = 200_000): Journal {
  let entries: JournalEntry[] = [];
  const counts = new Map<string, { entry: JournalEntry; count: number }>();
  return {
    get entries() {
      return entries;
    },
    count({ service, operation, accountId, errorCode } = {}) {
      let sum = 0;
      for (const { entry, count } of counts.values()) {
        if (service !== undefined && entry.service !== service) continue;
        if (operation !== undefined && entry.operation !== operation) continue;
        if (accountId !== undefined && entry.accountId !== accountId) continue;
        if (errorCode !== undefined && entry.errorCode !== errorCode) continue;
        sum += count;
      }
      return sum;
    },
    add(entry) {
      entries.push(entry);
      if (entries.length > 2 * limit) entries = entries.slice(-limit);
      const key = `${entry.accountId} ${entry.service} ${entry.operation} ${entry.errorCode ?? ''}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { entry, count: 1 });
      else known.count += 1;
    },
    clear() {
      entries = [];
      counts.clear();
    },
  };
}
