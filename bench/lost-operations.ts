/** Operations that a run needed and never got an answer to. */
import type { JournalEntry } from '../test/support/simulator-process.ts';
import type { AuditFigures } from './audit-process.ts';
import { isThrottled } from './journal.ts';

/**
 * What the run itself misses for want of an answer (a role that is not there is no such thing), and, without asking
 * the run, what AWS saw: a list left before its last page, a refused or failed call that was never made again.
 */
export function lostOperations(gaps: AuditFigures['gaps'], entries: readonly JournalEntry[]): number {
  let lost = (gaps.throttled ?? 0) + (gaps.timeout ?? 0) + (gaps.unexpected ?? 0) + (gaps['own-budget'] ?? 0);
  const operations = Map.groupBy(entries, ({ accountId, region, operation, bucket }) =>
    [accountId, region, operation, bucket].join(' '),
  );
  for (const calls of operations.values()) {
    const pages = calls.flatMap(({ page }) => (page === undefined ? [] : [page]));
    const unfinished = pages.filter(({ hasNext }) => hasNext).map(({ from }) => from);
    const isLeft = Math.max(-1, ...unfinished) === Math.max(0, ...pages.map(({ from }) => from));
    const last = calls.at(-1);
    const isRefused = last !== undefined && (last.status >= 500 || isThrottled(last));
    if (isLeft || isRefused) lost += 1;
  }
  return lost;
}
