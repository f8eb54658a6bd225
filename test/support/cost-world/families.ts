/** All families: how many of a hundred series, what AWS calls their usage, in which accounts, and what may happen to them. */
import { calendarFamilies } from './calendar-families.ts';
import { type CourseOf, levelFamilies } from './level-families.ts';
import { sporadicFamilies } from './sporadic-families.ts';

const ec2 = 'Amazon Elastic Compute Cloud - Compute';
const ec2Other = 'EC2 - Other';
const s3 = 'Amazon Simple Storage Service';
const rds = 'Amazon Relational Database Service';
const fargate = 'Amazon Elastic Container Service';
const glue = 'AWS Glue';
const emr = 'Amazon Elastic MapReduce';

/** What can go wrong with a series of the family, as a person would name it. */
export type Fate = 'level' | 'storage' | 'sporadic' | 'lump' | 'tiny' | 'none';

export type Family = {
  readonly weight: number;
  readonly course: CourseOf;
  readonly usage: readonly (readonly [service: string, usageType: string])[];
  readonly fate: Fate;
  /** Kinds of account that have it; default: all. */
  readonly kinds?: readonly string[];
  /** Of the level, in USD a day; default: around $40, from one dollar to thousands. */
  readonly usd?: readonly [number, number];
};

const traffic = [
  [ec2, 'BoxUsage:c6i.2xlarge'],
  [ec2, 'BoxUsage:m7g.xlarge'],
  ['Amazon DynamoDB', 'WriteRequestUnits'],
  ['Amazon DynamoDB', 'ReadRequestUnits'],
  ['Amazon API Gateway', 'ApiGatewayRequest'],
  ['Amazon CloudFront', 'Requests-Tier2-HTTPS'],
  ['Amazon Elastic Load Balancing', 'LCUUsage'],
  [fargate, 'Fargate-vCPU-Hours:perCPU'],
  [fargate, 'Fargate-GB-Hours'],
  ['AWS Lambda', 'Lambda-GB-Second'],
  [ec2Other, 'DataTransfer-Regional-Bytes'],
  ['AWS WAF', 'RequestV2-Tier1'],
] as const;
const provisioned = [
  [rds, 'InstanceUsage:db.r6g.large'],
  [rds, 'Multi-AZUsage:db.m6g.xlarge'],
  [rds, 'Aurora:ServerlessV2Usage'],
  [ec2, 'BoxUsage:m6i.xlarge'],
  [ec2, 'BoxUsage:r6i.2xlarge'],
  ['Amazon ElastiCache', 'NodeUsage:cache.r6g.large'],
  ['Amazon Elastic Load Balancing', 'LoadBalancerUsage'],
  ['Amazon Managed Streaming for Apache Kafka', 'Kafka.m5.large'],
  ['Amazon Virtual Private Cloud', 'VpcEndpoint-Hours'],
  [ec2Other, 'NatGateway-Hours'],
  ['Amazon OpenSearch Service', 'ESInstance:r6g.large'],
  ['Amazon WorkSpaces', 'AW-HW-2'],
] as const;
const bytesHeld = [
  [s3, 'TimedStorage-ByteHrs'],
  [s3, 'TimedStorage-SIA-ByteHrs'],
  [ec2Other, 'EBS:VolumeUsage.gp3'],
  [ec2Other, 'EBS:SnapshotUsage'],
  ['Amazon Elastic File System', 'TimedStorage-ByteHrs'],
  [rds, 'RDS:GP3-Storage'],
  [rds, 'RDS:ChargedBackupUsage'],
  ['AWS Backup', 'WarmStorage-ByteHrs-EBS'],
  ['AmazonCloudWatch', 'TimedStorage-ByteHrs'],
  ['Amazon DynamoDB', 'TimedStorage-ByteHrs'],
] as const;
const batches = [
  [emr, 'BoxUsage:r5.2xlarge'],
  [glue, 'ETL-DPU-Hour'],
  ['Amazon Redshift', 'Node:ra3.xlplus'],
  ['AWS Batch', 'Fargate-vCPU-Hours:perCPU'],
  ['Amazon Athena', 'DataScannedInTB'],
] as const;
const jobs = [
  ['Amazon SageMaker', 'Train:ml.g5.2xlarge'],
  [glue, 'ETL-DPU-Hour'],
  ['Amazon Athena', 'DataScannedInTB'],
  [emr, 'BoxUsage:m5.xlarge'],
  [ec2, 'SpotUsage:p4d.24xlarge'],
  ['Amazon Textract', 'PagesForDocumentText'],
] as const;
const people = [
  [ec2, 'BoxUsage:t3.large'],
  [ec2, 'BoxUsage:m5.large'],
  ['Amazon SageMaker', 'Studio:JupyterLab-ml.t3.xlarge'],
  ['Amazon WorkSpaces', 'AutoStop-Usage'],
  ['CodeBuild', 'Build-Min:Linux:g1.medium'],
] as const;
const pennies = [
  ['AWS Key Management Service', 'KMS-Requests'],
  ['Amazon Simple Notification Service', 'Requests-Tier1'],
  ['Amazon Simple Queue Service', 'Requests-RBP'],
  [s3, 'Requests-Tier1'],
  ['AWS Config', 'ConfigurationItemRecorded'],
  ['Amazon GuardDuty', 'PaidEventsAnalyzed'],
  ['Amazon EC2 Container Registry (ECR)', 'TimedStorage-ByteHrs'],
  ['AWS CloudTrail', 'DataEventsRecorded'],
  ['AWS Secrets Manager', 'AWSSecretsManagerAPIRequest'],
] as const;
const office = ['development', 'staging', 'sandbox'];
const working = ['production', 'staging', 'shared'];
const dataKinds = ['data', 'production', 'shared'];

const {
  steady,
  clocked,
  weekly,
  autoscaled,
  growth,
  plateau,
  storage,
  deployed,
  workingHours,
  bursty,
  tiny,
  young,
  decommissioned,
} = levelFamilies;
const { tiered, monthly, monthEnd, trueUp, payroll, fiscal, school, retail, weekendsOff, weeklyJob, backup, budgeted } =
  calendarFamilies;
const { sporadic, backfill, lognormal, marketplace } = sporadicFamilies;

export const families = {
  steady: { weight: 11, course: steady, usage: provisioned, fate: 'level' },
  clocked: { weight: 2, course: clocked, usage: provisioned, fate: 'level' },
  weekly: { weight: 10, course: weekly, usage: traffic, fate: 'level' },
  autoscaled: { weight: 5, course: autoscaled, usage: traffic, fate: 'level', kinds: working },
  growth: { weight: 6, course: growth, usage: traffic, fate: 'level' },
  plateau: { weight: 2, course: plateau, usage: traffic, fate: 'level' },
  storage: { weight: 9, course: storage, usage: bytesHeld, fate: 'storage' },
  deployed: { weight: 3, course: deployed, usage: traffic, fate: 'level', kinds: working },
  workingHours: { weight: 3, course: workingHours, usage: people, fate: 'level', kinds: office },
  bursty: { weight: 5, course: bursty, usage: [...people, ...jobs], fate: 'level' },
  tiny: { weight: 9, course: tiny, usage: pennies, fate: 'tiny', usd: [0.0008, 0.9] },
  young: {
    weight: 2,
    course: young,
    usage: [
      ['Amazon Bedrock', 'InputTokenCount'],
      ['Amazon Bedrock', 'OutputTokenCount'],
      ['Amazon Q', 'QBusiness-Lite-User'],
      ['Amazon Keyspaces', 'WriteRequestUnits'],
    ],
    fate: 'none',
    usd: [0.4, 4],
  },
  decommissioned: {
    weight: 2,
    course: decommissioned,
    usage: [
      [ec2, 'BoxUsage:m4.xlarge'],
      ['Amazon OpenSearch Service', 'ESInstance:m5.large'],
      ['Amazon Redshift', 'Node:dc2.large'],
    ],
    fate: 'none',
  },
  tiered: {
    weight: 3,
    course: tiered,
    usage: [
      ['AWS Data Transfer', 'DataTransfer-Out-Bytes'],
      ['Amazon CloudFront', 'DataTransfer-Out-Bytes'],
      ['AmazonCloudWatch', 'CW:MetricMonitorUsage'],
      ['AWS Lambda', 'Lambda-GB-Second-ARM'],
    ],
    fate: 'level',
  },
  monthly: {
    weight: 4,
    course: monthly,
    usage: [
      ['AWS Support (Business)', 'Dollar'],
      ['Amazon Route 53', 'HostedZone'],
      ['AWS Secrets Manager', 'AWSSecretsManager-Secrets'],
      ['Amazon Registrar', 'Domain'],
      ['Amazon QuickSight', 'QS-User-Month'],
    ],
    fate: 'lump',
  },
  monthEnd: { weight: 2, course: monthEnd, usage: batches, fate: 'level', kinds: dataKinds },
  trueUp: {
    weight: 2,
    course: trueUp,
    usage: [
      ['AWS Data Transfer', 'DataTransfer-Out-Bytes'],
      ['Amazon Connect', 'end-customer-mins'],
      ['AWS Backup', 'CrossRegion-WarmBytes-EBS'],
    ],
    fate: 'level',
  },
  payroll: { weight: 2, course: payroll, usage: batches, fate: 'level', kinds: dataKinds },
  fiscal: { weight: 2, course: fiscal, usage: batches, fate: 'level', kinds: dataKinds },
  school: { weight: 2, course: school, usage: traffic, fate: 'level', kinds: ['production'] },
  retail: { weight: 2, course: retail, usage: traffic, fate: 'level', kinds: ['production'] },
  weekendsOff: { weight: 3, course: weekendsOff, usage: people, fate: 'level', kinds: office },
  weeklyJob: {
    weight: 4,
    course: weeklyJob,
    usage: [
      ['AWS Backup', 'CrossRegion-WarmBytes-EBS'],
      ['AWS Batch', 'Fargate-vCPU-Hours:perCPU'],
      ['Amazon Inspector', 'EC2-Scan'],
      [glue, 'Crawler-DPU-Hour'],
    ],
    fate: 'sporadic',
  },
  backup: {
    weight: 2,
    course: backup,
    usage: [
      ['AWS Backup', 'EarlyDelete-WarmByteHrs'],
      [s3, 'Requests-Tier1'],
      [ec2Other, 'EBS:directAPI.snapshot.Put'],
    ],
    fate: 'none',
  },
  budgeted: { weight: 1, course: budgeted, usage: jobs, fate: 'none', kinds: ['sandbox', 'development'] },
  sporadic: { weight: 6, course: sporadic, usage: jobs, fate: 'sporadic' },
  backfill: { weight: 2, course: backfill, usage: jobs, fate: 'none', kinds: ['data', 'production'] },
  lognormal: { weight: 3, course: lognormal, usage: jobs, fate: 'level' },
  marketplace: {
    weight: 2,
    course: marketplace,
    usage: [
      ['AWS Marketplace', 'MP:monthly-contract'],
      ['Datadog Pro', 'SoftwareUsage:monthly-contract'],
    ],
    fate: 'none',
    usd: [1, 1],
  },
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof families;
