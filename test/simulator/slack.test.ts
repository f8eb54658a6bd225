/** The simulated Slack is only worth something when it refuses what Slack refuses. */
import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSlackClient } from '../../src/notify/slack.ts';
import { type SimulatedSlack, startSlack } from '../../src/simulator/slack.ts';

let slack: SimulatedSlack;
let client: WebClient;
beforeEach(async () => {
  slack = await startSlack({
    channels: ['#a', '#b'],
    strangers: ['#strangers'],
    users: { 'ann@example.com': 'U0ANN' },
    token: 'good',
    scopes: ['chat:write', 'channels:read', 'files:write'],
  });
  client = createSlackClient('good', slack.apiUrl);
});
afterEach(() => slack.close());

const word = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: { data?: { error?: string } }) => error.data?.error,
  );
const section = (text: string) => ({ type: 'section' as const, text: { type: 'mrkdwn' as const, text } });
const post = (message: object) => word(client.chat.postMessage({ channel: '#a', text: 't', ...message } as never));

describe('messages', () => {
  test('are posted by name or id, with metadata, and edited', async () => {
    const metadata = { event_type: 'costwarden', event_payload: { key: 'k', rev: 1 } };
    const { channel = '', ts = '' } = await client.chat.postMessage({ channel: '#a', text: 'one', metadata });
    expect(channel).toMatch(/^C/);
    await client.chat.postMessage({ channel, text: 'two', thread_ts: ts });
    await client.chat.update({ channel, ts, text: 'one, edited', blocks: [section('s')] });
    expect(slack.messages('#a')).toMatchObject([
      { ts, text: 'one, edited', edits: 1, metadata },
      { text: 'two', threadTs: ts, edits: 0 },
    ]);
  });

  test('history shows the newest first, without replies, metadata only when asked', async () => {
    const metadata = { event_type: 'e', event_payload: { key: 'k' } };
    const { channel = '', ts = '' } = await client.chat.postMessage({ channel: '#a', text: 'one', metadata });
    await client.chat.postMessage({ channel, text: 'reply', thread_ts: ts });
    await client.chat.postMessage({ channel, text: 'two' });
    const plain = await client.conversations.history({ channel });
    expect(plain.messages?.map(({ text }) => text)).toEqual(['two', 'one']);
    expect(plain.messages?.[1]).not.toHaveProperty('metadata');
    const full = await client.conversations.history({ channel, include_all_metadata: true });
    expect(full.messages?.[1]).toMatchObject({ metadata });
    const replies = await client.conversations.replies({ channel, ts });
    expect(replies.messages?.map(({ text }) => text)).toEqual(['one', 'reply']);
  });

  test('history comes in pages', async () => {
    for (const text of ['1', '2', '3']) await client.chat.postMessage({ channel: '#a', text });
    const texts: unknown[] = [];
    for await (const page of client.paginate('conversations.history', { channel: '#a', limit: 2 }))
      texts.push((page as unknown as { messages: { text: string }[] }).messages.map(({ text }) => text));
    expect(texts).toEqual([['3', '2'], ['1']]);
  });

  test.each([
    ['51 blocks', { blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }, 'invalid_blocks'],
    ['50 blocks', { blocks: Array.from({ length: 50 }, () => ({ type: 'divider' })) }, 'ok'],
    ['3001 characters of text', { blocks: [section('x'.repeat(3001))] }, 'invalid_blocks'],
    ['3000 characters of text', { blocks: [section('x'.repeat(3000))] }, 'ok'],
    ['an empty text', { blocks: [section('')] }, 'invalid_blocks'],
    [
      'a header of 151 characters',
      { blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] },
      'invalid_blocks',
    ],
    [
      'a header with formatting',
      { blocks: [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }] },
      'invalid_blocks',
    ],
    [
      '11 context elements',
      { blocks: [{ type: 'context', elements: Array.from({ length: 11 }, () => section('x').text) }] },
      'invalid_blocks',
    ],
    ['a block it does not know', { blocks: [{ type: 'nonsense' }] }, 'invalid_blocks'],
    ['13,200 characters in all', { blocks: Array.from({ length: 5 }, () => section('x'.repeat(2640))) }, 'ok'],
    ['more in all', { blocks: Array.from({ length: 5 }, () => section('x'.repeat(2641))) }, 'msg_blocks_too_long'],
    ['a text of 40,001 characters', { text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['nothing', { text: '' }, 'no_text'],
    ['an unknown channel', { channel: '#nowhere' }, 'channel_not_found'],
    ['a channel without the app', { channel: '#strangers' }, 'not_in_channel'],
    ['an unknown thread', { thread_ts: '1.0' }, 'thread_not_found'],
  ])('%s', async (_, message, expected) => {
    expect(await post(message)).toBe(expected);
    expect(slack.messages('#a')).toHaveLength(expected === 'ok' ? 1 : 0);
  });

  test('an edit of what is not there and a post to what is archived are refused', async () => {
    expect(await word(client.chat.update({ channel: '#a', ts: '1.0', text: 't' }))).toBe('message_not_found');
    slack.archive('#a');
    expect(await post({})).toBe('is_archived');
  });
});

describe('directory', () => {
  test('auth.test knows the token and tells its scopes', async () => {
    const answer = await client.auth.test();
    expect(answer).toMatchObject({ team: 'Simulated', user: 'costwarden' });
    expect(answer.response_metadata?.scopes).toEqual(['chat:write', 'channels:read', 'files:write']);
    expect(await word(createSlackClient('bad', slack.apiUrl).auth.test())).toBe('invalid_auth');
    expect(await word(new WebClient(undefined, { slackApiUrl: slack.apiUrl }).auth.test())).toBe('not_authed');
  });

  test('channels are listed in pages, with membership, archived ones when wanted', async () => {
    slack.archive('#b');
    const names: unknown[] = [];
    for await (const page of client.paginate('conversations.list', { limit: 1 }))
      names.push(
        ...(page as unknown as { channels: { name: string; is_member: boolean; is_archived: boolean }[] }).channels,
      );
    expect(names).toMatchObject([
      { name: 'a', is_member: true, is_archived: false },
      { name: 'b', is_member: true, is_archived: true },
      { name: 'strangers', is_member: false, is_archived: false },
    ]);
    const { channels } = await client.conversations.list({ exclude_archived: true });
    expect(channels?.map(({ name }) => name)).toEqual(['a', 'strangers']);
    expect(await client.conversations.info({ channel: channels?.[1]?.id ?? '' })).toMatchObject({
      channel: { name: 'strangers', is_member: false },
    });
  });

  test('users are found by address', async () => {
    expect(await client.users.lookupByEmail({ email: 'ann@example.com' })).toMatchObject({ user: { id: 'U0ANN' } });
    expect(await word(client.users.lookupByEmail({ email: 'bob@example.com' }))).toBe('users_not_found');
  });

  test('methods it does not have are unknown', async () => {
    expect(await word(client.apiCall('no.such'))).toBe('unknown_method');
  });
});

describe('files', () => {
  test('take three steps', async () => {
    const answer = await client.filesUploadV2({ channel_id: 'C000000001', filename: 'r.csv', content: 'a,b\n' });
    expect(answer.ok).toBe(true);
    expect(slack.calls.map(({ method }) => method)).toEqual([
      'files.getUploadURLExternal',
      'files.completeUploadExternal',
    ]);
  });

  test('are refused without a length, without their bytes, and in a channel without the app', async () => {
    const start = (length: number) => client.apiCall('files.getUploadURLExternal', { filename: 'r.csv', length });
    expect(await word(start(0))).toBe('invalid_arguments');
    const { file_id: id, upload_url: url } = (await start(3)) as unknown as { file_id: string; upload_url: string };
    const complete = (channel_id: string) =>
      word(client.apiCall('files.completeUploadExternal', { files: [{ id }], channel_id }));
    expect(await complete('C000000001')).toBe('file_not_found');
    await fetch(url, { method: 'POST', body: 'abc' });
    expect(await complete('C000000003')).toBe('not_in_channel');
    expect(await complete('C000000001')).toBe('ok');
  });
});

describe('scripted trouble', () => {
  test.each([
    ['rate-limited', 0],
    ['server-error', 0],
    ['drop-before', 0],
    ['drop-after', 1],
    ['refuse', 0],
  ] as const)('%s: fails, and the channel holds %i messages', async (kind, messages) => {
    slack.fail({ method: 'chat.postMessage', kind, calls: [1] });
    await expect(client.chat.postMessage({ channel: '#a', text: 't' })).rejects.toThrow();
    expect(slack.messages('#a')).toHaveLength(messages);
    expect(await post({})).toBe('ok');
  });

  test('hits only its channel, and ends when it is cleared', async () => {
    slack.fail({ method: 'chat.postMessage', kind: 'refuse', error: 'restricted_action', channel: '#a' });
    expect(await post({})).toBe('restricted_action');
    expect(await post({ channel: '#b' })).toBe('ok');
    slack.clearFaults();
    expect(await post({})).toBe('ok');
  });

  test('a 429 says how long to wait', async () => {
    slack.fail({ method: 'chat.postMessage', kind: 'rate-limited', retryAfterSeconds: 7 });
    await expect(client.chat.postMessage({ channel: '#a', text: 't' })).rejects.toMatchObject({ retryAfter: 7 });
  });
});
