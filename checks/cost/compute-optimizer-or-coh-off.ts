import { defineCheck, type OptimizerEnrollment, z } from 'costwarden/check';

const names = { 'cost-optimization-hub': 'Cost Optimization Hub', 'compute-optimizer': 'Compute Optimizer' } as const;

export default defineCheck({
  id: 'compute-optimizer-or-coh-off',
  title: "One of AWS's free cost advisers is off",
  severity: 'low',

  scopes: ['organization'],
  needs: ['optimizer.enrollment'],

  options: z.strictObject({
    membersToo: z
      .boolean()
      .default(true)
      .describe('Also tell when an adviser is on, but for the management account alone.'),
  }),

  docs: {
    why: 'Compute Optimizer and Cost Optimization Hub are free and see metrics that cost money to ask for: idle and oversized resources of every account, with savings after discounts. Off, they learn nothing.',
    fix: 'Enroll the organization from its management account; the first recommendations come within a day.',
    sources: [
      'Compute Optimizer API reference, GetEnrollmentStatus',
      'Cost Optimization Hub API reference, ListEnrollmentStatuses',
      'Compute Optimizer user guide, Opting in your account',
    ],
  },

  *evaluate({ inventory, options, account }) {
    // A closed or suspended account can enroll in nothing.
    if (account.state !== 'ACTIVE') return;
    const isOrganization = account.managementId !== undefined;
    for (const enrollment of inventory.list('optimizer.enrollment')) {
      const { service, status, statusReason, includesMembers, enrolledMembers } = enrollment;
      const isAlone = isOrganization && options.membersToo && status === 'active' && !includesMembers;
      // Pending = somebody has just enrolled it.
      if (status === 'pending' || (status === 'active' && !isAlone)) continue;
      yield {
        resource: enrollment,
        summary: summaryOf(enrollment),
        evidence: {
          service,
          status,
          statusReason: statusReason ?? null,
          includesMembers,
          enrolledMembers: enrolledMembers ?? null,
        },
        // What it would find is not known before it is on.
        savableUsage: undefined,
        fix: {
          cli: `aws ${service} update-enrollment-status --region us-east-1 --status Active${isOrganization ? ' --include-member-accounts' : ''}`,
        },
      };
    }
  },
});

function summaryOf({ service, status, statusReason, accountId }: OptimizerEnrollment): string {
  const name = names[service];
  if (status === 'failed')
    return `${name} could not be switched on in ${accountId}: ${statusReason ?? 'AWS gives no reason'}`;
  if (status === 'active')
    return `${name} is on for ${accountId} alone, without the other accounts of the organization`;
  return `${name} is off in ${accountId}`;
}
