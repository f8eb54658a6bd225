/**
 * Bills that everybody who runs AWS knows, from the simulated ledger to what is said of them: the incident, its dollars,
 * the call that did it. The whole audit is run; what was billed before is in the ledger, as after a backfill.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { rememberBill } from '../../src/commands/demo-bill.ts';
import type { BillIncident } from '../../src/simulator/bill.ts';
import type { PlantedChange } from '../../src/simulator/trail.ts';
import { type Bench, type BenchOptions, startBench } from '../support/simulated.ts';

const now = '2026-11-24T06:00:00.000Z';
const daysPerMonth = 30;
/** Days of the product's own month. */
const productMonth = 30.4;
const ec2 = 'Amazon Elastic Compute Cloud - Compute';
const s3 = 'Amazon Simple Storage Service';

let bench: Bench;
afterEach(() => bench.close());

/** Unusual spend of an audit, dearest first. */
async function incidentsOf(options: BenchOptions) {
  // A page of 1,000 groups, as Cost Explorer seems to have.
  bench = await startBench({ seed: 11, accounts: 10, story: false, hasUsage: true, pageSize: 1000, ...options });
  await rememberBill(bench.generated.world, { file: `${bench.directory}/state.db` }, now);
  const { records, run } = await bench.audit({ isNotifying: true, checks: ['cost-*'] });
  const incidents = records
    .map(({ finding }) => finding)
    .filter(({ checkId }) => checkId === 'cost-anomaly')
    .sort((a, b) => (b.saving?.monthlyUsd ?? 0) - (a.saving?.monthlyUsd ?? 0));
  return { incidents, run };
}

type Extra = { readonly account: number; readonly service: string; readonly usageType: string };

/** So many dollars a month more since four days, beside what has long been billed. */
function more(extra: Extra, usdPerMonth: number, unitUsd: number, usualUsdPerDay: number): BillIncident[] {
  const line = { ...extra, region: 'us-east-1' };
  const usdPerDay = usdPerMonth / daysPerMonth;
  const usual = { ...line, usdPerDay: usualUsdPerDay, quantityPerDay: usualUsdPerDay / unitUsd, daysAgo: 300 };
  const added = { ...line, usdPerDay, quantityPerDay: usdPerDay / unitUsd, daysAgo: 4 };
  return usualUsdPerDay > 0 ? [usual, added] : [added];
}

function change(account: number, eventName: string, source: string, name: string, daysAgo = 4): PlantedChange {
  const by = { type: 'AssumedRole', name } as const;
  return { account, daysAgo, time: '00:20', record: { region: 'us-east-1', eventName, source, by } };
}

describe('the bill is up by 40 percent: seven causes in seven accounts on one day', () => {
  const causes: readonly (readonly [usdPerMonth: number, where: RegExp, why: RegExp])[] = [
    [9000, /NAT gateway, data processed/, /^DeleteVpcEndpoints by deploy\/Terraform at 2026-11-20 00:20 UTC/m],
    [3000, /data transfer between availability zones/, /^No management event of the \d kinds that do this/m],
    [2847, /DynamoDB, provisioned write capacity in us-east-1 and 1 more/, /^UpdateTable by data\/alice/m],
    [2000, /S3, writing and listing requests/, /^No management event of the \d kinds that do this/m],
    [1800, /On-Demand hours of c5\.xlarge/, /^Often: Spot capacity went and On-Demand took its place\.$/m],
    [972.36, /On-Demand hours of r3\.xlarge/, /^RunInstances by sandbox\/bob/m],
    [380.64, /disk throughput above what is included, gp3/, /^ModifyVolume by platform\/carol/m],
  ];
  const spot = { account: 4, service: ec2, usageType: 'SpotUsage:c5.xlarge' };
  const world: BenchOptions = {
    incidents: [
      ...more({ account: 0, service: 'EC2 - Other', usageType: 'NatGateway-Bytes' }, 9000, 0.045, 20),
      ...more({ account: 1, service: 'EC2 - Other', usageType: 'DataTransfer-Regional-Bytes' }, 3000, 0.01, 0),
      ...more({ account: 2, service: 'Amazon DynamoDB', usageType: 'WriteCapacityUnit-Hrs' }, 1898, 0.00065, 5),
      ...more({ account: 2, service: 'Amazon DynamoDB', usageType: 'ReadCapacityUnit-Hrs' }, 949, 0.00013, 2),
      ...more({ account: 3, service: s3, usageType: 'Requests-Tier1' }, 2000, 0.000005, 0),
      // 600 hours a day at $0.17 that were Spot at $0.07.
      ...more({ account: 4, service: ec2, usageType: 'BoxUsage:c5.xlarge' }, 3060, 0.17, 30),
      ...more(spot, 0, 0.07, 42),
      { ...spot, region: 'us-east-1', factor: 0, daysAgo: 4 },
      ...more({ account: 5, service: ec2, usageType: 'BoxUsage:r3.xlarge' }, 972.36, 0.333, 0),
      ...more({ account: 7, service: 'EC2 - Other', usageType: 'EBS:VolumeP-Throughput.gp3' }, 380.64, 0.04, 3),
    ],
    changes: [
      change(0, 'DeleteVpcEndpoints', 'ec2', 'deploy/Terraform'),
      change(2, 'UpdateTable', 'dynamodb', 'data/alice'),
      change(5, 'RunInstances', 'ec2', 'sandbox/bob'),
      change(7, 'ModifyVolume', 'ec2', 'platform/carol'),
    ],
  };

  test('are told apart, in the order of their dollars, each with what did it', async () => {
    const { incidents, run } = await incidentsOf(world);
    const rises = incidents.filter(({ saving }) => (saving?.monthlyUsd ?? 0) > 0);
    expect(rises.map(({ summary }) => summary)).toEqual(causes.map(([, where]) => expect.stringMatching(where)));
    for (const [index, [usdPerMonth, , why]] of causes.entries()) {
      const { saving, cause } = rises[index]!;
      const usdPerDay = (saving?.monthlyUsd ?? 0) / productMonth;
      expect(Math.abs(usdPerDay / (usdPerMonth / daysPerMonth) - 1)).toBeLessThan(0.03);
      expect(cause).toMatch(why);
      expect(cause).toContain('from more usage');
    }
    const told = rises.reduce((sum, { saving }) => sum + (saving?.monthlyUsd ?? 0), 0);
    expect((told / productMonth) * daysPerMonth).toBeGreaterThan(0.95 * 20_000);
    // The Spot hours that fell are the only other thing that is said, and they cost nothing.
    expect(incidents.filter(({ saving }) => saving?.monthlyUsd === 0)).toMatchObject([
      { severity: 'info', summary: expect.stringContaining('Spot hours of c5.xlarge') },
    ]);
    expect(JSON.stringify(rises[4]?.evidence)).toContain('$102.00 - $42.00 = $60.00 a day');
    expect(run.ownCost.costExplorerRequests).toBeLessThanOrEqual(12);

    // And so they are told.
    const texts = bench.slack.messages('#cloud-costs').map(({ text, blocks }) => JSON.stringify([text, blocks]));
    const own = texts.filter((text) => /\$320\.\d\d on 21 Nov against \$20\.\d\d expected/.test(text));
    expect(own).toHaveLength(1);
    expect(own[0]).toContain('4 days so far +$1,200 ($1,199 to $1,201)');
    expect(own[0]).toContain('*What is known of the cause*\\n• usage NatGateway-Bytes');
    expect(own[0]).toContain('\\n• DeleteVpcEndpoints by deploy/Terraform');
    expect(texts[0]).toContain('told in its own message');
  }, 60_000);
});

test('S3 transfer for $15,000 is told with the part of it that hides in EC2', async () => {
  const account = 1;
  const { incidents } = await incidentsOf({
    incidents: [
      // The tiers of the first 170,000 GB come to $12,391.20.
      ...more({ account, service: s3, usageType: 'DataTransfer-Out-Bytes' }, 12_391.2, 12_391.2 / 170_000, 3),
      ...more({ account, service: s3, usageType: 'USE1-USW2-AWS-Out-Bytes' }, 2000, 0.02, 1),
      ...more({ account, service: s3, usageType: 'USE1-USE2-AWS-Out-Bytes' }, 608.8, 0.01, 1),
      ...more({ account, service: 'EC2 - Other', usageType: 'NatGateway-Bytes' }, 3600, 0.045, 10),
    ],
    changes: [change(account, 'PutBucketReplication', 's3', 'data/dave')],
  });
  expect(incidents).toHaveLength(1);
  const [{ summary, saving, cause, evidence }] = incidents as [(typeof incidents)[number]];
  expect(summary).toContain('data transfer to the internet in us-east-1 and 3 more');
  expect((saving?.monthlyUsd ?? 0) / productMonth).toBeCloseTo(18_600 / daysPerMonth, 0);
  const lines = (cause ?? '').split('\n');
  expect(lines.slice(0, 4)).toEqual([
    expect.stringMatching(/DataTransfer-Out-Bytes .*: \+\$413\.04 \(67 %/),
    expect.stringMatching(/EC2 - Other, usage NatGateway-Bytes .*: \+\$120\.00 \(19 %/),
    expect.stringMatching(/USE1-USW2-AWS-Out-Bytes .*: \+\$66\.67 \(11 %/),
    expect.stringMatching(/USE1-USE2-AWS-Out-Bytes .*: \+\$20\.29 \(3 %/),
  ]);
  expect(cause).toMatch(/^PutBucketReplication by data\/dave .*copies objects elsewhere/m);
  expect(evidence['seeAlso']).toBe('vpc-missing-s3-gateway-endpoint');
}, 60_000);

test('a function that called itself last night is told this morning, not priced like a legend', async () => {
  const line = { account: 2, region: 'us-east-1', daysAgo: 1 };
  const loops = 23_000_000;
  const { incidents } = await incidentsOf({
    incidents: [
      // 1 GB for 0.6 s each.
      { ...line, service: 'AWS Lambda', usageType: 'Lambda-GB-Second', usdPerDay: 230, quantityPerDay: 0.6 * loops },
      { ...line, service: 'AWS Lambda', usageType: 'Request', usdPerDay: 4.6, quantityPerDay: loops },
      { ...line, service: s3, usageType: 'Requests-Tier1', usdPerDay: 115, quantityPerDay: loops },
      { ...line, service: 'AmazonCloudWatch', usageType: 'DataProcessing-Bytes', usdPerDay: 11, quantityPerDay: 22 },
    ],
    changes: [change(2, 'PutBucketNotification', 's3', 'web/erin', 1)],
  });
  expect(incidents).toHaveLength(1);
  const [{ summary, cause, severity, evidence }] = incidents as [(typeof incidents)[number]];
  const { incident } = evidence as unknown as { incident: { excessUsd: number; onset: string } };
  expect(summary).toMatch(/^AWS Lambda, Lambda, compute in us-east-1 and 1 more: at least \$34\d\.\d\d more/);
  expect(incident.onset).toBe('2026-11-23');
  expect(Math.abs(incident.excessUsd / 345 - 1)).toBeLessThan(0.02);
  expect(severity).toBe('medium');
  expect(cause).toMatch(/^PutBucketNotification by web\/erin/m);
  expect(cause).toContain('a function that writes into the bucket that calls it does that');
}, 60_000);

test('a batch that runs two days of every week is no news in the fifth', async () => {
  const batch = { account: 1, service: ec2, usageType: 'BoxUsage:c5.4xlarge', region: 'us-east-1' };
  // 16 and 17 November were a Monday and a Tuesday; yesterday was the Monday after.
  const mondays = Array.from({ length: 17 }, (_, week) => ({ ...batch, daysAgo: 1 + 7 * week, days: 2 }));
  const { incidents } = await incidentsOf({
    incidents: mondays.map((one) => ({ ...one, usdPerDay: 70, quantityPerDay: 100 })),
  });
  expect(incidents).toEqual([]);
}, 60_000);

test('a Savings Plan that is bought, and credits that end, are a line beside the anomalies and never one of them', async () => {
  const plan = { account: 2, service: 'Savings Plans for AWS Compute usage', usageType: 'ComputeSP:1yrNoUpfront' };
  const credit = { account: 3, service: ec2, usageType: 'Credit', recordType: 'Credit', usdPerDay: -90 } as const;
  const { incidents, run } = await incidentsOf({
    incidents: [
      { ...plan, region: 'global', recordType: 'SavingsPlanRecurringFee', usdPerDay: 120, daysAgo: 2 },
      { ...credit, region: 'us-east-1', daysAgo: 100, days: 98 },
    ],
  });
  expect(incidents).toEqual([]);
  const [bought, ended] = [2, 3].map((index) => bench.generated.world.organization.account(index).id);
  expect(run.billNotes).toEqual([
    expect.stringMatching(new RegExp(`^credits fell: \\$\\d+\\.00 -> \\$\\d+\\.00 a day since 22 Nov in ${ended}$`)),
    `a Savings Plan was bought: fees $0.00 -> $120.00 a day since 22 Nov in ${bought}`,
  ]);
  const [digest] = bench.slack.messages('#cloud-costs');
  expect(JSON.stringify(digest?.blocks)).toContain('_Beside usage:_ credits fell');
}, 60_000);
