/** What Athena bills for a query. Types only: the meter is loaded before any AWS client. */
import type { GetQueryExecutionOutput } from '@aws-sdk/client-athena';

/**
 * USD per TB (2^40 bytes) that a query reads, of at least 10 MB a query; a query that failed and an earlier answer that
 * was used again are free, a cancelled one is not. Athena pricing, as quoted by public guides to it, read 2026-11-25.
 */
const terabyteUsd = 5;
const leastBytes = 10 * 2 ** 20;

/** The least that a query costs which reads anything. */
export const leastQueryUsd = (leastBytes / 2 ** 40) * terabyteUsd;

export type BilledScan = {
  readonly queryId: string;
  /** So far; it grows while the query runs. */
  readonly usd: number;
};

/** @param output of any operation; only GetQueryExecution tells of a query */
export function billedScan(output: object): BilledScan | undefined {
  const { QueryExecution } = output as GetQueryExecutionOutput;
  const { QueryExecutionId, Status, Statistics } = QueryExecution ?? {};
  if (QueryExecutionId === undefined || Status?.State === undefined) return undefined;
  const isFree = Status.State === 'QUEUED' || Status.State === 'FAILED';
  const isReused = Statistics?.ResultReuseInformation?.ReusedPreviousResult === true;
  const bytes = Math.max(leastBytes, Statistics?.DataScannedInBytes ?? 0);
  return { queryId: QueryExecutionId, usd: isFree || isReused ? 0 : (bytes / 2 ** 40) * terabyteUsd };
}
