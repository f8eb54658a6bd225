/** The simulated bill as Cost Explorer tells it: courses, incidents, and days that are not all there yet. */
import type { GetCostAndUsageRequest, GetCostAndUsageResponse } from '@aws-sdk/client-cost-explorer';
import { expect, test } from 'vitest';
import { addDays, daysBetween, weekdayOf } from '../../src/model/days.ts';
import { factorOf } from '../../src/simulator/bill-course.ts';
import { generateWorld, type SimulatedWorld, type WorldOptions } from '../../src/simulator/generate.ts';

const now = '2026-11-24T06:00:00.000Z';
const today = now.slice(0, 10);

function worldOf(options: Partial<WorldOptions> = {}): SimulatedWorld {
  return generateWorld({ seed: 1, accounts: 4, now, ...options }).world;
}

function ask(world: SimulatedWorld, input: Partial<GetCostAndUsageRequest>, at = now): GetCostAndUsageResponse {
  const request = { Granularity: 'DAILY', Metrics: ['UnblendedCost', 'AmortizedCost', 'UsageQuantity'], ...input };
  const call = { world, accountId: world.managementAccountId, region: 'us-east-1', callerArn: 'arn', now: at };
  return world.operations['cost-explorer']['GetCostAndUsage']?.handle(request, call) as GetCostAndUsageResponse;
}

/** USD by day of one usage type of one account. */
function costs(world: SimulatedWorld, account: number, usageType: string, days: number, at = now): number[] {
  const end = at.slice(0, 10);
  const { ResultsByTime = [] } = ask(
    world,
    {
      TimePeriod: { Start: addDays(end, -days), End: end },
      Filter: {
        And: [
          { Dimensions: { Key: 'LINKED_ACCOUNT', Values: [world.organization.account(account).id] } },
          { Dimensions: { Key: 'USAGE_TYPE', Values: [usageType] } },
        ],
      },
      GroupBy: [{ Type: 'DIMENSION', Key: 'USAGE_TYPE' }],
    },
    at,
  );
  return ResultsByTime.map(({ Groups = [] }) => Number(Groups[0]?.Metrics?.['UnblendedCost']?.Amount ?? 0));
}

test('an account has a few dozen usage types, some of them in several services', () => {
  const world = worldOf({ hasUsage: true });
  const { ResultsByTime = [] } = ask(world, {
    TimePeriod: { Start: '2026-11-10', End: '2026-11-11' },
    Filter: { Dimensions: { Key: 'LINKED_ACCOUNT', Values: [world.organization.account(1).id] } },
    GroupBy: ['SERVICE', 'USAGE_TYPE'].map((Key) => ({ Type: 'DIMENSION', Key })),
  });
  const keys = (ResultsByTime[0]?.Groups ?? []).map(({ Keys = [] }) => Keys);
  expect(keys.length).toBeGreaterThan(40);
  const services = keys.flatMap(([service = '', type]) => (type === 'TimedStorage-ByteHrs' ? [service] : []));
  expect(services.sort()).toEqual([
    'Amazon DynamoDB',
    'Amazon EC2 Container Registry (ECR)',
    'Amazon Simple Storage Service',
    'AmazonCloudWatch',
  ]);
});

test('is the same whenever and in whatever pieces it is asked', () => {
  const whole = costs(worldOf({ hasUsage: true }), 1, 'DataTransfer-Out-Bytes', 30);
  const other = worldOf({ hasUsage: true });
  expect(costs(other, 1, 'DataTransfer-Out-Bytes', 10)).toEqual(whole.slice(-10));
  expect(costs(other, 1, 'DataTransfer-Out-Bytes', 30)).toEqual(whole);
  expect(new Set(whole).size).toBe(30);
});

test('has weekends, noise around its level, growth, and fees on the first of the month', () => {
  const world = worldOf({ hasUsage: true });
  const logs = costs(world, 1, 'DataProcessing-Bytes', 364);
  const mean = (days: (day: string) => boolean): number => {
    const chosen = logs.filter((_, index) => days(addDays(today, index - 364)));
    return chosen.reduce((sum, usd) => sum + usd, 0) / chosen.length;
  };
  const isWeekend = (day: string): boolean => weekdayOf(day) % 6 === 0;
  expect(mean(isWeekend) / mean((day) => !isWeekend(day))).toBeCloseTo(0.5, 1);
  const recent = mean((day) => daysBetween(day, today) <= 28);
  expect(recent / mean((day) => daysBetween(day, today) > 336)).toBeGreaterThan(1.15);
  const support = costs(world, 1, 'Dollar', 60);
  expect(support.filter((usd) => usd > 0)).toEqual([100, 100]);
  expect(support[daysBetween('2026-09-25', '2026-11-01')]).toBe(100);
});

test('covered usage costs nothing unblended and something amortized; its fee is the other way round', () => {
  const { ResultsByTime = [] } = ask(worldOf({ hasUsage: true }), {
    TimePeriod: { Start: '2026-11-01', End: '2026-11-02' },
    GroupBy: [{ Type: 'DIMENSION', Key: 'RECORD_TYPE' }],
  });
  const of = new Map((ResultsByTime[0]?.Groups ?? []).map(({ Keys = [], Metrics = {} }) => [Keys[0], Metrics]));
  expect(of.get('DiscountedUsage')).toMatchObject({ UnblendedCost: { Amount: '0' }, UsageQuantity: { Unit: 'N/A' } });
  expect(Number(of.get('DiscountedUsage')?.['AmortizedCost']?.Amount)).toBeGreaterThan(0);
  expect(Number(of.get('RIFee')?.['UnblendedCost']?.Amount)).toBeGreaterThan(0);
  expect(of.get('RIFee')).toMatchObject({ AmortizedCost: { Amount: '0' } });
});

test('incidents add a line, or raise what is there, for their time', () => {
  const place = { account: 1, region: 'us-east-1' };
  const world = worldOf({
    hasUsage: true,
    incidents: [
      { ...place, service: 'EC2 - Other', usageType: 'NatGateway-Bytes', usdPerDay: 300, daysAgo: 4 },
      { ...place, service: 'AmazonCloudWatch', usageType: 'CW:AlarmMonitorUsage', factor: 6, daysAgo: 6, days: 2 },
    ],
  });
  const calm = worldOf({ hasUsage: true });
  const ratio = (usageType: string): number[] => {
    const before = costs(calm, 1, usageType, 8);
    return costs(world, 1, usageType, 8).map((usd, index) => Math.round(usd - (before[index] ?? 0)));
  };
  expect(ratio('NatGateway-Bytes')).toEqual([0, 0, 0, 0, 300, 300, 300, 300]);
  const raised = costs(world, 1, 'CW:AlarmMonitorUsage', 8).map(
    (usd, index) => usd / (costs(calm, 1, 'CW:AlarmMonitorUsage', 8)[index] ?? 1),
  );
  expect(raised.map((factor) => Math.round(factor * 100) / 100)).toEqual([1, 1, 6, 6, 1, 1, 1, 1]);
  const nothing = { ...place, service: 'Amazon Redshift', usageType: 'Node:ra3.4xlarge', factor: 2, daysAgo: 3 };
  expect(() => worldOf({ incidents: [nothing] }).ledger()).toThrow(
    'nothing of Amazon Redshift Node:ra3.4xlarge to raise',
  );
});

test('yesterday is there by half at least, the day before nearly, older days are', () => {
  const whole = costs(worldOf({ hasUsage: true }), 1, 'VpcEndpoint-Hours', 5);
  const world = worldOf({ hasUsage: true, delivery: { isGradual: true } });
  const shares = costs(world, 1, 'VpcEndpoint-Hours', 5).map((usd, index) => usd / (whole[index] ?? 0));
  expect(shares.slice(0, 3)).toEqual([1, 1, 1]);
  expect(shares[3]).toBeGreaterThan(0.969);
  expect(shares[3]).toBeLessThan(1);
  expect(shares[4]).toBeGreaterThan(0.499);
  expect(shares[4]).toBeLessThan(1);
  const later = costs(world, 1, 'VpcEndpoint-Hours', 7, '2026-11-26T06:00:00.000Z').slice(0, 5);
  expect(later).toEqual(whole);
});

test('a late account has nothing for some days; a restated day changes when it is old enough', () => {
  const world = worldOf({
    delivery: {
      late: [{ account: 1, days: 2 }],
      restated: [{ account: 2, daysAgo: 6, share: 0.4, untilAge: 8 }],
    },
  });
  expect(costs(world, 1, 'BoxUsage:m7g.xlarge', 4).map((usd) => usd > 0)).toEqual([true, true, false, false]);
  const before = costs(world, 2, 'BoxUsage:m7g.xlarge', 8)[2] ?? 0;
  const after = costs(world, 2, 'BoxUsage:m7g.xlarge', 10, '2026-11-26T06:00:00.000Z')[2] ?? 0;
  expect(before / after).toBeCloseTo(0.4, 9);
});

test.each([
  ['2026-11-24T06:00:00.000Z', '2026-10-31', '2026-11-01', false],
  ['2026-11-24T06:00:00.000Z', '2026-11-01', '2026-11-02', true],
  ['2026-12-03T06:00:00.000Z', '2026-11-10', '2026-11-11', true],
  ['2026-12-07T06:00:00.000Z', '2026-11-10', '2026-11-11', false],
  ['2027-01-03T06:00:00.000Z', '2026-12-10', '2026-12-11', true],
])('asked at %s, %s is estimated until the invoice of its month is out: %s %s', (at, Start, End, isEstimated) => {
  const { ResultsByTime } = ask(worldOf(), { TimePeriod: { Start, End } }, at);
  expect(ResultsByTime?.[0]?.Estimated).toBe(isEstimated);
});

test('thirteen months are answered, and no more', () => {
  const world = worldOf({ hasUsage: true });
  const on = (back: number) =>
    ask(world, { TimePeriod: { Start: addDays(today, -back), End: addDays(today, 1 - back) } });
  expect(Number(on(395).ResultsByTime?.[0]?.Total?.['UnblendedCost']?.Amount)).toBeGreaterThan(0);
  expect(() => on(420)).toThrow('The requested data is unavailable');
});

test('a course without anything in it costs the same every day', () => {
  expect(factorOf({ seed: 7 }, '2026-11-01')).toBe(1);
});
