/** The way of an answer back to the client, and what a fault does to it there. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';
import type { Answer } from './wire/respond.ts';

const html = '<html><body><h1>Service Unavailable</h1></body></html>';

/** @param delayMs from now on; other requests are not held up */
export async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
  fault: Fault | undefined,
  delayMs: number,
): Promise<void> {
  if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
  switch (fault?.kind) {
    case 'hang':
      return;
    case 'drop':
      request.socket.destroy();
      return;
    case 'half-body':
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
      response.write(firstHalf(body));
      // The first half must reach the client before the connection goes.
      setTimeout(() => request.socket.destroy(), 20);
      return;
    case 'trickle':
      response.writeHead(status, headers);
      trickle(response, Buffer.from(body));
      return;
    case 'broken-document':
      whole(response, status, headers, firstHalf(body));
      return;
    case 'empty-200':
      whole(response, 200, headers, '');
      return;
    case 'html-200':
      whole(response, 200, { 'content-type': 'text/html' }, html);
      return;
    default:
      whole(response, status, headers, body);
  }
}

/** A string goes out in one piece with its headers; a buffer would be a second one. */
function whole(response: ServerResponse, status: number, headers: Answer['headers'], body: string): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

function firstHalf(body: string): string {
  return body.slice(0, Math.floor(body.length / 2));
}

/** A byte a second; after the last one blanks, which no document minds. */
function trickle(response: ServerResponse, body: Buffer): void {
  response.flushHeaders();
  let at = 0;
  const timer = setInterval(() => {
    response.write(at < body.length ? body.subarray(at, at + 1) : ' ');
    at += 1;
  }, 1000).unref();
  response.once('close', () => clearInterval(timer));
}
