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
