import type { Recommendation } from '@aws-sdk/client-cost-optimization-hub';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { AccountSession } from '../../aws/session.ts';
import type { OptimizerRecommendation, OptimizerService } from '../../model/resources/optimizer.ts';
import type { Collector } from '../collector.ts';
import { computeOptimizerRecommendations } from './compute-optimizer.ts';
import { cloudFormationType } from './resource-type.ts';

/**
 * What AWS recommends for all accounts and regions: one list of the Hub, free and without duplicates. Where the Hub is
 * off, Compute Optimizer is asked account by account. Where both are off there is nothing to read, and nothing is missing.
 */
export const optimizerRecommendation: Collector<'optimizer.recommendation'> = {
  kind: 'optimizer.recommendation',
  scope: 'organization',
  after: ['optimizer.enrollment'],
  iamActions: ['cost-optimization-hub:ListRecommendations'],
  // Compute Optimizer looks into the resources with the permissions of its caller. Compute Optimizer user guide,
  // Identity and Access Management, read 2026-11-25.
  fallbackActions: [
    'autoscaling:DescribeAutoScalingGroups',
    'compute-optimizer:GetEBSVolumeRecommendations',
    'compute-optimizer:GetEC2InstanceRecommendations',
    'compute-optimizer:GetECSServiceRecommendations',
    'compute-optimizer:GetEnrollmentStatusesForOrganization',
    'compute-optimizer:GetIdleRecommendations',
    'compute-optimizer:GetLambdaFunctionRecommendations',
    'compute-optimizer:GetRDSDatabaseRecommendations',
    'ec2:DescribeInstances',
    'ec2:DescribeRegions',
    'ec2:DescribeVolumes',
    'ecs:ListClusters',
    'ecs:ListServices',
    'lambda:ListFunctions',
    'lambda:ListProvisionedConcurrencyConfigs',
    'rds:DescribeDBClusters',
    'rds:DescribeDBInstances',
  ],
  sourceOf: ({ source, refreshedAt }) => ({ source, at: refreshedAt }),
  async *collect({ session, scope, collected }) {
    const enrollments = collected('optimizer.enrollment');
    const enrollment = (service: OptimizerService) => enrollments.find(({ id }) => id === service);
    const optimizer = enrollment('compute-optimizer');
    if (enrollment('cost-optimization-hub')?.status === 'active') yield* hubRecommendations(session);
    else if (optimizer?.status === 'active') {
      yield* computeOptimizerRecommendations(session, scope.account.id, optimizer.includesMembers);
    }
  },
};

/** Largest page of ListRecommendations. Service model of 2022-07-26, read 2026-11-25. */
const pageSize = 1000;

async function* hubRecommendations(session: AccountSession): AsyncIterable<OptimizerRecommendation> {
  const { CostOptimizationHubClient, paginateListRecommendations } = await import(
    '@aws-sdk/client-cost-optimization-hub'
  );
  const client = session.client(CostOptimizationHubClient);
  // Not all that is known of a resource: only its best action, so that sums hold.
  const input = { includeAllRecommendations: false };
  const pages = paginateListRecommendations({ client, pageSize }, input);
  for await (const page of guardPages(pages, ({ nextToken }) => nextToken))
    for (const item of requireMember(page, 'items')) yield toRecommendation(item);
}

function toRecommendation(item: Recommendation): OptimizerRecommendation {
  const { accountId = '', actionType: action = '', currentResourceType: awsType = '' } = item;
  const region = item.region === undefined || item.region === '' ? 'global' : item.region;
  const resourceId = item.resourceId ?? item.resourceArn ?? commitmentId(awsType, item.recommendedResourceSummary);
  const arn = item.resourceArn ?? `arn:aws:cost-optimization-hub:${region}:${accountId}:${awsType}/${resourceId}`;
  const isUsd = item.currencyCode === undefined || item.currencyCode === 'USD';
  return {
    id: `${awsType}/${arn}/${action}`,
    arn,
    type: cloudFormationType(awsType),
    accountId,
    region,
    tags: Object.fromEntries((item.tags ?? []).map(({ key = '', value = '' }) => [key, value])),
    source: 'cost-optimization-hub',
    resourceId,
    awsType,
    action,
    current: item.currentResourceSummary,
    recommended: item.recommendedResourceSummary,
    estimatedMonthlySavingUsd: isUsd ? item.estimatedMonthlySavings : undefined,
    estimatedSavingPercent: item.estimatedSavingsPercentage,
    effort: item.implementationEffort,
    restartNeeded: item.restartNeeded,
    rollbackPossible: item.rollbackPossible,
    lookbackDays: item.recommendationLookbackPeriodInDays,
    refreshedAt: item.lastRefreshTimestamp?.toISOString(),
  };
}

/** A commitment is no resource yet, and AWS's id of it changes every day: its type, and the family of instances it is for. */
function commitmentId(awsType: string, summary = ''): string {
  const [family] = /\b[a-z]+[0-9][\w-]*\.[a-z0-9.]+|\bdb\.[\w.-]+|\bcache\.[\w.-]+/.exec(summary) ?? [];
  return family === undefined ? awsType : `${awsType}/${family}`;
}
