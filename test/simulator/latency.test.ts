import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetBucketLocationCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import type { SimulatorOptions } from '../../src/simulator/server.ts';
import { baseClient, simulate, vpcOperations } from './wire/tiny-world.ts';

const operations = {
  ec2: vpcOperations,
  s3: {
    ListBuckets: { handle: () => ({ Buckets: [] }) },
    GetBucketLocation: { handle: () => ({ LocationConstraint: 'eu-west-1' }) },
  },
};

/** Names of three calls in the order of their answers; they leave in the order vpcs, location, buckets. */
async function answers(options: Pick<SimulatorOptions, 'latencyMs'>): Promise<string[]> {
  const simulator = await simulate(operations, options);
  const ec2 = new EC2Client(baseClient(simulator));
  const s3 = new S3Client(baseClient(simulator));
  const order: string[] = [];
  const arrived = async (count: number): Promise<void> => {
    while (simulator.journal.count() < count) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const calls = [ec2.send(new DescribeVpcsCommand({})).then(() => order.push('vpcs'))];
  await arrived(1);
  calls.push(s3.send(new GetBucketLocationCommand({ Bucket: 'b' })).then(() => order.push('location')));
  await arrived(2);
  calls.push(s3.send(new ListBucketsCommand({})).then(() => order.push('buckets')));
  await Promise.all(calls);
  return order;
}

test('an answer takes as long as its operation is said to take, and holds up no other', async () => {
  expect(await answers({ latencyMs: { DescribeVpcs: 600, ListBuckets: 0, '*': 300 } })).toEqual([
    'buckets',
    'location',
    'vpcs',
  ]);
});

test('operations that are not named have none without a default', async () => {
  expect(await answers({ latencyMs: { GetBucketLocation: 300 } })).toEqual(['vpcs', 'buckets', 'location']);
});

test('one number is that of all operations', async () => {
  expect(await answers({ latencyMs: 100 })).toEqual(['vpcs', 'location', 'buckets']);
});
