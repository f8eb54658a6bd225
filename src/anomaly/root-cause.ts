/**
 * Which part of a bill moved: the description (an account, a service in a region, one usage type ...) whose leaves moved
 * together and hold the dollars. In: what each leaf cost on the days before and on the day in question. Out: causes,
 * most dollars first. It knows nothing of incidents and does not look at what was used (`decompose.ts` does).
 */
import { type CostLeaf, judgeLeaf } from './leaf-forecast.ts';
import { elementsOf } from './root-cause-elements.ts';
import { evidenceOf, type LeafEvidence } from './root-cause-model.ts';
import { type Cause, membersOf, movedUsd, searchCauses } from './root-cause-search.ts';
import { hasShifted } from './root-cause-shift.ts';

export type { CostLeaf } from './leaf-forecast.ts';

export type RootCause = {
  /** Only those that are needed to tell its leaves from the others; empty = all of the bill. */
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
  /** Default: what rose, since that is what someone has to pay for; what fell when nothing rose. */
  readonly direction?: 'up' | 'down';
  readonly most?: number;
};

const mostCauses = 4;
/** Where very much moves, this share of the bill is still worth telling. */
const scaleOfBill = 0.1;
/** A rise beside a much larger fall matters less, and the other way round. */
const scaleOfOther = 0.5;

/**
 * @param leaves with the same dimensions and days, each combination once
 * @returns none when nothing moved beyond noise. Deterministic; the order of the leaves does not matter.
 */
export function rootCauses(leaves: readonly CostLeaf[], options: RootCauseOptions = {}): RootCause[] {
  const { direction, most = mostCauses } = options;
  // The search takes medians of rises over and over: leaves in their order save the sorting.
  const evidence = leaves
    .map((leaf) => ({ ...evidenceOf(judgeLeaf(leaf)), dims: leaf.dims }))
    .sort((a, b) => a.rise - b.rise || (keyOf(a) < keyOf(b) ? -1 : 1));
  const elements = elementsOf(evidence);
  const bill = sum(evidence.map(({ expected }) => expected));
  const moved = { up: movedUsd(evidence, 1), down: movedUsd(evidence, -1) };
  const scale = { up: scaleOf(moved.up, moved.down, bill), down: scaleOf(moved.down, moved.up, bill) };
  const found = searchCauses({ leaves: evidence, elements, scale });
  const told = found.filter((cause) => !hasShifted(cause, found, evidence));
  const up = told.filter(({ rise }) => rise > 0);
  const isUp = direction === undefined ? up.length > 0 : direction === 'up';
  const all = isUp ? moved.up : moved.down;
  const causes = isUp ? up : told.filter(({ rise }) => rise < 0);
  return causes
    .map((cause) => toRootCause(cause, evidence, all))
    .sort((a, b) => Math.abs(b.impactUsd) - Math.abs(a.impactUsd))
    .slice(0, most);
}

function scaleOf(moved: number, movedOtherwise: number, bill: number): number {
  if (moved === 0) return 0;
  // Of a bill that was nothing all is new.
  const ofBill = bill > 0 ? scaleOfBill * bill : moved;
  return Math.max(Math.min(moved, ofBill), scaleOfOther * Math.min(movedOtherwise, ofBill));
}

function toRootCause({ element, rise }: Cause, leaves: readonly LeafEvidence[], moved: number): RootCause {
  const members = membersOf(element, leaves);
  const expected = sum(members.map((leaf) => leaf.expected));
  const impactUsd = sum(members.map(({ delta }) => delta));
  return {
    dims: element.dims,
    impactUsd,
    share: movedUsd(members, rise > 0 ? 1 : -1) / moved,
    factor: expected > 0 ? (expected + impactUsd) / expected : null,
    leaves: members.length,
  };
}

function keyOf({ dims }: Pick<CostLeaf, 'dims'>): string {
  return Object.keys(dims)
    .sort()
    .map((name) => dims[name])
    .join('\u0000');
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
