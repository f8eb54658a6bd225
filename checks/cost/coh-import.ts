import {
  addDays,
  defineCheck,
  type FindingDraft,
  formatUsd,
  type OptimizerRecommendation,
  type Severity,
  type StatedLine,
  z,
} from 'costwarden/check';

const names = { 'cost-optimization-hub': 'Cost Optimization Hub', 'compute-optimizer': 'Compute Optimizer' } as const;
const verbs: Readonly<Record<string, string>> = {
  Delete: 'deleting',
  MigrateToGraviton: 'moving to Graviton:',
  PurchaseReservedInstances: 'reserving',
  PurchaseSavingsPlans: 'committing to',
  Rightsize: 'resizing',
  ScaleIn: 'scaling in',
  Stop: 'stopping',
  Upgrade: 'upgrading',
};
/** One dollar of compute can be committed once, whichever of these it is committed to. */
const computeCommitments = new Set(['ComputeSavingsPlans', 'Ec2InstanceSavingsPlans', 'Ec2ReservedInstances']);
const endings = new Set(['Delete', 'ScaleIn', 'Stop']);
const shownStale = 5;

export default defineCheck({
  id: 'coh-import',
  title: 'AWS recommends a saving',
  severity: 'low',

  scopes: ['organization'],
  needs: ['optimizer.recommendation'],
  wants: ['optimizer.enrollment'],

  options: z.strictObject({
    maxAgeDays: z
      .number()
      .int()
      .positive()
      .default(7)
      .describe('Recommendations that AWS has not refreshed for longer are left out, and told as such.'),
    decidedByOwnChecks: z
      .array(z.string())
      .default(['AWS::EC2::NatGateway'])
      .describe("Resource types that checks of this catalogue decide themselves: AWS's word on them is left out."),
    mediumFromUsd: z.number().positive().default(100).describe('Dollars a month from which the severity is medium.'),
    highFromUsd: z.number().positive().default(1000).describe('Dollars a month from which the severity is high.'),
  }),

  docs: {
    why: 'AWS looks at its own metrics and at what the account really pays; for many kinds of resources that is the cheapest second opinion there is.',
    fix: 'Look at the recommendation in Cost Optimization Hub, ask the owner, then follow it or dismiss it.',
    sources: [
      'Cost Optimization Hub API reference, ListRecommendations',
      'Cost Management user guide, Understanding cost optimization strategies',
      'Compute Optimizer API reference, GetIdleRecommendations',
    ],
  },

  *evaluate({ inventory, options, account, now }) {
    const oldest = addDays(now.slice(0, 10), -options.maxAgeDays);
    const estimation = inventory
      .list('optimizer.enrollment')
      .find(({ id }) => id === 'cost-optimization-hub')?.savingsEstimation;
    const stale: OptimizerRecommendation[] = [];

    for (const recommendation of inventory.list('optimizer.recommendation')) {
      if (options.decidedByOwnChecks.includes(recommendation.type)) continue;
      const { refreshedAt } = recommendation;
      const isFresh = refreshedAt !== undefined && refreshedAt.slice(0, 10) >= oldest;
      if (!isFresh) stale.push(recommendation);
      yield {
        ...draftOf(recommendation, estimation),
        severity: severityOf(recommendation, options),
        // It was told while it was fresh: that it is over must not read as if somebody had followed it.
        ...(isFresh ? {} : { over: `AWS has not refreshed it since ${dayOf(recommendation)}` }),
      };
    }
    if (stale.length > 0) {
      const days = stale.map(dayOf).sort();
      yield {
        resource: {
          id: 'stale-recommendations',
          arn: `arn:aws:cost-optimization-hub::${account.id}:recommendations`,
          type: 'AWS::CostOptimizationHub::Recommendations',
          region: 'global',
        },
        severity: 'info',
        summary: `${stale.length} recommendation(s) of AWS have not been refreshed for more than ${options.maxAgeDays} days and are left out`,
        evidence: {
          count: stale.length,
          oldest: days[0] ?? null,
          newest: days.at(-1) ?? null,
          examples: stale.slice(0, shownStale).map(({ arn }) => arn),
        },
        savableUsage: undefined,
      };
    }
  },
});

function draftOf(recommendation: OptimizerRecommendation, estimation: string | undefined): FindingDraft {
  const { resourceId, arn, type, tags, region, accountId, action, awsType } = recommendation;
  const { estimatedMonthlySavingUsd: usd } = recommendation;
  return {
    resource: { id: resourceId, arn, type, tags, region },
    accountId,
    // Instance and storage of a database are two; and what is recommended anew is another finding.
    subKey: `${awsType} ${action}`,
    summary: summaryOf(recommendation),
    evidence: {
      source: recommendation.source,
      action,
      awsType,
      current: recommendation.current ?? null,
      recommended: recommendation.recommended ?? null,
      savingPercent: recommendation.estimatedSavingPercent ?? null,
      estimation: estimation ?? null,
      effort: recommendation.effort ?? null,
      restartNeeded: recommendation.restartNeeded ?? null,
      rollbackPossible: recommendation.rollbackPossible ?? null,
      lookbackDays: recommendation.lookbackDays ?? null,
      refreshedAt: recommendation.refreshedAt ?? null,
    },
    ...(usd === undefined
      ? { savableUsage: undefined }
      : { savableUsage: [], stated: [estimate(usd, dayOf(recommendation))] }),
    ...(computeCommitments.has(awsType) ? { overlap: 'commitment:compute' } : {}),
  };
}

type Thresholds = { readonly mediumFromUsd: number; readonly highFromUsd: number };

function severityOf(
  { estimatedMonthlySavingUsd: usd = 0 }: OptimizerRecommendation,
  { mediumFromUsd, highFromUsd }: Thresholds,
): Severity {
  if (usd >= highFromUsd) return 'high';
  return usd >= mediumFromUsd ? 'medium' : 'low';
}

function summaryOf(recommendation: OptimizerRecommendation): string {
  const { source, action, resourceId, current, recommended, estimatedMonthlySavingUsd: usd } = recommendation;
  const saving = usd === undefined ? 'a saving' : `${formatUsd(usd)} a month`;
  // What is stopped or deleted becomes nothing; AWS describes the remedy there.
  const target = endings.has(action) ? undefined : recommended;
  const change = [current, target].filter((text) => text !== undefined).join(' to ');
  return `${names[source]} expects ${saving} from ${verbs[action] ?? action} ${resourceId}${change === '' ? '' : ` (${change})`}`;
}

/** AWS's figure as it is: no price and no quantity of ours. */
function estimate(usd: number, asOf: string): StatedLine {
  const unitPriceUsd = Math.round(usd * 100) / 100;
  return { sku: 'aws.estimated-saving', quantity: 1, unit: 'month', unitPriceUsd, priceSource: 'aws-estimate', asOf };
}

function dayOf({ refreshedAt }: OptimizerRecommendation): string {
  return refreshedAt?.slice(0, 10) ?? 'an unknown day';
}
