/** The order in which findings are shown, and text from AWS made fit for a terminal. */
import type { FindingRecord } from '../model/change.ts';
import { type Finding, severities } from '../model/finding.ts';

/** Savings below this do not outrank a more severe finding that has no price. */
const smallUsd = 10;

/** Dollars worth speaking of first, then severity, then small change; by id last, so that equals keep their order. */
export function byWorth({ finding: a }: FindingRecord, { finding: b }: FindingRecord): number {
  return (
    worth(b) - worth(a) ||
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    (b.saving?.monthlyUsd ?? 0) - (a.saving?.monthlyUsd ?? 0) ||
    a.id.localeCompare(b.id)
  );
}

function worth({ saving }: Finding): number {
  return saving === null || saving.monthlyUsd < smallUsd ? 0 : saving.monthlyUsd;
}

/** Names and tags are written by others: control characters could rewrite the screen. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
