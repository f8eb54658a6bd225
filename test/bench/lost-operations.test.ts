import { describe, expect, test } from 'vitest';
import { busiestBucket } from '../../bench/goodput.ts';
import { lostOperations } from '../../bench/lost-operations.ts';
import { loadLimits } from '../../src/aws/limits.ts';
import { journal, listPages } from './journals.ts';

const throttled = { status: 503, errorCode: 'SlowDown' };

describe('lost operations', () => {
  test('nothing is lost when every list is walked to its end and refused calls are made again', () => {
    const entries = [
      ...listPages('DescribeVpcs', 3),
      ...journal('GetBucketTagging', 5, throttled),
      ...journal('GetBucketTagging', 5),
    ];

    expect(lostOperations({ denied: 4 }, entries)).toBe(0);
  });

  test('a list left before its last page is lost, whatever the run says', () => {
    expect(lostOperations({}, listPages('DescribeVpcs', 3).slice(0, 2))).toBe(1);
  });

  test('a refused call that is never made again is lost', () => {
    expect(lostOperations({}, [...journal('GetBucketTagging', 3), ...journal('GetBucketTagging', 2, throttled)])).toBe(
      2,
    );
    expect(lostOperations({}, journal('DescribeVpcs', 1, { status: 500, errorCode: 'InternalError' }))).toBe(1);
  });

  test('gaps for want of an answer are lost operations, those by policy are none', () => {
    const gaps = { throttled: 1, timeout: 2, unexpected: 3, 'own-budget': 4, denied: 5, 'not-enabled': 6 };

    expect(lostOperations(gaps, [])).toBe(10);
  });
});

describe('goodput', () => {
  test('answers over what the share of the bucket gave from the first call to the last', () => {
    const list = journal('ListBuckets', 1);
    // 150 answers over 149 * 40 ms: half of 100 tokens and of 50 a second.
    const reads = journal('GetBucketTagging', 150, {}, 40);
    const refused = journal('GetBucketTagging', 10, throttled);

    const { ratio } = busiestBucket([...list, ...reads, ...refused], loadLimits(), 0.5);

    expect(ratio).toBeCloseTo(150 / (50 + 25 * 5.96), 5);
  });

  test('says so when no bucket was used up', () => {
    expect(busiestBucket(journal('GetBucketTagging', 20), loadLimits(), 0.5).ratio).toBeNull();
  });
});
