/**
 * Notify: findings in the state and the run's record go in, messages in the outbox and in Slack come out.
 * Asks AWS nothing and decides nothing about findings; a message counts as told only when Slack has taken it.
 */
import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { OutboxRow, StateStore } from '../state/state-store.ts';
import { type Delivery, deliverOutbox } from './deliver.ts';
import { type DigestRequest, planDigests } from './plan-digests.ts';
import { planIncidents } from './plan-incidents.ts';
import {
  channelId,
  createSlackClient,
  createSlackSink,
  neededScopes,
  pictureScope,
  refusal,
  toDeliveryError,
} from './slack.ts';

export type NotifyRequest = {
  readonly store: StateStore;
  readonly token: string;
  /** `null` = Slack's own address. */
  readonly apiUrl: string | null;
  readonly log: Logger;
  readonly now: () => string;
  readonly signal: AbortSignal;
};

/** Rows for the outbox, to be saved together with the run: incidents have messages of their own, the rest is digests. */
export async function planMessages(request: DigestRequest): Promise<OutboxRow[]> {
  return [...(await planIncidents(request)), ...(await planDigests(request))];
}

/** Sends what waits in the outbox, from this run or an earlier one. */
export function deliver({ store, token, apiUrl, log, now, signal }: NotifyRequest): Promise<Delivery> {
  const sink = createSlackSink(createSlackClient(token, apiUrl));
  return deliverOutbox({ store, sink, now, log, signal, sleep });
}

type SlackLook = { readonly state: 'ok' | 'warning' | 'problem'; readonly text: string };

/** Whether the token is accepted with its scopes, and each channel exists with the app in it; posts nothing. */
export async function checkSlack(request: {
  readonly token: string;
  readonly apiUrl: string | null;
  readonly channels: readonly string[];
}): Promise<SlackLook[]> {
  const client = createSlackClient(request.token, request.apiUrl);
  const attempt = async (what: string, work: () => Promise<string>): Promise<SlackLook> => {
    try {
      return { state: 'ok', text: await work() };
    } catch (error) {
      return { state: 'problem', text: toDeliveryError(error, what).message };
    }
  };
  let missing: readonly string[] = [];
  let hasPictures = true;
  const results = [
    await attempt('token', async () => {
      const { team, user, response_metadata: metadata } = await client.auth.test();
      const { scopes } = metadata ?? {};
      missing = scopes === undefined ? [] : neededScopes.filter((scope) => !scopes.includes(scope));
      hasPictures = scopes === undefined || scopes.includes(pictureScope);
      return `signed in as ${user} in ${team}`;
    }),
  ];
  if (results[0]?.state !== 'ok') return results;
  if (missing.length > 0) results.push({ state: 'problem', text: `the app lacks the scopes ${missing.join(', ')}` });
  if (!hasPictures)
    results.push({
      state: 'warning',
      text: `the app lacks the scope ${pictureScope}: incidents come without a picture`,
    });
  for (const channel of request.channels) results.push(await attempt(channel, () => checkChannel(client, channel)));
  return results;
}

/** @throws SlackRefusal in the words of a refused message */
async function checkChannel(client: ReturnType<typeof createSlackClient>, channel: string): Promise<string> {
  const id = await channelId(client, channel);
  if (id === undefined) throw refusal('channel_not_found', channel);
  const { channel: found } = await client.conversations.info({ channel: id });
  if (found?.is_archived === true) throw refusal('is_archived', channel);
  if (found?.is_member === false) throw refusal('not_in_channel', channel);
  return `channel ${channel} can be written to`;
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  // A stop ends the wait; the caller sees the signal itself.
  await setTimeout(ms, undefined, { signal }).catch(() => {});
}
