/** Everything one simulated account holds, in the shapes of the SDK, and a builder that keeps it consistent. */

import type {
  Address,
  InternetGateway,
  NatGateway,
  NetworkInterface,
  RouteTable,
  Subnet,
  Vpc,
  VpcEndpoint,
} from '@aws-sdk/client-ec2';
import type { ManagedPolicyDetail, RoleDetail, UserDetail } from '@aws-sdk/client-iam';
import type { LifecycleRule } from '@aws-sdk/client-s3';
import type { CostCourse } from './bill-course.ts';
import { hex } from './random.ts';
import type { TrailRecord } from './trail.ts';
import { usageTypeIn } from './usage-prefix.ts';

export type RegionState = {
  readonly vpcs: Vpc[];
  readonly subnets: Subnet[];
  readonly routeTables: RouteTable[];
  readonly natGateways: NatGateway[];
  readonly internetGateways: InternetGateway[];
  readonly vpcEndpoints: VpcEndpoint[];
  readonly networkInterfaces: NetworkInterface[];
  readonly addresses: Address[];
  /** Bytes a day through each NAT gateway, both directions; a gateway that is not named has no datapoints. */
  readonly natBytesPerDay: Map<string, number>;
  /** Other tagged resources that only the tagging service knows. */
  readonly tagged: { arn: string; tags: Record<string, string> }[];
};

export type BucketState = {
  readonly name: string;
  readonly region: string;
  /** `undefined` = NoSuchLifecycleConfiguration. */
  rules: LifecycleRule[] | undefined;
  versioning: 'Enabled' | 'Suspended' | undefined;
  tags: Record<string, string>;
  readonly standardBytes: number | undefined;
  readonly objects: number;
  readonly noncurrentBytes: number | undefined;
  readonly staleUploadBytes: number | undefined;
  /** The bucket's own policy denies the auditor. */
  readonly isClosed: boolean;
};

/** A daily cost; the ledger multiplies it by days. */
export type CostLine = {
  readonly service: string;
  readonly usageType: string;
  readonly region: string;
  readonly recordType:
    | 'Usage'
    | 'DiscountedUsage'
    | 'RIFee'
    | 'SavingsPlanRecurringFee'
    | 'SavingsPlanUpfrontFee'
    | 'Tax'
    | 'Credit'
    | 'Refund';
  readonly tags: Readonly<Record<string, string>>;
  readonly usdPerDay: number;
  /** Where it is not the same: usage that a commitment covers costs nothing until it is amortized. */
  readonly amortizedUsdPerDay?: number;
  readonly quantityPerDay: number;
  /** First day, and last day included, on which it costs; default: always. */
  readonly from?: string;
  readonly to?: string;
  /** Factor on Saturdays and Sundays; default: 1. */
  readonly weekend?: number;
  /** Default: the same every day. */
  readonly course?: CostCourse;
  /** What it is billed for, where resource-level costs tell it. */
  readonly resourceId?: string;
};

export type Planted = {
  readonly checkId: string;
  readonly accountId: string;
  readonly region: string;
  readonly resourceId: string;
};

export type AccountState = {
  readonly id: string;
  readonly name: string;
  readonly regions: Map<string, RegionState>;
  readonly enabledRegions: readonly string[];
  readonly buckets: BucketState[];
  readonly roles: RoleDetail[];
  readonly users: UserDetail[];
  readonly policies: ManagedPolicyDetail[];
  readonly costs: CostLine[];
  /** Calls that CloudTrail tells of, beside the routine. */
  readonly events: TrailRecord[];
  readonly planted: Planted[];
  readonly nearMisses: Planted[];
};

export type Builder = {
  readonly state: AccountState;
  readonly seed: number;
  readonly accountId: string;
  readonly now: string;
  /** Region in which a feature builds, one of the enabled ones, chosen by its name. */
  region(feature: string): string;
  at(region: string): RegionState;
  /** Id of this account, feature and word, e.g. `vpc-0f3a…`. */
  id(prefix: string, ...words: readonly string[]): string;
  tags(overrides?: Readonly<Record<string, string | undefined>>): Record<string, string>;
  /** Factor on quantities: the story is larger than life. */
  readonly scale: number;
  plant(checkId: string, region: string, resourceId: string): void;
  nearMiss(checkId: string, region: string, resourceId: string): void;
  event(record: TrailRecord): void;
  cost(line: Partial<CostLine> & Pick<CostLine, 'service' | 'usageType' | 'region' | 'usdPerDay'>): void;
};

export type Feature = (builder: Builder) => void;

function emptyRegion(): RegionState {
  return {
    vpcs: [],
    subnets: [],
    routeTables: [],
    natGateways: [],
    internetGateways: [],
    vpcEndpoints: [],
    networkInterfaces: [],
    addresses: [],
    natBytesPerDay: new Map(),
    tagged: [],
  };
}

export type AccountPlan = {
  readonly seed: number;
  readonly id: string;
  readonly name: string;
  readonly team: string;
  readonly enabledRegions: readonly string[];
  readonly now: string;
  readonly scale: number;
};

/** Good tags, so that only what a feature leaves out is missing. */
export function createBuilder(plan: AccountPlan): Builder {
  const { seed, id, name, team, enabledRegions, now } = plan;
  const state: AccountState = {
    id,
    name,
    regions: new Map(enabledRegions.map((region) => [region, emptyRegion()])),
    enabledRegions,
    buckets: [],
    roles: [],
    users: [],
    policies: [],
    costs: [],
    events: [],
    planted: [],
    nearMisses: [],
  };
  const goodTags = {
    team,
    environment: name.includes('prod') ? 'production' : 'sandbox',
    service: name,
    'cost-center': 'eng-100',
  };
  const builder: Builder = {
    state,
    seed,
    accountId: id,
    now,
    scale: plan.scale,
    region: (feature) =>
      enabledRegions[Number.parseInt(hex(6, seed, id, feature), 16) % Math.min(enabledRegions.length, 3)] ??
      'us-east-1',
    at(region) {
      const found = state.regions.get(region);
      if (found === undefined) throw new Error(`${region} is not enabled in ${id}`);
      return found;
    },
    id: (prefix, ...words) => `${prefix}-0${hex(16, seed, id, prefix, ...words)}`,
    tags: (overrides = {}) =>
      Object.fromEntries(
        Object.entries({ ...goodTags, ...overrides }).flatMap(([key, value]) =>
          value === undefined ? [] : [[key, value]],
        ),
      ),
    plant: (checkId, region, resourceId) => state.planted.push({ checkId, accountId: id, region, resourceId }),
    nearMiss: (checkId, region, resourceId) => state.nearMisses.push({ checkId, accountId: id, region, resourceId }),
    event: (record) => state.events.push(record),
    cost: (line) => {
      const usageType = usageTypeIn(line.region, line.usageType);
      state.costs.push({ recordType: 'Usage', tags: goodTags, quantityPerDay: line.usdPerDay, ...line, usageType });
    },
  };
  return builder;
}

export function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
