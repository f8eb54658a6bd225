/** The generated role is enough, and not more than enough: each action taken away silences exactly its checks. */

import { expect, test } from 'vitest';
import { collectorsByKind } from '../../src/collect/by-kind.ts';
import { withPrerequisites } from '../../src/collect/collect.ts';
import { collectors } from '../../src/collect/index.ts';
import { memberPolicy, workerPolicy } from '../../src/commands/policy.ts';
import { loadRegistry } from '../../src/commands/registry.ts';
import { investigationActions } from '../../src/investigate/investigation-actions.ts';
import type { Kind } from '../../src/model/inventory.ts';
import type { PolicyDocument } from '../../src/simulator/policy.ts';
import { keysOf, startBench } from '../support/simulated.ts';

const { checks } = await loadRegistry([]);
const used = new Set(collectors.flatMap(({ iamActions }) => iamActions));
/** Needed only where the usual source is not there; here it is. Tests of those collectors ask for them. */
/** Asked only where something is missing, or where there is an incident (bill-stories.test.ts). */
const fallback = new Set([
  ...collectors.flatMap(({ fallbackActions = [] }) => fallbackActions),
  ...Object.values(investigationActions).flatMap(({ iamActions }) => iamActions),
]);
const granted = new Set(
  [memberPolicy(checks), workerPolicy(checks)].flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action)),
);

function without(action: string): (policy: PolicyDocument) => PolicyDocument {
  return ({ Statement }) => ({
    Statement: Statement.map((statement) => ({
      ...statement,
      Action: (statement.Action as string[]).filter((name) => name !== action),
    })),
  });
}

/** Checks that need a kind whose collector, or one it comes after, uses the action. */
function checksNeeding(action: string): string[] {
  const uses = (kind: Kind): boolean =>
    withPrerequisites([kind], collectorsByKind).some(({ iamActions }) => iamActions.includes(action));
  return checks.filter(({ needs }) => needs.some(uses)).map(({ id }) => id);
}

const bench = await startBench({ seed: 2, accounts: 8 });
const complete = await bench.audit();
const everything = keysOf(complete.records);
const denied = bench.simulator.journal.entries.filter(
  ({ errorCode, operation }) =>
    errorCode !== undefined && /denied|unauthorized/i.test(errorCode) && operation !== 'AssumeRole',
);
const called = new Set(bench.simulator.journal.entries.map(({ iamAction }) => iamAction));
await bench.close();

test('with the whole role no call is denied, but by a bucket of its own accord', () => {
  expect(denied.filter(({ service }) => service !== 's3')).toEqual([]);
});

test('nothing outside the role is called, and nothing in it is unused', () => {
  called.delete('sts:GetCallerIdentity');
  expect([...called].filter((action) => !granted.has(action))).toEqual([]);
  expect([...granted].filter((action) => !called.has(action) && !fallback.has(action))).toEqual([]);
});

test.each([...used])('without %s exactly the checks that need it are unknown', async (action) => {
  const limited = await startBench({ seed: 2, accounts: 8, policy: without(action) });
  try {
    const { run, records } = await limited.audit();
    const silenced = checksNeeding(action);
    const gapChecks = new Set(
      run.coverage.gaps
        .filter(({ kind, resourceId }) => kind !== 'account.access' && resourceId === undefined)
        .flatMap((gap) => gap.checks),
    );
    expect([...gapChecks].sort()).toEqual([...silenced].sort());
    expect(
      run.coverage.gaps
        .filter(({ kind, resourceId }) => kind !== 'account.access' && resourceId === undefined)
        .every(({ iamAction }) => iamAction === action),
    ).toBe(true);
    const expected = everything.filter((key) => !silenced.includes(key.split(' ')[0] ?? ''));
    const found = keysOf(records).filter((key) => !silenced.includes(key.split(' ')[0] ?? ''));
    expect(found).toEqual(expected);
  } finally {
    await limited.close();
  }
});
