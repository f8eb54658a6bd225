import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { accountId, awsError, collectKind } from '../../support/collected.ts';

const sts = mockClient(STSClient);
beforeEach(() => sts.reset());

const roleArn = `arn:aws:iam::${accountId}:role/costwarden-audit`;
const base = { id: roleArn, arn: roleArn, type: 'AWS::IAM::Role', accountId, region: 'global' };

test('a role that answers is assumed', async () => {
  sts.on(GetCallerIdentityCommand).resolves({ Account: accountId, Arn: roleArn });
  const collected = await collectKind('account.access', { roleArn });
  expect(collected.gaps).toEqual([]);
  expect(collected.of('account.access')).toEqual([{ ...base, isAssumed: true }]);
});

test.each([
  'because no identity-based policy allows the sts:AssumeRole action',
  'with an explicit deny in a service control policy',
])('a refusal is a record, word for word: %s', async (why) => {
  const message = `User: arn:aws:iam::111111111111:user/worker is not authorized to perform: sts:AssumeRole on resource: ${roleArn} ${why}`;
  sts.on(GetCallerIdentityCommand).rejects(awsError('AccessDenied', message, 403));
  const collected = await collectKind('account.access', { roleArn });
  expect(collected.gaps).toEqual([]);
  expect(collected.of('account.access')).toEqual([
    { ...base, isAssumed: false, errorCode: 'AccessDenied', errorMessage: message },
  ]);
});

test.each([
  ['ExpiredToken', 403, 'unexpected'],
  ['SignatureDoesNotMatch', 403, 'unexpected'],
  ['InvalidClientTokenId', 403, 'not-enabled'],
  ['Throttling', 400, 'throttled'],
  ['TimeoutError', 0, 'timeout'],
  ['InternalFailure', 500, 'unexpected'],
] as const)('%s says nothing about the role: a gap, no record', async (name, status, reason) => {
  sts.on(GetCallerIdentityCommand).rejects(awsError(name, 'something else', status));
  const collected = await collectKind('account.access', { roleArn });
  expect(collected.records.has('account.access')).toBe(false);
  expect(collected.gaps).toEqual([expect.objectContaining({ kind: 'account.access', reason, iamAction: undefined })]);
});

test('the own account is entered without a role, and a refusal there is a gap', async () => {
  sts.on(GetCallerIdentityCommand).resolvesOnce({ Account: accountId });
  sts.on(GetCallerIdentityCommand).resolves({ Account: accountId });
  expect((await collectKind('account.access')).of('account.access')).toEqual([
    {
      id: `arn:aws:iam::${accountId}:root`,
      arn: `arn:aws:iam::${accountId}:root`,
      type: 'AWS::Organizations::Account',
      accountId,
      region: 'global',
      isAssumed: true,
    },
  ]);
  sts.on(GetCallerIdentityCommand).rejects(awsError('AccessDenied', 'denied', 403));
  const refused = await collectKind('account.access');
  expect(refused.records.has('account.access')).toBe(false);
  expect(refused.gaps).toHaveLength(1);
});
