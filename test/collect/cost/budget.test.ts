import { BudgetsClient, DescribeBudgetsCommand } from '@aws-sdk/client-budgets';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import type { CostBudget } from '../../../src/model/resources/cost.ts';
import { collectKind, denial, testList } from '../../support/collected.ts';

const monthly = (BudgetName: string, Amount: string) => ({
  BudgetName,
  BudgetType: 'COST' as const,
  TimeUnit: 'MONTHLY' as const,
  BudgetLimit: { Amount, Unit: 'USD' },
});
const record = (id: string, limitUsd: number | null, covers: CostBudget['covers']): CostBudget => ({
  id,
  arn: `arn:aws:budgets::222222222222:budget/${id}`,
  type: 'AWS::Budgets::Budget',
  accountId: '222222222222',
  region: 'global',
  timeUnit: 'MONTHLY',
  limitUsd,
  covers,
});

testList('cost.budget', {
  client: BudgetsClient,
  command: DescribeBudgetsCommand,
  token: 'NextToken',
  input: { AccountId: '222222222222', MaxResults: 100, ShowFilterExpression: true },
  pages: [
    {
      Budgets: [
        monthly('all', '5000'),
        // A usage budget counts hours, no dollars.
        { ...monthly('hours', '700'), BudgetType: 'USAGE' },
        { ...monthly('payments', '800'), CostFilters: { LinkedAccount: ['333333333333'] } },
      ],
      NextToken: 'page-2',
    },
    {
      Budgets: [
        { ...monthly('s3', '90'), CostFilters: { LinkedAccount: ['222222222222'], Service: ['Amazon S3'] } },
        {
          ...monthly('two', '90'),
          FilterExpression: { Dimensions: { Key: 'LINKED_ACCOUNT', Values: ['222222222222', '333333333333'] } },
        },
        { ...monthly('euro', '90'), BudgetLimit: { Amount: '90', Unit: 'EUR' } },
        { BudgetName: 'planned', BudgetType: 'COST', TimeUnit: 'MONTHLY', PlannedBudgetLimits: {} },
      ],
    },
  ],
  records: [
    record('all', 5000, 'everything'),
    record('payments', 800, ['333333333333']),
    record('s3', 90, 'other'),
    record('two', 90, ['222222222222', '333333333333']),
    record('euro', null, 'everything'),
    record('planned', null, 'everything'),
  ],
  refusal: denial('budgets:ViewBudget', 'AccessDeniedException', 400),
  iamAction: 'budgets:ViewBudget',
  mayLackList: true,
});

test('an account without budgets is answered without the list', async () => {
  mockClient(BudgetsClient).on(DescribeBudgetsCommand).resolves({});
  const { gaps, of } = await collectKind('cost.budget');
  expect(gaps).toEqual([]);
  expect(of('cost.budget')).toEqual([]);
});
