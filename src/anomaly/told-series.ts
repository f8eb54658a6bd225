/** One unusual time of one series in the words of the model: its days with band, its picture, what it is compared with. */
import type { IncidentDay, IncidentSeries } from '../model/resources/cost.ts';
import { positionOf, toDay, weekdayOf } from './calendar.ts';
import { type Completeness, completenessOf } from './completeness.ts';
import { type Episode, memoryDays, type SeriesMemory } from './series-memory.ts';
import { normalFactor, stand } from './workspace.ts';

const completeness: Completeness = { typical: 1, spread: 0, isKnown: false };
const chartDays = 60;
const comparedMonths = 3;
/** z of a two-sided 90 % interval. */
const z90 = 1.645;

export type ToldSeries = {
  readonly memory: Pick<SeriesMemory, 'dimensions' | 'first' | 'noise'>;
  readonly episode: Episode;
  readonly told: IncidentSeries;
  /** What the newest unusual day comes to when it is complete; its figure where that is not known. */
  readonly likelyUsd: number;
};

/** @param asOf day of the run, a number */
export function tell(memory: SeriesMemory, episode: Episode, asOf: number): ToldSeries {
  const { accountId, service, region, usageType, recordType } = memory.dimensions;
  const days: IncidentDay[] = [];
  for (let day = Math.max(episode.onset, oldestOf(memory)); day <= episode.lastDay; day += 1) {
    const slot = day % memoryDays;
    const actualUsd = memory.billed[slot] as number;
    const isOf = episode.baseUsd !== null || memory.standing[slot] === stand.forecast || episode.shape === 'newSpend';
    if (Number.isNaN(actualUsd) || !isOf) continue;
    const { expectedUsd, lowerUsd, upperUsd } = bandAt(memory, episode, day);
    days.push({ day: toDay(day), actualUsd, expectedUsd, lowerUsd, upperUsd, isPartial: asOf - day === 1 });
  }
  const newest = memory.billed[episode.lastDay % memoryDays] as number;
  const told: IncidentSeries = {
    accountId,
    service,
    region,
    usageType,
    recordType,
    days,
    chart: chartOf(memory, episode, asOf),
    sameDayOfMonth: sameDays(memory, episode.onset),
    historyDays: Math.min(memoryDays, episode.onset - memory.first),
    sigma: episode.sigma,
    extremeOfDays: extremeOf(memory, episode),
  };
  const likelyUsd =
    asOf - episode.lastDay === 1 ? newest / completenessOf(memory, episode.lastDay, completeness).typical : newest;
  return { memory, episode, told, likelyUsd };
}

type Band = { readonly expectedUsd: number; readonly lowerUsd: number; readonly upperUsd: number };

function bandAt(memory: SeriesMemory, { baseUsd, onset, shape }: Episode, day: number): Band {
  const factor = normalFactor(memory.dimensions.usageType, day);
  const expected = memory.expected[day % memoryDays] as number;
  const hasBase = baseUsd !== null && day >= onset;
  // What a charge of the month was before has no weekday.
  const share = hasBase && shape !== 'recurringExceeded' ? weekdayShare(memory, onset, day) : 1;
  const normal = hasBase ? baseUsd * share : expected;
  const expectedUsd = Number.isNaN(normal) ? 0 : normal * factor;
  if (!Number.isNaN(memory.bound))
    return { expectedUsd, lowerUsd: 0, upperUsd: Math.max(expectedUsd, memory.bound * factor) };
  const width = Number.isNaN(memory.noise) ? 0 : Math.exp(z90 * memory.noise);
  return width === 0
    ? { expectedUsd, lowerUsd: 0, upperUsd: expectedUsd }
    : { expectedUsd, lowerUsd: expectedUsd / width, upperUsd: expectedUsd * width };
}

/** A weekday's share of the level, from the forecasts of the two weeks before the rise: later ones have risen with it. */
function weekdayShare(memory: SeriesMemory, onset: number, day: number): number {
  let all = 0;
  let same = 0;
  for (let at = onset - 14; at < onset; at += 1) {
    const value = at < oldestOf(memory) ? Number.NaN : (memory.expected[at % memoryDays] as number);
    if (Number.isNaN(value)) return 1;
    all += value;
    if (weekdayOf(at) === weekdayOf(day)) same += value;
  }
  return all > 0 ? (7 * same) / all : 1;
}

function chartOf(memory: SeriesMemory, episode: Episode, asOf: number): IncidentSeries['chart'] {
  const from = asOf - chartDays;
  const actualUsd: (number | null)[] = [];
  const lowerUsd: (number | null)[] = [];
  const upperUsd: (number | null)[] = [];
  const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
  for (let day = from; day < asOf; day += 1) {
    const isKnown = day >= oldestOf(memory);
    actualUsd.push(isKnown ? known(memory.billed[day % memoryDays] as number) : 0);
    const hasForecast = isKnown && !Number.isNaN(memory.expected[day % memoryDays] as number);
    const band = bandAt(memory, episode, day);
    lowerUsd.push(hasForecast ? band.lowerUsd : null);
    upperUsd.push(hasForecast ? band.upperUsd : null);
  }
  return { from: toDay(from), actualUsd, lowerUsd, upperUsd };
}

function sameDays(memory: SeriesMemory, onset: number): IncidentSeries['sameDayOfMonth'] {
  const same: { day: string; usd: number }[] = [];
  const { fromStart, month } = positionOf(onset);
  for (let day = onset - 1; day >= oldestOf(memory) && same.length < comparedMonths; day -= 1) {
    const position = positionOf(day);
    const usd = memory.billed[day % memoryDays] as number;
    if (position.fromStart === fromStart && position.month < month && !Number.isNaN(usd))
      same.push({ day: toDay(day), usd });
  }
  return same;
}

/** Days back to the last one that went as far. */
function extremeOf(memory: SeriesMemory, { direction, onset, lastDay }: Episode): number {
  const sign = direction === 'up' ? 1 : -1;
  const peak = sign * (memory.billed[lastDay % memoryDays] as number);
  for (let day = onset - 1; day >= oldestOf(memory); day -= 1) {
    if (sign * (memory.billed[day % memoryDays] as number) >= peak) return lastDay - day;
  }
  return lastDay - oldestOf(memory) + 1;
}

function oldestOf({ first, end }: SeriesMemory): number {
  return Math.max(first, end - memoryDays);
}
