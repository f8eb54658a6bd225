/** What a run itself costs: calls, bytes, throttles, and the dollars of the few reads that AWS charges for. */
import { CollectError } from '../errors.ts';
import type { OwnCost } from '../model/run.ts';
import { type BilledScan, leastQueryUsd } from './billed-scans.ts';

/** USD per Cost Explorer request, each page counts, failed ones do not. AWS price list row, read 2026-11-23. */
const costExplorerRequestUsd = 0.01;
/** USD per metric asked of GetMetricData; no free tier. CloudWatch pricing, read 2026-11-23. */
const metricUsd = 0.01 / 1000;
/** USD per S3 read (us-east-1, GET class) and list (PUT class). S3 pricing, read 2026-11-23. */
const s3Usd = { get: 0.0004 / 1000, list: 0.005 / 1000 };

export type MeteredCall = {
  readonly accountId: string;
  readonly service: string;
  readonly operation: string;
  /** Metrics that the request asks for, as CloudWatch bills them. */
  readonly metrics: number;
};

/** What one account took. */
export type AccountCost = Pick<OwnCost, 'apiCalls' | 'metricsRequested' | 'usd'>;

export type Meter = {
  /**
   * Counts a request that is about to be made.
   * @throws CollectError `own-budget` when the run's own bill could exceed its limit by it
   */
  attempt(call: MeteredCall): Attempt;
  throttled(): void;
  received(bytes: number): void;
  /** What a query in Athena has cost so far; only what is new is added. */
  scanned(accountId: string, scan: BilledScan): void;
  /** What an interrupted part of the same run took already. */
  add(earlier: OwnCost): void;
  ofAccount(accountId: string): AccountCost;
  forget(accountId: string): void;
  snapshot(): OwnCost;
};

export type Attempt = {
  /** @param metrics found in the answer, where they are billed by what is found; default: those asked for */
  succeeded(metrics?: number): void;
  failed(): void;
};

/** @param maxUsd limit of the run's own bill */
export function createMeter(maxUsd = Number.POSITIVE_INFINITY): Meter {
  const total = {
    usd: 0,
    apiCalls: 0,
    costExplorerRequests: 0,
    metricsRequested: 0,
    throttles: 0,
    bytesReceived: 0,
  };
  /** Of requests under way: billed or not, they may not exceed the limit together. */
  let reservedUsd = 0;
  const accounts = new Map<string, { apiCalls: number; metricsRequested: number; usd: number }>();
  const queries = new Map<string, number>();

  return {
    attempt({ accountId, service, operation, metrics }) {
      const price = priceOf(service, operation, metrics);
      // Additions of small amounts leave a trace of a cent's billionth.
      if (price > 0 && total.usd + reservedUsd + price > maxUsd + 1e-9) throw overBudget(service, operation, maxUsd);
      reservedUsd += price;
      const account = accounts.get(accountId) ?? { apiCalls: 0, metricsRequested: 0, usd: 0 };
      accounts.set(accountId, account);
      total.apiCalls += 1;
      account.apiCalls += 1;
      const bill = (usd: number, asked: number): void => {
        reservedUsd -= price;
        for (const sum of [total, account]) {
          sum.usd += usd;
          sum.metricsRequested += asked;
        }
      };
      return {
        succeeded(found = metrics) {
          if (service === 'cost explorer') total.costExplorerRequests += 1;
          // A query is billed by what it reads, told later.
          if (service === 'athena') bill(0, 0);
          else bill(found === metrics ? price : priceOf(service, operation, found), found);
        },
        failed() {
          bill(service === 'cost explorer' || service === 'athena' ? 0 : price, metrics);
        },
      };
    },
    throttled() {
      total.throttles += 1;
    },
    received(bytes) {
      total.bytesReceived += bytes;
    },
    scanned(accountId, { queryId, usd }) {
      const more = usd - (queries.get(queryId) ?? 0);
      queries.set(queryId, usd);
      total.usd += more;
      const account = accounts.get(accountId);
      if (account !== undefined) account.usd += more;
    },
    add(earlier) {
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += earlier[key];
    },
    ofAccount: (accountId) => ({ ...(accounts.get(accountId) ?? { apiCalls: 0, metricsRequested: 0, usd: 0 }) }),
    forget: (accountId) => accounts.delete(accountId),
    snapshot: () => ({ ...total }),
  };
}

function priceOf(service: string, operation: string, metrics: number): number {
  if (service === 'cost explorer') return costExplorerRequestUsd;
  if (service === 's3') return s3Usd[operation.startsWith('List') ? 'list' : 'get'];
  if (service === 'athena') return operation === 'StartQueryExecution' ? leastQueryUsd : 0;
  return metrics * metricUsd;
}

function overBudget(service: string, operation: string, maxUsd: number): CollectError {
  return new CollectError(
    `${service} ${operation} costs money and the run has reached limits.maxSelfCostUsd ($${maxUsd.toFixed(2)}): not asked`,
    { reason: 'own-budget' },
  );
}
