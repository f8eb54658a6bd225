import { guardPages, requireMember } from '../../aws/answer.ts';
import type { AccountSession } from '../../aws/session.ts';
import type { OptimizerEnrollment } from '../../model/resources/optimizer.ts';
import type { Account } from '../../model/scope.ts';
import type { Collector } from '../collector.ts';

/**
 * Whether AWS's free advisers are on, as the management or a delegated account sees it. The clients are loaded when
 * they are asked for: one of them takes as long as the rest of the program.
 */
export const optimizerEnrollment: Collector<'optimizer.enrollment'> = {
  kind: 'optimizer.enrollment',
  scope: 'organization',
  iamActions: [
    'compute-optimizer:GetEnrollmentStatus',
    'cost-optimization-hub:GetPreferences',
    'cost-optimization-hub:ListEnrollmentStatuses',
  ],
  async *collect({ session, scope }) {
    yield await hubEnrollment(session, scope.account);
    yield await computeOptimizerEnrollment(session, scope.account);
  },
};

/** Largest page of ListEnrollmentStatuses. Service model of 2022-07-26, read 2026-11-25. */
const pageSize = 100;

async function hubEnrollment(session: AccountSession, { id, managementId }: Account): Promise<OptimizerEnrollment> {
  const { CostOptimizationHubClient, GetPreferencesCommand, paginateListEnrollmentStatuses } = await import(
    '@aws-sdk/client-cost-optimization-hub'
  );
  const client = session.client(CostOptimizationHubClient);
  let own: string | undefined;
  let includesMembers = false;
  let enrolledMembers = 0;
  const isOrganization = managementId !== undefined;
  const input = { includeOrganizationInfo: isOrganization };
  const pages = paginateListEnrollmentStatuses({ client, pageSize }, input);
  for await (const page of guardPages(pages, ({ nextToken }) => nextToken)) {
    includesMembers ||= page.includeMemberAccounts ?? false;
    for (const { accountId, status } of requireMember(page, 'items')) {
      // Without the organization there is one item, and it may lack the id.
      if (accountId === undefined || accountId === id) own = status;
      else if (status === 'Active') enrolledMembers += 1;
    }
  }
  const status = own === 'Active' ? 'active' : 'inactive';
  // Preferences are those of who is enrolled.
  const preferences = status === 'active' ? await client.send(new GetPreferencesCommand({})) : undefined;
  return {
    ...about('cost-optimization-hub', id),
    status,
    statusReason: undefined,
    includesMembers: isOrganization && (includesMembers || enrolledMembers > 0),
    enrolledMembers: isOrganization ? enrolledMembers : undefined,
    savingsEstimation: estimationOf(preferences?.savingsEstimationMode),
  };
}

async function computeOptimizerEnrollment(
  session: AccountSession,
  { id, managementId }: Account,
): Promise<OptimizerEnrollment> {
  const { ComputeOptimizerClient, GetEnrollmentStatusCommand } = await import('@aws-sdk/client-compute-optimizer');
  const answer = await session.client(ComputeOptimizerClient).send(new GetEnrollmentStatusCommand({}));
  return {
    ...about('compute-optimizer', id),
    status: statuses[requireMember(answer, 'status')],
    statusReason: answer.statusReason,
    includesMembers: managementId !== undefined && (answer.memberAccountsEnrolled ?? false),
    enrolledMembers: answer.numberOfMemberAccountsOptedIn,
    savingsEstimation: undefined,
  };
}

const statuses = { Active: 'active', Inactive: 'inactive', Pending: 'pending', Failed: 'failed' } as const;

function estimationOf(mode: string | undefined): OptimizerEnrollment['savingsEstimation'] {
  if (mode === 'AfterDiscounts') return 'after-discounts';
  return mode === 'BeforeDiscounts' ? 'before-discounts' : undefined;
}

function about(service: OptimizerEnrollment['service'], accountId: string) {
  return {
    id: service,
    arn: `arn:aws:${service}::${accountId}:enrollment`,
    type:
      service === 'compute-optimizer' ? 'AWS::ComputeOptimizer::Enrollment' : 'AWS::CostOptimizationHub::Enrollment',
    accountId,
    region: 'global',
    tags: undefined,
    service,
  };
}
