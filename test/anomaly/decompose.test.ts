import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CostPart, type Decomposition, decompose } from '../../src/anomaly/decompose.ts';

describe('a change is', () => {
  test.each<[string, CostPart[], CostPart[], Decomposition]>([
    [
      'more usage: twice the gigabytes at the same price',
      [{ usd: 45, quantity: 1000 }],
      [{ usd: 90, quantity: 2000 }],
      { usageUsd: 45, priceUsd: 0, mixUsd: 0 },
    ],
    [
      'less usage',
      [{ usd: 90, quantity: 2000 }],
      [{ usd: 45, quantity: 1000 }],
      { usageUsd: -45, priceUsd: 0, mixUsd: 0 },
    ],
    [
      'a higher price: a discount that ended',
      [{ usd: 45, quantity: 1000 }],
      [{ usd: 60, quantity: 1000 }],
      { usageUsd: 0, priceUsd: 15, mixUsd: 0 },
    ],
    [
      'both: more usage at the old price, all of it at the higher one',
      [{ usd: 100, quantity: 100 }],
      [{ usd: 360, quantity: 300 }],
      { usageUsd: 200, priceUsd: 60, mixUsd: 0 },
    ],
    [
      'another mix: hours that move from Spot to On-Demand',
      [
        { usd: 30, quantity: 100 },
        { usd: 10, quantity: 100 },
      ],
      [
        { usd: 60, quantity: 200 },
        { usd: 0, quantity: 0 },
      ],
      { usageUsd: 0, priceUsd: 0, mixUsd: 20 },
    ],
    [
      'another mix: hours that move to a type that was not there before',
      [
        { usd: 10, quantity: 100 },
        { usd: 0, quantity: 0 },
      ],
      [
        { usd: 0, quantity: 0 },
        { usd: 40, quantity: 100 },
      ],
      { usageUsd: 0, priceUsd: 0, mixUsd: 30 },
    ],
    [
      'usage alone where nothing was used before',
      [{ usd: 0, quantity: 0 }],
      [{ usd: 96, quantity: 24 }],
      { usageUsd: 96, priceUsd: 0, mixUsd: 0 },
    ],
    [
      'usage alone where nothing is used any more',
      [{ usd: 96, quantity: 24 }],
      [{ usd: 0, quantity: 0 }],
      { usageUsd: -96, priceUsd: 0, mixUsd: 0 },
    ],
  ])('%s', (_, before, after, expected) => {
    const split = decompose(before, after)!;
    expect(Object.keys(split).sort()).toEqual(Object.keys(expected).sort());
    for (const name of ['usageUsd', 'priceUsd', 'mixUsd'] as const) expect(split[name]).toBeCloseTo(expected[name], 9);
  });
});

test.each<[string, CostPart[], CostPart[]]>([
  ['a quantity is not known', [{ usd: 45, quantity: Number.NaN }], [{ usd: 90, quantity: 2000 }]],
  ['a quantity is below nothing', [{ usd: 45, quantity: -1 }], [{ usd: 90, quantity: 2000 }]],
  ['a cost comes without a quantity', [{ usd: 45, quantity: 0 }], [{ usd: 90, quantity: 0 }]],
  ['the cost before came without a quantity', [{ usd: 45, quantity: 0 }], [{ usd: 90, quantity: 10 }]],
  ['the parts are not the same', [{ usd: 45, quantity: 1 }], []],
  ['there are no parts', [], []],
])('a change is not split where %s', (_, before, after) => {
  expect(decompose(before, after)).toBeUndefined();
});

test('the split has no rest', () => {
  // Prices that a bill may have: with prices far apart the difference of large products would hide cents.
  const part = fc.record({
    usd: fc.double({ min: 0.01, max: 1e5, noNaN: true }),
    quantity: fc.double({ min: 1, max: 1e5, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(part, part), { minLength: 1, maxLength: 5 }), (pairs) => {
      const before = pairs.map(([then]) => then);
      const after = pairs.map(([, now]) => now);
      const split = decompose(before, after)!;
      const change = after.reduce((sum, { usd }) => sum + usd, 0) - before.reduce((sum, { usd }) => sum + usd, 0);
      expect(split.usageUsd + split.priceUsd + split.mixUsd).toBeCloseTo(change, 3);
      if (pairs.length === 1) expect(split.mixUsd).toBeCloseTo(0, 3);
    }),
  );
});
