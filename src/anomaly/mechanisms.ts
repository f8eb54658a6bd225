/** Typical moves of a bill by the families that moved together. First match wins: the more particular ones first. */
import type { CostIncident } from '../model/resources/cost.ts';

export type MechanismRule = {
  readonly words: string;
  /** Check whose finding shows it, if there is one. */
  readonly checkId: string | null;
  /** All of these must have moved: family and detail, e.g. `/^BoxUsage:g5/`. */
  readonly families: readonly RegExp[];
  /** Services the families may be of, by either spelling; default: any. */
  readonly services?: RegExp;
  /** One of these must have fallen at the same time, in the same account. */
  readonly fell?: RegExp;
  /** What fell was paid by a commitment. */
  readonly isCoverLost?: true;
  readonly shapes?: readonly CostIncident['shape'][];
  /** Least factor of actual over expected on the worst day. */
  readonly leastFactor?: number;
};

const s3 = /Simple Storage Service|^AmazonS3/;
const logs = /CloudWatch/;
const images = /Container Registry|^AmazonECR/;

export const mechanisms: readonly MechanismRule[] = [
  {
    families: [/^Lambda-GB-Second/, /^Request(-ARM)?$/],
    leastFactor: 8,
    words:
      'functions and their requests rose together many times over: a function that calls itself through a queue, topic or bucket does that',
    checkId: null,
  },
  {
    families: [/^Lambda-GB-Second/, /^Requests-Tier1/],
    leastFactor: 8,
    words:
      'functions and writes to S3 rose together many times over: a function that writes into the bucket that calls it does that',
    checkId: null,
  },
  {
    families: [/^NatGateway-Bytes/, /^DataTransfer-Regional-Bytes/],
    words:
      'NAT gateways and traffic between zones rose together: data that could go through a gateway endpoint in its own zone',
    checkId: 'vpc-missing-s3-gateway-endpoint',
  },
  {
    families: [/^NatGateway-Bytes/],
    words:
      'more data through NAT gateways: a new route, a missing or removed gateway endpoint, or a service that pulls more',
    checkId: 'vpc-missing-s3-gateway-endpoint',
  },
  {
    families: [/^NatGateway-Hours/],
    words: 'more NAT gateways: a new network, or one that was left behind',
    checkId: 'nat-gateway-idle',
  },
  {
    families: [/^(BoxUsage|SpotUsage):(p|g|gr|trn|inf|dl|vt)\d/],
    shapes: ['newSpend'],
    words: 'accelerated instances where there were none: a new project, or a stolen key',
    checkId: 'cost-new-service-or-region',
  },
  {
    families: [/^(BoxUsage|Fargate-)/],
    fell: /^SpotUsage/,
    words: 'Spot capacity went and On-Demand took its place',
    checkId: null,
  },
  {
    families: [/^(BoxUsage|Fargate-|Lambda-GB-Second|InstanceUsage|NodeUsage)/],
    isCoverLost: true,
    words: 'usage that a Savings Plan or reservation paid for is On-Demand now: it ended, or others use it up',
    checkId: null,
  },
  {
    families: [/^(BoxUsage|SpotUsage|Fargate-)/],
    shapes: ['newSpend'],
    words: 'machines where there were none: a new project, a test that was left on, or a stolen key',
    checkId: 'cost-new-service-or-region',
  },
  {
    families: [/^EBS:Snapshot/],
    words: 'snapshots that are made and never deleted',
    checkId: null,
  },
  {
    families: [/^EBS:FastSnapshotRestore/],
    words: 'fast snapshot restore is billed for every hour and zone until it is switched off',
    checkId: null,
  },
  {
    families: [/^TimedStorage/],
    services: s3,
    shapes: ['drift', 'shift'],
    words: 'stored data that only grows: no lifecycle rule, or versions that are never deleted',
    checkId: 's3-missing-lifecycle',
  },
  {
    families: [/^TimedStorage/],
    services: images,
    words: 'images that are pushed and never deleted',
    checkId: null,
  },
  {
    families: [/^TimedStorage/],
    services: logs,
    words: 'log groups that keep everything for ever',
    checkId: null,
  },
  {
    families: [/^Requests-Tier1$/],
    services: s3,
    words: 'many small objects written, or a job that lists buckets again and again',
    checkId: null,
  },
  {
    families: [/^Requests-/],
    services: s3,
    words: 'more requests to buckets, or a lifecycle rule that moves many objects at once',
    checkId: 's3-lifecycle-ineffective',
  },
  {
    families: [/^DataProcessing(IA)?-Bytes/],
    services: logs,
    words: 'more log data: a log level, a new log source, or an error in a loop',
    checkId: null,
  },
  {
    families: [/^VendedLog/],
    words: 'more logs of AWS services: flow logs, resolver or firewall logs were switched on, or more traffic',
    checkId: null,
  },
  {
    families: [/^CW:GMD-Metrics/],
    words: 'a monitoring tool reads metrics more often, or more of them',
    checkId: null,
  },
  {
    families: [/^CW:MetricMonitorUsage/],
    words: 'more custom metrics: a label with many values makes one of each',
    checkId: null,
  },
  { families: [/^KMS-Requests/], words: 'more encryption calls: often buckets without a bucket key', checkId: null },
  {
    families: [/^StateTransition/],
    words: 'more steps of state machines: retries in a loop, or polling with short waits',
    checkId: null,
  },
  { families: [/^DataTransfer-Regional-Bytes/], words: 'more traffic between availability zones', checkId: null },
  {
    families: [/^AWS-Out-/],
    words: 'more traffic between regions: replication, or clients that moved',
    checkId: null,
  },
  {
    families: [/^DataTransfer-Out-Bytes/],
    words: 'more traffic to the internet: more users, a public bucket, or data that leaves',
    checkId: null,
  },
  {
    families: [/^PublicIPv4:IdleAddress/],
    words: 'public addresses that nothing uses: left behind by what was deleted',
    checkId: 'public-ipv4-idle-or-excess',
  },
  {
    families: [/^(BoxUsage|SpotUsage|Fargate|SpotUsage-Fargate)/],
    words: 'more or larger machines: a deployment, a scaling policy, or instances left on',
    checkId: null,
  },
  {
    families: [/^EBS:Volume/],
    words: 'more or larger disks, or disks that outlived their instances',
    checkId: null,
  },
  {
    families: [/^(IA-)?(Repl)?(Write|Read)(RequestUnits|CapacityUnit)/],
    words: 'more table capacity or traffic: a scan, a backfill, or a retry storm',
    checkId: null,
  },
  {
    families: [/^ExtendedSupport:/],
    words: 'a database version has passed the end of its standard support',
    checkId: null,
  },
  { families: [/^(InstanceUsage|Multi-AZUsage)/], words: 'more or larger database instances', checkId: null },
  {
    families: [/^ConfigurationItemRecorded/],
    words: 'resources that are made and deleted all the time are recorded every time',
    checkId: null,
  },
];
