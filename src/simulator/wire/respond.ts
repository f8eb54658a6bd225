/** Answers and errors in the shape of each protocol. */
import type { AwsError } from '../handler.ts';
import { encodeJson } from './json.ts';
import type { OperationSchema, Protocol } from './services.ts';
import { element, escapeXml, structToXml } from './xml.ts';

type Headers = Readonly<Record<string, string>>;

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Code of the error document, when it is one. */
  readonly errorCode: string | undefined;
};

const requestId = '00000000-0000-4000-8000-000000000000';

export function success(protocol: Protocol, { name, output: schema }: OperationSchema, output: object): Answer {
  if (protocol === 'json') return json(200, schema.isUnitSchema() ? '{}' : encodeJson(schema, output));
  const members = schema.isUnitSchema() ? '' : structToXml(schema, output);
  switch (protocol) {
    case 'ec2-query':
      return xml(200, element(`${name}Response`, element('requestId', requestId) + members));
    case 'query':
      return xml(
        200,
        element(
          `${name}Response`,
          element(`${name}Result`, members) + element('ResponseMetadata', element('RequestId', requestId)),
        ),
      );
    case 'rest-xml':
      return xml(
        200,
        element(String(schema.getMergedTraits().xmlName ?? schema.getName() ?? `${name}Result`), members),
      );
  }
}

/** @param headers beside those of the protocol */
export function failure(protocol: Protocol, error: AwsError, headers: Headers = {}): Answer {
  const { code, message, status } = error;
  if (protocol === 'json') {
    // An error under status 200 is to be told from its document alone.
    const type: Headers = status < 300 ? {} : { 'x-amzn-errortype': code };
    return json(status, JSON.stringify({ __type: code, message }), { ...type, ...headers }, code);
  }
  const detail = element('Code', escapeXml(code)) + element('Message', escapeXml(message));
  switch (protocol) {
    case 'ec2-query':
      return xml(
        status,
        element('Response', element('Errors', element('Error', detail)) + element('RequestID', requestId)),
        headers,
        code,
      );
    case 'query':
      return xml(
        status,
        element(
          'ErrorResponse',
          element('Error', element('Type', 'Sender') + detail) + element('RequestId', requestId),
        ),
        headers,
        code,
      );
    case 'rest-xml':
      return xml(status, element('Error', detail + element('RequestId', requestId)), headers, code);
  }
}

function xml(status: number, body: string, headers: Headers = {}, errorCode?: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml', ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
    errorCode,
  };
}

function json(status: number, body: string, headers: Headers = {}, errorCode?: string): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1', ...headers }, body, errorCode };
}
