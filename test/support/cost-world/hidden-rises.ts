/** What no single series tells: rises that show in sums alone, and swings between two prices. */
import { addQuietAccount, addStack, placeIn, type StackPart } from './background.ts';
import type { Chance } from './chance.ts';
import type { DraftSeries } from './draft-series.ts';
import { chanceIn, type DraftWorld, judgedDay, plant, times } from './draft-world.ts';

const ec2 = 'Amazon Elastic Compute Cloud - Compute';

/** Least dollars a day of a rise that no single series shows. */
const coordinatedUsd = 60;

/** A few percent more in dozens of series at once: nothing in any of them, a lot in their sum. */
export function addCoordinatedRises(world: DraftWorld): void {
  const chance = chanceIn(world, 'coordinated');
  const quiet = addQuietAccount(world, chance);
  if (chance.is(0.75)) rise(world, 'coordinated_account', quiet, chance);
  const byService = Map.groupBy(
    world.series.filter(
      ({ isTaken, first, noise, levelUsd, dims }) =>
        !isTaken && dims.recordType === 'Usage' && first < world.calendar.evalFrom - 60 && noise < 0.1 && levelUsd > 5,
    ),
    ({ dims }) => dims.service,
  );
  const wide = [...byService.values()].filter((list) => new Set(list.map(({ dims }) => dims.account)).size >= 6);
  const fitting = wide.filter((list) => list.length >= 14);
  if (fitting.length > 0 && chance.is(0.5)) rise(world, 'coordinated_service', chance.pick(fitting), chance);
}

function rise(world: DraftWorld, kind: string, series: readonly DraftSeries[], chance: Chance): void {
  const start = judgedDay(world, chance, 30);
  const least = chance.between(0.07, 0.1);
  const before = new Map(series.map((one) => [one, one.usd.slice(start)]));
  const share = new Map(series.map((one) => [one, chance.between(least - 0.01, least + 0.025)]));
  let usd = 0;
  for (const one of series) usd += (share.get(one) ?? 0) * one.levelUsd;
  if (usd < coordinatedUsd) return;
  plant(world, {
    kind,
    series,
    start,
    length: 400,
    usd: (one, k) => (share.get(one) ?? 0) * (before.get(one)?.[k] ?? 0),
    difficulty: 'hard',
    worthShare: 0.05,
  });
}

/** Spot capacity is taken away and On-Demand takes over, at a multiple of the price or at about the same. */
export function addSpotLosses(world: DraftWorld): void {
  const chance = chanceIn(world, 'spot');
  for (let count = times(world, 2, chance); count > 0; count -= 1) {
    const parts: StackPart[] = [
      { service: ec2, usageType: 'SpotUsage:c5.4xlarge', share: 0.6 },
      { service: ec2, usageType: 'BoxUsage:c5.4xlarge', share: 0.4 },
    ];
    const series = addStack(world, parts, chance.logBetween(120, 900), chance, placeIn(world, chance), 'spot');
    const [spot, onDemand] = series;
    if (spot === undefined || onDemand === undefined) continue;
    const isDear = chance.is(0.5);
    const swing = (start: number, length: number, price: number, isLabelled: boolean): void => {
      const lost = spot.usd.slice(start).map((usd) => usd * chance.between(0.5, 0.8));
      const usd = (one: DraftSeries, k: number): number => (one === spot ? -1 : price) * (lost[k] ?? 0);
      if (isLabelled) plant(world, { kind: 'spot_loss', series, start, length, usd, difficulty: 'medium' });
      else for (let k = 0; k < length; k += 1) for (const one of series) one.usd[start + k]! += usd(one, k);
    };
    // The cheap swing has been there before: a mixed fleet that goes to and fro.
    if (!isDear) {
      for (let past = chance.whole(3, 5); past > 0; past -= 1)
        swing(chance.whole(40, world.calendar.evalFrom - 12), chance.whole(2, 9), chance.between(1, 1.1), false);
    }
    swing(
      judgedDay(world, chance, 14),
      chance.whole(3, 10),
      isDear ? chance.between(2, 3) : chance.between(1, 1.08),
      isDear,
    );
    for (const one of series) one.isTaken = true;
  }
}
