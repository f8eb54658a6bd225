/**
 * Services as Cost Explorer names them. Data exports say the product code (`awskms`), Cost Explorer a title, and it
 * splits EC2 in two; a bill that is read from both must not fall apart into two services.
 */

/**
 * Titles by product code. Codes as CUR lines carry them (public CUR column notes), titles as Cost Explorer's SERVICE
 * dimension returns them (answers and value lists in public repositories), both read 2026-11-25. EC2 is not here: its
 * title depends on the usage type.
 */
const titles: Readonly<Record<string, string>> = {
  AmazonApiGateway: 'Amazon API Gateway',
  AmazonAthena: 'Amazon Athena',
  AmazonBedrock: 'Amazon Bedrock',
  AmazonCloudFront: 'Amazon CloudFront',
  AmazonCloudWatch: 'AmazonCloudWatch',
  AmazonCognito: 'Amazon Cognito',
  AmazonDocDB: 'Amazon DocumentDB (with MongoDB compatibility)',
  AmazonDynamoDB: 'Amazon DynamoDB',
  AmazonECR: 'Amazon EC2 Container Registry (ECR)',
  AmazonECS: 'Amazon Elastic Container Service',
  AmazonEFS: 'Amazon Elastic File System',
  AmazonEKS: 'Amazon Elastic Container Service for Kubernetes',
  AmazonES: 'Amazon OpenSearch Service',
  AmazonElastiCache: 'Amazon ElastiCache',
  AmazonGuardDuty: 'Amazon GuardDuty',
  AmazonInspector: 'Amazon Inspector',
  AmazonKinesis: 'Amazon Kinesis',
  AmazonKinesisFirehose: 'Amazon Kinesis Firehose',
  AmazonMSK: 'Amazon Managed Streaming for Apache Kafka',
  AmazonQuickSight: 'Amazon QuickSight',
  AmazonRDS: 'Amazon Relational Database Service',
  AmazonRedshift: 'Amazon Redshift',
  AmazonRegistrar: 'Amazon Registrar',
  AmazonRoute53: 'Amazon Route 53',
  AmazonS3: 'Amazon Simple Storage Service',
  AmazonSES: 'Amazon Simple Email Service',
  AmazonSNS: 'Amazon Simple Notification Service',
  AmazonSageMaker: 'Amazon SageMaker',
  AmazonSimpleDB: 'Amazon SimpleDB',
  AmazonStates: 'AWS Step Functions',
  AmazonVPC: 'Amazon Virtual Private Cloud',
  AmazonWorkSpaces: 'Amazon WorkSpaces',
  AWSAmplify: 'AWS Amplify',
  AWSBackup: 'AWS Backup',
  AWSBudgets: 'AWS Budgets',
  AWSCloudFormation: 'AWS CloudFormation',
  AWSCloudTrail: 'AWS CloudTrail',
  AWSCodeArtifact: 'AWS CodeArtifact',
  AWSCodePipeline: 'AWS CodePipeline',
  AWSConfig: 'AWS Config',
  AWSCostExplorer: 'AWS Cost Explorer',
  AWSDataTransfer: 'AWS Data Transfer',
  AWSDatabaseMigrationSvc: 'AWS Database Migration Service',
  AWSDirectConnect: 'AWS Direct Connect',
  AWSDirectoryService: 'AWS Directory Service',
  AWSELB: 'Amazon Elastic Load Balancing',
  AWSEvents: 'CloudWatch Events',
  AWSGlobalAccelerator: 'AWS Global Accelerator',
  AWSGlue: 'AWS Glue',
  AWSIoT: 'AWS IoT',
  AWSLambda: 'AWS Lambda',
  AWSQueueService: 'Amazon Simple Queue Service',
  AWSSecretsManager: 'AWS Secrets Manager',
  AWSSecurityHub: 'AWS Security Hub',
  AWSServiceCatalog: 'AWS Service Catalog',
  AWSSystemsManager: 'AWS Systems Manager',
  AWSTransfer: 'AWS Transfer Family',
  AWSXRay: 'AWS X-Ray',
  CodeBuild: 'CodeBuild',
  ElasticMapReduce: 'Amazon Elastic MapReduce',
  awskms: 'AWS Key Management Service',
  awswaf: 'AWS WAF',
};

/** FOCUS names a service as price lists do, which differs from Cost Explorer's title for these. */
const codesOfNames: Readonly<Record<string, string>> = {
  'Amazon Elastic Compute Cloud': 'AmazonEC2',
  'Elastic Load Balancing': 'AWSELB',
  'Amazon CloudWatch': 'AmazonCloudWatch',
};

const computeTitle = 'Amazon Elastic Compute Cloud - Compute';
const otherTitle = 'EC2 - Other';
/**
 * Instance hours, however they are bought; disks, addresses, NAT gateways, transfer and CPU credits are `EC2 - Other`
 * (public Cost Explorer tool that lists what EC2 - Other holds, read 2026-11-25).
 */
const instanceHours =
  /(?:^|-)(?:BoxUsage|SpotUsage|DedicatedUsage|HostBoxUsage|HostUsage|ReservedHostUsage|HeavyUsage|UnusedBox|UnusedDed)(?::|$)/;

/**
 * @param productCode of CUR 2.0 or FOCUS (`x_ServiceCode`); may be empty where there is a name
 * @param productName of FOCUS (`ServiceName`); counts where the code is not known. Default: none
 * @returns Cost Explorer's title; what is not in the table (the Marketplace, new services) stays as it is
 */
export function serviceName(productCode: string, usageType: string, productName = ''): string {
  const code = productCode === '' ? (codesOfNames[productName] ?? '') : productCode;
  if (code === 'AmazonEC2') return instanceHours.test(usageType) ? computeTitle : otherTitle;
  return titles[code] ?? (productName === '' ? code : productName);
}
