import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUsageType } from '../../src/model/usage-types.ts';

const ec2 = 'Amazon Elastic Compute Cloud - Compute';
const ec2Other = 'EC2 - Other';
const s3 = 'Amazon Simple Storage Service';

describe('the prefix names the region', () => {
  test.each([
    ['NatGateway-Bytes', 'us-east-1'],
    ['USE1-NatGateway-Bytes', 'us-east-1'],
    ['USW2-NatGateway-Bytes', 'us-west-2'],
    ['CAN1-NatGateway-Bytes', 'ca-central-1'],
    ['CAN2-NatGateway-Bytes', 'ca-west-1'],
    ['CAW1-NatGateway-Bytes', 'ca-west-1'],
    ['EU-NatGateway-Bytes', 'eu-west-1'],
    ['EUW1-NatGateway-Bytes', 'eu-west-1'],
    ['EUC2-NatGateway-Bytes', 'eu-central-2'],
    ['APS1-NatGateway-Bytes', 'ap-southeast-1'],
    ['APS3-NatGateway-Bytes', 'ap-south-1'],
    ['APS4-NatGateway-Bytes', 'ap-southeast-3'],
    ['APS5-NatGateway-Bytes', 'ap-south-2'],
    ['APS6-NatGateway-Bytes', 'ap-southeast-4'],
    ['APS9-NatGateway-Bytes', 'ap-southeast-7'],
    ['UGW1-NatGateway-Bytes', 'us-gov-west-1'],
    ['CNN1-NatGateway-Bytes', 'cn-north-1'],
  ])('%s is in %s', (usageType, region) => {
    expect(decodeUsageType(ec2Other, usageType)).toMatchObject({ region, family: 'NatGateway-Bytes' });
  });

  test('a code that nobody knows leaves the region open and the family readable', () => {
    const local = decodeUsageType(ec2, 'LAX1-BoxUsage:c5.2xlarge');
    expect(local).toMatchObject({ region: undefined, family: 'BoxUsage', detail: 'c5.2xlarge', group: 'compute' });
  });

  test('capitals before a dash are no region when no digit ends them', () => {
    expect(decodeUsageType('Amazon QuickSight', 'QS-User-Enterprise-Month')).toMatchObject({
      region: 'us-east-1',
      family: 'QS-User-Enterprise-Month',
      words: 'QS-User-Enterprise-Month (not decoded)',
    });
    expect(decodeUsageType('AWS Key Management Service', 'EU-KMS-Requests')).toMatchObject({
      region: 'eu-west-1',
      words: 'encryption key requests',
    });
  });

  test.each([
    ['USE1-USW2-AWS-Out-Bytes', 'us-east-1', 'us-west-2', 'data transfer to us-west-2'],
    ['APS1-EU-AWS-In-Bytes', 'ap-southeast-1', 'eu-west-1', 'data transfer from eu-west-1'],
    ['USW2-AWS-Out-Bytes', 'us-west-2', undefined, 'data transfer to another region'],
    ['USE1-QQQ7-AWS-Out-Bytes', 'us-east-1', 'QQQ7', 'data transfer to QQQ7'],
  ])('%s goes from one region to another', (usageType, region, detail, words) => {
    const family = usageType.includes('In') ? 'AWS-In-Bytes' : 'AWS-Out-Bytes';
    expect(decodeUsageType(s3, usageType)).toMatchObject({ region, detail, words, family, unit: 'GB' });
  });

  test.each([
    ['Amazon CloudFront', 'EU-DataTransfer-Out-Bytes', 'CloudFront, data to viewers in Europe'],
    ['AmazonCloudFront', 'IN-Requests-Tier2-HTTPS', 'CloudFront, HTTPS requests in India'],
    ['Amazon CloudFront', 'JP-DataTransfer-Out-OBytes', 'CloudFront, data to origins in Japan'],
    ['Amazon CloudFront', 'XX-Something', 'XX-Something (not decoded)'],
    ['Amazon Route 53', 'DNS-Queries', 'DNS-Queries (not decoded)'],
    ['AWS Cost Explorer', 'USE1-APIRequest', 'Cost Explorer, requests'],
    ['Savings Plans for AWS Compute usage', 'ComputeSP:1yrNoUpfront', 'Savings Plan fee, 1yrNoUpfront'],
    ['AWS WAF', 'Global-RequestV2-Tier1', 'WAF, requests looked at'],
  ])('%s %s has no region', (service, usageType, words) => {
    expect(decodeUsageType(service, usageType)).toMatchObject({ region: 'global', words });
  });

  test('WAF has regions, except at the edge', () => {
    expect(decodeUsageType('awswaf', 'APS3-WebACLV2')).toMatchObject({ region: 'ap-south-1', words: 'WAF, web ACLs' });
  });
});

describe('the service settles what several of them bill', () => {
  test.each([
    [s3, 'TimedStorage-ByteHrs', 'S3 Standard, stored data', 'storage'],
    ['AmazonS3', 'USW2-TimedStorage-ByteHrs', 'S3 Standard, stored data', 'storage'],
    ['AmazonCloudWatch', 'TimedStorage-ByteHrs', 'CloudWatch Logs, stored data', 'logs'],
    ['Amazon EC2 Container Registry (ECR)', 'TimedStorage-ByteHrs', 'container images, stored data', 'storage'],
    ['AmazonECR', 'TimedStorage-ByteHrs', 'container images, stored data', 'storage'],
    ['Amazon DynamoDB', 'TimedStorage-ByteHrs', 'DynamoDB, stored data', 'database'],
    ['AWS CodeArtifact', 'TimedStorage-ByteHrs', 'packages, stored data', 'storage'],
    ['Amazon Something New', 'TimedStorage-ByteHrs', 'stored data', 'storage'],
    [s3, 'Requests-Tier1', 'S3, writing and listing requests', 'requests'],
    ['Amazon Simple Queue Service', 'Requests-Tier1', 'SQS, requests', 'requests'],
    ['AWSQueueService', 'Requests-FIFO-Tier1', 'SQS, requests', 'requests'],
    ['Amazon Simple Notification Service', 'Requests-Tier1', 'SNS, published messages', 'requests'],
    ['AmazonSNS', 'DeliveryAttempts-SMS', 'SNS, deliveries by SMS', 'requests'],
    ['AmazonCloudWatch', 'DataProcessing-Bytes', 'CloudWatch Logs, log data ingested', 'logs'],
    ['Amazon Elastic Load Balancing', 'DataProcessing-Bytes', 'load balancer, data processed', 'network'],
    ['AWSELB', 'EU-DataProcessing-Bytes', 'load balancer, data processed', 'network'],
    ['AWS Lambda', 'Request', 'Lambda, requests', 'serverless'],
    ['AWSLambda', 'USE2-Request-ARM', 'Lambda, requests', 'serverless'],
    [
      'Amazon Relational Database Service',
      'InstanceUsage:db.r6g.large',
      'database instance hours of db.r6g.large',
      'database',
    ],
    ['AmazonDocDB', 'InstanceUsage:db.r5.large', 'DocumentDB instance hours of db.r5.large', 'database'],
  ])('%s %s: %s', (service, usageType, words, group) => {
    expect(decodeUsageType(service, usageType)).toMatchObject({ words, group });
  });

  test.each([
    ['AmazonEC2', ec2],
    ['AmazonVPC', 'Amazon Virtual Private Cloud'],
    ['AmazonRDS', 'Amazon Relational Database Service'],
    ['AmazonDynamoDB', 'Amazon DynamoDB'],
    ['awskms', 'AWS Key Management Service'],
    ['AmazonKinesis', 'Amazon Kinesis'],
    ['AmazonElastiCache', 'Amazon ElastiCache'],
  ])('%s is %s', (code, name) => {
    for (const usageType of [
      'EU-TimedStorage-ByteHrs',
      'BackupUsage',
      'Storage-ShardHour',
      'InstanceUsage:db.t3.small',
    ])
      expect(decodeUsageType(code, usageType)).toEqual(decodeUsageType(name, usageType));
  });
});

describe('families', () => {
  test.each([
    [ec2, 'BoxUsage:m6i.large', 'BoxUsage', 'm6i.large', 'On-Demand hours of m6i.large', 'hour', 'compute'],
    [ec2, 'BoxUsage', 'BoxUsage', undefined, 'On-Demand hours', 'hour', 'compute'],
    [ec2, 'USW2-SpotUsage:c7g.xlarge', 'SpotUsage', 'c7g.xlarge', 'Spot hours of c7g.xlarge', 'hour', 'compute'],
    [ec2, 'HeavyUsage:m5.large', 'HeavyUsage', 'm5.large', 'reserved instance fee of m5.large', 'hour', 'commitment'],
    [ec2Other, 'EBS:VolumeUsage.gp3', 'EBS:VolumeUsage', 'gp3', 'disk space gp3', 'GB-month', 'storage'],
    [ec2Other, 'EBS:VolumeUsage', 'EBS:VolumeUsage', undefined, 'disk space', 'GB-month', 'storage'],
    [
      ec2Other,
      'EBS:VolumeP-IOPS.io2.tier2',
      'EBS:VolumeP-IOPS',
      'io2',
      'provisioned IOPS io2',
      'IOPS-month',
      'storage',
    ],
    [ec2Other, 'EUC1-EBS:SnapshotUsage', 'EBS:SnapshotUsage', undefined, 'disk snapshots', 'GB-month', 'storage'],
    [ec2Other, 'CPUCredits:t3', 'CPUCredits', 't3', 'burst credits of unlimited t3 instances', 'vCPU-hour', 'compute'],
    [ec2Other, 'NatGateway-Hours', 'NatGateway-Hours', undefined, 'NAT gateway, hours', 'hour', 'network'],
    [
      'Amazon Virtual Private Cloud',
      'PublicIPv4:IdleAddress',
      'PublicIPv4:IdleAddress',
      undefined,
      'idle public IPv4 addresses',
      'hour',
      'network',
    ],
    [
      'Amazon Elastic Container Service',
      'Fargate-vCPU-Hours:perCPU',
      'Fargate-vCPU-Hours:perCPU',
      undefined,
      'Fargate, CPU hours',
      'vCPU-hour',
      'compute',
    ],
    [
      'Amazon Elastic Container Service',
      'SpotUsage-Fargate-GB-Hours',
      'SpotUsage-Fargate-GB-Hours',
      undefined,
      'Fargate Spot, memory hours',
      'GB-hour',
      'compute',
    ],
    [
      'Amazon Elastic Container Service',
      'Fargate-ARM-GB-Hours',
      'Fargate-ARM-GB-Hours',
      undefined,
      'Fargate on ARM, memory hours',
      'GB-hour',
      'compute',
    ],
    [
      'Amazon Relational Database Service',
      'RDS:GP3-Storage',
      'RDS:GP3-Storage',
      'GP3',
      'database storage GP3',
      'GB-month',
      'database',
    ],
    [
      'Amazon Relational Database Service',
      'Aurora:StorageIOUsage',
      'Aurora:StorageIOUsage',
      undefined,
      'Aurora, storage operations',
      'request',
      'database',
    ],
    [
      'AmazonCloudWatch',
      'CW:GMD-Metrics',
      'CW:GMD-Metrics',
      undefined,
      'metrics read through the API',
      'metric',
      'logs',
    ],
    [
      'AmazonCloudWatch',
      'CW:MetricMonitorUsage',
      'CW:MetricMonitorUsage',
      undefined,
      'custom metrics',
      'metric-month',
      'logs',
    ],
    [
      s3,
      'TimedStorage-INT-FA-ByteHrs',
      'TimedStorage-INT-FA-ByteHrs',
      undefined,
      'S3 Intelligent-Tiering, frequent access',
      'GB-month',
      'storage',
    ],
    [
      'AWS Step Functions',
      'StateTransition',
      'StateTransition',
      undefined,
      'Step Functions, state transitions',
      'transition',
      'serverless',
    ],
    ['Amazon Foo', 'EU-Bar:baz', 'Bar', 'baz', 'EU-Bar:baz (not decoded)', undefined, 'other'],
  ])('%s %s', (service, usageType, family, detail, words, unit, group) => {
    const { region: _, isPerMonth, ...rest } = decodeUsageType(service, usageType);
    expect(rest).toEqual({ family, detail, words, unit, group });
    expect(isPerMonth).toBe(unit?.endsWith('-month') ?? false);
  });

  test('whatever AWS invents is named as it is, and never throws', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('ABCUSE12-:./xyz()$&')), maxLength: 24 });
    fc.assert(
      fc.property(fc.constantFrom(ec2, s3, 'Amazon CloudFront', 'Tax', ''), text, (service, usageType) => {
        const { words, family, detail = '' } = decodeUsageType(service, usageType);
        expect(usageType).toContain(family);
        expect(words === `${usageType} (not decoded)` || words.includes(detail)).toBe(true);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});
