/** The result of an audit as other programs and spreadsheets read it: a contract, see design 5.2. */
import { describe, expect, test } from 'vitest';
import type { FindingRecord } from '../../src/model/change.ts';
import type { RunRecord } from '../../src/model/run.ts';
import { csvResult } from '../../src/notify/result-csv.ts';
import { jsonResult, ndjsonResult } from '../../src/notify/result-json.ts';
import { tableResult } from '../../src/notify/result-table.ts';
import { saving } from '../support/findings.ts';
import { change, runRecord } from './digests.ts';

const at = '2026-11-24T06:00:00.000Z';
const run = runRecord({
  trigger: 'one-off',
  status: 'partial',
  coverage: {
    ...runRecord().coverage,
    gaps: [
      {
        accountId: '111111111111',
        region: 'eu-west-1',
        kind: 'ec2.nat-gateway',
        reason: 'denied',
        iamAction: 'ec2:DescribeNatGateways',
        checks: ['nat-gateway-idle'],
        message: 'not authorized',
      },
    ],
  },
  totals: {
    open: 2,
    bySeverity: { medium: 2 },
    monthlySavingUsd: { low: 1.005, expected: 10.0049, high: 99.995 },
    doubleCountedUsd: 0.125,
  },
  ownCost: { ...runRecord().ownCost, usd: 0.123_456 },
});

async function written(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

async function* each(records: readonly FindingRecord[]): AsyncIterable<FindingRecord> {
  yield* records;
}

async function json(records: readonly FindingRecord[], given: RunRecord = run) {
  return JSON.parse(await written(jsonResult(given, each(records))));
}

describe('JSON', () => {
  const fix = {
    summary: 'Create the endpoint.',
    cli: 'aws ec2 create-vpc-endpoint',
    terraform: 'resource …',
    consoleUrl: 'https://console.aws.amazon.com/',
  };

  test('has the fields of the contract, by name', async () => {
    const result = await json([change('opened', at, { fix })]);
    expect(Object.keys(result)).toEqual(['schema', 'run', 'coverage', 'totals', 'ownCost', 'changes', 'findings']);
    expect(result.schema).toBe('costwarden/audit/1');
    expect(result.run).toEqual({
      id: 'run-1',
      trigger: 'one-off',
      startedAt: at,
      endedAt: '2026-11-24T06:03:20.000Z',
      version: '0.1.0',
      status: 'partial',
    });
    expect(Object.keys(result.coverage)).toEqual(['accounts', 'scopes', 'gaps', 'failedChecks', 'failedPlugins']);
    expect(Object.keys(result.coverage.accounts)).toEqual(['planned', 'audited']);
    expect(Object.keys(result.coverage.scopes)).toEqual(['planned', 'complete', 'partial']);
    const gapFields = ['accountId', 'region', 'kind', 'reason', 'iamAction', 'checks', 'message'];
    expect(Object.keys(result.coverage.gaps[0])).toEqual(gapFields);
    expect(Object.keys(result.totals)).toEqual(['open', 'bySeverity', 'monthlySavingUsd', 'doubleCountedUsd']);
    expect(Object.keys(result.totals.monthlySavingUsd)).toEqual(['low', 'expected', 'high']);
    expect(result.ownCost).toMatchObject({
      apiCalls: 5120,
      costExplorerRequests: 9,
      metricsRequested: 120,
      throttles: 3,
    });
    const [finding] = result.findings;
    // Of these, `reason`, `overlap`, `reopenedCount` and `until` are ours on top of the contract.
    const names =
      'id checkId title severity state change reason accountId accountName region resourceId resourceArn resourceType ' +
      'tags owner summary evidence cause fix saving overlap firstSeenAt lastSeenAt reopenedCount until';
    expect(Object.keys(finding)).toEqual(names.split(' '));
    expect(finding).toMatchObject({
      state: 'open',
      change: 'opened',
      cause: null,
      firstSeenAt: expect.stringMatching(/Z$/),
    });
    expect(Object.keys(finding.owner)).toEqual(['name', 'via', 'slack']);
    expect(Object.keys(finding.fix)).toEqual(['summary', 'cli', 'terraform', 'consoleUrl']);
    expect(Object.keys(finding.saving)).toEqual([
      'monthlyUsd',
      'lowUsd',
      'highUsd',
      'confidence',
      'oneOffUsd',
      'lines',
    ]);
    expect(Object.keys(finding.saving.lines[0])).toEqual([
      'sku',
      'quantity',
      'unit',
      'unitPriceUsd',
      'subtotalUsd',
      'priceSource',
      'asOf',
    ]);
  });

  test('rounds money to cents at the edge, half away from zero, and prices not at all', async () => {
    const exact = saving(1.005, { lowUsd: -1.005, highUsd: 2.675, oneOffUsd: 0.004 });
    const { totals, ownCost, findings } = await json([
      change('opened', at, {
        saving: {
          ...exact,
          lines: [{ ...exact.lines[0]!, quantity: 1.234_567, unitPriceUsd: 0.004_321, subtotalUsd: 0.005_334 }],
        },
      }),
    ]);
    expect(totals.monthlySavingUsd).toEqual({ low: 1.01, expected: 10, high: 100 });
    expect(totals.doubleCountedUsd).toBe(0.13);
    expect(ownCost.usd).toBe(0.1235);
    expect(findings[0].saving).toMatchObject({ monthlyUsd: 1.01, lowUsd: -1.01, highUsd: 2.68, oneOffUsd: 0 });
    expect(findings[0].saving.lines[0]).toMatchObject({ quantity: 1.2346, unitPriceUsd: 0.004_321, subtotalUsd: 0.01 });
  });

  test('an unpriced finding has null, not 0', async () => {
    expect((await json([change('opened', at, { saving: null })])).findings[0].saving).toBeNull();
  });

  test.each([0, 1, 3])('is one document with %i findings', async (count) => {
    const records = Array.from({ length: count }, (_, index) => change('opened', at, { resourceId: `r${index}` }));
    expect((await json(records)).findings).toHaveLength(count);
  });

  test('NDJSON is the run, then a finding a line', async () => {
    const text = await written(
      ndjsonResult(run, each([change('opened', at, { summary: 'two\nlines' }), change('resolved', at)])),
    );
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type }) => type)).toEqual(['run', 'finding', 'finding']);
    expect(lines[0]).toMatchObject({ schema: 'costwarden/audit/1', run: { id: 'run-1' } });
    expect(lines[2]).toMatchObject({ state: 'resolved', change: 'resolved' });
  });
});

describe('CSV', () => {
  const rowOf = async (details: Parameters<typeof change>[2]): Promise<string> =>
    (await written(csvResult(each([change('opened', at, details)])))).slice(0, -2).split('\r\n').slice(1).join('\r\n');

  test('has one header and rows as RFC 4180 wants them', async () => {
    const text = await written(csvResult(each([change('opened', at)])));
    expect(text).toMatch(
      /^id,checkId,severity,state,change,accountId,accountName,region,resourceId,resourceArn,owner,monthlyUsd,lowUsd,highUsd,confidence,summary,firstSeenAt,lastSeenAt\r\nf_/,
    );
    expect(text.endsWith('\r\n')).toBe(true);
    expect(text).toContain(',54.00,54.00,54.00,measured,');
  });

  test.each(['=1+1', '+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '\n=1'])(
    'a name %j is text and no formula',
    async (accountName) => {
      const cell = `'${accountName}`;
      expect(await rowOf({ accountName })).toContain(/[\r\n]/.test(accountName) ? `,"${cell}",` : `,${cell},`);
    },
  );

  test('quotes and commas stay in their cell', async () => {
    expect(await rowOf({ summary: 'say "no", please' })).toContain(',"say ""no"", please",');
  });

  test('a negative number stays a number', async () => {
    expect(await rowOf({ saving: saving(-5) })).toContain(',-5.00,-5.00,-5.00,');
  });

  test('an unpriced finding has empty dollars', async () => {
    expect(await rowOf({ saving: null })).toContain(',,,,unpriced,');
  });
});

describe('table', () => {
  const table = (records: readonly FindingRecord[], isColoured = false) =>
    written(tableResult(run, each(records), isColoured));

  test('shows dollars, where, why and fix, then totals, coverage and bill', async () => {
    const text = await table([change('opened', at), change('resolved', at, { resourceId: 'vpc-2' })]);
    expect(text).toContain('$54.00/month  medium  vpc-missing-s3-gateway-endpoint (opened)\n');
    expect(text).toContain('  where: payments-prod 111111111111 us-east-1 · owner: payments (tag:team)\n');
    expect(text).toContain('  why:   1,200 GB x $0.045 = $54.00; shipped list price of 2026-09-10\n');
    expect(text).toContain('  fix:   Create the S3 gateway endpoint.\n');
    expect(text).toContain('resolved vpc-missing-s3-gateway-endpoint vpc-2 sends');
    expect(text).toContain('coverage: partial; 3 of 3 accounts, 51 of 51 scopes complete\n');
    expect(text).toContain(
      'unknown: 111111111111: ec2.nat-gateway: denied ec2:DescribeNatGateways; not decided: nat-gateway-idle\n',
    );
    expect(text).toContain('own bill: $0.1235 for 5120 AWS calls');
  });

  test('names cannot write on the terminal', async () => {
    const name = '\u001b[2J\u001b]0;owned\u0007\u202e\r\n';
    const text = await table([
      change('opened', at, {
        accountName: name,
        summary: name,
        owner: { name, via: 'tag:team', slack: null },
        fix: { summary: name, cli: name },
      }),
    ]);
    expect(text).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
  });

  test('colours are for terminals', async () => {
    const escapes = /\p{Cc}\[\d+m/u;
    expect(await table([change('opened', at)], true)).toMatch(escapes);
    expect(await table([change('opened', at)])).not.toMatch(escapes);
  });

  test('the findings of least worth are counted, not shown', async () => {
    const records = Array.from({ length: 1000 }, (_, index) =>
      change('opened', at, { resourceId: `r${index}`, saving: saving(index + 10) }),
    );
    const text = await table(records);
    expect(text.match(/^\$/gm)).toHaveLength(60);
    expect(text).toContain('… and 940 more of less worth');
    expect(text).toMatch(/^\$1,009\/month/);
  });
});
