/**
 * Which incidents a run has to tell: one message each, in the owner's channel, edited as the incident goes on, whatever
 * becomes of it. A second message is never begun; one reply in its thread says when it has grown past what was told.
 */
import { createHash } from 'node:crypto';
import type { FindingRecord } from '../model/change.ts';
import type { OutboxRow } from '../state/state-store.ts';
import {
  escalationMessage,
  type IncidentContent,
  incidentMessage,
  type Standing,
  standingOf,
} from './incident-message.ts';
import { type DigestRequest, dayIn } from './plan-digests.ts';
import { byWorth } from './rank.ts';
import { incidentPrefix, type Picture, type SentPayload, type SlackPayload, slackSink } from './slack-payload.ts';
import { hasOwnMessage, incidentCheck, type ToldIncident, toldIncident } from './told-incident.ts';

/** What is remembered of the newest revision. */
type Note = {
  /** Dollars of the first message that arrived. */
  readonly firstUsd: number;
  readonly standing: Standing;
  /** Day of it in the schedule's time zone. */
  readonly day: string;
  /** Of all that it says and shows. */
  readonly hash: string;
};

/** Running total over what was first said, from which on the thread is told once. */
const escalationFactor = 3;
const shownRelated = 2;
/** Nothing more becomes of these. */
const settled: ReadonlySet<Standing> = new Set(['over', 'newNormal', 'withdrawn']);

/** Rows for the outbox, to be saved together with the run. */
export async function planIncidents(request: DigestRequest): Promise<OutboxRow[]> {
  const known = new Map<string, OutboxRow>();
  for (const row of await request.store.outbox({ sink: slackSink, limit: Number.POSITIVE_INFINITY }))
    if (row.key.startsWith(incidentPrefix)) known.set(row.key, row);
  const rows: OutboxRow[] = [];
  for await (const record of request.store.findings({ checkId: incidentCheck })) {
    const told = toldIncident(record.finding);
    if (told === undefined) continue;
    const key = `${incidentPrefix}${record.finding.id}`;
    const row = known.get(key);
    const standing = standingOf(record, told);
    const isNews = standing === 'live' && hasOwnMessage(record);
    if (row === undefined ? !isNews : isForgotten(row) && !isNews) continue;
    if (row?.state === 'sent' && settled.has(standing) && noteOf(row)?.standing === standing) continue;
    const content = {
      record,
      told,
      related: await relatedTo(record, told, request),
      isDemo: request.run.trigger === 'demo',
    };
    rows.push(...planOne(key, row, content, request));
    const escalation = known.has(escalationKey(key)) ? undefined : planEscalation(key, row, content, request);
    if (escalation !== undefined) rows.push(escalation);
  }
  return rows;
}

function* planOne(
  key: string,
  row: OutboxRow | undefined,
  content: IncidentContent,
  request: DigestRequest,
): Iterable<OutboxRow> {
  const { record, told } = content;
  const { now, timezone, defaultChannel } = request;
  const standing = standingOf(record, told);
  const channel = record.finding.owner.slack ?? defaultChannel;
  // A message that never arrived has told nobody; what AWS took back since is told nobody either.
  const isTold = row !== undefined && (row.remote !== null || row.state === 'sending') && !isStuck(row, channel);
  if (row !== undefined && !isTold && standing === 'withdrawn') {
    if (row.state !== 'sent')
      yield { ...row, state: 'sent', payload: null, updatedAt: now, lastError: 'withdrawn before it was told' };
    return;
  }
  const { message, drawing } = incidentMessage(content);
  const picture = drawing === undefined ? undefined : pictureOf(drawing, row);
  const before = noteOf(row);
  const note: Note = {
    firstUsd: isTold && row.remote !== null ? (before?.firstUsd ?? 0) : told.incident.excessUsd,
    standing,
    day: dayIn(timezone, now),
    hash: hashOf([message, picture?.hash ?? null]),
  };
  if (row !== undefined && before?.hash === note.hash && (isTold || row.destination === channel)) return;
  // Once a day is enough for a running total; what becomes of it is told at once.
  if (row?.state === 'sent' && isTold && before?.day === note.day && before.standing === standing) return;
  const payload: SlackPayload = { message, parent: null, note, ...(picture === undefined ? {} : { picture }) };
  yield {
    key,
    sink: slackSink,
    // Where it stands it stays, whoever owns it now.
    destination: isTold ? row.destination : channel,
    rev: (row?.rev ?? 0) + 1,
    // What may have arrived without our knowing is looked for before it is sent again.
    state: isTold && row.remote === null ? 'sending' : 'pending',
    payload,
    attempts: 0,
    createdAt: isTold ? row.createdAt : now,
    updatedAt: now,
    coversUntil: now,
    remote: isTold ? row.remote : null,
    lastError: null,
  };
}

function planEscalation(
  key: string,
  row: OutboxRow | undefined,
  content: IncidentContent,
  { now }: DigestRequest,
): OutboxRow | undefined {
  const first = noteOf(row)?.firstUsd ?? 0;
  const { excessUsd } = content.told.incident;
  const hasGrown = first > 0 && excessUsd >= escalationFactor * first;
  if (row?.state !== 'sent' || row.remote === null || !hasGrown || standingOf(content.record, content.told) !== 'live')
    return undefined;
  const payload: SlackPayload = { message: escalationMessage(content, first), parent: key };
  return {
    key: escalationKey(key),
    sink: slackSink,
    destination: row.destination,
    rev: 1,
    state: 'pending',
    payload,
    attempts: 0,
    createdAt: now,
    updatedAt: now,
    coversUntil: now,
    remote: null,
    lastError: null,
  };
}

function escalationKey(key: string): string {
  return `${key}#grown`;
}

/** It cannot be edited where it stands, and the owner is told elsewhere now: it begins anew there. */
function isStuck({ state, remote, destination }: OutboxRow, channel: string): boolean {
  return state === 'failed' && remote !== null && destination !== channel;
}

/** Given up before anybody saw it. */
function isForgotten({ state, remote }: OutboxRow): boolean {
  return state === 'sent' && remote === null;
}

function noteOf(row: OutboxRow | undefined): Note | undefined {
  return ((row?.payload ?? null) as { readonly note?: Note } | null)?.note;
}

/** The file that the message shows already, where the picture is still the same. */
function pictureOf(drawing: Omit<Picture, 'hash' | 'fileId'>, row: OutboxRow | undefined): Picture {
  const hash = hashOf(drawing.chart);
  const { file, picture } = (row?.payload ?? {}) as Partial<SentPayload & SlackPayload>;
  const kept = file ?? (picture === undefined ? null : { hash: picture.hash, id: picture.fileId });
  return { ...drawing, hash, fileId: kept?.hash === hash ? kept.id : null };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

async function relatedTo(
  { finding }: FindingRecord,
  { seeAlso }: ToldIncident,
  { store }: DigestRequest,
): Promise<FindingRecord[]> {
  if (seeAlso === null) return [];
  const related: FindingRecord[] = [];
  const { accountId } = finding;
  for await (const record of store.findings({ accountId, checkId: seeAlso, states: ['open'] }))
    if (record.finding.checkId === seeAlso && record.finding.accountId === accountId && record.state === 'open')
      related.push(record);
  return related.sort(byWorth).slice(0, shownRelated);
}
