/** Which messages there are: one per channel and day with news, none lost, none for nothing. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { deliverOutbox } from '../../src/notify/deliver.ts';
import { createSlackClient, createSlackSink } from '../../src/notify/slack.ts';
import { type SimulatedSlack, startSlack } from '../../src/simulator/slack.ts';
import { change, type MemoryState, memoryState, messageOf, plan, textOf } from './digests.ts';

const log = createLogger({ level: 'silent', version: 'test' });
const monday = '2026-11-23T06:00:00.000Z';
const mondayNoon = '2026-11-23T12:00:00.000Z';
const tuesday = '2026-11-24T06:00:00.000Z';
const wednesday = '2026-11-25T06:00:00.000Z';
const owner = { name: 'payments', via: 'tag:team', slack: '#payments' };

let slack: SimulatedSlack;
let store: MemoryState;
beforeEach(async () => {
  slack = await startSlack({ channels: ['#payments', '#cloud-costs', '#data'] });
  store = memoryState();
});
afterEach(() => slack.close());

function opened(resourceId: string, at: string, details: Parameters<typeof change>[2] = {}) {
  return change('opened', at, { resourceId, summary: `about ${resourceId}`, owner, ...details });
}

/** A run as it ends: plan, then deliver. */
async function run(now: string, timezone = 'UTC'): Promise<void> {
  await plan(store, now, { timezone });
  await deliver();
}

function deliver() {
  const sink = createSlackSink(createSlackClient('token', slack.apiUrl));
  return deliverOutbox({
    store,
    sink,
    now: () => tuesday,
    sleep: async () => {},
    log,
    signal: new AbortController().signal,
  });
}

const shown = (channel = '#payments') => slack.messages(channel).map(({ blocks }) => textOf(blocks));

describe('one channel over days', () => {
  test('a day with news begins a message', async () => {
    store.records = [opened('a', monday)];
    await run(monday);
    store.records.push(opened('b', tuesday));
    await run(tuesday);
    expect(shown()).toEqual([
      expect.stringMatching(/\*1 new\*.*1 open/),
      expect.stringMatching(/^2026-11-24.*\*1 new\*.*2 open.*\*new\* · about b/s),
    ]);
    expect(shown()[1]).not.toContain('*new* · about a');
  });

  test('days without news bring the last message up to date and call nobody', async () => {
    store.records = [opened('a', monday)];
    await run(monday);
    await run(tuesday);
    await run(wednesday);
    expect(slack.messages('#payments')).toMatchObject([{ edits: 2, metadata: { event_payload: { rev: 3 } } }]);
    expect(shown()[0]).toMatch(/^2026-11-25.*\*Nothing changed\* since 2026-11-23: 1 open/s);
    store.records.push(opened('b', wednesday.replace('06', '07')));
    await run(wednesday.replace('06', '08'));
    expect(shown()).toHaveLength(2);
  });

  test('a second run of the day tells all of the day in the same message', async () => {
    store.records = [opened('a', monday)];
    await run(monday);
    store.records.push(opened('b', mondayNoon));
    await run(mondayNoon);
    expect(shown()).toEqual([expect.stringMatching(/\*2 new\*/)]);
    await run('2026-11-23T18:00:00.000Z');
    expect(shown()).toEqual([expect.stringMatching(/\*2 new\*/)]);
  });

  test('the day is one of the schedule’s time zone', async () => {
    store.records = [opened('a', '2026-11-23T15:30:00.000Z')];
    await run('2026-11-23T16:00:00.000Z', 'Asia/Tokyo');
    expect(shown()[0]).toMatch(/^2026-11-24/);
  });

  test('exempted, snoozed and new info findings are no news', async () => {
    store.records = [opened('a', monday), opened('b', monday)];
    await run(monday);
    store.records[1] = change('exempted', tuesday, { resourceId: 'b', owner });
    store.records.push(opened('c', tuesday, { severity: 'info' }));
    await run(tuesday);
    expect(shown()).toEqual([expect.stringMatching(/\*Nothing changed\* since 2026-11-23: 2 open/)]);
  });

  test('a finding that opened and changed since the last message is new', async () => {
    await run(monday);
    const changed = change('changed', mondayNoon, { resourceId: 'a', owner });
    store.records = [{ ...changed, history: [{ at: monday, change: 'opened', reason: null }, ...changed.history] }];
    await run(tuesday);
    expect(shown()).toEqual([expect.stringMatching(/\*1 new\*, 0 changed/)]);
  });

  test('parts of a digest that has become shorter are emptied', async () => {
    const long = 'x'.repeat(700);
    const many = Array.from({ length: 30 }, (_, index) =>
      opened(`r${index}`, monday, { summary: long, fix: { summary: long.repeat(2) }, accountName: long }),
    );
    store.records = many;
    await run(monday);
    const before = shown().length;
    expect(before).toBeGreaterThan(1);
    store.records = many.slice(0, 1);
    await run(mondayNoon);
    expect(shown()).toHaveLength(before);
    expect(shown().at(-1)).toBe('Nothing more in this digest.');
  });
});

describe('Slack was down', () => {
  test('for days: one message catches up with all of them', async () => {
    slack.fail({ method: 'chat.postMessage', kind: 'refuse', error: 'restricted_action' });
    store.records = [opened('a', monday)];
    await run(monday);
    store.records.push(opened('b', tuesday));
    await run(tuesday);
    slack.clearFaults();
    store.records.push(opened('c', wednesday));
    await run(wednesday);
    expect(shown()).toEqual([expect.stringMatching(/^2026-11-25.*\*3 new\*.*3 open/s)]);
    // It is a message of today: more news of today stands in it, news of tomorrow does not.
    store.records.push(opened('d', '2026-11-25T07:00:00.000Z'));
    await run('2026-11-25T08:00:00.000Z');
    expect(shown()).toEqual([expect.stringMatching(/\*4 new\*/)]);
    store.records.push(opened('e', '2026-11-26T06:00:00.000Z'));
    await run('2026-11-26T06:00:00.000Z');
    expect(shown()).toEqual([expect.anything(), expect.stringMatching(/^2026-11-26.*\*1 new\*/s)]);
  });

  test('and nothing happened since: the news are told, not “nothing changed”', async () => {
    slack.fail({ method: 'chat.postMessage', kind: 'refuse', error: 'restricted_action' });
    store.records = [opened('a', monday)];
    await run(monday);
    slack.clearFaults();
    await run(tuesday);
    expect(shown()).toEqual([expect.stringMatching(/\*1 new\*.*1 open/)]);
  });

  test('for an edit: its news are in the next message', async () => {
    store.records = [opened('a', monday)];
    await run(monday);
    slack.fail({ method: 'chat.update', kind: 'refuse', error: 'restricted_action' });
    store.records.push(opened('b', mondayNoon));
    await run(mondayNoon);
    slack.clearFaults();
    await run(tuesday);
    expect(shown()).toEqual([expect.stringMatching(/\*2 new\*/)]);
  });

  test('for an edit, and there are news: they are all in the new message, and the edit is over', async () => {
    store.records = [opened('a', monday)];
    await run(monday);
    slack.fail({ method: 'chat.update', kind: 'refuse', error: 'restricted_action' });
    store.records.push(opened('b', mondayNoon));
    await run(mondayNoon);
    store.records.push(opened('c', tuesday));
    await run(tuesday);
    // What the first revision told is told again: rather twice than not at all.
    expect(shown()).toEqual([expect.stringMatching(/\*1 new\*/), expect.stringMatching(/\*3 new\*.*3 open/)]);
    expect(store.rows().map(({ state }) => state)).toEqual(['sent', 'sent']);
  });

  test('a message to a channel where nothing goes any more is given up', async () => {
    store.records = [opened('a', monday, { owner: { ...owner, slack: '#misspelt' } })];
    await run(monday);
    expect(store.rows()).toMatchObject([{ destination: '#misspelt', state: 'failed' }]);
    store.records = [opened('a', monday)];
    await plan(store, tuesday);
    expect(await deliver()).toEqual({ sent: 1, failed: [] });
    expect(shown()).toEqual([expect.stringMatching(/\*1 new\*/)]);
    store.records = [opened('a', monday, { owner: { ...owner, slack: '#misspelt' } })];
    expect(await plan(store, wednesday)).toMatchObject([{ destination: '#misspelt', state: 'pending' }]);
  });

  test('a message whose fate is not known is looked for, not sent twice', async () => {
    slack.fail({ method: 'chat.postMessage', kind: 'drop-after', calls: [1] });
    slack.fail({ method: 'conversations.list', kind: 'refuse', error: 'missing_scope' });
    store.records = [opened('a', monday)];
    await run(monday);
    expect(store.rows()).toMatchObject([{ state: 'sending', remote: null }]);
    slack.clearFaults();
    store.records.push(opened('b', tuesday));
    await run(tuesday);
    expect(shown()).toEqual([expect.stringMatching(/^2026-11-24.*\*2 new\*/s)]);
  });
});

describe('channels', () => {
  test('each owner’s findings go to its channel, others to the default', async () => {
    store.records = [
      opened('a', monday),
      opened('b', monday, { owner: { ...owner, slack: '#data' } }),
      opened('c', monday, { owner: { ...owner, slack: null } }),
    ];
    await run(monday);
    for (const channel of ['#payments', '#data', '#cloud-costs'])
      expect(shown(channel)).toEqual([expect.stringMatching(/\*1 new\*.*1 open/)]);
  });

  test('news in one leaves another’s message quiet', async () => {
    store.records = [opened('a', monday), opened('b', monday, { owner: { ...owner, slack: '#data' } })];
    await run(monday);
    store.records.push(opened('c', tuesday));
    await run(tuesday);
    expect(shown()).toHaveLength(2);
    expect(shown('#data')).toEqual([expect.stringContaining('*Nothing changed* since 2026-11-23')]);
  });

  test('dollars that several findings save are counted once a channel and account', async () => {
    const overlap = 'nat/nat-1';
    store.records = [
      opened('a', monday, { overlap }),
      opened('b', monday, { overlap }),
      opened('c', monday, { overlap, accountId: '222222222222' }),
    ];
    const [row] = await plan(store, monday);
    const text = row === undefined ? '' : textOf(messageOf(row).blocks);
    expect(text).toContain('$108.00 a month could be saved');
    expect(text).toContain('$54.00 more is saved by other findings already');
  });

  test('keys say channel and day, revisions grow', async () => {
    store.records = [opened('a', monday)];
    expect(await plan(store, monday)).toMatchObject([
      { key: 'digest:#payments:2026-11-23', rev: 1, coversUntil: monday },
    ]);
    expect(await plan(store, mondayNoon)).toMatchObject([{ key: 'digest:#payments:2026-11-23', rev: 2 }]);
  });
});
