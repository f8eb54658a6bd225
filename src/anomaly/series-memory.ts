/**
 * What is remembered of one series: seven months of figures, forecasts and what each day stands for, in rings of fixed
 * size, and a few numbers beside them. No objects per day.
 */
import type { CostDimensions } from '../model/bill.ts';

/** 32 weeks: half a year of months to compare with, and whole weeks. */
export const memoryDays = 224;
/** Days whose first figure is remembered. */
export const earlyDays = 28;

/** An unusual time of one series, from its first unusual day until it is over. Days are numbers since 1970. */
export type Episode = {
  readonly direction: 'up' | 'down';
  readonly shape: 'spike' | 'shift' | 'drift' | 'drop' | 'newSpend' | 'recurringExceeded' | 'overrun';
  /** First and newest unusual day. */
  readonly onset: number;
  lastDay: number;
  /** Day of the run that said it. */
  readonly openedOn: number;
  /** Largest excess of a day, normalised USD. */
  peakUsd: number;
  /** For a drift: the level it left, which the forecast has forgotten by then. */
  readonly baseUsd: number | null;
  /** How far outside, where there is a scale for it. */
  sigma: number | null;
  state: 'open' | 'newNormal' | 'resolved' | 'withdrawn';
  /** Day of the run that found it ended; 0 = it has not. */
  endedOn: number;
  /** AWS changed the figure of its first day by so much after it had looked settled. */
  readonly restated: { readonly day: number; readonly fromUsd: number; readonly toUsd: number } | null;
};

export type SeriesMemory = {
  readonly dimensions: CostDimensions;
  /** First day that is known of it. */
  readonly first: number;
  /** Day after the newest one that was looked at. */
  end: number;
  /** Log noise of a continuous series; NaN for one that costs nothing on many days. */
  noise: number;
  /** Largest usual amount of a series that costs nothing on many days; NaN otherwise. */
  bound: number;
  /** How far figures have come down, in logs, after their second day; fades over weeks. */
  sinking: number;
  episodes: Episode[];
  /** USD as billed; NaN = not delivered. Index here and below: day modulo `memoryDays`. */
  readonly billed: Float32Array;
  /** What was expected, per month of 30.4 days where the unit is a GB-month; NaN = no forecast. */
  readonly expected: Float32Array;
  /** Values of `stand`. */
  readonly standing: Uint8Array;
  /** Figure as delivered on the day after; NaN = none. Index: day modulo `earlyDays`. */
  readonly early: Float32Array;
};

/** Bytes of the rings of one series. */
export const ringBytes = memoryDays * (4 + 4 + 1) + earlyDays * 4;

export function newSeries(dimensions: CostDimensions, first: number): SeriesMemory {
  const memory = { dimensions, first, end: first, noise: Number.NaN, bound: Number.NaN, sinking: 0, episodes: [] };
  const rings = ringsOf(new ArrayBuffer(ringBytes), 0);
  rings.billed.fill(Number.NaN);
  rings.expected.fill(Number.NaN);
  rings.early.fill(Number.NaN);
  return { ...memory, ...rings };
}

type Rings = Pick<SeriesMemory, 'billed' | 'expected' | 'standing' | 'early'>;

/** Views of one series' rings in a buffer that holds those of many. */
export function ringsOf(buffer: ArrayBufferLike, offset: number): Rings {
  const figures = memoryDays * 4;
  return {
    billed: new Float32Array(buffer, offset, memoryDays),
    expected: new Float32Array(buffer, offset + figures, memoryDays),
    early: new Float32Array(buffer, offset + 2 * figures, earlyDays),
    standing: new Uint8Array(buffer, offset + 2 * figures + earlyDays * 4, memoryDays),
  };
}
