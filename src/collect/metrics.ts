/** CloudWatch metrics for collectors: few calls, only for what is asked, no datapoints told apart from zero. */
import {
  CloudWatchClient,
  type MetricDataQuery,
  paginateGetMetricData,
  type StatusCode,
} from '@aws-sdk/client-cloudwatch';
import { guardPages, requireMember } from '../aws/answer.ts';
import type { AccountSession } from '../aws/session.ts';
import { CollectError } from '../errors.ts';

/** GetMetricData refuses more queries in one call. CloudWatch API reference, read 2026-11-23. */
const queriesPerCall = 500;
const dayMs = 86_400_000;

export type MetricRequest = {
  /** Names the answer; any text. */
  readonly key: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Sum' | 'Average' | 'Maximum';
};

export type MetricSeries = { readonly values: readonly number[]; readonly timestamps: readonly string[] };

/**
 * Daily values over the last `windowDays` full days before `now`, newest first.
 * @returns series by key; a key without datapoints is absent
 * @throws CollectError when a part of the answer is missing
 */
export async function dailyMetrics(
  session: AccountSession,
  region: string,
  requests: readonly MetricRequest[],
  { now, windowDays }: { now: string; windowDays: number },
): Promise<Map<string, MetricSeries>> {
  const found = new Map<string, { values: number[]; timestamps: string[] }>();
  const EndTime = new Date(Math.floor(Date.parse(now) / dayMs) * dayMs);
  const StartTime = new Date(EndTime.getTime() - windowDays * dayMs);
  for (let start = 0; start < requests.length; start += queriesPerCall) {
    const batch = requests.slice(start, start + queriesPerCall);
    const MetricDataQueries = batch.map((request, index) => toQuery(request, index));
    const input = { MetricDataQueries, StartTime, EndTime, ScanBy: 'TimestampDescending' } as const;
    const pages = paginateGetMetricData({ client: session.client(CloudWatchClient, region) }, input);
    for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
      for (const { Id = '', Values = [], Timestamps = [], StatusCode } of requireMember(page, 'MetricDataResults')) {
        requireAnswer(StatusCode);
        const key = batch[Number(Id.slice(1))]?.key;
        if (key === undefined || Values.length === 0) continue;
        const series = found.get(key) ?? { values: [], timestamps: [] };
        series.values.push(...Values);
        series.timestamps.push(...Timestamps.map((time) => time.toISOString()));
        found.set(key, series);
      }
    }
  }
  return found;
}

/**
 * Newest daily value of every metric that a SEARCH expression finds, added up by label.
 * Metrics that nobody publishes cost nothing here, unlike a query for each that might exist.
 * @param label dynamic label, e.g. `\${PROP('Dim.bucket_name')}`
 */
export async function searchMetrics(
  session: AccountSession,
  region: string,
  search: { readonly expression: string; readonly label: string },
  { now, windowDays }: { now: string; windowDays: number },
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const EndTime = new Date(Math.floor(Date.parse(now) / dayMs) * dayMs);
  const StartTime = new Date(EndTime.getTime() - windowDays * dayMs);
  const Expression = `SEARCH('${search.expression}', 'Average', 86400)`;
  const MetricDataQueries = [{ Id: 's0', Expression, Label: search.label, ReturnData: true }];
  const input = { MetricDataQueries, StartTime, EndTime, ScanBy: 'TimestampDescending' } as const;
  const pages = paginateGetMetricData({ client: session.client(CloudWatchClient, region) }, input);
  for await (const page of guardPages(pages, (answer) => answer.NextToken)) {
    for (const { Label = '', Values = [], StatusCode } of requireMember(page, 'MetricDataResults')) {
      requireAnswer(StatusCode);
      const [newest] = Values;
      if (newest !== undefined) found.set(Label, (found.get(Label) ?? 0) + newest);
    }
  }
  return found;
}

/** An answer can hold single metrics that failed, under status 200. @throws CollectError for those */
function requireAnswer(status: StatusCode | undefined): void {
  if (status !== 'Forbidden' && status !== 'InternalError') return;
  const isDenied = status === 'Forbidden';
  throw new CollectError(`CloudWatch answered ${status} for a metric`, {
    reason: isDenied ? 'denied' : 'unexpected',
    iamAction: isDenied ? 'cloudwatch:GetMetricData' : undefined,
  });
}

function toQuery({ namespace, metric, dimensions, statistic }: MetricRequest, index: number): MetricDataQuery {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return {
    // Ids start with a lower-case letter.
    Id: `q${index}`,
    MetricStat: { Metric: { Namespace: namespace, MetricName: metric, Dimensions }, Period: 86_400, Stat: statistic },
    ReturnData: true,
  };
}
