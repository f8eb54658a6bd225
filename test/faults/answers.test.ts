/** Row 6: answers that are none. A call is tried a few times; what stays broken is a gap, and nothing is resolved by it. */
import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { ConfigError } from '../../src/errors.ts';
import type { FaultKind } from '../../src/simulator/faults.ts';
import { days } from './bench.ts';
import { scenario } from './scenario.ts';
import { always, expectGap, expectRecovered, lifeWithoutFaults, once, threeDays } from './three-days.ts';

/** The request may work at the next try, and the client can tell. */
const passing: readonly FaultKind[] = ['server-error', 'drop', 'half-body'];
/** Status 200 and no answer: whether another try helps is for the client to guess, but it must not take it for a list. */
const lying: readonly FaultKind[] = ['empty-200', 'html-200', 'error-200', 'broken-document'];

for (const kind of passing) {
  scenario(`6: ${kind} once is tried again`, (stage) =>
    threeDays(stage, { faults: (victim) => [once(victim, { kind })], expect: expectRecovered }),
  );
}

for (const kind of lying) {
  scenario(`6: ${kind} once is not taken for an empty list`, (stage) =>
    threeDays(stage, { faults: (victim) => [once(victim, { kind })] }),
  );
}

for (const kind of [...passing, ...lying]) {
  scenario(`6: ${kind} for good is a gap`, (stage) =>
    threeDays(stage, {
      faults: (victim) => [always(victim, { kind })],
      expect: expectGap('unexpected', 'timeout', 'throttled'),
    }),
  );
}

scenario('6: every operation in turn gives answers that are none', async (stage) => {
  const { seed } = stage;
  const [faultless] = await lifeWithoutFaults({ seed });
  const kind = lying[(seed - 1) % lying.length] ?? 'empty-200';
  const bench = await stage.start();
  writeFileSync(bench.stateFile, faultless.state);
  const resources = faultless.entries.filter(({ service }) => service !== 'organizations' && service !== 'sts');
  // A day in the world's eyes, so that nothing ages meanwhile.
  const now = (minute: number): string => new Date(Date.parse(days[1]) + minute * 60_000).toISOString();
  const operations = [...new Set(resources.map(({ operation }) => operation))];
  for (const [index, operation] of operations.entries()) {
    bench.simulator.faults.add({ kind, operation });
    const audited = await bench.audit({ now: now(index + 1) });
    bench.simulator.faults.clear();
    expect(audited.error).toBeUndefined();
    stage.judge(audited);
    // Nothing was mended: whatever ends or comes back does so by a lie.
    expect(Object.keys(audited.run?.changes ?? {})).not.toContain('resolved');
    expect(Object.keys(audited.run?.changes ?? {})).not.toContain('reopened');
  }
  stage.judge(await bench.audit({ now: now(operations.length + 1) }), { faultless: faultless.after });
});

scenario('6: an organization that cannot be read ends the run, and nothing changes', async (stage) => {
  const { seed } = stage;
  const [faultless] = await lifeWithoutFaults({ seed });
  const kind = stage.pick([...passing, ...lying, 'denied', 'bad-page-token'] as const, 'kind');
  const bench = await stage.start({ pageSize: 1 });
  writeFileSync(bench.stateFile, faultless.state);
  const tree = ['DescribeOrganization', 'ListRoots', 'ListAccountsForParent', 'ListOrganizationalUnitsForParent'];
  for (const [index, operation] of tree.entries()) {
    bench.simulator.faults.add({ kind, operation });
    const now = new Date(Date.parse(days[1]) + index * 60_000).toISOString();
    const audited = await bench.audit({ now });
    bench.simulator.faults.clear();
    stage.judge(audited);
    // A list of one page has no page token to be refused.
    if (!audited.entries.some(({ fault }) => fault !== undefined)) continue;
    expect(audited.error).toBeInstanceOf(ConfigError);
    expect(audited.after).toEqual(audited.before);
  }
});

scenario('6: a tenth of all answers broken in every way', (stage) =>
  threeDays(stage, {
    faults: ({ accountId }) =>
      [...passing, ...lying].map((kind, index) => ({
        kind,
        accountId,
        probability: 0.02,
        seed: stage.seed * 10 + index,
      })),
  }),
);
