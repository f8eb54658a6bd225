/**
 * Which management events may move a family of usage types, the most likely first. From the services' CloudTrail
 * documentation and public logs, read 2026-11-23; Lambda's names carry the date of its API.
 */
import { decodeUsageType } from '../model/usage-types.ts';

export type ChangeEvent = {
  readonly name: string;
  /** Sources the name may come from: `CreateCluster` alone is an event of six services. */
  readonly sources: readonly string[];
  /** What it does to the bill, after "this call". */
  readonly does: string;
  /** It makes or enlarges what is billed; otherwise it opens the way to it. */
  readonly isDirect: boolean;
};

type EventRow = { readonly families: RegExp; readonly services?: RegExp; readonly events: readonly ChangeEvent[] };

function direct(source: string, name: string, does: string): ChangeEvent {
  return { name, sources: [`${source}.amazonaws.com`], does, isDirect: true };
}

function indirect(source: string, name: string, does: string): ChangeEvent {
  return { name, sources: [`${source}.amazonaws.com`], does, isDirect: false };
}

/** Application Auto Scaling logs under the source of EC2 Auto Scaling (its logs of 2022) and may use its own. */
function scaling(name: string, does: string): ChangeEvent {
  const sources = ['autoscaling.amazonaws.com', 'application-autoscaling.amazonaws.com'];
  return { name, sources, does, isDirect: false };
}

const machines: readonly ChangeEvent[] = [
  direct('ec2', 'RunInstances', 'starts new instances'),
  direct('ec2', 'StartInstances', 'starts stopped instances'),
  direct('autoscaling', 'UpdateAutoScalingGroup', 'changes the size of a scaling group'),
  direct('autoscaling', 'SetDesiredCapacity', 'sets the size of a scaling group'),
  direct('autoscaling', 'CreateAutoScalingGroup', 'makes a scaling group'),
  direct('ec2', 'ModifyInstanceAttribute', 'may change the type of an instance'),
  scaling('PutScalingPolicy', 'changes when capacity is added'),
  indirect('ec2', 'CancelSpotInstanceRequests', 'ends Spot capacity'),
];

const queuesOfFunctions: readonly ChangeEvent[] = [
  direct('lambda', 'UpdateFunctionCode20150331v2', 'puts new code into a function'),
  direct('lambda', 'UpdateFunctionConfiguration20150331v2', 'changes memory, time limit or settings of a function'),
  direct('lambda', 'CreateEventSourceMapping20150331', 'connects a function to a queue or stream'),
  indirect('s3', 'PutBucketNotification', 'calls something for every object'),
  direct('lambda', 'PutProvisionedConcurrencyConfig', 'keeps copies of a function ready'),
  direct('lambda', 'CreateFunction20150331', 'makes a function'),
];

const databases: readonly ChangeEvent[] = [
  direct('rds', 'CreateDBInstance', 'makes a database instance'),
  direct('rds', 'ModifyDBInstance', 'changes a database instance'),
  direct('rds', 'StartDBInstance', 'starts a stopped database'),
  direct('rds', 'CreateDBCluster', 'makes a database cluster'),
  direct('rds', 'ModifyDBCluster', 'changes a database cluster'),
  direct('rds', 'RestoreDBInstanceFromDBSnapshot', 'makes a database from a snapshot'),
  direct('rds', 'RestoreDBClusterToPointInTime', 'makes a database cluster from a backup'),
];

const rows: readonly EventRow[] = [
  { families: /^(BoxUsage|SpotUsage(?!-Fargate)|EBSOptimized|CPUCredits|DedicatedUsage|HostUsage)/, events: machines },
  {
    families: /^EBS:(Snapshot|FastSnapshot|directAPI)/,
    events: [
      direct('ec2', 'CreateSnapshot', 'makes a snapshot'),
      direct('ec2', 'CreateSnapshots', 'makes snapshots'),
      direct('ec2', 'CopySnapshot', 'copies a snapshot'),
      direct('ec2', 'EnableFastSnapshotRestores', 'switches on fast restore'),
      direct('ec2', 'CreateImage', 'makes an image and its snapshots'),
      indirect('dlm', 'UpdateLifecyclePolicy', 'changes when snapshots are made and deleted'),
      indirect('dlm', 'CreateLifecyclePolicy', 'makes snapshots on a schedule'),
    ],
  },
  {
    families: /^EBS:Volume/,
    events: [
      direct('ec2', 'CreateVolume', 'makes a disk'),
      direct('ec2', 'ModifyVolume', 'changes size, type or speed of a disk'),
      direct('ec2', 'RunInstances', 'starts instances with their disks'),
    ],
  },
  {
    families: /^NatGateway-/,
    events: [
      direct('ec2', 'DeleteVpcEndpoints', 'removes an endpoint, so that its traffic takes another way'),
      direct('ec2', 'ModifyVpcEndpoint', 'changes which route tables an endpoint serves'),
      direct('ec2', 'CreateNatGateway', 'makes a NAT gateway'),
      direct('ec2', 'CreateRoute', 'sends traffic another way'),
      direct('ec2', 'ReplaceRoute', 'sends traffic another way'),
      indirect('ec2', 'ReplaceRouteTableAssociation', 'gives a subnet another route table'),
    ],
  },
  {
    families: /^(DataTransfer-Regional-Bytes|DataTransfer-xAZ|AWS-(Out|In)-)/,
    events: [
      direct('s3', 'PutBucketReplication', 'copies objects elsewhere'),
      direct('elasticloadbalancing', 'CreateLoadBalancer', 'makes a load balancer'),
      direct('elasticloadbalancing', 'ModifyLoadBalancerAttributes', 'may send traffic across zones'),
      direct('dynamodb', 'UpdateTable', 'may add a copy of a table in another region'),
      direct('dynamodb', 'CreateGlobalTable', 'copies a table to other regions'),
      indirect('ec2', 'CreateRoute', 'sends traffic another way'),
    ],
  },
  {
    families: /^DataTransfer-Out-/,
    events: [
      direct('cloudfront', 'UpdateDistribution', 'changes what the edge answers'),
      direct('cloudfront', 'CreateDistribution', 'makes a distribution'),
      indirect('s3', 'PutBucketPolicy', 'changes who may read a bucket'),
      indirect('s3', 'DeleteAccountPublicAccessBlock', 'lets buckets be public'),
      indirect('s3', 'DeleteBucketPublicAccessBlock', 'lets a bucket be public'),
    ],
  },
  {
    families: /^(SpotUsage-)?Fargate-/,
    events: [
      direct('ecs', 'UpdateService', 'changes tasks or number of tasks of a service'),
      direct('ecs', 'CreateService', 'makes a service'),
      direct('ecs', 'RunTask', 'starts tasks'),
      indirect('ecs', 'RegisterTaskDefinition', 'may give tasks another size'),
      scaling('RegisterScalableTarget', 'changes how far a service may grow'),
      scaling('PutScalingPolicy', 'changes when tasks are added'),
    ],
  },
  { families: /^(Lambda-|Request(-ARM)?$)/, events: queuesOfFunctions },
  {
    families: /^(StateTransition|StepFunctions-)/,
    events: [
      direct('states', 'UpdateStateMachine', 'changes a state machine'),
      direct('states', 'CreateStateMachine', 'makes a state machine'),
      direct('states', 'StartExecution', 'starts an execution'),
    ],
  },
  {
    families: /RequestUnits$|CapacityUnit-Hrs$|^Timed(PITR|Backup)Storage/,
    events: [
      direct('dynamodb', 'UpdateTable', 'changes capacity or billing of a table'),
      direct('dynamodb', 'CreateTable', 'makes a table'),
      direct('dynamodb', 'RestoreTableFromBackup', 'makes a table from a backup'),
      direct('dynamodb', 'RestoreTableToPointInTime', 'makes a table from a backup'),
      direct('dynamodb', 'UpdateContinuousBackups', 'switches point-in-time recovery on'),
      scaling('RegisterScalableTarget', 'changes how far a table may grow'),
    ],
  },
  { families: /^(InstanceUsage|Multi-AZUsage|RDS:|Aurora:|ExtendedSupport:)/, events: databases },
  {
    families: /^NodeUsage:|^ElastiCache:/,
    events: [
      direct('elasticache', 'CreateReplicationGroup', 'makes a cache'),
      direct('elasticache', 'CreateCacheCluster', 'makes a cache'),
      direct('elasticache', 'ModifyReplicationGroup', 'changes a cache'),
      direct('elasticache', 'IncreaseReplicaCount', 'adds copies of a cache'),
    ],
  },
  {
    families: /^(TimedStorage|Requests-|EarlyDelete|Monitoring-)/,
    services: /Simple Storage Service|^AmazonS3/,
    events: [
      direct('s3', 'DeleteBucketLifecycle', 'takes the rules away that delete or move objects'),
      direct('s3', 'PutBucketLifecycle', 'changes when objects are moved or deleted'),
      direct('s3', 'PutBucketVersioning', 'keeps every version from now on'),
      direct('s3', 'PutBucketReplication', 'copies objects elsewhere'),
      direct('s3', 'CreateBucket', 'makes a bucket'),
      direct('s3', 'PutBucketLogging', 'writes a log of every request'),
      direct('s3', 'PutBucketIntelligentTieringConfiguration', 'moves objects between tiers'),
      indirect('s3', 'PutBucketInventoryConfiguration', 'lists a bucket on a schedule'),
    ],
  },
  {
    families: /^(DataProcessing|VendedLog|TimedStorage)/,
    services: /CloudWatch/,
    events: [
      direct('ec2', 'CreateFlowLogs', 'writes a log of network traffic'),
      direct('logs', 'CreateLogGroup', 'makes a log group'),
      direct('logs', 'DeleteRetentionPolicy', 'keeps logs for ever'),
      indirect('lambda', 'UpdateFunctionConfiguration20150331v2', 'may change the log level of a function'),
      indirect('logs', 'PutSubscriptionFilter', 'sends logs on'),
      indirect('ecs', 'RegisterTaskDefinition', 'may change the log level of a task'),
    ],
  },
  {
    families: /^CW:/,
    events: [
      indirect('iam', 'CreateRole', 'lets somebody in, e.g. a monitoring tool'),
      direct('monitoring', 'PutMetricStream', 'streams metrics'),
      direct('monitoring', 'PutMetricAlarm', 'makes an alarm'),
      direct('monitoring', 'PutDashboard', 'makes a dashboard'),
    ],
  },
  {
    families: /^(LoadBalancerUsage|LCUUsage)/,
    events: [
      direct('elasticloadbalancing', 'CreateLoadBalancer', 'makes a load balancer'),
      direct('elasticloadbalancing', 'CreateListener', 'opens a port of a load balancer'),
    ],
  },
  {
    families: /^KMS-/,
    events: [
      direct('kms', 'CreateKey', 'makes a key'),
      direct('s3', 'PutBucketEncryption', 'changes how a bucket encrypts, perhaps without a bucket key'),
    ],
  },
  {
    families: /^(HeavyUsage|(Compute|EC2|Database|SageMaker)SP)/,
    events: [
      direct('savingsplans', 'CreateSavingsPlan', 'buys a Savings Plan'),
      direct('ec2', 'PurchaseReservedInstancesOffering', 'buys a reservation'),
    ],
  },
  {
    families: /^AmazonEKS-/,
    events: [
      direct('eks', 'CreateCluster', 'makes a cluster'),
      direct('eks', 'UpdateClusterConfig', 'changes a cluster'),
    ],
  },
  {
    families: /^(PublicIPv4|ElasticIP):/,
    events: [
      direct('ec2', 'AllocateAddress', 'takes an address'),
      direct('ec2', 'DisassociateAddress', 'leaves an address unused'),
      direct('ec2', 'RunInstances', 'starts instances with their addresses'),
    ],
  },
];

/** Their events are in the trail of us-east-1 whatever the region of the usage. AWS CloudTrail user guide, read 2026-11-23. */
const globalSources: ReadonlySet<string> = new Set([
  'cloudfront.amazonaws.com',
  'iam.amazonaws.com',
  'organizations.amazonaws.com',
  'route53.amazonaws.com',
  'savingsplans.amazonaws.com',
]);

/** LookupEvents takes one name a call: more names than this cost more time than they tell. */
const mostEvents = 8;

/**
 * Events to look for, each once: of every kind of usage the most telling, then the next.
 * @param series by dollars, largest first
 */
export function eventsFor(
  series: readonly { readonly service: string; readonly usageType: string }[],
): readonly ChangeEvent[] {
  const kinds = new Set<EventRow>();
  for (const { service, usageType } of series) {
    const { family } = decodeUsageType(service, usageType);
    const row = rows.find(
      ({ families, services }) => families.test(family) && (services === undefined || services.test(service)),
    );
    if (row !== undefined) kinds.add(row);
  }
  const events = new Map<string, ChangeEvent>();
  const longest = Math.max(0, ...[...kinds].map((row) => row.events.length));
  for (let rank = 0; rank < longest; rank += 1) {
    for (const row of kinds) {
      const event = row.events[rank];
      if (event !== undefined && !events.has(event.name)) events.set(event.name, event);
    }
  }
  return [...events.values()].slice(0, mostEvents);
}

/** Region whose trail has the event. */
export function trailRegion({ sources }: ChangeEvent, region: string): string {
  return region === 'global' || sources.some((source) => globalSources.has(source)) ? 'us-east-1' : region;
}
