/** The outbox against a Slack that limits, fails, hangs up and refuses: every message arrives once, in order. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { type Delivery, deliverOutbox } from '../../src/notify/deliver.ts';
import { createSlackClient, createSlackSink } from '../../src/notify/slack.ts';
import { type SlackPayload, slackSink } from '../../src/notify/slack-payload.ts';
import { type SimulatedSlack, type SlackFault, startSlack } from '../../src/simulator/slack.ts';
import type { OutboxRow } from '../../src/state/state-store.ts';
import { type MemoryState, memoryState } from './digests.ts';

const log = createLogger({ level: 'silent', version: 'test' });
let slack: SimulatedSlack;
let store: MemoryState;
let waits: number[];

beforeEach(async () => {
  slack = await startSlack({ channels: ['#a', '#b'], strangers: ['#strangers'], token: 'good' });
  store = memoryState();
  waits = [];
});
afterEach(() => slack.close());

function row(overrides: Partial<OutboxRow> & { text?: string; parent?: string | null } = {}): OutboxRow {
  const { text = 'hello', parent = null, ...changes } = overrides;
  const payload: SlackPayload = {
    message: { text, blocks: [{ type: 'section', text: { type: 'mrkdwn', verbatim: true, text } }] },
    parent,
  };
  return {
    key: 'digest:#a:2026-11-24',
    sink: slackSink,
    destination: '#a',
    rev: 1,
    state: 'pending',
    payload,
    attempts: 0,
    createdAt: '2026-11-24T06:00:00.000Z',
    updatedAt: '2026-11-24T06:00:00.000Z',
    coversUntil: '2026-11-24T06:00:00.000Z',
    remote: null,
    lastError: null,
    ...changes,
  };
}

async function put(...rows: OutboxRow[]): Promise<void> {
  for (const one of rows) await store.updateOutbox(one);
}

function deliver(options: { signal?: AbortSignal; token?: string; sleep?: (ms: number) => Promise<void> } = {}) {
  const { signal = new AbortController().signal, token = 'good' } = options;
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
    await options.sleep?.(ms);
  };
  const sink = createSlackSink(createSlackClient(token, slack.apiUrl));
  return deliverOutbox({ store, sink, now: () => '2026-11-24T06:10:00.000Z', sleep, log, signal });
}

const textsIn = (channel: string) => slack.messages(channel).map(({ text }) => text);
const callsOf = (method: string) => slack.calls.filter((call) => call.method === method).length;
const reasons = ({ failed }: Delivery) => failed.map(({ error }) => error);

describe('trouble that passes', () => {
  type Case = { name: string; fault: Omit<SlackFault, 'method'>; waits: number[]; posts: number; lookUps: number };
  test.each<Case>([
    {
      name: '429 with Retry-After',
      fault: { kind: 'rate-limited', retryAfterSeconds: 7 },
      waits: [7000],
      posts: 2,
      lookUps: 0,
    },
    { name: '429 without Retry-After', fault: { kind: 'rate-limited' }, waits: [1000], posts: 2, lookUps: 0 },
    {
      name: 'ratelimited in the body',
      fault: { kind: 'refuse', error: 'ratelimited' },
      waits: [1000],
      posts: 2,
      lookUps: 0,
    },
    { name: '500', fault: { kind: 'server-error' }, waits: [1000], posts: 2, lookUps: 1 },
    { name: 'internal_error', fault: { kind: 'refuse', error: 'internal_error' }, waits: [1000], posts: 2, lookUps: 1 },
    { name: 'hung up before it was taken', fault: { kind: 'drop-before' }, waits: [1000], posts: 2, lookUps: 1 },
    { name: 'hung up after it was taken', fault: { kind: 'drop-after' }, waits: [1000], posts: 1, lookUps: 1 },
  ])('$name: one message', async ({ fault, waits: expected, posts, lookUps }) => {
    await put(row());
    slack.fail({ method: 'chat.postMessage', calls: [1], ...fault });
    expect(await deliver()).toEqual({ sent: 1, failed: [] });
    expect(textsIn('#a')).toEqual(['hello']);
    expect(waits).toEqual(expected);
    expect(callsOf('chat.postMessage')).toBe(posts);
    expect(callsOf('conversations.history')).toBe(lookUps);
    const [after] = store.rows();
    expect(after).toMatchObject({ state: 'sent', lastError: null, remote: { ts: slack.messages('#a')[0]?.ts } });
  });

  test('a Slack that stays down is given up on, and the next run looks before it sends', async () => {
    await put(row());
    slack.fail({ method: 'chat.postMessage', kind: 'drop-after', calls: [1] });
    slack.fail({ method: 'conversations.list', kind: 'server-error' });
    const first = await deliver();
    expect(first.sent).toBe(0);
    expect(reasons(first)).toEqual([expect.stringMatching(/^Slack did not answer: .*500/)]);
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    expect(store.rows()[0]).toMatchObject({ state: 'sending', remote: null });
    slack.clearFaults();
    expect(await deliver()).toEqual({ sent: 1, failed: [] });
    expect(textsIn('#a')).toEqual(['hello']);
  });

  test('a wait longer than a minute is left to the next run', async () => {
    await put(row());
    slack.fail({ method: 'chat.postMessage', kind: 'rate-limited', retryAfterSeconds: 61 });
    expect(reasons(await deliver())).toEqual(['Slack asks to slow down']);
    expect(waits).toEqual([]);
    expect(store.rows()[0]).toMatchObject({ state: 'failed', attempts: 1 });
  });

  test('a 429 on one channel holds up no other', async () => {
    await put(row(), row({ key: 'digest:#b:2026-11-24', destination: '#b' }));
    slack.fail({
      method: 'chat.postMessage',
      kind: 'rate-limited',
      retryAfterSeconds: 30,
      channel: '#a',
      calls: [1, 2],
    });
    const wait = Promise.withResolvers<void>();
    const delivery = deliver({ sleep: () => wait.promise });
    await expect.poll(() => textsIn('#b')).toEqual(['hello']);
    expect(textsIn('#a')).toEqual([]);
    expect(waits).toEqual([30_000]);
    slack.clearFaults();
    wait.resolve();
    expect(await delivery).toEqual({ sent: 2, failed: [] });
    expect(textsIn('#a')).toEqual(['hello']);
  });
});

describe('a run that died in the middle', () => {
  test('a message that had arrived is found and brought up to date, not sent again', async () => {
    await put(row({ text: 'first' }));
    await deliver();
    const [sent] = store.rows();
    if (sent === undefined) throw new Error('nothing sent');
    await put({ ...row({ text: 'second' }), rev: 2, state: 'sending' });
    expect(await deliver()).toEqual({ sent: 1, failed: [] });
    expect(slack.messages('#a')).toMatchObject([{ text: 'second', edits: 1, metadata: { event_payload: { rev: 2 } } }]);
    expect(store.rows()[0]?.remote).toEqual(sent.remote);
  });

  test('a message that had not arrived is sent', async () => {
    await put(row({ state: 'sending' }));
    expect(await deliver()).toEqual({ sent: 1, failed: [] });
    expect(callsOf('conversations.history')).toBe(1);
    expect(textsIn('#a')).toEqual(['hello']);
  });

  test('a part of a thread is looked for in the thread', async () => {
    const part = row({ key: 'digest:#a:2026-11-24#part2', parent: 'digest:#a:2026-11-24', text: 'part' });
    await put(row(), part);
    await deliver();
    await put({ ...part, state: 'sending' });
    expect(await deliver()).toEqual({ sent: 1, failed: [] });
    expect(textsIn('#a')).toEqual(['hello', 'part']);
    expect(callsOf('conversations.replies')).toBe(1);
  });

  test('a message of somebody else with our key is not ours', async () => {
    const client = createSlackClient('good', slack.apiUrl);
    const metadata = { event_type: 'other', event_payload: { key: 'digest:#a:2026-11-24' } };
    await client.chat.postMessage({ channel: '#a', text: 'theirs', metadata });
    await put(row({ state: 'sending' }));
    await deliver();
    expect(textsIn('#a')).toEqual(['theirs', 'hello']);
  });
});

describe('refusals for good', () => {
  test.each([
    ['invalid_auth', /^SLACK_BOT_TOKEN is not accepted; install the app again/],
    ['token_revoked', /^SLACK_BOT_TOKEN was revoked/],
    ['channel_not_found', /^channel #a does not exist or is private; create it or invite the app$/],
    ['not_in_channel', /^the app is not in #a; write \/invite @costwarden there$/],
    ['is_archived', /^channel #a is archived; name another one in owners$/],
    ['missing_scope', /^the app lacks a permission; it needs chat:write, channels:read/],
    ['msg_blocks_too_long', /^Slack finds the message too long; please report this$/],
    ['invalid_blocks', /^Slack does not accept the message; please report this$/],
    ['some_new_word', /^Slack refuses: some_new_word$/],
  ])('%s is reported with what to do, and not tried again', async (error, expected) => {
    await put(row());
    slack.fail({ method: 'chat.postMessage', kind: 'refuse', error });
    expect(reasons(await deliver())).toEqual([expect.stringMatching(expected)]);
    expect(callsOf('chat.postMessage')).toBe(1);
    expect(waits).toEqual([]);
    expect(store.rows()[0]).toMatchObject({
      state: 'failed',
      remote: null,
      lastError: expect.stringMatching(expected),
    });
  });

  test.each([
    ['#nowhere', /does not exist/],
    ['#strangers', /the app is not in #strangers/],
  ])('a message to %s is refused by Slack itself', async (destination, expected) => {
    await put(row({ destination }));
    expect(reasons(await deliver())).toEqual([expect.stringMatching(expected)]);
  });

  test('a wrong token is refused by Slack itself', async () => {
    await put(row());
    expect(reasons(await deliver({ token: 'bad' }))).toEqual([expect.stringMatching(/is not accepted/)]);
  });

  test('the parts of a refused message wait with it and are not reported apart', async () => {
    const parent = row({ destination: '#nowhere' });
    await put(parent, row({ key: `${parent.key}#part2`, destination: '#nowhere', parent: parent.key }));
    expect((await deliver()).failed.map((entry) => entry.row.key)).toEqual([parent.key]);
    expect(store.rows().map(({ state }) => state)).toEqual(['failed', 'pending']);
    expect(waits).toEqual([]);
  });
});

describe('a message that can not be edited any more', () => {
  test.each(['message_not_found', 'cant_update_message', 'edit_window_closed'])(
    '%s: it is posted anew',
    async (error) => {
      await put(row());
      await deliver();
      const [sent] = store.rows();
      await put({ ...row({ text: 'news' }), rev: 2, remote: sent?.remote ?? null });
      slack.fail({ method: 'chat.update', kind: 'refuse', error });
      expect(await deliver()).toEqual({ sent: 1, failed: [] });
      expect(textsIn('#a')).toEqual(['hello', 'news']);
      expect(store.rows()[0]?.remote?.ts).toBe(slack.messages('#a')[1]?.ts);
    },
  );

  test('when the new one is taken without an answer, it is found among the two', async () => {
    await put(row());
    await deliver();
    const [sent] = store.rows();
    await put({ ...row({ text: 'news' }), rev: 2, remote: sent?.remote ?? null });
    slack.fail({ method: 'chat.update', kind: 'refuse', error: 'edit_window_closed', calls: [1] });
    slack.fail({ method: 'chat.postMessage', kind: 'drop-after', calls: [2] });
    expect(await deliver()).toEqual({ sent: 1, failed: [] });
    expect(textsIn('#a')).toEqual(['hello', 'news']);
    expect(store.rows()[0]?.remote?.ts).toBe(slack.messages('#a')[1]?.ts);
  });

  test('an edit that is refused otherwise stays an edit', async () => {
    await put(row());
    await deliver();
    const [sent] = store.rows();
    await put({ ...row({ text: 'news' }), rev: 2, remote: sent?.remote ?? null });
    slack.archive('#a');
    expect(reasons(await deliver())).toEqual([expect.stringMatching(/is archived/)]);
    expect(store.rows()[0]).toMatchObject({ state: 'failed', remote: sent?.remote });
  });
});

describe('order and pace', () => {
  const at = (hour: number) => `2026-11-24T0${hour}:00:00.000Z`;

  test('a channel gets one message a second, the oldest first, parts after their parent', async () => {
    const parent = 'digest:#a:2026-11-24';
    await put(
      row({ key: `${parent}#part10`, parent, text: 'part 10', createdAt: at(2) }),
      row({ key: `${parent}#part2`, parent, text: 'part 2', createdAt: at(1) }),
      row({ key: parent, text: 'today', createdAt: at(2) }),
      row({ key: 'digest:#a:2026-11-23', text: 'yesterday', createdAt: at(0) }),
    );
    expect((await deliver()).sent).toBe(4);
    expect(textsIn('#a')).toEqual(['yesterday', 'today', 'part 2', 'part 10']);
    expect(waits).toEqual([1000, 1000, 1000]);
    const [, today, ...parts] = slack.messages('#a');
    expect(parts.map(({ threadTs }) => threadTs)).toEqual([today?.ts, today?.ts]);
  });

  test('a stop ends it before the next message, which stays as it was', async () => {
    const stop = new AbortController();
    await put(row({ createdAt: at(0) }), row({ key: 'second', text: 'second', createdAt: at(1) }));
    const delivery = await deliver({ signal: stop.signal, sleep: async () => stop.abort() });
    expect(delivery.sent).toBe(1);
    expect(reasons(delivery)).toEqual(['the run was stopped; the next one delivers it']);
    expect(textsIn('#a')).toEqual(['hello']);
    expect(store.rows()[1]).toMatchObject({ state: 'pending', attempts: 0, remote: null });
    expect(await deliver()).toEqual({ sent: 1, failed: [] });
    expect(textsIn('#a')).toEqual(['hello', 'second']);
  });

  test('a stop in the wait after an unanswered message leaves it to be looked up', async () => {
    const stop = new AbortController();
    await put(row());
    slack.fail({ method: 'chat.postMessage', kind: 'drop-after', calls: [1] });
    await deliver({ signal: stop.signal, sleep: async () => stop.abort() });
    expect(store.rows()[0]).toMatchObject({ state: 'sending', remote: null });
    expect(await deliver()).toEqual({ sent: 1, failed: [] });
    expect(textsIn('#a')).toEqual(['hello']);
  });

  test('what is sent already is not sent again', async () => {
    await put(row({ state: 'sent', remote: { channel: 'C000000001', ts: '1.0' } }));
    expect(await deliver()).toEqual({ sent: 0, failed: [] });
    expect(slack.calls).toEqual([]);
  });
});
