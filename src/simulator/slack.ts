/** A Slack workspace on the loopback address: keeps messages, refuses what Slack refuses, fails as scripted. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileMethods, Refusal, type SlackFile, showFile, takeBytes } from './slack-files.ts';

export type SlackMessage = {
  readonly ts: string;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the app sent, as JSON
  blocks: any[];
  metadata: { event_type?: string; event_payload?: Record<string, unknown> } | undefined;
  readonly threadTs: string | undefined;
  edits: number;
};

export type SlackFault = {
  readonly method: string;
  /** Which calls of the method, counted from 1; default: all. `upload` = the bytes of a file, always all. */
  readonly calls?: readonly number[];
  readonly kind: 'rate-limited' | 'server-error' | 'drop-before' | 'drop-after' | 'refuse' | 'hang';
  /** For `rate-limited`: seconds of Retry-After. */
  readonly retryAfterSeconds?: number;
  /** For `refuse`: Slack's word. */
  readonly error?: string;
  readonly channel?: string;
};

export type SimulatedSlack = {
  readonly apiUrl: string;
  readonly calls: readonly { readonly method: string; readonly channel: string | undefined; readonly at: number }[];
  /** @param channel with its `#` */
  messages(channel: string): SlackMessage[];
  fail(fault: SlackFault): void;
  clearFaults(): void;
  /** Files that were begun to be uploaded, with the bytes that came. */
  files(): readonly SlackFile[];
  archive(channel: string): void;
  close(): Promise<void>;
};

export type SlackOptions = {
  readonly channels: readonly string[];
  /** Channels that exist without the app in them. */
  readonly strangers?: readonly string[];
  readonly users?: Readonly<Record<string, string>>;
  readonly token?: string;
  /** Told in the header of every answer, as Slack does; default: none told. */
  readonly scopes?: readonly string[];
  /** Messages with a fresh picture that are refused before Slack has it; default: none. */
  readonly pictureRefusals?: number;
};

type Channel = {
  readonly id: string;
  readonly name: string;
  readonly isMember: boolean;
  isArchived: boolean;
  readonly messages: SlackMessage[];
};
// biome-ignore lint/suspicious/noExplicitAny: decoded form or JSON
type Arguments = Record<string, any>;
type Answer = Record<string, unknown>;

export async function startSlack(options: SlackOptions): Promise<SimulatedSlack> {
  const channels = new Map<string, Channel>();
  for (const [index, name] of [...options.channels, ...(options.strangers ?? [])].entries()) {
    const isMember = options.channels.includes(name);
    channels.set(name, {
      id: `C${String(index + 1).padStart(9, '0')}`,
      name,
      isMember,
      isArchived: false,
      messages: [],
    });
  }
  const faults: SlackFault[] = [];
  const scopes: Record<string, string> =
    options.scopes === undefined ? {} : { 'x-oauth-scopes': options.scopes.join(',') };
  const calls: { method: string; channel: string | undefined; at: number }[] = [];
  const counts = new Map<string, number>();
  const files = new Map<string, SlackFile>();
  let clock = 1_700_000_000;

  const channelOf = (given: unknown, needsMember: boolean): Channel => {
    const name = typeof given === 'string' ? given : '';
    const channel =
      channels.get(name) ?? channels.get(`#${name}`) ?? [...channels.values()].find(({ id }) => id === name);
    if (channel === undefined) throw new Refusal('channel_not_found');
    if (channel.isArchived && needsMember) throw new Refusal('is_archived');
    if (!channel.isMember && needsMember) throw new Refusal('not_in_channel');
    return channel;
  };
  const page = <T>(items: readonly T[], given: Arguments, fallback: number): { items: T[]; next: string } => {
    const start = given['cursor'] ? Number(Buffer.from(String(given['cursor']), 'base64').toString()) : 0;
    const limit = Math.min(Number(given['limit'] ?? fallback), 1000);
    const end = start + limit;
    return {
      items: items.slice(start, end),
      next: end < items.length ? Buffer.from(String(end)).toString('base64') : '',
    };
  };
  const shown = ({ ts, text, blocks, metadata, threadTs }: SlackMessage, withMetadata: boolean): Answer => ({
    type: 'message',
    ts,
    text,
    blocks,
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(withMetadata && metadata !== undefined ? { metadata } : {}),
  });
  const isTrue = (value: unknown): boolean => value === true || value === 'true' || value === '1';

  const methods: Record<string, (given: Arguments) => Answer> = {
    'auth.test': () => ({
      ok: true,
      team: 'Simulated',
      user: 'costwarden',
      user_id: 'U000000001',
      team_id: 'T000000001',
    }),
    'chat.postMessage': (given) => {
      const channel = channelOf(given['channel'], true);
      const blocks = validated(given, files);
      const threadTs = given['thread_ts'] === undefined ? undefined : String(given['thread_ts']);
      if (threadTs !== undefined && !channel.messages.some(({ ts }) => ts === threadTs))
        throw new Refusal('thread_not_found');
      clock += 1;
      const message: SlackMessage = {
        ts: `${clock}.000100`,
        text: String(given['text'] ?? ''),
        blocks,
        metadata: given['metadata'],
        threadTs,
        edits: 0,
      };
      channel.messages.push(message);
      return { ok: true, channel: channel.id, ts: message.ts, message: shown(message, true) };
    },
    'chat.update': (given) => {
      const channel = channelOf(given['channel'], true);
      const message = channel.messages.find(({ ts }) => ts === String(given['ts']));
      if (message === undefined) throw new Refusal('message_not_found');
      message.blocks = validated(given, files);
      message.text = String(given['text'] ?? '');
      if (given['metadata'] !== undefined) message.metadata = given['metadata'];
      message.edits += 1;
      return { ok: true, channel: channel.id, ts: message.ts, text: message.text };
    },
    'conversations.history': (given) => {
      const channel = channelOf(given['channel'], true);
      const newest = channel.messages.filter(({ threadTs }) => threadTs === undefined).reverse();
      const { items, next } = page(newest, given, 100);
      return {
        ok: true,
        messages: items.map((message) => shown(message, isTrue(given['include_all_metadata']))),
        has_more: next !== '',
        response_metadata: { next_cursor: next },
      };
    },
    'conversations.replies': (given) => {
      const channel = channelOf(given['channel'], true);
      const thread = channel.messages.filter(({ ts, threadTs }) => ts === given['ts'] || threadTs === given['ts']);
      const { items, next } = page(thread, given, 100);
      return {
        ok: true,
        messages: items.map((message) => shown(message, isTrue(given['include_all_metadata']))),
        has_more: next !== '',
        response_metadata: { next_cursor: next },
      };
    },
    'conversations.list': (given) => {
      const all = [...channels.values()].filter(({ isArchived }) => !(isArchived && isTrue(given['exclude_archived'])));
      const { items, next } = page(all, given, 100);
      return {
        ok: true,
        channels: items.map(({ id, name, isMember, isArchived }) => ({
          id,
          name: name.slice(1),
          is_member: isMember,
          is_archived: isArchived,
        })),
        response_metadata: { next_cursor: next },
      };
    },
    'conversations.info': (given) => {
      const { id, name, isMember, isArchived } = channelOf(given['channel'], false);
      return { ok: true, channel: { id, name: name.slice(1), is_member: isMember, is_archived: isArchived } };
    },
    'users.lookupByEmail': (given) => {
      const id = options.users?.[String(given['email'])];
      if (id === undefined) throw new Refusal('users_not_found');
      return { ok: true, user: { id, name: String(given['email']).split('@')[0] } };
    },
    ...fileMethods({
      files,
      uploadUrl: (id) => `http://127.0.0.1:${port()}/upload/${id}`,
      join: (channel) => channelOf(channel, true),
      refusals: options.pictureRefusals ?? 0,
    }),
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const body = await readBody(request);
    const upload = /^\/upload\/(F\d+)$/.exec(path)?.[1];
    if (upload !== undefined) {
      const fault = faults.find(({ method }) => method === 'upload');
      const isTaken = fault === undefined && (await takeBytes(files.get(upload), request, body));
      if (fault?.kind === 'drop-before' || fault?.kind === 'drop-after') request.socket.destroy();
      else response.writeHead(isTaken ? 200 : 500).end(isTaken ? 'OK' : 'oops');
      return;
    }
    const method = path.replace(/^\/api\//, '');
    const given = decode(request, body.toString());
    const channel = given['channel'] === undefined ? undefined : String(given['channel']);
    calls.push({ method, channel, at: Date.now() });
    const count = (counts.get(method) ?? 0) + 1;
    counts.set(method, count);
    const fault = faults.find(
      (candidate) =>
        candidate.method === method &&
        (candidate.calls?.includes(count) ?? true) &&
        (candidate.channel === undefined || candidate.channel === channel),
    );
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'drop-before') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'rate-limited') {
      const wait = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      send(response, { ok: false, error: 'ratelimited' }, 429, wait);
      return;
    }
    if (fault?.kind === 'server-error') {
      response.writeHead(500).end('oops');
      return;
    }
    try {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? given['token'];
      if (token === undefined || token === '') throw new Refusal('not_authed');
      if (options.token !== undefined && token !== options.token) throw new Refusal('invalid_auth');
      if (fault?.kind === 'refuse') throw new Refusal(fault.error ?? 'restricted_action');
      const hasFiles = options.scopes?.includes('files:write') ?? true;
      if (method.startsWith('files.') && !hasFiles) throw new Refusal('missing_scope');
      const answer = (methods[method] ?? unknownMethod)(given);
      if (fault?.kind === 'drop-after') request.socket.destroy();
      else send(response, answer, 200, scopes);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      send(response, { ok: false, error: error.message, ...(error.errors && { errors: error.errors }) });
    }
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const port = (): number => (server.address() as AddressInfo).port;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    apiUrl: `http://127.0.0.1:${port()}/api/`,
    calls,
    messages: (name) => channels.get(name)?.messages ?? [],
    fail: (fault) => faults.push(fault),
    clearFaults: () => faults.splice(0),
    files: () => [...files.values()],
    archive(name) {
      const channel = channels.get(name);
      if (channel !== undefined) channel.isArchived = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function unknownMethod(): Answer {
  throw new Refusal('unknown_method');
}

/** Slack's limits, documented and observed: 50 blocks, 3,000 characters a text, about 13,200 in all blocks. */
function validated(given: Arguments, files: ReadonlyMap<string, SlackFile>): SlackMessage['blocks'] {
  const blocks: SlackMessage['blocks'] =
    typeof given['blocks'] === 'string' ? JSON.parse(given['blocks']) : (given['blocks'] ?? []);
  const text = String(given['text'] ?? '');
  if (text === '' && blocks.length === 0) throw new Refusal('no_text');
  if (text.length > 40_000) throw new Refusal('msg_too_long');
  if (!Array.isArray(blocks) || blocks.length > 50) throw new Refusal('invalid_blocks');
  let sum = 0;
  for (const [index, block] of blocks.entries()) {
    if (block?.type === 'image') {
      const altText = String(block.alt_text ?? '');
      if (altText.length < 1 || altText.length > 2000) throw new Refusal('invalid_blocks');
      showFile(files.get(String(block.slack_file?.id)), index);
      continue;
    }
    const texts: { text?: unknown; type?: unknown }[] =
      block?.type === 'context'
        ? block.elements
        : block?.type === 'section' && block.fields !== undefined
          ? block.fields
          : block?.type === 'divider'
            ? []
            : [block?.text];
    if (!['header', 'section', 'context', 'divider'].includes(block?.type)) throw new Refusal('invalid_blocks');
    if (
      block.type === 'context' &&
      (!Array.isArray(block.elements) || block.elements.length < 1 || block.elements.length > 10)
    )
      throw new Refusal('invalid_blocks');
    for (const part of texts) {
      const length = typeof part?.text === 'string' ? part.text.length : 0;
      const max = block.type === 'header' ? 150 : 3000;
      if (length < 1 || length > max || (block.type === 'header' && part?.type !== 'plain_text'))
        throw new Refusal('invalid_blocks');
      sum += length;
    }
  }
  if (sum > 13_200) throw new Refusal('msg_blocks_too_long');
  return blocks;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function decode(request: IncomingMessage, body: string): Arguments {
  if ((request.headers['content-type'] ?? '').includes('json'))
    return body === '' ? {} : (JSON.parse(body) as Arguments);
  const given: Arguments = Object.fromEntries(new URLSearchParams(body));
  if (typeof given['metadata'] === 'string') given['metadata'] = JSON.parse(given['metadata']);
  return given;
}

function send(response: ServerResponse, answer: Answer, status = 200, headers: Record<string, string> = {}): void {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
    .end(JSON.stringify(answer));
}
