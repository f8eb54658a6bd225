/** An incident as the model's record: its series, its dollars with their interval, its state and how sure it is. */
import { median } from '../model/median.ts';
import type { CostIncident, IncidentSeries, IncidentState } from '../model/resources/cost.ts';
import { toDay } from './calendar.ts';
import type { PlannedCost } from './options.ts';
import type { KnownIncident } from './organization-memory.ts';
import type { ToldSeries } from './told-series.ts';

const daysPerMonth = 30.4;
/** Below so many days of history little can be said about what is usual. */
const shortHistory = 28;
const clearSigma = 6;
const beyondPlan = 1.6;

/** @param asOf day of the run, a number */
export function toCostIncident(
  incident: KnownIncident,
  members: readonly ToldSeries[],
  asOf: number,
  planned: readonly PlannedCost[] = [],
): CostIncident {
  const excessOf = ({ days }: IncidentSeries): number => {
    let sum = 0;
    for (const { actualUsd, expectedUsd } of days) sum += actualUsd - expectedUsd;
    return sum;
  };
  const byDollars = [...members].sort((a, b) => Math.abs(excessOf(b.told)) - Math.abs(excessOf(a.told)));
  const [first] = byDollars;
  if (first === undefined) throw new Error('an incident has members');
  const series = byDollars.map(({ told }) => told);
  const { accountId, region } = first.told;
  const { direction, shape } = first.episode;
  let excessUsd = 0;
  let monthlyRunRateUsd = 0;
  let lowGap = 0;
  let highGap = 0;
  for (const one of series) {
    excessUsd += excessOf(one);
    monthlyRunRateUsd += median(one.days.map(({ actualUsd, expectedUsd }) => actualUsd - expectedUsd)) * daysPerMonth;
    // Days of one series err independently; series of one incident err together.
    let low = 0;
    let high = 0;
    for (const { expectedUsd, lowerUsd, upperUsd } of one.days) {
      low += (upperUsd - expectedUsd) ** 2;
      high += (expectedUsd - lowerUsd) ** 2;
    }
    lowGap += Math.sqrt(low);
    highGap += Math.sqrt(high);
  }
  return {
    id: incident.id,
    arn: `arn:aws:ce::${accountId}:anomaly/${incident.id}`,
    type: 'AWS::CE::Anomaly',
    accountId,
    region,
    tags: undefined,
    state: isPlanned(incident, members, asOf, planned) ? 'planned' : stateOf(incident, members, asOf),
    direction,
    shape,
    onset: toDay(Math.min(...members.map(({ episode }) => episode.onset))),
    openedOn: toDay(incident.openedOn),
    lastDay: toDay(Math.max(...members.map(({ episode }) => episode.lastDay))),
    series,
    excessUsd,
    excessLowUsd: excessUsd - lowGap,
    excessHighUsd: excessUsd + highGap,
    monthlyRunRateUsd,
    confidence: confidenceOf(first, incident.openedOn),
    restated: toldRestatement(first),
  };
}

function stateOf({ openedOn }: KnownIncident, members: readonly ToldSeries[], asOf: number): IncidentState {
  const open = members.filter(({ episode }) => episode.state === 'open');
  if (open.length > 0) {
    if (openedOn < asOf) return 'ongoing';
    return open.every(({ episode }) => asOf - episode.onset === 1) ? 'provisional' : 'open';
  }
  const states = members.map(({ episode }) => episode.state);
  if (states.includes('newNormal')) return 'newNormal';
  return states.includes('resolved') ? 'resolved' : 'withdrawn';
}

function isPlanned(
  { id }: KnownIncident,
  members: readonly ToldSeries[],
  asOf: number,
  planned: readonly PlannedCost[],
): boolean {
  let usd = 0;
  for (const { episode } of members) if (episode.state === 'open') usd += episode.peakUsd;
  // What has ended is told as ended.
  if (usd === 0) return false;
  return planned.some((plan) => {
    if (plan.until < toDay(asOf) || (plan.incidentId !== undefined && plan.incidentId !== id)) return false;
    if (plan.usd !== undefined && usd > beyondPlan * plan.usd) return false;
    return members.every(({ memory: { dimensions } }) => {
      const { accountId, service, region } = { ...dimensions, ...plan };
      return accountId === dimensions.accountId && service === dimensions.service && region === dimensions.region;
    });
  });
}

function confidenceOf({ memory, episode }: ToldSeries, openedOn: number): CostIncident['confidence'] {
  const isProvisional = openedOn - episode.onset === 1;
  if (isProvisional || episode.onset - memory.first < shortHistory || episode.sigma === null) return 'low';
  return episode.sigma >= clearSigma && episode.shape !== 'drift' ? 'high' : 'medium';
}

function toldRestatement({ episode: { restated } }: ToldSeries): CostIncident['restated'] {
  return restated === null ? null : { ...restated, day: toDay(restated.day) };
}
