/** What AWS's advisers say, as the collectors keep it. */
import type { OptimizerEnrollment, OptimizerRecommendation } from '../../src/model/resources/optimizer.ts';

const payerId = '111111111111';

export function enrollment(
  service: OptimizerEnrollment['service'],
  overrides: Partial<OptimizerEnrollment> = {},
): OptimizerEnrollment {
  const word = service === 'compute-optimizer' ? 'ComputeOptimizer' : 'CostOptimizationHub';
  return {
    id: service,
    arn: `arn:aws:${service}::${payerId}:enrollment`,
    type: `AWS::${word}::Enrollment`,
    accountId: payerId,
    region: 'global',
    tags: undefined,
    service,
    status: 'active',
    statusReason: undefined,
    includesMembers: true,
    enrolledMembers: 11,
    savingsEstimation: service === 'compute-optimizer' ? undefined : 'after-discounts',
    ...overrides,
  };
}

/** An idle endpoint in a linked account. */
export function recommendation(overrides: Partial<OptimizerRecommendation> = {}): OptimizerRecommendation {
  const { resourceId = 'churn-model-dev', awsType = 'SageMakerEndpoint', action = 'Delete' } = overrides;
  const arn = overrides.arn ?? `arn:aws:sagemaker:eu-west-1:222222222222:endpoint/${resourceId}`;
  return {
    id: `${awsType}/${arn}/${action}`,
    arn,
    type: 'AWS::SageMaker::Endpoint',
    accountId: '222222222222',
    region: 'eu-west-1',
    tags: { team: 'data' },
    source: 'cost-optimization-hub',
    resourceId,
    awsType,
    action,
    current: 'ml.g5.xlarge',
    recommended: 'Delete the endpoint',
    estimatedMonthlySavingUsd: 1027.84,
    estimatedSavingPercent: 100,
    effort: 'Low',
    restartNeeded: false,
    rollbackPossible: false,
    lookbackDays: 14,
    refreshedAt: '2026-11-23T19:00:00.000Z',
    ...overrides,
  };
}
