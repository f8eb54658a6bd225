/** Which regions of an account are visited. Pure. */

export type RegionChoice = {
  /** Enabled regions of the account; `undefined` = could not be read. */
  readonly enabled: readonly string[] | undefined;
  /** Regions in which the account has spend; `undefined` = none known for it. */
  readonly spend: ReadonlySet<string> | undefined;
  /** Whether Cost Explorer answered at all; only then does "none" mean none. */
  readonly hasSpendData: boolean;
  readonly isFullVisit: boolean;
  readonly configured: 'auto' | readonly string[];
  /** `--region`; empty = no limit. */
  readonly filter: readonly string[];
};

/**
 * A configured list and flags are taken at their word. `auto` = enabled regions, without those that cost nothing,
 * except on the weekly full visit. When the enabled ones are not known, those with spend are all there is to go by.
 */
export function planRegions({ enabled, spend, hasSpendData, isFullVisit, configured, filter }: RegionChoice): string[] {
  if (configured !== 'auto' || filter.length > 0) {
    const wanted =
      configured === 'auto' ? filter : configured.filter((region) => filter.length === 0 || filter.includes(region));
    return enabled === undefined ? [...wanted] : wanted.filter((region) => enabled.includes(region));
  }
  if (enabled === undefined) return [...(spend ?? [])].sort();
  if (isFullVisit || !hasSpendData) return [...enabled].sort();
  return enabled.filter((region) => spend?.has(region)).sort();
}
