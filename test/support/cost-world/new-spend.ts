/** Spend where there was none. */
import { placeIn } from './background.ts';
import type { Chance } from './chance.ts';
import type { DraftSeries } from './draft-series.ts';
import { addSeries, chanceIn, type DraftWorld, judgedDay, plant, times } from './draft-world.ts';
import { strangeRegions } from './organization.ts';
import { weekendIn } from './single-events.ts';

const ec2 = 'Amazon Elastic Compute Cloud - Compute';

const nothing = (world: DraftWorld) => ({ base: new Float64Array(world.calendar.days), noise: { share: 0 } });

type Newborn = {
  readonly account: string;
  readonly region: string;
  readonly service: string;
  readonly usageType: string;
};

/** Series that cost nothing before; what they cost is planted afterwards. */
function born(
  world: DraftWorld,
  all: readonly Newborn[],
  family: string,
  start: number,
  chance: Chance,
): DraftSeries[] {
  return all.flatMap((one) => {
    const wanted = { ...one, family, course: nothing(world), levelUsd: 0, first: start, isTaken: true };
    return addSeries(world, wanted, chance) ?? [];
  });
}

const stolen = [
  'BoxUsage:g5.4xlarge',
  'BoxUsage:g5.12xlarge',
  'BoxUsage:p3.8xlarge',
  'BoxUsage:c6i.32xlarge',
  'BoxUsage:c5a.24xlarge',
];
const novelties = [
  [ec2, 'BoxUsage:p4d.24xlarge'],
  ['Amazon SageMaker', 'Host:ml.g5.12xlarge'],
  ['Amazon Redshift', 'Node:ra3.4xlarge'],
  ['Amazon OpenSearch Service', 'ESInstance:r6g.4xlarge.search'],
  ['Amazon FSx', 'SSDStorageUsage-MultiAZ'],
  ['Amazon Kendra', 'KendraEnterpriseEdition'],
  ['AWS Database Migration Service', 'InstanceUsg:dms.r5.4xlarge'],
] as const;

/** Keys abused, boxes started and forgotten, services tried out: spend where there was none. */
export function addNewSpend(world: DraftWorld): void {
  const chance = chanceIn(world, 'new spend');
  const grown =
    (usd: number) =>
    (_: DraftSeries, k: number): number =>
      usd * (k === 0 ? chance.between(0.3, 1) : chance.between(0.97, 1.03));
  for (let count = times(world, 2.5, chance); count > 0; count -= 1) {
    const start = judgedDay(world, chance, 10);
    const place = { account: placeIn(world, chance).account, region: chance.pick(strangeRegions) };
    const series = born(world, [{ ...place, service: ec2, usageType: chance.pick(stolen) }], 'rogue', start, chance);
    const usd = chance.logBetween(60, 1500);
    plant(world, {
      kind: 'rogue_region',
      series,
      start,
      length: chance.whole(3, 30),
      usd: grown(usd),
      difficulty: 'easy',
    });
  }
  for (let count = times(world, 0.7, chance); count > 0; count -= 1) {
    const start = judgedDay(world, chance, 10);
    const { account } = placeIn(world, chance);
    const usageType = chance.pick(stolen);
    const places = chance.shuffled(strangeRegions).slice(0, 3);
    const series = born(
      world,
      places.map((region) => ({ account, region, service: ec2, usageType })),
      'rogue',
      start,
      chance,
    );
    const usd = chance.logBetween(80, 1200);
    plant(world, {
      kind: 'key_abuse',
      series,
      start,
      length: chance.whole(2, 12),
      usd: grown(usd),
      difficulty: 'easy',
    });
  }
  for (let count = times(world, 2.5, chance); count > 0; count -= 1) {
    const start = judgedDay(world, chance, 10);
    const [service, usageType] = chance.pick(novelties);
    const series = born(world, [{ ...placeIn(world, chance), service, usageType }], 'born', start, chance);
    const usd = chance.logBetween(65, 900);
    plant(world, {
      kind: 'born_today',
      series,
      start,
      length: chance.whole(4, 60),
      usd: grown(usd),
      difficulty: usd > 150 ? 'easy' : 'medium',
    });
  }
  for (let count = times(world, 1.5, chance); count > 0; count -= 1) {
    const start = weekendIn(world, chance);
    const place = placeIn(world, chance, ['development', 'sandbox', 'staging', 'data']);
    const usageType = chance.pick([
      'BoxUsage:g4dn.12xlarge',
      'BoxUsage:r6i.16xlarge',
      'BoxUsage:x2idn.16xlarge',
      'BoxUsage:g6.8xlarge',
    ]);
    const series = born(world, [{ ...place, service: ec2, usageType }], 'born', start, chance);
    const usd = chance.logBetween(70, 400);
    plant(world, {
      kind: 'weekend_box',
      series,
      start,
      length: chance.whole(2, 3),
      usd: grown(usd),
      difficulty: 'medium',
    });
  }
}
