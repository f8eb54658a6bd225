import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, onTestFinished, test } from 'vitest';
import { generateWorld } from '../../src/simulator/generate.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { baseClient, errorOf } from './wire/tiny-world.ts';

const now = '2026-11-24T06:00:00.000Z';

test('a suspended account is listed so, is not entered again, and its sessions are refused', async () => {
  const generated = generateWorld({ seed: 1, accounts: 3, now });
  const { world } = generated;
  const simulator = await startSimulator({ world });
  onTestFinished(() => simulator.close());
  const at = baseClient(simulator);
  const { id, name } = world.organization.account(1);
  const assume = (accountId: string) =>
    new STSClient(at).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${accountId}:role/costwarden-audit`, RoleSessionName: 'run' }),
    );
  const { Credentials } = await assume(id);
  const inside = {
    ...at,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  };
  const describeVpcs = () => new EC2Client(inside).send(new DescribeVpcsCommand({}));
  expect((await describeVpcs()).Vpcs?.length).toBeGreaterThan(0);
  expect(generated.truth().planted.some(({ accountId }) => accountId === id)).toBe(true);

  generated.suspend(id);

  const { Accounts } = await new OrganizationsClient(at).send(new ListAccountsCommand({}));
  expect(Accounts?.find(({ Id }) => Id === id)).toMatchObject({ Name: name, State: 'SUSPENDED', Status: 'SUSPENDED' });
  expect(await errorOf(assume(id))).toMatchObject({ name: 'AccessDenied', status: 403 });
  const refusals = [
    await errorOf(describeVpcs()),
    await errorOf(new S3Client(inside).send(new ListBucketsCommand({}))),
    await errorOf(new ResourceGroupsTaggingAPIClient(inside).send(new GetResourcesCommand({}))),
  ];
  expect(refusals.map((error) => error.name)).toEqual([
    'UnauthorizedOperation',
    'AccessDenied',
    'AccessDeniedException',
  ]);
  expect(generated.truth().planted.filter(({ accountId }) => accountId === id)).toEqual([]);
  await assume(world.organization.account(2).id);
});

test('an account that does not exist cannot be suspended', () => {
  expect(() => generateWorld({ seed: 1, accounts: 1, now }).suspend('123')).toThrow('there is no account 123');
});
