import { expect, test } from 'vitest';
import check from '../../../checks/cost/compute-optimizer-or-coh-off.ts';
import { draftsOf, testAccount, testCheck } from '../../support/check-tester.ts';
import { enrollment } from '../../support/optimizer.ts';

const hub = enrollment('cost-optimization-hub');
const optimizer = enrollment('compute-optimizer');
const hubOff = enrollment('cost-optimization-hub', { status: 'inactive', includesMembers: false });

testCheck(check, {
  clean: [
    { name: 'both are on for all accounts', resources: { 'optimizer.enrollment': [hub, optimizer] } },
    {
      name: 'somebody has just switched it on',
      resources: { 'optimizer.enrollment': [enrollment('compute-optimizer', { status: 'pending' })] },
    },
    {
      name: 'the account is suspended',
      resources: { 'optimizer.enrollment': [hubOff] },
      account: { ...testAccount, state: 'SUSPENDED' },
    },
    {
      name: 'an account without an organization has no members',
      resources: { 'optimizer.enrollment': [enrollment('compute-optimizer', { includesMembers: false })] },
      account: { ...testAccount, managementId: undefined },
    },
    {
      name: 'on for the management account alone, which is not to be told',
      resources: { 'optimizer.enrollment': [enrollment('compute-optimizer', { includesMembers: false })] },
      options: { membersToo: false },
    },
  ],
  findings: [
    {
      name: 'the Hub is off',
      resources: { 'optimizer.enrollment': [hubOff, optimizer] },
      expect: [
        {
          resourceId: 'cost-optimization-hub',
          severity: 'low',
          summary: /^Cost Optimization Hub is off in 111111111111$/,
          savableUsage: undefined,
        },
      ],
    },
    {
      name: 'Compute Optimizer could not be switched on',
      resources: {
        'optimizer.enrollment': [
          hub,
          enrollment('compute-optimizer', { status: 'failed', statusReason: 'The service-linked role is missing' }),
        ],
      },
      expect: [{ resourceId: 'compute-optimizer', summary: /could not be switched on .*: The service-linked role/ }],
    },
    {
      name: 'on for the management account alone',
      resources: { 'optimizer.enrollment': [hub, enrollment('compute-optimizer', { includesMembers: false })] },
      expect: [{ resourceId: 'compute-optimizer', summary: /is on for 111111111111 alone/ }],
    },
  ],
  unknown: [{ name: 'the enrollment could not be read', resources: {}, gaps: ['optimizer.enrollment'] }],
});

test.each([
  [
    testAccount.managementId,
    'aws cost-optimization-hub update-enrollment-status --region us-east-1 --status Active --include-member-accounts',
  ],
  [undefined, 'aws cost-optimization-hub update-enrollment-status --region us-east-1 --status Active'],
])('the command enrolls what there is (organization of %s)', (managementId, cli) => {
  const account = { ...testAccount, managementId };
  const { drafts } = draftsOf(check, { resources: { 'optimizer.enrollment': [hubOff] }, account });
  expect(drafts.map(({ fix }) => fix?.cli)).toEqual([cli]);
});
