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
 * @param parts of one unit (hours, GB), before and after; same order in both
 * @returns undefined when a quantity is not known: the split would be a guess
 */
export function decompose(before: readonly CostPart[], after: readonly CostPart[]): Decomposition | undefined {
  const all = [...before, ...after];
  if (before.length !== after.length || all.length === 0) return undefined;
  if (all.some(({ usd, quantity }) => !Number.isFinite(usd) || !Number.isFinite(quantity) || quantity < 0))
    return undefined;
  const [q0, q1] = [total(before, 'quantity'), total(after, 'quantity')];
  if (q0 <= 0 || q1 <= 0) return undefined;
  let priceUsd = 0;
  let atOldPrices = 0;
  for (const [index, now] of after.entries()) {
    const then = before[index];
    // What was not used before has no price of then: it came with its own.
    const price = then !== undefined && then.quantity > 0 ? then.usd / then.quantity : safePrice(now);
    priceUsd += now.usd - now.quantity * price;
    atOldPrices += now.quantity * price;
  }
  const usageUsd = (q1 - q0) * (total(before, 'usd') / q0);
  const mixUsd = atOldPrices - total(before, 'usd') - usageUsd;
  return { usageUsd, priceUsd, mixUsd };
}

function safePrice({ usd, quantity }: CostPart): number {
  return quantity > 0 ? usd / quantity : 0;
}

function total(parts: readonly CostPart[], field: keyof CostPart): number {
  let sum = 0;
  for (const part of parts) sum += part[field];
  return sum;
}
