/** Row 7: answers that do not come, or not in time. Each wait has an end, and other work goes on meanwhile. */
import { impatient } from './bench.ts';
import { scenario } from './scenario.ts';
import { always, expectGap, expectRecovered, gapsOf, once, threeDays } from './three-days.ts';

const bench = { patience: impatient };

scenario('7: hang once is cut and tried again', (stage) =>
  threeDays(stage, {
    bench,
    faults: (victim) => [once(victim, { kind: 'hang' })],
    expect: expectRecovered,
  }),
);

scenario('7: trickle once is cut at the deadline of its call, and costs that call at most', (stage) =>
  threeDays(stage, {
    bench,
    faults: (victim) => [once(victim, { kind: 'trickle' })],
    expect(audited, victim) {
      if (gapsOf(audited).length > 0) expectGap('timeout')(audited, victim);
      else expectRecovered(audited);
    },
  }),
);

for (const kind of ['hang', 'trickle'] as const) {
  scenario(`7: ${kind} for good is a gap, and other accounts do not wait for it`, (stage) =>
    threeDays(stage, {
      bench,
      faults: (victim) => [always(victim, { kind })],
      expect: expectGap('timeout', 'unexpected'),
    }),
  );
}

scenario('7: slow answers are answers', (stage) =>
  threeDays(stage, {
    faults: (victim) => [always(victim, { kind: 'slow', delayMs: 300 })],
    expect: expectRecovered,
  }),
);
