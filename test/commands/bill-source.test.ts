/** The bill from where the operator has it: an export on disk, a table in Athena, the ledger; and what is said of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rememberBill } from '../../src/commands/demo-bill.ts';
import type { BillLine } from '../../src/model/bill.ts';
import { addDays } from '../../src/model/days.ts';
import { billOf } from '../../src/simulator/bill.ts';
import { type Generated, generateWorld } from '../../src/simulator/generate.ts';
import { environment, type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { writeCsv } from '../collect/exports/export-files.ts';
import { type Workplace, workplace } from './child.ts';

const now = new Date().toISOString();
const today = now.slice(0, 10);
const since = (days: number): string => addDays(today, -days);
const nat = { service: 'EC2 - Other', usageType: 'NatGateway-Bytes', region: 'us-east-1' } as const;

let generated: Generated;
let simulator: Simulator;
let place: Workplace;

beforeAll(async () => {
  generated = generateWorld({
    seed: 5,
    accounts: 4,
    now,
    story: false,
    hasUsage: true,
    incidents: [
      { ...nat, account: 1, usdPerDay: 20, quantityPerDay: 444, daysAgo: 300 },
      { ...nat, account: 1, usdPerDay: 250, quantityPerDay: 5555, daysAgo: 24, days: 6 },
      { ...nat, account: 1, usdPerDay: 180, quantityPerDay: 4000, daysAgo: 4 },
    ],
  });
  simulator = await startSimulator({ world: generated.world });
  place = workplace();
});
afterAll(async () => {
  place.clean();
  await simulator.close();
});

const lines = (from: string): BillLine[] => [...billOf(generated.world.ledger(), from, today)];

/** CUR 2.0 as AWS writes it, one row a line of the bill; only what the reader needs. */
function writeExport(name: string, bill: readonly BillLine[]): string {
  const chargeTypes: Readonly<Record<string, string>> = { CoveredUsage: 'DiscountedUsage', CommitmentFee: 'RIFee' };
  writeCsv(
    join(place.directory, name),
    bill.map(({ day, accountId, service, usageType, recordType, usd, quantity }) => ({
      bill_billing_period_start_date: `${day.slice(0, 7)}-01T00:00:00.000Z`,
      line_item_usage_account_id: accountId,
      line_item_line_item_type: chargeTypes[recordType] ?? recordType,
      line_item_product_code: service,
      line_item_usage_type: usageType,
      line_item_usage_start_date: `${day}T00:00:00.000Z`,
      line_item_usage_amount: Number.isNaN(quantity) ? null : quantity,
      line_item_unblended_cost: recordType === 'CoveredUsage' ? 0 : usd,
      reservation_reservation_a_r_n: recordType === 'CoveredUsage' ? 'arn:aws:rds:us-east-1:1:ri:one' : '',
      reservation_effective_cost: recordType === 'CoveredUsage' ? usd : 0,
    })),
  );
  return name;
}

describe('replay', () => {
  const told = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('  '));

  test('of an export on disk says what would have been said, week by week, and leaves no state', async () => {
    const file = writeExport('cur.csv.gz', lines(since(150)));
    const { code, stdout, stderr } = await place.run(['replay', '--cur', file, '--from', since(40)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const account = generated.world.organization.account(1).id;
    expect(told(stdout)).toEqual([
      expect.stringMatching(new RegExp(`^  ${since(23)}  \\+\\$2\\d\\d\\.\\d\\d at first .* ${account} us-east-1 EC2`)),
      expect.stringMatching(new RegExp(`^  ${since(3)}  \\+\\$1\\d\\d\\.\\d\\d at first .* ${account} us-east-1 EC2`)),
    ]);
    expect(stdout).toMatch(/week of \d{4}-\d\d-\d\d: nothing/);
    expect(stdout).toMatch(/: 2 messages in [67] weeks, 0\.3 a week; nothing was sent\n$/);
    expect(existsSync(join(place.directory, 'costwarden.db'))).toBe(false);
  });

  test('of the ledger says the same', async () => {
    const state = join(place.directory, 'remembered.db');
    const config = place.write('state.yaml', `state: { file: ${state} }\n`);
    await rememberBill(generated.world, { file: state }, now);
    const { code, stdout } = await place.run(['replay', '--config', config, '--from', since(40), '--format', 'json']);
    expect(code).toBe(0);
    const { weeks } = JSON.parse(stdout) as { weeks: { incidents: { openedOn: string; direction: string }[] }[] };
    expect(weeks.flatMap(({ incidents }) => incidents.map(({ openedOn }) => openedOn))).toEqual([since(23), since(3)]);
  });

  test.each([
    [['--cur', 'absent.csv'], /^absent\.csv: cannot be read/],
    [['--config', 'empty.yaml'], /^there is no state at \S+nothing\.db yet; run costwarden audit first\n$/],
  ])('of nothing is one clear sentence: %j', async (flags, sentence) => {
    place.write('empty.yaml', `state: { file: ${join(place.directory, 'nothing.db')} }\n`);
    const { code, stdout, stderr } = await place.run(['replay', ...flags, '--from', since(40)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(existsSync(join(place.directory, 'nothing.db'))).toBe(false);
  });
});

describe('an audit', () => {
  const audit = async (config: string, ...flags: string[]) => {
    simulator.journal.clear();
    const given = ['audit', '--config', config, '--check', 'cost-anomaly', '--format', 'json', ...flags];
    const { stdout, stderr, code } = await place.run(given, environment(simulator));
    expect({ stderr, code: [0, 3].includes(code ?? -1) }).toEqual({ stderr: '', code: true });
    const { findings, coverage } = JSON.parse(stdout) as {
      findings: { checkId: string; summary: string }[];
      coverage: { gaps: { kind: string; resourceId?: string; message: string }[] };
    };
    const bill = coverage.gaps.filter(({ kind }) => kind.startsWith('cost.'));
    return { told: findings.filter(({ checkId }) => checkId === 'cost-anomaly'), bill };
  };
  const settings = (name: string, billing: object): string =>
    place.write(
      `${name}.yaml`,
      JSON.stringify({
        organization: {},
        limits: { share: 1 },
        billing,
        state: { file: join(place.directory, `${name}.db`) },
      }),
    );
  const asked = (): number => simulator.journal.count({ operation: 'GetCostAndUsage' });
  const ongoing = [expect.objectContaining({ summary: expect.stringContaining('NAT gateway, data processed') })];

  test('reads the history from files with backfill, then the newest days, and asks Cost Explorer only whether it agrees', async () => {
    const config = settings('files', { files: writeExport('whole.csv', lines(since(150))) });
    const filled = await place.run(['backfill', '--config', config, '--months', '2'], environment(simulator));
    expect(filled.code).toBe(0);
    expect(filled.stderr).toMatch(/61 days from \S+ to \S+ are missing: read from disk, which costs nothing\./);
    const { told, bill } = await audit(config);
    expect(told).toEqual(ongoing);
    expect(bill).toEqual([]);
    expect(asked()).toBeLessThanOrEqual(2);
  });

  test('by --cur tells an account that the export lacks, with both sums', async () => {
    const lost = generated.world.organization.account(2).id;
    const file = writeExport(
      'part.csv',
      lines(since(20)).filter(({ accountId }) => accountId !== lost),
    );
    const { bill } = await audit(settings('part', {}), '--cur', file);
    expect(bill).toEqual([
      expect.objectContaining({
        kind: 'cost.daily',
        resourceId: lost,
        message: expect.stringMatching(
          /^the export says \$0\.00 of usage from \S+ to \S+, Cost Explorer \$[\d,.]+ \(100\.0 % apart/,
        ),
      }),
    ]);
  });

  test('reads the bill from Athena with one query a run', async () => {
    const athena = { database: 'billing', table: 'cur2', workgroup: 'billing' };
    const config = settings('athena', { source: 'athena', athena });
    const filled = await place.run(['backfill', '--config', config, '--months', '2'], environment(simulator));
    expect(filled.stderr).toMatch(/2 Athena queries, \$5\.00 per TB that they read, none more than 10 GB\.\n.*--yes/);
    const done = await place.run(['backfill', '--config', config, '--months', '2', '--yes'], environment(simulator));
    expect(done.code).toBe(0);
    const { told, bill } = await audit(config);
    expect(told).toEqual(ongoing);
    expect(bill).toEqual([]);
    // Read a moment ago by the backfill.
    expect(simulator.journal.count({ operation: 'StartQueryExecution' })).toBe(0);
    expect((await audit(settings('athena-anew', { source: 'athena', athena }))).bill).toEqual([]);
    expect(simulator.journal.count({ operation: 'StartQueryExecution' })).toBe(1);
    expect(asked()).toBeLessThanOrEqual(1);
  });

  test('of an export that is not there does not begin', async () => {
    const config = settings('none', {});
    const { code, stderr } = await place.run(
      ['audit', '--config', config, '--cur', 'none.csv'],
      environment(simulator),
    );
    expect({ code, stderr }).toEqual({ code: 2, stderr: '--cur none.csv: there is no such file or folder\n' });
  });

  test('says what a table that is not there means', async () => {
    const athena = { database: 'billing', table: 'absent', workgroup: 'billing' };
    const { bill } = await audit(settings('absent', { athena }));
    expect(bill.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['cost.daily', 'cost.incident']));
    expect(bill[0]?.message).toContain('billing.absent');
  });
});
