/**
 * Reconcile: what a scope's findings are now and what the state remembers go in, records with a change each come out.
 * Pure. The rule that everything else serves: a finding is resolved only where its check was covered and its
 * resource was seen; whatever could not be seen stays as it was, marked `unknown`.
 */
import type { Change, Exemption, FindingRecord, FindingState } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import { exemptionFor } from './exemptions.ts';

export type ReconcileRequest = {
  /** `scopeKey` of the scope that was looked at. */
  readonly scope: string;
  readonly previous: readonly FindingRecord[];
  readonly findings: readonly Finding[];
  /** Ids of those that their check says have ended, with the reason. */
  readonly over?: ReadonlyMap<string, string>;
  /** Checks that ran and whose needs were complete. */
  readonly covered: ReadonlySet<string>;
  /** Resources a covered check could not see. */
  readonly unseen: ReadonlyMap<string, ReadonlySet<string>>;
  /** Checks of this run; others are not touched at all (a run limited by `--check`). */
  readonly enabled: ReadonlySet<string>;
  readonly exemptions: readonly Exemption[];
  readonly runId: string;
  readonly now: string;
};

/** Share by which dollars must move before a finding counts as changed; below, it is noise of the meter. */
const changedShare = 0.2;
/** USD a month below which a move is never news, whatever its share. */
const changedFloorUsd = 5;
/** Transitions kept per finding; the oldest fall out. */
const historyLength = 20;

export function reconcile(request: ReconcileRequest): FindingRecord[] {
  const known = new Map(request.previous.map((record) => [record.finding.id, record]));
  const records: FindingRecord[] = [];
  for (const finding of request.findings) {
    const before = known.get(finding.id);
    const reason = request.over?.get(finding.id);
    if (reason === undefined) records.push(seen(finding, before, request));
    else if (before !== undefined) records.push(...ended(finding, before, reason, request));
    known.delete(finding.id);
  }
  for (const record of known.values()) {
    const after = notSeen(record, request);
    if (after !== undefined) records.push(after);
  }
  return records;
}

/** Every finding of an account that no longer exists is resolved, for that reason. */
export function closeAccount(records: readonly FindingRecord[], runId: string, now: string): FindingRecord[] {
  return records
    .filter((record) => record.state !== 'resolved')
    .map((record) => moved(record, { state: 'resolved', change: 'resolved', reason: 'account closed', runId, now }));
}

function seen(finding: Finding, before: FindingRecord | undefined, request: ReconcileRequest): FindingRecord {
  const { runId, now, scope } = request;
  const exemption = exemptionFor(finding, request.exemptions, now);
  if (before === undefined) {
    const fresh: FindingRecord = {
      finding,
      scope,
      state: 'open',
      change: 'opened',
      reason: null,
      firstSeenAt: now,
      lastSeenAt: now,
      changedAt: now,
      runId,
      reopenedCount: 0,
      until: null,
      acknowledgedBy: null,
      history: [],
    };
    if (exemption === undefined) return { ...fresh, history: [{ at: now, change: 'opened', reason: null }] };
    return moved(fresh, { state: 'exempted', change: 'exempted', reason: exemptionReason(exemption), runId, now });
  }

  // Looked at before in this very run, which was interrupted: what it said then stands, and is not said as old news.
  if (isTouched(before, runId)) return { ...before, finding: keepPrice(before.finding, finding), lastSeenAt: now };
  const current: FindingRecord = { ...before, finding, lastSeenAt: now, runId };
  if (exemption !== undefined) {
    const reason = exemptionReason(exemption);
    if (before.state === 'exempted' && before.reason === reason) return { ...current, change: 'exempted' };
    // No day of its own: it holds as long as the config has it, so that taking it out early ends it.
    return { ...moved(current, { state: 'exempted', change: 'exempted', reason, runId, now }), until: null };
  }
  if (before.state === 'resolved') {
    const back = moved(current, { state: 'open', change: 'reopened', reason: 'seen again', runId, now });
    return { ...back, reopenedCount: before.reopenedCount + 1, until: null };
  }
  if (before.state === 'exempted' && !isHeld(before, now)) {
    return moved(current, { state: 'open', change: 'reopened', reason: 'exemption ended', runId, now });
  }
  if (before.state === 'snoozed' && !isHeld(before, now)) {
    return moved(current, { state: 'open', change: 'reopened', reason: 'snooze ended', runId, now });
  }
  if (before.state !== 'open') return { ...current, change: before.state };
  const difference = describeDifference(before.finding, finding);
  if (difference === undefined) return { ...current, finding: keepPrice(before.finding, finding), change: 'stillOpen' };
  return moved(current, { state: 'open', change: 'changed', reason: difference, runId, now });
}

/** What was never told is not told as over either. */
function ended(finding: Finding, before: FindingRecord, reason: string, request: ReconcileRequest): FindingRecord[] {
  const { runId, now } = request;
  if (before.state === 'resolved') return before.runId === runId ? [before] : [];
  const last = { ...before, finding: keepPrice(before.finding, finding) };
  return [moved(last, { state: 'resolved', change: 'resolved', reason, runId, now })];
}

function notSeen(record: FindingRecord, request: ReconcileRequest): FindingRecord | undefined {
  const { checkId, resourceId } = record.finding;
  const { runId, now } = request;
  if (record.state === 'resolved') return record.runId === runId ? record : undefined;
  if (!request.enabled.has(checkId)) return undefined;
  const isDecided = request.covered.has(checkId) && !request.unseen.get(checkId)?.has(resourceId);
  if (!isDecided && isTouched(record, runId)) return record;
  // Nothing but the mark of this run changes: an unknown is no news about the finding itself.
  if (!isDecided) return { ...record, change: 'unknown', runId };
  return moved(record, { state: 'resolved', change: 'resolved', reason: 'no longer found', runId, now });
}

function isTouched(record: FindingRecord, runId: string): boolean {
  return record.runId === runId && record.state !== 'resolved' && record.change !== 'unknown';
}

type Move = { state: FindingState; change: Change; reason: string | null; runId: string; now: string };

function moved(record: FindingRecord, { state, change, reason, runId, now }: Move): FindingRecord {
  const history = [...record.history, { at: now, change, reason }].slice(-historyLength);
  return { ...record, state, change, reason, runId, changedAt: now, history };
}

/** Exempted or snoozed by a command, with a last day that has not passed. */
function isHeld(record: FindingRecord, now: string): boolean {
  return record.until !== null && record.until >= now.slice(0, record.until.length);
}

function exemptionReason(exemption: Exemption): string {
  return `${exemption.reason} (${exemption.by}, until ${exemption.until})`;
}

/** @returns the news in words, or undefined when severity and dollars are about what they were */
function describeDifference(before: Finding, after: Finding): string | undefined {
  if (before.severity !== after.severity) return `severity ${before.severity} -> ${after.severity}`;
  const [was, is] = [before.saving?.monthlyUsd, after.saving?.monthlyUsd];
  if (was === undefined || is === undefined) return undefined;
  const moved = Math.abs(is - was);
  if (moved < changedFloorUsd || moved < changedShare * Math.abs(was)) return undefined;
  return `$${was.toFixed(2)} -> $${is.toFixed(2)} a month`;
}

/** A price that is missing this time (a metric was denied) does not erase the last one that was known. */
function keepPrice(before: Finding, after: Finding): Finding {
  return after.saving === null && before.saving !== null ? { ...after, saving: before.saving } : after;
}
