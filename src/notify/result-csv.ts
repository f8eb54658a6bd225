/** Findings as CSV (RFC 4180), one row each. */
import type { FindingRecord } from '../model/change.ts';

const columns = [
  'id',
  'checkId',
  'severity',
  'state',
  'change',
  'accountId',
  'accountName',
  'region',
  'resourceId',
  'resourceArn',
  'owner',
  'monthlyUsd',
  'lowUsd',
  'highUsd',
  'confidence',
  'summary',
  'firstSeenAt',
  'lastSeenAt',
] as const;

export async function* csvResult(records: AsyncIterable<FindingRecord>): AsyncIterable<string> {
  yield `${columns.join(',')}\r\n`;
  for await (const { finding, state, change, firstSeenAt, lastSeenAt } of records) {
    const { saving, owner } = finding;
    const row: Record<(typeof columns)[number], string> = {
      ...finding,
      state,
      change,
      owner: owner.name,
      monthlyUsd: saving?.monthlyUsd.toFixed(2) ?? '',
      lowUsd: saving?.lowUsd.toFixed(2) ?? '',
      highUsd: saving?.highUsd.toFixed(2) ?? '',
      confidence: saving?.confidence ?? 'unpriced',
      firstSeenAt,
      lastSeenAt,
    };
    yield `${columns.map((column) => cell(row[column])).join(',')}\r\n`;
  }
}

/** Quoted where needed; a text that a spreadsheet would run as a formula gets an apostrophe in front, a number does not. */
function cell(text: string): string {
  const isFormula = /^[=+\-@\t\r\n]/.test(text) && !/^-\d+\.\d\d$/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
