/** The order in which findings are shown, and text from AWS made fit for a terminal. */
import type { FindingRecord } from '../model/change.ts';
import { severities } from '../model/finding.ts';

/** Dollars first, then severity, then id so that equal findings keep their order between runs. */
export function byWorth(a: FindingRecord, b: FindingRecord): number {
  const dollars = (b.finding.saving?.monthlyUsd ?? 0) - (a.finding.saving?.monthlyUsd ?? 0);
  if (dollars !== 0) return dollars;
  const severity = severities.indexOf(a.finding.severity) - severities.indexOf(b.finding.severity);
  return severity !== 0 ? severity : a.finding.id.localeCompare(b.finding.id);
}

/** Names and tags are written by others: control characters could rewrite the screen. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
