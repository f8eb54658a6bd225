/** Days on which part of a bill moved, with what moved it: leaves that rise unevenly, some not at all, among noise. */
import { type Chance, chanceOf } from './chance.ts';
import { sumOf, toTenthsOfCents } from './draft-world.ts';
import { strangeRegions } from './organization.ts';

export const cubeDimensions = ['account', 'service', 'region', 'usageType'] as const;
export type CubeDimension = (typeof cubeDimensions)[number];
export type CubeDimensions = Readonly<Record<CubeDimension, string>>;
export type CubeDescription = Readonly<Partial<CubeDimensions>>;

export type CubeLeaf = {
  readonly dims: CubeDimensions;
  /** USD of the 28 days before, oldest first. */
  readonly history: readonly number[];
  readonly actual: number;
};

export type Cube = { readonly caseId: string; readonly asOf: string; readonly leaves: readonly CubeLeaf[] };

export type CubeLabel = {
  readonly caseId: string;
  readonly causes: readonly { readonly dims: CubeDescription; readonly usd: number }[];
};

export type RoughCubes = {
  readonly input: {
    readonly schema: 'costbench-cubes/1';
    readonly dims: readonly CubeDimension[];
    readonly cases: readonly Cube[];
  };
  readonly labels: readonly CubeLabel[];
};

const usage: Readonly<Record<string, readonly string[]>> = {
  'Amazon Elastic Compute Cloud - Compute': ['BoxUsage:m6i.large', 'BoxUsage:c6i.xlarge', 'SpotUsage:c5.4xlarge'],
  'EC2 - Other': [
    'EBS:VolumeUsage.gp3',
    'EBS:SnapshotUsage',
    'NatGateway-Hours',
    'NatGateway-Bytes',
    'DataTransfer-Regional-Bytes',
  ],
  'Amazon Simple Storage Service': [
    'TimedStorage-ByteHrs',
    'Requests-Tier1',
    'Requests-Tier2',
    'DataTransfer-Out-Bytes',
  ],
  'AWS Lambda': ['Lambda-GB-Second', 'Request'],
  AmazonCloudWatch: ['DataProcessing-Bytes', 'TimedStorage-ByteHrs', 'CW:MetricMonitorUsage'],
  'Amazon Relational Database Service': ['InstanceUsage:db.r6g.large', 'RDS:GP3-Storage', 'RDS:ChargedBackupUsage'],
  'Amazon DynamoDB': ['ReadRequestUnits', 'WriteRequestUnits', 'TimedStorage-ByteHrs'],
  'Amazon Kinesis': ['Storage-ShardHour', 'PutRequestPayloadUnits'],
  'Amazon Bedrock': ['InputTokenCount', 'OutputTokenCount'],
};
const regions = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-1'];
const asOf = '2026-01-29';
const historyDays = 28;
const mostLeaves = 900;

/** How deep a cause lies; one usage type of one account is the most frequent. */
const depths: readonly (readonly [readonly CubeDimension[], number])[] = [
  [['account'], 1],
  [['service'], 1],
  [['region'], 0.5],
  [['service', 'usageType'], 3],
  [['account', 'service'], 4],
  [['account', 'service', 'region'], 4],
  [['account', 'service', 'region', 'usageType'], 5],
  [['service', 'region'], 2],
  [['account', 'region'], 2],
];

type DraftLeaf = {
  readonly dims: CubeDimensions;
  readonly levelUsd: number;
  readonly history: number[];
  actual: number;
  isHit: boolean;
};

export function roughCubes({ seed, cases = 60 }: { readonly seed: string; readonly cases?: number }): RoughCubes {
  const made = Array.from({ length: cases }, (_, index) => makeCase(`c${index}`, chanceOf(seed, 'cube', index)));
  return {
    input: { schema: 'costbench-cubes/1', dims: cubeDimensions, cases: made.map(({ cube }) => cube) },
    labels: made.map(({ label }) => label),
  };
}

function makeCase(caseId: string, chance: Chance): { readonly cube: Cube; readonly label: CubeLabel } {
  const leaves = makeLeaves(chance);
  const totalUsd = sumOf(leaves.map(({ levelUsd }) => levelUsd));
  const count = chance.weighted([
    [1, 65],
    [2, 25],
    [3, 10],
  ] as const);
  const causes: { dims: CubeDescription; usd: number }[] = [];
  for (let tries = 0; causes.length < count && tries < 200; tries += 1) {
    const cause = chance.is(0.12) ? bear(leaves, totalUsd, chance) : raise(leaves, totalUsd, chance);
    if (cause !== undefined) causes.push(cause);
  }
  confound(leaves, totalUsd, sumOf(causes.map(({ usd }) => usd)), chance);
  // A cause that was born beside others is told by what tells it from all of them.
  const label = {
    caseId,
    causes: causes.map(({ dims, usd }) => ({ dims: shortest(leaves, dims), usd: toTenthsOfCents(usd) })),
  };
  const told = leaves.map(({ dims, history, actual }) => ({
    dims,
    history: history.map(toTenthsOfCents),
    actual: toTenthsOfCents(Math.max(0, actual)),
  }));
  return { cube: { caseId, asOf, leaves: told }, label };
}

function makeLeaves(chance: Chance): DraftLeaf[] {
  const accounts = Array.from({ length: chance.whole(4, 30) }, () =>
    String(chance.whole(100_000_000_000, 999_999_999_999)),
  );
  const leaves: DraftLeaf[] = [];
  for (const account of accounts) {
    for (const [service, usageTypes] of Object.entries(usage)) {
      if (!chance.is(0.6)) continue;
      const count = chance.weighted([
        [1, 5],
        [2, 3],
        [3, 1],
      ] as const);
      for (const region of chance.shuffled(regions).slice(0, count)) {
        for (const usageType of usageTypes) {
          if (chance.is(0.75)) leaves.push(makeLeaf({ account, service, region, usageType }, chance));
        }
      }
    }
  }
  return leaves.slice(0, mostLeaves);
}

/** Some follow the week, some drift, and some are noise for the most part. */
function makeLeaf(dims: CubeDimensions, chance: Chance): DraftLeaf {
  const levelUsd = Math.exp(Math.log(9) + 1.6 * chance.normal());
  const noise = chance.weighted([
    [chance.between(0.01, 0.08), 60],
    [chance.between(0.08, 0.2), 32],
    [chance.between(0.2, 0.35), 8],
  ]);
  const isWeekly = chance.is(0.5);
  const weekend = chance.between(0.3, 1);
  const firstWeekday = chance.whole(0, 6);
  const rate = chance.is(0.2) ? chance.between(-0.004, 0.006) : 0;
  const costOn = (day: number): number => {
    const isWeekend = isWeekly && (firstWeekday + day) % 7 >= 5;
    const factor = Math.exp(noise * chance.normal() - noise ** 2 / 2);
    return levelUsd * (isWeekend ? weekend : 1) * Math.exp(rate * (day - historyDays)) * factor;
  };
  const history = Array.from({ length: historyDays }, (_, day) => costOn(day));
  return { dims, levelUsd, history, actual: costOn(historyDays), isHit: false };
}

export function describes(description: CubeDescription, dims: CubeDimensions): boolean {
  return cubeDimensions.every((name) => description[name] === undefined || description[name] === dims[name]);
}

/** Without the dimensions that tell nothing apart. */
function shortest(leaves: readonly { readonly dims: CubeDimensions }[], description: CubeDescription): CubeDescription {
  const count = (of: CubeDescription): number => leaves.filter(({ dims }) => describes(of, dims)).length;
  let kept = description;
  for (const name of cubeDimensions) {
    const { [name]: dropped, ...fewer } = kept;
    if (dropped !== undefined && Object.keys(fewer).length > 0 && count(fewer) === count(kept)) kept = fewer;
  }
  return kept;
}

/** Leaves of a cause that stay where they are. */
const stillShare = 0.2;

function raise(
  leaves: DraftLeaf[],
  totalUsd: number,
  chance: Chance,
): { dims: CubeDescription; usd: number } | undefined {
  const names = chance.weighted(depths);
  const { dims } = chance.pick(leaves);
  const wanted: CubeDescription = Object.fromEntries(names.map((name) => [name, dims[name]]));
  const members = leaves.filter((leaf) => describes(wanted, leaf.dims));
  const levelUsd = sumOf(members.map((leaf) => leaf.levelUsd));
  const isWide = members.length > leaves.length / 2;
  if (isWide || members.some(({ isHit }) => isHit) || levelUsd < 0.002 * totalUsd) return undefined;
  const moved = members.length < 3 ? members : members.filter(() => !chance.is(stillShare));
  if (!isTold(wanted, moved, members, leaves)) return undefined;
  const movedUsd = sumOf(moved.map((leaf) => leaf.levelUsd));
  if (movedUsd < 0.6 * levelUsd) return undefined;
  const factor = Math.max(chance.logBetween(0.3, 8), (0.012 * totalUsd * chance.between(1, 6)) / movedUsd);
  let usd = 0;
  for (const leaf of moved) {
    const extra = leaf.levelUsd * factor * Math.exp(0.35 * chance.normal());
    leaf.actual += extra;
    usd += extra;
  }
  for (const leaf of members) leaf.isHit = true;
  return { dims: wanted, usd };
}

/** Whether no narrower description holds all that moved: else that one would be the cause. */
function isTold(
  wanted: CubeDescription,
  moved: readonly DraftLeaf[],
  members: readonly DraftLeaf[],
  leaves: readonly DraftLeaf[],
): boolean {
  const [first] = moved;
  if (first === undefined) return false;
  const agreed: CubeDescription = Object.fromEntries(
    cubeDimensions
      .filter((name) => moved.every(({ dims }) => dims[name] === first.dims[name]))
      .map((name) => [name, first.dims[name]]),
  );
  const held = leaves.filter(({ dims }) => describes({ ...agreed, ...wanted }, dims));
  return held.length === members.length;
}

const stolen = ['BoxUsage:g5.12xlarge', 'BoxUsage:p4d.24xlarge', 'BoxUsage:c6i.32xlarge'];

/** Machines where there were none: leaves without a past. */
function bear(
  leaves: DraftLeaf[],
  totalUsd: number,
  chance: Chance,
): { dims: CubeDescription; usd: number } | undefined {
  const { account } = chance.pick(leaves).dims;
  const service = 'Amazon Elastic Compute Cloud - Compute';
  const region = chance.pick([...strangeRegions, ...regions]);
  const types = chance.shuffled(stolen).slice(0, chance.whole(1, 3));
  if (leaves.some(({ dims }) => dims.account === account && dims.service === service && dims.region === region))
    return undefined;
  const usd = totalUsd * 0.012 * chance.between(1.5, 8);
  for (const usageType of types) {
    const actual = (usd / types.length) * chance.between(0.7, 1.3);
    const history = Array.from({ length: historyDays }, () => 0);
    leaves.push({ dims: { account, service, region, usageType }, levelUsd: 0, history, actual, isHit: true });
  }
  return { dims: { account, service, region }, usd };
}

/** What moves beside the causes: money that went elsewhere, credits, something that ended, loud pennies. */
function confound(leaves: readonly DraftLeaf[], totalUsd: number, causedUsd: number, chance: Chance): void {
  const free = leaves.filter(({ isHit }) => !isHit);
  if (free.length < 12) return;
  if (chance.is(0.35)) {
    const [from, to] = chance.shuffled(free) as [DraftLeaf, DraftLeaf];
    const usd = Math.min(from.actual, to.actual) * chance.between(0.15, 0.4);
    from.actual -= usd;
    to.actual += usd;
  }
  if (chance.is(0.3)) {
    const { dims } = chance.pick(free);
    const ended = free.filter((leaf) => leaf.dims.account === dims.account && leaf.dims.service === dims.service);
    const rest = chance.between(0, 0.6);
    // What fell must not be the larger news.
    const fallen = (1 - rest) * sumOf(ended.map(({ levelUsd }) => levelUsd));
    if (fallen < 0.7 * causedUsd) for (const leaf of ended) leaf.actual *= rest;
  }
  if (chance.is(0.25)) chance.pick(free).actual *= chance.between(0.1, 0.5);
  for (let loud = chance.whole(0, 5); loud > 0; loud -= 1) {
    const leaf = chance.pick(free);
    if (leaf.levelUsd < 0.002 * totalUsd) leaf.actual *= chance.between(1.5, 3.5);
  }
}
