/** Slack's Web API for the outbox: post, edit, look up by our key. Retries are the outbox's, never the client's. */
import { ErrorCode, LogLevel, WebClient } from '@slack/web-api';
import { DeliveryError } from '../errors.ts';
import { scrub } from '../log.ts';
import type { Message } from './slack-limits.ts';

export type Remote = { readonly channel: string; readonly ts: string };
type Marked = { readonly key: string; readonly rev: number };

export type SlackSink = {
  post(destination: string, message: Message, mark: Marked, threadTs: string | undefined): Promise<Remote>;
  edit(remote: Remote, message: Message, mark: Marked): Promise<void>;
  /** Gives Slack a picture that messages may show; nobody sees it before one does. @returns its id */
  upload(file: { readonly name: string; readonly altText: string; readonly bytes: Buffer }): Promise<string>;
  /** Our message with this key among the newest of the channel. */
  find(destination: string, key: string, threadTs: string | undefined): Promise<Remote | undefined>;
};

type Found = {
  readonly ts?: string;
  readonly metadata?: { readonly event_type?: string; readonly event_payload?: { readonly key?: unknown } };
};

const timeoutMs = 10_000;
/** Newest messages looked through for a message whose fate is not known. */
const lookBackMessages = 200;
const eventType = 'costwarden';

/** Private channels need the `groups` scopes: one list is asked for both kinds. */
export const neededScopes = ['chat:write', 'channels:read', 'channels:history', 'groups:read', 'groups:history'];
/** Without it incidents come without their picture. */
export const pictureScope = 'files:write';

/** What to do about Slack's permanent refusals. */
const remedies: Readonly<Record<string, (destination: string) => string>> = {
  invalid_auth: () => 'SLACK_BOT_TOKEN is not accepted; install the app again and set the new token',
  not_authed: () => 'SLACK_BOT_TOKEN is empty; set it',
  token_revoked: () => 'SLACK_BOT_TOKEN was revoked; install the app again and set the new token',
  token_expired: () => 'SLACK_BOT_TOKEN has expired; set a new one',
  account_inactive: () => 'the app or its user was deactivated; install the app again',
  channel_not_found: (destination) =>
    `channel ${destination} does not exist or is private; create it or invite the app`,
  not_in_channel: (destination) => `the app is not in ${destination}; write /invite @costwarden there`,
  is_archived: (destination) => `channel ${destination} is archived; name another one in owners`,
  missing_scope: () => `the app lacks a permission; it needs ${neededScopes.join(', ')}`,
  restricted_action: (destination) => `the workspace does not let the app post in ${destination}`,
  invalid_blocks: () => 'Slack does not accept the message; please report this',
  msg_blocks_too_long: () => 'Slack finds the message too long; please report this',
  msg_too_long: () => 'Slack finds the message too long; please report this',
};

/** Errors that mean: this message is gone or frozen, write a new one. */
export const recreateErrors = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

/** Slack refused for good, with its own word for it. */
export class SlackRefusal extends DeliveryError {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message, { retryable: false });
    this.code = code;
  }
}

/**
 * The picture in a message is not known to Slack: files are taken in after the upload has been answered, and people
 * delete them. The message was refused as a whole. Source: java-slack-sdk issue 1349, read 2026-11-25.
 */
export class PictureRefusal extends DeliveryError {
  constructor(cause: unknown) {
    super('Slack does not have the picture yet', { retryable: true, retryAfterMs: 2000, cause });
  }
}

export function refusal(word: string, destination: string): SlackRefusal {
  return new SlackRefusal(word, remedies[word]?.(destination) ?? `Slack refuses: ${word}`);
}

export function createSlackClient(token: string, apiUrl: string | null): WebClient {
  return new WebClient(token, {
    ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }),
    // The client would post again after a dropped socket: up to eleven copies of one message.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    logLevel: LogLevel.ERROR,
    logger: {
      debug() {},
      info() {},
      warn() {},
      error() {},
      setLevel() {},
      getLevel: () => LogLevel.ERROR,
      setName() {},
    },
  });
}

export function createSlackSink(client: WebClient): SlackSink {
  return {
    post: (destination, message, mark, threadTs) =>
      explained(destination, async () => {
        const answer = await client.chat.postMessage({
          channel: destination,
          text: message.text,
          blocks: message.blocks,
          metadata: { event_type: eventType, event_payload: mark },
          unfurl_links: false,
          unfurl_media: false,
          ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
        });
        if (answer.channel === undefined || answer.ts === undefined)
          throw new Error('Slack answered without the address of the message');
        return { channel: answer.channel, ts: answer.ts };
      }),
    edit: (remote, message, mark) =>
      explained(remote.channel, async () => {
        await client.chat.update({
          channel: remote.channel,
          ts: remote.ts,
          text: message.text,
          blocks: message.blocks,
          metadata: { event_type: eventType, event_payload: mark },
        });
      }),
    upload: ({ name, altText, bytes }) =>
      explained('files', async () => {
        const { file_id: id, upload_url: url } = await client.files.getUploadURLExternal({
          filename: name,
          length: bytes.length,
          alt_text: altText,
        });
        if (id === undefined || url === undefined) throw new Error('Slack answered without a place for the file');
        const { ok, status } = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream' },
          body: new Uint8Array(bytes),
          signal: AbortSignal.timeout(timeoutMs),
        });
        if (!ok) throw new Error(`the upload was answered with ${status}`);
        // No channel: shared there, it would be a message of its own.
        await client.files.completeUploadExternal({ files: [{ id, title: name }] });
        return id;
      }),
    find: (destination, key, threadTs) =>
      explained(destination, async () => {
        const channel = await channelId(client, destination);
        if (channel === undefined) return undefined;
        const answer =
          threadTs === undefined
            ? await client.conversations.history({ channel, include_all_metadata: true, limit: lookBackMessages })
            : await client.conversations.replies({
                channel,
                ts: threadTs,
                include_all_metadata: true,
                limit: lookBackMessages,
              });
        const messages = (answer.messages ?? []) as Found[];
        const ours = messages.filter(
          ({ metadata }) => metadata?.event_type === eventType && metadata.event_payload?.key === key,
        );
        // The newest: an older one of the same key is a message that could not be edited any more.
        const ts = ours
          .flatMap((message) => message.ts ?? [])
          .sort()
          .at(-1);
        return ts === undefined ? undefined : { channel, ts };
      }),
  };
}

/** History wants an id, posting takes a name. */
export async function channelId(client: WebClient, destination: string): Promise<string | undefined> {
  if (!destination.startsWith('#')) return destination;
  let cursor: string | undefined;
  do {
    const answer = await client.conversations.list({
      limit: 999,
      types: 'public_channel,private_channel',
      ...(cursor === undefined ? {} : { cursor }),
    });
    const found = answer.channels?.find(({ name }) => name === destination.slice(1));
    if (found?.id !== undefined) return found.id;
    cursor = answer.response_metadata?.next_cursor || undefined;
  } while (cursor !== undefined);
  return undefined;
}

async function explained<T>(destination: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toDeliveryError(error, destination);
  }
}

type SlackError = Error & {
  readonly code?: string;
  readonly retryAfter?: number;
  readonly data?: { readonly error?: string; readonly errors?: readonly string[] };
};

/** @returns SlackRefusal for a permanent no, else a retryable DeliveryError */
export function toDeliveryError(error: unknown, destination: string): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const { code, retryAfter, data, message } = (error instanceof Error ? error : new Error(String(error))) as SlackError;
  if (code === ErrorCode.RateLimitedError) {
    return new DeliveryError('Slack asks to slow down', {
      retryable: true,
      retryAfterMs: (retryAfter ?? 1) * 1000,
      cause: error,
    });
  }
  // A 429 that does not say how long: the client has no code for it.
  if (code === undefined && message.startsWith('Retry header'))
    return new DeliveryError('Slack asks to slow down', { retryable: true, retryAfterMs: 1000, cause: error });
  const word = data?.error;
  if (code === ErrorCode.PlatformError && word !== undefined) {
    if (word === 'ratelimited')
      return new DeliveryError('Slack asks to slow down', { retryable: true, retryAfterMs: 1000, cause: error });
    if (word === 'internal_error' || word === 'fatal_error' || word === 'service_unavailable')
      return new DeliveryError(`Slack has a problem: ${word}`, { retryable: true, cause: error });
    if (word === 'invalid_blocks' && data?.errors?.some((text) => text.includes('slack_file')) === true)
      return new PictureRefusal(error);
    return refusal(word, destination);
  }
  return new DeliveryError(`Slack did not answer: ${scrub(message)}`, { retryable: true, cause: error });
}
