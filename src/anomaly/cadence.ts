/** When a series that costs nothing on many days does cost something: on which days, and how many of them in a row. */
import { positionOf, weekdayOf } from './calendar.ts';
import { nothingUsd, type Workspace } from './workspace.ts';

const weekdayCounts = new Float64Array(7);
const weekdayDays = new Float64Array(7);
const dates = new Float64Array(33);

/** Whether a day is one on which the series usually costs: three quarters on one weekday, or most about one date. */
export function calendarOf(work: Workspace, end: number): (day: number) => boolean {
  weekdayCounts.fill(0);
  dates.fill(0);
  let count = 0;
  for (let at = 0; at < end; at += 1) {
    if (!((work.billed[at] as number) > nothingUsd)) continue;
    const day = work.start + at;
    count += 1;
    weekdayCounts[weekdayOf(day)] = (weekdayCounts[weekdayOf(day)] as number) + 1;
    const { fromStart } = positionOf(day);
    dates[fromStart] = (dates[fromStart] as number) + 1;
  }
  if (count < 3) return anyDay;
  for (let weekday = 0; weekday < 7; weekday += 1)
    if ((weekdayCounts[weekday] as number) >= 0.75 * count) return (day) => weekdayOf(day) === weekday;
  for (let date = 1; date <= 31; date += 1) {
    const near = (dates[date] as number) + (dates[date - 1] as number) + (dates[date + 1] as number);
    if (near >= 0.6 * count) return (day) => Math.abs(positionOf(day).fromStart - date) <= 1;
  }
  return anyDay;
}

function anyDay(): boolean {
  return true;
}

/** How likely a day of a job that has got stuck costs something. */
const stuck = 0.93;
/** Weight of the overall rate against a weekday's own days. */
const prior = 2;

const gains = new Float64Array(7);
const losses = new Float64Array(7);

export type Run = {
  /** Evidence that the series costs on more days than it does (CUSUM of log likelihood ratios). */
  evidence: number;
  /** The most there has been before. */
  before: number;
  /** Days since the evidence was nothing. */
  days: number;
  /** Of these days. */
  usd: number;
  /** Of the best so many days before. */
  usualUsd: number;
};

const run: Run = { evidence: 0, before: 0, days: 0, usd: 0, usualUsd: 0 };
const weekDays = 7;

/** @returns overwritten by the next call */
export function runAt(work: Workspace, index: number, amount: number): Run {
  learnRates(work, index - weekDays);
  run.evidence = 0;
  run.before = 0;
  run.days = 0;
  run.usd = 0;
  run.usualUsd = 0;
  let week = 0;
  for (let at = 0; at <= index; at += 1) {
    // Long ago, what was unusual counts as usual; lately, as it was billed.
    const isLate = at > index - 3 * weekDays;
    const billed = work.billed[at] as number;
    const value = at === index ? amount : isLate && !Number.isNaN(billed) ? billed : (work.clean[at] as number);
    const weekday = (work.start + at) % 7;
    run.evidence = Math.max(0, run.evidence + ((value > nothingUsd ? gains[weekday] : losses[weekday]) as number));
    if (run.evidence === 0) {
      run.days = 0;
      run.usd = 0;
    } else {
      run.days += 1;
      run.usd += value;
    }
    week += value;
    if (at >= weekDays) week -= work.clean[at - weekDays] as number;
    if (at > index - weekDays) continue;
    run.before = Math.max(run.before, run.evidence);
    run.usualUsd = Math.max(run.usualUsd, week);
  }
  return run;
}

function learnRates(work: Workspace, end: number): void {
  weekdayCounts.fill(0);
  weekdayDays.fill(0);
  let count = 0;
  for (let at = 0; at < end; at += 1) {
    const weekday = (work.start + at) % 7;
    weekdayDays[weekday] = (weekdayDays[weekday] as number) + 1;
    if (!((work.clean[at] as number) > nothingUsd)) continue;
    weekdayCounts[weekday] = (weekdayCounts[weekday] as number) + 1;
    count += 1;
  }
  const overall = (count + 0.5) / (Math.max(0, end) + 1);
  for (let weekday = 0; weekday < 7; weekday += 1) {
    const own = ((weekdayCounts[weekday] as number) + prior * overall) / ((weekdayDays[weekday] as number) + prior);
    const rate = Math.min(0.97, Math.max(0.02, own));
    gains[weekday] = Math.max(0, Math.log(stuck / rate));
    losses[weekday] = Math.min(0, Math.log((1 - stuck) / (1 - rate)));
  }
}
