import { expect, test } from 'vitest';
import { toCollectError } from '../../src/aws/errors.ts';
import { createMeter, type MeteredCall } from '../../src/aws/meter.ts';

const call = (overrides: Partial<MeteredCall> = {}): MeteredCall => ({
  accountId: '111111111111',
  service: 'ec2',
  operation: 'DescribeVpcs',
  metrics: 0,
  ...overrides,
});
const billing = call({ service: 'cost explorer', operation: 'GetCostAndUsage' });
const reasonOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return toCollectError(error).reason;
  }
};

test('paid requests stop at the limit of the own bill, to the request; free ones go on', () => {
  const meter = createMeter(0.03);
  for (let request = 0; request < 3; request += 1) meter.attempt(billing).succeeded();
  expect(reasonOf(() => meter.attempt(billing))).toBe('own-budget');
  expect(reasonOf(() => meter.attempt(call({ service: 's3', operation: 'GetBucketTagging' })))).toBe('own-budget');
  meter.attempt(call()).succeeded();
  expect(meter.snapshot()).toMatchObject({ usd: 0.03, apiCalls: 4, costExplorerRequests: 3 });
});

test('requests under way count as if they were billed', () => {
  const meter = createMeter(0.02);
  const underWay = [meter.attempt(billing), meter.attempt(billing)];
  expect(reasonOf(() => meter.attempt(billing))).toBe('own-budget');
  underWay[0]?.failed();
  underWay[1]?.succeeded();
  meter.attempt(billing).succeeded();
  expect(meter.snapshot().usd).toBeCloseTo(0.02, 10);
});

test('a limit of nothing lets only free requests through', () => {
  const meter = createMeter(0);
  expect(reasonOf(() => meter.attempt(billing))).toBe('own-budget');
  meter.attempt(call()).succeeded();
});

test('metrics are billed as asked, or as found where only that is billed', () => {
  const meter = createMeter();
  const asked = call({ service: 'cloudwatch', operation: 'GetMetricData', metrics: 500 });
  meter.attempt(asked).succeeded();
  meter.attempt({ ...asked, metrics: 0 }).succeeded(1500);
  expect(meter.snapshot()).toMatchObject({ metricsRequested: 2000 });
  expect(meter.snapshot().usd).toBeCloseTo(0.02, 10);
});

test('each account knows what it took', () => {
  const meter = createMeter();
  meter.attempt(call()).succeeded();
  meter.attempt(call({ accountId: '2', service: 'cloudwatch', operation: 'GetMetricData', metrics: 100 })).succeeded();
  expect(meter.ofAccount('111111111111')).toEqual({ apiCalls: 1, metricsRequested: 0, usd: 0 });
  expect(meter.ofAccount('2')).toEqual({ apiCalls: 1, metricsRequested: 100, usd: 0.001 });
  meter.forget('2');
  expect(meter.ofAccount('2')).toEqual({ apiCalls: 0, metricsRequested: 0, usd: 0 });
  expect(meter.snapshot().apiCalls).toBe(2);
});

test('what an interrupted part of the run took counts against the same limit', () => {
  const meter = createMeter(0.03);
  const earlier = {
    usd: 0.02,
    apiCalls: 7,
    costExplorerRequests: 2,
    metricsRequested: 1,
    throttles: 3,
    bytesReceived: 9,
  };
  meter.add(earlier);
  meter.attempt(billing).succeeded();
  expect(reasonOf(() => meter.attempt(billing))).toBe('own-budget');
  expect(meter.snapshot()).toMatchObject({ apiCalls: 8, costExplorerRequests: 3, throttles: 3 });
});
