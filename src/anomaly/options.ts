/** Thresholds of the detector; every one has a default that was chosen on labelled worlds (`npm run bench -- --only detection`). */
export type Thresholds = {
  readonly spikeSigma: number;
  /** Of a rise over several days. */
  readonly riseSigma: number;
  /** How much further than the second largest surprise of half a year a day must go. */
  readonly tailFactor: number;
  readonly minExcessUsd: number;
  readonly minExcessShare: number;
  /** The same for a rise over several days. */
  readonly minRiseShare: number;
  /** First spend of a series that is told at once, USD a day. */
  readonly newSpendUsd: number;
  /** The same in a region where the account never had any. */
  readonly newRegionUsd: number;
  /** The same in accounts that people try things in. */
  readonly sandboxUsd: number;
  readonly sandboxAccounts: readonly string[];
  readonly planned: readonly PlannedCost[];
};

/** Cost that somebody expects: an incident, or whatever happens in a place. What is left out holds for all. */
export type PlannedCost = {
  readonly incidentId?: string;
  readonly accountId?: string;
  readonly service?: string;
  readonly region?: string;
  /** Last day of a run that it holds for, `YYYY-MM-DD`. */
  readonly until: string;
  /** USD a day that are planned; beyond 1.6 times as much it is told after all. Absent = whatever it comes to. */
  readonly usd?: number;
};

export type DetectOptions = Partial<Thresholds>;

export const defaults: Thresholds = {
  spikeSigma: 4.5,
  riseSigma: 3.5,
  tailFactor: 1.15,
  minExcessUsd: 12,
  minExcessShare: 0.09,
  minRiseShare: 0.1,
  newSpendUsd: 50,
  newRegionUsd: 20,
  sandboxUsd: 10,
  sandboxAccounts: [],
  planned: [],
};
