/**
 * The program as it is started, against an AWS that we did not write: an organization in moto, its state in moto's
 * DynamoDB. The tests follow one another; each goes on from the state of the one before.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client, ReleaseAddressCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SimulatedSlack, startSlack } from '../../src/simulator/slack.ts';
import { openDynamoStore } from '../../src/state/dynamodb-store.ts';
import type { StateStore } from '../../src/state/state-store.ts';
import { motoClient, motoEnvironment } from './environment.ts';
import { externalId, type Seeded, seedOrganization, table } from './organization.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

type ShownFinding = {
  readonly id: string;
  readonly checkId: string;
  readonly severity: string;
  readonly state: string;
  readonly change: string;
  readonly accountId: string;
  readonly region: string;
  readonly resourceId: string;
  readonly saving: { readonly monthlyUsd: number } | null;
};
type Result = { readonly code: number; readonly stdout: string; readonly stderr: string };

let directory: string;
let slack: SimulatedSlack;
let seeded: Seeded;
let store: StateStore;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'costwarden-moto-'));
  slack = await startSlack({ channels: ['#cloud-costs'] });
  seeded = await seedOrganization();
  store = openDynamoStore({ table, client: new DynamoDBClient(motoClient()) });
  const config = {
    organization: { externalId },
    regions: ['us-east-1', 'eu-west-1'],
    // moto's gateways are as old as the test.
    checks: { options: { 'nat-gateway-idle': { minAgeDays: 0 } } },
    notify: { slack: { apiUrl: slack.apiUrl } },
    limits: { share: 1 },
    state: { dynamodb: { table } },
  };
  writeFileSync(join(directory, 'costwarden.yaml'), JSON.stringify(config));
});
afterAll(async () => {
  await store?.close();
  await slack?.close();
  rmSync(directory, { recursive: true, force: true });
});

function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Result> {
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    COSTWARDEN_CONFIG: 'costwarden.yaml',
    COSTWARDEN_LOG_LEVEL: 'silent',
    SLACK_BOT_TOKEN: 'moto-tests',
    ...motoEnvironment(),
    ...environment,
  };
  return new Promise((resolve) => {
    const options = { cwd: directory, env, maxBuffer: 64 << 20 };
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function audit(): Promise<Result & { result: { [part: string]: unknown; findings: ShownFinding[] } }> {
  const ended = await run(['audit', '--format', 'json']);
  // Incomplete: see the gaps of what moto does not have.
  expect(ended).toMatchObject({ code: 3, stderr: '' });
  return { ...ended, result: JSON.parse(ended.stdout) };
}

function lineOf({ checkId, severity, accountId, region, resourceId }: Omit<ShownFinding, 'id'>): string {
  return `${checkId} ${severity} ${accountId} ${region} ${resourceId}`;
}

/** Everything that is wrong in the organization, and nothing else. Names are those of organization.ts. */
function expectedFindings(): string[] {
  const { payments, sandbox, ids } = seeded;
  const at = (account: { id: string }, region: string, rows: [check: string, severity: string, id: string][]) =>
    rows.map(([check, severity, id]) => `${check} ${severity} ${account.id} ${region} ${ids[id] ?? id}`);
  return [
    ...at(payments, 'us-east-1', [
      ['vpc-missing-s3-gateway-endpoint', 'high', 'leaking/vpc'],
      // Info, because moto's Cost Explorer answers with no spend at all, DynamoDB's included.
      ['vpc-missing-dynamodb-gateway-endpoint', 'info', 'leaking/vpc'],
      ['vpc-gateway-endpoint-route-gap', 'medium', 'gap/s3'],
      ['public-ipv4-idle-or-excess', 'low', 'idle-address'],
      ['tag-missing-required', 'low', 'AWS::EC2::VPC'],
      ['tag-missing-required', 'low', 'AWS::EC2::Subnet'],
      ['tag-missing-required', 'low', 'AWS::EC2::RouteTable'],
      ['tag-missing-required', 'low', 'AWS::EC2::InternetGateway'],
      ['tag-missing-required', 'low', 'AWS::EC2::EIP'],
    ]),
    ...at(payments, 'eu-west-1', [['nat-gateway-idle', 'medium', 'idle/nat']]),
    ...at(payments, 'global', [['iam-admin-wildcard', 'info', 'payments/access-role']]),
    ...at(sandbox, 'global', [
      ['iam-admin-wildcard', 'high', 'all-powerful'],
      ['iam-admin-wildcard', 'high', 'operator'],
      ['iam-admin-wildcard', 'info', 'break-glass'],
      ['iam-admin-wildcard', 'info', 'sandbox/access-role'],
      ['iam-service-wildcard', 'high', 'bucket-owner'],
      ['iam-write-wildcard-resource', 'medium', 'queue-writer'],
      ['iam-privilege-escalation', 'high', 'policy-writer'],
      ['tag-missing-required', 'low', 'AWS::S3::Bucket'],
    ]),
    ...at(sandbox, 'us-east-1', [
      // Low, and without dollars: moto dates the sizes of buckets today, and only full days are asked for.
      ['s3-missing-lifecycle', 'low', 'sandbox-no-rules'],
      ['s3-missing-abort-incomplete-mpu', 'low', 'sandbox-no-rules'],
    ]),
    ...at(sandbox, 'eu-west-1', [
      ['s3-versioning-without-noncurrent-expiry', 'low', 'sandbox-old-versions'],
      ['s3-lifecycle-ineffective', 'low', 'sandbox-disabled'],
      ['s3-missing-abort-incomplete-mpu', 'low', 'sandbox-disabled'],
    ]),
    ...findingsOfMoto(at),
  ].sort();
}

/** Services that moto does not speak, and a Cost Explorer without any cost; all of it is the payer's. */
function gapsOf(result: { [part: string]: unknown }): string[] {
  const { gaps } = result['coverage'] as { gaps: { kind: string; reason: string; accountId: string }[] };
  return gaps.map(({ kind, reason }) => `${kind} ${reason}`).sort();
}

/**
 * What only moto says: it leaves the interfaces of NAT gateways `available`, where AWS has them `in-use`, so that their
 * addresses look unused.
 *
 * And what moto cannot say, so that no finding of these is expected:
 *   tag-dollar-coverage-low             Cost Explorer answers with no rows
 *   tag-missing-required by AWS Config  no aggregator; SelectAggregateResourceConfig does not exist
 *   tag-missing-required of NAT gateways, endpoints, roles, users: created just now, within the hours of grace
 *   org-audit-role-missing              AssumeRole succeeds whatever the role, its trust and the ExternalId
 *   vpc-ecr-endpoint-triple-incomplete  left to the simulator
 */
function findingsOfMoto(
  at: (account: { id: string }, region: string, rows: [string, string, string][]) => string[],
): string[] {
  const address = (name: string): [string, string, string] => [
    'public-ipv4-idle-or-excess',
    'low',
    `${name}/nat-address`,
  ];
  return [
    ...at(seeded.payments, 'us-east-1', ['leaking', 'served', 'gap'].map(address)),
    ...at(seeded.payments, 'eu-west-1', [address('idle')]),
  ];
}

describe('an organization in moto', () => {
  let first: ShownFinding[];

  test('is audited whole: what is wrong is found, and nothing else', async () => {
    const { result } = await audit();
    first = result.findings;
    expect(first.map(lineOf).sort()).toEqual(expectedFindings());
    expect(new Set(first.map(({ state, change }) => `${state} ${change}`))).toEqual(new Set(['open opened']));
    expect(result['coverage']).toMatchObject({
      accounts: { planned: 3, audited: 3 },
      // The organization, its payer, and three accounts with one global and two regional scopes each.
      scopes: { planned: 11, complete: 9, partial: 2 },
      gaps: expect.any(Array),
      failedChecks: [],
      failedPlugins: [],
      sources: expect.arrayContaining([expect.objectContaining({ kind: 'ec2.vpc', source: 'live', scopes: 6 })]),
    });
    expect(gapsOf(result)).toEqual([
      'cost.aws-anomaly unexpected',
      'cost.daily not-enabled',
      'cost.incident not-enabled',
      'optimizer.enrollment unexpected',
      'optimizer.recommendation unexpected',
    ]);
  });

  test('the dollars are the arithmetic of what was put in', () => {
    const dollarsOf = (name: string, check: string): number | undefined =>
      first.find(({ checkId, resourceId }) => checkId === check && resourceId === seeded.ids[name])?.saving?.monthlyUsd;
    const daysPerMonth = 365 / 12;
    // 500 GB a day, a quarter of it S3's, at $0.045.
    expect(dollarsOf('leaking/vpc', 'vpc-missing-s3-gateway-endpoint')).toBeCloseTo(
      500 * daysPerMonth * 0.25 * 0.045,
      1,
    );
    // 20 GB a day, half of the workloads, a quarter of it S3's.
    expect(dollarsOf('gap/s3', 'vpc-gateway-endpoint-route-gap')).toBeCloseTo(
      20 * daysPerMonth * 0.5 * 0.25 * 0.045,
      1,
    );
    // 730 hours of a gateway in Ireland and of its address.
    expect(dollarsOf('idle/nat', 'nat-gateway-idle')).toBeCloseTo(730 * (0.048 + 0.005), 1);
    expect(dollarsOf('idle-address', 'public-ipv4-idle-or-excess')).toBeCloseTo(730 * 0.005, 1);
  });

  test('its findings, run, messages and free lease are in the table', async () => {
    const listed = JSON.parse((await run(['findings', 'list', '--format', 'json'])).stdout) as ShownFinding[];
    const byId = (a: ShownFinding, b: ShownFinding): number => (a.id < b.id ? -1 : 1);
    expect(listed.sort(byId)).toEqual([...first].sort(byId));
    const sandbox = ['findings', 'list', '--account', seeded.sandbox.id, '--check', 'iam-admin-wildcard'];
    expect(JSON.parse((await run([...sandbox, '--format', 'json'])).stdout).length).toBe(4);
    const one = listed[0]?.id ?? '';
    expect(JSON.parse((await run(['findings', 'show', one, '--format', 'json'])).stdout)).toMatchObject({ id: one });

    expect(await store.runs(10)).toMatchObject([{ status: 'partial', changes: { opened: first.length } }]);
    const messages = await store.outbox();
    expect(messages.length).toBeGreaterThan(0);
    for (const message of messages) expect(message).toMatchObject({ state: 'sent', destination: '#cloud-costs' });
    const now = new Date().toISOString();
    const lease = await store.acquireLease({ name: 'audit', runId: 'visitor', ttlMs: 60_000, now });
    expect(lease.fence).toBe(2);
    await store.releaseLease(lease);
  });

  test('a second audit with nothing changed finds everything still open', async () => {
    const { result } = await audit();
    expect(result.findings.map(lineOf).sort()).toEqual(expectedFindings());
    expect(result['changes']).toEqual({ stillOpen: first.length });
    expect(result.findings.map(({ id }) => id).sort()).toEqual(first.map(({ id }) => id).sort());
  });

  test('what was fixed is resolved, and only that', async () => {
    const ec2 = new EC2Client(seeded.payments.client());
    await ec2.send(new ReleaseAddressCommand({ AllocationId: seeded.ids['idle-address'] }));
    const { result } = await audit();
    expect(result['changes']).toEqual({ stillOpen: first.length - 1, resolved: 1 });
    const resolved = result.findings.filter(({ state }) => state === 'resolved');
    expect(resolved).toMatchObject([
      { checkId: 'public-ipv4-idle-or-excess', resourceId: seeded.ids['idle-address'], change: 'resolved' },
    ]);
    const listed = await run(['findings', 'list', '--state', 'resolved', '--format', 'json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ id: resolved[0]?.id }]);
  });

  test('while another run holds the lease in the table, an audit does nothing and says whom it waits for', async () => {
    const now = new Date().toISOString();
    const lease = await store.acquireLease({ name: 'audit', runId: 'elsewhere', ttlMs: 60_000, now });
    expect(await run(['audit'])).toEqual({
      code: 4,
      stdout: '',
      stderr: `run elsewhere holds the lease since ${now}; this one does nothing\n`,
    });
    await store.releaseLease(lease);
    expect((await store.runs(10)).length).toBe(3);
  });

  test('without its table, the program says what to do', async () => {
    for (const args of [['audit'], ['findings', 'list']]) {
      // Another region: the table is not there.
      const { code, stderr } = await run(args, { AWS_REGION: 'ap-southeast-2' });
      expect(stderr).toMatch(/^DynamoDB table costwarden does not exist in this region; deploy it [^\n]+\n$/);
      expect(code).toBe(2);
    }
  });
});
