/** What usually makes such a move, and which check looks at it: a table over what moved together, never a proof. */
import type { CostIncident } from '../model/resources/cost.ts';
import { decodeUsageType } from '../model/usage-types.ts';

export type Mechanism = {
  readonly words: string;
  /** Check whose finding shows it, if there is one. */
  readonly checkId: string | null;
};

type Rule = Mechanism & {
  /** All of these must have moved. */
  readonly families: readonly RegExp[];
  readonly shapes?: readonly CostIncident['shape'][];
  /** Least factor of actual over expected on the newest day. */
  readonly leastFactor?: number;
};

/** First match wins: the more particular ones first. */
const rules: readonly Rule[] = [
  {
    families: [/^Lambda-GB-Second/, /^Request/],
    leastFactor: 8,
    words:
      'functions and their requests rose together many times over: a function that calls itself through a queue, topic or bucket does that',
    checkId: null,
  },
  {
    families: [/^NatGateway-Bytes/],
    words:
      'more data through NAT gateways: a new route, a missing or removed gateway endpoint, or a service that pulls more',
    checkId: 'vpc-missing-s3-gateway-endpoint',
  },
  {
    families: [/^(BoxUsage|SpotUsage):(p|g|trn|inf|dl|vt)\d/],
    shapes: ['newSpend'],
    words: 'accelerated instances where there were none: a new project, or a stolen key',
    checkId: 'cost-new-service-or-region',
  },
  {
    families: [/^EBS:SnapshotUsage/],
    shapes: ['drift'],
    words: 'snapshots that are made and never deleted',
    checkId: null,
  },
  {
    families: [/^TimedStorage/],
    shapes: ['drift'],
    words: 'stored data that only grows: no lifecycle rule, or versions that are never deleted',
    checkId: 's3-missing-lifecycle',
  },
  {
    families: [/^DataProcessing-Bytes|^VendedLog/],
    words: 'more log data: a log level, a new log source, or an error in a loop',
    checkId: null,
  },
  { families: [/^DataTransfer-Regional-Bytes/], words: 'more traffic between availability zones', checkId: null },
  { families: [/^DataTransfer-Out-Bytes/], words: 'more traffic to the internet', checkId: null },
  {
    families: [/^(BoxUsage|SpotUsage|Fargate)/],
    words: 'more or larger machines: a deployment, a scaling policy, or instances left on',
    checkId: null,
  },
  { families: [/^(Write|Read)(RequestUnits|CapacityUnit)/], words: 'more table capacity or traffic', checkId: null },
  { families: [/^(InstanceUsage|Multi-AZUsage)/], words: 'more or larger database instances', checkId: null },
];

export function mechanismOf({ series, shape, direction }: CostIncident): Mechanism | undefined {
  if (direction === 'down') return undefined;
  const moved = series.map(({ service, usageType, days }) => {
    const { family, detail } = decodeUsageType(service, usageType);
    const { actualUsd = 0, expectedUsd = 0 } = days.at(-1) ?? {};
    return {
      name: detail === undefined ? family : `${family}:${detail}`,
      factor: expectedUsd > 0 ? actualUsd / expectedUsd : Number.POSITIVE_INFINITY,
    };
  });
  return rules.find(({ families, shapes, leastFactor = 0 }) => {
    if (shapes !== undefined && !shapes.includes(shape)) return false;
    return families.every((family) => moved.some(({ name, factor }) => family.test(name) && factor >= leastFactor));
  });
}
