import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decompose } from '../../src/anomaly/decompose.ts';
import { type CostLeaf, rootCauses } from '../../src/anomaly/root-cause.ts';

const services: Readonly<Record<string, readonly string[]>> = {
  AmazonEC2: ['BoxUsage:m6i.large', 'EBS:VolumeUsage.gp3', 'NatGateway-Bytes'],
  AmazonS3: ['TimedStorage-ByteHrs', 'Requests-Tier1'],
  AWSLambda: ['Lambda-GB-Second', 'Request'],
};
const accounts = ['111111111111', '222222222222', '333333333333', '444444444444'];
const regions = ['us-east-1', 'eu-west-1'];

type Dims = Readonly<Record<string, string>>;

/** A bill of four accounts; `factor` says how much of its usual cost a leaf costs on the day. */
function cube(factor: (dims: Dims) => number): CostLeaf[] {
  const leaves: CostLeaf[] = [];
  for (const account of accounts) {
    for (const region of regions) {
      for (const [service, usageTypes] of Object.entries(services)) {
        for (const usageType of usageTypes) {
          const index = leaves.length;
          const level = 20 + ((index * 37) % 50);
          const dims = { account, region, service, usageType };
          const history = Array.from({ length: 28 }, (_, day) => level * (1 + 0.02 * Math.sin(index + day * 2.3)));
          leaves.push({ dims, history, actual: level * factor(dims) });
        }
      }
    }
  }
  return leaves;
}

const isIn = (dims: Dims, part: Dims): boolean => Object.entries(part).every(([name, value]) => dims[name] === value);

describe('the cause is', () => {
  test.each<[string, Dims]>([
    ['one line of the bill', { account: '222222222222', region: 'us-east-1', usageType: 'NatGateway-Bytes' }],
    ['a service in one account', { account: '222222222222', service: 'AmazonEC2' }],
    ['a whole account', { account: '333333333333' }],
    ['a region in one account', { account: '333333333333', region: 'eu-west-1' }],
    ['a usage type everywhere', { usageType: 'TimedStorage-ByteHrs' }],
    ['a service in one region', { region: 'eu-west-1', service: 'AWSLambda' }],
  ])('%s', (_, part) => {
    const causes = rootCauses(cube((dims) => (isIn(dims, part) ? 2.5 : 1)));
    expect(causes).toHaveLength(1);
    expect(causes[0]).toMatchObject({ dims: part });
    expect(causes[0]!.factor).toBeCloseTo(2.5, 1);
    expect(causes[0]!.share).toBeCloseTo(1, 2);
  });

  test('two, the dearer one first', () => {
    const large = { account: '222222222222', service: 'AmazonEC2' };
    const small = { usageType: 'Requests-Tier1', region: 'eu-west-1' };
    const causes = rootCauses(cube((dims) => (isIn(dims, large) ? 4 : isIn(dims, small) ? 2 : 1)));
    expect(causes.map(({ dims }) => dims)).toEqual([large, small]);
    expect(causes[0]!.impactUsd).toBeGreaterThan(causes[1]!.impactUsd);
  });

  test('new, where nothing was spent before', () => {
    const leaves = cube(() => 1);
    leaves.push({
      dims: {
        account: '444444444444',
        region: 'ap-northeast-3',
        service: 'AmazonEC2',
        usageType: 'BoxUsage:p3.16xlarge',
      },
      history: Array.from({ length: 28 }, () => 0),
      actual: 900,
    });
    expect(rootCauses(leaves)[0]).toMatchObject({ dims: { region: 'ap-northeast-3' }, factor: null, impactUsd: 900 });
  });

  test('what fell, when that is the news', () => {
    const part = { account: '222222222222', service: 'AmazonEC2' };
    const [cause] = rootCauses(cube((dims) => (isIn(dims, part) ? 0.1 : 1)));
    expect(cause).toMatchObject({ dims: part });
    expect(cause!.impactUsd).toBeLessThan(0);
  });

  test('nothing, when nothing moved', () => {
    expect(rootCauses(cube(() => 1))).toEqual([]);
  });
});

test('the order of the leaves, the currency and accounts that did not move change nothing', () => {
  const part = { account: '222222222222', service: 'AmazonEC2' };
  const leaves = cube((dims) => (isIn(dims, part) ? 2.5 : 1));
  const expected = rootCauses(leaves).map(({ dims }) => dims);
  const quiet = cube(() => 1).map((leaf) => ({
    ...leaf,
    dims: { ...leaf.dims, account: `9${leaf.dims['account']!.slice(1)}` },
  }));
  fc.assert(
    fc.property(
      fc.shuffledSubarray(leaves, { minLength: leaves.length }),
      fc.constantFrom(1, 7.5, 120),
      (shuffled, rate) => {
        const scaled = [...shuffled, ...quiet].map(({ dims, history, actual }) => ({
          dims,
          history: Array.from(history, (usd) => usd * rate),
          actual: actual * rate,
        }));
        expect(rootCauses(scaled).map(({ dims }) => dims)).toEqual(expected);
      },
    ),
    { numRuns: 20 },
  );
});

describe('a change is', () => {
  test.each([
    [
      'more usage',
      [{ usd: 45, quantity: 1000 }],
      [{ usd: 90, quantity: 2000 }],
      { usageUsd: 45, priceUsd: 0, mixUsd: 0 },
    ],
    [
      'a higher price',
      [{ usd: 45, quantity: 1000 }],
      [{ usd: 60, quantity: 1000 }],
      { usageUsd: 0, priceUsd: 15, mixUsd: 0 },
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
  ])('%s', (_, before, after, expected) => {
    const split = decompose(before, after)!;
    for (const [name, usd] of Object.entries(expected)) expect(Reflect.get(split, name)).toBeCloseTo(usd, 9);
  });

  test('not split where a quantity is not known', () => {
    expect(decompose([{ usd: 45, quantity: Number.NaN }], [{ usd: 90, quantity: 2000 }])).toBeUndefined();
    expect(decompose([], [])).toBeUndefined();
  });

  test('split without a rest', () => {
    const part = fc.record({
      usd: fc.double({ min: 0.01, max: 1e5, noNaN: true }),
      quantity: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    });
    const parts = fc.array(fc.tuple(part, part), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, (pairs) => {
        const split = decompose(
          pairs.map(([then]) => then),
          pairs.map(([, now]) => now),
        )!;
        let change = 0;
        for (const [then, now] of pairs) change += now.usd - then.usd;
        expect(split.usageUsd + split.priceUsd + split.mixUsd).toBeCloseTo(change, 3);
      }),
    );
  });
});
