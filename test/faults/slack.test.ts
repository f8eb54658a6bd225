/** Rows 19 and 20: Slack takes a message without saying so, or is down for a day. Told once, and nothing is lost. */
import { expect } from 'vitest';
import type { SlackFault } from '../../src/simulator/slack.ts';
import { days } from './bench.ts';
import { scenario } from './scenario.ts';
import { mendSome } from './three-days.ts';

const post = 'chat.postMessage';

for (const kind of ['drop-after', 'drop-before', 'server-error'] as const) {
  scenario(`19: a post that ends in ${kind} is one message`, async (stage) => {
    const bench = await stage.start();
    bench.slack.fail({ method: post, kind, calls: [1] });
    stage.judge(await bench.audit({ isNotifying: true }));
    mendSome(bench, stage.seed);
    bench.slack.clearFaults();
    stage.judge(await bench.audit({ isNotifying: true, now: days[1] }));
  });
}

const down: readonly SlackFault[] = [
  { method: post, kind: 'refuse', error: 'is_archived' },
  { method: post, kind: 'refuse', error: 'token_revoked' },
];

scenario('20: Slack down for a day, then one message that tells all of it', async (stage) => {
  const bench = await stage.start();
  bench.slack.fail(stage.pick(down, 'fault'));
  const first = await bench.audit({ isNotifying: true });
  expect(first.outcome?.deliveryProblems).toHaveLength(1);
  stage.judge(first, { slack: { outbox: [], messages: bench.slack.messages('#cloud-costs') } });
  mendSome(bench, stage.seed);
  bench.slack.clearFaults();
  const second = await bench.audit({ isNotifying: true, now: days[1] });
  expect(second.outcome?.deliveryProblems).toEqual([]);
  expect(bench.slack.messages('#cloud-costs').filter(({ threadTs }) => threadTs === undefined)).toHaveLength(1);
  stage.judge(second);
});
