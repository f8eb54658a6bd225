import { describe, expect, test } from 'vitest';
import { type Conditions, lowerBound } from '../../bench/lower-bound.ts';
import { loadLimits } from '../../src/aws/limits.ts';
import { journal, listPages } from './journals.ts';

const conditions: Conditions = {
  limits: loadLimits(),
  share: 0.5,
  latencyMs: 100,
  concurrency: 64,
  mainCpuMs: 0,
  judgeCpuMs: 0,
};
const unlimited: Conditions = { ...conditions, share: undefined };

describe('lower bound', () => {
  test('a chain of pages takes its latencies one after the other, after the regions and the role', () => {
    const entries = [...journal('DescribeRegions', 1), ...listPages('DescribeNetworkInterfaces', 7)];

    expect(lowerBound(entries, unlimited).ms).toBe(100 + 100 + 700);
  });

  test('lists of two regions are walked side by side', () => {
    const entries = [
      ...listPages('DescribeVpcs', 3, { region: 'us-east-1' }),
      ...listPages('DescribeVpcs', 5, { region: 'eu-west-1' }),
    ];

    expect(lowerBound(entries, unlimited).parts.account).toBe(100 + 100 + 500);
  });

  test('calls beyond the share of a bucket wait for its refill, after the list that names them', () => {
    const entries = [...journal('ListBuckets', 1), ...journal('GetBucketTagging', 150)];

    // S3: 100 tokens and 50 a second, half of it: 100 of 150 wait for 25 a second.
    expect(lowerBound(entries, conditions).parts.account).toBe(100 + 100 + 100 + 4000);
  });

  test('a refused call counts once, as the one that was answered', () => {
    const answered = [...journal('ListBuckets', 1), ...journal('GetBucketTagging', 150)];
    const refused = journal('GetBucketTagging', 40, { status: 503, errorCode: 'SlowDown' });

    expect(lowerBound([...refused, ...answered], conditions).parts.account).toBe(
      lowerBound(answered, conditions).parts.account,
    );
  });

  test('the tree comes before the accounts, two calls at a time', () => {
    const tree = journal('ListAccountsForParent', 4, { service: 'organizations' });
    const { parts, ms } = lowerBound([...tree, ...listPages('DescribeVpcs', 2)], unlimited);

    expect(parts.organization).toBe(200);
    expect(ms).toBe(200 + parts.account);
  });

  test('tags of accounts can be read while the accounts are, at the pace of Organizations', () => {
    const tags = journal('ListTagsForResource', 30, { service: 'organizations' });

    // 10 tokens and 5 a second, half of it.
    expect(lowerBound(tags, conditions).parts).toMatchObject({ organization: 100, hub: 100 + 10_000 });
  });

  test('Cost Explorer is asked one call at a time and beside the accounts', () => {
    const paid = journal('GetCostAndUsage', 10, { service: 'cost-explorer' });

    expect(lowerBound(paid, unlimited).parts.hub).toBe(1000);
    // 5 tokens and 2 a second, half of it.
    expect(lowerBound(paid, conditions).parts.hub).toBe(100 + 7500);
  });

  test('the largest part is the bound, and is named', () => {
    const entries = journal('DescribeVpcs', 1);

    expect(lowerBound(entries, { ...unlimited, mainCpuMs: 5000 })).toMatchObject({
      ms: 5000,
      boundBy: 'CPU of the main thread',
    });
    expect(lowerBound(entries, { ...unlimited, judgeCpuMs: 6000 }).boundBy).toBe('the simulator');
    expect(lowerBound(journal('DescribeVpcs', 64), { ...unlimited, concurrency: 1 })).toMatchObject({
      ms: 6400,
      boundBy: 'calls in flight',
    });
  });
});
