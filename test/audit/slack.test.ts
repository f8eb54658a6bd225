/** The message is told once and kept current, whatever Slack does. */
import { afterEach, expect, test } from 'vitest';
import { type Bench, startBench } from '../support/simulated.ts';

let bench: Bench;
afterEach(() => bench.close());

const parents = () => bench.slack.messages('#cloud-costs').filter(({ threadTs }) => threadTs === undefined);

test('a connection that drops after Slack accepted the message leaves one message', async () => {
  bench = await startBench({ seed: 4 });
  bench.slack.fail({ method: 'chat.postMessage', kind: 'drop-after', calls: [1] });
  const { outcome } = await bench.audit({ isNotifying: true });
  expect(outcome.deliveryProblems).toEqual([]);
  expect(parents()).toHaveLength(1);
});

test('a connection that drops before Slack accepted it is tried again', async () => {
  bench = await startBench({ seed: 4 });
  bench.slack.fail({ method: 'chat.postMessage', kind: 'drop-before', calls: [1] });
  const { outcome } = await bench.audit({ isNotifying: true });
  expect(outcome.deliveryProblems).toEqual([]);
  expect(parents()).toHaveLength(1);
});

test('a 429 is waited for', async () => {
  bench = await startBench({ seed: 4 });
  bench.slack.fail({ method: 'chat.postMessage', kind: 'rate-limited', retryAfterSeconds: 1, calls: [1] });
  const { outcome } = await bench.audit({ isNotifying: true });
  expect(outcome.deliveryProblems).toEqual([]);
  expect(parents()).toHaveLength(1);
});

test('a channel that does not exist is one clear line, and the findings are safe', async () => {
  bench = await startBench({ seed: 4 });
  const { outcome, records } = await bench.audit({
    isNotifying: true,
    config: { owners: { default: '#nowhere' }, notify: { slack: { apiUrl: bench.slack.apiUrl } } },
  });
  expect(outcome.deliveryProblems).toEqual([
    'not delivered to #nowhere: channel #nowhere does not exist or is private; create it or invite the app (findings are safe in the state)',
  ]);
  expect(records.length).toBeGreaterThan(10);
});

test('what could not be delivered is delivered by the next run, as one message', async () => {
  bench = await startBench({ seed: 4 });
  bench.slack.fail({ method: 'chat.postMessage', kind: 'refuse', error: 'token_revoked' });
  const first = await bench.audit({ isNotifying: true });
  expect(first.outcome.deliveryProblems[0]).toContain('SLACK_BOT_TOKEN was revoked');
  bench.slack.clearFaults();
  const second = await bench.audit({ isNotifying: true, now: '2026-11-25T06:00:00.000Z' });
  expect(second.outcome.deliveryProblems).toEqual([]);
  expect(parents()).toHaveLength(1);
});

test('Slack down for days, while findings come and go, ends in one message that tells all of it', async () => {
  bench = await startBench({ seed: 3 });
  bench.slack.fail({ method: 'chat.postMessage', kind: 'refuse', error: 'is_archived' });
  const first = await bench.audit({ isNotifying: true });
  const target = bench.generated.truth().planted.find(({ checkId }) => checkId === 'public-ipv4-idle-or-excess');
  if (target === undefined) throw new Error('nothing planted');
  bench.generated.fix(target);
  await bench.audit({ isNotifying: true, now: '2026-11-25T06:00:00.000Z' });
  bench.slack.clearFaults();
  await bench.audit({ isNotifying: true, now: '2026-11-26T06:00:00.000Z' });
  const [message, ...more] = parents();
  expect(more).toEqual([]);
  const { text, blocks } = message ?? { text: '', blocks: [] };
  expect(text).toContain(`${first.records.length - 1} open findings`);
  expect(text).toContain('1 resolved)');
  expect(JSON.stringify(blocks)).toContain('2026-11-26: $');
});
