/** Thresholds of the detector; every one has a default that was chosen on labelled worlds (`npm run bench -- --only detection`). */
export type Thresholds = {
  readonly spikeSigma: number;
  /** How much further than the second largest surprise of half a year a day must go. */
  readonly tailFactor: number;
  readonly minExcessUsd: number;
  readonly minExcessShare: number;
  /** First spend of a series that is told at once, USD a day. */
  readonly newSpendUsd: number;
  /** The same in a region where the account never had any. */
  readonly newRegionUsd: number;
};

export type DetectOptions = Partial<Thresholds>;

export const defaults: Thresholds = {
  spikeSigma: 4.5,
  tailFactor: 1.15,
  minExcessUsd: 12,
  minExcessShare: 0.09,
  newSpendUsd: 50,
  newRegionUsd: 20,
};
