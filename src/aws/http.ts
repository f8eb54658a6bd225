/** One HTTP handler for all clients of a run: few sockets, hard time limits, bytes counted. */
import { once } from 'node:events';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Meter } from './meter.ts';

/** Time limits of one attempt in ms. A trickle that beats all of them is ended by the deadline of its operation. */
export type HttpTimes = { readonly connectMs: number; readonly requestMs: number; readonly idleMs: number };

const defaultHttpTimes: HttpTimes = { connectMs: 2000, requestMs: 30_000, idleMs: 20_000 };

/** Bytes that came in answer to the request that was sent with this signal. */
export type BytesOf = (signal: AbortSignal) => number;

export type HttpHandler = Pick<
  NodeHttpHandler,
  'handle' | 'destroy' | 'metadata' | 'updateHttpClientConfig' | 'httpHandlerConfigs'
> & {
  readonly bytesOf: BytesOf;
  /** Milliseconds by which AWS's clock is ahead of ours; 0 while they agree within a minute. */
  clockOffsetMs(): number;
  /** Ends all sockets, at the end of the run. */
  close(): void;
};

export function createHttpHandler(meter: Meter, times: HttpTimes = defaultHttpTimes): HttpHandler {
  // One agent for all accounts: with private ones a thousand accounts pay a TLS handshake for every host each.
  const sockets = { keepAlive: true, maxSockets: 64, maxTotalSockets: 256 };
  const handler = new NodeHttpHandler({
    httpAgent: new HttpAgent(sockets),
    httpsAgent: new HttpsAgent(sockets),
    connectionTimeout: times.connectMs,
    requestTimeout: times.requestMs,
    // Without it the SDK only logs a warning when the time is over.
    throwOnRequestTimeout: true,
    socketTimeout: times.idleMs,
  });
  const bytes = new WeakMap<object, number>();
  let clockOffsetMs = 0;
  const handle: NodeHttpHandler['handle'] = async (request, options = {}) => {
    const result = await handler.handle(request, options);
    const { headers, body } = result.response;
    clockOffsetMs = offsetOf(headers['date']) ?? clockOffsetMs;
    // Emulators call their answers pages; a real one tells itself by how it begins.
    if (headers['content-type']?.startsWith('text/html') === true && (await isPage(body, options.abortSignal))) {
      body.destroy();
      throw noAnswer('a web page in place of an answer: something between us and AWS sent it');
    }
    const signal = options.abortSignal;
    countBytes(body, (count) => {
      meter.received(count);
      if (signal !== undefined) bytes.set(signal, (bytes.get(signal) ?? 0) + count);
    });
    return result;
  };
  return {
    handle,
    bytesOf: (signal) => bytes.get(signal) ?? 0,
    clockOffsetMs: () => clockOffsetMs,
    metadata: handler.metadata,
    // A client destroys its handler with itself; this one serves the clients of all other accounts too.
    destroy: () => {},
    close: () => handler.destroy(),
    updateHttpClientConfig: (key, value) => handler.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => handler.httpHandlerConfigs(),
  };
}

/**
 * Something came, but not what AWS sends; worth another try. The SDK would read it as an answer that says nothing, and
 * "nothing is configured" is an answer of some calls.
 */
export function noAnswer(message: string): Error {
  return Object.assign(new Error(message), { name: 'NoAnswer', $retryable: {}, $metadata: { httpStatusCode: 200 } });
}

/** Looks at the first bytes and puts them back. */
async function isPage(body: Readable, signal: unknown): Promise<boolean> {
  let head = body.read() as Buffer | null;
  if (head === null) {
    await once(body, 'readable', { signal: signal as AbortSignal | undefined });
    head = body.read() as Buffer | null;
  }
  if (head === null) return false;
  body.unshift(head);
  return /^\s*<(!doctype html|html)\b/i.test(head.toString('latin1', 0, 200));
}

/** Counts as the parser pushes, so that reading is left to the SDK; what came with the headers lies there already. */
function countBytes(body: Readable | undefined, count: (bytes: number) => void): void {
  if (body === undefined || typeof body.push !== 'function') return;
  count(body.readableLength);
  const push = body.push.bind(body);
  body.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk !== null) count(chunk.length);
    return push(chunk, encoding);
  };
}

/** Below this, a signature is accepted and the header's resolution of a second is noise. AWS refuses from 5 minutes on. */
const clockToleranceMs = 60_000;

function offsetOf(date: string | undefined): number | undefined {
  const offset = date === undefined ? Number.NaN : Date.parse(date) - Date.now();
  if (Number.isNaN(offset)) return undefined;
  return Math.abs(offset) < clockToleranceMs ? 0 : offset;
}
