import { describe, expect, test } from 'vitest';
import { describes, roughCubes } from '../support/cost-world/rough-cubes.ts';
import { scoreCubes } from '../support/cost-world/score-cubes.ts';

describe('rough cubes', () => {
  const cubes = roughCubes({ seed: 'one', cases: 40 });
  const truth = cubes.labels.map(({ caseId, causes }) => ({
    caseId,
    causes: causes.map(({ dims }) => ({ dims: { ...dims } as Record<string, string> })),
  }));

  test('everything follows from the seed', () => {
    expect(roughCubes({ seed: 'one', cases: 40 })).toEqual(cubes);
    expect(roughCubes({ seed: 'two', cases: 40 })).not.toEqual(cubes);
  });

  test('a cause raises most of its leaves and not all; some were born on the day', () => {
    let still = 0;
    let newborn = 0;
    let members = 0;
    for (const [index, { causes }] of cubes.labels.entries()) {
      const { leaves } = cubes.input.cases[index]!;
      expect(leaves.length).toBeLessThanOrEqual(903);
      expect(causes.length).toBeGreaterThanOrEqual(1);
      for (const { dims } of causes) {
        const own = leaves.filter((leaf) => describes(dims, leaf.dims));
        const isBorn = own.every(({ history }) => history.every((usd) => usd === 0));
        newborn += isBorn ? 1 : 0;
        members += own.length;
        still += own.filter(({ actual, history }) => actual < 1.15 * Math.max(...history.slice(-7))).length;
        expect(own.some(({ actual, history }) => actual > 1.1 * Math.max(...history.slice(-7)))).toBe(true);
      }
    }
    expect(newborn).toBeGreaterThan(1);
    expect(still / members).toBeGreaterThan(0.1);
    expect(still / members).toBeLessThan(0.4);
  });

  test('the truth scores one, in other words for the same leaves as well', () => {
    const [{ caseId, leaves }] = cubes.input.cases as [(typeof cubes.input.cases)[number]];
    const wordy = truth.map((one) => {
      if (one.caseId !== caseId) return one;
      const causes = one.causes.map(({ dims }) => {
        const own = leaves.filter((leaf) => describes(dims, leaf.dims));
        const shared = Object.entries(own[0]!.dims).filter(([name, value]) =>
          own.every((leaf) => leaf.dims[name as 'region'] === value),
        );
        return { dims: Object.fromEntries(shared) };
      });
      return { caseId, causes };
    });

    expect(scoreCubes(truth, cubes)).toMatchObject({ cases: 40, top1: 1, f1: 1, wrong: [] });
    expect(scoreCubes(truth, cubes).dollarF1).toBeCloseTo(1);
    expect(scoreCubes(wordy, cubes).top1).toBe(1);
  });

  test('nothing, too much and the wrong thing first all cost', () => {
    const nowhere = { dims: { account: '000000000000' } };

    expect(scoreCubes([], cubes)).toMatchObject({ top1: 0, precision: 0, recall: 0, f1: 0, dollarF1: 0 });
    const second = scoreCubes(
      truth.map(({ caseId, causes }) => ({ caseId, causes: [nowhere, ...causes] })),
      cubes,
    );
    expect(second).toMatchObject({ top1: 0, recall: 1 });
    const causes = truth.reduce((sum, one) => sum + one.causes.length, 0);
    expect(second.precision).toBeCloseTo(causes / (causes + 40));
  });
});
