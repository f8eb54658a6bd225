/** A bill as an account has it: what many services bill every day, with rhythm, noise and growth, and fees once a month. */
import type { Builder, CostLine } from './account-state.ts';
import { chance, hex } from './random.ts';

type Usage = readonly [
  service: string,
  usageType: string,
  usdPerDay: number,
  quantityPerDay: number,
  weekend: number,
  noise: number,
  growthPerMonth: number,
];

/** Orders of magnitude of a small production account; quantities are USD by list price. Invented, but of the right shape. */
const daily: readonly Usage[] = [
  ['Amazon Elastic Compute Cloud - Compute', 'SpotUsage:m6i.xlarge', 9, 120, 0.7, 0.15, 0.01],
  ['EC2 - Other', 'EBS:VolumeUsage.gp3', 11, 137, 1, 0.003, 0.01],
  ['EC2 - Other', 'EBS:VolumeP-IOPS.gp3', 0.9, 180, 1, 0.003, 0],
  ['EC2 - Other', 'DataTransfer-Out-Bytes', 6, 66, 0.6, 0.12, 0.02],
  ['EC2 - Other', 'DataTransfer-Regional-Bytes', 4, 400, 0.7, 0.1, 0.01],
  ['EC2 - Other', 'CPUCredits:t3', 0.4, 8, 0.3, 0.6, 0],
  ['Amazon Virtual Private Cloud', 'PublicIPv4:InUseAddress', 1.44, 288, 1, 0.005, 0],
  ['Amazon Virtual Private Cloud', 'VpcEndpoint-Hours', 1.68, 168, 1, 0.002, 0],
  ['Amazon Virtual Private Cloud', 'VpcEndpoint-Bytes', 0.7, 70, 0.7, 0.1, 0.02],
  ['Amazon Elastic Load Balancing', 'LoadBalancerUsage', 1.1, 48, 1, 0.002, 0],
  ['Amazon Elastic Load Balancing', 'LCUUsage', 1.9, 237, 0.6, 0.1, 0.02],
  ['Amazon Elastic Load Balancing', 'DataProcessing-Bytes', 0.5, 62, 0.6, 0.1, 0],
  ['Amazon Simple Storage Service', 'Requests-Tier1', 1.5, 300_000, 0.6, 0.12, 0.01],
  ['Amazon Simple Storage Service', 'Requests-Tier2', 0.8, 2_000_000, 0.6, 0.12, 0.01],
  ['Amazon Simple Storage Service', 'TimedStorage-SIA-ByteHrs', 2.1, 168, 1, 0.003, 0.02],
  ['Amazon EC2 Container Registry (ECR)', 'TimedStorage-ByteHrs', 0.6, 6, 1, 0.004, 0.03],
  ['AmazonCloudWatch', 'DataProcessing-Bytes', 7, 14, 0.5, 0.12, 0.02],
  ['AmazonCloudWatch', 'VendedLog-Bytes', 1.6, 3.2, 0.6, 0.12, 0.02],
  ['AmazonCloudWatch', 'CW:MetricMonitorUsage', 2.2, 7.3, 1, 0.03, 0.01],
  ['AmazonCloudWatch', 'CW:AlarmMonitorUsage', 0.3, 3, 1, 0.002, 0],
  ['AWS Lambda', 'Lambda-Provisioned-GB-Second', 0.8, 190_000, 1, 0.05, 0],
  ['AWS Step Functions', 'StateTransition', 1.2, 48_000, 0.3, 0.2, 0.02],
  ['Amazon Simple Queue Service', 'Requests-Tier1', 0.9, 2_250_000, 0.5, 0.15, 0.02],
  ['Amazon Simple Notification Service', 'Requests-Tier1', 0.2, 400_000, 0.5, 0.15, 0],
  ['Amazon DynamoDB', 'ReadRequestUnits', 1.8, 14_400_000, 0.6, 0.12, 0.02],
  ['Amazon DynamoDB', 'WriteRequestUnits', 2.7, 4_320_000, 0.6, 0.12, 0.02],
  ['Amazon DynamoDB', 'TimedStorage-ByteHrs', 1.3, 5.2, 1, 0.003, 0.02],
  ['Amazon Relational Database Service', 'RDS:GP3-Storage', 2.4, 21, 1, 0.002, 0.01],
  ['Amazon Relational Database Service', 'RDS:ChargedBackupUsage', 0.7, 7.4, 1, 0.02, 0.02],
  ['Amazon ElastiCache', 'NodeUsage:cache.r6g.large', 4.9, 24, 1, 0.002, 0],
  ['AWS Key Management Service', 'KMS-Requests', 0.6, 200_000, 0.6, 0.15, 0.01],
  ['AWS Secrets Manager', 'AWSSecretsManager-Secrets', 0.5, 37, 1, 0.002, 0],
  ['Amazon API Gateway', 'ApiGatewayRequest', 1.1, 314_000, 0.5, 0.15, 0.03],
  ['AWS Config', 'ConfigurationItemRecorded', 0.9, 300, 0.3, 0.5, 0],
  ['AWS Glue', 'ETL-DPU-Hour', 1.4, 3.2, 0.2, 0.3, 0],
];

type AddCost = Pick<Builder, 'cost' | 'seed' | 'accountId' | 'now' | 'state' | 'scale'>;

/** The bill of one account, on top of what its resources and its compute cost. */
export function addUsage(builder: AddCost, tags: CostLine['tags']): void {
  const { seed, accountId, now, state } = builder;
  const [home = 'us-east-1'] = state.enabledRegions;
  const { team: _, ...untagged } = tags;
  const today = now.slice(0, 10);
  for (const [index, [service, usageType, usdPerDay, quantityPerDay, weekend, noise, perMonth]] of daily.entries()) {
    const size = 0.3 + 1.4 * chance(seed, accountId, service, usageType, 'size');
    builder.cost({
      service,
      usageType,
      region: home,
      usdPerDay: usdPerDay * size,
      quantityPerDay: quantityPerDay * size,
      weekend,
      // Nearly half of what an account pays is nobody's, as a rule.
      tags: index % 2 === 0 ? tags : untagged,
      course: {
        seed: Number.parseInt(hex(8, seed, accountId, service, usageType), 16),
        noise,
        growth: { perMonth, today },
      },
    });
  }
  addCommitments(builder, home, tags);
}

/** A reserved database: its use is covered, its fee comes on the first of the month. And support, which does likewise. */
function addCommitments(builder: AddCost, region: string, tags: CostLine['tags']): void {
  const monthly = { course: { seed: 0, dayOfMonth: 1 } };
  const reserved = { service: 'Amazon Relational Database Service', usageType: 'HeavyUsage:db.r6g.large', region };
  builder.cost({
    ...reserved,
    usageType: 'InstanceUsage:db.r6g.large',
    recordType: 'DiscountedUsage',
    usdPerDay: 0,
    amortizedUsdPerDay: 3.2,
    quantityPerDay: 24,
    tags,
  });
  builder.cost({ ...reserved, recordType: 'RIFee', usdPerDay: 97.28, quantityPerDay: 730, tags, ...monthly });
  builder.cost({
    service: 'AWS Support (Business)',
    usageType: 'Dollar',
    region: 'global',
    usdPerDay: 100,
    quantityPerDay: 100,
    tags: {},
    ...monthly,
  });
}
