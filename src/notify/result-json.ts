/** The result of an audit as JSON (`costwarden/audit/1`) or NDJSON, written in pieces so that memory stays flat. */
import type { FindingRecord } from '../model/change.ts';
import type { Finding, Saving } from '../model/finding.ts';
import type { RunRecord } from '../model/run.ts';

export const resultSchema = 'costwarden/audit/1';

/** Pieces of one JSON document: run, coverage, totals and own cost first, then the findings. */
export async function* jsonResult(run: RunRecord, records: AsyncIterable<FindingRecord>): AsyncIterable<string> {
  const head = JSON.stringify(resultHead(run), undefined, 2).replace(/\n\}$/, '');
  yield `${head},\n  "findings": [`;
  let separator = '\n    ';
  for await (const record of records) {
    yield separator + JSON.stringify(toResultFinding(record));
    separator = ',\n    ';
  }
  yield `${separator === '\n    ' ? '' : '\n  '}]\n}\n`;
}

/** One line for the run, then one line per finding; `type` tells them apart. */
export async function* ndjsonResult(run: RunRecord, records: AsyncIterable<FindingRecord>): AsyncIterable<string> {
  yield `${JSON.stringify({ type: 'run', ...resultHead(run) })}\n`;
  for await (const record of records) yield `${JSON.stringify({ type: 'finding', ...toResultFinding(record) })}\n`;
}

export function resultHead(run: RunRecord): object {
  const { id, trigger, startedAt, endedAt, version, status, coverage, totals, ownCost, changes, billNotes } = run;
  return {
    schema: resultSchema,
    run: { id, trigger, startedAt, endedAt, version, status },
    coverage,
    totals: {
      ...totals,
      monthlySavingUsd: {
        low: cents(totals.monthlySavingUsd.low),
        expected: cents(totals.monthlySavingUsd.expected),
        high: cents(totals.monthlySavingUsd.high),
      },
      doubleCountedUsd: cents(totals.doubleCountedUsd),
    },
    ownCost: { ...ownCost, usd: roundTo(ownCost.usd, 4) },
    changes,
    ...(billNotes === undefined ? {} : { billNotes }),
  };
}

/** A finding as other programs read it; money rounded to cents here and nowhere before. */
export function toResultFinding(record: FindingRecord): object {
  const { finding, state, change, reason, firstSeenAt, lastSeenAt, reopenedCount, until } = record;
  const { id, checkId, title, severity, ...rest } = finding;
  const { saving, overlap, ...shown } = rest;
  return {
    id,
    checkId,
    title,
    severity,
    state,
    change,
    reason,
    ...shown,
    saving: saving === null ? null : toResultSaving(saving),
    overlap,
    firstSeenAt,
    lastSeenAt,
    reopenedCount,
    until,
  } satisfies Record<keyof Omit<Finding, 'saving'>, unknown> & Record<string, unknown>;
}

function toResultSaving(saving: Saving): object {
  return {
    ...saving,
    monthlyUsd: cents(saving.monthlyUsd),
    lowUsd: cents(saving.lowUsd),
    highUsd: cents(saving.highUsd),
    oneOffUsd: cents(saving.oneOffUsd),
    lines: saving.lines.map((line) => ({
      ...line,
      quantity: roundTo(line.quantity, 4),
      subtotalUsd: cents(line.subtotalUsd),
    })),
  };
}

function cents(usd: number): number {
  return roundTo(usd, 2);
}

/** Half away from zero, immune to 1.005 being stored as 1.00499. */
function roundTo(value: number, digits: number): number {
  const factor = 10 ** digits;
  return (Math.sign(value) * Math.round(Math.abs(value) * factor * (1 + Number.EPSILON))) / factor;
}
