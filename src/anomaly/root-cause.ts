/**
 * Which part of a bill moved: the smallest description (an account, a service in a region, one usage type ...) whose
 * leaves moved together and hold the dollars. Cost is additive and has few dimensions, so all descriptions that occur are
 * tried. A cause lifts its leaves by about the same factor (generalized ripple effect, Li et al., ISSRE 2019); a leaf of
 * it that stays, or one outside it that moves, speaks against it.
 */
import { type CostLeaf, type JudgedLeaf, judgeLeaf } from './leaf-forecast.ts';

export type { CostLeaf } from './leaf-forecast.ts';

export type RootCause = {
  /** Only those that are needed to tell its leaves from the others. */
  readonly dims: Readonly<Record<string, string>>;
  /** USD of its leaves over what was expected; negative for what fell. */
  readonly impactUsd: number;
  /** Of all dollars that moved in the same direction. */
  readonly share: number;
  /** Actual over expected; `null` = it cost nothing before. */
  readonly factor: number | null;
  readonly leaves: number;
};

export type RootCauseOptions = {
  readonly direction?: 'up' | 'down';
  readonly most?: number;
};

const mostCauses = 4;
/** The search ends when so little of the moved dollars is unexplained. */
const restShare = 0.03;
/** A description that holds less of what is unexplained is not looked at. */
const leastShare = 0.1;
/** A further cause is told when it holds so much of what moved, and of all that was expected to be spent. */
const furtherShare = 0.05;
const furtherOfTotal = 0.008;
/** Each further dimension must be worth this much. */
const dimensionPrice = 0.012;
/** Leaves of one cause rise by factors that differ by so much of it; the second, for causes that hit unevenly. */
const spreads = [0.2, 0.8] as const;
/** What it costs to assume the second. */
const unevenPrice = 0.02;
/** Dollars weigh a little more than evenness. */
const shareWeight = 1.1;
/** Leaves may be off by so many times their own noise, and so many times the spread, before it speaks against the cause. */
const noiseSlack = 2.5;
const factorSlack = 2;
/** Evidence of one leaf for or against a cause, in logs, beyond which more of it changes nothing. */
const mostEvidence = 4;
/** What falls here and rises there by about the same has moved, and is nobody's cause. */
const movedAwayShare = 0.06;

/** Best first. Deterministic; the order of the leaves does not matter. */
export function rootCauses(leaves: readonly CostLeaf[], options: RootCauseOptions = {}): RootCause[] {
  const judged = leaves.map(judgeLeaf);
  const sign = options.direction === undefined ? directionOf(judged) : options.direction === 'up' ? 1 : -1;
  const moved = movedDollars(judged, sign);
  let expected = 0;
  for (const one of judged) expected += one.expected;
  const elements = elementsOf(leaves);
  let left = judged;
  const causes: RootCause[] = [];
  let rest = moved;
  while (causes.length < (options.most ?? mostCauses) && rest > restShare * moved && rest > 0) {
    const best = bestOf(elements, judged, new Set(left), rest, sign);
    if (best === undefined) break;
    const members = best.members.map((index) => judged[index]).filter((one) => one !== undefined);
    const open = members.filter((one) => left.includes(one));
    const dollars = movedDollars(open, sign);
    if (causes.length > 0 && (dollars < furtherShare * moved || dollars < furtherOfTotal * expected)) break;
    const [only] = open.length === 1 && causes.length > 0 ? open : [];
    if (only === undefined || !hasMovedHere(only, left, sign)) causes.push(toCause(best, members, leaves, moved, sign));
    const taken = new Set(members);
    left = left.filter((one) => !taken.has(one));
    rest = movedDollars(left, sign);
  }
  return causes;
}

/** Upward, unless what fell is clearly more than what rose: a credit beside a rise is not the news. */
function directionOf(leaves: readonly JudgedLeaf[]): 1 | -1 {
  return movedDollars(leaves, -1) > 2 * movedDollars(leaves, 1) ? -1 : 1;
}

/** A single leaf that rose by what another one fell: the cost has moved, nobody caused more of it. */
function hasMovedHere(one: JudgedLeaf, leaves: readonly JudgedLeaf[], sign: number): boolean {
  return leaves.some((other) => {
    if (!other.hasMoved || sign * other.delta >= 0) return false;
    const noise = Math.hypot(one.noise * one.expected, other.noise * other.expected);
    return Math.abs(one.delta + other.delta) <= movedAwayShare * Math.abs(one.delta) + 2 * noise;
  });
}

function movedDollars(leaves: Iterable<JudgedLeaf>, sign: number): number {
  let sum = 0;
  for (const { delta, hasMoved } of leaves) if (hasMoved && sign * delta > 0) sum += sign * delta;
  return sum;
}

type Element = {
  readonly dims: readonly (readonly [string, string])[];
  /** Indexes of its leaves. */
  readonly members: readonly number[];
};

/** Every description that occurs, the shorter one where two select the same leaves. */
function elementsOf(leaves: readonly CostLeaf[]): Element[] {
  const names = Object.keys(leaves[0]?.dims ?? {}).sort();
  const found = new Map<string, Element>();
  const subsets: string[][] = [];
  for (let mask = 1; mask < 1 << names.length; mask += 1) subsets.push(names.filter((_, bit) => mask & (1 << bit)));
  subsets.sort((a, b) => a.length - b.length || a.join().localeCompare(b.join()));
  for (const subset of subsets) {
    const groups = new Map<string, { dims: [string, string][]; members: number[] }>();
    for (const [index, { dims }] of leaves.entries()) {
      const values = subset.map((name): [string, string] => [name, dims[name] ?? '']);
      const key = values.map(([, value]) => value).join('\u0000');
      const group = groups.get(key) ?? { dims: values, members: [] };
      groups.set(key, group);
      group.members.push(index);
    }
    for (const group of groups.values()) {
      const key = group.members.join();
      if (!found.has(key)) found.set(key, group);
    }
  }
  return [...found.values()];
}

function bestOf(
  elements: readonly Element[],
  judged: readonly JudgedLeaf[],
  open: ReadonlySet<JudgedLeaf>,
  rest: number,
  sign: number,
): Element | undefined {
  let best: { element: Element; score: number } | undefined;
  for (const element of elements) {
    const members: JudgedLeaf[] = [];
    for (const index of element.members) {
      const one = judged[index];
      if (one !== undefined && open.has(one)) members.push(one);
    }
    const share = movedDollars(members, sign) / rest;
    if (share < leastShare) continue;
    const even = Math.max(
      ...spreads.map((spread) => evenness(members, sign, spread) - (spread === spreads[0] ? 0 : unevenPrice)),
    );
    const score = share ** shareWeight * even * (1 - dimensionPrice * element.dims.length);
    if (best === undefined || score > best.score + 1e-9) best = { element, score };
  }
  return best?.element;
}

/**
 * How much its leaves look like the work of one cause, 0 to 1: of each leaf, whether "it rose by the cause's factor" tells
 * its figure better than "nothing happened to it". A leaf whose noise leaves that open says nothing.
 */
function evenness(members: readonly JudgedLeaf[], sign: number, spread: number): number {
  const factor = weightedMedian(
    members.flatMap(({ expected, delta }) => (expected > 0 ? [{ value: delta / expected, weight: expected }] : [])),
  );
  let dollars = 0;
  let dollarsFor = 0;
  let weights = 0;
  let weightsFor = 0;
  let off = 0;
  let all = 0;
  for (const { expected, noise, delta, hasMoved } of members) {
    all += Math.abs(delta);
    if (expected <= 0) {
      // What cost nothing before has no factor to be compared: it is there now, or it is not.
      const isThere = hasMoved && sign * delta > 0;
      weights += 1;
      weightsFor += isThere ? 1 : 0;
      continue;
    }
    off += Math.max(
      0,
      Math.abs(delta - factor * expected) - (noiseSlack * noise + factorSlack * spread * Math.abs(factor)) * expected,
    );
    const wide = Math.hypot(noise, spread * factor);
    const nothing = (delta / (noise * expected)) ** 2 / 2 + Math.log(noise);
    const cause = ((delta / expected - factor) / wide) ** 2 / 2 + Math.log(wide);
    const evidence =
      sign * factor <= 0 ? -mostEvidence : Math.max(-mostEvidence, Math.min(mostEvidence, nothing - cause));
    const certainty = Math.min(1, Math.abs(evidence) / 2);
    const isFor = evidence > 0 ? 1 : 0;
    dollars += expected * certainty;
    dollarsFor += expected * certainty * isFor;
    weights += certainty;
    weightsFor += certainty * isFor;
  }
  const purity = dollars > 0 ? dollarsFor / dollars : 1;
  const fit = Math.max(0, 1 - off / Math.max(all, 1e-9));
  return weights === 0 ? 0 : (fit * (purity + weightsFor / weights)) / 2;
}

function weightedMedian(values: { value: number; weight: number }[]): number {
  values.sort((a, b) => a.value - b.value);
  let total = 0;
  for (const { weight } of values) total += weight;
  let sum = 0;
  for (const { value, weight } of values) {
    sum += weight;
    if (sum >= total / 2) return value;
  }
  return values[0]?.value ?? 0;
}

function toCause(
  { dims, members: indexes }: Element,
  members: readonly JudgedLeaf[],
  leaves: readonly CostLeaf[],
  moved: number,
  sign: number,
): RootCause {
  let expected = 0;
  let actual = 0;
  for (const { expected: own, leaf } of members) {
    expected += own;
    actual += leaf.actual;
  }
  return {
    dims: needed(dims, indexes.length, leaves),
    impactUsd: actual - expected,
    share: moved === 0 ? 0 : movedDollars(members, sign) / moved,
    factor: expected > 0 ? actual / expected : null,
    leaves: indexes.length,
  };
}

/** Without the dimensions that tell nothing apart. */
function needed(dims: Element['dims'], count: number, leaves: readonly CostLeaf[]): Readonly<Record<string, string>> {
  let kept = [...dims];
  for (const [name] of dims) {
    const fewer = kept.filter(([other]) => other !== name);
    if (fewer.length === 0) continue;
    const selected = leaves.filter((leaf) => fewer.every(([key, value]) => leaf.dims[key] === value));
    if (selected.length === count) kept = fewer;
  }
  return Object.fromEntries(kept);
}
