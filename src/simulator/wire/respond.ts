/** Answers and errors in the shape of each protocol. */
import type { AwsError } from '../handler.ts';
import { encodeJson } from './json.ts';
import type { OperationSchema, Protocol } from './services.ts';
import { element, escapeXml, structToXml } from './xml.ts';

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const requestId = '00000000-0000-4000-8000-000000000000';

export function success(protocol: Protocol, operation: OperationSchema, output: object): Answer {
  const { name, output: schema } = operation;
  const members = schema.isUnitSchema() ? '' : protocol === 'json' ? '' : structToXml(schema, output);
  switch (protocol) {
    case 'json':
      return json(200, schema.isUnitSchema() ? '{}' : encodeJson(schema, output));
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

export function failure(
  protocol: Protocol,
  { code, message, status }: AwsError,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const detail = element('Code', escapeXml(code)) + element('Message', escapeXml(message));
  switch (protocol) {
    case 'json':
      return json(status, JSON.stringify({ __type: code, message }), { 'x-amzn-errortype': code, ...headers });
    case 'ec2-query':
      return xml(
        status,
        element('Response', element('Errors', element('Error', detail)) + element('RequestID', requestId)),
        headers,
      );
    case 'query':
      return xml(
        status,
        element(
          'ErrorResponse',
          element('Error', element('Type', 'Sender') + detail) + element('RequestId', requestId),
        ),
        headers,
      );
    case 'rest-xml':
      return xml(status, element('Error', detail + element('RequestId', requestId)), headers);
  }
}

function xml(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml', ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

function json(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1', ...headers }, body };
}
