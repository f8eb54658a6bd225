/** One series while a world is made: what it costs, what it would cost on an ordinary day, and whether it may be hit. */
import type { Chance } from './chance.ts';

export type WorldDimensions = {
  readonly account: string;
  readonly service: string;
  readonly region: string;
  readonly usageType: string;
  readonly recordType: string;
};

export type DraftSeries = {
  readonly id: string;
  readonly dims: WorldDimensions;
  readonly family: string;
  /** What each day comes to in the end. */
  readonly usd: Float64Array;
  /** Of an ordinary day. */
  levelUsd: number;
  /** Relative noise of an ordinary day. */
  readonly noise: number;
  /** How far its ordinary days reach above the level, USD. */
  readonly reachUsd: number;
  /** Index of its first day. */
  first: number;
  /** Nothing (more) is planted in it. */
  isTaken: boolean;
  /** Figures are whole cents, as in exports that round. */
  readonly isInCents: boolean;
};

export type Noise = {
  readonly share: number;
  /** Of yesterday's deviation, so much is left today. */
  readonly memory?: number;
  /** Degrees of freedom of heavy tails. */
  readonly tails?: number;
};

/** A family's figures without noise, and its noise. */
export type Course = {
  readonly base: Float64Array;
  readonly noise: Noise;
  /** Of an ordinary day, where it is not what was asked for. */
  readonly levelUsd?: number;
  /** Relative spread of ordinary days, where it lies in the base. */
  readonly spread?: number;
};

/** Chance that goes further would be an anomaly to whoever sees it. */
const mostShock = 3.5;

export function withNoise({ base, noise }: Course, chance: Chance): Float64Array {
  const { share, memory = 0, tails } = noise;
  let deviation = 0;
  return base.map((usd) => {
    const shock = tails === undefined ? chance.normal() : chance.heavyTailed(tails);
    deviation = memory * deviation + Math.sqrt(1 - memory ** 2) * Math.min(mostShock, shock);
    const factor = share > 0.12 ? Math.exp(share * deviation - share ** 2 / 2) : 1 + share * deviation;
    return Math.max(0, usd * factor);
  });
}

/** Highest ordinary day over the level. */
export function reachOf(usd: Float64Array, levelUsd: number): number {
  const sorted = Float64Array.from(usd).sort();
  return Math.max(0, (sorted[Math.floor(0.985 * (sorted.length - 1))] ?? 0) - levelUsd);
}

/** So far above all of its last half year a day may lie and still be chance to whoever looks at the picture. */
const chanceReach = 1.1;
const remembered = 180;
/** USD below which nobody looks. */
const unseenUsd = 8;

/** Chance must not make an anomaly that no label tells of: the judged days stay about where the series has been before. */
export function tame(usd: Float64Array, first: number, from: number): void {
  for (let day = Math.max(from, first + 20); day < usd.length; day += 1) {
    let highest = 0;
    for (let before = Math.max(first, day - remembered); before < day; before += 1) {
      highest = Math.max(highest, usd[before]!);
    }
    usd[day] = Math.min(usd[day]!, Math.max(chanceReach * highest, highest + unseenUsd * 0.5));
  }
}
