/** The price book in memory: list prices by sku and region. */
import type { Price, PriceBook } from '../model/price.ts';

/** @throws Error when a sku stands twice */
export function loadPriceBook(prices: readonly Price[]): PriceBook {
  const bySku = new Map<string, Price>();
  for (const price of prices) {
    if (bySku.has(price.sku)) throw new Error(`price book: ${price.sku} stands twice`);
    bySku.set(price.sku, price);
  }
  return {
    find(sku, region) {
      const price = bySku.get(sku);
      const usd = price?.usdByRegion[region];
      if (price === undefined || usd === undefined) return undefined;
      return { unit: price.unit, usd, priceSource: 'shipped', asOf: price.asOf };
    },
    has: (sku) => bySku.has(sku),
    oldest: () => prices.map(({ asOf }) => asOf).sort()[0] ?? '',
  };
}
