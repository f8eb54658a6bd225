/** The series of a world as they are when nothing happens, and what has happened to them before anybody looked. */
import type { Chance } from './chance.ts';
import type { DraftSeries } from './draft-series.ts';
import { addSeries, chanceIn, type DraftWorld, times } from './draft-world.ts';
import { type Family, type FamilyName, families } from './families.ts';
import { levelFamilies } from './level-families.ts';
import { pickAccount } from './organization.ts';

const sizes = ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge'];
const classes: Readonly<Record<string, readonly string[]>> = {
  c: ['c5', 'c6i', 'c6g', 'c7g'],
  m: ['m5', 'm6i', 'm6g', 'm7g'],
  r: ['r5', 'r6i', 'r6g', 'r7g'],
};
/** Billed without a region. */
const placeless = /Support|Registrar|Route 53|CloudFront|Marketplace|Datadog/;
const meanUsd = 38;
/** What comes back at fixed days needs a few of them before anybody can know. */
const rhythmDays = 100;
const rhythms: readonly string[] = [
  'monthly',
  'monthEnd',
  'trueUp',
  'payroll',
  'marketplace',
  'budgeted',
  'tiered',
  'backup',
  'weeklyJob',
];
const seasons: readonly string[] = ['fiscal', 'school', 'retail'];

/** The same usage on another machine: `BoxUsage:m6i.xlarge` may become `BoxUsage:m7g.2xlarge`. */
function onSomeMachine(usageType: string, chance: Chance): string {
  return usageType.replace(
    /\b([cmr])\d[a-z]*\.\d*x?large\b/,
    (_, letter: string) => `${chance.pick(classes[letter] ?? [])}.${chance.pick(sizes)}`,
  );
}

export function addBackground(world: DraftWorld, count: number, names: readonly FamilyName[]): void {
  const weighted = names.map((name) => [name, families[name].weight] as const);
  for (let index = 0; index < count; index += 1) {
    const chance = chanceIn(world, 'series', index);
    const name = chance.weighted(weighted);
    for (let tries = 0; tries < 12; tries += 1) if (addOf(world, name, chance) !== undefined) break;
  }
  for (const series of world.series) haveHistory(world, series, chanceIn(world, 'history', series.id));
}

function addOf(world: DraftWorld, name: FamilyName, chance: Chance): DraftSeries | undefined {
  const family: Family = families[name];
  const account = pickAccount(world.accounts, chance, family.kinds);
  const [service, usageType] = chance.pick(family.usage);
  const usual = Math.exp(Math.log(meanUsd) + 1.4 * chance.normal()) * account.scale;
  const levelUsd = family.usd === undefined ? Math.min(6000, Math.max(1.2, usual)) : chance.logBetween(...family.usd);
  return addSeries(
    world,
    {
      account: account.id,
      service,
      region: placeless.test(service) ? 'global' : chance.is(0.65) ? account.regions[0]! : chance.pick(account.regions),
      usageType: onSomeMachine(usageType, chance),
      family: name,
      course: family.course(levelUsd, world.calendar, chance),
      levelUsd,
      first: firstDay(world, name, chance),
      isInCents: name === 'tiny' && chance.is(0.5),
    },
    chance,
  );
}

function firstDay({ calendar: { evalFrom, days } }: DraftWorld, name: FamilyName, chance: Chance): number {
  if (name === 'young') return chance.whole(evalFrom - 60, days - 12);
  if (!chance.is(0.3) || seasons.includes(name)) return 0;
  return chance.whole(0, Math.max(0, evalFrom - (rhythms.includes(name) ? rhythmDays : 25)));
}

/** Spikes and steps of the past that nobody labelled. */
function haveHistory({ calendar: { evalFrom } }: DraftWorld, series: DraftSeries, chance: Chance): void {
  const { usd, first, family } = series;
  if (chance.is(0.25) && evalFrom - first > 16) {
    const start = chance.whole(first + 5, evalFrom - 8);
    const length = Math.min(chance.pick([1, 1, 1, 2, 4]), evalFrom - 3 - start);
    const extra = chance.between(0.6, 5) * Math.max(series.levelUsd, 0.01);
    for (let day = start; day < start + length; day += 1) usd[day]! += extra;
  }
  const isLevel = ['steady', 'clocked', 'weekly', 'autoscaled', 'growth', 'storage', 'deployed'].includes(family);
  if (isLevel && chance.is(0.12) && evalFrom - first > 90) {
    const start = chance.whole(first + 20, evalFrom - 45);
    const factor = chance.pick([0.5, 0.7, 1.4, 1.8]);
    for (let day = start; day < usd.length; day += 1) usd[day]! *= factor;
    series.levelUsd *= factor;
  }
}

export type StackPart = {
  readonly service: string;
  readonly usageType: string;
  /** Of the dollars of the stack. */
  readonly share: number;
  /** Does not follow the traffic. */
  readonly isSteady?: boolean;
};

/** Series of one workload: the same traffic moves all of them. */
export function addStack(
  world: DraftWorld,
  parts: readonly StackPart[],
  usd: number,
  chance: Chance,
  place = placeIn(world, chance),
  family = 'stack',
): DraftSeries[] {
  const common = levelFamilies.weekly(1, world.calendar, chance).base;
  const ripple = common.map(() => 1 + 0.05 * chance.normal());
  return parts.flatMap(({ service, usageType, share, isSteady = false }) => {
    const base = isSteady
      ? common.map(() => usd * share)
      : common.map((factor, day) => usd * share * factor * ripple[day]!);
    const noise = { share: chance.between(0.01, 0.04) };
    const wanted = {
      ...place,
      service,
      usageType,
      family,
      course: { base, noise, spread: isSteady ? noise.share : 0.06 },
      levelUsd: usd * share,
    };
    return addSeries(world, wanted, chance) ?? [];
  });
}

export function placeIn(
  world: DraftWorld,
  chance: Chance,
  kinds?: readonly string[],
): { readonly account: string; readonly region: string } {
  const account = pickAccount(world.accounts, chance, kinds);
  return { account: account.id, region: chance.pick(account.regions) };
}

/** Of a big account: many small quiet series, which can only be seen to move together. */
export function addQuietAccount(world: DraftWorld, chance: Chance): DraftSeries[] {
  const account = world.accounts[1] ?? world.accounts[0]!;
  const wanted = times(world, chance.whole(36, 70), chance);
  const names = ['steady', 'weekly', 'storage'] as const;
  const quiet: DraftSeries[] = [];
  for (let tries = 0; quiet.length < wanted && tries < 12 * wanted; tries += 1) {
    const name = chance.pick(names);
    const { usage }: Family = families[name];
    const [service, usageType] = chance.pick(usage);
    const levelUsd = chance.logBetween(8, 90);
    const course = levelFamilies[name](levelUsd, world.calendar, chance);
    const noise = { ...course.noise, share: Math.min(0.06, Math.max(0.03, course.noise.share)) };
    const region = chance.pick(account.regions);
    const dims = { account: account.id, service, region, usageType: onSomeMachine(usageType, chance) };
    const series = addSeries(world, { ...dims, family: 'quiet', course: { ...course, noise }, levelUsd }, chance);
    if (series !== undefined) quiet.push(series);
  }
  return quiet;
}
