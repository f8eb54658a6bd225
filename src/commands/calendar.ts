/** What node-cron does not tell: the run that was missed while nobody was there, and days that lose theirs. */
import type { ScheduledTask } from 'node-cron';

const minuteMs = 60_000;
/** How far back a missed run is looked for; an older one would say nothing new. */
const lookBackDays = 31;

/**
 * @returns time of the newest tick between the last run's start and now, or undefined when none was missed
 */
export function missedRun(task: Pick<ScheduledTask, 'match'>, lastStartedAt: string, now: string): string | undefined {
  const newest = Math.floor(Date.parse(now) / minuteMs) * minuteMs;
  const oldest = Math.max(Date.parse(lastStartedAt) + minuteMs, newest - lookBackDays * 24 * 60 * minuteMs);
  for (let tick = newest; tick >= oldest; tick -= minuteMs) {
    if (task.match(new Date(tick))) return new Date(tick).toISOString();
  }
  return undefined;
}

/**
 * Days of the coming year on which the clock jumps over the run's time: node-cron skips them without a word.
 * A day counts as lost when the days around it have runs at the same wall time and it has none.
 */
export function lostDays(task: Pick<ScheduledTask, 'getNextRuns'>, timezone: string, now: string): string[] {
  const runs = task.getNextRuns(400).map((run) => wallDay(run, timezone));
  const days = new Set(runs);
  const jumps = clockJumps(timezone, now);
  return jumps.filter((day) => {
    const [before, after] = [neighbour(day, -1), neighbour(day, 1)];
    return !days.has(day) && days.has(before) && days.has(after);
  });
}

/** Days in the next 366 on which the zone's clocks are put forward. */
function clockJumps(timezone: string, now: string): string[] {
  const found: string[] = [];
  let offset = offsetMinutes(new Date(now), timezone);
  for (let day = 1; day <= 366; day += 1) {
    const at = new Date(Date.parse(now) + day * 24 * 60 * minuteMs);
    const next = offsetMinutes(at, timezone);
    // The jump lies within the 24 hours before: both wall days it can fall on are candidates.
    if (next > offset) found.push(neighbour(wallDay(at, timezone), -1), wallDay(at, timezone));
    offset = next;
  }
  return [...new Set(found)];
}

function offsetMinutes(at: Date, timezone: string): number {
  const name = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value;
  const [, sign, hours, minutes] = /GMT([+-])(\d{2}):(\d{2})/.exec(name ?? '') ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function wallDay(at: Date, timezone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' }).format(at);
}

function neighbour(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * 24 * 60 * minuteMs).toISOString().slice(0, 10);
}
