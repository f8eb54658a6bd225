import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { baseClient, errorOf, memberRoleArn, simulate, vpcOperations } from './wire/tiny-world.ts';

const minuteMs = 60_000;
const operations = {
  ec2: vpcOperations,
  s3: { ListBuckets: { handle: () => ({ Buckets: [] }) } },
  organizations: { ListAccounts: { handle: () => ({ Accounts: [] }) } },
};
const simulateOffset = (minutes: number) => simulate(operations, { clockOffsetMs: minutes * minuteMs });

describe.each([6, -6])('a server whose clock is %d minutes ahead', (minutes) => {
  test('refuses what was signed at another time, each service in its words', async () => {
    const at = baseClient(await simulateOffset(minutes));
    const errors = [
      await errorOf(new EC2Client(at).send(new DescribeVpcsCommand({}))),
      await errorOf(new STSClient(at).send(new GetCallerIdentityCommand({}))),
      await errorOf(new S3Client(at).send(new ListBucketsCommand({}))),
      await errorOf(new OrganizationsClient(at).send(new ListAccountsCommand({}))),
    ];
    expect(errors.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'SignatureDoesNotMatch 403',
      'SignatureDoesNotMatch 403',
      'RequestTimeTooSkewed 403',
      'InvalidSignatureException 400',
    ]);
    expect(errors[0]?.message).toMatch(minutes > 0 ? /^Signature expired: \d{8}T\d{6}Z is now earlier/ : /not yet/);
  });

  test('tells its time, by which the SDK sets its own and tries again', async () => {
    const simulator = await simulateOffset(minutes);
    const ec2 = new EC2Client({ ...baseClient(simulator), maxAttempts: 2 });
    expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(5);
    expect(simulator.journal.entries.map(({ status }) => status)).toEqual([403, 200]);
  });
});

test('four minutes are not worth a refusal', async () => {
  const simulator = await simulateOffset(4);
  await new EC2Client(baseClient(simulator)).send(new DescribeVpcsCommand({}));
  expect(simulator.journal.count({ errorCode: 'SignatureDoesNotMatch' })).toBe(0);
});

test('sessions end by the clock of the server', async () => {
  const simulator = await simulate(operations, { clockOffsetMs: 4 * minuteMs, sessionNow: () => 0 });
  const { Credentials } = await new STSClient(baseClient(simulator)).send(
    new AssumeRoleCommand({ RoleArn: memberRoleArn, RoleSessionName: 'run', DurationSeconds: 900 }),
  );
  expect(Credentials?.Expiration).toEqual(new Date(19 * minuteMs));
});

test('without an offset nobody looks at the time of a signature', async () => {
  const simulator = await simulate(operations);
  const ec2 = new EC2Client({ ...baseClient(simulator), systemClockOffset: 3600_000 });
  expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(5);
});
