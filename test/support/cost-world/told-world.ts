/** A world lived through day by day with the detector, as a person who gets its messages would. */
import {
  type AccountSeries,
  type DetectOptions,
  detectAnomalies,
  type SeriesAlert,
} from '../../../src/anomaly/anomaly.ts';
import type { CostDimensions, CostSeries } from '../../../src/model/bill.ts';
import { bytesInMemory, type KeptBytes } from '../../../src/model/bill.ts';
import type { CostRecordType } from '../../../src/model/resources/cost.ts';
import type { RoughWorld, Snapshot } from './rough-world.ts';
import type { ScoredAlert, ScoredRun } from './score.ts';

export type ToldWorld = {
  readonly runs: readonly ScoredRun[];
  /** CPU of the detector alone. */
  readonly cpuMs: number;
  /** Series decided, over all days. */
  readonly decided: number;
};

const recordTypes: Readonly<Record<string, CostRecordType>> = {
  Usage: 'Usage',
  Credit: 'Credit',
  Refund: 'Refund',
  Tax: 'Tax',
  RIFee: 'CommitmentFee',
  SavingsPlanUpfrontFee: 'CommitmentFee',
  SavingsPlanRecurringFee: 'CommitmentFee',
};

export async function tellWorld(world: RoughWorld, options: DetectOptions = {}): Promise<ToldWorld> {
  const kept = keptInMemory();
  const runs: ScoredRun[] = [];
  let cpuMs = 0;
  let decided = 0;
  for (let asOf = world.firstD; asOf <= world.lastD; asOf += 1) {
    const snapshot = world.snapshot(asOf);
    const ids = new Map<string, string>();
    const accounts = accountsOf(snapshot, ids);
    const before = process.cpuUsage();
    const { alerts } = await detectAnomalies({ asOf: snapshot.asOf, accounts, kept, options });
    const { user, system } = process.cpuUsage(before);
    cpuMs += (user + system) / 1000;
    decided += ids.size;
    runs.push({ asOf: snapshot.asOf, alerts: alerts.map((alert) => toScored(alert, ids)) });
  }
  return { runs, cpuMs, decided };
}

/** @param ids filled: id of each series by its dimensions */
export function accountsOf({ series }: Snapshot, ids: Map<string, string>): AccountSeries[] {
  const all = series.map(({ id, dims, start, costs }): CostSeries => {
    const { account, service, region, usageType, recordType } = dims;
    const known = { accountId: account, service, region, usageType, recordType: recordTypes[recordType] ?? 'Other' };
    ids.set(keyOf(known), id);
    return { ...known, from: start, usd: Float64Array.from(costs, (usd) => usd ?? Number.NaN) };
  });
  return [...Map.groupBy(all, ({ accountId }) => accountId)].map(([accountId, own]) => ({ accountId, series: own }));
}

function keyOf({ accountId, service, region, usageType, recordType }: CostDimensions): string {
  return [accountId, service, region, usageType, recordType].join('|');
}

function toScored(alert: SeriesAlert, ids: ReadonlyMap<string, string>): ScoredAlert {
  const { day, direction, actualUsd, expectedUsd, incidentId, isSaid, shape } = alert;
  return {
    seriesId: ids.get(keyOf(alert.dimensions)) ?? 'unknown',
    day,
    direction,
    actual: actualUsd,
    expected: expectedUsd,
    impactUsd: actualUsd - expectedUsd,
    incidentId,
    notify: isSaid,
    kind: shape,
  };
}

export function keptInMemory(): KeptBytes & { readonly values: ReadonlyMap<string, Uint8Array> } {
  const values = new Map<string, Uint8Array>();
  return { values, ...bytesInMemory(values) };
}
