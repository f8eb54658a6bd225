/** What the owner reads: dollars, why they are right, what is new, what is not known, what the audit itself cost. */
import { describe, expect, test } from 'vitest';
import { saving } from '../support/findings.ts';
import { change, memoryState, messageOf, plan, runRecord, textsOf } from './digests.ts';

const before = '2026-11-20T06:00:00.000Z';
const now = '2026-11-24T06:00:00.000Z';
const after = '2026-11-24T06:03:20.000Z';

/** A channel that was told on 20 November, and what has happened since. */
async function realistic() {
  const nat = { checkId: 'nat-gateway-idle', summary: 'nat-0aa11bb22cc33dd44 carried 0 GB in 30 days' };
  const store = memoryState([
    change('opened', before, {
      resourceId: 'vpc-1',
      severity: 'high',
      saving: saving(1350),
      fix: {
        summary: 'Create the S3 gateway endpoint.',
        consoleUrl: 'https://us-east-1.console.aws.amazon.com/vpc/home#vpc-1',
      },
    }),
    change('opened', before, {
      resourceId: 'bucket-1',
      checkId: 's3-missing-lifecycle',
      saving: null,
      summary: 'bucket-1 has no lifecycle',
    }),
    change('opened', before, { resourceId: 'role-1', checkId: 'iam-admin-wildcard', severity: 'info', saving: null }),
    change('opened', before, {
      resourceId: 'eip-1',
      checkId: 'public-ipv4-idle-or-excess',
      saving: saving(3.65),
      summary: 'eipalloc-1 is not attached',
    }),
  ]);
  await plan(store, before);
  for (const row of store.rows())
    await store.updateOutbox({ ...row, state: 'sent', remote: { channel: 'C1', ts: '1.0' } });
  store.records.push(
    change('opened', now, {
      ...nat,
      resourceId: 'nat-1',
      saving: saving(32.85, { lowUsd: 30, highUsd: 40, oneOffUsd: 1.5 }),
      overlap: 'nat/nat-1',
    }),
    change('opened', now, {
      resourceId: 'vpc-2',
      saving: saving(20),
      overlap: 'nat/nat-1',
      summary: 'vpc-2 sends S3 traffic through nat-1',
    }),
  );
  store.records[3] = change('changed', now, {
    ...store.records[3]?.finding,
    reason: '$3.65 -> $36.50 a month',
    saving: saving(36.5),
  });
  store.records.push(
    change('resolved', now, { resourceId: 'nat-2', ...nat, saving: saving(32.85), reason: 'no longer found' }),
    change('resolved', now, { resourceId: 'vpc-9', reason: 'account closed', summary: 'vpc-9 & its routes' }),
  );
  return store;
}

const partial = {
  status: 'partial' as const,
  coverage: {
    ...runRecord().coverage,
    accounts: { planned: 3, audited: 2 },
    scopes: { planned: 51, complete: 50, partial: 1 },
    gaps: [
      {
        accountId: '222222222222',
        region: 'eu-west-1',
        kind: 'ec2.nat-gateway',
        reason: 'denied',
        iamAction: 'ec2:DescribeNatGateways',
        checks: ['nat-gateway-idle'],
        message: 'm',
      },
    ] as const,
  },
};

describe('a realistic digest', () => {
  test('looks like this', async () => {
    const rows = await plan(await realistic(), after, partial);
    expect(rows.map(({ destination }) => destination)).toEqual(['#payments-alerts']);
    expect(rows.map(messageOf)).toMatchSnapshot();
  });

  test('begins with the dollars, counted once', async () => {
    const [row] = await plan(await realistic(), after);
    const text = textsOf(row === undefined ? [] : [row]);
    expect(text).toMatch(/^2026-11-24: \$1,419 a month could be saved\n/);
    expect(text).toContain('$20.00 more is saved by other findings already and not counted.');
    expect(row === undefined ? '' : messageOf(row).text).toBe(
      'Costwarden: $1,419 a month could be saved, 6 open findings (2 new, 2 resolved)',
    );
  });

  test.each([
    ['the counts', '*2 new*, 1 changed, 2 resolved; 6 open.'],
    ['dollars and severity of each', '*$1,350/month* · high · vpc-1 sends S3 traffic through a NAT gateway'],
    ['where, whose and since when', 'payments-prod 111111111111 · us-east-1 · owner payments · since 2026-11-23'],
    ['the arithmetic', '_Why:_ 30,000 GB x $0.045 = $1,350; shipped list price of 2026-09-10'],
    ['bounds and one-off cost', 'estimated $30.00 to $40.00; once $1.50 for the change'],
    [
      'the fix with its link',
      '_Fix:_ Create the S3 gateway endpoint. <https://us-east-1.console.aws.amazon.com/vpc/home#vpc-1|console> · `vpc-missing-s3-gateway-endpoint`',
    ],
    ['which are new', '*$32.85/month* · medium · *new* · nat-0aa11bb22cc33dd44 carried'],
    ['what has no price', '*unpriced* · medium · bucket-1 has no lifecycle'],
    ['info findings as a count', '…and 1 more: 1 × `iam-admin-wildcard`'],
    ['what changed and how', '*Changed*\n• eipalloc-1 is not attached ($3.65 -&gt; $36.50 a month)'],
    [
      'what is over',
      '*Resolved*\n• ~vpc-9 &amp; its routes~ (account closed)\n• ~nat-0aa11bb22cc33dd44 carried 0 GB in 30 days~ $32.85/month',
    ],
    ['the coverage', 'Coverage: partial, 2 of 3 accounts, 50 of 51 scopes'],
    ['what is not known', 'Unknown: 222222222222 ec2.nat-gateway: denied ec2:DescribeNatGateways'],
    ['its own bill', 'Own bill: $0.1200 (5120 AWS calls, 9 Cost Explorer requests, 120 metrics)'],
  ])('says %s', async (_, expected) => {
    expect(textsOf(await plan(await realistic(), after, partial))).toContain(expected);
  });

  test('says nothing about unknowns when everything was seen', async () => {
    expect(textsOf(await plan(await realistic(), after))).not.toContain('Unknown');
  });

  test('counts findings that could not be looked at', async () => {
    const unseen = { ...change('opened', before), change: 'unknown' as const, runId: 'run-1' };
    expect(textsOf(await plan(memoryState([unseen]), after, partial))).toContain(
      'Unknown: 1 known findings not looked at; 222',
    );
  });

  test('is marked as demo data in a demo', async () => {
    expect(textsOf(await plan(await realistic(), after, { trigger: 'demo' }))).toContain('*Demo data.* *2 new*');
    expect(textsOf(await plan(await realistic(), after))).not.toContain('Demo');
  });

  test('without changes says since when', async () => {
    const store = memoryState([change('opened', before)]);
    for (const row of await plan(store, before))
      await store.updateOutbox({ ...row, state: 'sent', remote: { channel: 'C1', ts: '1.0' } });
    const text = textsOf(await plan(store, after));
    expect(text).toContain(
      '*Nothing changed* since 2026-11-20: 1 open findings, checked again at 2026-11-24 06:03 UTC.',
    );
  });

  test('an account without findings gets a digest of coverage and cost', async () => {
    const rows = await plan(memoryState(), after);
    expect(rows.map(({ destination }) => destination)).toEqual(['#cloud-costs']);
    expect(textsOf(rows)).toMatch(
      /\$0\.00 a month could be saved\n\*0 new\*, 0 changed, 0 resolved; 0 open\.\nCoverage: complete/,
    );
  });
});
