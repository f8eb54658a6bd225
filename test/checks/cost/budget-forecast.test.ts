import check from '../../../checks/cost/budget-forecast.ts';
import type { CostBudget } from '../../../src/model/resources/cost.ts';
import { dailyCost } from '../../support/bill.ts';
import { testCheck } from '../../support/check-tester.ts';

const flat = (usd: number): number[] => Array.from({ length: 62 }, () => usd);
/** From 23 September: 100 a day, then so much from 1 November on. */
const risen = (usd: number): number[] => flat(100).map((before, index) => (index >= 39 ? usd : before));

function budget(overrides: Partial<CostBudget> = {}): CostBudget {
  return {
    id: 'organization',
    arn: 'arn:aws:budgets::111111111111:budget/organization',
    type: 'AWS::Budgets::Budget',
    accountId: '111111111111',
    region: 'global',
    tags: undefined,
    timeUnit: 'MONTHLY',
    limitUsd: 2500,
    covers: 'everything',
    ...overrides,
  };
}

testCheck(check, {
  clean: [
    { name: 'as last month, without a budget', resources: { 'cost.daily': [dailyCost({ usd: flat(100) })] } },
    {
      name: 'grown, within the budget',
      resources: { 'cost.daily': [dailyCost({ usd: risen(150) })], 'cost.budget': [budget({ limitUsd: 5000 })] },
    },
    {
      name: 'over by less than the forecast can tell',
      resources: { 'cost.daily': [dailyCost({ usd: flat(100) })], 'cost.budget': [budget({ limitUsd: 2995 })] },
    },
    {
      name: 'a budget for a service says nothing about the whole',
      resources: { 'cost.daily': [dailyCost({ usd: flat(100) })], 'cost.budget': [budget({ covers: 'other' })] },
    },
    {
      name: 'a yearly budget',
      resources: { 'cost.daily': [dailyCost({ usd: flat(100) })], 'cost.budget': [budget({ timeUnit: 'ANNUALLY' })] },
    },
    { name: 'ten days of bill', resources: { 'cost.daily': [dailyCost({ usd: flat(900).slice(0, 10) })] } },
    {
      name: 'a fee that is spread over covered usage already',
      resources: {
        'cost.daily': [
          dailyCost({ usd: flat(100) }),
          dailyCost({ usd: risen(900), recordType: 'CommitmentFee', usageType: 'RIFee' }),
        ],
      },
    },
  ],
  findings: [
    {
      name: '30 days at 100 against 2,500',
      resources: { 'cost.daily': [dailyCost({ usd: flat(100) })], 'cost.budget': [budget()] },
      expect: [
        {
          resourceId: 'organization',
          severity: 'medium',
          summary: /2026-11 is heading for \$3,000 .*22 days|against the budget organization of \$2,500/,
          evidence: { projectedUsd: 3000, soFarUsd: 2200, daysLeft: 8, restUsd: 800, limitUsd: 2500 },
        },
      ],
    },
    {
      name: 'a budget for one account looks at that account',
      resources: {
        'cost.daily': [dailyCost({ usd: flat(100) }), dailyCost({ usd: flat(900), accountId: '333333333333' })],
        'cost.budget': [budget({ limitUsd: 90_000 }), budget({ id: 'one', covers: ['222222222222'], limitUsd: 1500 })],
      },
      expect: [{ resourceId: 'one', severity: 'high', evidence: { projectedUsd: 3000 } }],
    },
    {
      name: 'half as much again as last month, and no budget',
      resources: { 'cost.daily': [dailyCost({ usd: risen(150) })] },
      expect: [
        {
          resourceId: 'month-end',
          severity: 'medium',
          summary: /45 % over last month's \$3,100; no budget covers everything/,
        },
      ],
    },
  ],
  unknown: [{ name: 'the bill could not be read', resources: {}, gaps: ['cost.daily'] }],
});
