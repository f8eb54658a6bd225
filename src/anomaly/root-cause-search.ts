/**
 * The set of causes that tells a cube best: each must tell its leaves' figures so much better than noise does, and so
 * many of the moved dollars, that it is worth the words it takes to name it. Cost has few dimensions, so that every
 * description that occurs is tried; what was found one by one is then revised as a whole.
 */
import type { Element } from './root-cause-elements.ts';
import {
  type Effect,
  type LeafEvidence,
  likelyRises,
  movedDensity,
  passedDensity,
  type Ripple,
  ripples,
} from './root-cause-model.ts';

export type Cause = Effect & { readonly element: Element };

export type Cube = {
  /** In ascending order of their rise. */
  readonly leaves: readonly LeafEvidence[];
  readonly elements: readonly Element[];
  /** USD that make a rise, a fall worth telling; 0 = nothing has moved so. */
  readonly scale: { readonly up: number; readonly down: number };
};

/** Nats that telling all dollars of the scale is worth. */
const dollarsWorth = 40;
/** Nats that each cause costs, and each dimension that it names. */
const causePrice = 10;
const dimensionPrice = 0.5;
/** Nats for each leaf that a cause claims though another one tells it: two causes rarely meet. */
const overlapPrice = 1;
/** Descriptions with a smaller share of the scale are not tried. */
const leastShare = 0.03;
const mostCauses = 6;
const mostRevisions = 6;
const mostReplacements = 3;
/** Worth differs by more than rounding. */
const epsilon = 1e-6;

type Search = Cube & {
  /** What was found for elements whose leaves no cause tells, `null` = nothing: it stays the same all along. */
  readonly alone: Map<Element, Candidate | null>;
};

/** Of both directions: what fell must be known to tell what rose. In no order. */
export function searchCauses(cube: Cube): Cause[] {
  const search: Search = { ...cube, alone: new Map() };
  let causes: readonly Cause[] = [];
  for (let next = bestCause(search, causes); next !== undefined; next = bestCause(search, causes)) {
    causes = [...causes, next];
    if (causes.length === mostCauses) break;
  }
  let worth = worthOf(search, causes);
  for (let round = 0; round < mostRevisions; round += 1) {
    const found = betterThan(worth, search, causes);
    if (found === undefined) break;
    causes = found;
    worth = worthOf(search, causes);
  }
  return [...causes];
}

/** One cause less; or one, two, three others in its place: a wide one may stand for several. */
function betterThan(worth: number, search: Search, causes: readonly Cause[]): readonly Cause[] | undefined {
  for (const cause of causes) {
    const others = causes.filter((other) => other !== cause);
    const tries = [others];
    const again = bestCause(search, others);
    if (again !== undefined) tries.push([...others, again]);
    let replaced = others;
    for (let count = 0; count < mostReplacements; count += 1) {
      const next = bestCause(search, replaced, cause.element);
      if (next === undefined) break;
      replaced = [...replaced, next];
      tries.push(replaced);
    }
    const better = tries.find((one) => worthOf(search, one) > worth + epsilon);
    if (better !== undefined) return better;
  }
  return undefined;
}

/** Nats by which the causes tell the cube better than noise alone, less what it takes to name them. */
function worthOf(cube: Cube, causes: readonly Cause[]): number {
  const { gains, dollars } = tell(cube, causes);
  let worth = 0;
  for (const [index, gain] of gains.entries()) worth += gain + dollarsWorth * (dollars[index] ?? 0);
  for (const { element, ripple } of causes) worth -= priceOf(element, ripple);
  return worth;
}

type Told = {
  /** Nats by leaf: how much better its cause tells its figure than noise does; below 0 = worse. */
  readonly gains: Float64Array;
  /** Share of the scale by leaf that its cause tells. */
  readonly dollars: Float64Array;
  /** 1 = the leaf belongs to a cause. */
  readonly isTold: Uint8Array;
};

function tell({ leaves, scale }: Cube, causes: readonly Cause[]): Told {
  const gains = new Float64Array(leaves.length);
  const dollars = new Float64Array(leaves.length);
  const isTold = new Uint8Array(leaves.length);
  for (const cause of causes) {
    const sign = Math.sign(cause.rise);
    for (const index of cause.element.members) {
      const leaf = leaves[index];
      if (leaf === undefined) continue;
      const moved = movedDensity(leaf, cause);
      const density = moved + passedDensity(leaf, cause);
      const gain = Math.log(density / leaf.unmoved);
      gains[index] = isTold[index] === 1 ? Math.max(gains[index] ?? 0, gain) - overlapPrice : gain;
      const share = (sign * leaf.movedUsd * moved) / density / (sign > 0 ? scale.up : scale.down);
      dollars[index] = Math.max(dollars[index] ?? 0, share);
      isTold[index] = 1;
    }
  }
  return { gains, dollars, isTold };
}

type Candidate = { readonly cause: Cause; readonly worth: number };

function bestCause(search: Search, causes: readonly Cause[], banned?: Element): Cause | undefined {
  const told = tell(search, causes);
  let best: Candidate | undefined;
  for (const element of search.elements) {
    if (element === banned) continue;
    const candidate = candidateOf(element, search, told);
    if (candidate !== undefined && candidate.worth > (best?.worth ?? 0) + epsilon) best = candidate;
  }
  return best?.cause;
}

function candidateOf(element: Element, search: Search, told: Told): Candidate | undefined {
  if (element.members.some((index) => told.isTold[index] === 1)) return bestEffect(element, search, told);
  const known = search.alone.get(element);
  if (known !== undefined) return known ?? undefined;
  const candidate = bestEffect(element, search, told);
  search.alone.set(element, candidate ?? null);
  return candidate;
}

function bestEffect(element: Element, cube: Cube, told: Told): Candidate | undefined {
  let best: Candidate | undefined;
  for (const sign of [1, -1] as const) {
    const scaleUsd = sign > 0 ? cube.scale.up : cube.scale.down;
    const leastUsd = leastShare * scaleUsd;
    if (scaleUsd === 0 || openUsd(element, sign, cube, told) < leastUsd) continue;
    const open = membersOf({ members: element.members.filter((index) => told.isTold[index] === 0) }, cube.leaves);
    for (const rise of likelyRises(open, sign)) {
      for (const ripple of ripples) {
        if (sign * rise < ripple.leastRise) continue;
        const { gain, tellsUsd } = gainOf(element, { rise, ripple }, cube, told);
        const worth = gain + (dollarsWorth * tellsUsd) / scaleUsd - priceOf(element, ripple);
        if (tellsUsd < leastUsd || worth <= (best?.worth ?? 0) + epsilon) continue;
        best = { cause: { rise, ripple, element }, worth };
      }
    }
  }
  return best;
}

/** USD of an element that moved up (sign 1), down (sign -1) and that no cause tells yet. */
function openUsd({ members }: Element, sign: 1 | -1, { leaves }: Cube, { isTold }: Told): number {
  let sum = 0;
  for (const index of members) if (isTold[index] === 0) sum += Math.max(0, sign * (leaves[index]?.movedUsd ?? 0));
  return sum;
}

/** What a further cause adds to what others tell. */
function gainOf(
  { members }: Element,
  effect: Effect,
  { leaves }: Cube,
  { gains, isTold }: Told,
): { readonly gain: number; readonly tellsUsd: number } {
  const sign = Math.sign(effect.rise);
  let gain = 0;
  let tellsUsd = 0;
  for (const index of members) {
    const leaf = leaves[index];
    if (leaf === undefined) continue;
    const moved = movedDensity(leaf, effect);
    const density = moved + passedDensity(leaf, effect);
    const better = Math.log(density / leaf.unmoved);
    if (isTold[index] === 1) {
      gain += Math.max(0, better - (gains[index] ?? 0)) - overlapPrice;
      continue;
    }
    gain += better;
    tellsUsd += (Math.max(0, sign * leaf.movedUsd) * moved) / density;
  }
  return { gain, tellsUsd };
}

export function membersOf<Leaf>({ members }: Pick<Element, 'members'>, leaves: readonly Leaf[]): Leaf[] {
  return members.flatMap((index) => {
    const leaf = leaves[index];
    return leaf === undefined ? [] : [leaf];
  });
}

/** USD that moved up (sign 1), down (sign -1). */
export function movedUsd(leaves: Iterable<LeafEvidence>, sign: 1 | -1): number {
  let sum = 0;
  for (const leaf of leaves) sum += Math.max(0, sign * leaf.movedUsd);
  return sum;
}

/** Nats to name a description: the fewer like it, the cheaper. */
function priceOf({ dims, rivals }: Element, { price }: Ripple): number {
  return causePrice + Math.log(rivals) + dimensionPrice * Object.keys(dims).length + price;
}
