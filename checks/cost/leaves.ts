/** The bill around an incident, as leaves for the root-cause search. */
import {
  addDays,
  type CostIncident,
  type DailyCost,
  type Decomposition,
  daysBetween,
  decompose,
  type RootCause,
} from 'costwarden/check';

/** Days before the first unusual one that a cause is measured against. */
const historyDays = 28;

export type BillLeaf = {
  readonly dims: Readonly<Record<string, string>>;
  readonly history: readonly number[];
  readonly actual: number;
  readonly quantityBefore: number;
  readonly quantity: number;
};

/** Everything billed as usage in the incident's accounts on its newest complete day. */
export function leavesOf(incident: CostIncident, daily: readonly DailyCost[]): BillLeaf[] {
  const complete = incident.series[0]?.days.findLast(({ isPartial }) => !isPartial);
  const day = complete?.day ?? incident.lastDay;
  const accounts = new Set(incident.series.map(({ accountId }) => accountId));
  return daily.flatMap((one) => {
    const isUsage = one.recordType === 'Usage' || one.recordType === 'CoveredUsage';
    if (!isUsage || !accounts.has(one.accountId)) return [];
    const { accountId: account, service, region, usageType, recordType } = one;
    const history: number[] = [];
    for (let back = historyDays; back >= 1; back -= 1)
      history.push(at(one.usd, one.from, addDays(incident.onset, -back)));
    const dims = { account, service, region, usageType, recordType };
    const quantityBefore = median(lastWeeks(one, incident.onset));
    const quantity = at(one.quantity, one.from, day);
    return [{ dims, history, actual: at(one.usd, one.from, day), quantityBefore, quantity }];
  });
}

/** Usage against price for a cause of one usage type: across units a quantity means nothing. */
export function changeOf(cause: RootCause, leaves: readonly BillLeaf[]): Decomposition | undefined {
  const members = leaves.filter(({ dims }) =>
    Object.entries(cause.dims).every(([name, value]) => dims[name] === value),
  );
  if (new Set(members.map(({ dims }) => dims['usageType'])).size !== 1) return undefined;
  return decompose(
    members.map(({ history, quantityBefore }) => ({ usd: median(history), quantity: quantityBefore })),
    members.map(({ actual, quantity }) => ({ usd: actual, quantity })),
  );
}

function lastWeeks({ quantity, from }: DailyCost, onset: string): number[] {
  const values: number[] = [];
  for (let back = historyDays; back >= 1; back -= 1) values.push(at(quantity, from, addDays(onset, -back)));
  return values;
}

/** A day that is not in the series cost nothing. */
function at(values: Float64Array, from: string, day: string): number {
  const value = values[daysBetween(from, day)];
  return value === undefined || Number.isNaN(value) ? 0 : value;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
