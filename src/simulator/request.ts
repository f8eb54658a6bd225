/** A request as it arrives: who signed it, for which service and region, and what it asks. */
import type { IncomingMessage } from 'node:http';
import { AwsError } from './handler.ts';
import { decodeJson } from './wire/json.ts';
import { decodeQuery } from './wire/query.ts';
import { routeRest } from './wire/rest.ts';
import { type OperationSchema, operationsOf, type Service, servicesBySigningName } from './wire/services.ts';

export type SignedRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly service: Service;
  readonly accessKeyId: string;
  readonly region: string;
};

const credential = /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\/aws4_request/;

/** @returns `undefined` without the signature of a simulated service */
export function signedRequest(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: string,
): SignedRequest | undefined {
  const [, accessKeyId = '', region = '', signingName = ''] = credential.exec(headers.authorization ?? '') ?? [];
  const service = servicesBySigningName[signingName];
  return service === undefined ? undefined : { method, url, headers, body, service, accessKeyId, region };
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => resolve(Buffer.concat(chunks).toString()))
      .on('error', reject);
  });
}

/** @throws AwsError for an action or a parameter that the service does not have */
export async function decode({
  method,
  url,
  headers,
  body,
  service,
}: SignedRequest): Promise<{ readonly operation: OperationSchema; readonly input: object }> {
  const operations = await operationsOf(service);
  if (service.protocol === 'rest-xml') return routeRest(operations, method, new URL(url, 'http://localhost'));
  const parameters = service.protocol === 'json' ? undefined : new URLSearchParams(body);
  const name =
    parameters?.get('Action') ??
    String(headers['x-amz-target'] ?? '')
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
