/** The simulated CloudWatch on the wire: both of its calls tell the same about the same metric, as AWS's do. */
import { expect, onTestFinished, test } from 'vitest';
import type { AccountSession } from '../../src/aws/session.ts';
import { type Metrics, planMetrics } from '../../src/collect/metrics/metrics.ts';
import type { MetricRequest } from '../../src/collect/metrics/request.ts';
import type { Account } from '../../src/model/scope.ts';
import { generateWorld } from '../../src/simulator/generate.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { openSessions } from '../support/sessions.ts';

const now = '2026-11-24T06:00:00.000Z';
const region = 'us-east-1';

const bytesOf = (NatGatewayId: string): MetricRequest => ({
  key: NatGatewayId,
  namespace: 'AWS/NATGateway',
  metric: 'BytesInFromSource',
  dimensions: { NatGatewayId },
  statistic: 'Sum',
});

const sizeOf = (BucketName: string): MetricRequest => ({
  key: BucketName,
  namespace: 'AWS/S3',
  metric: 'BucketSizeBytes',
  dimensions: { BucketName, StorageType: 'StandardStorage' },
  statistic: 'Average',
});

async function startAccount(): Promise<{ simulator: Simulator; session: AccountSession; requests: MetricRequest[] }> {
  // Every account has every feature.
  const { world } = generateWorld({ seed: 1, accounts: 6, density: 1, now });
  const simulator = await startSimulator({ world, pageSize: 2, now: () => Date.parse(now), sessionNow: Date.now });
  onTestFinished(() => simulator.close());
  const { regions, buckets } = world.state(world.managementAccountId);
  const gateways = regions.get(region)!.natGateways.map(({ NatGatewayId }) => NatGatewayId!);
  const local = buckets.filter((bucket) => bucket.region === region).map(({ name }) => name);
  const credentials = async () => ({ accessKeyId: world.baseAccessKeyId, secretAccessKey: 'simulated' });
  return {
    simulator,
    session: openSessions(simulator.url, { credentials, share: 1000 }).hub(world.managementAccountId),
    requests: [...gateways.map(bytesOf), bytesOf('nat-0'), ...local.map(sizeOf)],
  };
}

const planFor = (session: AccountSession): Metrics =>
  planMetrics(session, { kind: 'region', account: { id: session.accountId } as Account, region }, now);

test('one by one or together, in pages, a metric has the same values', async () => {
  const { simulator, session, requests } = await startAccount();
  const metrics = planFor(session);
  const together = await metrics.daily(requests, { windowDays: 30 });
  const oneByOne = new Map();
  for (const request of requests) {
    for (const [key, series] of await metrics.daily([request], { windowDays: 30 })) oneByOne.set(key, series);
  }
  expect(simulator.journal.count({ operation: 'GetMetricStatistics' })).toBe(requests.length);
  expect(simulator.journal.count({ operation: 'GetMetricData' })).toBe(Math.ceil(requests.length / 2));
  expect(oneByOne).toEqual(together);
  expect(together.has('nat-0')).toBe(false);
  // Gateways as old as the window and one of two days, which was there for one of them in full.
  expect(new Set([...together.values()].map(({ values }) => values.length))).toEqual(new Set([30, 1]));
  expect(requests.map(({ namespace }) => namespace)).toContain('AWS/S3');
  for (const { timestamps } of together.values()) expect(timestamps).toEqual(timestamps.toSorted().reverse());
});

test('more datapoints than one free call gives are refused, not cut off', async () => {
  const { session, requests } = await startAccount();
  await expect(planFor(session).daily(requests.slice(0, 1), { windowDays: 1441 })).rejects.toMatchObject({
    reason: 'unexpected',
    message: expect.stringContaining('exceeds the limit of 1440'),
  });
});
