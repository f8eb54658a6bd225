/**
 * CloudWatch metrics for all collectors of one scope: requests go in, daily series come out. Requests that come at about
 * the same time share calls, and a few of them cost nothing. Knows no resource; never takes "no datapoints" for zero.
 */
import type { AccountSession } from '../../aws/session.ts';
import type { Scope } from '../../model/scope.ts';
import { metricData, queriesPerCall, searchData } from './metric-data.ts';
import { metricStatistics } from './metric-statistics.ts';
import { type MetricRequest, type MetricSeries, type MetricWindow, metricWindow } from './request.ts';

/** The last `windowDays` full days. Default region: the scope's own; without one, where global services publish. */
export type MetricPeriod = { readonly windowDays: number; readonly region?: string };

export type Metrics = {
  /**
   * Daily values over the last full days, newest first.
   * @returns series by key; a key without datapoints is absent
   * @throws CollectError when one of the series could not be read whole
   */
  daily(requests: readonly MetricRequest[], period: MetricPeriod): Promise<Map<string, MetricSeries>>;
  /**
   * Newest daily average of every metric that a SEARCH expression finds, added up by label. What nobody publishes
   * costs nothing here, unlike a query for each metric that might exist. A call of its own for each search: what one
   * call can find is limited, and its metrics are not continued on a second page.
   * @param search.label dynamic label, e.g. `\${PROP('Dim.bucket_name')}`
   * @throws CollectError when a part of the answer is missing
   */
  search(
    search: { readonly expression: string; readonly label: string },
    period: MetricPeriod,
  ): Promise<Map<string, number>>;
};

/**
 * Milliseconds from the first request of a batch until it is sent. The lists that requests are made from answer a few
 * milliseconds apart, so the turn of the event loop would be too short to meet in. A fixed pause needs no knowledge of
 * who will ask: nobody waits for a collector that is queued, failed or has nothing to ask. It is little beside one call.
 */
const gatherMs = 20;

/**
 * Largest batch that is asked one metric at a time, without charge: two NAT gateways, or two buckets in a region.
 * These calls run side by side, so such a batch takes the time of one; for larger ones the calls would cost more of the
 * run's time than the cent per thousand metrics that GetMetricData takes.
 */
const freeQueriesPerBatch = 4;

/**
 * Free requests of one run, all accounts together: the million that is free each month is counted once for an
 * organization's bill. A daily run takes 150,000 of it at most and leaves the rest to others.
 * CloudWatch pricing, read 2026-11-23.
 */
const freeRequestsPerRun = 5000;

type Asked = PromiseWithResolvers<MetricSeries> & { readonly request: MetricRequest };
/** By what is asked, not by key: two collectors that want the same metric share one query. */
type Batch = Map<string, Asked>;

/** @param now end of the windows, ISO 8601 UTC */
export function planMetrics(session: AccountSession, scope: Scope, now: string): Metrics {
  const home = scope.kind === 'region' ? scope.region : undefined;
  const open = new Map<string, Batch>();

  const batchFor = ({ windowDays, region = home }: MetricPeriod): Batch => {
    const place = `${region} ${windowDays}`;
    const known = open.get(place);
    if (known !== undefined) return known;
    const batch: Batch = new Map();
    open.set(place, batch);
    setTimeout(() => {
      open.delete(place);
      void send(session, [...batch.values()], metricWindow(region, windowDays, now));
    }, gatherMs);
    return batch;
  };

  return {
    async daily(requests, period) {
      const found = new Map<string, MetricSeries>();
      if (requests.length === 0) return found;
      const batch = batchFor(period);
      const all = await Promise.all(requests.map(async (request) => [request.key, await ask(batch, request)] as const));
      for (const [key, series] of all) if (series.values.length > 0) found.set(key, series);
      return found;
    },
    search: (search, { windowDays, region = home }) =>
      searchData(session, search, metricWindow(region, windowDays, now)),
  };
}

function ask(batch: Batch, request: MetricRequest): Promise<MetricSeries> {
  const { namespace, metric, dimensions, statistic } = request;
  const metricKey = JSON.stringify([
    namespace,
    metric,
    Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1)),
    statistic,
  ]);
  const asked = batch.get(metricKey) ?? { request, ...Promise.withResolvers<MetricSeries>() };
  batch.set(metricKey, asked);
  return asked.promise;
}

/** Settles every promise of the batch; throws nothing. */
async function send(session: AccountSession, batch: readonly Asked[], window: MetricWindow): Promise<void> {
  if (await takeFreeRequests(session, batch.length)) {
    for (const { request, resolve, reject } of batch) metricStatistics(session, request, window).then(resolve, reject);
    return;
  }
  for (let start = 0; start < batch.length; start += queriesPerCall) {
    void sendCall(session, batch.slice(start, start + queriesPerCall), window);
  }
}

async function sendCall(session: AccountSession, asked: readonly Asked[], window: MetricWindow): Promise<void> {
  try {
    const requests = asked.map(({ request }) => request);
    const answers = await metricData(session, requests, window);
    for (const [index, answer] of answers.entries()) {
      if (answer instanceof Error) asked[index]?.reject(answer);
      else asked[index]?.resolve(answer);
    }
  } catch (error) {
    for (const { reject } of asked) reject(error);
  }
}

/** Whether the batch is small and the run has that many free requests left; they are then taken. */
async function takeFreeRequests(session: AccountSession, count: number): Promise<boolean> {
  if (count > freeQueriesPerBatch) return false;
  const allowance = await session.shared('metrics.allowance', async () => ({ free: freeRequestsPerRun }));
  if (allowance.free < count) return false;
  allowance.free -= count;
  return true;
}
