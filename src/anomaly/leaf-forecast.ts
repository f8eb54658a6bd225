/** What one leaf of a cost cube should have cost on the day in question, from the days before it. */
import { median } from '../model/median.ts';

export type CostLeaf = {
  readonly dims: Readonly<Record<string, string>>;
  /** USD of the days before, oldest first; the day in question follows the last one. */
  readonly history: ArrayLike<number>;
  readonly actual: number;
};

export type JudgedLeaf = {
  readonly expected: number;
  /** Standard deviation relative to `expected`; 0 of a leaf that is expected to cost nothing. */
  readonly noise: number;
  /** USD over (under) what was expected. */
  readonly delta: number;
  /** Whether a leaf that is expected to cost nothing costs more than on any of its days before. */
  readonly isNew: boolean;
};

/** Four weeks tell the spread only roughly, and the forecast has an error of its own. */
const noiseFactor = 1.3;
const leastNoise = 0.02;
/** Weekdays count when taking them out leaves less than this share of the spread. */
const weekdayGain = 0.7;
const weekdayDays = 21;
/** So many last days beyond all before them are the level of now. */
const levelDays = 5;
/** USD below which nothing is new and nothing has moved: AWS bills fractions of cents for what is as good as free. */
export const leastUsd = 0.05;
/** What costs nothing on most days surprises beyond so much of its dearest day. */
const dearestFactor = 1.25;
/** A leaf that cost less than this share of what it costs now was as good as nothing: its factor tells nothing. */
const nothingShare = 0.01;

export function judgeLeaf({ history, actual }: CostLeaf): JudgedLeaf {
  const { expected, noise, dearest } = forecast(Array.from(history));
  const delta = actual - expected;
  if (expected > nothingShare * actual && expected > 0)
    return { expected, noise: Math.max(leastNoise, noiseFactor * noise), delta, isNew: false };
  return { expected, noise: 0, delta, isNew: actual > leastUsd && actual > dearestFactor * dearest };
}

type Forecast = {
  readonly expected: number;
  readonly noise: number;
  /** USD of the dearest day before that is like this one. */
  readonly dearest: number;
};

function forecast(history: readonly number[]): Forecast {
  const flat = levelOf(history);
  const ofAll = { expected: flat.value, noise: flat.noise, dearest: Math.max(...history) };
  const weekdays = weekdayFactors(history);
  if (weekdays === undefined) return ofAll;
  // A weekday that costs nothing tells nothing of the level of the others.
  const leveled = history.flatMap((usd, index) => {
    const factor = weekdays[index % 7] ?? 0;
    return factor > 0 ? [usd / factor] : [];
  });
  const weekly = levelOf(leveled);
  if (weekly.noise >= weekdayGain * flat.noise) return ofAll;
  const weekday = history.length % 7;
  return {
    expected: weekly.value * (weekdays[weekday] ?? 0),
    noise: weekly.noise,
    dearest: Math.max(...history.filter((_, index) => index % 7 === weekday)),
  };
}

/** Median and relative spread about it; of the last days alone where the level has just changed. */
function levelOf(values: readonly number[]): { readonly value: number; readonly noise: number } {
  const value = median(values);
  if (value <= 0) return { value: 0, noise: Number.POSITIVE_INFINITY };
  const noise = (1.4826 * median(values.map((one) => Math.abs(one - value)))) / value;
  const [before, last] = [values.slice(0, -levelDays), values.slice(-levelDays)];
  if (before.length < 2 * levelDays) return { value, noise };
  const isNewLevel = Math.min(...last) > Math.max(...before) || Math.max(...last) < Math.min(...before);
  return { value: isNewLevel ? median(last) : value, noise };
}

/** Relative to the mean weekday; undefined with less than three weeks, or of what costs nothing on most days. */
function weekdayFactors(history: readonly number[]): number[] | undefined {
  if (history.length < weekdayDays) return undefined;
  const days: number[][] = Array.from({ length: 7 }, () => []);
  for (const [index, usd] of history.entries()) days[index % 7]?.push(usd);
  const medians = days.map(median);
  const mean = medians.reduce((sum, one) => sum + one, 0) / 7;
  return mean > 0 ? medians.map((one) => one / mean) : undefined;
}
