/**
 * Usage types in words. AWS writes `[PREFIX-]Family[:detail]`; the prefix names the region, none means us-east-1 or a
 * service without regions. Prefixes and families as found in AWS price lists and public cost tools, read 2026-11-23;
 * what is not in the tables is shown as it is, and said not to be decoded.
 */

const regionByPrefix: Readonly<Record<string, string>> = {
  USE1: 'us-east-1',
  USE2: 'us-east-2',
  USW1: 'us-west-1',
  USW2: 'us-west-2',
  CAN1: 'ca-central-1',
  CAN2: 'ca-west-1',
  MXC1: 'mx-central-1',
  SAE1: 'sa-east-1',
  EU: 'eu-west-1',
  EUW1: 'eu-west-1',
  EUW2: 'eu-west-2',
  EUW3: 'eu-west-3',
  EUC1: 'eu-central-1',
  EUC2: 'eu-central-2',
  EUN1: 'eu-north-1',
  EUS1: 'eu-south-1',
  EUS2: 'eu-south-2',
  AFS1: 'af-south-1',
  MES1: 'me-south-1',
  MEC1: 'me-central-1',
  ILC1: 'il-central-1',
  APE1: 'ap-east-1',
  APE2: 'ap-east-2',
  APN1: 'ap-northeast-1',
  APN2: 'ap-northeast-2',
  APN3: 'ap-northeast-3',
  APS1: 'ap-southeast-1',
  APS2: 'ap-southeast-2',
  APS3: 'ap-south-1',
  APS4: 'ap-southeast-3',
  APS5: 'ap-south-2',
  APS6: 'ap-southeast-4',
  APS7: 'ap-southeast-5',
  UGW1: 'us-gov-west-1',
  UGE1: 'us-gov-east-1',
  CNN1: 'cn-north-1',
  CNW1: 'cn-northwest-1',
};

/** Services that are billed without a region; CloudFront has geographies (`EU-DataTransfer-Out-Bytes`) instead. */
const globalServices =
  /CloudFront|Route ?53|Support|Registrar|Organizations|Cost Explorer|Identity and Access|WAF|Shield/;

export type UsageGroup = 'network' | 'compute' | 'storage' | 'serverless' | 'database' | 'logs' | 'requests' | 'other';

export type DecodedUsage = {
  /** `undefined` = a prefix that the table does not know; `global` = a service without regions. */
  readonly region: string | undefined;
  /** Without prefix and detail, e.g. `NatGateway-Bytes`. */
  readonly family: string;
  /** After the colon, e.g. `m6i.large`. */
  readonly detail: string | undefined;
  /** For people; the raw usage type with "(not decoded)" where the table does not know the family. */
  readonly words: string;
  readonly group: UsageGroup;
  /** Billed by the month (GB-month): a day's cost depends on the length of its month. */
  readonly isPerMonth: boolean;
};

type Family = readonly [pattern: RegExp, words: string, group: UsageGroup];

/** First match wins. `$1` is what the pattern captured. */
const families: readonly Family[] = [
  [/^BoxUsage:(.+)/, 'On-Demand hours of $1', 'compute'],
  [/^SpotUsage:(.+)/, 'Spot hours of $1', 'compute'],
  [/^(?:DedicatedUsage|HostUsage|UnusedBox):(.+)/, 'dedicated or reserved capacity of $1', 'compute'],
  [/^CPUCredits/, 'burst credits of unlimited instances', 'compute'],
  [/^EBS:VolumeUsage\.?(\w*)/, 'disk space $1', 'storage'],
  [/^EBS:VolumeP-IOPS\.?(\w*)/, 'provisioned IOPS $1', 'storage'],
  [/^EBS:VolumeP-Throughput/, 'disk throughput above what is included', 'storage'],
  [/^EBS:SnapshotUsage/, 'disk snapshots', 'storage'],
  [/^NatGateway-Bytes/, 'NAT gateway, data processed', 'network'],
  [/^NatGateway-Hours/, 'NAT gateway, hours', 'network'],
  [/^VpcEndpoint-Bytes/, 'VPC endpoint, data processed', 'network'],
  [/^VpcEndpoint-Hours/, 'VPC endpoint, hours', 'network'],
  [/^TransitGateway-(Bytes|Hours)/, 'transit gateway, $1', 'network'],
  [/^DataTransfer-Out-Bytes/, 'data transfer to the internet', 'network'],
  [/^DataTransfer-In-Bytes/, 'data transfer from the internet', 'network'],
  [/^DataTransfer-Regional-Bytes/, 'data transfer between availability zones', 'network'],
  [/AWS-Out-Bytes/, 'data transfer to another region', 'network'],
  [/AWS-In-Bytes/, 'data transfer from another region', 'network'],
  [/^PublicIPv4:InUseAddress/, 'public IPv4 addresses in use', 'network'],
  [/^(?:PublicIPv4|ElasticIP):/, 'idle public addresses', 'network'],
  [/^LoadBalancerUsage/, 'load balancer, hours', 'network'],
  [/^LCUUsage/, 'load balancer, capacity units', 'network'],
  [/^Fargate-(?:ARM-)?vCPU/, 'Fargate, CPU hours', 'compute'],
  [/^Fargate-(?:ARM-)?GB/, 'Fargate, memory hours', 'compute'],
  [/^Lambda-GB-Second/, 'Lambda, compute', 'serverless'],
  [/^Lambda-Provisioned/, 'Lambda, provisioned concurrency', 'serverless'],
  [/^Request(?:-ARM)?$/, 'Lambda, requests', 'serverless'],
  [/^StateTransition/, 'Step Functions, state transitions', 'serverless'],
  [/^Requests-Tier1/, 'writing and listing requests', 'requests'],
  [/^Requests-Tier\d/, 'reading requests', 'requests'],
  [/^TimedStorage-(\w*?)-?ByteHrs/, 'stored data $1', 'storage'],
  [/^(?:WriteRequestUnits|ReplWriteRequestUnits)/, 'DynamoDB, writes', 'database'],
  [/^ReadRequestUnits/, 'DynamoDB, reads', 'database'],
  [/^(Write|Read)CapacityUnit-Hrs/, 'DynamoDB, provisioned $1 capacity', 'database'],
  [/^(?:InstanceUsage|Multi-AZUsage):(.+)/, 'database instance hours of $1', 'database'],
  [/^RDS:.*Storage/, 'database storage', 'database'],
  [/^RDS:ChargedBackupUsage/, 'database backups', 'database'],
  [/^Aurora:(\w+)/, 'Aurora, $1', 'database'],
  [/^NodeUsage:(.+)/, 'cache node hours of $1', 'database'],
  [/^DataProcessing-Bytes/, 'log data taken in', 'logs'],
  [/^VendedLog-Bytes/, 'log data of AWS services', 'logs'],
  [/^DataScanned/, 'data scanned by queries', 'logs'],
  [/^CW:MetricMonitorUsage/, 'custom metrics', 'logs'],
  [/^CW:GMD-Metrics/, 'metrics read through the API', 'logs'],
  [/^CW:(\w+)/, 'CloudWatch, $1', 'logs'],
  [/^KMS-Requests/, 'encryption key requests', 'requests'],
  [/^ApiGateway/, 'API calls', 'requests'],
  [/^ConfigurationItemRecorded/, 'configuration items recorded', 'other'],
  [/^APIRequest/, 'API requests', 'requests'],
];

/** Region codes look like `USW2-` or `EU-`; a family may begin with capitals as well (`CW:`). */
const prefixPattern = /^([A-Z]{2,3}[A-Z]?\d?)-/;
const perMonthPattern = /ByteHrs|VolumeUsage|VolumeP-|SnapshotUsage|GP\d-Storage|PIOPS|StorageUsage/;

/** @param service as Cost Explorer names it, or a product code; it settles what several services use */
export function decodeUsageType(service: string, usageType: string): DecodedUsage {
  const isGlobal = globalServices.test(service);
  const [whole = '', prefix] = prefixPattern.exec(usageType) ?? [];
  const known = prefix === undefined ? undefined : regionByPrefix[prefix];
  // A name that only looks like a prefix (`QS-User-Month`) belongs to the family.
  const hasPrefix = known !== undefined || (prefix !== undefined && /\d$/.test(prefix));
  const region = isGlobal ? 'global' : prefix === undefined || !hasPrefix ? 'us-east-1' : known;
  const rest = hasPrefix || (isGlobal && prefix !== undefined) ? usageType.slice(whole.length) : usageType;
  const [family = rest, detail] = rest.split(/:(.*)/s);
  const found = families.find(([pattern]) => pattern.test(rest));
  const words = found === undefined ? undefined : wordsOf(found, rest);
  return {
    region,
    family,
    detail,
    words: words?.trim() ?? `${usageType} (not decoded)`,
    group: found?.[2] ?? 'other',
    isPerMonth: perMonthPattern.test(rest),
  };
}

function wordsOf([pattern, words]: Family, rest: string): string {
  const [, captured = ''] = pattern.exec(rest) ?? [];
  return words.replace('$1', captured);
}
