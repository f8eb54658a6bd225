/** What is asked of CloudWatch and what comes back, whether the free or the paid call asks. */

const dayMs = 86_400_000;

export type MetricRequest = {
  /** Names the answer for the caller; any text. */
  readonly key: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Sum' | 'Average' | 'Maximum';
};

/** Daily values, newest first; `timestamps[n]` (ISO 8601 UTC, the day's start) belongs to `values[n]`. */
export type MetricSeries = { readonly values: readonly number[]; readonly timestamps: readonly string[] };

/** Where and for which full days, in the names of the API. */
export type MetricWindow = { readonly region: string | undefined; readonly StartTime: Date; readonly EndTime: Date };

/** The last `windowDays` full days before `now`. */
export function metricWindow(region: string | undefined, windowDays: number, now: string): MetricWindow {
  const EndTime = new Date(Math.floor(Date.parse(now) / dayMs) * dayMs);
  return { region, StartTime: new Date(EndTime.getTime() - windowDays * dayMs), EndTime };
}

export function dimensionsOf({ dimensions }: MetricRequest): { Name: string; Value: string }[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}

const isoTimes = new Map<number, string>();

/** One string for a day, shared by all series: a string of its own for each value would be most of their memory. */
export function isoTime(time: Date): string {
  const known = isoTimes.get(time.getTime());
  if (known !== undefined) return known;
  const text = time.toISOString();
  isoTimes.set(time.getTime(), text);
  return text;
}
