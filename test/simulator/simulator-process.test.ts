import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DescribeVpcsCommand, EC2Client, paginateDescribeVpcs } from '@aws-sdk/client-ec2';
import { WebClient } from '@slack/web-api';
import { expect, onTestFinished, test } from 'vitest';
import { type SimulatorProcessOptions, startSimulatorProcess } from '../support/simulator-process.ts';
import { errorOf } from './wire/tiny-world.ts';

const world = { seed: 1, accounts: 6, regions: ['us-east-1', 'us-west-2'], now: '2026-11-24T06:00:00.000Z' };

async function start(options: Partial<SimulatorProcessOptions> = {}) {
  const simulator = await startSimulatorProcess({ world, ...options });
  onTestFinished(() => simulator.close());
  const credentials = {
    accessKeyId: simulator.environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: simulator.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
  };
  const ec2 = new EC2Client({ endpoint: simulator.url, region: 'us-east-1', maxAttempts: 1, credentials });
  const describeVpcs = () => ec2.send(new DescribeVpcsCommand({}));
  return { simulator, ec2, describeVpcs };
}

test('serves another process, which reads its journal and counters and clears them', async () => {
  const { simulator, ec2 } = await start({ pageSize: 1 });
  expect(simulator.environment['AWS_ENDPOINT_URL']).toBe(simulator.url);
  let pages = 0;
  for await (const _page of paginateDescribeVpcs({ client: ec2 }, {})) pages += 1;
  expect(pages).toBeGreaterThan(1);
  const entries = await simulator.entries();
  expect(entries).toHaveLength(pages);
  expect(entries[0]).toMatchObject({
    accountId: simulator.managementAccountId,
    operation: 'DescribeVpcs',
    page: { from: 0, hasNext: true },
    errorCode: undefined,
  });
  expect(await simulator.count()).toBe(pages);
  expect(await simulator.count({ operation: 'DescribeVpcs', region: 'us-east-1' })).toBe(pages);
  expect(await simulator.count({ region: 'us-west-2' })).toBe(0);
  await simulator.clearJournal();
  expect(await simulator.entries()).toEqual([]);
  expect(await simulator.count()).toBe(0);
});

test('takes faults, policies, limits and latency', async () => {
  const member = { Statement: [] };
  const hub = { Statement: [{ Effect: 'Allow', Action: 'ec2:DescribeVpcs', Resource: '*' }] };
  const row = { service: 'ec2', actions: ['*'], scope: 'account', capacity: 3, refillPerSecond: 0.001 } as const;
  const options = { policies: { hub, member }, limits: { rows: [row] }, latencyMs: { DescribeVpcs: 1 } };
  const { simulator, describeVpcs } = await start(options);
  await describeVpcs();
  await simulator.addFault({ kind: 'denied' });
  expect((await errorOf(describeVpcs())).name).toBe('UnauthorizedOperation');
  await simulator.clearFaults();
  await describeVpcs();
  expect((await errorOf(describeVpcs())).name).toBe('RequestLimitExceeded');
  const entries = await simulator.entries();
  expect(entries.map(({ fault }) => fault)).toEqual([undefined, 'denied', undefined, undefined]);
  expect(entries.map(({ tokensLeft = -1 }) => Math.floor(tokensLeft))).toEqual([2, 1, 0, 0]);
});

test('tells its accounts and its truth, and changes while it runs', async () => {
  const { simulator } = await start();
  const accounts = await simulator.accounts();
  expect(accounts).toHaveLength(6);
  expect(accounts[0]?.id).toBe(simulator.managementAccountId);
  const { planted } = await simulator.truth();
  const missing = planted.find(({ checkId }) => checkId === 'org-audit-role-missing');
  await simulator.fix(missing!);
  expect((await simulator.truth()).planted).not.toContainEqual(missing);
  const one = accounts[1]!;
  await simulator.suspend(one.id);
  expect((await simulator.accounts())[1]).toEqual({ ...one, state: 'SUSPENDED' });
  await expect(simulator.fix({ ...planted[0]!, checkId: 'unknown' })).rejects.toThrow('no remedy for unknown');
});

test('has a Slack when channels are named', async () => {
  const { simulator } = await start({ slackChannels: ['#costs'] });
  const slack = new WebClient('token', { slackApiUrl: simulator.slackUrl ?? '' });
  await slack.chat.postMessage({ channel: '#costs', text: 'hello' });
  expect((await simulator.slackMessages('#costs')).map(({ text }) => text)).toEqual(['hello']);
  const { simulator: silent } = await start();
  expect(silent.slackUrl).toBeUndefined();
});

test('measures itself, and refuses calls once it is closed', async () => {
  const { simulator } = await start();
  const { rssMb, cpuMs } = await simulator.memory();
  expect(rssMb).toBeGreaterThan(20);
  expect(cpuMs).toBeGreaterThan(0);
  await simulator.close();
  await simulator.close();
  await expect(simulator.count()).rejects.toThrow();
  await expect(fetch(simulator.url)).rejects.toThrow();
});

test('says why it cannot start', async () => {
  await expect(start({ world: { ...world, regions: 7 as never } })).rejects.toThrow('regions is not iterable');
});

test('ends when its parent is killed', async () => {
  const file = new URL('../support/simulator-process.ts', import.meta.url).pathname;
  const script = `
    const { startSimulatorProcess } = await import(${JSON.stringify(file)});
    const { url } = await startSimulatorProcess({ world: ${JSON.stringify(world)} });
    console.log(url);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  const [line] = await once(parent.stdout, 'data');
  const url = String(line).trim();
  expect((await fetch(url)).status).toBe(403);
  parent.kill('SIGKILL');
  while (
    await fetch(url).then(
      () => true,
      () => false,
    )
  )
    await new Promise((resolve) => setTimeout(resolve, 20));
});
