/**
 * What a check says, and what becomes of it: draft -> finding (owned, priced) -> change (compared with the state).
 */
import { createHash } from 'node:crypto';
import type { Resource } from './inventory.ts';
import type { Tags } from './scope.ts';

export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof severities)[number];

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Usage per month. `low`/`high` bound a quantity that is inferred; left out = measured exactly. */
export type UsageLine = {
  /** Key in the price book, e.g. `nat-gateway.data-processed`. */
  readonly sku: string;
  /** Negative for usage that the fix adds. */
  readonly quantity: number;
  readonly low?: number;
  readonly high?: number;
  /** Must be the unit of the price: `GB`, `hour`, `GB-month`, `1000 requests`. */
  readonly unit: string;
};

/**
 * Dollars that a source states by itself, instead of a quantity for the price book: the bill (what is spent a day above
 * what was expected), or AWS's own estimate of a recommendation.
 */
export type StatedLine = {
  /** What is counted, e.g. `bill.daily-excess`, `aws.estimated-saving`. */
  readonly sku: string;
  readonly quantity: number;
  readonly unit: string;
  readonly unitPriceUsd: number;
  /** Bounds of the unit price; left out = exact. */
  readonly lowUnitPriceUsd?: number;
  readonly highUnitPriceUsd?: number;
  readonly priceSource: 'own-rate' | 'aws-estimate';
  /** Day the figure is of. */
  readonly asOf: string;
};

/** Look-ups beyond the inventory that a check may ask for: changes in the account, costs of single resources. */
export type Investigation = 'changes' | 'resource-costs';

/** An incident of the bill, as far as it takes to look for what did it. */
export type IncidentQuestion = {
  readonly accountId: string;
  /** Of the usage; `global` = us-east-1. */
  readonly region: string;
  /** First unusual day, UTC. */
  readonly onset: string;
  /** By dollars, largest first. */
  readonly series: readonly { readonly service: string; readonly usageType: string }[];
  /** What usually does it, in words; told after what was found. */
  readonly often?: string;
};

export type Fix = { readonly cli?: string; readonly terraform?: string; readonly consoleUrl?: string };

export type FindingDraft = {
  /** What the finding is about. Its `id` is part of the finding's identity. */
  readonly resource: Pick<Resource, 'id' | 'arn' | 'type' | 'tags'> & { readonly region?: string };
  /** Tells several findings of one check on one resource apart (a service name, a statement id). */
  readonly subKey?: string;
  /** When it differs from the check's. A configured severity wins over both. */
  readonly severity?: Severity;
  /** Names the resource and states a fact, without advice. */
  readonly summary: string;
  /** AWS ids and values, enough for an owner to see it in the console. */
  readonly evidence: { readonly [key: string]: Json };
  /** Usage that stops after the fix. `[]` = costs nothing; `undefined` = not known. Never a guess. */
  readonly savableUsage: readonly UsageLine[] | undefined;
  /** Dollars per month known without the price book; `savableUsage` is then `[]`. */
  readonly stated?: readonly StatedLine[];
  /** The account it is about where that is not the scope's: the bill of the organization names linked accounts. */
  readonly accountId?: string;
  /** To be looked up before it is told; the check names the kinds of look-up in `investigates`. */
  readonly investigate?: IncidentQuestion;
  /** What probably did it, in words, one line each, as far as the check can tell. */
  readonly cause?: string;
  /** It has ended, and why: the finding is resolved with these words instead of "no longer found". */
  readonly over?: string;
  /** Usage the fix causes once (transition requests). Reported as a one-off cost. */
  readonly oneOffUsage?: readonly UsageLine[];
  /** Findings of one account with the same value save the same dollars: only the largest counts in totals. */
  readonly overlap?: string;
  readonly fix?: Fix;
};

export type Owner = { readonly name: string; readonly via: string; readonly slack: string | null };

export type SavingLine = {
  readonly sku: string;
  readonly quantity: number;
  readonly unit: string;
  readonly unitPriceUsd: number;
  readonly subtotalUsd: number;
  /** `aws-estimate`: not a price times a quantity of ours, AWS's own figure. */
  readonly priceSource: 'own-rate' | 'list' | 'shipped' | 'aws-estimate';
  /** Day the price was read from its source. */
  readonly asOf: string;
  /** List price of the unit, beside an own rate. */
  readonly listUnitPriceUsd?: number;
};

/** USD per month, unrounded; rounded to cents only where it is shown. */
export type Saving = {
  readonly monthlyUsd: number;
  readonly lowUsd: number;
  readonly highUsd: number;
  readonly confidence: 'measured' | 'estimated';
  readonly oneOffUsd: number;
  readonly lines: readonly SavingLine[];
};

export type Finding = {
  readonly id: string;
  readonly checkId: string;
  readonly title: string;
  readonly severity: Severity;
  readonly accountId: string;
  readonly accountName: string;
  readonly region: string;
  readonly resourceId: string;
  readonly resourceArn: string;
  readonly resourceType: string;
  readonly tags: Tags;
  readonly owner: Owner;
  readonly summary: string;
  readonly evidence: { readonly [key: string]: Json };
  readonly cause: string | null;
  /** `null` = unpriced: no price for the region, or the quantity is not known. Never 0 for "unknown". */
  readonly saving: Saving | null;
  readonly overlap: string | null;
  readonly fix: Fix & { readonly summary: string };
};

/** Hash of what a finding is about, never of its words or dollars: renaming a title changes nothing. */
export function findingId(checkId: string, accountId: string, region: string, resourceId: string, subKey = ''): string {
  const identity = JSON.stringify([checkId, accountId, region, resourceId, subKey]);
  return `f_${createHash('sha256').update(identity).digest('hex').slice(0, 20)}`;
}
