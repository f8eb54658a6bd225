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

/** What an account really pays for a unit of a sku, derived from its bill. */
export type OwnRate = {
  readonly usd: number;
  /** Unit of the sku's list price. */
  readonly unit: string;
  /** Last day of the bill that is in it. */
  readonly asOf: string;
  /** Days it rests on. */
  readonly days: number;
};

export type OwnRates = {
  /** @returns undefined when the account's bill does not tell: the list price counts */
  find(sku: string, accountId: string, region: string): OwnRate | undefined;
};

/** How a sku shows in the bill. Only where it is exact: one price for all that the usage types count. */
export type SkuUsage = {
  readonly sku: string;
  /** Cost Explorer's name and the product code. */
  readonly services: readonly string[];
  /** Usage types without the prefix of the region. */
  readonly families: readonly string[];
  /** Unit in which AWS bills, e.g. `request`. */
  readonly billedUnit: string;
  /** Billed units in one of the price: 1000 for prices per 1000 requests. */
  readonly billedPerPriced: number;
};
