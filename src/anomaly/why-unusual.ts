/** Why a day of an incident is unusual, what it was measured against, and how sure that is. */
import { formatDay } from '../model/days.ts';
import { formatUsd } from '../model/money.ts';
import type { CostIncident, IncidentSeries } from '../model/resources/cost.ts';
import { listed } from './incident-words.ts';

/** Same days of other months below so much of the peak were no such charge. */
const otherChargeShare = 0.6;
/** Monthly charges come on one of these, fees on the first. */
const monthStartDays = 3;
/** Days of history below which the confidence says so; as in the record of an incident. */
const shortHistory = 28;

export function whyUnusual(incident: CostIncident, series: IncidentSeries): string {
  const facts = factsOf(incident, series);
  const because = facts.length === 0 ? '' : `Unusual because: ${facts.join('; ')}. `;
  return `${because}${measuredAgainst(incident, series)} ${confidence(incident, series)}`;
}

function factsOf({ shape, direction }: CostIncident, series: IncidentSeries): string[] {
  if (shape === 'newSpend') return ['nothing was spent here before'];
  const facts: string[] = [];
  if (series.extremeOfDays > 1)
    facts.push(`${direction === 'up' ? 'highest' : 'lowest'} in ${series.extremeOfDays} days`);
  if (series.sigma !== null && Number.isFinite(series.sigma)) facts.push(`${series.sigma.toFixed(1)} sigma`);
  const other = noSuchCharge(series);
  if (other !== undefined && direction === 'up') facts.push(other);
  return facts;
}

/**
 * `no month-start charge: 1 Sep and 1 Oct were $12.00`: where a charge of the date is what one thinks of first, and the
 * months before had none.
 */
function noSuchCharge({ sameDayOfMonth, days, sigma }: IncidentSeries): string | undefined {
  const [onset] = days;
  const peak = Math.max(...days.map(({ actualUsd }) => actualUsd));
  if (onset === undefined || sameDayOfMonth.length === 0) return undefined;
  const isMonthStart = Number(onset.day.slice(8)) <= monthStartDays;
  if (!isMonthStart && sigma !== null) return undefined;
  if (sameDayOfMonth.some(({ usd }) => usd >= otherChargeShare * peak)) return undefined;
  const byAmount = Map.groupBy(
    sameDayOfMonth.toSorted((a, b) => a.day.localeCompare(b.day)),
    ({ usd }) => formatUsd(usd),
  );
  const told = [...byAmount].map(([usd, same]) => {
    const dates = same.map(({ day }) => formatDay(day));
    return `${listed(dates)} ${dates.length === 1 ? 'was' : 'were'} ${usd}`;
  });
  const name = isMonthStart ? 'month-start charge' : 'charge of that date';
  return `no ${name}: ${told.join(', ')}`;
}

function measuredAgainst({ shape }: CostIncident, { historyDays }: IncidentSeries): string {
  const days = `${historyDays} day${historyDays === 1 ? '' : 's'}`;
  switch (shape) {
    case 'newSpend':
      return `Known for ${days} before.`;
    case 'recurringExceeded':
    case 'overrun':
      return `Measured against what it came to in ${days}.`;
    case 'drift':
      return `Measured against its level before it began to creep, with ${days} of history.`;
    default:
      return `Band of 90 % from ${days} of its own history, same weekday.`;
  }
}

/** Low always says why. */
function confidence({ confidence: level, state, shape }: CostIncident, series: IncidentSeries): string {
  if (level !== 'low') return `Confidence ${level}.`;
  const reasons: string[] = [];
  if (state === 'provisional' || series.days.every(({ isPartial }) => isPartial))
    reasons.push('its first day is not complete yet');
  if (series.historyDays < shortHistory && shape !== 'newSpend') reasons.push('its history is short');
  if (series.sigma === null && shape !== 'newSpend') reasons.push('it is not billed every day');
  return `Confidence low${reasons.length === 0 ? '' : `: ${listed(reasons)}`}.`;
}
