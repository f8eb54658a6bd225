import {
  addDays,
  type DailyCost,
  defineCheck,
  formatUsd,
  type MonthEnd,
  projectMonthEnd,
  type Severity,
  z,
} from 'costwarden/check';

/** Figures are complete two days later: yesterday's and today's count as days to come. */
const completeAfterDays = 2;

export default defineCheck({
  id: 'cost-budget-forecast',
  title: 'Spend is on its way over the budget',
  severity: 'medium',

  scopes: ['payer'],
  needs: ['cost.daily'],
  wants: ['cost.budget'],

  options: z.strictObject({
    growthShare: z
      .number()
      .positive()
      .default(0.2)
      .describe('Without a budget over everything: growth over last month from which it is told.'),
    minExcessUsd: z.number().nonnegative().default(100).describe('Ignore months that end less than this over.'),
    minDaysIntoMonth: z
      .number()
      .int()
      .min(1)
      .max(28)
      .default(4)
      .describe('Complete days of the month before anything is said: earlier it is all forecast.'),
  }),

  docs: {
    why: 'At the end of the month the money is spent; a forecast leaves days to act.',
    fix: 'Look at what grew (the open cost anomalies, Cost Explorer by service), stop it, or raise the budget.',
    sources: ['AWS Budgets user guide, Managing your costs', 'Cost Explorer API reference, GetCostAndUsage'],
  },

  *evaluate({ inventory, options, account, now }) {
    const through = addDays(now.slice(0, 10), -completeAfterDays);
    if (Number(through.slice(8)) < options.minDaysIntoMonth) return;
    // Commitment fees are in the covered usage already, spread over the hours they pay for.
    const series = inventory.list('cost.daily').filter(({ recordType }) => recordType !== 'CommitmentFee');
    const monthly = inventory.list('cost.budget').filter(({ timeUnit }) => timeUnit === 'MONTHLY');

    let isEverythingBudgeted = false;
    for (const { id, arn, type, covers, limitUsd } of monthly) {
      if (limitUsd === null || limitUsd === 0 || covers === 'other') continue;
      if (covers === 'everything') isEverythingBudgeted = true;
      const end = projectMonthEnd(covers === 'everything' ? series : ofAccounts(series, covers), through);
      if (end === undefined || end.lowUsd <= limitUsd || end.projectedUsd - limitUsd < options.minExcessUsd) continue;
      yield {
        resource: { id, arn, type, region: 'global' },
        severity: severityOf(end.projectedUsd / limitUsd),
        summary: `${end.month} is heading for ${formatUsd(end.projectedUsd)} (${interval(end)}) against the budget ${id} of ${formatUsd(limitUsd)}`,
        evidence: { budget: id, limitUsd, ...rounded(end), through },
        savableUsage: undefined,
      };
    }
    if (isEverythingBudgeted) return;
    const end = projectMonthEnd(series, through);
    if (end?.lastMonthUsd == null || end.lastMonthUsd <= 0) return;
    const excess = end.projectedUsd - end.lastMonthUsd;
    if (end.lowUsd <= end.lastMonthUsd || excess < options.minExcessUsd) return;
    if (excess < options.growthShare * end.lastMonthUsd) return;
    yield {
      resource: {
        id: 'month-end',
        arn: `arn:aws:ce::${account.id}:forecast/month-end`,
        type: 'AWS::CE::Forecast',
        region: 'global',
      },
      severity: severityOf(end.projectedUsd / end.lastMonthUsd),
      summary: `${end.month} is heading for ${formatUsd(end.projectedUsd)} (${interval(end)}), ${Math.round((100 * excess) / end.lastMonthUsd)} % over last month's ${formatUsd(end.lastMonthUsd)}; no budget covers everything`,
      evidence: { ...rounded(end), through },
      savableUsage: undefined,
    };
  },
});

function ofAccounts(series: readonly DailyCost[], accounts: readonly string[]): DailyCost[] {
  return series.filter(({ accountId }) => accounts.includes(accountId));
}

function severityOf(share: number): Severity {
  return share >= 1.5 ? 'high' : share >= 1.1 ? 'medium' : 'low';
}

function interval({ lowUsd, highUsd, soFarUsd, daysLeft, restUsd }: MonthEnd): string {
  return `${formatUsd(lowUsd)} to ${formatUsd(highUsd)}: ${formatUsd(soFarUsd)} so far + ${daysLeft} days at about ${formatUsd(restUsd / Math.max(1, daysLeft))}`;
}

function rounded({ month, daysLeft, ...amounts }: MonthEnd): Record<string, number | string | null> {
  const cents = Object.entries(amounts).map(([name, usd]) => [name, usd === null ? null : Math.round(usd * 100) / 100]);
  return { month, daysLeft, ...Object.fromEntries(cents) };
}
