/** Series too young to have habits: first spend that is large at once, and what goes far beyond the few days known. */
import { positionOf } from './calendar.ts';
import { openEpisode } from './episodes.ts';
import { medianInPlace } from './statistics.ts';
import { note, type Today } from './today.ts';
import { nothingUsd } from './workspace.ts';

/** Days from which on a series has habits. */
export const youngDays = 14;
/** Days after its first one on which a series is new. */
const newDays = 3;
/** Of the dollars that are told at once: what is told when it has come on every one of these days, about alike. */
const lastingShare = 0.6;
const steadyShare = 0.8;
/** Billed once a month by AWS, whatever day an account begins with it. */
const monthlyService = /Support|Registrar|QuickSight|Route ?53|Secrets|Marketplace|Tax|Premium/;

const amounts = new Float64Array(youngDays);

export function judgeYoung(today: Today, amount: number): void {
  const { memory, work, index, day } = today;
  work.settle(memory, index, Number.NaN, 'usual');
  if (Number.isNaN(amount) || amount <= nothingUsd) return;
  let count = 0;
  let most = 0;
  for (let at = 0; at < index; at += 1) {
    const value = work.billed[at] as number;
    if (!(value > nothingUsd)) continue;
    amounts[count] = value;
    count += 1;
    most = Math.max(most, value);
  }
  const open = openEpisode(memory, 'up');
  if (count < newDays) {
    const isLasting = count === newDays - 1 && lasts(amount, count, leastUsd(today));
    const isLarge = isLasting || amount >= leastUsd(today);
    const isFirst = day - memory.first <= newDays && isNewInAccount(today) && isLarge;
    const onset = isLasting ? { onset: memory.first } : {};
    if (isFirst || open !== undefined) note(today, { direction: 'up', shape: 'newSpend', excessUsd: amount, ...onset });
    return;
  }
  const typical = medianInPlace(amounts, count);
  if (amount > 3 * typical + 30 && amount > 1.5 * most) {
    note(today, { direction: 'up', shape: 'spike', excessUsd: amount - typical });
    work.settle(memory, index, typical, 'unusual');
  } else if (open?.shape === 'newSpend' && amount > 0.3 * open.peakUsd)
    note(today, { direction: 'up', shape: 'newSpend', excessUsd: amount });
}

/** Born while it was watched: what an account begins with is no news. */
function isNewInAccount({ memory, day, around }: Today): boolean {
  const isMonthly = monthlyService.test(memory.dimensions.service) && positionOf(day).fromStart <= newDays;
  return memory.first - around.accountSince >= youngDays && !isMonthly;
}

/** Less, but as much on each of its first days: what was started and forgotten. */
function lasts(amount: number, count: number, least: number): boolean {
  let smallest = amount;
  for (let at = 0; at < count; at += 1) smallest = Math.min(smallest, amounts[at] as number);
  return smallest >= lastingShare * least && smallest >= steadyShare * amount;
}

function leastUsd({ memory, day, around, thresholds }: Today): number {
  const { newRegionUsd, newSpendUsd, sandboxUsd, sandboxAccounts } = thresholds;
  const { accountId, region } = memory.dimensions;
  const isNewRegion = (around.regionSince.get(region) ?? day) >= day - newDays;
  const least = isNewRegion ? newRegionUsd : newSpendUsd;
  return sandboxAccounts.includes(accountId) ? Math.min(least, sandboxUsd) : least;
}
