import { ComputeOptimizerClient, GetEnrollmentStatusCommand } from '@aws-sdk/client-compute-optimizer';
import {
  CostOptimizationHubClient,
  GetPreferencesCommand,
  ListEnrollmentStatusesCommand,
} from '@aws-sdk/client-cost-optimization-hub';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { accountId, collectKind, denial } from '../../support/collected.ts';

const hub = mockClient(CostOptimizationHubClient);
const optimizer = mockClient(ComputeOptimizerClient);
beforeEach(() => {
  hub.reset();
  optimizer.reset();
  hub.on(ListEnrollmentStatusesCommand).resolves({ items: [{ accountId, status: 'Active' }] });
  hub.on(GetPreferencesCommand).resolves({ savingsEstimationMode: 'BeforeDiscounts' });
  optimizer.on(GetEnrollmentStatusCommand).resolves({ status: 'Active', memberAccountsEnrolled: true });
});

test('two pages of accounts are one organization', async () => {
  const tokens: unknown[] = [];
  hub.on(ListEnrollmentStatusesCommand).callsFake(({ nextToken, ...asked }) => {
    tokens.push(nextToken);
    expect(asked).toMatchObject({ includeOrganizationInfo: true, maxResults: 100 });
    return nextToken === undefined
      ? { items: [{ accountId: '333333333333', status: 'Active' }], includeMemberAccounts: true, nextToken: 'page-2' }
      : {
          items: [
            { accountId, status: 'Active' },
            { accountId: '444444444444', status: 'Inactive' },
          ],
        };
  });
  optimizer.on(GetEnrollmentStatusCommand).resolves({
    status: 'Pending',
    statusReason: 'Member accounts need more time',
    memberAccountsEnrolled: true,
    numberOfMemberAccountsOptedIn: 3,
  });
  const { gaps, of } = await collectKind('optimizer.enrollment');
  expect(gaps).toEqual([]);
  expect(tokens).toEqual([undefined, 'page-2']);
  expect(of('optimizer.enrollment')).toEqual([
    {
      id: 'cost-optimization-hub',
      arn: 'arn:aws:cost-optimization-hub::222222222222:enrollment',
      type: 'AWS::CostOptimizationHub::Enrollment',
      accountId,
      region: 'global',
      service: 'cost-optimization-hub',
      status: 'active',
      includesMembers: true,
      enrolledMembers: 1,
      savingsEstimation: 'before-discounts',
    },
    {
      id: 'compute-optimizer',
      arn: 'arn:aws:compute-optimizer::222222222222:enrollment',
      type: 'AWS::ComputeOptimizer::Enrollment',
      accountId,
      region: 'global',
      service: 'compute-optimizer',
      status: 'pending',
      statusReason: 'Member accounts need more time',
      includesMembers: true,
      enrolledMembers: 3,
    },
  ]);
});

test('an account that is not enrolled is a record, and is not asked for preferences', async () => {
  hub.on(ListEnrollmentStatusesCommand).resolves({ items: [{ accountId, status: 'Inactive' }] });
  optimizer.on(GetEnrollmentStatusCommand).resolves({ status: 'Inactive', memberAccountsEnrolled: false });
  const { gaps, of } = await collectKind('optimizer.enrollment');
  expect(gaps).toEqual([]);
  expect(of('optimizer.enrollment')).toMatchObject([
    { id: 'cost-optimization-hub', status: 'inactive', includesMembers: false, enrolledMembers: 0 },
    { id: 'compute-optimizer', status: 'inactive', includesMembers: false },
  ]);
  expect(hub.commandCalls(GetPreferencesCommand)).toHaveLength(0);
});

const refusals = [
  ['cost-optimization-hub:ListEnrollmentStatuses', () => hub.on(ListEnrollmentStatusesCommand)],
  ['cost-optimization-hub:GetPreferences', () => hub.on(GetPreferencesCommand)],
  ['compute-optimizer:GetEnrollmentStatus', () => optimizer.on(GetEnrollmentStatusCommand)],
] as const;

test.each(refusals)('a refused %s is a gap that names it, and nothing is kept', async (action, on) => {
  on().rejects(denial(action, 'AccessDeniedException', 400));
  const { gaps, records } = await collectKind('optimizer.enrollment');
  expect(records.has('optimizer.enrollment')).toBe(false);
  expect(gaps).toEqual([
    expect.objectContaining({ kind: 'optimizer.enrollment', reason: 'denied', iamAction: action, accountId }),
  ]);
});

test('answers without their members prove nothing', async () => {
  hub.on(ListEnrollmentStatusesCommand).resolves({});
  expect((await collectKind('optimizer.enrollment')).gaps).toMatchObject([{ reason: 'unexpected' }]);
});
