/** Servers that no AWS service is: slow, silent, or lying about success. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient, paginateGetAccountAuthorizationDetails } from '@aws-sdk/client-iam';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { requireMember } from '../../src/aws/answer.ts';
import { toCollectError } from '../../src/aws/errors.ts';
import type { AccountSession, SessionOptions } from '../../src/aws/session.ts';
import { failureOf, openSessions } from '../support/sessions.ts';

async function serve(
  respond: (response: ServerResponse) => void,
  options: Partial<SessionOptions> = {},
): Promise<{ readonly hub: AccountSession; readonly requests: () => number }> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    request.on('end', () => respond(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const sessions = openSessions(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, options);
  return { hub: sessions.hub('111111111111'), requests: () => requests };
}

const vpcsOf = async (session: AccountSession) =>
  requireMember(await session.client(EC2Client).send(new DescribeVpcsCommand({})), 'Vpcs');
const rolesOf = async (session: AccountSession) => {
  const pages = paginateGetAccountAuthorizationDetails({ client: session.client(IAMClient) }, {});
  for await (const page of pages) requireMember(page, 'RoleDetailList');
};
const bucketsOf = async (session: AccountSession) =>
  requireMember(await session.client(S3Client).send(new ListBucketsCommand({})), 'Buckets');

test('a trickle that never pauses is cut by the deadline of the operation', async () => {
  const { hub, requests } = await serve(
    (response) => {
      response.writeHead(200, { 'content-type': 'text/xml' });
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    },
    { operationMs: 1500, times: { connectMs: 1000, requestMs: 500, idleMs: 500 } },
  );
  expect(toCollectError(await failureOf(vpcsOf(hub)))).toMatchObject({ reason: 'timeout' });
  expect(requests()).toBe(1);
});

test('what is called a page and is an answer is read, as emulators have it; in pieces too', async () => {
  const { hub } = await serve((response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.write('<?xml version="1.0"?>');
    setTimeout(() => response.end('<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>'), 20);
  });
  expect(await bucketsOf(hub)).toEqual([]);
});

test('a page is no answer, however late it comes', async () => {
  const { hub, requests } = await serve((response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    setTimeout(() => response.end('\n<!DOCTYPE html><title>Sign in</title>'), 20);
  });
  expect(toCollectError(await failureOf(bucketsOf(hub)))).toMatchObject({ reason: 'unexpected' });
  expect(requests()).toBe(3);
});

test('an answer that falls silent half-way is cut when the line has been idle', async () => {
  const { hub } = await serve(
    (response) => {
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.write('<DescribeVpcsResponse>');
    },
    { operationMs: 3000, times: { connectMs: 1000, requestMs: 5000, idleMs: 100 } },
  );
  const error = toCollectError(await failureOf(vpcsOf(hub)));
  expect(['timeout', 'unexpected']).toContain(error.reason);
  expect(error.message).not.toContain('no answer within 3 s');
});

test.each([
  ['EC2', vpcsOf, '<Response><Errors><Error><Code>Unavailable</Code><Message>x</Message></Error></Errors></Response>'],
  ['IAM', rolesOf, '<ErrorResponse><Error><Code>ServiceFailure</Code><Message>x</Message></Error></ErrorResponse>'],
  ['S3', bucketsOf, '<Error><Code>InternalError</Code><Message>x</Message></Error>'],
] as const)('an error of %s under status 200 is an error', async (_, list, body) => {
  const { hub } = await serve((response) => response.writeHead(200, { 'content-type': 'text/xml' }).end(body));
  expect(toCollectError(await failureOf(list(hub))).reason).toBe('unexpected');
});

test.each([
  ['EC2', vpcsOf, '<DescribeVpcsResponse><requestId>1</requestId><vpcSet/></DescribeVpcsResponse>'],
  [
    'IAM',
    rolesOf,
    '<GetAccountAuthorizationDetailsResponse><GetAccountAuthorizationDetailsResult><IsTruncated>false</IsTruncated><UserDetailList/><GroupDetailList/><RoleDetailList/><Policies/></GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>',
  ],
  ['S3', bucketsOf, '<ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets/></ListAllMyBucketsResult>'],
] as const)('a closed empty element of %s is an empty list', async (_, list, body) => {
  const { hub } = await serve((response) => response.writeHead(200, { 'content-type': 'text/xml' }).end(body));
  await expect(list(hub)).resolves.not.toThrow();
});

test('nobody at the other end is an error after three attempts', async () => {
  // Port 1 of the loopback address refuses.
  const refused = openSessions('http://127.0.0.1:1');
  expect(toCollectError(await failureOf(vpcsOf(refused.hub('111111111111')))).reason).toBe('unexpected');
  expect(refused.meter.snapshot().apiCalls).toBe(3);
});
