/** Rows 9 and 10: sessions that end, roles that are hard to get, clocks that disagree. */
import { expect } from 'vitest';
import type { Audited } from './bench.ts';
import { scenario } from './scenario.ts';
import { always, expectRecovered, gapsOf, lifeWithoutFaults, once, threeDays } from './three-days.ts';

const assumed = ({ entries }: Audited): number => entries.filter(({ operation }) => operation === 'AssumeRole').length;

scenario('9: a session that AWS calls ended is renewed once, and the call made again', async (stage) => {
  const life = await lifeWithoutFaults({ seed: stage.seed });
  const usual = Math.max(...life.map(assumed));
  await threeDays(stage, {
    faults: (victim) => [once(victim, { kind: 'expired-token' })],
    expect(audited) {
      expectRecovered(audited);
      expect(assumed(audited)).toBeLessThanOrEqual(usual + 1);
    },
  });
});

scenario('9: all sessions end in the middle of their accounts', async (stage) => {
  const life = await lifeWithoutFaults({ seed: stage.seed });
  const usual = assumed(life[0]);
  const offset = { ms: 0 };
  const bench = await stage.start({ sessionNow: () => Date.now() + offset.ms });
  const turn = stage.number(60, 200, 'call');
  let answered = 0;
  bench.onRequest(() => {
    answered += 1;
    if (answered === turn) offset.ms = 2 * 3_600_000;
  });
  const audited = await bench.audit();
  expectRecovered(audited);
  expect(audited.entries.some(({ errorCode }) => errorCode?.startsWith('ExpiredToken'))).toBe(true);
  // Once more for each account that was under way, whatever the number of its clients.
  expect(assumed(audited)).toBeLessThanOrEqual(2 * usual);
  stage.judge(audited, { faultless: life[0].after });
});

scenario('9: a role that is hard to get is tried again', (stage) =>
  threeDays(stage, {
    among: ({ operation, errorCode }) => operation === 'AssumeRole' && errorCode === undefined,
    faults: (victim) => [once(victim, { kind: 'server-error' })],
    expect: expectRecovered,
  }),
);

scenario('9: STS down for roles leaves every member account unknown, and its findings as they were', (stage) =>
  threeDays(stage, {
    among: ({ operation, errorCode }) => operation === 'AssumeRole' && errorCode === undefined,
    faults: (victim) => [always(victim, { kind: 'server-error' })],
    expect(audited) {
      expect(audited.error).toBeUndefined();
      const { hubId } = audited.evidence.places;
      // What the bill says of a member account needs no role in it.
      const moved = audited.after.filter(
        ({ runId, change, finding, scope }) =>
          runId === audited.run?.id &&
          finding.accountId !== hubId &&
          !scope.startsWith('payer/') &&
          change !== 'unknown',
      );
      expect(moved).toEqual([]);
      expect(gapsOf(audited).length).toBeGreaterThan(0);
    },
  }),
);

for (const minutes of [10, -10]) {
  scenario(`10: AWS's clock is ${minutes} minutes off ours`, async (stage) => {
    const [faultless] = await lifeWithoutFaults({ seed: stage.seed });
    const bench = await stage.start({ clockOffsetMs: minutes * 60_000 });
    const audited = await bench.audit();
    expectRecovered(audited);
    stage.judge(audited, { faultless: faultless.after });
  });
}
