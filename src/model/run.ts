/** One execution of the flow: what it covered, what it cost, how it ended. */
import type { Severity } from './finding.ts';
import type { DataSource, Gap } from './inventory.ts';

export type RunTrigger = 'one-off' | 'schedule' | 'catch-up' | 'demo';
export type RunStatus = 'running' | 'complete' | 'partial' | 'failed';

/** The run's own AWS bill and effort, metered per attempt. */
export type OwnCost = {
  readonly usd: number;
  readonly apiCalls: number;
  readonly costExplorerRequests: number;
  readonly metricsRequested: number;
  readonly throttles: number;
  readonly bytesReceived: number;
  /** What the run was expected to cost before it began. */
  readonly estimatedUsd?: number;
};

/** Where the records of one kind come from. One entry per kind and source. */
export type KindSource = {
  /** A kind of the inventory, or `plan.accounts`, `plan.account-tags`, `plan.spend-regions` for what decides what is visited. */
  readonly kind: string;
  readonly source: DataSource;
  /** Scopes whose records of the kind come from there; 1 for the plan. Scopes with a gap are among the gaps instead. */
  readonly scopes: number;
  /** Time of the oldest of them, ISO 8601 UTC. */
  readonly oldestAt: string;
};

export type Coverage = {
  readonly accounts: { readonly planned: number; readonly audited: number };
  readonly scopes: { readonly planned: number; readonly complete: number; readonly partial: number };
  readonly gaps: readonly Gap[];
  /** Checks that threw, with the scope: not covered there. */
  readonly failedChecks: readonly { readonly checkId: string; readonly scope: string; readonly message: string }[];
  /** Plug-ins that did not load. */
  readonly failedPlugins: readonly { readonly plugin: string; readonly message: string }[];
  /** By kind; absent in runs that were kept before it was counted. */
  readonly sources?: readonly KindSource[];
};

export type Totals = {
  readonly open: number;
  readonly bySeverity: Readonly<Partial<Record<Severity, number>>>;
  /** Best compatible set: of findings that save the same dollars only the largest counts. */
  readonly monthlySavingUsd: { readonly low: number; readonly expected: number; readonly high: number };
  /** What a naive sum would have counted on top. */
  readonly doubleCountedUsd: number;
};

export type RunRecord = {
  readonly id: string;
  readonly trigger: RunTrigger;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly version: string;
  readonly status: RunStatus;
  readonly coverage: Coverage;
  readonly totals: Totals;
  readonly ownCost: OwnCost;
  /** Findings by change in this run. */
  readonly changes: Readonly<Partial<Record<string, number>>>;
  /** What moved the bill without more usage: commitments bought or ended, credits, refunds. Absent = nothing. */
  readonly billNotes?: readonly string[];
};
