/** What operators get wrong: said in one line with its place and its remedy, before anything is asked or changed. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateWorld } from '../../src/simulator/generate.ts';
import { environment, type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type SimulatedSlack, startSlack } from '../../src/simulator/slack.ts';
import { type Workplace, workplace } from './child.ts';

let simulator: Simulator;
let slack: SimulatedSlack;
let place: Workplace;

beforeAll(async () => {
  place = workplace();
  const { world } = generateWorld({ seed: 9, accounts: 5, now: new Date().toISOString(), externalId: 'cli' });
  simulator = await startSimulator({ world });
  slack = await startSlack({ channels: ['#cloud-costs'], token: 'good' });
});
afterAll(async () => {
  await Promise.all([simulator.close(), slack.close()]);
  place.clean();
});

/** An audit of one account with few calls. */
const quick = ['--check', 'nat-gateway-idle', '--region', 'us-east-1'];
const limits = 'limits: { share: 1 }\n';

function audit(file: string, args: readonly string[] = quick, env: Record<string, string> = {}) {
  return place.run(['audit', '--config', file, ...args], { ...environment(simulator), ...env });
}

describe.concurrent('a config that is wrong', () => {
  const yaml = `
regions: auto
schedule:
  cron: "61 * * * *"
  timezone: Mars/Olympus
owners:
  default: cloud costs
notify:
  slack: { token: xoxb-1-2 }
  slak: {}
exemptions:
  - { check: "*", reason: known, by: ann }
  - { check: "*", until: 2027-01-01, by: ann }
  - { check: "*", reason: known, by: ann, until: soon }
`.trimStart();
  const option =
    'checks:\n  disable: [vpc-*, nat-gateway-idel]\n  options:\n    nat-gateway-idle:\n      maxGb: many\n';
  test.each([
    [
      'values',
      yaml,
      [
        '3:3 schedule.cron: not a cron expression: five fields (minute hour day month weekday)',
        '4:3 schedule.timezone: not an IANA time zone such as Europe/Berlin',
        '6:3 owners.default: a channel is `#name` or a Slack id such as C0123456789',
        '8:12 notify.slack.token: unknown key; see config/costwarden.schema.json',
        '9:3 notify.slak: unknown key; see config/costwarden.schema.json',
        '11:5 exemptions.0.until: a day is written YYYY-MM-DD',
        '12:5 exemptions.1.reason: Invalid input: expected string, received undefined',
        '13:43 exemptions.2.until: a day is written YYYY-MM-DD',
      ],
    ],
    [
      'checks and their options',
      option,
      [
        '2:20 checks.disable: nat-gateway-idel: no such check; see costwarden checks list',
        '5:7 checks.options.nat-gateway-idle.maxGb: Invalid input: expected number, received string',
      ],
    ],
    [
      'an option no check has',
      'checks:\n  options:\n    nat-gateway-idle:\n      minimum: 1\n',
      ['4:7 checks.options.nat-gateway-idle: Unrecognized key: "minimum"'],
    ],
    ['a bracket left open', 'regions: [us-east-1\nstate: {}\n', [expect.stringMatching(/^\d:\d+ /)]],
    ['a key twice', 'regions: auto\nregions: auto\n', ['2:1 Map keys must be unique']],
  ])('%s: places and expectations, exit 2, no request', async (name, text, expected) => {
    const file = `${name.replaceAll(' ', '-')}.yaml`;
    const { code, stdout, stderr } = await audit(place.write(file, text), []);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(`${file}:`, ''));
    expect(lines.toSorted(byPlace)).toEqual(expected);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(simulator.journal.entries).toEqual([]);
    expect(existsSync(join(place.directory, 'costwarden.db'))).toBe(false);
  });

  test.each(['schedule', 'findings list'])('%s refuses it as well', async (command) => {
    const file = place.write('worse.yaml', 'foo: 1\n');
    const { code, stderr } = await place.run([...command.split(' '), '--config', file], environment(simulator));
    expect(stderr).toBe('worse.yaml:1:1 foo: unknown key; see config/costwarden.schema.json\n');
    expect(code).toBe(2);
  });

  function byPlace(a: string, b: string): number {
    return a.localeCompare(b, 'en', { numeric: true });
  }
});

describe.concurrent('a state that cannot be used', () => {
  const cases: [string, (file: string) => void, RegExp][] = [
    [
      'a text',
      (file) => void place.write(file, 'no database '.repeat(100)),
      /state\.db is damaged .*nothing was changed/,
    ],
    [
      'a newer one',
      (file) =>
        sqlite(file, 'create table finding (id text); pragma application_id = 0x4357444e; pragma user_version = 99'),
      /state\.db was written by a newer Costwarden \(state version 99, this one knows \d+\)/,
    ],
    [
      'another database',
      (file) => sqlite(file, 'create table t (a)'),
      /not a Costwarden state; name another file in state\.file/,
    ],
  ];
  test.each(cases)('%s is refused and left as it is', async (name, make, expected) => {
    const directory = name.replaceAll(' ', '-');
    mkdirSync(join(place.directory, directory));
    const file = `${directory}/state.db`;
    make(file);
    const before = readFileSync(join(place.directory, file));
    const { code, stderr } = await audit(place.write(`${directory}.yaml`, `state: { file: ./${file} }\n`));
    expect(stderr).toMatch(expected);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
    expect(readFileSync(join(place.directory, file)).equals(before)).toBe(true);
    expect(simulator.journal.entries).toEqual([]);
  });

  test('a directory that is not there is named', async () => {
    const { code, stderr } = await audit(place.write('absent.yaml', 'state: { file: ./absent/state.db }\n'));
    expect(stderr).toMatch(/^\.\/absent\/state\.db cannot be opened as state: .*check that the directory exists/);
    expect(code).toBe(2);
  });

  function sqlite(file: string, sql: string): void {
    const database = new DatabaseSync(join(place.directory, file));
    database.exec(sql);
    database.close();
  }
});

describe('AWS says no', () => {
  const file = () => place.write('aws.yaml', `${limits}state: { file: ./aws.db }\n`);

  test.each([
    ['expired-token', 'the AWS credentials have expired; get new ones (for example `aws sso login`) and start again\n'],
    ['server-error', /^AWS does not say who we are: .+\n$/],
  ] as const)('%s: one sentence', async (kind, expected) => {
    simulator.faults.add({ kind, operation: 'GetCallerIdentity' });
    const { code, stderr } = await audit(file());
    simulator.faults.clear();
    expect(stderr).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
    expect(code).toBe(2);
  });

  test('credentials that AWS does not know', async () => {
    const { code, stderr } = await audit(file(), quick, { AWS_ACCESS_KEY_ID: 'AKIANOBODYKNOWSTHIS0' });
    expect(stderr).toBe('AWS does not know these credentials; check AWS_PROFILE or the access key\n');
    expect(code).toBe(2);
  });

  test('an account that is not there', async () => {
    const { code, stderr } = await audit(file(), ['--account', '123456789012']);
    expect(stderr).toBe('--account: account 123456789012 is not in what these credentials can see\n');
    expect(code).toBe(2);
  });
});

describe('Slack says no', () => {
  const config = (channel: string) =>
    place.write(
      'slack.yaml',
      `${limits}state: { file: ./slack.db }\nowners: { default: "${channel}" }\nnotify: { slack: { apiUrl: "${slack.apiUrl}" } }\n`,
    );
  const findings = async () =>
    JSON.parse((await place.run(['findings', 'list', '--config', 'slack.yaml', '--format', 'json'])).stdout).length;

  test.each([
    [
      'a wrong token',
      'bad',
      '#cloud-costs',
      /^not delivered to #cloud-costs: SLACK_BOT_TOKEN is not accepted; install the app again.* \(findings are safe in the state\)\n$/,
    ],
    [
      'a missing channel',
      'good',
      '#nowhere',
      /^not delivered to #nowhere: channel #nowhere does not exist or is private; create it or invite the app \(findings are safe in the state\)\n$/,
    ],
  ])('%s: exit 5, one line, findings are safe', async (_, token, channel, expected) => {
    const { code, stdout, stderr } = await audit(config(channel), ['--format', 'json'], { SLACK_BOT_TOKEN: token });
    expect(stderr).toMatch(expected);
    expect(code).toBe(5);
    const { totals } = JSON.parse(stdout);
    expect(totals.open).toBeGreaterThan(0);
    expect(await findings()).toBe(totals.open);
  });

  test('mended, the next run delivers it, once', async () => {
    const { code, stderr } = await audit(config('#cloud-costs'), ['--format', 'json'], { SLACK_BOT_TOKEN: 'good' });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(slack.messages('#cloud-costs').filter(({ threadTs }) => threadTs === undefined)).toHaveLength(1);
  });

  test.each([[{}], [{ SLACK_BOT_TOKEN: '' }]])('no token (%j): exit 2 before any AWS call', async (env) => {
    simulator.journal.clear();
    const { code, stderr } = await audit(config('#cloud-costs'), quick, env as Record<string, string>);
    expect(stderr).toBe(
      'notify.slack is set, but SLACK_BOT_TOKEN is not in the environment; set it or remove notify.slack\n',
    );
    expect(code).toBe(2);
    expect(simulator.journal.entries).toEqual([]);
  });

  test('a token never shows up in what is written', async () => {
    const token = 'xoxb-123-secret';
    const { stdout, stderr } = await audit(config('#nowhere'), ['--format', 'json'], {
      SLACK_BOT_TOKEN: token,
      COSTWARDEN_LOG_LEVEL: 'trace',
    });
    expect(stderr).toContain('not delivered');
    expect(stdout + stderr).not.toContain('123-secret');
  });
});

describe('plug-ins', () => {
  test('that do not load, are no checks or take an id are named; the run goes on, exit 3', async () => {
    const check = new URL('../../src/check.ts', import.meta.url).pathname;
    const plugin = (id: string, extra = '') =>
      `import { z } from '${check}';\nexport default { id: '${id}', title: 'Counts', severity: 'info', needs: ['ec2.vpc'], options: z.strictObject({}), docs: { why: 'w', fix: 'f', sources: [] }, *evaluate() {}, ${extra} };\n`;
    place.write('throws.mjs', 'throw new Error("boom\\nsecond line");\n');
    place.write('syntax.mjs', 'export default {;\n');
    place.write('empty.mjs', 'export const check = 1;\n');
    place.write('kind.mjs', plugin('own-check', 'needs: ["ec2.nothing"]'));
    place.write('taken.mjs', plugin('nat-gateway-idle'));
    place.write('good.mjs', plugin('own-good'));
    const names = ['throws', 'syntax', 'empty', 'kind', 'taken', 'absent', 'good'].map((name) => `./${name}.mjs`);
    const file = place.write(
      'plugins.yaml',
      `${limits}state: { file: ./p.db }\nchecks: { plugins: [${names.join(', ')}] }\n`,
    );
    const { code, stdout, stderr } = await audit(file, [...quick, '--check', 'own-good', '--format', 'json']);
    const { coverage, run } = JSON.parse(stdout);
    expect(coverage.failedPlugins).toEqual([
      { plugin: './throws.mjs', message: 'boom' },
      { plugin: './syntax.mjs', message: expect.stringMatching(/Unexpected token/) },
      { plugin: './empty.mjs', message: expect.stringMatching(/^its default export is not a check/) },
      { plugin: './kind.mjs', message: expect.stringMatching(/^its needs\.0 is not a check/) },
      { plugin: './taken.mjs', message: 'check id nat-gateway-idle is already taken' },
      { plugin: './absent.mjs', message: expect.stringMatching(/Cannot find module/) },
    ]);
    expect(run.status).toBe('partial');
    expect(stderr).toBe('');
    expect(code).toBe(3);
    const table = await audit(file, [...quick, '--format', 'table']);
    expect(table.stdout).toContain('not loaded: ./taken.mjs: check id nat-gateway-idle is already taken');
  });
});

describe('--out', () => {
  const file = () => place.write('out.yaml', `${limits}state: { file: ./out.db }\n`);

  test.each([
    ['a directory that is not there', 'absent/result.json'],
    ['a directory', '.'],
  ])('%s: one line, exit 2', async (_, out) => {
    const { code, stderr } = await audit(file(), [...quick, '--format', 'json', '--out', out]);
    expect(stderr).toMatch(/^[^\n]*--out[^\n]*\n$/);
    expect(code).toBe(2);
  });
});
