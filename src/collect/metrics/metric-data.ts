/** The paid call: GetMetricData, up to 500 metrics at a time, and SEARCH for metrics whose names are not known. */
import {
  CloudWatchClient,
  type GetMetricDataOutput,
  type MetricDataQuery,
  paginateGetMetricData,
  type StatusCode,
} from '@aws-sdk/client-cloudwatch';
import { guardPages, requireMember, restartingOnce } from '../../aws/answer.ts';
import { toCollectError } from '../../aws/errors.ts';
import type { AccountSession } from '../../aws/session.ts';
import { CollectError } from '../../errors.ts';
import { dimensionsOf, isoTime, type MetricRequest, type MetricSeries, type MetricWindow } from './request.ts';

/** GetMetricData refuses more queries in one call. CloudWatch API reference, read 2026-11-23. */
export const queriesPerCall = 500;

const iamAction = 'cloudwatch:GetMetricData';

/**
 * Daily values of up to 500 metrics, in the order of the requests, newest first. Under status 200 single metrics can
 * have failed: an error in the place of a series is about that metric alone.
 * @throws CollectError when the call failed
 */
export async function metricData(
  session: AccountSession,
  requests: readonly MetricRequest[],
  window: MetricWindow,
): Promise<(MetricSeries | CollectError)[]> {
  return walked(async () => {
    const answers = requests.map(() => ({
      values: [] as number[],
      timestamps: [] as string[],
      status: undefined as StatusCode | undefined,
    }));
    const queries = requests.map((request, index) => toQuery(request, index));
    for await (const page of pagesOf(session, queries, window)) {
      for (const { Id = '', Values = [], Timestamps = [], StatusCode } of requireMember(page, 'MetricDataResults')) {
        const answer = answers[Number(Id.slice(1))];
        if (answer === undefined) continue;
        answer.values.push(...Values);
        answer.timestamps.push(...Timestamps.map(isoTime));
        // The last page decides: a metric that is partial or failed on one page is completed on a later one.
        answer.status = StatusCode;
      }
    }
    return answers.map(({ values, timestamps, status }) => failure(status) ?? { values, timestamps });
  });
}

/**
 * Newest daily average of every metric that a SEARCH expression finds, added up by label.
 * @param search.label dynamic label, e.g. `\${PROP('Dim.bucket_name')}`
 * @throws CollectError when the call or a part of it failed, or found more metrics than it gives back
 */
export async function searchData(
  session: AccountSession,
  search: { readonly expression: string; readonly label: string },
  window: MetricWindow,
): Promise<Map<string, number>> {
  return walked(async () => {
    const found = new Map<string, number>();
    const Expression = `SEARCH('${search.expression}', 'Average', 86400)`;
    const queries = [{ Id: 's0', Expression, Label: search.label, ReturnData: true }];
    for await (const page of pagesOf(session, queries, window)) {
      // AWS says so when a search finds too much, and answers with a part of it under status 200.
      const [message] = page.Messages ?? [];
      if (message !== undefined) {
        const text = `CloudWatch searched only in part: ${message.Value ?? message.Code}`;
        throw new CollectError(text, { reason: 'unexpected' });
      }
      for (const { Label = '', Values = [], StatusCode } of requireMember(page, 'MetricDataResults')) {
        // No later page completes one of these: math expressions are not continued (CloudWatch API reference).
        const error = failure(StatusCode);
        if (error !== undefined) throw error;
        const [newest] = Values;
        if (newest !== undefined) found.set(Label, (found.get(Label) ?? 0) + newest);
      }
    }
    return found;
  });
}

async function walked<T>(walk: () => Promise<T>): Promise<T> {
  try {
    return await restartingOnce(walk);
  } catch (error) {
    throw toCollectError(error, { iamAction });
  }
}

function pagesOf(
  session: AccountSession,
  MetricDataQueries: MetricDataQuery[],
  { region, StartTime, EndTime }: MetricWindow,
): AsyncIterable<GetMetricDataOutput> {
  const input = { MetricDataQueries, StartTime, EndTime, ScanBy: 'TimestampDescending' } as const;
  const pages = paginateGetMetricData({ client: session.client(CloudWatchClient, region) }, input);
  return guardPages(pages, (answer) => answer.NextToken);
}

/** @param status `undefined` = the answer does not mention the metric, which is not the same as no datapoints */
function failure(status: StatusCode | undefined): CollectError | undefined {
  if (status === 'Complete') return undefined;
  const isDenied = status === 'Forbidden';
  return new CollectError(`CloudWatch answered ${status ?? 'nothing'} for a metric`, {
    reason: isDenied ? 'denied' : 'unexpected',
    iamAction: isDenied ? iamAction : undefined,
  });
}

function toQuery(request: MetricRequest, index: number): MetricDataQuery {
  const { namespace, metric, statistic } = request;
  return {
    // Ids start with a lower-case letter.
    Id: `q${index}`,
    MetricStat: {
      Metric: { Namespace: namespace, MetricName: metric, Dimensions: dimensionsOf(request) },
      Period: 86_400,
      Stat: statistic,
    },
    ReturnData: true,
  };
}
