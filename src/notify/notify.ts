/**
 * Notify: findings in the state and the run's record go in, messages in the outbox and in Slack come out.
 * Asks AWS nothing and decides nothing about findings; a message counts as told only when Slack has taken it.
 */
import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { StateStore } from '../state/state-store.ts';
import { type Delivery, deliverOutbox } from './deliver.ts';
import { channelId, createSlackClient, createSlackSink, neededScopes, refusal, toDeliveryError } from './slack.ts';

export { planDigests } from './plan-digests.ts';

export type NotifyRequest = {
  readonly store: StateStore;
  readonly token: string;
  /** `null` = Slack's own address. */
  readonly apiUrl: string | null;
  readonly log: Logger;
  readonly now: () => string;
  readonly signal: AbortSignal;
};

/** Sends what waits in the outbox, from this run or an earlier one. */
export function deliver({ store, token, apiUrl, log, now, signal }: NotifyRequest): Promise<Delivery> {
  const sink = createSlackSink(createSlackClient(token, apiUrl));
  return deliverOutbox({ store, sink, now, log, signal, sleep });
}

/** Whether the token is accepted with its scopes, and each channel exists with the app in it; posts nothing. */
export async function checkSlack(request: {
  readonly token: string;
  readonly apiUrl: string | null;
  readonly channels: readonly string[];
}): Promise<{ readonly ok: boolean; readonly text: string }[]> {
  const client = createSlackClient(request.token, request.apiUrl);
  const attempt = async (what: string, work: () => Promise<string>): Promise<{ ok: boolean; text: string }> => {
    try {
      return { ok: true, text: await work() };
    } catch (error) {
      return { ok: false, text: toDeliveryError(error, what).message };
    }
  };
  let missing: readonly string[] = [];
  const results = [
    await attempt('token', async () => {
      const { team, user, response_metadata: metadata } = await client.auth.test();
      const { scopes } = metadata ?? {};
      missing = scopes === undefined ? [] : neededScopes.filter((scope) => !scopes.includes(scope));
      return `signed in as ${user} in ${team}`;
    }),
  ];
  if (results[0]?.ok !== true) return results;
  if (missing.length > 0) results.push({ ok: false, text: `the app lacks the scopes ${missing.join(', ')}` });
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
