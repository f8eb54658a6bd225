/** Why a cost changed: more usage, another unit price, or another mix of things that cost differently. */

export type CostPart = { readonly usd: number; readonly quantity: number };

export type Decomposition = {
  /** More (less) of the same, at the prices before. */
  readonly usageUsd: number;
  /** The same things at other prices. */
  readonly priceUsd: number;
  /** As much in all, but more of what is dearer (Spot to On-Demand); 0 for a single part. */
  readonly mixUsd: number;
};

/**
 * The three add up to what `after` costs more than `before`.
 * @param before parts of one unit (hours, GB); `after` has the same parts in the same order
 * @returns undefined when a quantity is not known, or a cost comes without any: the split would be a guess
 */
export function decompose(before: readonly CostPart[], after: readonly CostPart[]): Decomposition | undefined {
  const all = [...before, ...after];
  if (before.length !== after.length || all.length === 0 || !all.every(isKnown)) return undefined;
  const [usd0, usd1] = [total(before, 'usd'), total(after, 'usd')];
  const [q0, q1] = [total(before, 'quantity'), total(after, 'quantity')];
  if ((q0 === 0 && usd0 !== 0) || (q1 === 0 && usd1 !== 0) || q0 + q1 === 0) return undefined;
  let priceUsd = 0;
  for (const [index, now] of after.entries()) {
    const then = before[index];
    // What was not used before has no price of then: it came with its own.
    const price = (then === undefined ? null : priceOf(then)) ?? priceOf(now) ?? 0;
    priceUsd += now.usd - now.quantity * price;
  }
  const atOldPrices = usd1 - priceUsd;
  // Where nothing was used before, all of it is more usage.
  const usageUsd = (q1 - q0) * (q0 > 0 ? usd0 / q0 : atOldPrices / q1);
  return { usageUsd, priceUsd, mixUsd: atOldPrices - usd0 - usageUsd };
}

function isKnown({ usd, quantity }: CostPart): boolean {
  return Number.isFinite(usd) && Number.isFinite(quantity) && quantity >= 0;
}

function priceOf({ usd, quantity }: CostPart): number | null {
  return quantity > 0 ? usd / quantity : null;
}

function total(parts: readonly CostPart[], field: keyof CostPart): number {
  let sum = 0;
  for (const part of parts) sum += part[field];
  return sum;
}
