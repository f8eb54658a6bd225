import { GetAccountAuthorizationDetailsCommand, IAMClient } from '@aws-sdk/client-iam';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { allowing, managed, mockAuthorization } from '../../support/authorization.ts';
import { accountId, collectKind, denial } from '../../support/collected.ts';

const arn = (name: string) => `arn:aws:iam::${accountId}:policy/team/${name}`;

test('two pages are one list, each policy with its default version', async () => {
  mockAuthorization([
    { Policies: [managed(arn('deploy'), allowing('lambda:*'), { Path: '/team/', PolicyId: 'ANPA1' })] },
    {
      Policies: [
        managed(arn('limit'), allowing('s3:*'), {
          PolicyId: 'ANPA2',
          AttachmentCount: 0,
          PermissionsBoundaryUsageCount: 3,
        }),
      ],
    },
  ]);
  const collected = await collectKind('iam.policy');
  expect(collected.gaps).toEqual([]);
  expect(collected.of('iam.policy')).toEqual([
    {
      id: 'ANPA1',
      arn: arn('deploy'),
      type: 'AWS::IAM::ManagedPolicy',
      accountId,
      region: 'global',
      tags: undefined,
      name: 'deploy',
      path: '/team/',
      attachmentCount: 1,
      boundaryUsageCount: 0,
      document: {
        name: 'deploy',
        arn: arn('deploy'),
        source: 'customer-managed',
        viaGroup: undefined,
        version: '2012-10-17',
        statements: [expect.objectContaining({ effect: 'allow', actions: ['lambda:*'] })],
      },
    },
    expect.objectContaining({ id: 'ANPA2', path: '/', attachmentCount: 0, boundaryUsageCount: 3 }),
  ]);
});

test('a policy without a default version is a gap of its own', async () => {
  mockAuthorization([
    {
      Policies: [
        managed(arn('deploy'), allowing('lambda:*'), { PolicyId: 'ANPA1', PolicyVersionList: [] }),
        managed(arn('limit'), allowing('s3:*'), { PolicyId: 'ANPA2' }),
      ],
    },
  ]);
  const collected = await collectKind('iam.policy');
  expect(collected.of('iam.policy')!.map(({ id }) => id)).toEqual(['ANPA2']);
  expect(collected.gaps).toEqual([expect.objectContaining({ resourceId: 'ANPA1', reason: 'unexpected' })]);
});

test('a refused call is a gap that names the permission, and nothing is kept', async () => {
  mockClient(IAMClient).on(GetAccountAuthorizationDetailsCommand).rejects(denial('iam:GetAccountAuthorizationDetails'));
  const collected = await collectKind('iam.policy');
  expect(collected.records.has('iam.policy')).toBe(false);
  expect(collected.gaps).toEqual([
    expect.objectContaining({ reason: 'denied', iamAction: 'iam:GetAccountAuthorizationDetails' }),
  ]);
});

test('an answer without its lists is no empty account', async () => {
  mockClient(IAMClient).on(GetAccountAuthorizationDetailsCommand).resolves({});
  const collected = await collectKind('iam.policy');
  expect(collected.records.has('iam.policy')).toBe(false);
  expect(collected.gaps).toEqual([expect.objectContaining({ reason: 'unexpected' })]);
});
