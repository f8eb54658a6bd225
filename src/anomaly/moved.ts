/**
 * Spend that only moved is no event: a usage type or service with a new name, Spot that became On-Demand, usage that a
 * commitment pays from now on, a workload in another account. What one series rises by another falls by: their sum is
 * judged, and it stayed.
 */
import type { CostDimensions } from '../model/bill.ts';
import { type Completeness, completenessOf } from './completeness.ts';
import { memoryDays, type SeriesMemory } from './series-memory.ts';
import type { ToldSeries } from './told-series.ts';
import { youngDays } from './young.ts';

/** Newest days that are compared. */
const comparedDays = 4;
/** A counterpart has changed by so much, in dollars a day and against what it was. */
const leastUsd = 8;
const leastShare = 0.25;
/** Share of a rise that may be left over when the fall is taken off. */
const leftShare = 0.2;
/** The same where only the amount tells that two series belong together. */
const strictLeftShare = 0.1;
/** And by so many standard deviations of its own. */
const clearSigma = 4;
const mostShare = 0.5;
/** Less than this of what it was is no incomplete figure but an end. */
const goneShare = 0.3;
/** How much larger than the rise the fall may be while the rise is known in part. */
const mostPartial = 4;
const mostKnown = 1.5;

/** What a series costs more (less) a day than weeks ago. */
export type Change = {
  readonly dimensions: CostDimensions;
  /** By age of the day: 1 = yesterday's at index 0, as far as it is known or can be told. */
  readonly usd: readonly number[];
  /** It was not there weeks ago, or is no longer. */
  readonly isWhole: boolean;
  /** It was not there weeks ago. */
  readonly isNew: boolean;
  /** Yesterday's figure may grow, nobody knows how much. */
  readonly isPartial: boolean;
};

const completeness: Completeness = { typical: 1, spread: 0, isKnown: false };
const changes = new Float64Array(comparedDays);

/** @returns undefined where nothing has changed that a move could leave behind */
export function changeOf(memory: SeriesMemory, asOf: number): Change | undefined {
  const isYoung = asOf - memory.first < youngDays;
  // What costs nothing on many days has always just stopped or begun.
  if (Number.isNaN(memory.noise) && !isYoung) return undefined;
  const share = isYoung ? leastShare : Math.min(mostShare, Math.max(leastShare, clearSigma * memory.noise));
  completenessOf(memory, asOf - 1, completeness);
  let sum = 0;
  let before = 0;
  let hasChanged = false;
  for (let age = 1; age <= comparedDays; age += 1) {
    const usual = usualAt(memory, asOf - age);
    let amount = amountAt(memory, asOf - age);
    if (age === 1) {
      amount /= completeness.typical;
      // A low figure may be an incomplete one.
      if (!completeness.isKnown && amount > goneShare * usual) amount = Math.max(amount, usual);
    }
    const change = amount - usual;
    changes[age - 1] = change;
    before += usual;
    sum += change;
    hasChanged ||= Math.abs(change) >= Math.max(leastUsd, share * usual);
  }
  if (!hasChanged) return undefined;
  const most = Math.max(before, before + sum);
  return {
    dimensions: memory.dimensions,
    usd: [...changes],
    isWhole: before < 0.1 * most || before + sum < 0.1 * most,
    isNew: before < 0.1 * most,
    isPartial: !completeness.isKnown,
  };
}

/** What the same weekday cost two to four weeks before. */
function usualAt(memory: SeriesMemory, day: number): number {
  const a = amountAt(memory, day - 14);
  const b = amountAt(memory, day - 21);
  const c = amountAt(memory, day - 28);
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** Nothing where it was not delivered: what has vanished is missing altogether. */
function amountAt(memory: SeriesMemory, day: number): number {
  if (day < memory.first || day < memory.end - memoryDays) return 0;
  const amount = memory.billed[day % memoryDays] as number;
  return Number.isNaN(amount) ? 0 : amount;
}

export type Changes = { readonly byPlace: Map<string, Change[]>; readonly byUsage: Map<string, Change[]> };

export function newChanges(): Changes {
  return { byPlace: new Map(), byUsage: new Map() };
}

export function addChange({ byPlace, byUsage }: Changes, change: Change): void {
  const { accountId } = change.dimensions;
  push(byPlace, accountId, change);
  push(byUsage, usageOf(change.dimensions), change);
}

/** @param asOf day of the run, a number */
export function isMove({ byPlace, byUsage }: Changes, { memory, episode }: ToldSeries, asOf: number): boolean {
  const { dimensions } = memory;
  const inAccount = byPlace.get(dimensions.accountId) ?? [];
  const own = inAccount.find((one) => isSameSeries(one.dimensions, dimensions));
  if (own === undefined) return false;
  const sign = episode.direction === 'up' ? 1 : -1;
  const oldest = Math.min(comparedDays, asOf - episode.onset);
  const newest = Math.min(oldest, Math.max(asOf - episode.lastDay, oldest >= 2 ? 2 : 1));
  const total = ({ usd }: Change): number => {
    let sum = 0;
    for (let age = newest; age <= oldest; age += 1) sum += usd[age - 1] ?? 0;
    return sign * sum;
  };
  const change = total(own);
  if (!(change > 0)) return false;
  const offsets = (counter: number, share: number): boolean =>
    newest === 1
      ? counter >= (1 - share) * change && counter < (own.isPartial ? mostPartial : mostKnown) * change
      : Math.abs(change - counter) < share * change;
  let ofService = 0;
  for (const other of inAccount) {
    if (other === own) continue;
    const counter = -total(other);
    if (other.dimensions.service === dimensions.service) {
      if (offsets(counter, leftShare)) return true;
      ofService += counter;
    } else if (isRename(own, other) && offsets(counter, strictLeftShare)) return true;
  }
  if (ofService > 0 && offsets(ofService, leftShare)) return true;
  // Into another account it moves as something new there.
  return (byUsage.get(usageOf(dimensions)) ?? []).some(
    (other) =>
      other.dimensions.accountId !== dimensions.accountId &&
      (own.isNew || other.isNew) &&
      offsets(-total(other), leftShare),
  );
}

/** One is new where the other has ended. */
function isRename(one: Change, other: Change): boolean {
  return one.isWhole && other.isWhole && one.dimensions.region === other.dimensions.region;
}

function isSameSeries(a: CostDimensions, b: CostDimensions): boolean {
  return (
    a.service === b.service && a.region === b.region && a.usageType === b.usageType && a.recordType === b.recordType
  );
}

/** Service and usage type, whatever the region and its prefix. */
export function usageOf({ service, usageType }: CostDimensions): string {
  return `${service}|${usageType.replace(/^[A-Z]{2,4}\d?-/, '')}`;
}

function push(map: Map<string, Change[]>, key: string, change: Change): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [change]);
  else list.push(change);
}
