/** One HTTP handler for all clients of a run: few sockets, hard time limits, bytes counted. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Meter } from './meter.ts';

/** Time limits of one attempt in ms. A trickle that beats all of them is ended by the deadline of its operation. */
export type HttpTimes = { readonly connectMs: number; readonly requestMs: number; readonly idleMs: number };

const defaultHttpTimes: HttpTimes = { connectMs: 2000, requestMs: 30_000, idleMs: 20_000 };

export type HttpHandler = Pick<
  NodeHttpHandler,
  'handle' | 'destroy' | 'metadata' | 'updateHttpClientConfig' | 'httpHandlerConfigs'
> & {
  /** Ends all sockets, at the end of the run. */
  close(): void;
};

export function createHttpHandler(meter: Meter, times: HttpTimes = defaultHttpTimes): HttpHandler {
  // One agent for all accounts: with private ones a thousand accounts pay a TLS handshake for every host each.
  const sockets = { keepAlive: true, maxSockets: 50, maxTotalSockets: 256 };
  const handler = new NodeHttpHandler({
    httpAgent: new HttpAgent(sockets),
    httpsAgent: new HttpsAgent(sockets),
    connectionTimeout: times.connectMs,
    requestTimeout: times.requestMs,
    // Without it the SDK only logs a warning when the time is over.
    throwOnRequestTimeout: true,
    socketTimeout: times.idleMs,
  });
  const handle: NodeHttpHandler['handle'] = async (request, options) => {
    const result = await handler.handle(request, options);
    countBytes(result.response.body, meter);
    return result;
  };
  return {
    handle,
    metadata: handler.metadata,
    // A client destroys its handler with itself; this one serves the clients of all other accounts too.
    destroy: () => {},
    close: () => handler.destroy(),
    updateHttpClientConfig: (key, value) => handler.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => handler.httpHandlerConfigs(),
  };
}

/** Counts as the parser pushes, so that reading is left to the SDK; what came with the headers lies there already. */
function countBytes(body: Readable | undefined, meter: Meter): void {
  if (body === undefined || typeof body.push !== 'function') return;
  meter.received(body.readableLength);
  const push = body.push.bind(body);
  body.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk !== null) meter.received(chunk.length);
    return push(chunk, encoding);
  };
}
