/** Rows 24 and 29: billing data that comes late, changes later, or is too dear to ask for. */
import { expect } from 'vitest';
import type { Operation } from '../../src/simulator/handler.ts';
import { days, type FaultBench } from './bench.ts';
import { scenario } from './scenario.ts';

const checkId = 'tag-dollar-coverage-low';
/** Cost Explorer alone decides these findings. */
const only = [checkId, 'org-audit-role-missing'];

// biome-ignore lint/suspicious/noExplicitAny: the output as Cost Explorer words it, changed in place
type Restate = (group: { readonly Keys: readonly string[]; readonly Metrics: any }) => number;

/** From now on every amount is multiplied by what `factor` says of its group. */
function restate({ generated }: FaultBench, factor: Restate): void {
  const operations = generated.world.operations['cost-explorer'] as Record<string, Operation>;
  const original = operations['GetCostAndUsage'];
  if (original === undefined) throw new Error('the simulator has no Cost Explorer');
  operations['GetCostAndUsage'] = {
    ...original,
    async handle(input, call) {
      const output = structuredClone(await original.handle(input, call)) as {
        ResultsByTime: { Groups: Parameters<Restate>[0][] }[];
      };
      for (const group of output.ResultsByTime.flatMap(({ Groups }) => Groups)) {
        for (const metric of Object.values<{ Amount: string }>(group.Metrics))
          metric.Amount = String(Number(metric.Amount) * factor(group));
      }
      return output;
    },
  };
}

const restatements: Readonly<Record<string, (seed: number) => Restate>> = {
  'the last days are still missing': () => () => 28 / 30,
  'every account is a little dearer than was said': (seed) => () => 1 + seed / 100,
  'dollars without a tag are fewer than was said':
    () =>
    ({ Keys }) =>
      Keys.some((key) => key.endsWith('$')) ? 0.9 : 1,
};

for (const [name, factor] of Object.entries(restatements)) {
  scenario(`24: ${name}`, async (stage) => {
    const bench = await stage.start({ only });
    const first = await bench.audit();
    stage.judge(first);
    expect(first.after.filter(({ finding }) => finding.checkId === checkId)).toHaveLength(1);
    restate(bench, factor(stage.seed));
    // Billing data is asked for anew once a day.
    const second = await bench.audit({ now: days[1] });
    stage.judge(second);
    const about = second.after.filter(({ finding }) => finding.checkId === checkId);
    expect(about).toHaveLength(1);
    expect(about[0]).toMatchObject({ state: 'open', reopenedCount: 0 });
    expect(['stillOpen', 'changed']).toContain(about[0]?.change);
  });
}

scenario('24: billing data that cannot be had resolves nothing', async (stage) => {
  const bench = await stage.start({ only });
  await bench.audit();
  bench.simulator.faults.add({
    kind: stage.pick(['server-error', 'empty-200', 'html-200'] as const, 'fault'),
    operation: 'GetCostAndUsage',
  });
  const second = await bench.audit({ now: days[1] });
  stage.judge(second);
  expect(second.after.find(({ finding }) => finding.checkId === checkId)).toMatchObject({
    state: 'open',
    change: 'unknown',
  });
});

/** What a request for billing data costs. AWS Cost Explorer pricing, read 2026-11-23. */
const requestUsd = 0.01;

for (const requests of [0, 1, 3]) {
  scenario(`29: a cap of the run's own bill at ${requests} paid requests`, async (stage) => {
    const bench = await stage.start();
    const maxSelfCostUsd = requests * requestUsd;
    const config = { organization: { externalId: 'faults' }, limits: { maxSelfCostUsd } };
    const audited = await bench.audit({ config });
    expect(audited.error).toBeUndefined();
    const paid = audited.entries.filter(({ operation }) => operation === 'GetCostAndUsage').length;
    expect(paid * requestUsd).toBeLessThanOrEqual(maxSelfCostUsd);
    expect(audited.run?.ownCost.usd).toBeLessThanOrEqual(maxSelfCostUsd);
    const gaps = audited.run?.coverage.gaps ?? [];
    expect(gaps.some(({ reason, kind }) => String(reason) === 'own-budget' && kind === 'cost.tag-coverage')).toBe(true);
    expect(audited.run?.status).toBe('partial');
    stage.judge(audited);
  });
}
