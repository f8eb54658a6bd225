/**
 * Families of usage types in words. Spellings as in AWS price lists, agent toolkits and public cost tools, read
 * 2026-11-23; what is not here is shown as AWS writes it.
 */
import type { BillingService } from './billing-services.ts';

export type UsageGroup =
  | 'network'
  | 'compute'
  | 'storage'
  | 'serverless'
  | 'database'
  | 'logs'
  | 'requests'
  | 'commitment'
  | 'other';

/** `$1` in the words is what the pattern captures: the detail. A unit that ends with `-month` is billed by the month. */
export type FamilyRow = readonly [pattern: RegExp, words: string, unit: string | undefined, group: UsageGroup];

/** S3 classes by the middle of `TimedStorage-INT-FA-ByteHrs`. */
const s3Storage: readonly FamilyRow[] = [
  [/^TimedStorage-ByteHrs$/, 'S3 Standard, stored data', 'GB-month', 'storage'],
  [/^TimedStorage-SIA-(?:ByteHrs|SmObjects)$/, 'S3 Standard-IA, stored data', 'GB-month', 'storage'],
  [/^TimedStorage-ZIA-(?:ByteHrs|SmObjects)$/, 'S3 One Zone-IA, stored data', 'GB-month', 'storage'],
  [/^TimedStorage-GIR-(?:ByteHrs|SmObjects)$/, 'S3 Glacier Instant Retrieval, stored data', 'GB-month', 'storage'],
  [/^TimedStorage-Glacier(?:ByteHrs|Staging)$/, 'S3 Glacier Flexible Retrieval, stored data', 'GB-month', 'storage'],
  [/^TimedStorage-GDA-(?:ByteHrs|Staging)$/, 'S3 Glacier Deep Archive, stored data', 'GB-month', 'storage'],
  [/^TimedStorage-INT-FA-ByteHrs$/, 'S3 Intelligent-Tiering, frequent access', 'GB-month', 'storage'],
  [/^TimedStorage-INT-IA-ByteHrs$/, 'S3 Intelligent-Tiering, infrequent access', 'GB-month', 'storage'],
  [/^TimedStorage-INT-(?:AIA|AA|DAA)-ByteHrs$/, 'S3 Intelligent-Tiering, archive', 'GB-month', 'storage'],
  [/^EarlyDelete-(\S+)$/, 'S3, deleted before the least time of $1', 'GB-month', 'storage'],
  [/^Monitoring-Automation-INT$/, 'S3 Intelligent-Tiering, watching objects', undefined, 'storage'],
];

/** What several services bill under one name. */
export const ownFamilies: Partial<Readonly<Record<BillingService, readonly FamilyRow[]>>> = {
  s3: [
    ...s3Storage,
    [/^Requests-Tier1$/, 'S3, writing and listing requests', 'request', 'requests'],
    [/^Requests-Tier2$/, 'S3, reading requests', 'request', 'requests'],
    [/^Requests-(?:SIA|ZIA|INT|GIR|GDA|GLACIER)-Tier\d$/, 'S3, requests to colder classes', 'request', 'requests'],
    [/^Requests-Tier\d$/, 'S3, lifecycle and archive requests', 'request', 'requests'],
    [/^(?:S3RTC|S3G)-/, 'S3, replication and acceleration', undefined, 'network'],
  ],
  cloudwatch: [
    [/^TimedStorage-ByteHrs$/, 'CloudWatch Logs, stored data', 'GB-month', 'logs'],
    [/^DataProcessing-Bytes$/, 'CloudWatch Logs, log data ingested', 'GB', 'logs'],
    [/^DataProcessingIA-Bytes$/, 'CloudWatch Logs, log data ingested (Infrequent Access)', 'GB', 'logs'],
    [/^DataScanned-Bytes$/, 'CloudWatch Logs Insights, data scanned', 'GB', 'logs'],
  ],
  ecr: [[/^TimedStorage-ByteHrs$/, 'container images, stored data', 'GB-month', 'storage']],
  codeartifact: [[/^TimedStorage-ByteHrs$/, 'packages, stored data', 'GB-month', 'storage']],
  efs: [[/^(\w*)TimedStorage-\S*$/, 'file system, stored data', 'GB-month', 'storage']],
  dynamodb: [
    [/^(?:IA-)?TimedStorage-ByteHrs$/, 'DynamoDB, stored data', 'GB-month', 'database'],
    [/^TimedPITRStorage-ByteHrs$/, 'DynamoDB, point-in-time recovery', 'GB-month', 'database'],
    [/^TimedBackupStorage-ByteHrs$/, 'DynamoDB, backups', 'GB-month', 'database'],
  ],
  sqs: [[/^Requests-(?:FIFO-)?Tier\d$/, 'SQS, requests', 'request', 'requests']],
  sns: [
    [/^(?:F-)?Requests-Tier\d$/, 'SNS, published messages', 'request', 'requests'],
    [/^(?:F-)?DeliveryAttempts-(\w+)$/, 'SNS, deliveries by $1', undefined, 'requests'],
  ],
  elb: [[/^DataProcessing-Bytes$/, 'load balancer, data processed', 'GB', 'network']],
  lambda: [
    [/^Request(?:-ARM)?$/, 'Lambda, requests', 'request', 'serverless'],
    [/^(?:[A-Z]{2}-)?Lambda-Edge-Request$/, 'Lambda@Edge, requests', 'request', 'serverless'],
    [/^(?:[A-Z]{2}-)?Lambda-Edge-GB-Second$/, 'Lambda@Edge, compute', 'GB-second', 'serverless'],
  ],
  rds: [
    [/^InstanceUsage:(.+)$/, 'database instance hours of $1', 'hour', 'database'],
    [/^Multi-AZUsage:(.+)$/, 'database instance hours of $1 in two zones', 'hour', 'database'],
  ],
  docdb: [[/^InstanceUsage:(.+)$/, 'DocumentDB instance hours of $1', 'hour', 'database']],
  neptune: [[/^InstanceUsage:(.+)$/, 'Neptune instance hours of $1', 'hour', 'database']],
  mq: [[/^InstanceUsage:(.+)$/, 'message broker hours of $1', 'hour', 'compute']],
  elasticache: [[/^BackupUsage$/, 'cache backups', 'GB-month', 'database']],
  backup: [[/^(?:Warm|Cold)Storage-ByteHrs-(\S+)$/, 'backups of $1', 'GB-month', 'storage']],
  kinesis: [
    [/^(?:Storage|Extended)-ShardHour$/, 'Kinesis, shard hours', 'shard-hour', 'serverless'],
    [/^PutRequestPayloadUnits$/, 'Kinesis, records put', 'payload unit', 'requests'],
    [/^EnhancedFanoutHour$/, 'Kinesis, fan-out consumers', 'hour', 'serverless'],
    [/^ReadBytes$/, 'Kinesis, data read by fan-out', 'GB', 'serverless'],
    [/^OnDemand-StreamHour$/, 'Kinesis, on-demand streams', 'hour', 'serverless'],
    [/^OnDemand-Billed(Incoming|Outgoing)Bytes$/, 'Kinesis, on-demand data ($1)', 'GB', 'serverless'],
    [/^LongTermRetention-ByteHrs$/, 'Kinesis, long retention', 'GB-month', 'storage'],
  ],
  cloudfront: [
    [/^DataTransfer-Out-Bytes$/, 'CloudFront, data to viewers', 'GB', 'network'],
    [/^DataTransfer-Out-OBytes$/, 'CloudFront, data to origins', 'GB', 'network'],
    [/^Requests-(?:Tier\d-HTTPS|HTTPS\S*)$/, 'CloudFront, HTTPS requests', 'request', 'requests'],
    [/^Requests-(?:Tier\d|HTTP\S*)$/, 'CloudFront, HTTP requests', 'request', 'requests'],
    [/^Invalidations$/, 'CloudFront, invalidations', undefined, 'requests'],
    [/^Executions-CloudFrontFunctions$/, 'CloudFront, functions', 'request', 'serverless'],
  ],
  waf: [
    [/^WebACL(?:V2)?$/, 'WAF, web ACLs', 'ACL-month', 'other'],
    [/^Rule(?:V2)?$/, 'WAF, rules', 'rule-month', 'other'],
    [/^(?:ShieldProtected-)?Request(?:V2-Tier\d)?$/, 'WAF, requests looked at', 'request', 'requests'],
  ],
};
