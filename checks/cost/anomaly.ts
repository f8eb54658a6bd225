import {
  type CostIncident,
  causesOf,
  consoleLink,
  defineCheck,
  explainIncident,
  type FindingDraft,
  type Json,
  mechanismOf,
  type Severity,
  type StatedLine,
  z,
} from 'costwarden/check';

/** An incident names its dearest series; the others are in its sums. */
const shownSeries = 5;
const daysPerMonth = 30.4;

export default defineCheck({
  id: 'cost-anomaly',
  title: 'Unusual spend',
  severity: 'medium',

  scopes: ['payer'],
  needs: ['cost.incident'],
  wants: ['cost.daily'],
  investigates: ['changes', 'resource-costs'],

  options: z.strictObject({
    criticalFromUsd: z
      .number()
      .positive()
      .default(5000)
      .describe('Dollars so far from which the severity is critical.'),
    highFromUsd: z.number().positive().default(500).describe('Dollars so far from which the severity is high.'),
    mediumFromUsd: z.number().positive().default(100).describe('Dollars so far from which the severity is medium.'),
  }),

  docs: {
    why: 'What costs more than its own history explains is a mistake, a leak, an attack, or a decision that nobody told finance about; every day it goes on is billed.',
    fix: 'Ask the owner: stop it, or say that it was planned (acknowledge or exempt the finding with a reason).',
    sources: ['Cost Management user guide, Detecting unusual spend', 'Cost Explorer API reference, GetCostAndUsage'],
  },

  *evaluate({ inventory, options }) {
    const daily = inventory.list('cost.daily');
    // Dearest first: what may be looked up in a run is limited.
    const incidents = inventory.list('cost.incident').toSorted((a, b) => b.excessUsd - a.excessUsd);
    for (const incident of incidents) {
      const mechanism = mechanismOf(incident, incidents);
      const over = overOf(incident);
      const isAsked = incident.direction === 'up' && over.over === undefined;
      const explanation = explainIncident(incident, {
        causes: causesOf(incident, daily),
        ...(isAsked ? {} : { mechanism }),
      });
      const { series, ...facts } = incident;
      yield {
        resource: incident,
        accountId: incident.accountId,
        severity: severityOf(incident, options),
        summary: explanation.headline,
        evidence: {
          lines: [...explanation.lines, ...swapLines(incident, mechanism?.swappedFor)],
          seeAlso: mechanism?.checkId ?? null,
          incident: plain({ ...facts, series: series.slice(0, shownSeries).map((one) => ({ ...one, chart: null })) }),
          chart: plain(series[0]?.chart ?? null),
          seriesCount: series.length,
        },
        ...(explanation.causes.length === 0 ? {} : { cause: explanation.causes.join('\n') }),
        savableUsage: [],
        stated: stated(incident, mechanism?.swappedFor),
        overlap: `incident:${incident.id}`,
        ...over,
        ...(isAsked ? { investigate: questionOf(incident, mechanism?.words) } : {}),
        fix: { consoleUrl: consoleLink('cost-explorer', { region: 'global', id: incident.id }) },
      };
    }
  },
});

type Thresholds = { readonly criticalFromUsd: number; readonly highFromUsd: number; readonly mediumFromUsd: number };

function severityOf({ direction, excessUsd }: CostIncident, options: Thresholds): Severity {
  // What fell costs nothing; it may still be something that has stopped working.
  if (direction === 'down') return 'info';
  if (excessUsd >= options.criticalFromUsd) return 'critical';
  if (excessUsd >= options.highFromUsd) return 'high';
  return excessUsd >= options.mediumFromUsd ? 'medium' : 'low';
}

/** What stopping it saves: the excess of a typical day, less what it has taken the place of. What fell was no waste. */
function stated(
  { direction, monthlyRunRateUsd, excessUsd, excessLowUsd, excessHighUsd, lastDay }: CostIncident,
  swappedFor: CostIncident | undefined,
): StatedLine[] {
  if (direction === 'down' || excessUsd <= 0) return [];
  const netUsd = Math.max(0, monthlyRunRateUsd + (swappedFor?.monthlyRunRateUsd ?? 0));
  const daily = Math.round((netUsd / daysPerMonth) * 100) / 100;
  const share = (bound: number): number => Math.max(0, Math.round(((daily * bound) / excessUsd) * 100) / 100);
  return [
    {
      sku: 'bill.daily-excess',
      quantity: daysPerMonth,
      unit: 'day',
      unitPriceUsd: daily,
      lowUnitPriceUsd: share(excessLowUsd),
      highUnitPriceUsd: share(excessHighUsd),
      priceSource: 'own-rate',
      asOf: lastDay,
    },
  ];
}

function* swapLines(incident: CostIncident, swappedFor: CostIncident | undefined): Iterable<string> {
  if (swappedFor === undefined) return;
  const [rose, fell] = [incident, swappedFor].map(({ monthlyRunRateUsd }) => monthlyRunRateUsd / daysPerMonth);
  const [first] = swappedFor.series;
  yield `In its place ${first?.usageType ?? 'other usage'} fell by ${usd(-(fell ?? 0))} a day: ${usd(rose ?? 0)} - ${usd(-(fell ?? 0))} = ${usd((rose ?? 0) + (fell ?? 0))} a day is the other way of paying.`;
}

function usd(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

function questionOf(
  { accountId, region, onset, series }: CostIncident,
  words: string | undefined,
): FindingDraft['investigate'] & object {
  const shown = series.filter((one) => one.accountId === accountId && one.region === region).slice(0, shownSeries);
  const often = words === undefined ? {} : { often: `Often: ${words}.` };
  return {
    accountId,
    region,
    onset,
    series: shown.map(({ service, usageType }) => ({ service, usageType })),
    ...often,
  };
}

function overOf({ state, excessUsd, monthlyRunRateUsd }: CostIncident): { over?: string } {
  const sum = `$${Math.round(Math.abs(excessUsd)).toLocaleString('en-US')}`;
  const month = `$${Math.round(monthlyRunRateUsd).toLocaleString('en-US')}`;
  switch (state) {
    case 'resolved':
      return { over: `back within its band; ${sum} in all` };
    case 'newNormal':
      return { over: `the new level is the usual one now: ${month} a month more than before` };
    case 'withdrawn':
      return { over: 'AWS has changed the figure: it is within the band' };
    default:
      return {};
  }
}

/** As evidence is kept: rounded to cents. */
function plain(value: object | null): Json {
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) => (typeof one === 'number' ? Math.round(one * 100) / 100 : one)),
  );
}
