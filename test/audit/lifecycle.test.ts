import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, keyOf, keysOf, startBench } from '../support/simulated.ts';

describe('one organization over several runs', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBench({ seed: 3 });
  });
  afterAll(() => bench.close());

  test('the first run opens everything and posts one digest', async () => {
    const { run, records } = await bench.audit({ isNotifying: true });
    expect(records.every(({ change }) => change === 'opened')).toBe(true);
    expect(run.changes).toEqual({ opened: records.length });
    const [message, ...more] = bench.slack.messages('#cloud-costs').filter(({ threadTs }) => threadTs === undefined);
    expect(more).toEqual([]);
    expect(message?.metadata?.event_payload?.['key']).toBe('digest:#cloud-costs:2026-11-24');
    expect(message?.text).toContain(`${records.length} open findings`);
  });

  test('a second run in which nothing changed posts nothing, and the message says so', async () => {
    const before = bench.slack.messages('#cloud-costs').length;
    const { run } = await bench.audit({ isNotifying: true, now: '2026-11-25T06:00:00.000Z' });
    expect(Object.keys(run.changes)).toEqual(['stillOpen']);
    const messages = bench.slack.messages('#cloud-costs');
    expect(messages).toHaveLength(before);
    expect(messages[0]?.edits).toBe(1);
    expect(JSON.stringify(messages[0]?.blocks)).toContain('Nothing changed');
  });

  test('denied calls are gaps with the action, and resolve nothing', async () => {
    const { planted } = bench.generated.truth();
    const victim = planted.find(({ checkId }) => checkId === 'nat-gateway-idle')?.accountId ?? '';
    bench.simulator.faults.add({ kind: 'denied', accountId: victim, operation: 'DescribeNatGateways' });
    bench.simulator.faults.add({ kind: 'denied-by-scp', accountId: victim, operation: 'DescribeAddresses' });
    const { run, records } = await bench.audit({ now: '2026-11-26T06:00:00.000Z' });
    bench.simulator.faults.clear();
    expect(run.status).toBe('partial');
    expect(run.changes['resolved']).toBeUndefined();
    const gaps = run.coverage.gaps.filter(({ accountId, kind }) => accountId === victim && kind === 'ec2.nat-gateway');
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps[0]).toMatchObject({ reason: 'denied', iamAction: 'ec2:DescribeNatGateways' });
    expect(gaps[0]?.checks).toContain('nat-gateway-idle');
    expect(run.coverage.gaps.find(({ kind }) => kind === 'ec2.address')).toMatchObject({
      reason: 'denied-by-scp',
      iamAction: 'ec2:DescribeAddresses',
    });
    expect(
      records
        .filter(({ finding }) => finding.accountId === victim && finding.checkId === 'nat-gateway-idle')
        .every(({ change, state }) => change === 'unknown' && state === 'open'),
    ).toBe(true);
  });

  test.each([
    'vpc-missing-s3-gateway-endpoint',
    'public-ipv4-idle-or-excess',
    's3-versioning-without-noncurrent-expiry',
    'iam-write-wildcard-resource',
    'org-audit-role-missing',
  ])('after a fix of %s exactly that finding is resolved', async (checkId) => {
    const { planted } = bench.generated.truth();
    const target = planted.find((item) => item.checkId === checkId);
    if (target === undefined) throw new Error(`nothing planted for ${checkId}`);
    bench.generated.fix(target);
    const { records } = await bench.audit({ now: '2026-11-27T06:00:00.000Z' });
    expect(keysOf(records, 'resolved')).toEqual([keyOf(target)]);
    expect(records.some(({ change }) => change === 'unknown')).toBe(false);
  });
});

test('a role that is refused keeps what is known of the account, marked as not seen', async () => {
  const bench = await startBench({ seed: 5 });
  try {
    const first = await bench.audit();
    const victim =
      first.records.find(
        ({ scope }) => scope.startsWith('region/') && !scope.includes(bench.generated.world.managementAccountId),
      )?.finding.accountId ?? '';
    bench.simulator.faults.add({
      kind: 'denied',
      accountId: bench.generated.world.managementAccountId,
      operation: 'AssumeRole',
    });
    const { run, records } = await bench.audit({ now: '2026-11-25T06:00:00.000Z' });
    expect(run.changes['resolved']).toBeUndefined();
    const known = records.filter(
      ({ finding }) => finding.accountId === victim && finding.checkId !== 'org-audit-role-missing',
    );
    expect(known.length).toBe(first.records.filter(({ finding }) => finding.accountId === victim).length);
    expect(known.every(({ change, state }) => change === 'unknown' && state === 'open')).toBe(true);
    expect(
      records.find(({ finding }) => finding.accountId === victim && finding.checkId === 'org-audit-role-missing')
        ?.state,
    ).toBe('open');
  } finally {
    await bench.close();
  }
});

test('two runs at once: one works, the other says since when', async () => {
  const bench = await startBench({ seed: 6 });
  try {
    const results = await Promise.allSettled([bench.audit(), bench.audit()]);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(String(refused[0]?.reason)).toMatch(/holds the lease since 2026-11-24T06:00:00/);
  } finally {
    await bench.close();
  }
});
