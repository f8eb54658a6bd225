/**
 * Price: a draft with its owner and the price book go in, the finding with its arithmetic comes out.
 * Pure. A missing price leaves the finding unpriced; it is never taken from another region and never 0.
 */
import {
  type Finding,
  type FindingDraft,
  findingId,
  type Owner,
  type Saving,
  type SavingLine,
  type Severity,
  type StatedLine,
  type UsageLine,
} from '../model/finding.ts';
import type { OwnRates, PriceBook } from '../model/price.ts';
import type { Account, Scope } from '../model/scope.ts';

export type PriceableDraft = {
  readonly check: {
    readonly id: string;
    readonly title: string;
    readonly severity: Severity;
    readonly docs: { readonly fix: string };
  };
  readonly common: { readonly severity?: Severity | undefined };
  readonly draft: FindingDraft;
};

export type PriceContext = {
  readonly scope: Scope;
  /** The account it is about. */
  readonly account: Account;
  readonly owner: Owner;
  readonly book: PriceBook;
  /** What accounts really pay; preferred to the book. */
  readonly rates?: OwnRates | undefined;
};

/** @returns the finding, and what is wrong with the check's or book's units, if anything (a developer must look) */
export function priceFinding(
  { check, common, draft }: PriceableDraft,
  { scope, account, owner, book, rates }: PriceContext,
): { readonly finding: Finding; readonly problem?: string } {
  const { resource } = draft;
  const region = resource.region ?? scope.region;
  let saving: Saving | null = null;
  let problem: string | undefined;
  try {
    saving = priceDraft(draft, region, book, rates === undefined ? undefined : { rates, accountId: account.id });
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const finding: Finding = {
    id: findingId(check.id, account.id, region, resource.id, draft.subKey),
    checkId: check.id,
    title: check.title,
    severity: common.severity ?? draft.severity ?? check.severity,
    accountId: account.id,
    accountName: account.name,
    region,
    resourceId: resource.id,
    resourceArn: resource.arn,
    resourceType: resource.type,
    tags: resource.tags ?? {},
    owner,
    summary: draft.summary,
    evidence: draft.evidence,
    cause: draft.cause ?? null,
    saving,
    overlap: draft.overlap ?? null,
    fix: { summary: check.docs.fix, ...draft.fix },
  };
  return problem === undefined ? { finding } : { finding, problem };
}

/**
 * Monthly saving of one draft, with the arithmetic shown to the owner.
 * @returns null when the usage is not known or a price (also of the one-off usage) is missing for the region
 * @throws Error when a sku is unknown, its unit differs from the line's, or the saving is negative: a mistake in a check
 */
export function priceDraft(draft: FindingDraft, region: string, book: PriceBook, own?: OwnPrices): Saving | null {
  if (draft.savableUsage === undefined) return null;
  if (draft.stated !== undefined) return statedSaving(draft.stated);
  const prices: Prices = { region, book, own: isComparable(draft.savableUsage, region, own) ? own : undefined };
  const lines = priceLines(draft.savableUsage, prices);
  const oneOff = priceLines(draft.oneOffUsage ?? [], prices);
  // A one-off cost that cannot be told would make the saving look free to get.
  if (lines === undefined || oneOff === undefined) return null;
  const bounds = { low: 0, high: 0 };
  for (const [index, usage] of draft.savableUsage.entries()) {
    const unitPriceUsd = lines[index]?.unitPriceUsd ?? 0;
    bounds.low += (usage.low ?? usage.quantity) * unitPriceUsd;
    bounds.high += (usage.high ?? usage.quantity) * unitPriceUsd;
  }
  const monthlyUsd = sum(lines);
  if (monthlyUsd < 0) throw new Error(`the saving of ${draft.resource.id} is negative: its remedy costs more than it`);
  const isMeasured = draft.savableUsage.every(({ low, high }) => low === undefined && high === undefined);
  return {
    monthlyUsd,
    lowUsd: Math.min(bounds.low, bounds.high),
    highUsd: Math.max(bounds.low, bounds.high),
    confidence: isMeasured ? 'measured' : 'estimated',
    oneOffUsd: sum(oneOff),
    lines,
  };
}

function statedSaving(stated: readonly StatedLine[]): Saving {
  const bounds = { low: 0, high: 0 };
  const lines: SavingLine[] = [];
  for (const { sku, quantity, unit, unitPriceUsd, lowUnitPriceUsd, highUnitPriceUsd, priceSource, asOf } of stated) {
    bounds.low += quantity * (lowUnitPriceUsd ?? unitPriceUsd);
    bounds.high += quantity * (highUnitPriceUsd ?? unitPriceUsd);
    lines.push({ sku, quantity, unit, unitPriceUsd, subtotalUsd: quantity * unitPriceUsd, priceSource, asOf });
  }
  const isExact = stated.every((line) => line.lowUnitPriceUsd === undefined && line.highUnitPriceUsd === undefined);
  return {
    monthlyUsd: sum(lines),
    lowUsd: Math.min(bounds.low, bounds.high),
    highUsd: Math.max(bounds.low, bounds.high),
    confidence: isExact && stated.every(({ priceSource }) => priceSource === 'own-rate') ? 'measured' : 'estimated',
    oneOffUsd: 0,
    lines,
  };
}

/** What the account in question pays. */
export type OwnPrices = { readonly rates: OwnRates; readonly accountId: string };
type Prices = { readonly region: string; readonly book: PriceBook; readonly own: OwnPrices | undefined };

/**
 * A fix that stops one usage and adds another compares two prices: an own rate against a list price would show a
 * discount as a saving, or hide one. Then all lines have own rates, or none is used.
 */
function isComparable(usage: readonly UsageLine[], region: string, own: OwnPrices | undefined): boolean {
  if (own === undefined || usage.every(({ quantity }) => quantity >= 0)) return true;
  return usage.every(({ sku }) => own.rates.find(sku, own.accountId, region) !== undefined);
}

function priceLines(usage: readonly UsageLine[], prices: Prices): SavingLine[] | undefined {
  const lines: SavingLine[] = [];
  for (const line of usage) {
    const priced = priceLine(line, prices);
    if (priced === undefined) return undefined;
    lines.push(priced);
  }
  return lines;
}

function priceLine({ sku, quantity, unit }: UsageLine, { region, book, own }: Prices): SavingLine | undefined {
  if (!book.has(sku)) throw new Error(`price book: no sku ${sku}`);
  const list = book.find(sku, region);
  const rate = own?.rates.find(sku, own.accountId, region);
  const price = rate ?? list;
  if (price === undefined) return undefined;
  if (price.unit !== unit) throw new Error(`price book: ${sku} is priced per ${price.unit}, not per ${unit}`);
  const { usd: unitPriceUsd, asOf } = price;
  const priceSource = rate === undefined ? (list?.priceSource ?? 'shipped') : 'own-rate';
  const line = { sku, quantity, unit, unitPriceUsd, subtotalUsd: quantity * unitPriceUsd, priceSource, asOf } as const;
  return rate === undefined || list === undefined ? line : { ...line, listUnitPriceUsd: list.usd };
}

function sum(lines: readonly SavingLine[]): number {
  let total = 0;
  for (const line of lines) total += line.subtotalUsd;
  return total;
}
