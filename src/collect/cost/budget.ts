import { type Budget, BudgetsClient, paginateDescribeBudgets } from '@aws-sdk/client-budgets';
import type { CostBudget } from '../../model/resources/cost.ts';
import type { Collector } from '../collector.ts';

/** Cost budgets of the payer account. Reading budgets is free; the service answers in us-east-1 for all regions. */
export const costBudget: Collector<'cost.budget'> = {
  kind: 'cost.budget',
  scope: 'payer',
  iamActions: ['budgets:ViewBudget'],
  async *collect({ session, scope }) {
    const client = session.client(BudgetsClient);
    // Without the flag a budget of the newer kind comes with its filter left out, and would look like one of everything.
    const input = { AccountId: scope.account.id, ShowFilterExpression: true };
    for await (const page of paginateDescribeBudgets({ client, pageSize: 100 }, input)) {
      // Whether an account without budgets is answered with an empty list or with none is not documented: both are none.
      for (const budget of page.Budgets ?? [])
        if (budget.BudgetType === 'COST') yield toBudget(budget, scope.account.id);
    }
  },
};

function toBudget(budget: Budget, payerId: string): CostBudget {
  const { BudgetName: name = '', CostFilters = {}, FilterExpression } = budget;
  const accounts = CostFilters['LinkedAccount'] ?? accountsOf(FilterExpression);
  const isFiltered = FilterExpression !== undefined || Object.keys(CostFilters).length > 0;
  const isByAccount = accounts !== undefined && Object.keys(CostFilters).every((key) => key === 'LinkedAccount');
  return {
    id: name,
    arn: `arn:aws:budgets::${payerId}:budget/${name}`,
    type: 'AWS::Budgets::Budget',
    accountId: payerId,
    region: 'global',
    tags: undefined,
    timeUnit: budget.TimeUnit ?? 'MONTHLY',
    limitUsd: limitOf(budget),
    covers: !isFiltered ? 'everything' : isByAccount ? accounts : 'other',
  };
}

/** Accounts, where the expression is about accounts alone. */
function accountsOf(expression: Budget['FilterExpression']): string[] | undefined {
  const { Key, Values, MatchOptions = ['EQUALS'] } = expression?.Dimensions ?? {};
  return Key === 'LINKED_ACCOUNT' && MatchOptions.every((option) => option === 'EQUALS') ? Values : undefined;
}

/** `null` = another currency, or planned month by month. */
function limitOf({ BudgetLimit, PlannedBudgetLimits }: Budget): number | null {
  if (BudgetLimit === undefined || PlannedBudgetLimits !== undefined || BudgetLimit.Unit !== 'USD') return null;
  return Number(BudgetLimit.Amount);
}
