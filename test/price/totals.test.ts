import { expect, test } from 'vitest';
import { sumTotals } from '../../src/price/totals.ts';
import { finding, saving } from '../support/findings.ts';

function totalsOf(...findings: ReturnType<typeof finding>[]) {
  const totals = sumTotals();
  for (const one of findings) totals.add(one);
  return totals.result();
}

test('nothing adds up to nothing', () => {
  expect(totalsOf()).toEqual({
    open: 0,
    bySeverity: {},
    monthlySavingUsd: { low: 0, expected: 0, high: 0 },
    doubleCountedUsd: 0,
  });
});

test('counts by severity and adds the ranges', () => {
  const totals = totalsOf(
    finding({ severity: 'high', saving: saving(10, { lowUsd: 4, highUsd: 30 }) }),
    finding({ severity: 'high', saving: saving(5) }),
    finding({ severity: 'low', saving: null }),
  );
  expect(totals).toEqual({
    open: 3,
    bySeverity: { high: 2, low: 1 },
    monthlySavingUsd: { low: 9, expected: 15, high: 35 },
    doubleCountedUsd: 0,
  });
});

test('of findings that save the same dollars the largest counts, whatever the order', () => {
  const overlap = 's3-storage:acme-logs';
  const small = finding({ overlap, saving: saving(6.9) });
  const large = finding({ overlap, saving: saving(47.1, { lowUsd: 0 }) });
  const other = finding({ overlap, saving: saving(21.5) });
  for (const order of [
    [small, large, other],
    [large, other, small],
    [other, small, large],
  ]) {
    const totals = totalsOf(...order);
    expect(totals.monthlySavingUsd).toEqual({ low: 0, expected: 47.1, high: 47.1 });
    expect(totals.doubleCountedUsd).toBeCloseTo(28.4, 9);
  }
});

test('the same bucket name in another account is another bucket', () => {
  const overlap = 'volume:data';
  const totals = totalsOf(
    finding({ overlap, saving: saving(10) }),
    finding({ overlap, saving: saving(10), accountId: '222222222222' }),
  );
  expect(totals).toMatchObject({ monthlySavingUsd: { expected: 20 }, doubleCountedUsd: 0 });
});

test('an unpriced finding of a group takes nothing from it', () => {
  const overlap = 's3-storage:acme-logs';
  const totals = totalsOf(finding({ overlap, saving: null }), finding({ overlap, saving: saving(10) }));
  expect(totals).toMatchObject({ monthlySavingUsd: { expected: 10 }, doubleCountedUsd: 0 });
});

test('what does not overlap leaves not even a rounding error of double counting', () => {
  const totals = totalsOf(...Array.from({ length: 10 }, () => finding({ saving: saving(0.1) })));
  expect(totals.doubleCountedUsd).toBe(0);
});
