/** What is known about the cause of an incident, in words: parts of the bill, changes in the account, findings. */
import { formatUsd } from '../model/money.ts';
import { decodeUsageType } from '../model/usage-types.ts';
import type { Decomposition } from './decompose.ts';
import { signedUsd } from './incident-words.ts';
import type { Mechanism } from './mechanism.ts';

/** A part of the bill that holds the dollars. */
export type ToldCause = {
  readonly dims: Readonly<Record<string, string>>;
  /** Where it is not one of them: usage types are named by it. */
  readonly service?: string | undefined;
  /** USD over what was expected; negative for what fell. */
  readonly impactUsd: number;
  /** Of all dollars that moved. */
  readonly share: number;
  /** Actual over expected; `null` = it cost nothing before. */
  readonly factor: number | null;
  readonly change?: Decomposition | undefined;
};

/** A call in the account about the time it began. */
export type KnownChange = {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly eventName: string;
  readonly actor: string;
  readonly resource: string | null;
  readonly confidence: 'high' | 'medium' | 'low';
  /** Why it may have to do with it, e.g. `creates what is billed here, 2 h before`. */
  readonly why: string;
};

/** A finding of another check about the same thing. */
export type KnownFinding = {
  readonly findingId: string;
  readonly checkId: string;
  readonly summary: string;
  /** `null` = unpriced. */
  readonly monthlyUsd: number | null;
};

export type KnownCauses = {
  readonly causes?: readonly ToldCause[];
  readonly mechanism?: Mechanism | undefined;
  readonly changes?: readonly KnownChange[];
  readonly links?: readonly KnownFinding[];
};

const shownChanges = 3;
const shownLinks = 3;
/** Parts of a split below so much of it are left out. */
const splitShare = 0.05;
const confidences = ['high', 'medium', 'low'] as const;
const dimensionNames: Readonly<Record<string, string>> = {
  accountId: 'account',
  usageType: 'usage',
  recordType: 'record type',
};

/** One line each; what the bill says first, then what may have done it, then what else is known of it. */
export function toldCauses({ causes = [], mechanism, changes = [], links = [] }: KnownCauses): string[] {
  const lines = causes.toSorted((a, b) => Math.abs(b.impactUsd) - Math.abs(a.impactUsd)).map(causeLine);
  const ranked = changes.toSorted((a, b) => confidences.indexOf(a.confidence) - confidences.indexOf(b.confidence));
  lines.push(...ranked.slice(0, shownChanges).map(changeLine));
  if (mechanism !== undefined) lines.push(`Often: ${mechanism.words}.`);
  lines.push(...links.slice(0, shownLinks).map(linkLine));
  return lines;
}

function causeLine({ dims, service = dims['service'] ?? '', impactUsd, share, factor, change }: ToldCause): string {
  const where = Object.entries(dims).map(([name, value]) => dimension(name, value, service));
  if (where.length === 0) where.push('all of the bill');
  const times = factor === null ? 'new' : `${factor.toFixed(1)} times as much`;
  const split = change === undefined ? [] : splitOf(change);
  const parts = split.length === 0 ? '' : `: ${split.join(', ')}`;
  return `${where.join(', ')}: ${signedUsd(impactUsd)} (${Math.round(share * 100)} % of what moved, ${times})${parts}.`;
}

function dimension(name: string, value: string, service: string): string {
  if (name !== 'usageType') return `${dimensionNames[name] ?? name} ${value}`;
  const { words } = decodeUsageType(service, value);
  return words.includes(value) ? `usage ${words}` : `usage ${value} (${words})`;
}

function splitOf({ usageUsd, priceUsd, mixUsd }: Decomposition): string[] {
  const parts: [number, string][] = [
    [usageUsd, usageUsd < 0 ? 'less usage' : 'more usage'],
    [priceUsd, 'another unit price'],
    [mixUsd, 'another mix'],
  ];
  const all = parts.map(([usd]) => Math.abs(usd)).reduce((sum, usd) => sum + usd, 0);
  return parts
    .filter(([usd]) => Math.abs(usd) > splitShare * all)
    .map(([usd, words]) => `${signedUsd(usd)} from ${words}`);
}

function changeLine({ at, eventName, actor, resource, confidence, why }: KnownChange): string {
  const on = resource === null ? '' : ` on ${resource}`;
  const time = at.slice(0, 16).replace('T', ' ');
  return `${eventName} by ${actor}${on} at ${time} UTC: ${why} (confidence ${confidence}; correlated, not proven).`;
}

function linkLine({ findingId, checkId, summary, monthlyUsd }: KnownFinding): string {
  const saving = monthlyUsd === null ? '' : `, ${formatUsd(monthlyUsd)} a month`;
  return `See also ${checkId} ${findingId}${saving}: ${summary}.`;
}
