/** Cost that only moved: what falls here and rises there by about the same is nobody's cause. */
import type { CostLeaf } from './leaf-forecast.ts';
import type { LeafEvidence } from './root-cause-model.ts';
import { type Cause, membersOf } from './root-cause-search.ts';

export type PlacedEvidence = LeafEvidence & Pick<CostLeaf, 'dims'>;

/** Share of a cause by which its counterpart may differ, beside so many times the noise of both; never more than `most`. */
const tolerance = { share: 0.06, sigmas: 1.5, most: 0.25 };

/**
 * Whether another cause moved back by as much and is its counterpart: the same thing in another account, in another
 * region, as another usage type. Beside other causes any leaf may be the counterpart of a leaf.
 */
export function hasShifted(cause: Cause, causes: readonly Cause[], leaves: readonly PlacedEvidence[]): boolean {
  const own = partOf(cause, leaves);
  const isBeside = causes.some((other) => other !== cause && other.rise * cause.rise > 0);
  return causes.some((other) => {
    const part = partOf(other, leaves);
    if (part.usd * own.usd >= 0) return false;
    const allowed = tolerance.share * Math.abs(own.usd) + tolerance.sigmas * Math.hypot(own.sigma, part.sigma);
    if (Math.abs(own.usd + part.usd) > Math.min(allowed, tolerance.most * Math.abs(own.usd))) return false;
    return differInOne(own.dims, part.dims) || (isBeside && own.count === 1 && part.count === 1);
  });
}

type Part = {
  readonly usd: number;
  readonly sigma: number;
  readonly count: number;
  /** What all its leaves have in common. */
  readonly dims: Readonly<Record<string, string>>;
};

function partOf({ element }: Cause, leaves: readonly PlacedEvidence[]): Part {
  const members = membersOf(element, leaves);
  let usd = 0;
  let variance = 0;
  for (const { delta, noise, expected } of members) {
    usd += delta;
    variance += (noise * expected) ** 2;
  }
  const common = Object.entries(members[0]?.dims ?? {}).filter(([name, value]) =>
    members.every(({ dims }) => dims[name] === value),
  );
  return { usd, sigma: Math.sqrt(variance), count: members.length, dims: Object.fromEntries(common) };
}

function differInOne(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const both = Object.keys(a).filter((name) => name in b);
  return both.length > 1 && both.filter((name) => a[name] !== b[name]).length === 1;
}
