/** Accounts as large as real ones get: what their pages hold, what an audit makes of them, and what they weigh. */
import { CostExplorerClient, GetCostAndUsageCommand } from '@aws-sdk/client-cost-explorer';
import { EC2Client, paginateDescribeNetworkInterfaces } from '@aws-sdk/client-ec2';
import { IAMClient, paginateGetAccountAuthorizationDetails } from '@aws-sdk/client-iam';
import { OrganizationsClient, paginateListAccounts } from '@aws-sdk/client-organizations';
import { paginateGetResources, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  paginateListBuckets,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { generateWorld, type WorldOptions } from '../../src/simulator/generate.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { keyOf, keysOf, startBench } from '../support/simulated.ts';
import { type SimulatorProcessOptions, startSimulatorProcess } from '../support/simulator-process.ts';
import { baseClient, errorOf } from './wire/tiny-world.ts';

const now = '2026-11-24T06:00:00.000Z';
const regions = ['us-east-1', 'us-west-2'];

async function simulateWorld(options: Partial<WorldOptions>, pageSize: number) {
  const { world } = generateWorld({ seed: 1, accounts: 1, regions, now, density: 0, ...options });
  const simulator = await startSimulator({ world, pageSize, now: () => Date.parse(now) });
  onTestFinished(() => simulator.close());
  return { simulator, world };
}

async function startProcess(options: SimulatorProcessOptions) {
  const simulator = await startSimulatorProcess(options);
  onTestFinished(() => simulator.close());
  const at = (region: string) => ({
    endpoint: simulator.url,
    region,
    credentials: { accessKeyId: simulator.environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: 'simulated' },
  });
  return { simulator, at };
}

async function all<T, U>(pages: AsyncIterable<T>, items: (page: T) => readonly U[] | undefined): Promise<U[]> {
  const found: U[] = [];
  for await (const page of pages) for (const item of items(page) ?? []) found.push(item);
  return found;
}

test('every list holds its bulk once, after what is remarkable, and pages do not overlap', async () => {
  const bulk = { networkInterfaces: 23, taggedResources: 12, buckets: 9, roles: 14 };
  const { simulator, world } = await simulateWorld({ bulk }, 5);
  const own = world.state(world.managementAccountId);
  for (const region of regions) {
    const client = baseClient(simulator, region);
    const enis = await all(
      paginateDescribeNetworkInterfaces({ client: new EC2Client(client) }, {}),
      (page) => page.NetworkInterfaces,
    );
    const ids = enis.map(({ NetworkInterfaceId }) => NetworkInterfaceId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length - (own.regions.get(region)?.networkInterfaces.length ?? 0)).toBe(23);
    expect(new Set(enis.map(({ MacAddress }) => MacAddress)).size).toBeGreaterThanOrEqual(23);

    const tagged = await all(
      paginateGetResources({ client: new ResourceGroupsTaggingAPIClient(client) }, {}),
      (page) => page.ResourceTagMappingList,
    );
    const arns = tagged.map(({ ResourceARN = '' }) => ResourceARN);
    expect(new Set(arns).size).toBe(arns.length);
    expect(arns.filter((arn) => arn.includes(':function:bulk-'))).toHaveLength(12);
    // Nine buckets in two regions, the first has one more.
    expect(arns.filter((arn) => arn.startsWith('arn:aws:s3:::bulk-'))).toHaveLength(region === 'us-east-1' ? 5 : 4);
  }
  const pages = paginateGetAccountAuthorizationDetails({ client: new IAMClient(baseClient(simulator)) }, {});
  const roles = await all(pages, (page) => page.RoleDetailList);
  expect(new Set(roles.map(({ RoleId }) => RoleId)).size).toBe(own.roles.length + 14);
});

test('a bucket in bulk is listed with its region and answers there as a healthy one', async () => {
  const { simulator } = await simulateWorld({ bulk: { buckets: 7 } }, 3);
  const pages = paginateListBuckets(
    { client: new S3Client(baseClient(simulator)), pageSize: 1000 },
    { Prefix: 'bulk-' },
  );
  const buckets = await all(pages, (page) => page.Buckets);
  expect(buckets).toHaveLength(7);
  const { Name: Bucket = '', BucketRegion = '' } = buckets.at(-1) ?? {};
  const s3 = new S3Client(baseClient(simulator, BucketRegion));
  expect((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toHaveLength(3);
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
  expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toHaveLength(4);
  const beyond = Bucket.replace(/\d+$/, '7');
  expect((await errorOf(s3.send(new GetBucketVersioningCommand({ Bucket: beyond })))).name).toBe('NoSuchBucket');
});

test('a giant has more than the others, and what it is not given is as in the others', () => {
  const { world } = generateWorld({
    seed: 1,
    accounts: 3,
    now,
    bulk: { networkInterfaces: 2, roles: 3 },
    giants: { 1: { networkInterfaces: 50 } },
  });
  const sizes = [0, 1, 2].map((index) => {
    const { id } = world.organization.account(index);
    const region = world.state(id).regions.get('us-east-1');
    const bulk = world.bulk(id);
    return [region === undefined ? 0 : bulk.networkInterfaces('us-east-1', region).length, bulk.roles().length];
  });
  expect(sizes).toEqual([
    [2, 3],
    [50, 3],
    [2, 3],
  ]);
});

test('an audit finds what is planted and nothing in the bulk', async () => {
  const bulk = { networkInterfaces: 40, taggedResources: 40, buckets: 12, roles: 30 };
  const bench = await startBench({ seed: 4, accounts: 6, bulk, pageSize: 50 });
  onTestFinished(() => bench.close());
  const { records } = await bench.audit();
  const { planted, nearMisses } = bench.generated.truth();
  const plain = generateWorld({ seed: 4, accounts: 6, now, externalId: 'simulated' }).truth();
  expect({ planted, nearMisses }).toEqual(plain);
  expect(keysOf(records)).toEqual(planted.map(keyOf).sort());
}, 60_000);

test('a hundred thousand interfaces are a hundred pages, and none of them is kept', async () => {
  const { simulator } = await startProcess({
    // The story's management account has no interfaces of its own.
    world: { seed: 1, accounts: 1, regions, now, story: true, giants: { 0: { networkInterfaces: 100_000 } } },
    pageSize: 1000,
  });
  // By hand: to make objects of a page costs the SDK ten times what it costs the simulator to write it.
  const scope = `${simulator.environment['AWS_ACCESS_KEY_ID']}/20261124/us-east-1/ec2/aws4_request`;
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
  let items = 0;
  let token = '';
  do {
    const next = token === '' ? '' : `&NextToken=${token}`;
    const body = `Action=DescribeNetworkInterfaces&MaxResults=1000${next}`;
    const page = await (await fetch(simulator.url, { method: 'POST', headers, body })).text();
    items += page.split('<networkInterfaceId>').length - 1;
    token = /<nextToken>([^<]+)/.exec(page)?.[1] ?? '';
  } while (token !== '');
  expect(items).toBe(100_000);
  const pages = (await simulator.entries()).map(({ page }) => page);
  expect(pages).toEqual(Array.from({ length: 100 }, (_, index) => ({ from: index * 1000, hasNext: index < 99 })));
  const { rssMb } = await simulator.memory();
  process.stdout.write(`simulator with a giant of 100,000 interfaces: ${rssMb.toFixed(0)} MB\n`);
  // A hundred megabytes of XML have gone through it.
  expect(rssMb).toBeLessThan(300);
}, 60_000);

test('five thousand accounts weigh less than 300 MB, each of them visited', async () => {
  const { simulator, at } = await startProcess({
    world: {
      seed: 1,
      accounts: 5000,
      regions,
      now,
      bulk: { networkInterfaces: 250, taggedResources: 250, roles: 100 },
    },
    pageSize: 1000,
    journalLimit: 1000,
  });
  const organizations = new OrganizationsClient(at('us-east-1'));
  const listed = await all(paginateListAccounts({ client: organizations }, {}), (page) => page.Accounts);
  expect(listed).toHaveLength(5000);
  const ce = new CostExplorerClient(at('us-east-1'));
  const spend = (NextPageToken?: string) =>
    ce.send(
      new GetCostAndUsageCommand({
        TimePeriod: { Start: '2026-10-01', End: '2026-11-01' },
        Granularity: 'MONTHLY',
        Metrics: ['UnblendedCost'],
        GroupBy: [{ Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' }],
        NextPageToken,
      }),
    );
  const first = await spend();
  const second = await spend(first.NextPageToken);
  const payers = [first, second].flatMap((page) => page.ResultsByTime?.[0]?.Groups?.map(({ Keys = [] }) => Keys[0]));
  expect(new Set(payers).size).toBe(2000);
  expect((await simulator.entries()).at(-1)?.page).toEqual({ from: 1000, hasNext: true });
  const { planted } = await simulator.truth();
  expect(new Set(planted.map(({ accountId }) => accountId)).size).toBeGreaterThan(3000);
  const { rssMb, cpuMs } = await simulator.memory();
  process.stdout.write(
    `simulator with 5,000 accounts: ${rssMb.toFixed(0)} MB, ${(cpuMs / 1000).toFixed(1)} s of CPU\n`,
  );
  expect(rssMb).toBeLessThan(300);
}, 120_000);
