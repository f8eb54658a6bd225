/** Incidents as the detector tells them, for tests of what is said about them. */

import { explainIncident } from '../../src/anomaly/explanation.ts';
import { addDays } from '../../src/model/days.ts';
import type { Json } from '../../src/model/finding.ts';
import type { CostIncident, IncidentDay, IncidentSeries } from '../../src/model/resources/cost.ts';

export function incidentDay(day: string, actualUsd: number, overrides: Partial<IncidentDay> = {}): IncidentDay {
  return { day, actualUsd, expectedUsd: 79.6, lowerUsd: 70, upperUsd: 91, isPartial: false, ...overrides };
}

/** 60 days around $80, the given days as they are. */
function chartOf(days: readonly IncidentDay[], until: string): IncidentSeries['chart'] {
  const from = addDays(until, -59);
  const all = Array.from({ length: 60 }, (_, index) => addDays(from, index));
  const actual = new Map(days.map(({ day, actualUsd }) => [day, actualUsd]));
  return {
    from,
    actualUsd: all.map((day, index) => actual.get(day) ?? 80 + (index % 3)),
    lowerUsd: all.map(() => 70),
    upperUsd: all.map(() => 91),
  };
}

export function incidentSeries(overrides: Partial<IncidentSeries> = {}): IncidentSeries {
  const days = overrides.days ?? [incidentDay('2026-11-03', 214.1)];
  return {
    accountId: '111111111111',
    service: 'EC2 - Other',
    region: 'us-east-1',
    usageType: 'NatGateway-Bytes',
    recordType: 'Usage',
    days,
    chart: chartOf(days, days.at(-1)?.day ?? '2026-11-03'),
    sameDayOfMonth: [],
    historyDays: 75,
    sigma: 9.4,
    extremeOfDays: 200,
    ...overrides,
  };
}

/** Sums as the detector makes them: of all days of all series. */
export function costIncident(overrides: Partial<CostIncident> = {}): CostIncident {
  const series = overrides.series ?? [incidentSeries()];
  const days = series.flatMap((one) => one.days);
  const sum = (of: (day: IncidentDay) => number): number => days.map(of).reduce((total, usd) => total + usd, 0);
  const sorted = days.map(({ day }) => day).sort();
  return {
    id: 'i_0123456789abcdef0123',
    arn: 'arn:aws:ce::111111111111:anomaly/i_0123456789abcdef0123',
    type: 'AWS::CE::Anomaly',
    accountId: '111111111111',
    region: 'us-east-1',
    tags: undefined,
    state: 'open',
    direction: 'up',
    shape: 'spike',
    onset: sorted[0] ?? '2026-11-03',
    openedOn: '2026-11-05',
    lastDay: sorted.at(-1) ?? '2026-11-03',
    series,
    excessUsd: sum(({ actualUsd, expectedUsd }) => actualUsd - expectedUsd),
    excessLowUsd: sum(({ actualUsd, upperUsd }) => actualUsd - upperUsd),
    excessHighUsd: sum(({ actualUsd, lowerUsd }) => actualUsd - lowerUsd),
    monthlyRunRateUsd: 4088.8,
    confidence: 'high',
    restated: null,
    ...overrides,
  };
}

/** As the check keeps it with its finding. */
export function incidentEvidence(
  incident: CostIncident,
  seeAlso: string | null = null,
): { readonly [key: string]: Json } {
  const { series, ...facts } = incident;
  const withoutChart = (one: IncidentSeries) => ({ ...one, chart: undefined });
  const kept = {
    lines: explainIncident(incident).lines,
    seeAlso,
    incident: { ...facts, series: series.map(withoutChart) },
    chart: series[0]?.chart ?? null,
    seriesCount: series.length,
  };
  return JSON.parse(JSON.stringify(kept));
}
