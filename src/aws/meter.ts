/** What a run itself costs: calls, bytes, throttles, and the dollars of the few reads that AWS charges for. */
import type { OwnCost } from '../model/run.ts';

/** USD per Cost Explorer request, each page counts, failed ones do not. AWS price list row, read 2026-11-23. */
const costExplorerRequestUsd = 0.01;
/** USD per 1,000 metrics asked of GetMetricData; no free tier. CloudWatch pricing, read 2026-11-23. */
const metricsUsdPerThousand = 0.01;
/** USD per 1,000 S3 reads (us-east-1, GET class) and lists (PUT class). S3 pricing, read 2026-11-23. */
const s3UsdPerThousand = { get: 0.0004, list: 0.005 };

export type Meter = {
  attempt(call: { service: string; operation: string; metrics: number }): void;
  succeeded(call: { service: string; operation: string }): void;
  throttled(): void;
  received(bytes: number): void;
  snapshot(): OwnCost;
};

export function createMeter(): Meter {
  let usd = 0;
  let apiCalls = 0;
  let costExplorerRequests = 0;
  let metricsRequested = 0;
  let throttles = 0;
  let bytesReceived = 0;
  return {
    attempt({ service, operation, metrics }) {
      apiCalls += 1;
      metricsRequested += metrics;
      usd += (metrics / 1000) * metricsUsdPerThousand;
      if (service === 's3') usd += s3UsdPerThousand[operation.startsWith('List') ? 'list' : 'get'] / 1000;
    },
    succeeded({ service }) {
      if (service !== 'cost explorer') return;
      costExplorerRequests += 1;
      usd += costExplorerRequestUsd;
    },
    throttled() {
      throttles += 1;
    },
    received(bytes) {
      bytesReceived += bytes;
    },
    snapshot: () => ({ usd, apiCalls, costExplorerRequests, metricsRequested, throttles, bytesReceived }),
  };
}
