/**
 * The sender of the outbox: every row effectively once.
 * A row is marked `sending` before the call; when the outcome is not known, now or after a crash, the channel's own
 * history is asked for our key before anything is sent again.
 */
import { DeliveryError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { OutboxRow, StateStore } from '../state/state-store.ts';
import { createPictures, type Pictures, withPicture } from './pictures.ts';
import { PictureRefusal, type Remote, recreateErrors, SlackRefusal, type SlackSink } from './slack.ts';
import { type SentPayload, type SlackPayload, slackSink } from './slack-payload.ts';

export type DeliverRequest = {
  readonly store: Pick<StateStore, 'outbox' | 'outboxRow' | 'updateOutbox'>;
  readonly sink: SlackSink;
  readonly now: () => string;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

export type Delivery = {
  readonly sent: number;
  readonly failed: readonly { readonly row: OutboxRow; readonly error: string }[];
};

/** Slack takes about one message a second in a channel. Slack rate limits page, read 2026-11-23. */
const paceMs = 1000;
const attemptsPerRun = 5;
/** Slack's own waits are honoured up to this long; beyond it the next run goes on. */
const longestWaitMs = 60_000;
/** Slack takes files in within seconds. The last attempt of all is without the picture, whatever failed. */
const pictureTries = 3;
const stopped = 'the run was stopped; the next one delivers it';

/** Channels go side by side, so that a slow one holds up no other; rows of a channel keep their order. */
export async function deliverOutbox(request: DeliverRequest): Promise<Delivery> {
  const waiting = await request.store.outbox({ sink: slackSink, states: ['pending', 'sending', 'failed'] });
  const byChannel = Map.groupBy(waiting, ({ destination }) => destination);
  const pictures = createPictures(request);
  const results = await Promise.all(
    [...byChannel.values()].map((rows) => deliverChannel(inOrder(rows), request, pictures)),
  );
  return {
    sent: results.map(({ sent }) => sent).reduce((sum, sent) => sum + sent, 0),
    failed: results.flatMap(({ failed }) => failed),
  };
}

/** Oldest message first, a thread's parts after their parent. */
function inOrder(rows: readonly OutboxRow[]): OutboxRow[] {
  const times = new Map(rows.map(({ key, createdAt }) => [key, createdAt]));
  const timeOf = ({ payload, createdAt }: OutboxRow): string =>
    times.get((payload as SlackPayload).parent ?? '') ?? createdAt;
  return [...rows].sort(
    (a, b) => timeOf(a).localeCompare(timeOf(b)) || a.key.localeCompare(b.key, 'en', { numeric: true }),
  );
}

async function deliverChannel(
  rows: readonly OutboxRow[],
  request: DeliverRequest,
  pictures: Pictures,
): Promise<Delivery> {
  const failed: { row: OutboxRow; error: string }[] = [];
  let sent = 0;
  for (const row of rows) {
    const { parent } = row.payload as SlackPayload;
    // A part whose parent has just failed waits with it; one line tells of both.
    if (failed.some((other) => other.row.key === parent)) continue;
    if (sent + failed.length > 0) await request.sleep(paceMs, request.signal);
    if (request.signal.aborted) {
      failed.push({ row, error: stopped });
      break;
    }
    const error = await deliverRow(row, request, pictures);
    if (error === undefined) sent += 1;
    else failed.push({ row, error });
  }
  return { sent, failed };
}

/** @returns undefined when delivered, else the reason in one line */
async function deliverRow(row: OutboxRow, request: DeliverRequest, pictures: Pictures): Promise<string | undefined> {
  const { store, sink, now, sleep, log, signal } = request;
  const payload = row.payload as SlackPayload;
  const { parent } = payload;
  const threadTs = parent === null ? undefined : (await store.outboxRow(parent))?.remote?.ts;
  if (parent !== null && threadTs === undefined) return 'its parent message was not delivered';
  let current = row;
  const save = async (changes: Partial<OutboxRow>): Promise<void> => {
    current = { ...current, ...changes, updatedAt: now() };
    await store.updateOutbox(current);
  };
  // Left over from a run that died in the middle: it may have arrived.
  let isUncertain = row.state === 'sending' && row.remote === null;
  // The picture must never hold up the words: whatever happens to it, the message goes without.
  let { picture } = payload;
  let pictureRefusals = 0;
  const draw = async (): Promise<void> => {
    if (picture === undefined || picture.fileId !== null) return;
    const fileId = await pictures.upload(picture, row.key);
    picture = fileId === undefined ? undefined : { ...picture, fileId };
    // Kept, so that a run which dies from here on does not upload it again.
    if (picture !== undefined) await save({ payload: { ...payload, picture } });
  };
  const send = async (): Promise<Remote> => {
    const message = withPicture(payload.message, picture);
    const mark = { key: row.key, rev: row.rev };
    if (current.remote !== null) {
      try {
        await sink.edit(current.remote, message, mark);
        return current.remote;
      } catch (error) {
        if (!(error instanceof SlackRefusal) || !recreateErrors.has(error.code)) throw error;
        // From here on it is a message like any new one, whatever happens to the next call.
        await save({ remote: null });
      }
    }
    return sink.post(row.destination, message, mark, threadTs);
  };
  let problem = stopped;
  for (let attempt = 1; attempt <= attemptsPerRun && !signal.aborted; attempt += 1) {
    try {
      if (isUncertain) {
        const found = await sink.find(row.destination, row.key, threadTs);
        if (found !== undefined) await save({ remote: found });
        isUncertain = false;
      }
      await draw();
      await save({ state: 'sending', attempts: current.attempts + 1 });
      const remote = await send();
      // The text is in Slack now; the next revision brings its own.
      await save({ state: 'sent', remote, lastError: null, payload: leftOf(payload, picture) });
      log.info({ sink: slackSink, key: row.key, rev: row.rev }, 'message delivered');
      return undefined;
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      problem = error.message;
      if (!error.retryable) break;
      if (error instanceof PictureRefusal) pictureRefusals += 1;
      if (pictureRefusals >= pictureTries || attempt === attemptsPerRun - 1) picture = undefined;
      // A throttled request was not taken; anything else may have been.
      if (error.retryAfterMs === undefined && current.remote === null) isUncertain = true;
      const wait = error.retryAfterMs ?? 500 * 2 ** attempt;
      log.warn({ sink: slackSink, key: row.key, attempt, err: error }, 'message not delivered yet');
      if (wait > longestWaitMs || attempt === attemptsPerRun) break;
      await sleep(wait, signal);
    }
  }
  // Uncertain rows stay `sending`, so that the next run looks before it sends.
  await save({ state: isUncertain ? 'sending' : 'failed', lastError: problem });
  return problem;
}

function leftOf({ note }: SlackPayload, picture: SlackPayload['picture']): SentPayload | null {
  if (note === undefined) return null;
  const { hash, fileId = null } = picture ?? {};
  return { note, file: hash === undefined || fileId === null ? null : { hash, id: fileId } };
}
