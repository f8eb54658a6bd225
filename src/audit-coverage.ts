/** Counts while a run goes: what was covered, what was not and why, what it all adds up to. Holds counts and gaps, no findings. */
import type { Evaluation } from './evaluate/evaluate.ts';
import type { FindingRecord } from './model/change.ts';
import type { Gap } from './model/inventory.ts';
import type { Coverage, RunRecord, RunStatus } from './model/run.ts';
import type { Account } from './model/scope.ts';
import { sumTotals } from './price/totals.ts';

export type CoverageCount = {
  scope(key: string, evaluation: Evaluation, records: readonly FindingRecord[]): void;
  /** Records that changed without their scope being looked at. */
  findings(records: readonly FindingRecord[]): void;
  accountAudited(): void;
  /** The run ended before its turn. */
  notReached(account: Account): void;
  /** Open findings so far. */
  open(): number;
  result(): Pick<RunRecord, 'status' | 'coverage' | 'totals' | 'changes'>;
};

export function countCoverage(accountsPlanned: number, failedPlugins: Coverage['failedPlugins']): CoverageCount {
  const totals = sumTotals();
  const gaps: Gap[] = [];
  const failedChecks: Coverage['failedChecks'][number][] = [];
  const changes: Record<string, number> = {};
  const scopes = { planned: 0, complete: 0, partial: 0 };
  let audited = 0;
  let open = 0;

  const findings = (records: readonly FindingRecord[]): void => {
    for (const { finding, state, change } of records) {
      changes[change] = (changes[change] ?? 0) + 1;
      if (state !== 'open') continue;
      open += 1;
      totals.add(finding);
    }
  };

  return {
    findings,
    scope(key, evaluation, records) {
      const isComplete = evaluation.gaps.length === 0 && evaluation.failures.length === 0;
      scopes.planned += 1;
      scopes[isComplete ? 'complete' : 'partial'] += 1;
      gaps.push(...evaluation.gaps);
      for (const failure of evaluation.failures) failedChecks.push({ ...failure, scope: key });
      findings(records);
    },
    accountAudited() {
      audited += 1;
    },
    notReached(account) {
      scopes.planned += 1;
      scopes.partial += 1;
      gaps.push({
        accountId: account.id,
        region: 'global',
        kind: 'account.access',
        reason: 'timeout',
        checks: [],
        message: 'the run ended before this account was visited',
      });
    },
    open: () => open,
    result() {
      const isComplete = gaps.length === 0 && failedChecks.length === 0 && failedPlugins.length === 0;
      const status: RunStatus = isComplete ? 'complete' : 'partial';
      const accounts = { planned: accountsPlanned, audited };
      return {
        status,
        coverage: { accounts, scopes, gaps, failedChecks, failedPlugins },
        totals: totals.result(),
        changes,
      };
    },
  };
}
