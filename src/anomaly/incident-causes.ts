/** Where in the bill an incident is: the parts that moved, each split into usage, price and mix where that can be told. */
import { addDays, daysBetween } from '../model/days.ts';
import { median } from '../model/median.ts';
import type { CostIncident, DailyCost } from '../model/resources/cost.ts';
import { decompose } from './decompose.ts';
import type { ToldCause } from './explanation-causes.ts';
import { rootCauses } from './root-cause.ts';

/** Days before the first unusual one that a part is measured against. */
const historyDays = 28;
const mostCauses = 3;

/** One line of the bill, however it is paid. */
type Line = {
  readonly dims: Readonly<Record<string, string>>;
  readonly history: readonly number[];
  readonly actual: number;
  readonly quantityBefore: number;
  readonly quantity: number;
};

/** Most dollars first. @param daily of all accounts; those that the incident is in are looked at */
export function causesOf(incident: CostIncident, daily: readonly DailyCost[]): ToldCause[] {
  const lines = linesOf(incident, daily);
  const causes = rootCauses(lines, { direction: incident.direction, most: mostCauses });
  return causes.map(({ dims, impactUsd, share, factor }) => {
    const members = lines.filter((line) => Object.entries(dims).every(([name, value]) => line.dims[name] === value));
    // Across units a quantity means nothing.
    const isOneUnit = new Set(members.map((line) => line.dims['usageType'])).size === 1;
    const change = isOneUnit
      ? decompose(
          members.map(({ history, quantityBefore }) => ({ usd: median(history), quantity: quantityBefore })),
          members.map(({ actual, quantity }) => ({ usd: actual, quantity })),
        )
      : undefined;
    return { dims, impactUsd, share, factor, change };
  });
}

/** Everything billed as usage in the incident's accounts, on its newest complete day and in the weeks before it. */
function linesOf(incident: CostIncident, daily: readonly DailyCost[]): Line[] {
  const complete = incident.series[0]?.days.findLast(({ isPartial }) => !isPartial);
  const day = complete?.day ?? incident.lastDay;
  const accounts = new Set(incident.series.map(({ accountId }) => accountId));
  const usage = daily.filter(
    ({ accountId, recordType }) => accounts.has(accountId) && (recordType === 'Usage' || recordType === 'CoveredUsage'),
  );
  const key = ({ accountId, service, region, usageType }: DailyCost): string =>
    JSON.stringify([accountId, service, region, usageType]);
  return [...Map.groupBy(usage, key).values()].flatMap((series) => {
    const [first] = series;
    if (first === undefined) return [];
    const { accountId: account, service, region, usageType } = first;
    const sumOn = (field: 'usd' | 'quantity', at: string): number => {
      let sum = 0;
      for (const one of series) sum += on(one[field], one.from, at);
      return sum;
    };
    const before = Array.from({ length: historyDays }, (_, index) => addDays(incident.onset, index - historyDays));
    return [
      {
        dims: { account, service, region, usageType },
        history: before.map((at) => sumOn('usd', at)),
        actual: sumOn('usd', day),
        quantityBefore: median(before.map((at) => sumOn('quantity', at))),
        quantity: sumOn('quantity', day),
      },
    ];
  });
}

/** A day that is not in the series cost nothing. */
function on(values: Float64Array, from: string, day: string): number {
  const value = values[daysBetween(from, day)];
  return value === undefined || Number.isNaN(value) ? 0 : value;
}
