/** What a detector is worth to the people it writes to: messages against labels, in counts, in dollars and in days. */
import { daysBetween } from '../../../src/model/days.ts';
import type { Direction, WorldEvent } from './draft-world.ts';
import type { WorldLabels } from './rough-world.ts';

export type ScoredAlert = {
  readonly seriesId: string;
  /** Default: the day of the run. */
  readonly day?: string;
  /** Default `up`. */
  readonly direction?: Direction;
  readonly actual?: number;
  readonly expected?: number;
  readonly impactUsd?: number;
  /** Alerts of one day that share it are one message; default: one for each series. */
  readonly incidentId?: string;
  /** False = nobody is told. */
  readonly notify?: boolean;
  readonly kind?: string;
};

/** What was said on one day. In the order of days. */
export type ScoredRun = { readonly asOf: string; readonly alerts: readonly ScoredAlert[] };

export type FalseMessage = {
  readonly asOf: string;
  readonly family: string;
  readonly alert: ScoredAlert;
};

export type EventOutcome = {
  readonly event: WorldEvent;
  /** Day of the first message; `undefined` = missed. */
  readonly toldOn: string | undefined;
  /** From the start (where it creeps in: from the day that it matters) to the first message; 1 is the least possible. */
  readonly delayDays: number | undefined;
  readonly messages: number;
};

export type Score = {
  readonly events: number;
  readonly detected: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Of upward events, by dollars; a false message costs what it claims, $100 at least. */
  readonly dollarF1: number;
  readonly falsePer100SeriesDays: number;
  readonly delayMedian: number;
  readonly delayP90: number;
  /** Share of the dollars of events that were told a day after their first figures were there, at the latest. */
  readonly usd24h: number;
  /** Share of the dollars spent after the first day that were unspent when the first message came. */
  readonly captured: number;
  readonly messagesPerEvent: number;
  /** Median relative error of what the message says against what was planted. */
  readonly impactError: number;
  readonly outcomes: readonly EventOutcome[];
  readonly falseMessages: readonly FalseMessage[];
  /** Messages about what is neither right nor wrong. */
  readonly neutral: number;
};

/** Dollars of one event count for so many days: then the invoice shows the rest. */
const countedDays = 45;
/** A message after the end of an event still counts for so many days. */
const graceDays = 8;
const leastFalseUsd = 100;
/** Around a nuisance, where a change is still seen as one. */
const neutralBefore = 1;
const neutralAfter = 14;
/** What grows from nothing is late only from the day that it matters. */
const gradual: readonly string[] = ['ramp', 'snapshot_creep', 'storage_creep', 'slow_creep'];

type Open = { readonly event: WorldEvent; readonly usd: number; toldOn: string | undefined; messages: number };

export function score(runs: readonly ScoredRun[], labels: WorldLabels): Score {
  const events = labels.events.map((event): Open => ({ event, usd: dollarsOf(event), toldOn: undefined, messages: 0 }));
  const bySeries = new Map<string, Open[]>();
  for (const open of events) for (const id of open.event.series) bySeries.set(id, [...(bySeries.get(id) ?? []), open]);
  const excused = Map.groupBy(labels.nuisance, ({ series }) => series);
  const falseMessages: FalseMessage[] = [];
  const errors: number[] = [];
  let neutral = 0;

  for (const { asOf, alerts } of runs) {
    const said = alerts.filter(({ notify }) => notify !== false);
    for (const message of Map.groupBy(said, ({ incidentId, seriesId }) => incidentId ?? seriesId).values()) {
      const met = new Set<Open>();
      for (const alert of message) {
        for (const open of bySeries.get(alert.seriesId) ?? []) {
          if (!isAbout(alert, open.event, asOf)) continue;
          met.add(open);
          errors.push(...errorOf(alert, open.event));
        }
      }
      for (const open of met) {
        open.toldOn ??= asOf;
        open.messages += 1;
      }
      if (met.size > 0) continue;
      const isNeutral = message.some((alert) =>
        (excused.get(alert.seriesId) ?? []).some(
          ({ ignore, from, to }) =>
            ignore === (alert.direction ?? 'up') &&
            daysBetween(from, alert.day ?? asOf) >= -neutralBefore &&
            daysBetween(to, alert.day ?? asOf) <= neutralAfter,
        ),
      );
      const [alert] = message;
      if (isNeutral || alert === undefined) neutral += 1;
      else
        falseMessages.push({
          asOf,
          family: labels.families[alert.seriesId] ?? 'unknown',
          alert: { ...alert, impactUsd: claimOf(message) },
        });
    }
  }
  return { ...summaryOf(events, falseMessages, labels), impactError: quantile(errors, 0.5), falseMessages, neutral };
}

function isAbout(alert: ScoredAlert, event: WorldEvent, asOf: string): boolean {
  const day = alert.day ?? asOf;
  return (
    (alert.direction ?? 'up') === event.direction &&
    day >= event.start &&
    daysBetween(event.end, day) <= 1 &&
    daysBetween(event.end, asOf) <= graceDays
  );
}

/** Only where the message speaks of the one series that was hit. */
function errorOf({ day, actual, expected }: ScoredAlert, event: WorldEvent): number[] {
  if (event.series.length > 1 || day === undefined || actual === undefined || expected === undefined) return [];
  const planted = Math.abs(event.usd[daysBetween(event.start, day)] ?? 0);
  return planted === 0 ? [] : [Math.abs(Math.abs(actual - expected) - planted) / planted];
}

function claimOf(message: readonly ScoredAlert[]): number {
  let usd = 0;
  for (const { impactUsd, actual = 0, expected = 0 } of message) usd += Math.abs(impactUsd ?? actual - expected);
  return usd;
}

function dollarsOf({ usd }: WorldEvent): number {
  return sum(usd.slice(0, countedDays).map(Math.abs));
}

type Summary = Omit<Score, 'impactError' | 'falseMessages' | 'neutral'>;

function summaryOf(events: readonly Open[], falseMessages: readonly FalseMessage[], labels: WorldLabels): Summary {
  const detected = events.filter(({ toldOn }) => toldOn !== undefined);
  const precision = ratio(detected.length, detected.length + falseMessages.length);
  const recall = ratio(detected.length, events.length);
  const upward = events.filter(({ event }) => event.direction === 'up');
  const told = upward.filter(({ toldOn }) => toldOn !== undefined);
  const usd = sum(upward.map((one) => one.usd));
  const toldUsd = sum(told.map((one) => one.usd));
  const falseUsd = sum(falseMessages.map(({ alert }) => Math.max(leastFalseUsd, alert.impactUsd ?? 0)));
  const outcomes = events.map(toOutcome);
  const delays = outcomes.flatMap(({ event, delayDays }) =>
    event.direction === 'up' && delayDays !== undefined ? [delayDays] : [],
  );
  const early = told.filter(({ event, toldOn }) => toldOn !== undefined && daysBetween(beginOf(event), toldOn) <= 2);
  const shares = upward.map(capturedOf);
  return {
    events: events.length,
    detected: detected.length,
    precision,
    recall,
    f1: harmonic(precision, recall),
    dollarF1: harmonic(ratio(toldUsd, toldUsd + falseUsd), ratio(toldUsd, usd)),
    falsePer100SeriesDays: (100 * falseMessages.length) / (labels.nSeries * labels.evalDays),
    delayMedian: quantile(delays, 0.5),
    delayP90: quantile(delays, 0.9),
    usd24h: ratio(sum(early.map((one) => one.usd)), usd),
    captured: ratio(sum(shares.map(({ saved }) => saved)), sum(shares.map(({ possible }) => possible))),
    messagesPerEvent: ratio(sum(detected.map(({ messages }) => messages)), detected.length),
    outcomes,
  };
}

function beginOf({ kind, start, material }: WorldEvent): string {
  return gradual.includes(kind) ? material : start;
}

function toOutcome({ event, toldOn, messages }: Open): EventOutcome {
  const delayDays = toldOn === undefined ? undefined : Math.max(1, daysBetween(beginOf(event), toldOn));
  return { event, toldOn, delayDays, messages };
}

/** Dollars after the first day, and those of them that were not spent when the first message came. */
function capturedOf({ event, toldOn }: Open): { readonly saved: number; readonly possible: number } {
  const from = daysBetween(event.start, beginOf(event)) + 1;
  const counted = event.usd.slice(0, countedDays);
  const saved = toldOn === undefined ? [] : counted.slice(Math.max(from, daysBetween(event.start, toldOn)));
  return { saved: sum(saved), possible: sum(counted.slice(from)) };
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (place - Math.floor(place)) * (above - below);
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

export function harmonic(precision: number, recall: number): number {
  return ratio(2 * precision * recall, precision + recall);
}
