/**
 * Makes an organization from a seed, account by account when it is asked for, so that thousands cost nothing until
 * visited. What is planted in it, and what only looks like it, is known: the truth that audits are judged by.
 */
import { type AccountState, type Builder, createBuilder, type Planted } from './account-state.ts';
import { addIncident, type BillIncident } from './bill.ts';
import { type BillDelivery, type DeliveredShare, deliveryOf } from './bill-delivery.ts';
import { addUsage } from './bill-usage.ts';
import { type Bulk, type BulkResources, bulkResources } from './bulk.ts';
import { bucketFeatures } from './features/buckets.ts';
import { iamFeatures, standardRoles } from './features/iam.ts';
import { defaultVpc, networkFeatures } from './features/network.ts';
import { AwsError } from './handler.ts';
import { createLedger, type LedgerLine } from './ledger.ts';
import { athenaOperations } from './operations/athena.ts';
import { cloudtrailOperations } from './operations/cloudtrail.ts';
import { cloudwatchOperations } from './operations/cloudwatch.ts';
import { computeOptimizerOperations } from './operations/compute-optimizer.ts';
import { costExplorerOperations } from './operations/cost-explorer.ts';
import { anomalyOperations, budgetsOperations, unansweredAnomaly } from './operations/cost-guards.ts';
import { costOptimizationHubOperations } from './operations/cost-optimization-hub.ts';
import { costResourceOperations } from './operations/cost-resources.ts';
import { ec2Operations } from './operations/ec2.ts';
import { iamOperations } from './operations/iam.ts';
import { configOperations, pricingOperations, taggingOperations } from './operations/inventories.ts';
import { organizationsOperations } from './operations/organizations.ts';
import { s3Operations } from './operations/s3.ts';
import { createOrganization, type Organization, type SimulatedAccount } from './organization.ts';
import { chance } from './random.ts';
import { type Advisers, plantedByAdvisers } from './recommendations.ts';
import { storyChanges, storyFeatures, storyIncidents, storyNames, storyScale } from './story.ts';
import { type PlantedChange, recordOf } from './trail.ts';
import type { World } from './world.ts';

export type WorldOptions = {
  readonly seed: number;
  readonly accounts: number;
  readonly regions?: readonly string[];
  readonly roleName?: string;
  readonly externalId?: string;
  /** Time of the world, ISO 8601: ages are counted back from it. */
  readonly now: string;
  /** The demo's accounts instead of random ones. */
  readonly story?: boolean;
  /** Chance that an account has a feature beyond those dealt out to make each occur. */
  readonly density?: number;
  /** Plain resources of every account, on top of what is remarkable. */
  readonly bulk?: Bulk;
  /** Accounts that have more of them, by index; what is not named here is as in `bulk`. */
  readonly giants?: Readonly<Record<number, Bulk>>;
  /** What goes wrong in the bill. Default: what belongs to the story, if it is told. */
  readonly incidents?: readonly BillIncident[];
  /** A bill of a few dozen usage types an account, each with its course. Default: only in the story. */
  readonly hasUsage?: boolean;
  /** Default: at once, and gradually in the story. */
  readonly delivery?: BillDelivery;
  /** What was changed in accounts, for CloudTrail. Default: what belongs to the story, if it is told. */
  readonly changes?: readonly PlantedChange[];
  /** Whether the payer has opted in to costs by resource. Default: only in the story, as few have. */
  readonly resourceCosts?: boolean;
  /** Which of AWS's own advisers are on. Default: both. */
  readonly advisers?: Advisers;
};

export interface SimulatedWorld extends World {
  readonly organization: Organization;
  readonly allRegions: readonly string[];
  readonly optInRegions: readonly string[];
  enabledRegions(accountId: string): readonly string[];
  state(accountId: string): AccountState;
  /** What the account has beside its state, see `WorldOptions.bulk`. */
  bulk(accountId: string): BulkResources;
  ledger(): readonly LedgerLine[];
  /** What of a day is there already; `undefined` = all of it. */
  readonly delivered: DeliveredShare | undefined;
  readonly hasResourceCosts: boolean;
  readonly advisers: Advisers;
  /** NAT gateways that nothing goes through. */
  idleGateways(): readonly Planted[];
}

export type Generated = {
  readonly world: SimulatedWorld;
  /** Everything planted in accounts that can be entered, and what must not be reported. */
  truth(): { readonly planted: readonly Planted[]; readonly nearMisses: readonly Planted[] };
  /** Mends one planted thing, so that exactly this finding goes away. @throws Error when the check has no simulated remedy */
  fix(planted: Planted): void;
  /** Closes an account: it is listed as suspended, cannot be entered, and its sessions are refused. @throws Error when there is none */
  suspend(accountId: string): void;
};

/** Accounts kept built; an audit visits them in order, so a few are enough. */
const keptAccounts = 64;
const optIn = 'ap-southeast-3';

export function generateWorld(options: WorldOptions): Generated {
  const { seed, accounts, now, roleName = 'costwarden-audit', externalId, story = false, density = 0.08 } = options;
  const incidents = options.incidents ?? (story ? storyIncidents : []);
  const changes = options.changes ?? (story ? storyChanges : []);
  const regions = options.regions ?? ['us-east-1', 'us-west-2', 'eu-west-1'];
  const organization = createOrganization(seed, accounts, story ? storyNames : [], accounts >= 4);
  const managementAccountId = organization.account(0).id;
  const features = { ...networkFeatures, ...bucketFeatures, ...iamFeatures(managementAccountId) };
  const names = Object.keys(features);
  const enterable = (account: SimulatedAccount): boolean =>
    account.state === 'ACTIVE' && (account.hasRole || roles.has(account.id));
  const roles = new Set<string>();
  const fixes: Planted[] = [];
  const built = new Map<string, { readonly state: AccountState; readonly bulk: BulkResources }>();
  let lines: readonly LedgerLine[] | undefined;
  const idleGateways: Planted[] = [];

  /** Every feature is dealt to one account at least; the rest is chance. */
  const featuresOf = ({ index, name }: SimulatedAccount): string[] => {
    if (story) return [...(storyFeatures[name] ?? [])];
    const usable = Math.max(1, accounts - 2);
    return names.filter(
      (feature, position) => (position * 5 + seed) % usable === index || chance(seed, index, feature) < density,
    );
  };
  const enabledRegions = (accountId: string): readonly string[] =>
    chance(seed, accountId, optIn) < 0.3 && !story ? [...regions, optIn] : regions;
  const accountOf = (accountId: string): SimulatedAccount => {
    const index = organization.indexOf(accountId);
    if (index === undefined)
      throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid', 403);
    return organization.account(index);
  };
  const build = (account: SimulatedAccount): AccountState => {
    const builder = createBuilder({
      seed,
      id: account.id,
      name: account.name,
      team: account.team,
      enabledRegions: enabledRegions(account.id),
      now,
      scale: storyScale[account.name] ?? 1,
    });
    defaultVpc(builder);
    standardRoles(managementAccountId, roleName)(builder);
    for (const feature of featuresOf(account)) features[feature]?.(builder);
    addBaseCosts(builder, account);
    if (options.hasUsage ?? story) addUsage(builder, builder.tags());
    for (const incident of incidents) if (incident.account === account.index) addIncident(builder, incident);
    for (const change of changes) if (change.account === account.index) builder.event(recordOf(change, now));
    for (const planted of fixes) if (planted.accountId === account.id) mend(builder.state, planted);
    return builder.state;
  };
  const visit = (accountId: string): { readonly state: AccountState; readonly bulk: BulkResources } => {
    const known = built.get(accountId);
    if (known !== undefined) {
      built.delete(accountId);
      built.set(accountId, known);
      return known;
    }
    const account = accountOf(accountId);
    const bulk = { ...options.bulk, ...options.giants?.[account.index] };
    const fresh = { state: build(account), bulk: bulkResources(account, enabledRegions(accountId), bulk) };
    built.set(accountId, fresh);
    if (built.size > keptAccounts) built.delete(built.keys().next().value ?? '');
    return fresh;
  };
  const state = (accountId: string): AccountState => visit(accountId).state;
  const each = function* (): Iterable<SimulatedAccount> {
    for (let index = 0; index < organization.size; index += 1) yield organization.account(index);
  };

  /** Costs of each account, and which of its gateways are idle; nothing else of it is kept. */
  const paying = function* () {
    for (const account of each()) {
      if (account.state !== 'ACTIVE') continue;
      const { costs, planted } = build(account);
      idleGateways.push(...planted.filter(({ checkId }) => checkId === 'nat-gateway-idle'));
      yield { accountId: account.id, costs };
    }
  };

  const world: SimulatedWorld = {
    managementAccountId,
    baseAccessKeyId: 'AKIASIMULATEDBASEKEY',
    organization,
    allRegions: [...regions, optIn],
    optInRegions: [optIn],
    enabledRegions,
    state,
    bulk: (accountId) => visit(accountId).bulk,
    delivered: deliveryOf(options.delivery ?? (story ? { isGradual: true } : {}), {
      accountIndex: (accountId) => organization.indexOf(accountId),
      today: now.slice(0, 10),
    }),
    ledger() {
      // Accounts that are closed later keep the past they have.
      lines ??= createLedger(paying());
      return lines;
    },
    advisers: options.advisers ?? 'hub',
    idleGateways() {
      world.ledger();
      return idleGateways;
    },
    hasResourceCosts: options.resourceCosts ?? story,
    assumeRole({ roleArn, externalId: given, callerAccountId }) {
      const [, , , , accountId = '', role = ''] = roleArn.split(':');
      const index = organization.indexOf(accountId);
      const account = index === undefined ? undefined : organization.account(index);
      const isTrusted = callerAccountId === managementAccountId && (externalId === undefined || given === externalId);
      if (account === undefined || !enterable(account) || role !== `role/${roleName}` || !isTrusted) {
        throw new AwsError(
          'AccessDenied',
          `User: arn:aws:iam::${callerAccountId}:user/costwarden-worker is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
          403,
        );
      }
      return { accountId, roleName };
    },
    isSuspended: (accountId) => accountOf(accountId).state === 'SUSPENDED',
    isRegionEnabled: (accountId, region) => regions.includes(region) || enabledRegions(accountId).includes(region),
    get operations() {
      return operations;
    },
  };
  const operations: World['operations'] = {
    organizations: organizationsOperations(world),
    ec2: ec2Operations(world),
    iam: iamOperations(world),
    s3: s3Operations(world),
    cloudtrail: cloudtrailOperations(world),
    cloudwatch: cloudwatchOperations(world),
    'cost-explorer': {
      ...costExplorerOperations(world),
      ...anomalyOperations(world),
      ...costResourceOperations(world),
    },
    athena: athenaOperations(world),
    budgets: budgetsOperations(world),
    'compute-optimizer': computeOptimizerOperations(world),
    'config-service': configOperations(world),
    'cost-optimization-hub': costOptimizationHubOperations(world),
    'resource-groups-tagging-api': taggingOperations(world),
    pricing: pricingOperations,
  };

  return {
    world,
    truth() {
      const planted: Planted[] = [];
      const nearMisses: Planted[] = [];
      for (const account of each()) {
        if (account.state !== 'ACTIVE') continue;
        if (!enterable(account)) {
          planted.push({
            checkId: 'org-audit-role-missing',
            accountId: account.id,
            region: 'global',
            resourceId: `arn:aws:iam::${account.id}:role/${roleName}`,
          });
          continue;
        }
        const own = state(account.id);
        planted.push(...own.planted.filter((item) => !fixes.some((fixed) => sameAs(fixed, item))));
        nearMisses.push(...own.nearMisses);
      }
      const untagged = world.ledger().filter(({ recordType }) => recordType === 'Usage');
      if (untagged.some(({ tags }) => tags['team'] === undefined))
        planted.push({
          checkId: 'tag-dollar-coverage-low',
          accountId: managementAccountId,
          region: 'global',
          resourceId: 'team',
        });
      const { id: resourceId, accountId } = unansweredAnomaly(world);
      if (accountOf(accountId).state === 'ACTIVE')
        planted.push({ checkId: 'cost-anomaly-feedback-open', accountId, region: 'global', resourceId });
      const advised = plantedByAdvisers(world);
      return {
        planted: distinct([...planted, ...advised.planted]),
        nearMisses: [...nearMisses, ...advised.nearMisses],
      };
    },
    fix(planted) {
      if (planted.checkId === 'org-audit-role-missing') {
        roles.add(planted.accountId);
        return;
      }
      mend(state(planted.accountId), planted);
      fixes.push(planted);
    },
    suspend(accountId) {
      const index = organization.indexOf(accountId);
      if (index === undefined) throw new Error(`there is no account ${accountId}`);
      organization.suspend(index);
    },
  };
}

/** Compute in every region in use, four tenths of it without a team; and lines that are no usage at all. */
function addBaseCosts(builder: Builder, { id, team, name }: SimulatedAccount): void {
  const tags = { team, environment: 'production', service: name, 'cost-center': 'eng-100' };
  const { team: _, ...untagged } = tags;
  for (const region of builder.state.enabledRegions.slice(0, 3)) {
    const usd = 20 + 200 * chance(builder.seed, id, region, 'compute');
    const line = { service: 'Amazon Elastic Compute Cloud - Compute', usageType: 'BoxUsage:m7g.xlarge', region };
    builder.cost({ ...line, usdPerDay: usd * 0.55, tags });
    builder.cost({ ...line, usdPerDay: usd * 0.45, tags: untagged });
  }
  // Usage types that several services have, and a rhythm: what a bill is made of.
  const [home = 'us-east-1'] = builder.state.enabledRegions;
  for (const [service, usageType, usdPerDay, quantityPerDay, weekend] of everyday) {
    const size = 0.4 + 1.2 * chance(builder.seed, id, service, usageType);
    const amounts = { usdPerDay: usdPerDay * size, quantityPerDay: quantityPerDay * size };
    builder.cost({ service, usageType, region: home, ...amounts, tags, weekend });
  }
  builder.cost({ service: 'Tax', usageType: 'Tax', region: 'NoRegion', usdPerDay: 30, recordType: 'Tax', tags: {} });
  builder.cost({
    service: 'Amazon Elastic Compute Cloud - Compute',
    usageType: 'Credit',
    region: 'us-east-1',
    usdPerDay: -5,
    recordType: 'Credit',
    tags: {},
  });
}

/** Service, usage type, USD and quantity a day, factor on weekends. */
const everyday = [
  ['Amazon Simple Storage Service', 'TimedStorage-ByteHrs', 6, 261, 1],
  ['AmazonCloudWatch', 'TimedStorage-ByteHrs', 0.8, 26, 1],
  ['Amazon Relational Database Service', 'InstanceUsage:db.r6g.large', 5.5, 24, 1],
  ['AWS Lambda', 'Lambda-GB-Second', 2, 120_000, 0.4],
  ['AWS Lambda', 'Request', 0.2, 1_000_000, 0.4],
  ['EC2 - Other', 'EBS:SnapshotUsage', 1.2, 24, 1],
] as const;

function mend(state: AccountState, { checkId, region, resourceId }: Planted): void {
  const found = state.regions.get(region);
  switch (checkId) {
    case 'vpc-missing-s3-gateway-endpoint': {
      const tables = (found?.routeTables ?? []).flatMap(({ VpcId, RouteTableId = '' }) =>
        VpcId === resourceId ? [RouteTableId] : [],
      );
      const sample = found?.vpcEndpoints.find(({ VpcId }) => VpcId === resourceId);
      found?.vpcEndpoints.push({
        ...sample,
        VpcEndpointId: `vpce-0fixed${resourceId.slice(-11)}`,
        VpcId: resourceId,
        ServiceName: `com.amazonaws.${region}.s3`,
        VpcEndpointType: 'Gateway',
        State: 'available' as never,
        RouteTableIds: tables,
      });
      return;
    }
    case 'public-ipv4-idle-or-excess': {
      const index = found?.addresses.findIndex(({ AllocationId }) => AllocationId === resourceId) ?? -1;
      if (index >= 0) found?.addresses.splice(index, 1);
      return;
    }
    case 's3-versioning-without-noncurrent-expiry': {
      const bucket = state.buckets.find(({ name }) => name === resourceId);
      bucket?.rules?.push({
        ID: 'versions',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      });
      return;
    }
    case 'iam-write-wildcard-resource':
    case 'iam-service-wildcard': {
      const role = state.roles.find(({ RoleId }) => RoleId === resourceId);
      if (role !== undefined) role.RolePolicyList = [];
      return;
    }
    default:
      throw new Error(`the simulator has no remedy for ${checkId}`);
  }
}

function sameAs(a: Planted, b: Planted): boolean {
  return (
    a.checkId === b.checkId && a.accountId === b.accountId && a.region === b.region && a.resourceId === b.resourceId
  );
}

function distinct(items: readonly Planted[]): Planted[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
