/** What open findings add up to, without counting the same dollars twice. */
import type { Finding, Severity } from '../model/finding.ts';
import type { Totals } from '../model/run.ts';

type Amounts = { low: number; expected: number; high: number };

export type TotalsSum = { add(finding: Finding): void; result(): Totals };

/**
 * Findings of one account with the same `overlap` save the same dollars: of each such group the largest counts, which
 * is the best compatible set. Holds one amount per group, no findings.
 */
export function sumTotals(): TotalsSum {
  const bySeverity: Partial<Record<Severity, number>> = {};
  const alone: Amounts = { low: 0, expected: 0, high: 0 };
  const groups = new Map<string, Amounts>();
  let open = 0;
  let doubleCountedUsd = 0;
  return {
    add({ accountId, severity, saving, overlap }) {
      open += 1;
      bySeverity[severity] = (bySeverity[severity] ?? 0) + 1;
      if (saving === null) return;
      const amounts = { low: saving.lowUsd, expected: saving.monthlyUsd, high: saving.highUsd };
      if (overlap === null) {
        addTo(alone, amounts);
        return;
      }
      const key = `${accountId} ${overlap}`;
      const best = groups.get(key);
      if (best !== undefined) doubleCountedUsd += Math.min(best.expected, amounts.expected);
      if (best === undefined || amounts.expected > best.expected) groups.set(key, amounts);
    },
    result() {
      const total = { ...alone };
      for (const amounts of groups.values()) addTo(total, amounts);
      return { open, bySeverity, monthlySavingUsd: total, doubleCountedUsd };
    },
  };
}

function addTo(total: Amounts, amounts: Amounts): void {
  total.low += amounts.low;
  total.expected += amounts.expected;
  total.high += amounts.high;
}
