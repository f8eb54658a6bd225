/**
 * The token buckets of AWS: who asks faster than a bucket fills is refused. Counted here anew from the same table as
 * the product's own limiter, so that a mistake there does not hide itself.
 */
import { readFileSync } from 'node:fs';
import { matchesGlob } from '../model/glob.ts';
import { chance } from './random.ts';
import type { ServiceName } from './world.ts';

/** A row of `config/limits.json`. */
export type LimitRow = {
  /** Service id of the SDK in lower case, e.g. `cost explorer`; `*` = any. */
  readonly service: string;
  /** Operation names, globs allowed. The first row that matches counts. */
  readonly actions: readonly string[];
  readonly scope: 'account-region' | 'account' | 'organization';
  /** Every operation has a bucket of its own. */
  readonly perAction?: boolean;
  readonly capacity: number;
  readonly refillPerSecond: number;
  /** Requests in flight at once; more are refused and take no token. */
  readonly concurrency?: number;
};

export type Limits = {
  /** Default: `config/limits.json`. A call that no row matches is not limited. */
  readonly rows?: readonly LimitRow[];
  /**
   * Another user of every bucket, who takes `share` of the refill on average, in bursts that are always served: what
   * a bucket does not hold it owes. The same seed makes the same bursts, counted from the first request to the bucket.
   */
  readonly neighbour?: { readonly share: number; readonly seed: number };
};

export type LimitedCall = {
  readonly accountId: string;
  readonly region: string;
  readonly service: ServiceName;
  readonly operation: string;
};

export type Admission = {
  readonly isRefused: boolean;
  /** Below 0 while the bucket owes a neighbour's burst; `undefined` = no row matches. */
  readonly tokensLeft: number | undefined;
  /** To be called when the answer is out, where requests in flight count. */
  readonly leave: (() => void) | undefined;
};

export type Buckets = { admit(call: LimitedCall): Admission };

type Bucket = {
  tokens: number;
  filledAt: number;
  inFlight: number;
  readonly neighbour: Neighbour | undefined;
};

/** Moments and sizes of somebody else's bursts. */
type Neighbour = { nextAt: number; size: number; readonly draw: (after: number) => void };

const unlimited: Admission = { isRefused: false, tokensLeft: undefined, leave: undefined };

/** @param now a clock that never goes back, in milliseconds */
export function createBuckets({ rows = shippedRows(), neighbour }: Limits, now = () => performance.now()): Buckets {
  const rowOf = new Map<string, LimitRow | undefined>();
  const buckets = new Map<string, Bucket>();

  const limitOf = (service: string, operation: string): LimitRow | undefined => {
    const key = `${service}/${operation}`;
    const known = rowOf.get(key);
    if (known !== undefined || rowOf.has(key)) return known;
    const row = rows.find(
      (candidate) =>
        matchesGlob(candidate.service, service) && candidate.actions.some((action) => matchesGlob(action, operation)),
    );
    rowOf.set(key, row);
    return row;
  };
  const bucketOf = (key: string, row: LimitRow, at: number): Bucket => {
    const known = buckets.get(key);
    if (known !== undefined) return known;
    const fresh = {
      tokens: row.capacity,
      filledAt: at,
      inFlight: 0,
      neighbour: neighbour === undefined ? undefined : createNeighbour(neighbour, key, row, at),
    };
    buckets.set(key, fresh);
    return fresh;
  };

  return {
    admit(call) {
      const service = call.service.replaceAll('-', ' ');
      const row = limitOf(service, call.operation);
      if (row === undefined) return unlimited;
      const at = now();
      const bucket = bucketOf(keyOf(row, service, call), row, at);
      fill(bucket, row, at);
      const isCrowded = row.concurrency !== undefined && bucket.inFlight >= row.concurrency;
      if (isCrowded || bucket.tokens < 1) return { isRefused: true, tokensLeft: bucket.tokens, leave: undefined };
      bucket.tokens -= 1;
      if (row.concurrency === undefined) return { isRefused: false, tokensLeft: bucket.tokens, leave: undefined };
      bucket.inFlight += 1;
      return {
        isRefused: false,
        tokensLeft: bucket.tokens,
        leave: () => {
          bucket.inFlight -= 1;
        },
      };
    },
  };
}

function shippedRows(): LimitRow[] {
  return JSON.parse(readFileSync(new URL('../../config/limits.json', import.meta.url), 'utf8')) as LimitRow[];
}

function keyOf(row: LimitRow, service: string, { accountId, region, operation }: LimitedCall): string {
  const name = `${row.service === '*' ? service : row.service}/${row.perAction ? operation : row.actions[0]}`;
  switch (row.scope) {
    case 'organization':
      return name;
    case 'account':
      return `${name}/${accountId}`;
    case 'account-region':
      return `${name}/${accountId}/${region}`;
  }
}

/** Fills the bucket up to a moment, with what the neighbour took on the way. */
function fill(bucket: Bucket, row: LimitRow, at: number): void {
  const { neighbour } = bucket;
  while (neighbour !== undefined && neighbour.nextAt <= at) {
    drip(bucket, row, neighbour.nextAt);
    bucket.tokens -= neighbour.size;
    neighbour.draw(neighbour.nextAt);
  }
  drip(bucket, row, at);
}

function drip(bucket: Bucket, { capacity, refillPerSecond }: LimitRow, at: number): void {
  bucket.tokens = Math.min(capacity, bucket.tokens + ((at - bucket.filledAt) / 1000) * refillPerSecond);
  bucket.filledAt = at;
}

/** Bursts of about a tenth of the bucket; between them random times, in the mean as long as the share needs. */
function createNeighbour(
  { share, seed }: { share: number; seed: number },
  key: string,
  { capacity, refillPerSecond }: LimitRow,
  at: number,
): Neighbour {
  const meanSize = Math.max(1, capacity / 10);
  const meanWaitMs = (1000 * meanSize) / (share * refillPerSecond);
  let bursts = 0;
  const neighbour: Neighbour = {
    nextAt: at,
    size: 0,
    draw(after) {
      bursts += 1;
      neighbour.size = meanSize * 2 * chance('size', seed, key, bursts);
      neighbour.nextAt = after - meanWaitMs * Math.log(1 - chance('wait', seed, key, bursts));
    },
  };
  neighbour.draw(at);
  return neighbour;
}
