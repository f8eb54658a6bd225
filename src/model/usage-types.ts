/**
 * Usage types in words. AWS writes `[PREFIX-]Family[:detail]`; the prefix names the region, none means us-east-1 or a
 * service without regions, two mean transfer from one to the other. The same family is another thing in another
 * service (`TimedStorage-ByteHrs`), so both are asked for.
 */
import { type BillingService, billingService } from './billing-services.ts';
import { commonFamilies } from './common-usage-families.ts';
import { type FamilyRow, ownFamilies, type UsageGroup } from './usage-families.ts';
import { cutGeography, cutRegions } from './usage-type-prefixes.ts';

export type { UsageGroup } from './usage-families.ts';

export type DecodedUsage = {
  /** `undefined` = a prefix that the table does not know; `global` = a service without regions. */
  readonly region: string | undefined;
  /** Without prefix and detail, e.g. `NatGateway-Bytes`, `EBS:VolumeUsage`. */
  readonly family: string;
  /** What of it, e.g. `m6i.large`, `gp3`, the other region of a transfer, the geography of CloudFront. */
  readonly detail: string | undefined;
  /** For people; the raw usage type with "(not decoded)" where the table does not know the family. */
  readonly words: string;
  /** As in the price book (`GB`, `hour`, `GB-month`), single requests; `undefined` = not known. */
  readonly unit: string | undefined;
  readonly group: UsageGroup;
  /** Billed by the month (GB-month): a day's cost depends on the length of its month. */
  readonly isPerMonth: boolean;
};

/** A bill of an organization has a few thousand usage types, and asks for each of them every day of it. */
const known = new Map<string, DecodedUsage>();
const mostKnown = 20_000;

/** @param service as Cost Explorer names it, or a product code; it settles what several services use */
export function decodeUsageType(service: string, usageType: string): DecodedUsage {
  const key = `${service}\n${usageType}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const decoded = decode(billingService(service), usageType);
  if (known.size >= mostKnown) known.clear();
  known.set(key, decoded);
  return decoded;
}

function decode(service: BillingService | undefined, usageType: string): DecodedUsage {
  if (service === 'cloudfront') {
    const { geography, rest } = cutGeography(usageType);
    const described = describe(service, usageType, rest, geography);
    const words = geography === undefined || !described.isKnown ? '' : ` in ${geography}`;
    return { ...described.usage, words: `${described.usage.words}${words}`, region: 'global' };
  }
  const { prefix, region, other, rest } = cutRegions(usageType);
  const { usage } = describe(service, usageType, rest, other);
  const words = other === undefined ? usage.words : usage.words.replace('another region', () => other);
  if (isGlobal(service, rest)) return { ...usage, words, region: 'global' };
  return { ...usage, words, region: prefix === undefined ? 'us-east-1' : region };
}

/** @param place detail that the prefixes told: another region, a geography */
function describe(
  service: BillingService | undefined,
  usageType: string,
  rest: string,
  place: string | undefined,
): { readonly usage: Omit<DecodedUsage, 'region'>; readonly isKnown: boolean } {
  const own = service === undefined ? undefined : ownFamilies[service]?.find(([pattern]) => pattern.test(rest));
  const row = own ?? commonFamilies.find(([pattern]) => pattern.test(rest));
  if (row === undefined) {
    const [family = rest, detail] = rest.split(/:(.*)/s);
    const words = `${usageType} (not decoded)`;
    const usage = {
      family,
      detail: detail ?? place,
      words,
      unit: undefined,
      group: 'other',
      isPerMonth: false,
    } as const;
    return { usage, isKnown: false };
  }
  const [, , unit, group] = row;
  const captured = capturedBy(row, rest);
  const usage = {
    family: familyOf(rest, captured),
    detail: captured ?? place,
    words: wordsOf(row, captured),
    unit,
    group,
    isPerMonth: unit?.endsWith('-month') ?? false,
  };
  return { usage, isKnown: true };
}

function capturedBy([pattern]: FamilyRow, rest: string): string | undefined {
  const [, captured] = pattern.exec(rest) ?? [];
  return captured === '' ? undefined : captured;
}

/** Ends before the detail where a separator says so; `RDS:GP3-Storage` has its detail inside of its name. */
function familyOf(rest: string, captured: string | undefined): string {
  const end = captured === undefined ? -1 : rest.lastIndexOf(captured) - 1;
  return end > 0 && /[:.]/.test(rest.charAt(end)) && !rest.endsWith('Storage') ? rest.slice(0, end) : rest;
}

/** Without a detail its place goes, and what leads to it: `On-Demand hours of $1` -> `On-Demand hours`. */
function wordsOf([, words]: FamilyRow, captured: string | undefined): string {
  return captured === undefined ? words.replace(/(?:,| of)? ?\(?\$1\)?/, '') : words.replace('$1', () => captured);
}

/** Of the services with regions only these fees have none. */
function isGlobal(service: BillingService | undefined, rest: string): boolean {
  return service === 'global' || /^(?:Compute|SageMaker|Database)SP:/.test(rest);
}
