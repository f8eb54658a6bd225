/** The price book's shape. Values live in `config/prices/*.json`, each with unit, region, source and the day it was read. */
export type Price = {
  /** e.g. `nat-gateway.hour` */
  readonly sku: string;
  readonly unit: string;
  /** First-tier list price by region name. A region that is missing is unpriced. */
  readonly usdByRegion: Readonly<Record<string, number>>;
  readonly source: string;
  /** Day the source was read, `YYYY-MM-DD`. */
  readonly asOf: string;
};

export type PriceBook = {
  /** @returns undefined when the region has no price: the finding is then unpriced, never 0 */
  find(
    sku: string,
    region: string,
  ):
    | {
        readonly unit: string;
        readonly usd: number;
        readonly priceSource: 'own-rate' | 'list' | 'shipped';
        readonly asOf: string;
      }
    | undefined;
  /** Whether the sku exists at all; an unknown sku is a mistake in a check. */
  has(sku: string): boolean;
  /** Day on which the oldest price was read, `YYYY-MM-DD`. */
  oldest(): string;
};
