import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import type { Call } from '../../../src/simulator/handler.ts';
import type { Simulator } from '../../../src/simulator/server.ts';
import { environment } from '../../../src/simulator/server.ts';
import {
  baseClient,
  errorOf,
  managementAccountId,
  memberAccountId,
  memberRoleArn,
  simulate,
  vpcOperations,
} from './tiny-world.ts';

async function assume(simulator: Simulator, input: { DurationSeconds?: number; ExternalId?: string } = {}) {
  const sts = new STSClient(baseClient(simulator));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: memberRoleArn, RoleSessionName: 'run-1', ...input }),
  );
  const {
    AccessKeyId: accessKeyId = '',
    SecretAccessKey: secretAccessKey = '',
    SessionToken: sessionToken = '',
    Expiration,
  } = Credentials ?? {};
  // No expiration for the client: it would stop using credentials that the simulator's clock has not ended.
  return {
    expiration: Expiration,
    client: { ...baseClient(simulator), credentials: { accessKeyId, secretAccessKey, sessionToken } },
  };
}

test('the handler learns account, region and caller from the signature', async () => {
  const calls: Call[] = [];
  const handle = (_input: unknown, call: Call) => {
    calls.push(call);
    return { Vpcs: [] };
  };
  const simulator = await simulate(
    { ec2: { DescribeVpcs: { handle } } },
    { now: () => Date.parse('2026-05-01T00:00:00Z') },
  );
  const { client } = await assume(simulator);
  await new EC2Client({ ...client, region: 'ap-south-1' }).send(new DescribeVpcsCommand({}));
  expect(calls[0]).toMatchObject({
    accountId: memberAccountId,
    region: 'ap-south-1',
    callerArn: `arn:aws:sts::${memberAccountId}:assumed-role/costwarden-audit/run-1`,
    now: '2026-05-01T00:00:00.000Z',
  });
});

test('the base key is a user of the management account', async () => {
  const sts = new STSClient(baseClient(await simulate({})));
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: managementAccountId,
    Arn: `arn:aws:iam::${managementAccountId}:user/costwarden-worker`,
  });
});

test('a session ends when its duration is over, by the clock of the server', async () => {
  let nowMs = Date.parse('2026-05-01T00:00:00Z');
  const simulator = await simulate({ ec2: vpcOperations }, { now: () => nowMs });
  const { client, expiration } = await assume(simulator, { DurationSeconds: 900 });
  const ec2 = new EC2Client(client);
  expect(expiration).toEqual(new Date('2026-05-01T00:15:00Z'));
  nowMs += 899_000;
  expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(5);
  nowMs += 1000;
  expect((await errorOf(ec2.send(new DescribeVpcsCommand({})))).status).toBeGreaterThanOrEqual(400);
  expect(await errorOf(new STSClient(client).send(new GetCallerIdentityCommand({})))).toMatchObject({
    name: 'ExpiredToken',
    status: 403,
  });
});

test('a role whose trust policy refuses is not assumed', async () => {
  const simulator = await simulate({});
  expect(await errorOf(assume(simulator, { ExternalId: 'wrong' }))).toMatchObject({
    name: 'AccessDenied',
    status: 403,
  });
});

test('a key that nobody was given is refused as each service refuses it', async () => {
  const simulator = await simulate({ ec2: vpcOperations });
  const at = { ...baseClient(simulator), credentials: { accessKeyId: 'AKIAFOREIGN000000001', secretAccessKey: 'x' } };
  const errors = [
    await errorOf(new EC2Client(at).send(new DescribeVpcsCommand({}))),
    await errorOf(new STSClient(at).send(new GetCallerIdentityCommand({}))),
    await errorOf(new OrganizationsClient(at).send(new ListAccountsCommand({}))),
    await errorOf(new S3Client(at).send(new ListBucketsCommand({}))),
  ];
  expect(errors.map(({ name }) => name)).toEqual([
    'AuthFailure',
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'InvalidAccessKeyId',
  ]);
});

test('a region that the account has not enabled does not know its key', async () => {
  const simulator = await simulate({ ec2: vpcOperations });
  const ec2 = new EC2Client(baseClient(simulator, 'me-south-1'));
  expect((await errorOf(ec2.send(new DescribeVpcsCommand({})))).name).toBe('AuthFailure');
});

test('a request without a signature is refused', async () => {
  const simulator = await simulate({ ec2: vpcOperations });
  const response = await fetch(simulator.url, { method: 'POST', body: 'Action=DescribeVpcs' });
  expect(response.status).toBe(403);
});

test('the environment leads a client to the simulator and to no profile', async () => {
  const simulator = await simulate({});
  expect(environment(simulator)).toMatchObject({
    AWS_ENDPOINT_URL: simulator.url,
    AWS_ACCESS_KEY_ID: simulator.world.baseAccessKeyId,
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  expect(simulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(environment(simulator)).not.toHaveProperty('AWS_PROFILE');
});
