/** Answers of Compute Optimizer as records: the first of its options, where it saves anything. */
import type {
  ECSServiceRecommendation,
  IdleRecommendation,
  InstanceRecommendation,
  LambdaFunctionRecommendation,
  RDSDBRecommendation,
  Tag,
  VolumeConfiguration,
  VolumeRecommendation,
} from '@aws-sdk/client-compute-optimizer';
import type { OptimizerRecommendation } from '../../model/resources/optimizer.ts';
import { cloudFormationType } from './resource-type.ts';

type Opportunity = {
  readonly savingsOpportunityPercentage?: number | undefined;
  readonly estimatedMonthlySavings?:
    | { readonly currency?: string | undefined; readonly value?: number | undefined }
    | undefined;
};
type Option = {
  readonly rank?: number | undefined;
  readonly savingsOpportunity?: Opportunity | undefined;
  readonly savingsOpportunityAfterDiscounts?: Opportunity | undefined;
};

type Facts = {
  readonly arn: string | undefined;
  readonly accountId: string | undefined;
  readonly awsType: string;
  readonly action: string;
  readonly current?: string | undefined;
  readonly recommended?: string | undefined;
  readonly option: Option | undefined;
  readonly effort?: string | undefined;
  readonly lookbackDays: number | undefined;
  readonly refreshedAt: Date | undefined;
  readonly tags: readonly Tag[] | undefined;
};

/**
 * Idle resources are called otherwise than in the Hub, and have no action in the answer. Ours ends the cost, and can be
 * undone where the resource allows that.
 */
const idleTypes: Readonly<Record<string, readonly [awsType: string, action: string]>> = {
  AutoScalingGroup: ['Ec2AutoScalingGroup', 'ScaleIn'],
  EBSVolume: ['EbsVolume', 'Delete'],
  EC2Instance: ['Ec2Instance', 'Stop'],
  ECSService: ['EcsService', 'ScaleIn'],
  RDSDBInstance: ['RdsDbInstance', 'Stop'],
};

export function fromIdle(item: IdleRecommendation): OptimizerRecommendation | undefined {
  const { resourceType = '' } = item;
  const [awsType, action] = idleTypes[resourceType] ?? [resourceType, 'Delete'];
  return toRecord({
    arn: item.resourceArn,
    accountId: item.accountId,
    awsType,
    action,
    current: item.findingDescription ?? item.finding,
    option: item,
    lookbackDays: item.lookBackPeriodInDays,
    refreshedAt: item.lastRefreshTimestamp,
    tags: item.tags,
  });
}

export function fromInstance(item: InstanceRecommendation): OptimizerRecommendation | undefined {
  const option = bestOf(item.recommendationOptions);
  return toRecord({
    arn: item.instanceArn,
    accountId: item.accountId,
    awsType: 'Ec2Instance',
    action: 'Rightsize',
    current: item.currentInstanceType,
    recommended: option?.instanceType,
    option,
    effort: option?.migrationEffort,
    lookbackDays: item.lookBackPeriodInDays,
    refreshedAt: item.lastRefreshTimestamp,
    tags: item.tags,
  });
}

export function fromVolume(item: VolumeRecommendation): OptimizerRecommendation | undefined {
  const option = bestOf(item.volumeRecommendationOptions);
  const isOtherType = option?.configuration?.volumeType !== item.currentConfiguration?.volumeType;
  return toRecord({
    arn: item.volumeArn,
    accountId: item.accountId,
    awsType: 'EbsVolume',
    action: isOtherType ? 'Upgrade' : 'Rightsize',
    current: volume(item.currentConfiguration),
    recommended: volume(option?.configuration),
    option,
    lookbackDays: item.lookBackPeriodInDays,
    refreshedAt: item.lastRefreshTimestamp,
    tags: item.tags,
  });
}

export function fromFunction(item: LambdaFunctionRecommendation): OptimizerRecommendation | undefined {
  const option = bestOf(item.memorySizeRecommendationOptions);
  return toRecord({
    arn: item.functionArn,
    accountId: item.accountId,
    awsType: 'LambdaFunction',
    action: 'Rightsize',
    current: megabytes(item.currentMemorySize),
    recommended: megabytes(option?.memorySize),
    option,
    lookbackDays: item.lookbackPeriodInDays,
    refreshedAt: item.lastRefreshTimestamp,
    tags: item.tags,
  });
}

/** Instance and storage are two recommendations with dollars of their own. */
export function fromDatabase(item: RDSDBRecommendation): (OptimizerRecommendation | undefined)[] {
  const instance = bestOf(item.instanceRecommendationOptions);
  const storage = bestOf(item.storageRecommendationOptions);
  const common = {
    arn: item.resourceArn,
    accountId: item.accountId,
    action: 'Rightsize',
    lookbackDays: item.lookbackPeriodInDays,
    refreshedAt: item.lastRefreshTimestamp,
    tags: item.tags,
  };
  const size = (of: { storageType?: string | undefined; allocatedStorage?: number | undefined } | undefined) =>
    of === undefined ? undefined : [of.storageType, gigabytes(of.allocatedStorage)].filter(Boolean).join(' ');
  return [
    toRecord({
      ...common,
      awsType: 'RdsDbInstance',
      current: item.currentDBInstanceClass,
      recommended: instance?.dbInstanceClass,
      option: instance,
    }),
    toRecord({
      ...common,
      awsType: 'RdsDbInstanceStorage',
      current: size(item.currentStorageConfiguration),
      recommended: size(storage?.storageConfiguration),
      option: storage,
    }),
  ];
}

export function fromService(item: ECSServiceRecommendation): OptimizerRecommendation | undefined {
  const [option] = item.serviceRecommendationOptions ?? [];
  const size = (of: { cpu?: number | undefined; memory?: number | undefined } | undefined) =>
    of === undefined ? undefined : `${of.cpu ?? '?'} CPU units, ${megabytes(of.memory) ?? '?'}`;
  return toRecord({
    arn: item.serviceArn,
    accountId: item.accountId,
    awsType: 'EcsService',
    action: 'Rightsize',
    current: size(item.currentServiceConfiguration),
    recommended: size(option),
    option,
    lookbackDays: item.lookbackPeriodInDays,
    refreshedAt: item.lastRefreshTimestamp,
    tags: item.tags,
  });
}

/** What needs more than it has comes with options that cost more: no saving, no recommendation. */
function toRecord({
  arn = '',
  accountId = '',
  awsType,
  action,
  option,
  ...facts
}: Facts): OptimizerRecommendation | undefined {
  const opportunity = option?.savingsOpportunityAfterDiscounts ?? option?.savingsOpportunity;
  const { currency = 'USD', value = 0 } = opportunity?.estimatedMonthlySavings ?? {};
  if (value <= 0) return undefined;
  const [, , , region = ''] = arn.split(':');
  return {
    id: `${awsType}/${arn}/${action}`,
    arn,
    type: cloudFormationType(awsType),
    accountId,
    region: region === '' ? 'global' : region,
    tags: Object.fromEntries((facts.tags ?? []).map(({ key = '', value: text = '' }) => [key, text])),
    source: 'compute-optimizer',
    // `function:name:version` and `db:name`, else what follows the last slash.
    resourceId: arn.split(':')[6] ?? arn.split('/').at(-1) ?? arn,
    awsType,
    action,
    current: facts.current,
    recommended: facts.recommended,
    estimatedMonthlySavingUsd: currency === 'USD' ? value : undefined,
    estimatedSavingPercent: opportunity?.savingsOpportunityPercentage,
    effort: facts.effort,
    // Compute Optimizer says neither.
    restartNeeded: undefined,
    rollbackPossible: undefined,
    lookbackDays: facts.lookbackDays,
    refreshedAt: facts.refreshedAt?.toISOString(),
  };
}

function bestOf<T extends Option>(options: readonly T[] | undefined): T | undefined {
  return options?.toSorted((a, b) => (a.rank ?? 1) - (b.rank ?? 1))[0];
}

function volume(of: VolumeConfiguration | undefined): string | undefined {
  return of === undefined ? undefined : [of.volumeType, gigabytes(of.volumeSize)].filter(Boolean).join(' ');
}

function gigabytes(size: number | undefined): string | undefined {
  return size === undefined ? undefined : `${size} GiB`;
}

function megabytes(size: number | undefined): string | undefined {
  return size === undefined ? undefined : `${size} MB`;
}
