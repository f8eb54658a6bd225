/** Records of the bill, as the ledger yields them. */
import { addDays, daysBetween } from '../../src/model/days.ts';
import type { CostIncident, DailyCost, IncidentSeries } from '../../src/model/resources/cost.ts';

const accountId = '222222222222';

type DailyOverrides = Partial<Omit<DailyCost, 'usd' | 'quantity'>> & {
  /** Dollars by day, from `from` on. */
  readonly usd: readonly number[];
  readonly quantity?: readonly number[];
};

/** A series of the m7g hours of one account; `from` defaults to so many days before 2026-11-24. */
export function dailyCost({ usd, quantity, ...overrides }: DailyOverrides): DailyCost {
  const from = overrides.from ?? addDays('2026-11-24', -usd.length);
  const base = {
    accountId,
    service: 'Amazon Elastic Compute Cloud - Compute',
    region: 'us-east-1',
    usageType: 'BoxUsage:m7g.xlarge',
    recordType: 'Usage' as const,
    ...overrides,
  };
  const first = usd.findIndex((amount) => amount !== 0);
  const id = [base.accountId, base.service, base.region, base.usageType, base.recordType].join('/');
  return {
    id,
    arn: `arn:aws:ce::${base.accountId}:series/${encodeURIComponent(id)}`,
    type: 'AWS::CE::DailyCost',
    tags: undefined,
    from,
    firstDay: addDays(from, Math.max(0, first)),
    historyFrom: addDays('2026-11-24', -400),
    ...base,
    usd: Float64Array.from(usd),
    quantity: Float64Array.from(quantity ?? usd.map(() => Number.NaN)),
  };
}

export function incidentSeries(overrides: Partial<IncidentSeries> = {}): IncidentSeries {
  const from = '2026-09-25';
  const length = daysBetween(from, '2026-11-24');
  const flat = Array.from({ length }, () => 80);
  return {
    accountId,
    service: 'EC2 - Other',
    region: 'us-east-1',
    usageType: 'NatGateway-Bytes',
    recordType: 'Usage',
    days: [
      { day: '2026-11-21', actualUsd: 214, expectedUsd: 80, lowerUsd: 70, upperUsd: 91, isPartial: false },
      { day: '2026-11-22', actualUsd: 230, expectedUsd: 80, lowerUsd: 70, upperUsd: 91, isPartial: false },
      { day: '2026-11-23', actualUsd: 150, expectedUsd: 80, lowerUsd: 70, upperUsd: 91, isPartial: true },
    ],
    chart: {
      from,
      actualUsd: flat.map((usd, index) =>
        index < length - 3 ? usd + (index % 5) : [214, 230, 150][index - length + 3]!,
      ),
      lowerUsd: flat.map(() => 70),
      upperUsd: flat.map(() => 91),
    },
    sameDayOfMonth: [
      { day: '2026-10-21', usd: 79 },
      { day: '2026-09-21', usd: 81 },
    ],
    historyDays: 200,
    sigma: 9.4,
    extremeOfDays: 200,
    ...overrides,
  };
}

export function costIncident(overrides: Partial<CostIncident> = {}): CostIncident {
  return {
    id: 'i_0a1b2c3d4e5f60718293',
    arn: `arn:aws:ce::${accountId}:anomaly/i_0a1b2c3d4e5f60718293`,
    type: 'AWS::CE::Anomaly',
    accountId,
    region: 'us-east-1',
    tags: undefined,
    state: 'ongoing',
    direction: 'up',
    shape: 'shift',
    onset: '2026-11-21',
    openedOn: '2026-11-22',
    lastDay: '2026-11-23',
    series: [incidentSeries()],
    excessUsd: 354,
    excessLowUsd: 321,
    excessHighUsd: 384,
    monthlyRunRateUsd: 4073.6,
    confidence: 'high',
    restated: null,
    ...overrides,
  };
}
