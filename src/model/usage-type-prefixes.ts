/**
 * How usage types name regions. The codes cannot be derived from the names (APS4 is ap-southeast-3), so they are a
 * table. Found alike in three public cost tools and in AWS price lists, read 2026-11-23; CAW1, APS8 and APS9 in one.
 */
const regionByPrefix: Readonly<Record<string, string>> = {
  USE1: 'us-east-1',
  USE2: 'us-east-2',
  USW1: 'us-west-1',
  USW2: 'us-west-2',
  CAN1: 'ca-central-1',
  CAN2: 'ca-west-1',
  CAW1: 'ca-west-1',
  MXC1: 'mx-central-1',
  SAE1: 'sa-east-1',
  EU: 'eu-west-1',
  EUW1: 'eu-west-1',
  EUW2: 'eu-west-2',
  EUW3: 'eu-west-3',
  EUC1: 'eu-central-1',
  EUC2: 'eu-central-2',
  EUN1: 'eu-north-1',
  EUS1: 'eu-south-1',
  EUS2: 'eu-south-2',
  AFS1: 'af-south-1',
  MES1: 'me-south-1',
  MEC1: 'me-central-1',
  ILC1: 'il-central-1',
  APE1: 'ap-east-1',
  APE2: 'ap-east-2',
  APN1: 'ap-northeast-1',
  APN2: 'ap-northeast-2',
  APN3: 'ap-northeast-3',
  APS1: 'ap-southeast-1',
  APS2: 'ap-southeast-2',
  APS3: 'ap-south-1',
  APS4: 'ap-southeast-3',
  APS5: 'ap-south-2',
  APS6: 'ap-southeast-4',
  APS7: 'ap-southeast-5',
  APS8: 'ap-southeast-6',
  APS9: 'ap-southeast-7',
  UGW1: 'us-gov-west-1',
  UGE1: 'us-gov-east-1',
  CNN1: 'cn-north-1',
  CNW1: 'cn-northwest-1',
  // Usage without a region of services that have them otherwise, e.g. WAF at the edge.
  Global: 'global',
};

/** Where CloudFront's viewers are. `EU` is Europe here and Ireland everywhere else. CloudFront pricing, read 2026-11-23. */
const geographies: Readonly<Record<string, string>> = {
  US: 'North America',
  CA: 'Canada',
  EU: 'Europe',
  JP: 'Japan',
  AP: 'Asia Pacific',
  IN: 'India',
  SA: 'South America',
  AU: 'Australia',
  ZA: 'South Africa',
  ME: 'Middle East',
};

/** Letters and a digit: a region, or a place of another kind (LAX1), that the table does not know. */
const unknownPattern = /^[A-Z]{3,4}\d$/;

export type Place = {
  /** `undefined` = none named: us-east-1, or no region at all. */
  readonly prefix: string | undefined;
  /** `undefined` = no prefix, or one that the table does not know. */
  readonly region: string | undefined;
  /** Second region, of transfer between two; the prefix itself where the table does not know it. */
  readonly other: string | undefined;
  readonly rest: string;
};

/** Cuts the region, or the two regions of a transfer, off a usage type. `QS-User-Month` has none. */
export function cutRegions(usageType: string): Place {
  const first = cutOne(usageType);
  if (first === undefined) return { prefix: undefined, region: undefined, other: undefined, rest: usageType };
  const second = cutOne(first.rest);
  return {
    prefix: first.prefix,
    region: regionByPrefix[first.prefix],
    other: second === undefined ? undefined : (regionByPrefix[second.prefix] ?? second.prefix),
    rest: second?.rest ?? first.rest,
  };
}

/** Cuts CloudFront's geography off. */
export function cutGeography(usageType: string): { readonly geography: string | undefined; readonly rest: string } {
  const [, prefix = '', rest = ''] = /^([A-Z]{2})-(.+)$/.exec(usageType) ?? [];
  const geography = geographies[prefix];
  return geography === undefined ? { geography, rest: usageType } : { geography, rest };
}

function cutOne(usageType: string): { prefix: string; rest: string } | undefined {
  const dash = usageType.indexOf('-');
  const prefix = usageType.slice(0, Math.max(0, dash));
  const isPrefix = Object.hasOwn(regionByPrefix, prefix) || unknownPattern.test(prefix);
  return isPrefix ? { prefix, rest: usageType.slice(dash + 1) } : undefined;
}
