/** One incident, one message: on the wire, over its days, through every trouble with its picture. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';
import type { FindingRecord } from '../../src/model/change.ts';
import { addDays } from '../../src/model/days.ts';
import type { CostIncident } from '../../src/model/resources/cost.ts';
import { deliverOutbox } from '../../src/notify/deliver.ts';
import { createSlackClient, createSlackSink, neededScopes } from '../../src/notify/slack.ts';
import { type SimulatedSlack, type SlackOptions, startSlack } from '../../src/simulator/slack.ts';
import { finding, record, saving } from '../support/findings.ts';
import { costIncident, incidentDay, incidentSeries } from '../support/incidents.ts';
import { change, type MemoryState, memoryState, plan, textOf } from './digests.ts';
import { incidentFinding } from './incidents.ts';

const log = createLogger({ level: 'silent', version: 'test' });
const onset = '2026-11-03';
const channels = ['#payments', '#cloud-costs', '#platform'];

let slack: SimulatedSlack;
let store: MemoryState;
beforeEach(() => begin());
afterEach(() => slack.close());

async function begin(options: Partial<SlackOptions> = {}): Promise<void> {
  slack = await startSlack({ channels, token: 'good', ...options });
  store = memoryState();
}

async function restart(options: Partial<SlackOptions>): Promise<void> {
  await slack.close();
  await begin(options);
}

type Telling = Partial<CostIncident> & { readonly days?: number; readonly usd?: number };

/** The finding of an incident that has lasted so many days. */
function incident({ days = 1, usd = 214.1, ...facts }: Telling, changes: Partial<FindingRecord> = {}): FindingRecord {
  const list = Array.from({ length: days }, (_, index) => incidentDay(addDays(onset, index), usd));
  const one = costIncident({ state: 'ongoing', series: [incidentSeries({ days: list })], ...facts });
  const at = '2026-11-05T06:00:00.000Z';
  return record({
    changedAt: at,
    history: [{ at, change: 'opened', reason: null }],
    ...changes,
    finding: incidentFinding(one, changes.finding, 'vpc-missing-s3-gateway-endpoint'),
  });
}

const resolved = (reason: string) => ({ state: 'resolved' as const, change: 'resolved' as const, reason });

/** A run as it ends on a day of November: plan, then deliver. */
async function run(day: number, records?: FindingRecord[], hour = '06'): Promise<readonly string[]> {
  if (records !== undefined) store.records = records;
  const now = `2026-11-${String(day).padStart(2, '0')}T${hour}:00:00.000Z`;
  await plan(store, now);
  const sink = createSlackSink(createSlackClient('good', slack.apiUrl));
  const signal = new AbortController().signal;
  const { failed } = await deliverOutbox({ store, sink, now: () => now, sleep: async () => {}, log, signal });
  return failed.map(({ error }) => error);
}

/** Digests are another test's matter. */
const told = (channel = '#payments') =>
  slack.messages(channel).filter(({ metadata }) => String(metadata?.event_payload?.['key']).startsWith('incident:'));
const digests = (channel = '#payments') =>
  slack.messages(channel).filter((message) => !told(channel).includes(message));
const shown = () => told().map(({ blocks }) => textOf(blocks));
const pictureIn = (blocks: { type: string; slack_file?: { id: string } }[] = []) =>
  blocks.find(({ type }) => type === 'image')?.slack_file?.id;
const callsOf = (method: string) => slack.calls.filter((call) => call.method === method).length;
const incidentRow = () => store.rows().find(({ key }) => /^incident:[^#]*$/.test(key));

describe('one message over its days', () => {
  test('from first signs to its end, edited in place, with a picture of each day', async () => {
    await run(4, [incident({ state: 'provisional' })]);
    expect(shown()).toEqual([expect.stringMatching(/^\*\+\$134\.50 so far\*.*first signs/)]);
    await run(5, [incident({ state: 'open', days: 2, usd: 150 })]);
    await run(6, [incident({ days: 3, usd: 150 })]);
    expect(shown()).toEqual([expect.stringMatching(/^\*\+\$211\.20 so far\*.*since 3 Nov$/m)]);
    await run(7, [incident({ days: 4, usd: 150 })]);
    await run(8, [incident({ days: 4, usd: 150, state: 'resolved' }, resolved('back within its band'))]);
    expect(told()).toMatchObject([{ edits: 4, metadata: { event_payload: { rev: 5 } } }]);
    expect(shown()).toEqual([expect.stringMatching(/^\*Over: \+\$281\.60 in all\*.*\n~EC2 - Other/)]);
    const pictures = slack.files();
    // Its end has the picture of the day before: nothing was added to the curve.
    expect(pictures).toHaveLength(4);
    expect(pictureIn(told()[0]?.blocks)).toBe(pictures.at(-1)?.id);
    expect(pictures.at(-1)).toMatchObject({ isComplete: true, name: expect.stringMatching(/^incident-f_\w+\.png$/) });
    expect(pictures.at(-1)?.bytes.subarray(1, 4).toString()).toBe('PNG');
    // Nothing becomes of it any more.
    await run(9);
    expect(told()).toMatchObject([{ edits: 4 }]);
    expect(slack.files()).toHaveLength(4);
  });

  test('a second run of the day says nothing about a larger sum, and at once that it was accepted', async () => {
    await run(5, [incident({ days: 2 })]);
    await run(5, [incident({ days: 2, usd: 215 })], '18');
    expect(told()).toMatchObject([{ edits: 0 }]);
    await run(
      5,
      [incident({ days: 2, usd: 215 }, { state: 'exempted', change: 'exempted', reason: 'load test' })],
      '20',
    );
    expect(told()).toMatchObject([{ edits: 1 }]);
    expect(shown()[0]).toMatch(/^\*Accepted:\* load test · \+\$270\.80 so far/);
  });

  test('without a change there is no edit and no upload', async () => {
    await run(5, [incident({ days: 2 })]);
    await run(6);
    expect(told()).toMatchObject([{ edits: 0 }]);
    expect(slack.files()).toHaveLength(1);
  });

  test.each([
    ['newNormal', /^\*New normal: \$4,089 a month more than before\*/],
    ['withdrawn', /^Withdrawn: AWS has changed the figure.*\n~EC2/],
  ] as const)('%s ends it in the same message', async (state, expected) => {
    await run(5, [incident({ days: 2 })]);
    await run(6, [incident({ days: 2, state }, resolved('over'))]);
    expect(shown()).toEqual([expect.stringMatching(expected)]);
    expect(pictureIn(told()[0]?.blocks) !== undefined).toBe(state === 'newNormal');
  });

  test('a picture that stays the same is not uploaded again when the words change', async () => {
    await run(5, [incident({ days: 2 })]);
    await run(6, [incident({ days: 2, restated: { day: onset, fromUsd: 80, toUsd: 214.1 } })]);
    expect(shown()[0]).toContain('AWS raised the figure for 3 Nov');
    expect(slack.files()).toHaveLength(1);
    expect(pictureIn(told()[0]?.blocks)).toBe('F000000001');
  });

  test('when it can not be edited any more it is posted anew, once', async () => {
    await run(5, [incident({ days: 2 })]);
    // The first edit is the digest's.
    slack.fail({ method: 'chat.update', kind: 'refuse', error: 'edit_window_closed', calls: [2] });
    await run(6, [incident({ days: 3 })]);
    await run(7, [incident({ days: 4 })]);
    expect(told()).toHaveLength(2);
    expect(told()).toMatchObject([{ edits: 0 }, { edits: 1 }]);
  });
});

describe('growth', () => {
  test('past three times of what was first said, the thread is told once', async () => {
    await run(4, [incident({ state: 'provisional' })]);
    await run(5, [incident({ days: 2 })]);
    expect(told()).toHaveLength(1);
    await run(6, [incident({ days: 3 })]);
    await run(7, [incident({ days: 9 })]);
    await run(8, [incident({ days: 12 })]);
    const [parent, reply, ...more] = told();
    expect(more).toEqual([]);
    expect(reply).toMatchObject({ threadTs: parent?.ts, edits: 0 });
    expect(textOf(reply?.blocks ?? [])).toMatch(
      /^\*It has grown:\* \$403\.50 so far, at least three times the \$134\.50 first told/,
    );
    expect(shown()[0]).toMatch(/^\*\+\$1,614 so far\*/);
  });

  test('what was never read is not compared with: the first message that arrives is the measure', async () => {
    slack.fail({ method: 'chat.postMessage', kind: 'refuse', error: 'internal_error' });
    await run(4, [incident({ days: 1 })]);
    slack.clearFaults();
    await run(5, [incident({ days: 9 })]);
    await run(6, [incident({ days: 12 })]);
    expect(told()).toHaveLength(1);
  });
});

describe('who is told, and where', () => {
  test.each<{ name: string; one: FindingRecord }>([
    { name: 'what is for information', one: incident({}, { finding: finding({ severity: 'info' }) as never }) },
    { name: 'what was accepted before it was told', one: incident({}, { state: 'exempted' }) },
    { name: 'what was over before it was told', one: incident({ state: 'resolved' }, resolved('over')) },
    { name: 'what has no evidence that can be read', one: record({ finding: finding({ checkId: 'cost-anomaly' }) }) },
  ])('$name has no message of its own', async ({ one }) => {
    const severity =
      one.finding.severity === 'info' ? { finding: { ...incident({}).finding, severity: 'info' as const } } : {};
    await run(5, [{ ...one, ...severity }]);
    expect(told()).toEqual([]);
    expect(told('#payments-alerts')).toEqual([]);
  });

  test('without a channel of the owner it goes to the default one', async () => {
    const one = incident({});
    await run(5, [{ ...one, finding: { ...one.finding, owner: { name: 'nobody', via: 'default', slack: null } } }]);
    expect(told('#cloud-costs')).toHaveLength(1);
  });

  test('a new owner changes nothing about where it stands', async () => {
    const one = incident({ days: 3 });
    await run(5, [incident({ days: 2 })]);
    await run(6, [
      { ...one, finding: { ...one.finding, owner: { name: 'platform', via: 'tag:team', slack: '#platform' } } },
    ]);
    expect(told()).toMatchObject([{ edits: 1 }]);
    expect(told('#platform')).toEqual([]);
  });

  test('where its channel was archived and the owner got another one, it begins anew there', async () => {
    const one = incident({ days: 3 });
    const moved = {
      ...one,
      finding: { ...one.finding, owner: { name: 'platform', via: 'tag:team', slack: '#platform' } },
    };
    await run(5, [incident({ days: 2 })]);
    slack.archive('#payments');
    expect(await run(6, [one])).toContainEqual(expect.stringMatching(/ is archived; name another one in owners$/));
    await run(7, [moved]);
    await run(8, [moved]);
    expect(told('#platform')).toMatchObject([{ edits: 0 }]);
  });

  test('findings that usually show the cause are named', async () => {
    const endpoint = change('opened', '2026-11-05T06:00:00.000Z', {
      summary: 'vpc-1 has no endpoint',
      saving: saving(54),
    });
    const elsewhere = change('opened', '2026-11-05T06:00:00.000Z', { accountId: '999999999999', summary: 'vpc-9' });
    await run(5, [incident({}), endpoint, elsewhere]);
    expect(shown()[0]).toContain(
      '_See also:_ vpc-1 has no endpoint · $54.00/month · `vpc-missing-s3-gateway-endpoint`',
    );
    expect(shown()[0]).not.toContain('vpc-9');
  });

  test('the digest has one line for it, and no news when only its sum changes', async () => {
    await run(5, [incident({ days: 2 })]);
    const [digest] = digests();
    const text = textOf(digest?.blocks ?? []);
    expect(text).toContain('*1 new*');
    expect(text.match(/EC2 - Other/g)).toHaveLength(1);
    expect(text).toMatch(/^\*\$4,089\/month\* · high · \*new\* · EC2 - Other.* · told in its own message$/m);
    const at = '2026-11-06T06:00:00.000Z';
    const history = [{ at, change: 'changed' as const, reason: '$4089 -> $5000 a month' }];
    await run(6, [incident({ days: 3 }, { change: 'changed', changedAt: at, history })]);
    expect(digests()).toMatchObject([{ edits: 1 }]);
    expect(textOf(digests()[0]?.blocks ?? [])).toContain('*Nothing changed*');
  });
});

describe('the picture never holds up the words', () => {
  const isTextOnly = () => {
    expect(told()).toHaveLength(1);
    expect(pictureIn(told()[0]?.blocks)).toBeUndefined();
    expect(shown()[0]).toMatch(/`[▁▂▃▄▅▆▇█]+\[█+\]` the newest 30 days/);
  };

  test.each([
    ['the place for it is refused', 'files.getUploadURLExternal', 'refuse'],
    ['the place for it is not answered', 'files.getUploadURLExternal', 'drop-before'],
    ['the place for it is throttled', 'files.getUploadURLExternal', 'rate-limited'],
    ['its bytes are not taken', 'upload', 'server-error'],
    ['the connection drops with its bytes', 'upload', 'drop-before'],
    ['its end is not taken', 'files.completeUploadExternal', 'server-error'],
    ['its end is refused', 'files.completeUploadExternal', 'refuse'],
  ] as const)('%s: the text goes, and the next edit brings the picture', async (_, method, kind) => {
    slack.fail({ method, kind });
    expect(await run(5, [incident({ days: 2 })])).toEqual([]);
    isTextOnly();
    expect(incidentRow()).toMatchObject({ state: 'sent', payload: { file: null } });
    slack.clearFaults();
    await run(6, [incident({ days: 3 })]);
    expect(told()).toHaveLength(1);
    expect(pictureIn(told()[0]?.blocks)).toMatch(/^F\d+$/);
  });

  test('without the scope all go without, and Slack is asked once a run', async () => {
    await restart({ scopes: neededScopes });
    const other = incident({ id: 'i_other' });
    expect(await run(5, [incident({}), other])).toEqual([]);
    expect(told()).toHaveLength(2);
    expect(told().map(({ blocks }) => pictureIn(blocks))).toEqual([undefined, undefined]);
    expect(callsOf('files.getUploadURLExternal')).toBe(1);
  });

  test('a connection that drops after the upload makes no second message and no second upload', async () => {
    slack.fail({ method: 'chat.postMessage', kind: 'drop-after', calls: [1, 2] });
    expect(await run(5, [incident({})])).toEqual([]);
    expect(told()).toHaveLength(1);
    expect(pictureIn(told()[0]?.blocks)).toBe('F000000001');
    expect(slack.files()).toHaveLength(1);
  });

  test('a run that dies after the upload leaves the file to the next one', async () => {
    slack.fail({ method: 'chat.postMessage', kind: 'refuse', error: 'internal_error' });
    expect(await run(5, [incident({})])).not.toEqual([]);
    slack.clearFaults();
    await run(5, undefined, '07');
    expect(told()).toHaveLength(1);
    expect(slack.files()).toHaveLength(1);
  });

  test('a picture that Slack has not taken in yet is waited for', async () => {
    await restart({ pictureRefusals: 2 });
    expect(await run(5, [incident({})])).toEqual([]);
    expect(pictureIn(told()[0]?.blocks)).toBe('F000000001');
    expect(told()).toMatchObject([{ edits: 0 }]);
  });

  test('one that it never takes in is left out, and forgotten', async () => {
    await restart({ pictureRefusals: 100 });
    expect(await run(5, [incident({})])).toEqual([]);
    isTextOnly();
    expect(incidentRow()).toMatchObject({ state: 'sent', payload: { file: null } });
  });
});

describe('what never arrived', () => {
  test('is told as it stands when Slack is back', async () => {
    slack.fail({ method: 'chat.postMessage', kind: 'refuse', error: 'internal_error' });
    expect(await run(5, [incident({ days: 2 })])).not.toEqual([]);
    slack.clearFaults();
    await run(6, [incident({ days: 2, state: 'resolved' }, resolved('back within its band'))]);
    expect(shown()).toEqual([expect.stringMatching(/^\*Over: /)]);
  });

  test('is forgotten when AWS has taken it back since', async () => {
    slack.fail({ method: 'chat.postMessage', kind: 'refuse', error: 'is_archived' });
    await run(5, [incident({ days: 2 })]);
    slack.clearFaults();
    await run(6, [incident({ days: 2, state: 'withdrawn' }, resolved('AWS has changed the figure'))]);
    expect(told()).toEqual([]);
    expect(incidentRow()).toMatchObject({ state: 'sent', remote: null, lastError: 'withdrawn before it was told' });
    expect(
      digests()
        .map(({ blocks }) => textOf(blocks))
        .join(),
    ).not.toContain('EC2 - Other');
  });
});
