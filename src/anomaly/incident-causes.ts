/** Where in the bill an incident is: the parts that moved, each split into usage, price and mix where that can be told. */
import { addDays, daysBetween } from '../model/days.ts';
import { median } from '../model/median.ts';
import type { CostIncident, DailyCost } from '../model/resources/cost.ts';
import { type Decomposition, decompose } from './decompose.ts';
import type { ToldCause } from './explanation-causes.ts';
import { rootCauses } from './root-cause.ts';

/** Days before the first unusual one that a part is measured against. */
const historyDays = 28;
const mostCauses = 3;
/** Up to so many series are told one by one. */
const fewSeries = 5;

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
  const own = lines.filter(({ dims }) => incident.series.some((series) => isOf(series, dims)));
  // A few series are their own explanation; of many, what they have in common is one.
  if (own.length <= fewSeries) return partsOf(own);
  return rootCauses(lines, { direction: incident.direction, most: mostCauses }).map((cause) => {
    const { dims, impactUsd, share, factor } = cause;
    const members = lines.filter((line) => Object.entries(dims).every(([name, value]) => line.dims[name] === value));
    // Across units a quantity means nothing.
    const isOneUnit = new Set(members.map((line) => line.dims['usageType'])).size === 1;
    return { dims, impactUsd, share, factor, change: isOneUnit ? splitOf(members) : undefined };
  });
}

/** Each series for itself. */
function partsOf(lines: readonly Line[]): ToldCause[] {
  const parts = lines.map((line) => ({ line, before: median(line.history) }));
  const all = parts.reduce((sum, { line, before }) => sum + Math.abs(line.actual - before), 0);
  const differing = (['account', 'service', 'region'] as const).filter(
    (name) => new Set(lines.map(({ dims }) => dims[name])).size > 1,
  );
  return parts
    .filter(({ line, before }) => line.actual !== before)
    .map(({ line, before }) => {
      const impactUsd = line.actual - before;
      const names = [...differing, 'usageType'];
      return {
        dims: Object.fromEntries(names.map((name) => [name, line.dims[name] ?? ''])),
        service: line.dims['service'],
        impactUsd,
        share: Math.abs(impactUsd) / all,
        factor: before > 0 ? line.actual / before : null,
        change: splitOf([line]),
      };
    })
    .sort((a, b) => Math.abs(b.impactUsd) - Math.abs(a.impactUsd));
}

function splitOf(lines: readonly Line[]): Decomposition | undefined {
  return decompose(
    lines.map(({ history, quantityBefore }) => ({ usd: median(history), quantity: quantityBefore })),
    lines.map(({ actual, quantity }) => ({ usd: actual, quantity })),
  );
}

function isOf({ accountId, service, region, usageType }: CostIncident['series'][number], dims: Line['dims']): boolean {
  return (
    dims['usageType'] === usageType &&
    dims['account'] === accountId &&
    dims['service'] === service &&
    dims['region'] === region
  );
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
