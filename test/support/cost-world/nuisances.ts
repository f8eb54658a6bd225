/** What changes and is no anomaly: ends, migrations, prices, campaigns, commitments, seasons. */
import { addStack, placeIn } from './background.ts';
import type { Chance } from './chance.ts';
import type { DraftSeries } from './draft-series.ts';
import { addSeries, chanceIn, type DraftWorld, judgedDay, note, times } from './draft-world.ts';

const quietFamilies: readonly string[] = ['steady', 'weekly', 'storage', 'growth', 'deployed'];

export function addNuisances(world: DraftWorld): void {
  for (const add of [taper, repriceSome, rampDown, campaigns, rename, cutPrices, seasons]) {
    add(world, chanceIn(world, 'nuisance', add.name));
  }
}

function free(world: DraftWorld, families: readonly string[], daysBefore = 60): DraftSeries[] {
  return world.series.filter(
    ({ isTaken, family, first }) =>
      !isTaken && families.includes(family) && first < world.calendar.evalFrom - daysBefore,
  );
}

function scale(series: DraftSeries, from: number, factor: (k: number) => number): void {
  for (let day = from; day < series.usd.length; day += 1) series.usd[day]! *= factor(day - from);
}

function taper(world: DraftWorld, chance: Chance): void {
  const { evalFrom, days } = world.calendar;
  for (const series of world.series.filter(({ family }) => family === 'decommissioned')) {
    const start = chance.whole(evalFrom - 60, days - 25);
    const length = chance.whole(6, 16);
    scale(series, start, (k) => Math.max(0, 1 - k / length));
    note(world, series, 'decommission', start, start + length + 3, 'down');
    series.isTaken = true;
  }
}

/** A new rate, one series at a time. */
function repriceSome(world: DraftWorld, chance: Chance): void {
  for (const series of free(world, quietFamilies, 0)) {
    if (!chance.is(0.05)) continue;
    const factor = chance.pick([0.95, 0.92, 1.03, 1.05, 0.88]);
    const start = chance.whole(world.calendar.evalFrom, world.calendar.days - 10);
    scale(series, start, () => factor);
    note(world, series, 'price_change', start, world.calendar.days - 1);
  }
}

/** Somebody cleans up, or a contract ends: much less from one day to another, and on purpose. */
function rampDown(world: DraftWorld, chance: Chance): void {
  for (const series of chance.shuffled(free(world, quietFamilies)).slice(0, times(world, 2, chance))) {
    const start = judgedDay(world, chance, 20);
    const rest = chance.between(0.2, 0.6);
    const length = chance.whole(1, 8);
    scale(series, start, (k) => Math.max(rest, 1 - ((1 - rest) * (k + 1)) / length));
    note(world, series, 'ramp_down', start, world.calendar.days - 1, 'down');
    series.isTaken = true;
  }
}

/** A newsletter, a sale, a report: several series at once, every month or every quarter, on about the same day. */
function campaigns(world: DraftWorld, chance: Chance): void {
  const { calendar } = world;
  for (let count = times(world, 2, chance); count > 0; count -= 1) {
    const on = chance.whole(3, 26);
    const isQuarterly = chance.is(0.4);
    const quarter = chance.whole(0, 2);
    const length = chance.whole(1, 2);
    const members = chance
      .shuffled(free(world, ['weekly', 'autoscaled', 'deployed'], 200))
      .slice(0, chance.whole(5, 12));
    for (const series of members) {
      const factor = chance.between(1.5, 3);
      for (let day = 0; day < calendar.days; day += 1) {
        const since = calendar.dayOfMonth[day]! - on;
        const isMonth = !isQuarterly || calendar.month[day]! % 3 === quarter;
        if (isMonth && since >= 0 && since < length) series.usd[day]! *= factor * (1 + 0.06 * chance.normal());
      }
      series.isTaken = true;
      note(world, series, isQuarterly ? 'campaign_quarterly' : 'campaign_monthly', 0, calendar.days - 1);
    }
  }
}

const renamed = [
  [
    'Amazon Elastic Compute Cloud - Compute',
    'BoxUsage:m5.4xlarge',
    'Amazon Elastic Compute Cloud - Compute',
    'BoxUsage:m6i.4xlarge',
  ],
  ['EC2 - Other', 'EBS:VolumeUsage.gp2', 'EC2 - Other', 'EBS:VolumeUsage.gp3'],
  ['Amazon Elasticsearch Service', 'ESInstance:r5.xlarge', 'Amazon OpenSearch Service', 'ESInstance:r6g.xlarge'],
  [
    'Amazon Simple Storage Service',
    'TimedStorage-ByteHrs',
    'Amazon Simple Storage Service',
    'TimedStorage-INT-FA-ByteHrs',
  ],
  [
    'Amazon Relational Database Service',
    'InstanceUsage:db.r5.2xlarge',
    'Amazon Relational Database Service',
    'InstanceUsage:db.r6g.2xlarge',
  ],
  ['Amazon SageMaker', 'USE1-Host:ml.m5.xlarge', 'Amazon SageMaker', 'Host:ml.m6i.xlarge'],
] as const;

/** The same cost under another name, or in another account: at once or over two weeks, the sum stays. */
function rename(world: DraftWorld, chance: Chance): void {
  for (let count = times(world, 3, chance); count > 0; count -= 1) {
    const [service, usageType, newService, newUsageType] = chance.pick(renamed);
    const isMove = chance.is(0.3);
    const place = placeIn(world, chance);
    const [before] = addStack(
      world,
      [{ service, usageType, share: 1, isSteady: chance.is(0.6) }],
      chance.logBetween(30, 600),
      chance,
      place,
      'renamed',
    );
    if (before === undefined) continue;
    const start = judgedDay(world, chance, 16);
    const length = chance.is(0.5) ? 1 : chance.whole(4, 14);
    const base = new Float64Array(world.calendar.days);
    const kept = chance.between(0.95, 1.02);
    scale(before, start, (k) => {
      const moved = Math.min(1, (k + 1) / length);
      base[start + k] = before.usd[start + k]! * moved * kept;
      return 1 - moved;
    });
    const target = isMove
      ? { ...place, account: placeIn(world, chance).account, service, usageType }
      : { ...place, service: newService, usageType: newUsageType };
    const course = { base, noise: { share: 0 } };
    const after = addSeries(
      world,
      { ...target, family: 'renamed', course, levelUsd: 0, first: start, isTaken: true },
      chance,
    );
    before.isTaken = true;
    if (after === undefined) {
      // No room under the new name: it has simply ended, and somebody may say so.
      note(world, before, 'ended', start, start + length + 3, 'down');
      continue;
    }
    note(world, before, 'renamed', start, start + length);
    note(world, after, 'renamed', start, start + length);
  }
}

/** AWS lowers a price: every series of the service, on one day. */
function cutPrices(world: DraftWorld, chance: Chance): void {
  const services = [...new Set(free(world, quietFamilies).map(({ dims }) => dims.service))];
  const { evalFrom, days } = world.calendar;
  const cuts: number[] = [chance.whole(40, evalFrom - 30)];
  if (chance.is(0.6)) cuts.push(chance.whole(evalFrom + 3, days - 10));
  if (services.length === 0) return;
  for (const start of cuts) {
    const service = chance.pick(services);
    const factor = chance.between(0.8, 0.95);
    for (const series of world.series.filter(({ dims }) => dims.service === service)) {
      scale(series, start, () => factor);
      series.levelUsd *= factor;
      if (start >= evalFrom) note(world, series, 'price_cut', start, days - 1);
    }
  }
}

/** Seasons that a world of little more than a year sees for the first time: a rise is neither right nor wrong. */
function seasons(world: DraftWorld, chance: Chance): void {
  const { calendar } = world;
  const turns: Readonly<Record<string, (day: string) => boolean>> = {
    retail: (day) => day >= '11-14' || day <= '01-12',
    school: (day) => (day >= '08-20' && day <= '09-20') || (day >= '01-01' && day <= '01-16'),
  };
  for (const series of world.series) {
    const isTurn = turns[series.family];
    if (isTurn === undefined) continue;
    let from: number | undefined;
    for (let day = 0; day <= calendar.days; day += 1) {
      const isIn = day < calendar.days && isTurn(calendar.day(day).slice(5));
      if (isIn) from ??= day;
      else if (from !== undefined) {
        note(world, series, `season_${series.family}`, from, day - 1, 'up');
        from = undefined;
      }
    }
    if (chance.is(0.5)) series.isTaken = true;
  }
}
