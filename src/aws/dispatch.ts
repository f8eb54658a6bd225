/**
 * Which call goes next. Calls wait in the lane of their AWS bucket as descriptors; one leaves when its bucket has a
 * token and a slot is free, in that moment and not before, so that a waiting call holds neither a socket nor a token
 * that could pile up. Among lanes that could go, lists that are under way come first (a page chain cannot catch up),
 * then the account that is expected to take longest.
 */
import TinyQueue from 'tinyqueue';
import { type Bucket, createBucket } from './bucket.ts';
import { bucketKey, type Limit, limitOf } from './limits.ts';

export type Call = {
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  /** Seconds that the account is expected to take; longer ones go first. */
  readonly expectedSeconds: number;
  /** Asks for a further page. */
  readonly isContinuation: boolean;
};

export type Dispatcher = {
  /** Waits for a token and a slot, then makes the request. @throws the signal's reason when aborted while waiting */
  run<T>(call: Call, signal: AbortSignal, request: () => Promise<T>): Promise<T>;
  /** AWS refused the call for its rate. */
  throttled(call: Call, retryAfterMs: number | undefined): void;
  /** Size of an answer, by which the next page of the list is weighed. */
  received(call: Call, bytes: number): void;
  /** Drops the buckets of an account that is done; those that all accounts share stay. */
  forget(accountId: string): void;
  /** Seconds that the account's busiest bucket or longest chain took, without waits for a slot. */
  drainSeconds(accountId: string): number;
  /** Whether slots lie idle: nothing could go that does not go. */
  hasRoom(): boolean;
};

type Waiting = { readonly call: Call; readonly start: () => void; isGone: boolean };

type Lane = {
  readonly bucket: Bucket;
  /** Requests in flight at once, where AWS refuses parallel ones. */
  readonly parallel: number;
  readonly waiting: Waiting[];
  /** In the queue of lanes that could go. */
  isReady: boolean;
  timer: NodeJS.Timeout | undefined;
  inFlight: number;
  /** For the estimate of the next run. */
  sent: number;
  busyMs: number;
  mostInFlight: number;
  /** Bytes of its last answer. */
  pageBytes: number | undefined;
};

type Ready = { readonly lane: Lane; readonly isContinuation: boolean; readonly seconds: number; readonly turn: number };

/** Bytes of answers expected in flight at once. A large page costs six to seven times its bytes while it is decoded. */
const maxBytesInFlight = 8_000_000;

/**
 * @param share part of refill and burst that a run may use, 0..1
 * @param concurrency requests in flight at once. One thread decodes all answers: 40 to 110 keep it busy, more only
 *   hold memory.
 */
export function createDispatcher(limits: readonly Limit[], share: number, concurrency: number): Dispatcher {
  const lanes = new Map<string, Map<string, Lane>>();
  const limitOfCall = new Map<string, Limit>();
  const bytesOfOperation = new Map<string, number>();
  const ready = new TinyQueue<Ready>([], before);
  /** Could go but for the size of their pages. */
  let parked: Lane[] = [];
  let inFlight = 0;
  let bytesInFlight = 0;
  let turns = 0;

  const operationOf = (call: Call): string => `${call.service}/${call.operation}`;
  const limitFor = (call: Call): Limit => {
    const operation = operationOf(call);
    const limit = limitOfCall.get(operation) ?? limitOf(limits, call.service, call.operation);
    limitOfCall.set(operation, limit);
    return limit;
  };
  const laneOf = (call: Call): Lane => {
    const limit = limitFor(call);
    const owner = limit.scope === 'organization' ? '' : call.accountId;
    const own = lanes.get(owner) ?? new Map<string, Lane>();
    lanes.set(owner, own);
    const key = bucketKey(limit, call);
    const known = own.get(key);
    if (known !== undefined) return known;
    const lane: Lane = {
      bucket: createBucket(limit, share),
      parallel: limit.concurrency ?? Number.POSITIVE_INFINITY,
      waiting: [],
      isReady: false,
      timer: undefined,
      inFlight: 0,
      sent: 0,
      busyMs: 0,
      mostInFlight: 0,
      pageBytes: undefined,
    };
    own.set(key, lane);
    return lane;
  };

  /** Puts a lane where it belongs now: among those that could go, or to sleep until its next token. */
  const settle = (lane: Lane): void => {
    while (lane.waiting[0]?.isGone === true) lane.waiting.shift();
    const [next] = lane.waiting;
    if (next === undefined || lane.isReady || lane.timer !== undefined || lane.inFlight >= lane.parallel) return;
    const wait = lane.bucket.waitMs();
    if (wait > 0) {
      lane.timer = setTimeout(() => {
        lane.timer = undefined;
        settle(lane);
        letGo();
      }, wait);
      return;
    }
    lane.isReady = true;
    const { isContinuation, expectedSeconds: seconds } = next.call;
    turns += 1;
    ready.push({ lane, isContinuation, seconds, turn: turns });
  };

  const letGo = (): void => {
    while (inFlight < concurrency) {
      const lane = ready.pop()?.lane;
      if (lane === undefined) break;
      lane.isReady = false;
      const [next] = lane.waiting;
      if (next === undefined || next.isGone || lane.bucket.waitMs() > 0) {
        settle(lane);
        continue;
      }
      const weight = lane.pageBytes ?? bytesOfOperation.get(operationOf(next.call)) ?? 0;
      if (bytesInFlight > 0 && bytesInFlight + weight > maxBytesInFlight) {
        lane.isReady = true;
        parked.push(lane);
        continue;
      }
      lane.bucket.take();
      lane.waiting.shift();
      next.start();
      settle(lane);
    }
  };
  const hasRoom = (): boolean => inFlight < concurrency / 2 && ready.length === 0;

  /** The slot of one request, from its start to its end. */
  const occupy = async <T>(call: Call, lane: Lane, request: () => Promise<T>): Promise<T> => {
    const weight = lane.pageBytes ?? bytesOfOperation.get(operationOf(call)) ?? 0;
    inFlight += 1;
    bytesInFlight += weight;
    lane.inFlight += 1;
    lane.sent += 1;
    lane.mostInFlight = Math.max(lane.mostInFlight, lane.inFlight);
    const startedAt = performance.now();
    try {
      return await request();
    } finally {
      lane.busyMs += performance.now() - startedAt;
      lane.inFlight -= 1;
      inFlight -= 1;
      bytesInFlight -= weight;
      for (const waiting of parked) waiting.isReady = false;
      const woken = parked;
      parked = [];
      for (const waiting of woken) settle(waiting);
      settle(lane);
      letGo();
    }
  };

  return {
    run(call, signal, request) {
      const lane = laneOf(call);
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const abort = (): void => {
          waiting.isGone = true;
          reject(signal.reason);
        };
        const waiting: Waiting = {
          call,
          isGone: false,
          start: () => {
            signal.removeEventListener('abort', abort);
            occupy(call, lane, request).then(resolve, reject);
          },
        };
        signal.addEventListener('abort', abort, { once: true });
        lane.waiting.push(waiting);
        settle(lane);
        letGo();
      });
    },
    throttled: (call, retryAfterMs) => laneOf(call).bucket.throttled(retryAfterMs),
    received(call, bytes) {
      laneOf(call).pageBytes = bytes;
      bytesOfOperation.set(operationOf(call), bytes);
    },
    forget(accountId) {
      for (const lane of lanes.get(accountId)?.values() ?? []) clearTimeout(lane.timer);
      lanes.delete(accountId);
    },
    drainSeconds(accountId) {
      let longest = 0;
      for (const { bucket, sent, busyMs, mostInFlight } of lanes.get(accountId)?.values() ?? []) {
        const inTokens = (sent - bucket.capacity) / bucket.ratePerSecond;
        const inAnswers = busyMs / 1000 / Math.max(1, mostInFlight);
        longest = Math.max(longest, inTokens, inAnswers);
      }
      return longest;
    },
    hasRoom,
  };
}

function before(a: Ready, b: Ready): number {
  if (a.isContinuation !== b.isContinuation) return a.isContinuation ? -1 : 1;
  return b.seconds - a.seconds || a.turn - b.turn;
}
