/**
 * Many small rises that no series shows: a few percent more in all of a service's series at once. Each is judged alone
 * first; here what they were billed together is held against what they were expected to be.
 */
import { noteUnusual, openEpisode } from './episodes.ts';
import { usageOf } from './moved.ts';
import { memoryDays, type SeriesMemory } from './series-memory.ts';
import { medianInPlace } from './statistics.ts';
import { isBilledMonthly, monthFactor, normalFactor, stand } from './workspace.ts';

/** Days that are summed, from the newest complete one back: a month to compare with, and a month before it. */
const sumDays = 70;
/** The newest complete day is two days old. */
const youngestAge = 2;
/** Days that must have risen. */
const risenDays = 2;
/** Days before them that tell how far the sum strays. */
const noiseDays = 35;
const leastNoise = 0.006;
const leastSigma = 4.5;
const leastLog = 0.045;
const leastUsd = 40;
const leastLeaves = 6;
const leastAccounts = 3;
/** Share of the series that take part: less is one of them, which is judged by itself. */
const leastBreadth = 0.75;
/** On two of the same weekdays of the last weeks it was nearly as high: it is back, not up. */
const backShare = 0.975;
/** Share of the rise that a day of the month before had: it comes every month. */
const monthlyShare = 0.6;

type CostSum = { readonly billed: Float64Array; readonly expected: Float64Array; leaves: number; risen: number };

function newSum(): CostSum {
  return { billed: new Float64Array(sumDays), expected: new Float64Array(sumDays), leaves: 0, risen: 0 };
}

/** Regular, and nothing unusual of its own. */
function isPart(memory: SeriesMemory, today: number): boolean {
  if (Number.isNaN(memory.noise) || today - memory.first < sumDays + youngestAge) return false;
  return openEpisode(memory, 'up') === undefined;
}

function addToSum(sum: CostSum, memory: SeriesMemory, today: number): void {
  const { billed, expected, standing } = memory;
  const isMonthly = isBilledMonthly(memory.dimensions.usageType);
  let slot = (today - youngestAge) % memoryDays;
  for (let back = 0; back < sumDays; back += 1) {
    const factor = isMonthly ? monthFactor(today - youngestAge - back) : 1;
    const usual = (expected[slot] as number) * factor;
    const usd = standing[slot] === stand.forecast ? usual : (billed[slot] as number);
    slot = slot === 0 ? memoryDays - 1 : slot - 1;
    if (Number.isNaN(usual) || Number.isNaN(usd)) continue;
    sum.billed[back] = (sum.billed[back] as number) + usd;
    sum.expected[back] = (sum.expected[back] as number) + usual;
  }
  sum.leaves += 1;
  if (excessOf(memory, today) > 0) sum.risen += 1;
}

/** Whether these series have risen, taken together. Most have not, and two days of each tell that. */
export function haveRisen(series: readonly SeriesMemory[], today: number): boolean {
  if (series.length < leastLeaves) return false;
  const parts = series.filter((memory) => isPart(memory, today));
  const risen = parts.filter((memory) => excessOf(memory, today) > 0).length;
  if (parts.length < leastLeaves || risen < leastBreadth * parts.length) return false;
  const sum = newSum();
  for (const memory of parts) addToSum(sum, memory, today);
  return hasRisen(sum);
}

type UsageSum = { readonly usage: string; readonly sum: CostSum; readonly accountIds: Set<string> };

/** Of each usage type over all accounts; takes them in one by one. */
export function organizationSums() {
  const byUsage = new Map<string, UsageSum>();
  return {
    add(memory: SeriesMemory, today: number): void {
      const usage = usageOf(memory.dimensions);
      let of = byUsage.get(usage);
      if (of === undefined) {
        of = { usage, sum: newSum(), accountIds: new Set() };
        byUsage.set(usage, of);
      }
      if (isPart(memory, today)) addToSum(of.sum, memory, today);
      of.accountIds.add(memory.dimensions.accountId);
    },
    risen(): UsageSum[] {
      return [...byUsage.values()].filter(({ sum, accountIds }) => accountIds.size >= leastAccounts && hasRisen(sum));
    },
  };
}

const devs = new Float64Array(noiseDays);

function hasRisen({ billed, expected, leaves, risen }: CostSum): boolean {
  if (leaves < leastLeaves || risen < leastBreadth * leaves) return false;
  const devAt = (back: number): number => Math.log(((billed[back] as number) + 1) / ((expected[back] as number) + 1));
  let least = Number.POSITIVE_INFINITY;
  let usd = 0;
  for (let back = 0; back < risenDays; back += 1) {
    least = Math.min(least, devAt(back));
    usd += (billed[back] as number) - (expected[back] as number);
  }
  if (least < leastLog || usd < leastUsd * risenDays) return false;
  for (let index = 0; index < noiseDays; index += 1) devs[index] = Math.abs(devAt(risenDays + 5 + index));
  const noise = Math.max(leastNoise, 1.4826 * medianInPlace(devs, noiseDays));
  if (least < leastSigma * noise) return false;
  let asHigh = 0;
  for (let back = 7; back <= 35; back += 7) {
    if ((billed[back] as number) >= backShare * (billed[0] as number)) asHigh += 1;
  }
  if (asHigh >= 2) return false;
  for (let back = 27; back <= 32; back += 1) if (devAt(back) >= monthlyShare * least) return false;
  return true;
}

/** Notes the rise on each series that takes part. */
export function noteSum(members: Iterable<SeriesMemory>, today: number): void {
  const day = today - youngestAge;
  for (const memory of members) {
    if (Number.isNaN(memory.noise) || openEpisode(memory, 'up') !== undefined) continue;
    const excessUsd = excessOf(memory, today);
    if (!(excessUsd > 0)) continue;
    const baseUsd = memory.expected[(day - risenDays + 1) % memoryDays] as number;
    const onset = day - risenDays + 1;
    noteUnusual(memory, { day, openedOn: today, direction: 'up', shape: 'shift', excessUsd, onset, baseUsd });
  }
}

/** Of the newest complete days, a day. */
function excessOf({ billed, expected, first, dimensions }: SeriesMemory, today: number): number {
  const factor = normalFactor(dimensions.usageType, today - youngestAge);
  let excess = 0;
  for (let age = youngestAge; age < youngestAge + risenDays; age += 1) {
    const day = today - age;
    if (day < first) return 0;
    excess += (billed[day % memoryDays] as number) - factor * (expected[day % memoryDays] as number);
  }
  return Number.isNaN(excess) ? 0 : excess / risenDays;
}
