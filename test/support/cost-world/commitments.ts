/** What is on the bill beside usage: credits, refunds, taxes, fees of commitments and what they do to usage; the Marketplace. */
import { placeIn } from './background.ts';
import type { Chance } from './chance.ts';
import type { DraftSeries } from './draft-series.ts';
import { addSeries, chanceIn, type DraftWorld, judgedDay, note, times } from './draft-world.ts';

export function addOtherRecords(world: DraftWorld): void {
  const chance = chanceIn(world, 'other records');
  for (let count = times(world, 3, chance); count > 0; count -= 1) {
    addCredits(world, count, chance);
    addCommitment(world, count, chance);
  }
  addTax(world, chance);
  for (let count = times(world, 1.5, chance); count > 0; count -= 1) addFirstPurchase(world, count, chance);
}

function addRecords(
  world: DraftWorld,
  recordType: string,
  [service, usageType]: readonly [string, string],
  usd: Float64Array,
  chance: Chance,
  first = 0,
): DraftSeries | undefined {
  const { account } = placeIn(world, chance);
  const course = { base: new Float64Array(usd.length), noise: { share: 0 } };
  const wanted = {
    account,
    service,
    region: 'global',
    usageType,
    recordType,
    family: recordType.toLowerCase(),
    course,
    levelUsd: 0,
    first,
    isTaken: true,
  };
  const series = addSeries(world, wanted, chance);
  series?.usd.set(usd);
  return series;
}

function addCredits(world: DraftWorld, index: number, chance: Chance): void {
  const { calendar } = world;
  const usd = chance.logBetween(50, 5000);
  const isMonthly = index % 2 === 1;
  const credits = Float64Array.from({ length: calendar.days }, (_, day) =>
    chance.is(0.02) || (isMonthly && calendar.dayOfMonth[day] === 1) ? -usd * chance.between(0.5, 1.5) : 0,
  );
  addRecords(
    world,
    chance.pick(['Credit', 'Refund']),
    ['Amazon Elastic Compute Cloud - Compute', `Credit-${index}`],
    credits,
    chance,
  );
}

/** Bought on one day: a fee, and On-Demand usage that falls from then on. */
function addCommitment(world: DraftWorld, index: number, chance: Chance): void {
  const { days, evalFrom } = world.calendar;
  const fees = new Float64Array(days);
  for (let past = 0; past < 2; past += 1) fees[chance.whole(0, evalFrom)]! += chance.logBetween(2000, 60_000);
  const start = judgedDay(world, chance, 8);
  fees[start]! += chance.logBetween(3000, 50_000);
  const names = [
    ['RIFee', ['Amazon Relational Database Service', `HeavyUsage:db.r6g.large-${index}`]],
    ['SavingsPlanUpfrontFee', ['Savings Plans for AWS Compute usage', `ComputeSP:1yrAllUpfront-${index}`]],
    ['SavingsPlanRecurringFee', ['Savings Plans for AWS Compute usage', `ComputeSP:1yrNoUpfront-${index}`]],
  ] as const;
  const [recordType, name] = chance.pick(names);
  addRecords(world, recordType, name, fees, chance);
  const covered = world.series.filter(
    ({ isTaken, family, first, dims }) =>
      !isTaken && family === 'steady' && first < evalFrom - 60 && /BoxUsage|InstanceUsage/.test(dims.usageType),
  );
  if (covered.length === 0) return;
  const series = chance.pick(covered);
  const rest = chance.between(0.2, 0.7);
  for (let day = start; day < days; day += 1) series.usd[day]! *= rest;
  series.isTaken = true;
  note(world, series, 'commitment_covered', start, days - 1, 'down');
}

function addTax(world: DraftWorld, chance: Chance): void {
  const { calendar } = world;
  const usd = chance.logBetween(500, 9000);
  const taxes = Float64Array.from({ length: calendar.days }, (_, day) =>
    calendar.dayOfMonth[day] === 1 ? usd * chance.between(0.9, 1.1) : 0,
  );
  addRecords(world, 'Tax', ['Tax', 'Tax'], taxes, chance);
}

/** Bought on the Marketplace for a year: seen for the first time, so a word about it is neither right nor wrong. */
function addFirstPurchase(world: DraftWorld, index: number, chance: Chance): void {
  const start = judgedDay(world, chance, 10);
  const purchase = new Float64Array(world.calendar.days);
  purchase[start] = chance.logBetween(500, 20_000);
  const name = ['AWS Marketplace', `MP:annual-contract-${index}`] as const;
  const series = addRecords(world, 'Usage', name, purchase, chance, start);
  if (series !== undefined) note(world, series, 'first_purchase', start, start, 'up');
}
