import type { Resource } from '../inventory.ts';

export type OptimizerService = 'cost-optimization-hub' | 'compute-optimizer';

/** Whether one of AWS's two free advisers works for the organization. Organization scope; `id` is the service. */
export type OptimizerEnrollment = Resource & {
  readonly service: OptimizerService;
  readonly status: 'active' | 'inactive' | 'pending' | 'failed';
  /** In AWS's words, where it gives one. */
  readonly statusReason: string | undefined;
  /** Member accounts are enrolled too. False outside of an organization. */
  readonly includesMembers: boolean;
  /** Member accounts that are; `undefined` = AWS does not say. */
  readonly enrolledMembers: number | undefined;
  /** Whether the Hub's estimates count the organization's discounts; `undefined` = not known. */
  readonly savingsEstimation: 'after-discounts' | 'before-discounts' | undefined;
};

/**
 * What AWS itself recommends for a resource, or to buy. Read once for the organization; `accountId` and `region` are
 * those of the resource (`global` where it has none). `id` = type, ARN and action: AWS's own ids live for a day.
 */
export type OptimizerRecommendation = Resource & {
  readonly source: OptimizerService;
  /** Id of the resource itself. For what is to be bought: its type, with the instance family where one is named. */
  readonly resourceId: string;
  /** AWS's name of the type, e.g. `RdsDbInstanceStorage`, `ComputeSavingsPlans`. */
  readonly awsType: string;
  /** AWS's word: `Stop`, `Delete`, `ScaleIn`, `Rightsize`, `Upgrade`, `MigrateToGraviton`, `PurchaseSavingsPlans`,
   *  `PurchaseReservedInstances`. */
  readonly action: string;
  /** What it is and what it should be, e.g. `c5.4xlarge` and `c5.xlarge`; `undefined` = AWS does not say. */
  readonly current: string | undefined;
  readonly recommended: string | undefined;
  /** AWS's estimate; `undefined` = none, or not in USD. */
  readonly estimatedMonthlySavingUsd: number | undefined;
  /** 0 to 100, of what it costs now. */
  readonly estimatedSavingPercent: number | undefined;
  readonly effort: string | undefined;
  readonly restartNeeded: boolean | undefined;
  readonly rollbackPossible: boolean | undefined;
  readonly lookbackDays: number | undefined;
  /** When AWS made it; `undefined` = not told. */
  readonly refreshedAt: string | undefined;
};

export type OptimizerKinds = {
  'optimizer.enrollment': OptimizerEnrollment;
  'optimizer.recommendation': OptimizerRecommendation;
};
