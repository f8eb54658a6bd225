/** What the doctor sees before the first run, and that it touches nothing. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { doctorCommand } from '../../src/commands/doctor.ts';
import { type Generated, generateWorld } from '../../src/simulator/generate.ts';
import { environment, type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type SimulatedSlack, startSlack } from '../../src/simulator/slack.ts';
import { written } from './in-process.ts';

const scopes = ['chat:write', 'channels:read', 'channels:history', 'groups:read', 'groups:history', 'files:write'];
let directory: string;
let generated: Generated;
let simulator: Simulator;
let slack: SimulatedSlack;

beforeAll(async () => {
  generated = generateWorld({ seed: 9, accounts: 5, now: new Date().toISOString(), externalId: 'cli' });
  simulator = await startSimulator({ world: generated.world });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, environment(simulator));
});
afterAll(() => simulator.close());
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'costwarden-doctor-'));
  slack = await startSlack({ channels: ['#cloud-costs', '#data'], strangers: ['#strangers'], token: 'good', scopes });
});
afterEach(async () => {
  vi.useRealTimers();
  simulator.faults.clear();
  await slack.close();
  rmSync(directory, { recursive: true, force: true });
});

async function doctor(yaml: string, token = 'good') {
  const config = join(directory, 'c.yaml');
  writeFileSync(config, `limits: { share: 1 }\nstate: { file: ${join(directory, 'd.db')} }\n${yaml}`);
  const io = written({ SLACK_BOT_TOKEN: token });
  const code = await doctorCommand({ config }, io.context);
  return { code, text: io.stdout() };
}

const notify = () => `notify: { slack: { apiUrl: "${slack.apiUrl}" } }\n`;
const organization = 'organization: { externalId: cli }\n';
const problemsOf = (text: string) => text.split('\n').filter((line) => line.startsWith('problem '));

test('a role that is missing in one account is named; with the role all is good, and nothing was touched', async () => {
  const before = await doctor(organization + notify());
  expect(problemsOf(before.text)).toEqual([
    expect.stringMatching(
      /^problem {2}account \S+ \d{12}: .*not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::\d{12}:role\/costwarden-audit$/,
    ),
  ]);
  expect(before.text).toMatch(/\n1 problem to mend\n$/);
  expect(before.code).toBe(3);

  const missing = generated.truth().planted.find(({ checkId }) => checkId === 'org-audit-role-missing');
  if (missing === undefined) throw new Error('no role is missing');
  generated.fix(missing);
  const { code, text } = await doctor(organization + notify());
  expect(text).toMatch(/^ok {7}config: \d+ checks enabled$/m);
  expect(text).toMatch(/^ok {7}schedule: next run \S+T06:00:00\S+ \(0 6 \* \* \* UTC\)$/m);
  expect(text).toMatch(/^ok {7}prices: shipped list prices, the oldest read \d{4}-\d\d-\d\d \(\d+ days ago\)$/m);
  expect(text).toMatch(/^ok {7}state: .*no run yet$/m);
  expect(text).toMatch(/^ok {7}organization: 4 accounts to audit, \d left out$/m);
  expect(text.match(/^ok {7}account \S+ \d{12}: can be entered$/gm)).toHaveLength(4);
  expect(text).toMatch(/^ok {7}slack: signed in as costwarden in Simulated$/m);
  expect(text).toMatch(/^ok {7}slack: channel #cloud-costs can be written to$/m);
  expect(text).toMatch(/\nready\n$/);
  expect(code).toBe(0);
  expect(slack.messages('#cloud-costs')).toEqual([]);
  expect(existsSync(join(directory, 'd.db'))).toBe(false);
  expect(simulator.journal.count({ service: 'cost-explorer' })).toBe(0);
});

test.each([
  [
    'a channel that is not there',
    '#nowhere',
    'channel #nowhere does not exist or is private; create it or invite the app',
  ],
  ['a channel without the app', '#strangers', 'the app is not in #strangers; write /invite @costwarden there'],
  ['an archived channel', '#data', 'channel #data is archived; name another one in owners'],
])('%s is named with its remedy', async (_, channel, expected) => {
  slack.archive('#data');
  const { code, text } = await doctor(`${notify()}owners: { map: { data: "${channel}" } }\n`);
  expect(problemsOf(text)).toEqual([`problem  slack: ${expected}`]);
  expect(text).toContain('ok       slack: channel #cloud-costs can be written to');
  expect(code).toBe(3);
});

test('a wrong token is one line, without the channels', async () => {
  const { text } = await doctor(notify(), 'bad');
  expect(text.match(/slack:.*/g)).toEqual([
    'slack: SLACK_BOT_TOKEN is not accepted; install the app again and set the new token',
  ]);
});

test('scopes that the app lacks are named', async () => {
  await slack.close();
  slack = await startSlack({ channels: ['#cloud-costs'], token: 'good', scopes: ['chat:write', 'channels:read'] });
  const { text } = await doctor(notify());
  expect(problemsOf(text)).toEqual([
    'problem  slack: the app lacks the scopes channels:history, groups:read, groups:history',
  ]);
});

test('without the scope for pictures it warns, and is ready all the same', async () => {
  await slack.close();
  const withoutFiles = scopes.filter((scope) => scope !== 'files:write');
  slack = await startSlack({ channels: ['#cloud-costs'], token: 'good', scopes: withoutFiles });
  const { text } = await doctor(notify());
  expect(text).toMatch(/^warning {2}slack: the app lacks the scope files:write: incidents come without a picture$/m);
  expect(problemsOf(text)).toEqual([]);
});

test('without Slack it says that nobody is told', async () => {
  const { code, text } = await doctor('');
  expect(text).toMatch(/^warning {2}slack: notify\.slack is not set; findings are printed and kept, nobody is told$/m);
  expect(code).toBe(0);
});

test('a schedule that loses a day to the clock is told the day', async () => {
  const { code, text } = await doctor('schedule: { cron: "30 2 * * *", timezone: America/New_York }\n');
  expect(text).toMatch(
    /^warning {2}schedule: no run on \d{4}-03-\d\d, because clocks change over its time; UTC has no such days$/m,
  );
  expect(code).toBe(0);
});

test('a schedule with day of month and weekday says that both must match, as they must', async () => {
  const { text } = await doctor('schedule: { cron: "0 6 1 * 1" }\n');
  expect(text).toContain('warning  schedule: day of month and weekday are both set; a run needs both to match\n');
  const next = new Date(/next run (\S+)/.exec(text)?.[1] ?? '');
  expect([next.getUTCDate(), next.getUTCDay()]).toEqual([1, 1]);
});

test('old prices are called old', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 400 * 86_400_000 });
  const { text } = await doctor('');
  expect(text).toMatch(/^warning {2}prices: shipped list prices, the oldest read \S+ \(\d{3} days ago\)$/m);
});

test('without rights and without a state that opens, it goes on to the next look', async () => {
  simulator.faults.add({ kind: 'denied', operation: 'DescribeOrganization' });
  writeFileSync(join(directory, 'd.db'), 'no database '.repeat(100));
  writeFileSync(join(directory, 'bad.mjs'), 'throw new Error("boom");\n');
  const { code, text } = await doctor(
    `${organization}${notify()}checks: { plugins: ["${join(directory, 'bad.mjs')}"] }\n`,
  );
  expect(problemsOf(text)).toEqual([
    expect.stringMatching(/plug-in .*bad\.mjs: boom$/),
    expect.stringMatching(/state: .*d\.db is damaged/),
    expect.stringMatching(
      /credentials and organization: account \d{12} may not read the organization \(missing: organizations:DescribeOrganization\)/,
    ),
  ]);
  expect(text).toContain('ok       slack: channel #cloud-costs can be written to');
  expect(text).toMatch(/\n3 problems to mend\n$/);
  expect(code).toBe(3);
});
