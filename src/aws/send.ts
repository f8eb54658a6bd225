/**
 * How a request leaves: a token and a slot first, a time limit always, throttles outside the attempt count.
 * What may wait (turns, throttles, an endpoint in doubt) waits until its account's or the run's deadline; what counts
 * against the operation is the time that AWS had the request.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CollectError } from '../errors.ts';
import { billedMetrics } from './billed-metrics.ts';
import { billedScan } from './billed-scans.ts';
import type { Call, Dispatcher } from './dispatch.ts';
import type { Endpoints } from './endpoints.ts';
import { isAnswer, isExpired, isThrottle, isTransient, retryAfterMs } from './errors.ts';
import { type BytesOf, noAnswer } from './http.ts';
import type { Meter } from './meter.ts';
import type { Operations } from './operations.ts';

export type Wire = {
  readonly meter: Meter;
  readonly dispatcher: Dispatcher;
  readonly endpoints: Endpoints;
  readonly operations: Operations;
  readonly bytesOf: BytesOf;
  /** Longest time that AWS may have one operation's request, attempts together. */
  readonly operationMs: number;
};

export type Command = { readonly input: object; readonly constructor: { readonly name: string } };

/** Where a request goes and for whom. */
export type Route = {
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly expectedSeconds: number;
  /** Ends with the account's deadline or with the run. */
  readonly signal: AbortSignal;
  /** Sees to valid credentials before the call takes a slot; `undefined` = nothing to do. */
  readonly prepare: (() => Promise<unknown>) | undefined;
  readonly deliver: (command: Command, signal: AbortSignal) => Promise<object>;
  /** Gets new credentials after AWS said that the session of a request sent then (`performance.now`) has expired. */
  readonly renew: (sentAt: number) => Promise<unknown>;
};

const transientAttempts = 3;

export async function send(command: Command, route: Route, wire: Wire): Promise<object> {
  const { accountId, region, service, signal } = route;
  const { meter, dispatcher, endpoints } = wire;
  const operation = operationName(command);
  const call: Call = {
    accountId,
    region,
    service,
    operation,
    expectedSeconds: route.expectedSeconds,
    isContinuation: isContinuation(command.input),
  };
  const endpoint = `${service}/${region}`;
  const running = wire.operations.begin(call);
  let leftMs = wire.operationMs;
  let attempts = 0;
  let isRenewed = false;
  let sentAt = 0;
  let throttle: unknown;

  /** One request from its token to its answer. */
  const request = async (): Promise<object> => {
    const attempt = meter.attempt({ accountId, service, operation, metrics: billedMetrics(command, {}) });
    const deadline = startDeadline(leftMs, signal);
    sentAt = performance.now();
    running.sent();
    try {
      const output = await route.deliver(command, deadline.signal);
      if (wire.bytesOf(deadline.signal) === 0) throw noAnswer('an empty answer: AWS sends none to a read');
      attempt.succeeded(billedMetrics(command, output));
      const scan = service === 'athena' ? billedScan(output) : undefined;
      if (scan !== undefined) meter.scanned(accountId, scan);
      return output;
    } catch (error) {
      attempt.failed();
      throw deadline.signal.aborted && !signal.aborted ? timeoutError(call, wire.operationMs, error) : error;
    } finally {
      leftMs -= performance.now() - sentAt;
      deadline.end();
      dispatcher.received(call, wire.bytesOf(deadline.signal));
      running.waiting();
    }
  };

  try {
    for (;;) {
      await route.prepare?.();
      await endpoints.admit(endpoint, signal);
      try {
        const output = await dispatcher.run(call, signal, request);
        endpoints.answered(endpoint);
        return output;
      } catch (error) {
        let isInDoubt = false;
        if (isAnswer(error)) endpoints.answered(endpoint);
        else if (signal.aborted || error instanceof CollectError) endpoints.released(endpoint);
        else isInDoubt = endpoints.silent(endpoint);
        if (signal.aborted || error instanceof CollectError) throw error;
        if (isThrottle(error)) {
          throttle = error;
          leftMs = wire.operationMs;
          meter.throttled();
          dispatcher.throttled(call, retryAfterMs(error));
          continue;
        }
        if (isExpired(error) && !isRenewed) {
          isRenewed = true;
          await route.renew(sentAt);
          continue;
        }
        // Held until its endpoint answers or is given up; which of its calls tried in vain is chance.
        if (!isInDoubt) attempts += 1;
        if (!isTransient(error) || attempts >= transientAttempts || leftMs <= 0) throw error;
        await sleep(Math.random() * 50 * 2 ** attempts, undefined, { signal }).catch(() => {});
      }
    }
  } catch (error) {
    // What AWS said last tells more than that the time is over.
    if (signal.aborted) throw throttle ?? endedError(call, signal, error);
    throw error;
  } finally {
    running.done();
  }
}

/** `DescribeVpcs` of a DescribeVpcsCommand. */
function operationName(command: Command): string {
  const { name } = command.constructor;
  return name.endsWith('Command') ? name.slice(0, -'Command'.length) : name;
}

const tokenMembers = ['NextToken', 'Marker', 'ContinuationToken', 'PaginationToken', 'NextPageToken'];

function isContinuation(input: object): boolean {
  return tokenMembers.some((member) => (input as Record<string, unknown>)[member] !== undefined);
}

/**
 * A signal that is aborted after a time or with another signal. Unlike AbortSignal.timeout and AbortSignal.any it leaves
 * nothing behind: a run makes millions of requests, and their timers and links would outlive them by minutes.
 */
export function startDeadline(ms: number, outer: AbortSignal): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort(outer.reason);
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => controller.abort(new DOMException('the deadline has passed', 'TimeoutError')), ms);
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}

function timeoutError({ service, operation }: Call, deadlineMs: number, cause: unknown): Error {
  return named('TimeoutError', `${service} ${operation}: no answer within ${deadlineMs / 1000} s`, cause);
}

function endedError({ service, operation }: Call, signal: AbortSignal, cause: unknown): Error {
  const isAccount = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  const why = isAccount ? 'the time for this account is over' : 'the run was ended';
  return named('TimeoutError', `${service} ${operation}: ${why}`, cause);
}

function named(name: string, message: string, cause: unknown): Error {
  const error = new Error(message, { cause });
  error.name = name;
  return error;
}
