/** Counts while a run goes: what was covered, what was not and why, what it all adds up to. Holds counts and gaps, no findings. */
import type { Evaluation } from './evaluate/evaluate.ts';
import { countSources } from './inventory/sources.ts';
import type { FindingRecord } from './model/change.ts';
import type { Gap } from './model/inventory.ts';
import type { Coverage, KindSource, RunRecord, RunStatus } from './model/run.ts';
import type { Account } from './model/scope.ts';
import { sumTotals } from './price/totals.ts';

/** Coverage of one account, or of what is read once for the organization. */
export type PartCoverage = Pick<Coverage, 'gaps' | 'failedChecks' | 'scopes'> & {
  readonly audited: number;
  readonly sources: readonly KindSource[];
};

export type PartCount = {
  scope(key: string, evaluation: Pick<Evaluation, 'gaps' | 'failures'>): void;
  /** Where records come from. */
  source(source: KindSource): void;
  accountAudited(): void;
  result(): PartCoverage;
};

export type CoverageCount = {
  add(part: PartCoverage): void;
  /** Where what the plan was made from comes from. */
  source(source: KindSource): void;
  findings(records: readonly FindingRecord[]): void;
  /** The run ended before its turn. */
  notReached(account: Account): void;
  /** Open findings so far. */
  open(): number;
  result(): Pick<RunRecord, 'status' | 'coverage' | 'totals' | 'changes'>;
};

export function countPart(): PartCount {
  const gaps: Gap[] = [];
  const failedChecks: Coverage['failedChecks'][number][] = [];
  const scopes = { planned: 0, complete: 0, partial: 0 };
  const sources = countSources();
  let audited = 0;
  return {
    source: sources.add,
    scope(key, evaluation) {
      const isComplete = evaluation.gaps.length === 0 && evaluation.failures.length === 0;
      scopes.planned += 1;
      scopes[isComplete ? 'complete' : 'partial'] += 1;
      gaps.push(...evaluation.gaps);
      for (const failure of evaluation.failures) failedChecks.push({ ...failure, scope: key });
    },
    accountAudited() {
      audited = 1;
    },
    result: () => ({ gaps, failedChecks, scopes, audited, sources: sources.result() }),
  };
}

export function countCoverage(accountsPlanned: number, failedPlugins: Coverage['failedPlugins']): CoverageCount {
  const totals = sumTotals();
  const sources = countSources();
  const gaps: Gap[] = [];
  const failedChecks: Coverage['failedChecks'][number][] = [];
  const changes: Record<string, number> = {};
  const scopes = { planned: 0, complete: 0, partial: 0 };
  let audited = 0;
  let open = 0;

  return {
    source: sources.add,
    findings(records) {
      for (const { finding, state, change } of records) {
        changes[change] = (changes[change] ?? 0) + 1;
        if (state !== 'open') continue;
        open += 1;
        totals.add(finding);
      }
    },
    add(part) {
      scopes.planned += part.scopes.planned;
      scopes.complete += part.scopes.complete;
      scopes.partial += part.scopes.partial;
      audited += part.audited;
      gaps.push(...part.gaps);
      failedChecks.push(...part.failedChecks);
      for (const source of part.sources) sources.add(source);
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
      // Accounts end in any order; what is told of them has one.
      gaps.sort((a, b) => (gapKey(a) < gapKey(b) ? -1 : 1));
      failedChecks.sort((a, b) => (a.scope + a.checkId < b.scope + b.checkId ? -1 : 1));
      return {
        status,
        coverage: { accounts, scopes, gaps, failedChecks, failedPlugins, sources: sources.result() },
        totals: totals.result(),
        changes,
      };
    },
  };
}

function gapKey({ accountId, region, kind, resourceId = '' }: Gap): string {
  return [accountId, region, kind, resourceId].join(' ');
}
