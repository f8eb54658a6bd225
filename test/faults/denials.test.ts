/** Row 8: what the role may not do. Named with the missing action, not tried again, and no verdict rests on it. */
import { expect } from 'vitest';
import { type Audited, days } from './bench.ts';
import { scenario } from './scenario.ts';
import { always, expectGap, gapsOf, threeDays, type Victim } from './three-days.ts';

function expectNamed(audited: Audited, { iamAction, operation, accountId, region, bucket, service, of }: Victim): void {
  for (const gap of gapsOf(audited)) expect(gap.iamAction).toBe(iamAction);
  const refused = audited.entries.filter(
    (entry) =>
      entry.operation === operation &&
      entry.accountId === accountId &&
      entry.region === region &&
      entry.bucket === bucket &&
      entry.fault !== undefined,
  );
  // A refusal is not tried again. Metrics are several questions to one operation, and so are IAM's two lists for two kinds.
  const most = service === 'cloudwatch' ? of : service === 'iam' ? 4 : 1;
  expect(refused.length).toBeLessThanOrEqual(most);
}

scenario('8: an action that is denied is named', (stage) =>
  threeDays(stage, {
    among: ({ service, accountId, errorCode }) =>
      service === 'ec2' && accountId !== 'unknown' && errorCode === undefined,
    faults: (victim) => [always(victim, { kind: 'denied' })],
    expect(audited, victim) {
      expectGap('denied')(audited, victim);
      expectNamed(audited, victim);
    },
  }),
);

scenario('8: an action that a service control policy denies is told apart', (stage) =>
  threeDays(stage, {
    faults: (victim) => [always(victim, { kind: 'denied-by-scp' })],
    expect(audited, victim) {
      expectGap('denied-by-scp')(audited, victim);
      expectNamed(audited, victim);
    },
  }),
);

scenario('8: a bucket whose policy denies us is missed alone', (stage) =>
  threeDays(stage, {
    among: ({ bucket, errorCode }) => bucket !== undefined && errorCode === undefined,
    faults: (victim) => [always(victim, { kind: 'denied-by-resource-policy' })],
    expect(audited, { bucket }) {
      expect(gapsOf(audited).map(({ resourceId }) => resourceId)).toContain(bucket);
      expect(gapsOf(audited).every(({ resourceId }) => resourceId === bucket)).toBe(true);
    },
  }),
);

scenario('8: an action that is denied half-way through a list', (stage) =>
  threeDays(stage, {
    bench: { pageSize: 1 },
    among: ({ service, page }) => service === 'ec2' && (page?.from ?? 0) > 0,
    faults: (victim) => [always(victim, { kind: 'denied', page: 'later' })],
    expect: expectGap('denied'),
  }),
);

scenario('8: an account whose role is refused keeps what is known of it', (stage) =>
  threeDays(stage, {
    among: ({ operation, errorCode }) => operation === 'AssumeRole' && errorCode === undefined,
    faults: (victim) => [{ ...always(victim, { kind: 'denied' }), calls: [victim.nth] }],
    expect({ run, after }) {
      const refused = new Set(
        run?.coverage.gaps.flatMap(({ kind, iamAction, accountId }) =>
          kind === 'account.access' && iamAction === 'sts:AssumeRole' ? [accountId] : [],
        ),
      );
      // One role is missing by design; the script strikes another, or this one when calls overtake each other.
      expect(refused.size).toBeGreaterThanOrEqual(1);
      for (const { finding, runId, change } of after) {
        if (!refused.has(finding.accountId) || runId !== run?.id) continue;
        if (finding.checkId !== 'org-audit-role-missing') expect(change).toBe('unknown');
      }
    },
  }),
);

scenario('8: a region that an account has not enabled is not asked, or named', async (stage) => {
  const bench = await stage.start();
  const regions = ['us-east-1', 'ap-southeast-3'];
  const config = { organization: { externalId: 'faults' }, regions };
  const first = await bench.audit({ config });
  expect(first.error).toBeUndefined();
  stage.judge(first, { places: onlyEnabled(bench, first, regions) });
  bench.simulator.faults.add({ kind: 'denied', operation: 'DescribeRegions' });
  const second = await bench.audit({ config, now: days[1] });
  // Now the list of the config is all there is to go by, and AWS refuses the region itself.
  stage.judge(second);
  expect(second.run?.coverage.gaps.some(({ kind }) => kind === 'account.region')).toBe(true);
  expect(second.run?.changes['resolved']).toBeUndefined();
});

function onlyEnabled(
  { generated }: { generated: { world: { state(id: string): { enabledRegions: readonly string[] } } } },
  { evidence }: Audited,
  regions: readonly string[],
): Audited['evidence']['places'] {
  const { accounts, ...places } = evidence.places;
  const enabled = (id: string) => regions.filter((region) => generated.world.state(id).enabledRegions.includes(region));
  return { ...places, accounts: accounts.map((account) => ({ ...account, regions: enabled(account.id) })) };
}

scenario('8: an action that is denied in every account', (stage) =>
  threeDays(stage, {
    faults: ({ operation }) => [{ kind: 'denied', operation }],
    expect(audited, victim) {
      expect(audited.error).toBeUndefined();
      const gaps = gapsOf(audited);
      expect(gaps.length).toBeGreaterThan(1);
      for (const gap of gaps) expect(gap).toMatchObject({ reason: 'denied', iamAction: victim.iamAction });
    },
  }),
);
