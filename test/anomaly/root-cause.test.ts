import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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
    ['a service everywhere', { service: 'AmazonS3' }],
    ['a region everywhere', { region: 'eu-west-1' }],
    ['all of the bill', {}],
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

  test('two, though one wide description would tell them nearly as well', () => {
    const one = { account: '111111111111', service: 'AmazonEC2' };
    const other = { account: '222222222222', service: 'AmazonS3' };
    const causes = rootCauses(cube((dims) => (isIn(dims, one) ? 4 : isIn(dims, other) ? 3 : 1)));
    expect(causes.map(({ dims }) => dims)).toEqual([one, other]);
  });

  test('told where some of its lines stay and the others rise unevenly', () => {
    const part = { account: '222222222222', region: 'us-east-1' };
    const factors = [3.1, 1, 2.2, 4.4, 1.9, 6, 2.8];
    let index = 0;
    const causes = rootCauses(cube((dims) => (isIn(dims, part) ? factors[index++]! : 1)));
    expect(causes.map(({ dims }) => dims)).toEqual([part]);
    expect(causes[0]).toMatchObject({ leaves: 7 });
  });

  test('not a cheap line, however loud, but a dear one that rose by less', () => {
    const loud = { account: '111111111111', region: 'us-east-1', usageType: 'Request' };
    const dear = { account: '444444444444', service: 'AmazonS3' };
    const leaves = cube((dims) => (isIn(dims, dear) ? 1.6 : 1)).map((leaf) =>
      isIn(leaf.dims, loud) ? { ...leaf, history: Array.from(leaf.history, () => 0.4), actual: 2.4 } : leaf,
    );
    expect(rootCauses(leaves).map(({ dims }) => dims)).toEqual([dear]);
  });

  test('a small rise that all lines of a service share, though no line shows it', () => {
    const part = { account: '222222222222' };
    const causes = rootCauses(cube((dims) => (isIn(dims, part) ? 1.15 : 1)));
    expect(causes.map(({ dims }) => dims)).toEqual([part]);
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

  test('what rose, beside a larger fall; what fell, when that is asked', () => {
    const rose = { account: '111111111111', service: 'AmazonS3' };
    const fell = { region: 'eu-west-1', service: 'AmazonEC2' };
    const leaves = cube((dims) => (isIn(dims, rose) ? 2 : isIn(dims, fell) ? 0.2 : 1));
    expect(rootCauses(leaves).map(({ dims }) => dims)).toEqual([rose]);
    expect(rootCauses(leaves, { direction: 'down' }).map(({ dims }) => dims)).toEqual([fell]);
  });

  test.each<[string, Dims, Dims]>([
    [
      'to another account',
      { account: '111111111111', region: 'us-east-1', usageType: 'Lambda-GB-Second' },
      { account: '333333333333', region: 'us-east-1', usageType: 'Lambda-GB-Second' },
    ],
    [
      'with all of its service',
      { account: '111111111111', service: 'AmazonEC2' },
      { account: '333333333333', service: 'AmazonEC2' },
    ],
  ])('nobody, when cost only moved %s', (_, from, to) => {
    const before = cube(() => 1);
    const sumOf = (part: Dims) => before.reduce((sum, { dims, actual }) => (isIn(dims, part) ? sum + actual : sum), 0);
    const back = (sumOf(from) * 0.6) / sumOf(to);
    expect(rootCauses(cube((dims) => (isIn(dims, from) ? 0.4 : isIn(dims, to) ? 1 + back : 1)))).toEqual([]);
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

describe('what a line should have cost', () => {
  const weekday = { account: '111111111111', service: 'AmazonEC2' };
  const quiet = { account: '222222222222', service: 'AmazonEC2' };
  const flat = Array.from({ length: 28 }, (_, day) => 60 + Math.sin(day));

  test.each<[string, (day: number) => number, number, Dims[]]>([
    ['follows the week: a weekend that is as cheap as ever', (day) => (day % 7 < 2 ? 20 : 60), 20, []],
    ['follows the week: a weekend that costs as much as a weekday', (day) => (day % 7 < 2 ? 20 : 60), 60, [weekday]],
    ['is nothing on a weekend that never cost anything', (day) => (day % 7 < 2 ? 0 : 60), 60, [weekday]],
    ['is the new level once five days show it', (day) => (day < 23 ? 60 : 120), 121, []],
    ['ignores a single old spike', (day) => (day === 9 ? 900 : 60), 61, []],
    ['is up to its dearest day for a job of some days', (day) => (day % 9 === 4 ? 300 : 0), 290, []],
  ])('%s', (_, costOn, actual, expected) => {
    const history = Array.from({ length: 28 }, (_, day) => costOn(day) * (1 + 0.01 * Math.sin(3 * day)));
    const causes = rootCauses([
      { dims: weekday, history, actual },
      { dims: quiet, history: flat, actual: 60 },
    ]);
    expect(causes.map(({ dims }) => dims)).toEqual(expected.map(({ account }) => ({ account })));
  });
});

test('of causes that hold the same dollars the same one comes first, in whatever order the leaves are given', () => {
  const day = (account: string, level: number, actual: number): CostLeaf => ({
    dims: { account, service: 'AmazonEC2' },
    history: Array.from({ length: 28 }, (_, index) => level * (1 + 0.02 * Math.sin(index))),
    actual,
  });
  const quiet = Array.from({ length: 6 }, (_, index) => day(`90000000000${index}`, 40 + index, 40 + index));
  const leaves = [day('222222222222', 50, 150), ...quiet, day('111111111111', 50, 150)];
  const causes = rootCauses(leaves);
  expect(causes.map(({ dims }) => dims)).toEqual([{ account: '111111111111' }, { account: '222222222222' }]);
  expect(rootCauses(leaves.toReversed())).toEqual(causes);
});
