/**
 * The simulated AWS on the loopback address: real wire protocols in front of a generated organization.
 * Who calls is told from the access key, where from the signature's scope; every request takes a token of its bucket,
 * is judged by policy, may fail by script, and is written to the journal.
 */
import { X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Admission, createBuckets, type Limits } from './buckets.ts';
import { deliver } from './deliver.ts';
import { createFaultScript, type Fault, type FaultScript, throttleError } from './faults.ts';
import { AwsError, type Operation } from './handler.ts';
import { createJournal, type Journal, type JournalEntry } from './journal.ts';
import { hasPageToken, type Page, pageOf } from './paging.ts';
import { iamActionOf } from './policy.ts';
import { failAsScripted, judge, type Policies } from './refusals.ts';
import { decode, readBody, type SignedRequest, signedRequest } from './request.ts';
import { checkSkew } from './skew.ts';
import { createSts } from './sts.ts';
import { type Answer, failure, success } from './wire/respond.ts';
import type { World } from './world.ts';

export type SimulatorOptions = {
  readonly world: World;
  /** Items a page holds at most; small, so that every chain is walked. */
  readonly pageSize?: number;
  /** Policies that calls are judged by: those with the base credentials, and those through an assumed role. */
  readonly policies?: Policies;
  /** Token buckets, in real time. Default: nothing is limited. */
  readonly limits?: Limits;
  /** Milliseconds from the arrival of a request to its answer, by operation name; `*` = those not named. Default: 0. */
  readonly latencyMs?: number | Readonly<Record<string, number>>;
  /**
   * PEM texts; the simulator then speaks HTTPS. Its address is `https://127.0.0.1:…` when the certificate names that
   * address, else `https://localhost:…`, where clients of S3 put the bucket in front of the host.
   */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Server clock of the world: what is new, old and complete. */
  readonly now?: () => number;
  /** Clock by which sessions end; default: the server clock. */
  readonly sessionNow?: () => number;
  /**
   * How far the server's clock is ahead of the real one, in milliseconds. When set, it shows in the Date of every
   * answer and in the end of every session, and requests signed more than 5 minutes away from it are refused.
   */
  readonly clockOffsetMs?: number;
  readonly journalLimit?: number;
};

export type Simulator = {
  readonly url: string;
  readonly journal: Journal;
  readonly faults: FaultScript;
  readonly world: World;
  close(): Promise<void>;
};

/** Idle connections are kept longer than clients keep them, so that none is closed under a request. */
const keepAliveMs = 60_000;

/** What became of a request: its answer, and what the journal and the way back need to know. */
type Outcome = Pick<JournalEntry, 'accountId' | 'operation' | 'bucket' | 'page'> & {
  readonly answer: Answer;
  readonly fault: Fault | undefined;
  readonly admission: Admission | undefined;
};

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { world, pageSize = 5, policies = {}, now = Date.now, clockOffsetMs, latencyMs = 0 } = options;
  const journal = createJournal(options.journalLimit);
  const faults = createFaultScript();
  const buckets = options.limits === undefined ? undefined : createBuckets(options.limits);
  const sessionNow = options.sessionNow ?? now;
  const sts = createSts(world, () => sessionNow() + (clockOffsetMs ?? 0));

  const answerTo = async (request: SignedRequest): Promise<Outcome> => {
    const { service, region } = request;
    let operation = 'unknown';
    let accountId = 'unknown';
    let bucket: string | undefined;
    let page: Page | undefined;
    let fault: Fault | undefined;
    let admission: Admission | undefined;
    let answer: Answer;
    try {
      if (clockOffsetMs !== undefined)
        checkSkew(service.protocol, String(request.headers['x-amz-date']), Date.now() + clockOffsetMs);
      const { operation: schema, input } = await decode(request);
      operation = schema.name;
      bucket = 'Bucket' in input ? String(input.Bucket) : undefined;
      const session = sts.sessionOf(request.accessKeyId, service);
      accountId = session.accountId;
      const target = { accountId, region, service: service.name, operation };
      admission = buckets?.admit(target);
      if (admission?.isRefused) throw throttleError(service.name);
      fault = faults.next({ ...target, bucket, hasPageToken: hasPageToken(input) });
      const judged = { session, service, operation, region, input };
      failAsScripted(fault, judged);
      judge(judged, world, policies);
      const handler: Operation | undefined =
        service.name === 'sts' ? sts.operations[operation] : world.operations[service.name][operation];
      if (handler === undefined) throw new AwsError('InvalidAction', `The simulator has no operation ${operation}`);
      const call = { world, accountId, region, callerArn: session.callerArn, now: new Date(now()).toISOString() };
      const cut = pageOf(handler, await handler.handle(input, call), input, call, {
        service: service.name,
        name: operation,
        pageSize,
        repeat: fault?.kind === 'repeat-token',
      });
      page = cut.page;
      answer = success(service.protocol, schema, cut.output);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const wait = fault?.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      answer = failure(service.protocol, error, wait);
    }
    return { answer, accountId, operation, bucket, page, fault, admission };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (clockOffsetMs !== undefined) response.setHeader('date', new Date(Date.now() + clockOffsetMs).toUTCString());
    const body = await readBody(request);
    const at = Date.now();
    const arrivedAt = performance.now();
    const signed = signedRequest(request, body);
    if (signed === undefined) {
      response.writeHead(403).end('no signature of a simulated service');
      return;
    }
    const { answer, accountId, operation, bucket, page, fault, admission } = await answerTo(signed);
    const { service, region } = signed;
    journal.add({
      at,
      accountId,
      region,
      service: service.name,
      operation,
      iamAction: iamActionOf(service.iamPrefix, operation),
      bucket,
      page,
      status: answer.status,
      errorCode: answer.errorCode,
      fault: fault?.kind,
      tokensLeft: admission?.tokensLeft,
      bytesOut: Buffer.byteLength(answer.body),
    });
    const latency = typeof latencyMs === 'number' ? latencyMs : (latencyMs[operation] ?? latencyMs['*'] ?? 0);
    const delay = fault?.kind === 'slow' ? (fault.delayMs ?? 0) : 0;
    const waitMs = arrivedAt + latency + delay - performance.now();
    await deliver(request, response, answer, fault, waitMs);
    if (admission?.leave === undefined) return;
    // At once, not when the client says goodbye: its next request may be here before that.
    if (response.writableEnded) admission.leave();
    else response.once('close', admission.leave);
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handle(request, response).catch((error: unknown) => {
      // A mistake of the simulator must not look like one of AWS.
      response
        .writeHead(599, { 'content-type': 'text/plain' })
        .end(`simulator: ${error instanceof Error ? error.stack : String(error)}`);
    });
  };
  const { tls } = options;
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.keepAliveTimeout = keepAliveMs;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${originOf(tls)}:${(server.address() as AddressInfo).port}`,
    journal,
    faults,
    world,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function originOf(tls: SimulatorOptions['tls']): string {
  if (tls === undefined) return 'http://127.0.0.1';
  const isForAddress = new X509Certificate(tls.cert).checkIP('127.0.0.1') !== undefined;
  return isForAddress ? 'https://127.0.0.1' : 'https://localhost';
}

/** Variables that lead the SDK's usual chain to the simulator, in this process or a child. */
export function environment(simulator: Simulator): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: simulator.url,
    AWS_ACCESS_KEY_ID: simulator.world.baseAccessKeyId,
    AWS_SECRET_ACCESS_KEY: 'simulated',
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}
