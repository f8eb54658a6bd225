/**
 * Commitments and credits in words: what was bought, what has ended, what was given back. They move the bill without
 * anybody using more, so they are told beside the anomalies and never as one. Pure.
 */
import { addDays, daysBetween, formatDay } from '../model/days.ts';
import { median } from '../model/median.ts';
import { formatUsd } from '../model/money.ts';
import type { DailyCost } from '../model/resources/cost.ts';

/** Days before one that tell what was usual. */
const usualDays = 7;
const leastUsualDays = 4;
const leastUsd = 1;
/** Fees of a commitment are the same every hour; credits follow the usage they pay for. */
const feeShare = 0.05;
const creditFactor = 2;
const leastCreditUsd = 5;
/** Share of a move from which on one account is where it happened. */
const oneAccountShare = 0.8;

/** Days, both included. */
export type NotedDays = { readonly from: string; readonly until: string };

/** Charges of one type on each day, in all and by account. */
type Charges = {
  on(day: string): number | undefined;
  where(day: string, before: number): string;
};

/** What happened on these days, oldest first; none when nothing did. @param daily 62 days of all accounts */
export function billNotes(daily: readonly DailyCost[], { from, until }: NotedDays): string[] {
  const types = Map.groupBy(
    daily.filter(({ recordType }) => ['CommitmentFee', 'Credit', 'Refund'].includes(recordType)),
    ({ recordType, usageType }) => (recordType === 'CommitmentFee' ? usageType : recordType),
  );
  const notes: string[] = [];
  for (let day = from; day <= until; day = addDays(day, 1)) {
    for (const [type, series] of [...types].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const note = noteOf(type, chargesOf(series), day);
      if (note !== undefined) notes.push(note);
    }
  }
  return notes;
}

function noteOf(type: string, charges: Charges, day: string): string | undefined {
  switch (type) {
    case 'SavingsPlanUpfrontFee':
      return once('a Savings Plan was bought', 'upfront', charges, day);
    case 'Upfront':
      return once('a reservation was bought', 'upfront', charges, day);
    case 'RIFee':
      return day.endsWith('-01')
        ? monthly(charges, day)
        : once('a reservation was bought', 'to begin with', charges, day);
    case 'Refund':
      return once('AWS gave money back', '', charges, day);
    case 'Credit':
      return credits(charges, day);
    default:
      return fees(charges, day);
  }
}

function once(what: string, how: string, charges: Charges, day: string): string | undefined {
  const usd = Math.abs(charges.on(day) ?? 0);
  if (usd < leastUsd) return undefined;
  return `${what}: ${[formatUsd(usd), how].filter((word) => word !== '').join(' ')} on ${formatDay(day)}${charges.where(day, 0)}`;
}

/** Reservations are billed for the month on its first day. */
function monthly(charges: Charges, day: string): string | undefined {
  const [before, now] = [charges.on(`${addDays(day, -1).slice(0, 7)}-01`), charges.on(day) ?? 0];
  if (before === undefined || !isMoved(before, now, feeShare)) return undefined;
  const why = now < before ? 'reservations have ended' : 'reservations were bought';
  return `${why}: fees of the month ${formatUsd(before)} -> ${formatUsd(now)}${charges.where(day, before)}`;
}

function fees(charges: Charges, day: string): string | undefined {
  const [before, now] = [usualBefore(charges, day), charges.on(day)];
  const yesterday = charges.on(addDays(day, -1)) ?? 0;
  if (before === undefined || now === undefined || !isMoved(before, now, feeShare)) return undefined;
  // The first day of it: what goes on has been told.
  if (isMoved(before, yesterday, feeShare)) return undefined;
  const why = now < before ? 'a Savings Plan has ended' : 'a Savings Plan was bought';
  return `${why}: fees ${formatUsd(before)} -> ${formatUsd(now)} a day since ${formatDay(day)}${charges.where(day, before)}`;
}

function credits(charges: Charges, day: string): string | undefined {
  const [before, now] = [usualBefore(charges, day), charges.on(day)];
  if (before === undefined || now === undefined) return undefined;
  const isChanged = (usd: number): boolean => {
    const [small, large] = [before, usd].map(Math.abs).sort((a, b) => a - b) as [number, number];
    return large - small >= leastCreditUsd && large >= creditFactor * small;
  };
  if (!isChanged(now) || isChanged(charges.on(addDays(day, -1)) ?? 0)) return undefined;
  const what =
    now === 0 ? 'have ended' : before === 0 ? 'have begun' : Math.abs(now) < Math.abs(before) ? 'fell' : 'rose';
  return `credits ${what}: ${formatUsd(Math.abs(before))} -> ${formatUsd(Math.abs(now))} a day since ${formatDay(day)}${charges.where(day, before)}`;
}

function isMoved(before: number, now: number, share: number): boolean {
  return Math.abs(now - before) >= Math.max(leastUsd, share * Math.abs(before));
}

/** @returns undefined where too few days are known */
function usualBefore(charges: Charges, day: string): number | undefined {
  const days = Array.from({ length: usualDays }, (_, index) => charges.on(addDays(day, -1 - index)));
  const known = days.filter((usd) => usd !== undefined);
  return known.length < leastUsualDays ? undefined : median(known);
}

function chargesOf(series: readonly DailyCost[]): Charges {
  const amounts = (day: string): Map<string, number> => {
    const byAccount = new Map<string, number>();
    for (const { accountId, usd, from, historyFrom } of series) {
      const amount = usd[daysBetween(from, day)] ?? (day >= historyFrom ? 0 : Number.NaN);
      if (!Number.isNaN(amount)) byAccount.set(accountId, (byAccount.get(accountId) ?? 0) + amount);
    }
    return byAccount;
  };
  const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
  return {
    on(day) {
      const known = amounts(day);
      return known.size === 0 ? undefined : sum(known.values());
    },
    where(day, before) {
      const now = amounts(day);
      const earlier = before === 0 ? new Map<string, number>() : amounts(addDays(day, -1));
      const moves = [...now].map(([id, usd]) => [id, Math.abs(usd - (earlier.get(id) ?? 0))] as const);
      const moved = moves.filter(([, usd]) => usd > 0).sort(([, a], [, b]) => b - a);
      const all = sum(moved.map(([, usd]) => usd));
      const [first] = moved;
      if (first === undefined) return '';
      return first[1] >= oneAccountShare * all ? ` in ${first[0]}` : ` in ${moved.length} accounts`;
    },
  };
}
