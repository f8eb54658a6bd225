/** A finding over time: what the state store keeps, and what one run changed. */
import type { Finding } from './finding.ts';

const findingStates = ['open', 'exempted', 'snoozed', 'resolved'] as const;
export type FindingState = (typeof findingStates)[number];

/** What the last run that looked at it said. `unknown` = its scope was not completely seen, so nothing was decided. */
export type Change = 'opened' | 'reopened' | 'changed' | 'stillOpen' | 'resolved' | 'exempted' | 'snoozed' | 'unknown';

/** Why a finding was resolved, exempted, snoozed or left undecided, in words. */
export type FindingRecord = {
  readonly finding: Finding;
  /** Scope it was found in (`scopeKey`); decides what may resolve it. */
  readonly scope: string;
  readonly state: FindingState;
  readonly change: Change;
  readonly reason: string | null;
  readonly firstSeenAt: string;
  /** Last time it was positively seen. */
  readonly lastSeenAt: string;
  /** Last transition that people care about: opened, reopened, changed, resolved, exempted, snoozed. Drives the digest. */
  readonly changedAt: string;
  /** Run that last looked at it. */
  readonly runId: string;
  readonly reopenedCount: number;
  /** For snoozed. */
  readonly until: string | null;
  readonly acknowledgedBy: string | null;
  readonly history: readonly { readonly at: string; readonly change: Change; readonly reason: string | null }[];
};

/** An accepted finding: who, why, until when. From the config file or `findings exempt`. */
export type Exemption = {
  readonly check: string;
  readonly account?: string | undefined;
  /** Glob over resource id or ARN. */
  readonly resource?: string | undefined;
  /** `key=value` or `key`. */
  readonly tag?: string | undefined;
  readonly reason: string;
  /** Last day it holds, `YYYY-MM-DD`. */
  readonly until: string;
  readonly by: string;
};
