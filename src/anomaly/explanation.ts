/** An incident in words: what, where, since when, how much with its arithmetic, and why that is unusual. Deterministic. */

import { daysBetween } from '../model/days.ts';
import { formatUsd } from '../model/money.ts';
import type { CostIncident, IncidentDay, IncidentSeries } from '../model/resources/cost.ts';
import { decodeUsageType } from '../model/usage-types.ts';
import type { Decomposition } from './decompose.ts';
import type { Mechanism } from './mechanism.ts';
import type { RootCause } from './root-cause.ts';

export type ToldCause = RootCause & { readonly change?: Decomposition | undefined };

export type Circumstances = {
  readonly causes?: readonly ToldCause[];
  readonly mechanism?: Mechanism | undefined;
};

export type Explanation = {
  /** One line. */
  readonly headline: string;
  /** Arithmetic, why it is unusual, what it costs if it goes on. */
  readonly lines: readonly string[];
  /** Likely causes, most dollars first; empty = none stands out. */
  readonly causes: readonly string[];
};

const shownDays = 3;

export function explainIncident(incident: CostIncident, { causes = [], mechanism }: Circumstances = {}): Explanation {
  const [first] = incident.series;
  if (first === undefined) throw new Error(`incident ${incident.id} has no series`);
  const others = incident.series.length - 1;
  const more = others > 0 ? ` and ${others} more` : '';
  const sum = formatUsd(Math.abs(incident.excessUsd));
  const way = incident.direction === 'up' ? 'more' : 'less';
  const headline = `${what(first)}${more}: ${sum} ${way} than expected ${since(incident)}`;
  const lines = [arithmetic(incident, first), unusual(incident, first)];
  if (incident.restated !== null) {
    const { day, fromUsd, toUsd } = incident.restated;
    lines.push(`AWS raised the figure for ${day} from ${formatUsd(fromUsd)} to ${formatUsd(toUsd)}.`);
  }
  if (incident.direction === 'up' && (incident.state === 'newNormal' || isGoingOn(incident)))
    lines.push(`If it goes on: ${formatUsd(incident.monthlyRunRateUsd)} a month.`);
  const told = causes.map(causeLine);
  if (mechanism !== undefined) told.push(`Often: ${mechanism.words}.`);
  return { headline, lines, causes: told };
}

function isGoingOn({ state }: CostIncident): boolean {
  return state === 'provisional' || state === 'open' || state === 'ongoing';
}

function what({ service, usageType, region }: IncidentSeries): string {
  const { words } = decodeUsageType(service, usageType);
  return `${service}, ${words}${region === 'global' ? '' : ` in ${region}`}`;
}

function since({ onset, lastDay }: CostIncident): string {
  const days = daysBetween(onset, lastDay) + 1;
  return days === 1 ? `on ${onset}` : `from ${onset} to ${lastDay} (${days} days)`;
}

/** `$214.10 on 2026-11-03 against $79.60 expected ($70.00 to $91.00): +$134.50; so far +$511.00 ($470.00 to $552.00)` */
function arithmetic(incident: CostIncident, series: IncidentSeries): string {
  const shown = series.days.slice(-shownDays).map(dayLine);
  const { excessUsd, excessLowUsd, excessHighUsd } = incident;
  const sum = `so far ${signed(excessUsd)} (${formatUsd(excessLowUsd)} to ${formatUsd(excessHighUsd)})`;
  return `${shown.join('; ')}; ${sum}.`;
}

function dayLine({ day, actualUsd, expectedUsd, lowerUsd, upperUsd, isPartial }: IncidentDay): string {
  const least = isPartial ? 'at least ' : '';
  return `${least}${formatUsd(actualUsd)} on ${day} against ${formatUsd(expectedUsd)} expected (${formatUsd(lowerUsd)} to ${formatUsd(upperUsd)}): ${signed(actualUsd - expectedUsd)}`;
}

function unusual({ direction, confidence, shape }: CostIncident, series: IncidentSeries): string {
  const facts: string[] = [];
  if (shape === 'newSpend') facts.push('nothing was spent here before');
  else facts.push(`${direction === 'up' ? 'highest' : 'lowest'} in ${series.extremeOfDays} days`);
  if (series.sigma !== null && Number.isFinite(series.sigma))
    facts.push(`${series.sigma.toFixed(1)} times its usual spread`);
  if (series.sameDayOfMonth.length > 0 && shape !== 'newSpend') {
    const days = series.sameDayOfMonth.map(({ day, usd }) => `${day} was ${formatUsd(usd)}`);
    facts.push(`no charge of the date: ${days.join(', ')}`);
  }
  const history = `judged against ${series.historyDays} days, same weekday`;
  return `Unusual because: ${facts.join('; ')}. ${capital(history)}; confidence ${confidence}.`;
}

function causeLine({ dims, impactUsd, share, factor, change }: ToldCause): string {
  const where = Object.entries(dims).map(([name, value]) => `${name} ${value}`);
  const times = factor === null ? 'new' : `${factor.toFixed(1)} times as much`;
  const split =
    change === undefined
      ? ''
      : `: ${signed(change.usageUsd)} more usage, ${signed(change.priceUsd)} price, ${signed(change.mixUsd)} mix`;
  return `${where.join(', ')}: ${signed(impactUsd)} (${Math.round(share * 100)} % of what moved, ${times})${split}`;
}

function signed(usd: number): string {
  return `${usd < 0 ? '-' : '+'}${formatUsd(Math.abs(usd))}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
