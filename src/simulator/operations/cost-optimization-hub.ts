/** Cost Optimization Hub: one list for the organization, from its management account; elsewhere for the account alone. */
import type { ListEnrollmentStatusesRequest, ListRecommendationsRequest } from '@aws-sdk/client-cost-optimization-hub';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type Operation, type ServiceOperations } from '../handler.ts';
import { enrolledAccounts, type IdleResource, idleResources, refreshedAt } from '../recommendations.ts';

export function costOptimizationHubOperations(world: SimulatedWorld): ServiceOperations {
  const isOn = world.advisers === 'hub';
  const list = (max: number, handle: Operation['handle']): Operation => ({
    page: { items: 'items', inToken: 'nextToken', outToken: 'nextToken', size: 'maxResults', max },
    handle,
  });
  return {
    ListEnrollmentStatuses: list(100, ({ includeOrganizationInfo }: ListEnrollmentStatusesRequest, { accountId }) => {
      const isWhole = includeOrganizationInfo === true && accountId === world.managementAccountId;
      const items = (isWhole && isOn ? enrolledAccounts(world) : [accountId]).map((id) => ({
        accountId: id,
        status: isOn ? 'Active' : 'Inactive',
      }));
      return { items, includeMemberAccounts: isWhole && isOn };
    }),
    GetPreferences: {
      handle: () => ({ savingsEstimationMode: 'AfterDiscounts', memberAccountDiscountVisibility: 'All' }),
    },
    ListRecommendations: list(1000, ({ filter }: ListRecommendationsRequest, { accountId, now }) => {
      if (!isOn)
        throw new AwsError(
          'AccessDeniedException',
          'You are not authorized to use this operation with the given parameters.',
        );
      if (filter !== undefined) throw new AwsError('ValidationException', 'The simulator cannot filter');
      const isWhole = accountId === world.managementAccountId;
      const visible = idleResources(world).filter((resource) => isWhole || resource.accountId === accountId);
      return { items: visible.map((resource, index) => recommendation(resource, index, now)) };
    }),
  };
}

function recommendation({ accountId, region, id, arn, type, tags, usd }: IdleResource, index: number, now: string) {
  const isVolume = type === 'EbsVolume';
  return {
    // Good for a day, as AWS's are.
    recommendationId: Buffer.from(`${now.slice(0, 10)} ${index}`).toString('base64'),
    accountId,
    region,
    resourceId: id,
    resourceArn: arn,
    currentResourceType: type,
    recommendedResourceType: type,
    estimatedMonthlySavings: usd,
    estimatedSavingsPercentage: 100,
    estimatedMonthlyCost: usd,
    currencyCode: 'USD',
    implementationEffort: 'Low',
    restartNeeded: false,
    actionType: 'Delete',
    rollbackPossible: isVolume,
    currentResourceSummary: isVolume ? 'gp3/100.0 GB storage/3000.0 IOPS/125.0 MB/s throughput' : 'zonal NAT gateway',
    lastRefreshTimestamp: refreshedAt(now),
    recommendationLookbackPeriodInDays: 32,
    source: 'ComputeOptimizer',
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
}
