/** The program as people and other programs call it: a child process, its output, its exit code. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateWorld } from '../../src/simulator/generate.ts';
import { environment, type Simulator, startSimulator } from '../../src/simulator/server.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const directory = mkdtempSync(join(tmpdir(), 'costwarden-cli-'));
let simulator: Simulator;

beforeAll(async () => {
  const { world } = generateWorld({ seed: 9, accounts: 5, now: new Date().toISOString(), externalId: 'cli' });
  simulator = await startSimulator({ world });
});
afterAll(async () => {
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
});

type Result = { readonly code: number; readonly stdout: string; readonly stderr: string };

function run(args: readonly string[], env: Record<string, string> = {}, cwd = directory): Promise<Result> {
  return new Promise((resolve) => {
    const clean = { PATH: process.env['PATH'] ?? '', HOME: directory, COSTWARDEN_LOG_LEVEL: 'silent', ...env };
    execFile(process.execPath, [main, ...args], { cwd, env: clean, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function write(name: string, text: string): string {
  writeFileSync(join(directory, name), text);
  return name;
}

const good = 'organization: { externalId: cli }\nlimits: { share: 1 }\nstate: { file: ./cli.db }\n';

describe('costwarden', () => {
  test('--version and --help answer', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await run(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['audit', 'schedule', 'demo', 'checks', 'role', 'doctor', 'findings'])
      expect(help.stdout).toContain(command);
  });

  test.each([
    [['audit', '--nonsense'], /unknown option '--nonsense'/],
    [['audit', '--account', '123'], /12 digits/],
    [['audit', '--check', 'no-such-check'], /--check no-such-check: no such check/],
    [['audit', '--config', 'absent.yaml'], /absent\.yaml: cannot be read: no such file/],
    [['findings', 'show', 'f_nothing'], /there is no state at \.\/costwarden\.db yet; run costwarden audit first/],
  ])('%j is refused with exit code 2', async (args, message) => {
    const { code, stderr, stdout } = await run(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  test('a broken config names its places before any AWS call', async () => {
    const file = write('broken.yaml', 'schedule:\n  cron: "61 * * * *"\nregion: [x]\n');
    simulator.journal.clear();
    const { code, stderr } = await run(['audit', '--config', file], environment(simulator));
    expect(code).toBe(2);
    expect(stderr).toBe(
      'broken.yaml:2:3 schedule.cron: not a cron expression: five fields (minute hour day month weekday)\nbroken.yaml:3:1 region: unknown key; see config/costwarden.schema.json\n',
    );
    expect(simulator.journal.entries).toEqual([]);
  });

  test('a bad option of a check is named with its place', async () => {
    const file = write('option.yaml', 'checks:\n  options:\n    nat-gateway-idle: { maxGb: -1 }\n');
    const { code, stderr } = await run(['audit', '--config', file]);
    expect(stderr).toMatch(/^option\.yaml:3:25 checks\.options\.nat-gateway-idle\.maxGb: /);
    expect(code).toBe(2);
  });

  test('without credentials it says what to do', async () => {
    const { code, stderr } = await run(['audit'], {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REGION: 'us-east-1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    });
    expect(stderr).toBe('no AWS credentials found; set AWS_PROFILE, run `aws sso login`, or give the task a role\n');
    expect(code).toBe(2);
  });

  test('an audit prints its result as JSON and finishes with gaps', async () => {
    const { code, stdout } = await run(
      ['audit', '--config', write('good.yaml', good), '--format', 'json'],
      environment(simulator),
    );
    const result = JSON.parse(stdout);
    expect(result.schema).toBe('costwarden/audit/1');
    expect(result.run.status).toBe('partial');
    expect(code).toBe(3);
    expect(result.coverage.accounts).toEqual({ planned: 4, audited: 3 });
    expect(result.findings.length).toBe(result.totals.open);
    const priced = result.findings.find(
      (finding: { saving: unknown }) =>
        finding.saving !== null && (finding.saving as { lines: unknown[] }).lines.length > 0,
    );
    const [line] = priced.saving.lines;
    expect(priced.saving.monthlyUsd).toBe(Math.round(priced.saving.monthlyUsd * 100) / 100);
    expect(line.subtotalUsd).toBeCloseTo(line.quantity * line.unitPriceUsd, 1);
    expect(priced.firstSeenAt).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  test('limits to accounts, regions and checks hold, and other findings are left alone', async () => {
    const { findings } = JSON.parse(
      (
        await run(
          [
            'audit',
            '--config',
            'good.yaml',
            '--format',
            'json',
            '--check',
            'vpc-*',
            '--check',
            'nat-*',
            '--region',
            'us-east-1',
          ],
          environment(simulator),
        )
      ).stdout,
    );
    expect(
      findings.every(
        ({ checkId, region }: { checkId: string; region: string }) =>
          /^(vpc|nat)-/.test(checkId) && (region === 'us-east-1' || region === 'global'),
      ),
    ).toBe(true);
    const all = JSON.parse((await run(['findings', 'list', '--config', 'good.yaml', '--format', 'json'])).stdout);
    expect(all.some(({ checkId }: { checkId: string }) => checkId.startsWith('iam-'))).toBe(true);
  });

  test('a finding is acknowledged, snoozed and exempted from the command line', async () => {
    const findings = async (...args: readonly string[]) => run(['findings', ...args, '--config', 'good.yaml']);
    const [first, second] = JSON.parse((await findings('list', '--format', 'json')).stdout);
    expect((await findings('ack', first.id, '--by', 'ann')).stdout).toContain('ann');
    expect((await findings('snooze', first.id, '--until', '2999-12-31', '--by', 'ann')).code).toBe(0);
    const unexplained = await findings('exempt', second.id, '--until', '2999-12-31');
    expect(unexplained.stderr).toContain("required option '--reason <text>' not specified");
    expect(unexplained.code).toBe(2);
    const exempt = ['exempt', second.id, '--until', '2999-12-31', '--reason', 'moves in January', '--by', 'ann'];
    expect((await findings(...exempt)).code).toBe(0);
    const states = JSON.parse((await findings('list', '--state', 'all', '--format', 'json')).stdout);
    const stateOf = (id: string) => states.find((finding: { id: string }) => finding.id === id)?.state;
    expect([stateOf(first.id), stateOf(second.id)]).toEqual(['snoozed', 'exempted']);
  });

  test('--fail-on gates on open findings only when nothing worse happened', async () => {
    const single = write('single.yaml', 'limits: { share: 1 }\nstate: { file: ./single.db }\n');
    const gated = await run(
      ['audit', '--config', single, '--format', 'json', '--fail-on', 'medium'],
      environment(simulator),
    );
    expect(gated.code).toBe(10);
  });

  test('--dry-run keeps nothing', async () => {
    const file = write('dry.yaml', 'limits: { share: 1 }\nstate: { file: ./dry.db }\n');
    const { stdout } = await run(
      ['audit', '--config', file, '--dry-run', '--format', 'ndjson'],
      environment(simulator),
    );
    expect(stdout.split('\n').length).toBeGreaterThan(2);
    expect((await run(['findings', 'list', '--config', file, '--format', 'json'])).stdout).toBe('[]\n');
  });

  test('--out writes the file, and stdout stays empty', async () => {
    const { stdout } = await run(
      ['audit', '--config', 'single.yaml', '--format', 'csv', '--out', 'result.csv'],
      environment(simulator),
    );
    expect(stdout).toBe('');
    expect(readFileSync(join(directory, 'result.csv'), 'utf8').split('\r\n')[0]).toMatch(/^id,checkId,severity,/);
  });

  test('a plug-in that does not load is named; the run goes on and ends with 3', async () => {
    write('bad-plugin.mjs', 'export default { id: "x" };\n');
    write(
      'good-plugin.mjs',
      `
import { defineCheck, z } from '${new URL('../../src/check.ts', import.meta.url).pathname}';
export default defineCheck({ id: 'own-vpc-counter', title: 'Counts', severity: 'info', needs: ['ec2.vpc'], options: z.strictObject({}), docs: { why: 'w', fix: 'f', sources: [] },
  *evaluate({ inventory }) { for (const vpc of inventory.list('ec2.vpc')) yield { resource: vpc, summary: vpc.id, evidence: {}, savableUsage: [] }; } });
`,
    );
    const file = write(
      'plugins.yaml',
      'limits: { share: 1 }\nstate: { file: ./plugins.db }\nchecks: { plugins: [./bad-plugin.mjs, ./good-plugin.mjs, ./absent.mjs] }\n',
    );
    const { code, stdout } = await run(
      ['audit', '--config', file, '--format', 'json', '--check', 'own-*'],
      environment(simulator),
    );
    const { coverage, findings } = JSON.parse(stdout);
    expect(coverage.failedPlugins.map(({ plugin }: { plugin: string }) => plugin)).toEqual([
      './bad-plugin.mjs',
      './absent.mjs',
    ]);
    expect(coverage.failedPlugins[0].message).toMatch(/its .+ is not a check/);
    expect(findings.length).toBeGreaterThan(0);
    expect(code).toBe(3);
  });

  test('a state file that is not ours is refused and left as it is', async () => {
    write(
      'other.db',
      'this is no database, and longer than a header of one hundred bytes would be, to be sure of it all.......',
    );
    const file = write('other.yaml', 'state: { file: ./other.db }\n');
    const { code, stderr } = await run(['audit', '--config', file], environment(simulator));
    expect(stderr).toMatch(/other\.db is damaged .*nothing was changed/);
    expect(code).toBe(2);
    expect(readFileSync(join(directory, 'other.db'), 'utf8')).toMatch(/^this is no database/);
  });

  test('without the right to read the organization it says where to run', async () => {
    simulator.faults.add({ kind: 'denied', operation: 'DescribeOrganization' });
    const { code, stderr } = await run(['audit', '--config', 'good.yaml'], environment(simulator));
    simulator.faults.clear();
    expect(stderr).toMatch(
      /^account \d{12} may not read the organization \(missing: organizations:DescribeOrganization\): run in the management or a delegated account, or remove `organization`/,
    );
    expect(code).toBe(2);
  });

  test('Slack without a token is refused before the run', async () => {
    const file = write('slack.yaml', 'notify: { slack: {} }\n');
    const { code, stderr } = await run(['audit', '--config', file]);
    expect(stderr).toMatch(/SLACK_BOT_TOKEN is not in the environment/);
    expect(code).toBe(2);
  });

  test('role prints the policy in three forms', async () => {
    expect(JSON.parse((await run(['role'])).stdout).Statement[0].Action).toContain('ec2:DescribeNatGateways');
    expect(
      JSON.parse((await run(['role', '--check', 'tag-dollar-*', '--for', 'worker'])).stdout).Statement[1].Action,
    ).toContain('ce:GetCostAndUsage');
    expect((await run(['role', '--format', 'terraform'])).stdout).toMatch(
      /^resource "aws_iam_role_policy" "costwarden"/,
    );
    expect(JSON.parse((await run(['role', '--format', 'cloudformation'])).stdout).Resources).toBeDefined();
  });

  test('checks are listed and explained', async () => {
    expect((await run(['checks', 'list'])).stdout).toContain('vpc-missing-s3-gateway-endpoint');
    expect((await run(['checks', 'show', 'nat-gateway-idle'])).stdout).toContain(
      'permissions: cloudwatch:GetMetricData',
    );
  });

  test('doctor looks at everything and posts nothing', async () => {
    const { stdout, code } = await run(['doctor', '--config', 'good.yaml'], environment(simulator));
    expect(stdout).toMatch(/problem\s+account .*not authorized to perform: sts:AssumeRole/);
    expect(stdout).toContain('organization: 4 accounts to audit');
    expect(code).toBe(3);
  });

  test('the demo prints dollars, arithmetic and messages', async () => {
    const empty = mkdtempSync(join(directory, 'demo-'));
    const { stdout, code } = await run(['demo'], {}, empty);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\$\d[\d,.]*\/month {2}high {2}vpc-missing-s3-gateway-endpoint/);
    expect(stdout).toMatch(/why: {3}[\d,]+ GB x \$0\.045 = \$/);
    expect(stdout).toContain('Slack #payments-alerts');
    expect(readdirSync(empty)).toEqual([]);
  });
});
