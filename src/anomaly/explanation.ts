/**
 * An incident in words: what, where, since when, how much with its arithmetic, why that is unusual, what it comes to.
 * Deterministic: the same incident is told in the same words, so that a message is edited only when something changed.
 */
import { daysBetween, formatDay } from '../model/days.ts';
import { formatUsd } from '../model/money.ts';
import type { CostIncident, IncidentDay, IncidentSeries } from '../model/resources/cost.ts';
import { decodeUsageType } from '../model/usage-types.ts';
import { type KnownCauses, toldCauses } from './explanation-causes.ts';
import { isGoingOn, signedUsd } from './incident-words.ts';
import { whyUnusual } from './why-unusual.ts';

export type Circumstances = KnownCauses & {
  /** Of the account with most of the dollars. */
  readonly accountName?: string | undefined;
  /** Who is asked. */
  readonly owner?: string | undefined;
};

export type Explanation = {
  /** One line. */
  readonly headline: string;
  /** Arithmetic, why it is unusual, what it costs if it goes on or what it came to. */
  readonly lines: readonly string[];
  /** Likely causes, most dollars first; empty = none stands out. */
  readonly causes: readonly string[];
};

/** Newest days told with their own arithmetic. */
const shownDays = 3;
const shownOthers = 3;

export function explainIncident(incident: CostIncident, circumstances: Circumstances = {}): Explanation {
  const [first, ...others] = incident.series;
  if (first === undefined) throw new Error(`incident ${incident.id} has no series`);
  const { accountName, owner } = circumstances;
  const lines = [arithmetic(incident, first)];
  if (others.length > 0) lines.push(together(others));
  lines.push(whyUnusual(incident, first));
  if (incident.restated !== null) {
    const { day, fromUsd, toUsd } = incident.restated;
    lines.push(`AWS raised the figure for ${formatDay(day)} from ${formatUsd(fromUsd)} to ${formatUsd(toUsd)}.`);
  }
  const outcome = outcomeOf(incident);
  if (outcome !== undefined) lines.push(outcome);
  if (accountName !== undefined) lines.push(`Account ${accountName} (${first.accountId}).`);
  if (owner !== undefined) lines.push(`Owner: ${owner}.`);
  return { headline: headlineOf(incident, first), lines, causes: toldCauses(circumstances) };
}

function headlineOf(incident: CostIncident, first: IncidentSeries): string {
  const others = incident.series.length - 1;
  const accounts = new Set(incident.series.map(({ accountId }) => accountId)).size;
  const more = others > 0 ? ` and ${others} more` : '';
  const across = accounts > 1 ? ` in ${accounts} accounts` : '';
  return `${placeOf(first)}${more}${across}: ${moved(incident, first)} ${when(incident)}`;
}

/** Service, usage in words and region. */
function placeOf({ service, usageType, region }: Pick<IncidentSeries, 'service' | 'usageType' | 'region'>): string {
  const { words } = decodeUsageType(service, usageType);
  return `${service}, ${words}${region === 'global' ? '' : ` in ${region}`}`;
}

function moved({ shape, direction, excessUsd, onset, lastDay }: CostIncident, { days }: IncidentSeries): string {
  const isUnfinished = onset === lastDay && days.at(-1)?.isPartial === true && direction === 'up';
  const sum = `${isUnfinished ? 'at least ' : ''}${formatUsd(Math.abs(excessUsd))}`;
  switch (shape) {
    case 'newSpend':
      return `${sum} where nothing was spent before`;
    case 'drift':
      return `${sum} ${direction === 'up' ? 'more' : 'less'} than expected, creeping ${direction}`;
    case 'recurringExceeded':
      return `${sum} more than such a charge comes to`;
    case 'overrun':
      return `${sum} more than usual, charged on more days than in any week before`;
    default:
      return `${sum} ${direction === 'up' ? 'more' : 'less'} than expected`;
  }
}

function when({ onset, lastDay, state }: CostIncident): string {
  const days = daysBetween(onset, lastDay) + 1;
  const year = lastDay.slice(0, 4);
  if (days === 1) return `on ${formatDay(onset)} ${year}`;
  return isGoingOn(state)
    ? `since ${formatDay(onset)} ${onset.slice(0, 4)} (${days} days)`
    : `from ${formatDay(onset)} to ${formatDay(lastDay)} ${year} (${days} days)`;
}

/** `$214.10 on 3 Nov against $79.60 expected ($70.00 to $91.00): +$134.50; 4 days so far +$511.00 ($470.00 to $552.00).` */
function arithmetic(incident: CostIncident, first: IncidentSeries): string {
  const { excessUsd, excessLowUsd, excessHighUsd, series, state } = incident;
  const count = new Set(series.flatMap(({ days }) => days.map(({ day }) => day))).size;
  const shown = first.days.slice(-shownDays).map(dayLine);
  const all = series.length > 1 ? `, all ${series.length} together` : '';
  const time = `${count} day${count === 1 ? '' : 's'}${isGoingOn(state) ? ' so far' : ' in all'}${all}`;
  const sum = `${time} ${signedUsd(excessUsd)} (${formatUsd(excessLowUsd)} to ${formatUsd(excessHighUsd)})`;
  return `${[...shown, sum].join('; ')}.`;
}

function dayLine({ day, actualUsd, expectedUsd, lowerUsd, upperUsd, isPartial }: IncidentDay): string {
  const least = isPartial ? 'at least ' : '';
  const note = isPartial ? ' (not complete yet)' : '';
  const band = upperUsd > lowerUsd ? ` (${formatUsd(lowerUsd)} to ${formatUsd(upperUsd)})` : '';
  return `${least}${formatUsd(actualUsd)} on ${formatDay(day)}${note} against ${formatUsd(expectedUsd)} expected${band}: ${signedUsd(shown(actualUsd) - shown(expectedUsd))}`;
}

/** As it is shown, so that the subtraction comes out for the reader. */
function shown(usd: number): number {
  return Math.abs(usd) >= 1000 ? Math.round(usd) : Math.round(usd * 100) / 100;
}

function together(others: readonly IncidentSeries[]): string {
  const told = others.slice(0, shownOthers).map((series) => {
    let excess = 0;
    for (const { actualUsd, expectedUsd } of series.days) excess += actualUsd - expectedUsd;
    return `${placeOf(series)} ${signedUsd(excess)}`;
  });
  const rest = others.length - told.length;
  return `With it: ${told.join('; ')}${rest > 0 ? `; ${rest} more` : ''}.`;
}

function outcomeOf(incident: CostIncident): string | undefined {
  const { state, direction, monthlyRunRateUsd, lastDay } = incident;
  const month = formatUsd(Math.abs(monthlyRunRateUsd));
  const way = direction === 'up' ? 'more' : 'less';
  switch (state) {
    case 'resolved':
      return `Back to what is expected after ${formatDay(lastDay)}.`;
    case 'newNormal':
      return `This is the usual level from now on: ${month} a month ${way} than before.`;
    case 'withdrawn':
      return 'AWS has changed the figure: it is within the band now.';
    case 'planned':
      return `Said to be planned: ${month} a month ${way} as long as it lasts.`;
    default:
      return direction === 'up' ? `If it goes on: about ${month} a month.` : undefined;
  }
}
