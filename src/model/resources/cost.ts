import type { Resource } from '../inventory.ts';

/** Net amortized cost of one month's usage, split by a tag key. Payer scope; one record per key and linked account.
 *  `id` = `<key>/<accountId>`; `accountId` is the linked account. */
export type TagCoverage = Resource & {
  readonly key: string;
  readonly taggedUsd: number;
  readonly untaggedUsd: number;
  /** Half-open, as Cost Explorer wants it. */
  readonly from: string;
  readonly to: string;
};

/** Spend of one service in one account and region over the last 30 full days. `id` = `<service>/<accountId>/<region>`. */
export type ServiceSpend = Resource & { readonly service: string; readonly usd30d: number };

export type CostKinds = { 'cost.tag-coverage': TagCoverage; 'cost.service-spend': ServiceSpend };
