/** Every request the simulator saw: the oracle of tests. */
import type { FaultKind } from './faults.ts';

export type JournalEntry = {
  /** When the whole request had arrived, milliseconds since 1970. */
  readonly at: number;
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly iamAction: string;
  /** S3: the bucket asked about. */
  readonly bucket?: string | undefined;
  /** Paged operations that answered 2xx: offset of the page's first item, and whether another page follows. */
  readonly page?: { readonly from: number; readonly hasNext: boolean } | undefined;
  readonly status: number;
  /** Code of the error document that was sent. */
  readonly errorCode: string | undefined;
  /** What the script did to this request; the answer may have been spoiled on its way whatever `status` says. */
  readonly fault?: FaultKind | undefined;
  /** Tokens in the request's bucket once it was admitted or refused; `undefined` = nothing limits it. */
  readonly tokensLeft?: number | undefined;
  readonly bytesOut: number;
};

export type JournalFilter = {
  readonly service?: string;
  readonly operation?: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly errorCode?: string;
};

export type Journal = {
  /** The newest entries, as many as the limit keeps. */
  readonly entries: readonly JournalEntry[];
  /** Requests that match; counts all, also those whose entries were dropped. */
  count(filter?: JournalFilter): number;
  add(entry: JournalEntry): void;
  clear(): void;
};

type Counter = Pick<JournalEntry, 'service' | 'operation' | 'errorCode'> & {
  /** By account and region, both as numbers: thousands of accounts make hundreds of thousands of these. */
  readonly byPlace: Map<number, number>;
};

/** More regions than AWS has. */
const maxRegions = 1000;

/** @param limit entries kept; counters are never dropped */
export function createJournal(limit = 200_000): Journal {
  let entries: JournalEntry[] = [];
  const counters = new Map<string, Counter>();
  const accounts = new Map<string, number>();
  const regions = new Map<string, number>();
  return {
    get entries() {
      return entries;
    },
    count({ service, operation, accountId, region, errorCode } = {}) {
      const account = accountId === undefined ? undefined : (accounts.get(accountId) ?? -1);
      const place = region === undefined ? undefined : (regions.get(region) ?? -1);
      let sum = 0;
      for (const counter of counters.values()) {
        if (service !== undefined && counter.service !== service) continue;
        if (operation !== undefined && counter.operation !== operation) continue;
        if (errorCode !== undefined && counter.errorCode !== errorCode) continue;
        for (const [key, count] of counter.byPlace) {
          if (account !== undefined && Math.floor(key / maxRegions) !== account) continue;
          if (place !== undefined && key % maxRegions !== place) continue;
          sum += count;
        }
      }
      return sum;
    },
    add(entry) {
      entries.push(entry);
      if (entries.length > 2 * limit) entries = entries.slice(-limit);
      const { service, operation, errorCode } = entry;
      const key = `${service} ${operation} ${errorCode ?? ''}`;
      let counter = counters.get(key);
      if (counter === undefined) {
        counter = { service, operation, errorCode, byPlace: new Map() };
        counters.set(key, counter);
      }
      const place = numberOf(accounts, entry.accountId) * maxRegions + numberOf(regions, entry.region);
      counter.byPlace.set(place, (counter.byPlace.get(place) ?? 0) + 1);
    },
    clear() {
      entries = [];
      counters.clear();
    },
  };
}

/** The same number for the same word, counted up from 0. */
function numberOf(known: Map<string, number>, word: string): number {
  const number = known.get(word) ?? known.size;
  if (number === known.size) known.set(word, number);
  return number;
}
