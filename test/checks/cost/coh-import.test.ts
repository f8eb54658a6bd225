import { expect, test } from 'vitest';
import check from '../../../checks/cost/coh-import.ts';
import { formatArithmetic } from '../../../src/model/money.ts';
import { priceDraft } from '../../../src/price/price.ts';
import { draftsOf, testCheck } from '../../support/check-tester.ts';
import { enrollment, recommendation } from '../../support/optimizer.ts';

const endpoint = recommendation();
const gateway = recommendation({
  arn: 'arn:aws:ec2:eu-west-1:222222222222:natgateway/nat-0abc',
  type: 'AWS::EC2::NatGateway',
  resourceId: 'nat-0abc',
  awsType: 'NatGateway',
});
const instance = recommendation({
  arn: 'arn:aws:ec2:eu-west-1:222222222222:instance/i-0abc',
  type: 'AWS::EC2::Instance',
  resourceId: 'i-0abc',
  awsType: 'Ec2Instance',
  action: 'Rightsize',
  current: 'c5.4xlarge',
  recommended: 'c5.xlarge',
  estimatedMonthlySavingUsd: 371.52,
});
const old = recommendation({ resourceId: 'forgotten', refreshedAt: '2026-11-16T19:00:00.000Z' });

function commitment(awsType: string, usd: number) {
  return recommendation({
    arn: `arn:aws:cost-optimization-hub:global:222222222222:${awsType}/${awsType}`,
    type: `AWS::CostOptimizationHub::${awsType}`,
    resourceId: awsType,
    awsType,
    action: 'PurchaseSavingsPlans',
    estimatedMonthlySavingUsd: usd,
  });
}

testCheck(check, {
  clean: [
    {
      name: 'a gateway, which a check of our own decides',
      resources: { 'optimizer.recommendation': [gateway] },
    },
  ],
  findings: [
    {
      name: 'an idle endpoint, of a kind that we do not model',
      resources: {
        'optimizer.recommendation': [endpoint],
        'optimizer.enrollment': [enrollment('cost-optimization-hub')],
      },
      expect: [
        {
          resourceId: 'churn-model-dev',
          subKey: 'SageMakerEndpoint Delete',
          severity: 'high',
          summary: /^Cost Optimization Hub expects \$1,028 a month from deleting churn-model-dev \(ml\.g5\.xlarge\)$/,
          evidence: { effort: 'Low', estimation: 'after-discounts', refreshedAt: '2026-11-23T19:00:00.000Z' },
          savableUsage: [],
        },
      ],
    },
    {
      name: 'a resize, from what to what',
      resources: { 'optimizer.recommendation': [instance] },
      expect: [
        {
          resourceId: 'i-0abc',
          severity: 'medium',
          summary: /resizing i-0abc \(c5\.4xlarge to c5\.xlarge\)$/,
          evidence: { estimation: null },
        },
      ],
    },
    {
      name: 'a gateway, where no check of our own decides',
      resources: { 'optimizer.recommendation': [gateway] },
      options: { decidedByOwnChecks: [] },
      expect: [{ resourceId: 'nat-0abc' }],
    },
    {
      name: 'what has not been refreshed for a week is over, and counted',
      resources: { 'optimizer.recommendation': [endpoint, old] },
      expect: [
        { resourceId: 'churn-model-dev' },
        { resourceId: 'forgotten' },
        {
          resourceId: 'stale-recommendations',
          severity: 'info',
          summary: /^1 recommendation\(s\) of AWS have not been refreshed for more than 7 days/,
          evidence: { count: 1, oldest: '2026-11-16', examples: [old.arn] },
          savableUsage: undefined,
        },
      ],
    },
    {
      name: 'seven days are still fresh',
      resources: {
        'optimizer.recommendation': [{ ...old, refreshedAt: '2026-11-17T00:00:00.000Z' }],
      },
      expect: [{ resourceId: 'forgotten' }],
    },
    {
      name: 'a recommendation of unknown age is not fresh',
      resources: { 'optimizer.recommendation': [recommendation({ refreshedAt: undefined })] },
      expect: [
        { resourceId: 'churn-model-dev' },
        { resourceId: 'stale-recommendations', evidence: { oldest: 'an unknown day' } },
      ],
    },
    {
      name: 'an amount that is not in dollars is not known',
      resources: { 'optimizer.recommendation': [recommendation({ estimatedMonthlySavingUsd: undefined })] },
      expect: [{ resourceId: 'churn-model-dev', severity: 'low', savableUsage: undefined }],
    },
    {
      name: 'functions of the same name in two accounts are two',
      resources: {
        'optimizer.recommendation': [
          endpoint,
          recommendation({
            accountId: '333333333333',
            arn: 'arn:aws:sagemaker:eu-west-1:333333333333:endpoint/churn-model-dev',
          }),
        ],
      },
      expect: [{ resourceId: 'churn-model-dev' }, { resourceId: 'churn-model-dev' }],
    },
    {
      name: 'instance and storage of a database are two',
      resources: {
        'optimizer.recommendation': [
          { ...instance, awsType: 'RdsDbInstance' },
          { ...instance, awsType: 'RdsDbInstanceStorage' },
        ],
      },
      expect: [
        { resourceId: 'i-0abc', subKey: 'RdsDbInstance Rightsize' },
        { resourceId: 'i-0abc', subKey: 'RdsDbInstanceStorage Rightsize' },
      ],
    },
    {
      name: 'a dollar of compute can be committed once',
      resources: {
        'optimizer.recommendation': [
          commitment('ComputeSavingsPlans', 900),
          commitment('Ec2InstanceSavingsPlans', 950),
          commitment('SageMakerSavingsPlans', 40),
        ],
      },
      expect: [
        { resourceId: 'ComputeSavingsPlans', overlap: 'commitment:compute' },
        { resourceId: 'Ec2InstanceSavingsPlans', overlap: 'commitment:compute' },
        { resourceId: 'SageMakerSavingsPlans' },
      ],
    },
  ],
  unknown: [{ name: 'the list could not be read', resources: {}, gaps: ['optimizer.recommendation'] }],
});

test("the dollars are AWS's, and say so", () => {
  const [draft] = draftsOf(check, { resources: { 'optimizer.recommendation': [endpoint] } }).drafts;
  const noPrices = { find: () => undefined, has: () => false, oldest: () => '2026-11-24' };
  const saving = priceDraft(draft!, 'eu-west-1', noPrices);
  expect(saving).toMatchObject({ monthlyUsd: 1027.84, confidence: 'estimated' });
  expect(formatArithmetic(saving!)).toBe("1 month x $1027.84 = $1,028; AWS's own estimate of 2026-11-23");
});

test('the finding is about the account of the resource', () => {
  const [draft] = draftsOf(check, { resources: { 'optimizer.recommendation': [endpoint] } }).drafts;
  expect(draft).toMatchObject({ accountId: '222222222222', resource: { region: 'eu-west-1', tags: { team: 'data' } } });
});

test.each([
  ['fresh', endpoint, undefined],
  ['a week old', old, 'AWS has not refreshed it since 2026-11-16'],
  ['of unknown age', recommendation({ refreshedAt: undefined }), 'AWS has not refreshed it since an unknown day'],
])('what is %s is over for the right reason, if at all', (_, given, over) => {
  const [draft] = draftsOf(check, { resources: { 'optimizer.recommendation': [given] } }).drafts;
  expect(draft?.over).toBe(over);
});
