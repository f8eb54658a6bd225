/**
 * The simulated AWS on the loopback address: real wire protocols in front of a generated organization.
 * Who calls is told from the access key, where from the signature's scope; every request is judged by policy,
 * may fail by script, and is written to the journal.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFaultScript, deniedError, deniedReason, type Fault, type FaultScript, throttleError } from './faults.ts';
import { AwsError, type Call, type Operation } from './handler.ts';
import { createJournal, type Journal } from './journal.ts';
import { pageOf } from './paging.ts';
import { iamActionOf, isAllowed, type PolicyDocument } from './policy.ts';
import { createSts, type Session } from './sts.ts';
import { decodeJson } from './wire/json.ts';
import { decodeQuery } from './wire/query.ts';
import { type Answer, failure, success } from './wire/respond.ts';
import { routeRest } from './wire/rest.ts';
import { type OperationSchema, operationsOf, type Service, servicesBySigningName } from './wire/services.ts';
import type { World } from './world.ts';

export type SimulatorOptions = {
  readonly world: World;
  /** Items a page holds at most; small, so that every chain is walked. */
  readonly pageSize?: number;
  /** Policies that calls are judged by: those with the base credentials, and those through an assumed role. */
  readonly policies?: { readonly hub?: PolicyDocument; readonly member?: PolicyDocument };
  /** Server clock: what is new, old and complete. */
  readonly now?: () => number;
  /** Clock by which sessions end; default: the server clock. */
  readonly sessionNow?: () => number;
  readonly journalLimit?: number;
};

export type Simulator = {
  readonly url: string;
  readonly journal: Journal;
  readonly faults: FaultScript;
  readonly world: World;
  close(): Promise<void>;
};

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { world, pageSize = 5, policies = {}, now = Date.now } = options;
  const journal = createJournal(options.journalLimit);
  const faults = createFaultScript();
  const sts = createSts(world, options.sessionNow ?? now);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const scope = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? '');
    const [, accessKeyId = '', region = '', signingName = ''] = scope ?? [];
    const service = servicesBySigningName[signingName];
    if (service === undefined) {
      response.writeHead(403).end('no signature of a simulated service');
      return;
    }
    let name = 'unknown';
    let session: Session | undefined;
    let fault: Fault | undefined;
    let answer: Answer;
    try {
      const { operation, input } = await readRequest(service, request, body);
      name = operation.name;
      session = sts.sessionOf(accessKeyId, service);
      const iamAction = iamActionOf(service.iamPrefix, name);
      const { accountId, callerArn } = session;
      const bucket = 'Bucket' in input ? String(input.Bucket) : undefined;
      fault = faults.next({ accountId, region, service: service.name, operation: name, bucket });
      failAsScripted(fault, service, callerArn, iamAction);
      if (name !== 'GetCallerIdentity') judge({ session, service, iamAction, region, input, policies });
      if (service.name !== 'sts' && service.name !== 's3' && !world.isRegionEnabled(accountId, region)) {
        throw new AwsError(
          service.protocol === 'ec2-query' ? 'AuthFailure' : 'UnrecognizedClientException',
          'The security token included in the request is invalid',
          service.protocol === 'ec2-query' ? 401 : 400,
        );
      }
      const call: Call = { world, accountId, region, callerArn, now: new Date(now()).toISOString() };
      const handler: Operation | undefined =
        service.name === 'sts' ? sts.operations[name] : world.operations[service.name][name];
      if (handler === undefined) throw new AwsError('InvalidAction', `The simulator has no operation ${name}`);
      const output = pageOf(handler, await handler.handle(input, call), input, call, {
        name,
        pageSize,
        repeat: fault?.kind === 'repeat-token',
      });
      answer = success(service.protocol, operation, output);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const wait = fault?.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      answer = failure(service.protocol, error, wait);
    }
    const errorCode =
      answer.status < 300
        ? undefined
        : (/<Code>([^<]+)|"__type":"([^"]+)/.exec(answer.body)?.slice(1).find(Boolean) ?? 'error');
    journal.add({
      accountId: session?.accountId ?? 'unknown',
      region,
      service: service.name,
      operation: name,
      iamAction: iamActionOf(service.iamPrefix, name),
      status: answer.status,
      errorCode,
      bytesOut: Buffer.byteLength(answer.body),
    });
    send(request, response, answer, fault);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A mistake of the simulator must not look like one of AWS.
      response
        .writeHead(599, { 'content-type': 'text/plain' })
        .end(`simulator: ${error instanceof Error ? error.stack : String(error)}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
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

async function readRequest(
  service: Service,
  request: IncomingMessage,
  body: string,
): Promise<{ operation: OperationSchema; input: object }> {
  const operations = await operationsOf(service);
  if (service.protocol === 'rest-xml')
    return routeRest(operations, request.method ?? 'GET', new URL(request.url ?? '/', 'http://localhost'));
  const parameters = service.protocol === 'json' ? undefined : new URLSearchParams(body);
  const name =
    parameters?.get('Action') ??
    String(request.headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1) ??
    '';
  const operation = operations.get(name);
  if (operation === undefined)
    throw new AwsError('InvalidAction', `The action ${name} is not valid for this web service`);
  const input =
    parameters === undefined
      ? decodeJson(operation.input, body)
      : decodeQuery(operation.input, parameters, service.protocol === 'ec2-query');
  return { operation, input };
}

type Judgement = {
  readonly session: Session;
  readonly service: Service;
  readonly iamAction: string;
  readonly region: string;
  readonly input: object;
  readonly policies: NonNullable<SimulatorOptions['policies']>;
};

/** @throws AwsError when the policy of the caller does not allow the action */
function judge({ session, service, iamAction, region, input, policies }: Judgement): void {
  const policy = session.isHub ? policies.hub : policies.member;
  if (policy === undefined) return;
  const resource =
    'RoleArn' in input ? String(input.RoleArn) : 'Bucket' in input ? `arn:aws:s3:::${String(input.Bucket)}` : '*';
  const context = {
    'aws:requestedregion': region,
    ...('ExternalId' in input ? { 'sts:externalid': String(input.ExternalId) } : {}),
  };
  if (isAllowed(policy, { action: iamAction, resource, context })) return;
  throw deniedError(
    service.protocol,
    service.name,
    session.callerArn,
    iamAction,
    deniedReason('denied', iamAction),
    resource,
  );
}

function failAsScripted(fault: Fault | undefined, service: Service, callerArn: string, iamAction: string): void {
  switch (fault?.kind) {
    case 'denied':
    case 'denied-by-scp':
    case 'denied-by-resource-policy':
      throw deniedError(service.protocol, service.name, callerArn, iamAction, deniedReason(fault.kind, iamAction));
    case 'throttle':
      throw throttleError(service.name);
    case 'server-error':
      throw new AwsError('InternalError', 'We encountered an internal error', 500);
    case 'expired-token':
      throw new AwsError(
        service.protocol === 'json' ? 'ExpiredTokenException' : 'ExpiredToken',
        'The security token included in the request is expired',
        403,
      );
    default:
      // The other kinds spoil the answer, not the request: see `send`.
      return;
  }
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer, fault: Fault | undefined): void {
  const body = Buffer.from(answer.body);
  switch (fault?.kind) {
    case 'hang':
      return;
    case 'drop':
      request.socket.destroy();
      return;
    case 'half-body':
      response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length });
      response.write(body.subarray(0, Math.floor(body.length / 2)));
      // The first half must reach the client before the connection goes.
      setTimeout(() => request.socket.destroy(), 20);
      return;
    case 'empty-200':
      response.writeHead(200, { ...answer.headers, 'content-length': 0 }).end();
      return;
    case 'html-200':
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<html><body><h1>Service Unavailable</h1></body></html>');
      return;
    default:
      response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length }).end(body);
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
