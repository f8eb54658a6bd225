/** What one leaf of a cost cube should have cost on the day in question, from the days before it. */

export type CostLeaf = {
  readonly dims: Readonly<Record<string, string>>;
  /** USD of the days before, oldest first; the day in question follows the last one. */
  readonly history: ArrayLike<number>;
  readonly actual: number;
};

export type JudgedLeaf = {
  readonly leaf: CostLeaf;
  readonly expected: number;
  /** Relative to `expected`; of a leaf that cost nothing, 0. */
  readonly noise: number;
  /** USD over (under) what was expected. */
  readonly delta: number;
  /** Whether `delta` is more than noise. */
  readonly hasMoved: boolean;
};

const leastNoise = 0.01;
const movedSigmas = 3;
const movedShare = 0.12;
/** USD below which nothing has moved. */
const movedUsd = 0.05;
/** Weekdays count when taking them out leaves less than this share of the spread. */
const weekdayGain = 0.7;

export function judgeLeaf(leaf: CostLeaf): JudgedLeaf {
  const { history, actual } = leaf;
  const flat = level(history, undefined);
  const factors = weekdayFactors(history);
  const weekly = factors === undefined ? undefined : level(history, factors);
  const isWeekly = weekly !== undefined && weekly.noise < weekdayGain * flat.noise;
  const { value, noise } = isWeekly ? weekly : flat;
  const expected = isWeekly ? value * (factors?.[history.length % 7] ?? 1) : value;
  const delta = actual - expected;
  const sure = Math.max(leastNoise, noise);
  const hasMoved = Math.abs(delta) > Math.max(movedUsd, movedSigmas * sure * expected, movedShare * expected);
  return { leaf, expected, noise: expected > 0 ? sure : 0, delta, hasMoved };
}

type Level = { readonly value: number; readonly noise: number };

/** Median of the days with their weekday taken out, and the relative spread about it. */
function level(history: ArrayLike<number>, factors: readonly number[] | undefined): Level {
  const values: number[] = [];
  for (let index = 0; index < history.length; index += 1) {
    values.push((history[index] ?? 0) / (factors?.[index % 7] ?? 1));
  }
  const value = median(values);
  const spread = median(values.map((one) => Math.abs(one - value)));
  return { value, noise: value > 0 ? (1.4826 * spread) / value : 0 };
}

/** Undefined with less than three weeks, or where a weekday costs nothing at all. */
function weekdayFactors(history: ArrayLike<number>): number[] | undefined {
  if (history.length < 21) return undefined;
  const days: number[][] = Array.from({ length: 7 }, () => []);
  for (let index = 0; index < history.length; index += 1) days[index % 7]?.push(history[index] ?? 0);
  const medians = days.map(median);
  let sum = 0;
  for (const one of medians) sum += one;
  return sum <= 0 || medians.some((one) => one <= 0) ? undefined : medians.map((one) => (7 * one) / sum);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
