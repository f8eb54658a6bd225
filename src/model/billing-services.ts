/**
 * Services as bills name them: Cost Explorer by title (`AWS Key Management Service`), data exports by product code
 * (`awskms`). Only services whose usage types need them to be told apart, or that have no region, are named here.
 * Titles and codes as in public bills and cost tools, read 2026-11-25.
 */
export type BillingService =
  | 'ec2'
  | 's3'
  | 'cloudwatch'
  | 'ecr'
  | 'dynamodb'
  | 'codeartifact'
  | 'sqs'
  | 'sns'
  | 'elb'
  | 'lambda'
  | 'rds'
  | 'docdb'
  | 'neptune'
  | 'mq'
  | 'elasticache'
  | 'kinesis'
  | 'efs'
  | 'backup'
  | 'cloudfront'
  | 'kms'
  | 'cloudtrail'
  | 'waf'
  | 'global';

/** First match wins: ECR calls itself EC2 too. */
const names: readonly (readonly [RegExp, BillingService])[] = [
  [/Container Registry|^AmazonECR(Public)?$/, 'ecr'],
  [/Elastic Compute Cloud|^EC2 - Other$|^AmazonEC2$/, 'ec2'],
  [/Simple Storage Service|^AmazonS3/, 's3'],
  [/^Amazon ?CloudWatch$/, 'cloudwatch'],
  [/^Amazon ?DynamoDB$/, 'dynamodb'],
  [/CodeArtifact/, 'codeartifact'],
  [/Simple Queue Service|^AWSQueueService$/, 'sqs'],
  [/Simple Notification Service|^AmazonSNS$/, 'sns'],
  [/Elastic Load Balancing|^AWSELB$/, 'elb'],
  [/^AWS ?Lambda$/, 'lambda'],
  [/Relational Database|^AmazonRDS$/, 'rds'],
  [/^Amazon ?Doc(umentDB|DB)/, 'docdb'],
  [/^Amazon ?Neptune$/, 'neptune'],
  [/^Amazon ?MQ$/, 'mq'],
  [/^Amazon ?ElastiCache$/, 'elasticache'],
  [/^Amazon ?Kinesis$/, 'kinesis'],
  [/Elastic File System|^AmazonEFS$/, 'efs'],
  [/^AWS ?Backup$/, 'backup'],
  [/^Amazon ?CloudFront$/, 'cloudfront'],
  [/Key Management Service|^awskms$/, 'kms'],
  [/^AWS ?CloudTrail$/, 'cloudtrail'],
  [/^(AWS ?WAF|awswaf)$/, 'waf'],
  [
    /Route ?53$|Registrar|Support|Organizations|Cost ?Explorer|Identity and Access|Shield|Global ?Accelerator|Budgets|^Tax$|Savings ?Plans for AWS Compute|^ComputeSavingsPlans$/,
    'global',
  ],
];

/** @returns undefined for a service whose usage types are its own */
export function billingService(service: string): BillingService | undefined {
  return names.find(([pattern]) => pattern.test(service))?.[1];
}
