/** Row 7: answers that do not come, or not in time. Each wait has an end, and other work goes on meanwhile. */
import { expect } from 'vitest';
import { type Audited, impatient } from './bench.ts';
import { scenario } from './scenario.ts';
import { always, expectGap, expectRecovered, once, threeDays, type Victim } from './three-days.ts';

/** All other accounts were asked everything they are asked on a day without faults. */
function expectOthersDone({ run }: Audited, { accountId }: Victim): void {
  expect((run?.coverage.gaps ?? []).some((gap) => gap.reason === 'timeout' && gap.accountId !== accountId)).toBe(false);
}

const bench = { patience: impatient };

for (const kind of ['hang', 'trickle'] as const) {
  scenario(`7: ${kind} once is cut and tried again`, (stage) =>
    threeDays(stage, { bench, faults: (victim) => [once(victim, { kind })], expect: expectRecovered }),
  );

  scenario(`7: ${kind} for good is a gap, and other accounts do not wait for it`, (stage) =>
    threeDays(stage, {
      bench,
      faults: (victim) => [always(victim, { kind })],
      expect(audited, victim) {
        expectGap('timeout', 'unexpected')(audited, victim);
        expectOthersDone(audited, victim);
      },
    }),
  );
}

scenario('7: slow answers are answers', (stage) =>
  threeDays(stage, {
    faults: (victim) => [always(victim, { kind: 'slow', delayMs: 300 })],
    expect: expectRecovered,
  }),
);
