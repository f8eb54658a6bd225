import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { describe, expect, test } from 'vitest';
import { createBuckets, type LimitedCall, type LimitRow, type Limits } from '../../src/simulator/buckets.ts';
import { baseClient, errorOf, simulate, vpcOperations } from './wire/tiny-world.ts';

const ec2Row: LimitRow = {
  service: 'ec2',
  actions: ['Describe*'],
  scope: 'account-region',
  perAction: true,
  capacity: 3,
  refillPerSecond: 2,
};
const vpcsCall: LimitedCall = { accountId: '1', region: 'us-east-1', service: 'ec2', operation: 'DescribeVpcs' };

/** Buckets under a clock that the test moves. */
function clocked(limits: Limits) {
  let nowMs = 1000;
  const buckets = createBuckets(limits, () => nowMs);
  const isAdmitted = (changes: Partial<LimitedCall> = {}): boolean =>
    !buckets.admit({ ...vpcsCall, ...changes }).isRefused;
  return {
    buckets,
    isAdmitted,
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('a bucket', () => {
  test('holds its capacity, refuses when empty, and fills at its rate up to the brim', () => {
    const { isAdmitted, wait } = clocked({ rows: [ec2Row] });
    expect([isAdmitted(), isAdmitted(), isAdmitted(), isAdmitted()]).toEqual([true, true, true, false]);
    wait(499);
    expect(isAdmitted()).toBe(false);
    wait(1);
    expect([isAdmitted(), isAdmitted()]).toEqual([true, false]);
    wait(3_600_000);
    expect([isAdmitted(), isAdmitted(), isAdmitted(), isAdmitted()]).toEqual([true, true, true, false]);
  });

  test.each<[string, Partial<LimitRow>, Partial<LimitedCall>, boolean]>([
    ['another account', {}, { accountId: '2' }, false],
    ['another region', {}, { region: 'eu-west-1' }, false],
    ['another operation, each with its own', {}, { operation: 'DescribeSubnets' }, false],
    ['another operation of one class', { perAction: false }, { operation: 'DescribeSubnets' }, true],
    ['another region of an account', { scope: 'account' }, { region: 'eu-west-1' }, true],
    ['another account of an account class', { scope: 'account' }, { accountId: '2' }, false],
    ['another account of the organization', { scope: 'organization' }, { accountId: '2', region: 'eu-west-1' }, true],
  ])('%s', (_name, row, other, isShared) => {
    const { isAdmitted } = clocked({ rows: [{ ...ec2Row, ...row, capacity: 1 }] });
    expect(isAdmitted()).toBe(true);
    expect(isAdmitted(other)).toBe(!isShared);
  });

  test('belongs to the first row that matches; a call that none matches is not limited', () => {
    const { buckets } = clocked({ rows: [ec2Row, { ...ec2Row, actions: ['*'], capacity: 9 }] });
    expect(buckets.admit(vpcsCall).tokensLeft).toBe(2);
    expect(buckets.admit({ ...vpcsCall, operation: 'GetConsoleOutput' }).tokensLeft).toBe(8);
    expect(buckets.admit({ ...vpcsCall, service: 'iam' })).toMatchObject({ isRefused: false, tokensLeft: undefined });
  });

  test('is by default one of the table that the product ships', () => {
    const { buckets } = clocked({});
    expect(buckets.admit(vpcsCall).tokensLeft).toBe(99);
    expect(buckets.admit({ ...vpcsCall, service: 'cost-explorer', operation: 'GetCostAndUsage' }).tokensLeft).toBe(4);
    expect(buckets.admit({ ...vpcsCall, service: 'pricing', operation: 'GetProducts' }).tokensLeft).toBe(9);
  });

  test('with a limit of requests in flight refuses more of them and takes no token for those', () => {
    const { buckets } = clocked({ rows: [{ ...ec2Row, concurrency: 1 }] });
    const first = buckets.admit(vpcsCall);
    expect(buckets.admit(vpcsCall)).toMatchObject({ isRefused: true, tokensLeft: 2 });
    first.leave?.();
    expect(buckets.admit(vpcsCall)).toMatchObject({ isRefused: false, tokensLeft: 1 });
  });
});

describe('a neighbour', () => {
  const row: LimitRow = { ...ec2Row, capacity: 100, refillPerSecond: 20 };
  /** Takes every token there is, looking a hundred times a second. */
  const greed = (seconds: number, neighbour: Limits['neighbour']): boolean[] => {
    const { isAdmitted, wait } = clocked({ rows: [row], ...(neighbour === undefined ? {} : { neighbour }) });
    return Array.from({ length: seconds * 100 }, () => {
      wait(10);
      return isAdmitted();
    });
  };
  const admitted = (outcomes: readonly boolean[]): number => outcomes.filter(Boolean).length;

  test.each([0.2, 0.5, 0.8])('takes %d of the refill on average, however much somebody else wants', (share) => {
    const refilled = 2000 * row.refillPerSecond;
    const mine = admitted(greed(2000, { share, seed: 3 })) - row.capacity;
    expect(1 - mine / refilled).toBeCloseTo(share, 1);
  });

  test('comes in bursts that repeat with the seed and are others with another', () => {
    const outcomes = greed(60, { share: 0.5, seed: 1 });
    expect(greed(60, { share: 0.5, seed: 1 })).toEqual(outcomes);
    expect(greed(60, { share: 0.5, seed: 2 })).not.toEqual(outcomes);
    const longestDrought = Math.max(
      ...outcomes
        .map((isTaken) => (isTaken ? ' ' : '.'))
        .join('')
        .split(' ')
        .map(({ length }) => length),
    );
    // Alone, or beside somebody who takes evenly, a token comes every ten looks at most.
    expect(longestDrought).toBeGreaterThan(30);
  });
});

describe('the simulator', () => {
  test('refuses like the service, tells what is left, and answers again once there are tokens', async () => {
    const subnets = { DescribeSubnets: { handle: () => ({ Subnets: [] }) } };
    const simulator = await simulate(
      { ec2: { ...vpcOperations, ...subnets } },
      { limits: { rows: [{ ...ec2Row, capacity: 2, refillPerSecond: 4 }] } },
    );
    const ec2 = new EC2Client(baseClient(simulator));
    const describeVpcs = () => ec2.send(new DescribeVpcsCommand({}));
    await describeVpcs();
    await describeVpcs();
    expect(await errorOf(describeVpcs())).toMatchObject({ name: 'RequestLimitExceeded', status: 503 });
    await ec2.send(new DescribeSubnetsCommand({}));
    const [first, , refused] = simulator.journal.entries;
    expect(first?.tokensLeft).toBe(1);
    expect(refused).toMatchObject({ status: 503, errorCode: 'RequestLimitExceeded' });
    expect(refused?.tokensLeft).toBeLessThan(1);
    while (simulator.journal.count({ operation: 'DescribeVpcs', errorCode: 'RequestLimitExceeded' }) < 99) {
      const vpcs = await describeVpcs().catch(() => sleep(50));
      if (vpcs !== undefined) break;
    }
    expect(simulator.journal.entries.at(-1)?.status).toBe(200);
  });

  test('refuses parallel requests beyond the limit until the others are answered', async () => {
    const organizations = { ListAccounts: { handle: () => ({ Accounts: [] }) } };
    const simulator = await simulate({ organizations }, { limits: {}, latencyMs: 200 });
    const client = new OrganizationsClient(baseClient(simulator));
    const listAccounts = () => client.send(new ListAccountsCommand({}));
    const outcomes = await Promise.allSettled([listAccounts(), listAccounts(), listAccounts()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(simulator.journal.count({ errorCode: 'TooManyRequestsException' })).toBe(1);
    await listAccounts();
    expect(simulator.journal.count({ errorCode: 'TooManyRequestsException' })).toBe(1);
  });

  test('gives back the place of a request whose client has gone', async () => {
    const organizations = { ListAccounts: { handle: () => ({ Accounts: [] }) } };
    const rows = [{ ...ec2Row, service: 'organizations', actions: ['*'], capacity: 50, concurrency: 1 }];
    const simulator = await simulate({ organizations }, { limits: { rows }, faults: [{ kind: 'hang', calls: [1] }] });
    const client = new OrganizationsClient(baseClient(simulator));
    await errorOf(client.send(new ListAccountsCommand({}), { abortSignal: AbortSignal.timeout(100) }));
    for (let tries = 0; tries < 20; tries += 1) {
      const answer = await client.send(new ListAccountsCommand({})).catch(() => sleep(20));
      if (answer !== undefined) return;
    }
    throw new Error('the place is still taken');
  });
});
