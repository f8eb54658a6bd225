/**
 * The least calls for what the enabled checks need: counted from the simulated world itself, one call per page, and not
 * from what the run did. A kind counts once per scope however many checks need it.
 */
import type { AccountState, RegionState } from '../src/simulator/account-state.ts';
import { awsManagedPolicies } from '../src/simulator/features/iam.ts';
import type { SimulatedWorld } from '../src/simulator/generate.ts';
import { idleResources } from '../src/simulator/recommendations.ts';

/** Lists of a region by kind: operation, largest page AWS gives, items. One item = one call where AWS does not page. */
const regionLists: Readonly<Record<string, readonly [string, number, (state: RegionState) => number]>> = {
  'ec2.address': ['DescribeAddresses', 1, () => 1],
  'ec2.internet-gateway': ['DescribeInternetGateways', 1000, (state) => state.internetGateways.length],
  'ec2.nat-gateway': ['DescribeNatGateways', 1000, (state) => state.natGateways.length],
  'ec2.network-interface': ['DescribeNetworkInterfaces', 1000, (state) => state.networkInterfaces.length],
  'ec2.route-table': ['DescribeRouteTables', 100, (state) => state.routeTables.length],
  'ec2.subnet': ['DescribeSubnets', 1000, (state) => state.subnets.length],
  'ec2.vpc': ['DescribeVpcs', 1000, (state) => state.vpcs.length],
  'ec2.vpc-endpoint': ['DescribeVpcEndpoints', 1000, (state) => state.vpcEndpoints.length],
};

const bucketReads: Readonly<Record<string, string>> = {
  's3.bucket-lifecycle': 'GetBucketLifecycleConfiguration',
  's3.bucket-tags': 'GetBucketTagging',
  's3.bucket-versioning': 'GetBucketVersioning',
};

/** So few metrics are asked one by one, which is free; more of them share a paid call. Dollars are saved for calls. */
const freeMetrics = 4;
const metricsPerCall = 500;

/** Paid by the request and judged in dollars (`bill.ts`); pages of it depend on groups, which the world does not list. */
export const leftOut: ReadonlySet<string> = new Set(['GetCostAndUsage', 'GetAnomalies']);

/**
 * Least calls of a first run over every region, by operation.
 * @param kinds what enabled checks need or want, with the kinds these come after
 */
export function leastCalls(
  world: SimulatedWorld,
  kinds: ReadonlySet<string>,
  pageSize: number,
): ReadonlyMap<string, number> {
  const least = new Map<string, number>();
  const add = (operation: string, calls: number): void => {
    least.set(operation, (least.get(operation) ?? 0) + calls);
  };
  const addPages = (operation: string, items: number, max: number): void =>
    add(operation, Math.max(1, Math.ceil(items / Math.min(max, pageSize))));
  const addMetrics = (series: number): void => {
    if (series > freeMetrics) add('GetMetricData', Math.ceil(series / metricsPerCall));
    else if (series > 0) add('GetMetricStatistics', series);
  };
  const addRegion = (account: AccountState, region: string, state: RegionState): void => {
    for (const [kind, [operation, max, count]] of Object.entries(regionLists))
      if (kinds.has(kind)) addPages(operation, count(state), max);
    if (kinds.has('tagging.resource')) addPages('GetResources', taggedIn(account, region, state), 100);
    const available = state.natGateways.filter(({ State }) => State === 'available');
    if (kinds.has('ec2.nat-gateway-traffic')) addMetrics(2 * available.length);
  };
  if (kinds.has('cost.budget')) add('DescribeBudgets', 1);
  const addBuckets = ({ buckets }: AccountState): void => {
    if (kinds.has('s3.bucket')) addPages('ListBuckets', buckets.length, 10_000);
    for (const [kind, operation] of Object.entries(bucketReads)) if (kinds.has(kind)) add(operation, buckets.length);
    if (!kinds.has('s3.bucket-size')) return;
    for (const ofRegion of Map.groupBy(buckets.filter(isUnsettled), ({ region }) => region).values()) {
      addMetrics(2 * ofRegion.length);
      // Two searches, a call each: what one call can find is limited.
      add('GetMetricData', 2);
    }
  };

  const { organization, managementAccountId } = world;
  const accounts = Array.from({ length: organization.size }, (_, index) => organization.account(index));
  // Who we are; it is also how an account tells that its role works.
  add('GetCallerIdentity', 1);
  add('DescribeOrganization', 1);
  add('ListRoots', 1);
  for (const unitId of [organization.rootId, ...organization.units.map(({ id }) => id)]) {
    addPages('ListAccountsForParent', accounts.filter(({ ouId }) => ouId === unitId).length, 20);
    addPages(
      'ListOrganizationalUnitsForParent',
      organization.units.filter(({ parentId }) => parentId === unitId).length,
      20,
    );
  }
  if (kinds.has('config.resource')) {
    add('DescribeConfigurationAggregators', 1);
    addPages('SelectAggregateResourceConfig', Math.ceil(accounts.length / 10), 100);
  }
  if (kinds.has('optimizer.enrollment')) {
    add('GetEnrollmentStatus', 1);
    add('GetPreferences', 1);
    addPages('ListEnrollmentStatuses', accounts.filter(({ state }) => state === 'ACTIVE').length, 100);
  }
  if (kinds.has('optimizer.recommendation')) addPages('ListRecommendations', idleResources(world).length, 1000);
  const hasIam = kinds.has('iam.principal') || kinds.has('iam.policy');
  if (hasIam) addPages('GetAccountAuthorizationDetails', awsManagedPolicies.length, 1000);

  for (const { id, state, hasRole } of accounts) {
    if (state !== 'ACTIVE') continue;
    // Its owner is named by a tag, even where it cannot be entered.
    add('ListTagsForResource', 1);
    if (id !== managementAccountId) add('AssumeRole', 1);
    if (!hasRole) continue;
    const account = world.state(id);
    add('DescribeRegions', 1);
    const { users, roles, policies } = account;
    if (hasIam) addPages('GetAccountAuthorizationDetails', users.length + roles.length + policies.length, 1000);
    addBuckets(account);
    for (const region of account.enabledRegions) {
      const regionState = account.regions.get(region);
      if (regionState !== undefined) addRegion(account, region, regionState);
    }
  }
  return least;
}

/** What the tagging service knows: VPCs and buckets with tags, and the rest of its list. */
function taggedIn({ id, buckets }: AccountState, region: string, { vpcs, tagged }: RegionState): number {
  const ownVpcs = vpcs.filter(({ OwnerId, Tags = [] }) => OwnerId === id && Tags.length > 0);
  const taggedBuckets = buckets.filter((bucket) => bucket.region === region && Object.keys(bucket.tags).length > 0);
  return ownVpcs.length + taggedBuckets.length + tagged.length;
}

/** Whole-bucket rules for uploads, old versions and all the rest leave nothing to ask about the size. */
function isUnsettled({ rules = [], isClosed }: AccountState['buckets'][number]): boolean {
  const whole = rules.filter(({ Status, Filter = {}, Prefix = '' }) => {
    const isWhole = Object.values(Filter).every((value) => value === undefined || value === '');
    return Status === 'Enabled' && Prefix === '' && isWhole;
  });
  const isSettled =
    whole.some((rule) => rule.AbortIncompleteMultipartUpload !== undefined) &&
    whole.some((rule) => rule.NoncurrentVersionExpiration !== undefined) &&
    whole.some((rule) => rule.Expiration?.Days !== undefined || (rule.Transitions ?? []).length > 0);
  return isClosed || !isSettled;
}
