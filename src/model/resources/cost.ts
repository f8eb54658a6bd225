import type { Resource } from '../inventory.ts';

/** Net amortized cost of one month's usage, split by a tag key. Payer scope; one record per key and linked account.
 *  `id` = `<key>/<accountId>`; `accountId` is the linked account. */
export type TagCoverage = Resource & {
  readonly key: string;
  readonly taggedUsd: number;
  readonly untaggedUsd: number;
  /** Half-open, as Cost Explorer wants it. */
  readonly from: string;
  readonly to: string;
};

/** Spend of one service in one account and region over the last 30 full days. `id` = `<service>/<accountId>/<region>`. */
export type ServiceSpend = Resource & { readonly service: string; readonly usd30d: number };

/** What kind of charge a line is. `Usage` = on demand; `CoveredUsage` = usage that a commitment pays; the others are no usage. */
export type CostRecordType = 'Usage' | 'CoveredUsage' | 'Credit' | 'Refund' | 'Tax' | 'CommitmentFee' | 'Other';

/**
 * Daily cost of one account x service x region x usage type x record type over the last 62 days at most; the longer
 * history stays in the state store. Payer scope; `accountId` is the linked account, `region` the region of the usage
 * (`global` where it has none), `id` all five joined by `/`.
 */
export type DailyCost = Resource & {
  readonly service: string;
  /** Verbatim, with its region prefix. */
  readonly usageType: string;
  readonly recordType: CostRecordType;
  /** Day of `usd[0]`. */
  readonly from: string;
  /** USD a day up to yesterday (UTC): unblended for `Usage`, amortized for `CoveredUsage`. NaN = not delivered yet. */
  readonly usd: Float64Array;
  /** In the unit that AWS bills; NaN where the source has none. Same days as `usd`. */
  readonly quantity: Float64Array;
  /** First day with cost in all that is known of the series. */
  readonly firstDay: string;
  /** First day of the history that is known at all: an earlier first cost cannot be excluded when they are close. */
  readonly historyFrom: string;
};

/** Days a series was unusual, newest last. */
export type IncidentDay = {
  readonly day: string;
  readonly actualUsd: number;
  readonly expectedUsd: number;
  /** 90 % band of what was expected. */
  readonly lowerUsd: number;
  readonly upperUsd: number;
  /** Yesterday's figure grows until AWS has all of it: it can prove an overrun, never a drop. */
  readonly isPartial: boolean;
};

export type IncidentSeries = {
  readonly accountId: string;
  readonly service: string;
  readonly region: string;
  readonly usageType: string;
  readonly recordType: CostRecordType;
  readonly days: readonly IncidentDay[];
  /** The 60 days up to the newest one with the band, for the picture: `null` = not delivered or not forecast. */
  readonly chart: {
    readonly from: string;
    readonly actualUsd: readonly (number | null)[];
    readonly lowerUsd: readonly (number | null)[];
    readonly upperUsd: readonly (number | null)[];
  };
  /** Amounts of the same place in the months before, so that the message can say "not a month-start charge". */
  readonly sameDayOfMonth: readonly { readonly day: string; readonly usd: number }[];
  /** Days of own history the decision rests on. */
  readonly historyDays: number;
  /** How far outside, in standard deviations of the series' own log noise; `null` where the decision has no such scale. */
  readonly sigma: number | null;
  /** The newest day is the highest (lowest for `down`) of so many days. */
  readonly extremeOfDays: number;
};

export type IncidentState = 'provisional' | 'open' | 'ongoing' | 'newNormal' | 'resolved' | 'withdrawn' | 'planned';

/**
 * One unusual thing in the bill: series that moved together, from their first unusual day on. `id` never changes while
 * it lasts. `accountId` is the account with most of its dollars, `region` and the rest likewise.
 */
export type CostIncident = Resource & {
  readonly state: IncidentState;
  readonly direction: 'up' | 'down';
  readonly shape: 'spike' | 'shift' | 'drift' | 'drop' | 'newSpend' | 'recurringExceeded' | 'overrun';
  /** First unusual day. */
  readonly onset: string;
  /** Day of the run that said it first. */
  readonly openedOn: string;
  /** Newest unusual day. */
  readonly lastDay: string;
  /** By dollars, largest first. */
  readonly series: readonly IncidentSeries[];
  /** Sum of actual - expected over all unusual days, with its 90 % interval. Negative for `down`. */
  readonly excessUsd: number;
  readonly excessLowUsd: number;
  readonly excessHighUsd: number;
  /** If it goes on: median daily excess x 30.4. */
  readonly monthlyRunRateUsd: number;
  readonly confidence: 'high' | 'medium' | 'low';
  /** AWS raised a day that had been within its band: the day, and the figures before and after. */
  readonly restated: { readonly day: string; readonly fromUsd: number; readonly toUsd: number } | null;
};

/** An anomaly found by AWS's own detection. `accountId`, `region`, `service` and `usageType` are those of its first cause. */
export type AwsCostAnomaly = Resource & {
  readonly from: string;
  /** `null` = it goes on. */
  readonly to: string | null;
  readonly service: string;
  readonly usageType: string;
  readonly impactUsd: number;
  readonly monitorArn: string;
  /** What people told AWS about it; `null` = nobody has. */
  readonly feedback: 'YES' | 'NO' | 'PLANNED_ACTIVITY' | null;
};

/** A cost budget. `id` is its name. */
export type CostBudget = Resource & {
  readonly timeUnit: 'DAILY' | 'MONTHLY' | 'QUARTERLY' | 'ANNUALLY' | 'CUSTOM';
  /** `null` = planned month by month, or not in USD. */
  readonly limitUsd: number | null;
  /** Accounts it is limited to; `other` = limited by something else (a service, a tag). */
  readonly covers: 'everything' | 'other' | readonly string[];
};

export type CostKinds = {
  'cost.tag-coverage': TagCoverage;
  'cost.service-spend': ServiceSpend;
  'cost.daily': DailyCost;
  'cost.incident': CostIncident;
  'cost.aws-anomaly': AwsCostAnomaly;
  'cost.budget': CostBudget;
};
