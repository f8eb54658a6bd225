/** Rows 1 and 2: AWS, or somebody else at the same bucket, says slow down. No call is lost, and ours stay in their share. */
import { expect } from 'vitest';
import { loadLimits } from '../../src/aws/limits.ts';
import { scenario } from './scenario.ts';
import { always, expectGap, expectRecovered, lifeWithoutFaults, threeDays } from './three-days.ts';

const roomy = loadLimits().map((row) => ({
  ...row,
  capacity: 10_000,
  refillPerSecond: 10_000,
  concurrency: 1000,
}));
/** All reads of EC2 in one bucket, an account and region: a fraction of what the product believes it may use. */
const narrowEc2 = { capacity: 8, refillPerSecond: 12, perAction: false, scope: 'account-region' as const };
const narrow = roomy.map((row) => (row.service === 'ec2' ? { ...row, ...narrowEc2 } : row));

scenario('1: a storm of refusals on one operation is sat out', (stage) =>
  threeDays(stage, {
    faults: (victim) => [always(victim, { kind: 'throttle', calls: [1, 2, 3, 4, 5, 6] })],
    expect: expectRecovered,
  }),
);

scenario('1: refusals of every seventh call, everywhere, lose no call', (stage) =>
  threeDays(stage, {
    faults: () => [{ kind: 'throttle', probability: 0.15, seed: stage.seed }],
    expect: expectRecovered,
  }),
);

scenario('1: an operation that is refused for good is a gap, and no other is held up by it', (stage) =>
  threeDays(stage, {
    bench: { patience: { accountMs: 5000 } },
    faults: (victim) => [always(victim, { kind: 'throttle' })],
    expect: expectGap('throttled'),
  }),
);

scenario('1: a bucket that gives less than half of what is documented', async (stage) => {
  const [faultless] = await lifeWithoutFaults({ seed: stage.seed });
  const bench = await stage.start({ limits: { rows: narrow }, share: 1 });
  const audited = await bench.audit({
    config: { organization: { externalId: 'faults' }, checks: { disable: ['tag-dollar*'] } },
  });
  expectRecovered(audited);
  const refused = audited.entries.filter(({ errorCode }) => errorCode === 'RequestLimitExceeded');
  expect(refused.length).toBeGreaterThan(0);
  // Other buckets do not feel it.
  expect(
    audited.entries
      .filter(({ errorCode }) => /Throttl|TooMany|SlowDown|LimitExceeded/.test(errorCode ?? ''))
      .every(({ service }) => service === 'ec2'),
  ).toBe(true);
  stage.judge(audited, { faultless: faultless.after });
});

scenario('2: a neighbour at the same buckets', async (stage) => {
  const [faultless] = await lifeWithoutFaults({ seed: stage.seed });
  const bench = await stage.start({ limits: { rows: narrow, neighbour: { share: 0.5, seed: stage.seed } }, share: 1 });
  const audited = await bench.audit();
  expectRecovered(audited);
  stage.judge(audited, { faultless: faultless.after });
});

scenario('1: half of every limit is all that is used', async (stage) => {
  const only = ['vpc-*', 'public-*', 's3-*', 'iam-*', 'tag-missing-required'];
  const bench = await stage.start({ accounts: 4, share: 0.5, limits: {}, only });
  const audited = await bench.audit();
  expectRecovered(audited);
  expect(audited.run?.ownCost.throttles).toBe(0);
  stage.judge(audited);
});
