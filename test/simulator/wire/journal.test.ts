import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import {
  baseClient,
  errorOf,
  managementAccountId,
  memberAccountId,
  memberRoleArn,
  simulate,
  vpcOperations,
} from './tiny-world.ts';

const operations = { ec2: vpcOperations, s3: { ListBuckets: { handle: () => ({ Buckets: [] }) } } };

test('a request is recorded with caller, action, outcome and size', async () => {
  const simulator = await simulate(operations);
  await new S3Client(baseClient(simulator, 'eu-west-1')).send(new ListBucketsCommand({}));
  expect(simulator.journal.entries).toEqual([
    {
      at: expect.any(Number),
      accountId: managementAccountId,
      region: 'eu-west-1',
      service: 's3',
      operation: 'ListBuckets',
      iamAction: 's3:ListAllMyBuckets',
      status: 200,
      errorCode: undefined,
      bytesOut: expect.any(Number),
    },
  ]);
  expect(simulator.journal.entries[0]?.bytesOut).toBeGreaterThan(100);
});

test('every attempt is counted, and errors by their code', async () => {
  const simulator = await simulate(operations, {
    faults: [
      { kind: 'server-error', calls: [1] },
      { kind: 'denied', calls: [3] },
    ],
  });
  const ec2 = new EC2Client({ ...baseClient(simulator), maxAttempts: 2 });
  await ec2.send(new DescribeVpcsCommand({}));
  await errorOf(ec2.send(new DescribeVpcsCommand({})));
  expect(simulator.journal.entries.map(({ status }) => status)).toEqual([500, 200, 403]);
  expect(simulator.journal.count({ operation: 'DescribeVpcs' })).toBe(3);
  expect(simulator.journal.count({ errorCode: 'UnauthorizedOperation', accountId: managementAccountId })).toBe(1);
  expect(simulator.journal.count({ accountId: memberAccountId })).toBe(0);
  simulator.journal.clear();
  expect(simulator.journal.count()).toBe(0);
});

test('no key and no token is kept', async () => {
  const simulator = await simulate(operations);
  const { Credentials } = await new STSClient(baseClient(simulator)).send(
    new AssumeRoleCommand({ RoleArn: memberRoleArn, RoleSessionName: 'run' }),
  );
  expect(simulator.journal.count({ operation: 'AssumeRole' })).toBe(1);
  const text = JSON.stringify(simulator.journal.entries);
  for (const secret of [simulator.world.baseAccessKeyId, Credentials!.AccessKeyId!, Credentials!.SessionToken!]) {
    expect(text).not.toContain(secret);
  }
});

test('a long run drops old entries and counts on', async () => {
  const simulator = await simulate(operations, { journalLimit: 3 });
  const ec2 = new EC2Client(baseClient(simulator));
  for (let call = 0; call < 10; call += 1) await ec2.send(new DescribeVpcsCommand({}));
  await new S3Client(baseClient(simulator)).send(new ListBucketsCommand({}));
  expect(simulator.journal.entries.length).toBeLessThan(10);
  expect(simulator.journal.entries.at(-1)?.service).toBe('s3');
  expect(simulator.journal.count({ operation: 'DescribeVpcs' })).toBe(10);
});
