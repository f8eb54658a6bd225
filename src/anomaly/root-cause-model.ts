/**
 * How well a cause tells the figures of its leaves. Without a cause a leaf stays within its noise, or is one of the few
 * that move by themselves. A cause lifts (lowers) its leaves by about the same factor (generalized ripple effect, Li et
 * al., ISSRE 2019); how evenly, and whether some of its leaves stay, differs between causes. All of it as densities of
 * the relative rise, so that two tellings of the same leaf can be compared.
 */
import { type JudgedLeaf, leastUsd } from './leaf-forecast.ts';

export type LeafEvidence = JudgedLeaf & {
  /** `delta` relative to what was expected; 0 of what cost nothing before. */
  readonly rise: number;
  /** Density of its figure when nothing has happened to it. */
  readonly unmoved: number;
  /** USD, the more certain that it has moved at all the nearer to `delta`. */
  readonly movedUsd: number;
};

/** How alike the leaves of a cause behave. */
export type Ripple = {
  /** Factors of the leaves differ by so much, as standard deviation of their logarithms. */
  readonly spread: number;
  /** Share of leaves that stay. */
  readonly stays: number;
  /** A smaller rise is not told apart from noise. */
  readonly leastRise: number;
  /** What it costs to assume it, in nats. */
  readonly price: number;
};

/** The strict one first. An uneven small rise explains any noise, so that one must be large. */
export const ripples: readonly Ripple[] = [
  { spread: 0.17, stays: 0.01, leastRise: 0.1, price: 0 },
  { spread: 0.6, stays: 0.2, leastRise: 0.25, price: 4 },
];

export type Effect = {
  /** Of its leaves, relative; negative = they fell. */
  readonly rise: number;
  readonly ripple: Ripple;
};

/** Share of leaves that move by themselves on any day, or appear. */
const movesAlone = 0.01;
const appearsAlone = 0.01;
/** A leaf that cost nothing and costs nothing says little about a cause, hence near to `1 - appearsAlone`. */
const absentInCause = 0.74;
/** A new leaf does not go with a cause that lowers. */
const newInFall = 0.05;

export function evidenceOf(judged: JudgedLeaf): LeafEvidence {
  const { expected, noise, delta, isNew } = judged;
  if (noise === 0) {
    const unmoved = isNew ? appearsAlone : 1 - appearsAlone;
    return { ...judged, rise: 0, unmoved, movedUsd: isNew ? delta : 0 };
  }
  const rise = delta / expected;
  const alone = movesAlone * aloneDensity(rise);
  const unmoved = (1 - movesAlone) * normalDensity(rise, noise, noise) + alone;
  return { ...judged, rise, unmoved, movedUsd: Math.abs(delta) < leastUsd ? 0 : (delta * alone) / unmoved };
}

/** Density of a leaf's figure when the cause has moved it. */
export function movedDensity(leaf: LeafEvidence, { rise, ripple: { spread, stays } }: Effect): number {
  if (leaf.noise === 0) return leaf.isNew && rise > 0 ? 1 - stays : 0;
  const off = leaf.rise - rise;
  if (rise < 0) {
    // Nothing falls by more than all of it: the nearer to that, the more alike.
    const width = Math.hypot(leaf.noise, 0.02 + spread * Math.min(-rise, 1.05 + rise));
    return (1 - stays) * normalDensity(off, width, width);
  }
  // The factors scatter as their logarithms do: further upward than downward.
  const below = Math.hypot(leaf.noise, rise * (1 - Math.exp(-spread)));
  const above = Math.hypot(leaf.noise, rise * (Math.exp(spread) - 1));
  return (1 - stays) * normalDensity(off, below, above);
}

/** Density of a leaf's figure when the cause has passed it by. */
export function passedDensity(leaf: LeafEvidence, { rise, ripple: { stays } }: Effect): number {
  if (leaf.noise > 0) return stays * leaf.unmoved;
  if (!leaf.isNew) return absentInCause;
  return rise > 0 ? 0 : newInFall * leaf.unmoved;
}

/**
 * Rises that the effect of a cause on these leaves may have: that of all of them, that of those which moved.
 * @param leaves in ascending order of their rise
 * @param sign 1 = up, -1 = down
 */
export function likelyRises(leaves: readonly LeafEvidence[], sign: 1 | -1): number[] {
  const old = leaves.filter(({ noise }) => noise > 0);
  // All of it is new: any rise tells it.
  if (old.length === 0) return sign === 1 ? [1] : [];
  const ofAll = medianRise(old, ({ noise }) => 1 / (noise ** 2 + 0.04));
  const ofMoved = medianRise(old, ({ movedUsd, delta, noise, rise }) =>
    sign * movedUsd > 0 ? movedUsd / delta / (noise ** 2 + 0.04 * rise ** 2 + 0.01) : 0,
  );
  return ofAll === ofMoved ? [ofAll] : [ofAll, ofMoved];
}

/** The more certain a rise, the more it weighs; 0 when none weighs anything. */
function medianRise(leaves: readonly LeafEvidence[], weightOf: (leaf: LeafEvidence) => number): number {
  let total = 0;
  for (const leaf of leaves) total += weightOf(leaf);
  let sum = 0;
  for (const leaf of leaves) {
    sum += weightOf(leaf);
    if (sum > 0 && sum >= total / 2) return leaf.rise;
  }
  return 0;
}

/** Of a normal distribution whose halves have widths of their own. */
function normalDensity(off: number, below: number, above: number): number {
  const width = off < 0 ? below : above;
  return Math.exp(-0.5 * (off / width) ** 2) / (Math.sqrt(Math.PI / 2) * (below + above));
}

/** What moves by itself: as likely up as down; far up is rarer. */
function aloneDensity(rise: number): number {
  return rise > 0 ? 0.5 / (1 + rise) ** 2 : 0.5;
}
