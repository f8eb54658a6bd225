/** Inventories from the command line: saved by one run, looked at by another that needs no AWS. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memberPolicy, workerPolicy } from '../../src/commands/policy.ts';
import { runProgram } from '../../src/commands/program.ts';
import { loadRegistry } from '../../src/commands/registry.ts';
import type { Gap } from '../../src/model/inventory.ts';
import type { KindSource } from '../../src/model/run.ts';
import { generateWorld } from '../../src/simulator/generate.ts';
import { environment, type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type Result, type Workplace, workplace } from './child.ts';
import { written } from './in-process.ts';

const { checks } = await loadRegistry([]);
const policies = { hub: workerPolicy(checks), member: memberPolicy(checks) };
const config = 'organization: { externalId: kept }\nlimits: { share: 1 }\nstate: { file: ./state.db }\n';
const notice = '--from-inventory looks at the past: the state is left as it is, and nothing is sent\n';
/** Credentials that lead nowhere: whoever asks AWS fails. */
const nowhere = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_ACCESS_KEY_ID: 'AKIANOWHERE',
  AWS_SECRET_ACCESS_KEY: 'nowhere',
  AWS_REGION: 'us-east-1',
};

type Finding = Readonly<Record<string, unknown>>;

type Answer = {
  readonly coverage: { readonly gaps: readonly Gap[]; readonly sources: readonly KindSource[] } & Record<
    string,
    object
  >;
  readonly findings: readonly Finding[];
  readonly ownCost: { readonly apiCalls: number };
};

const simulate = (seed: number, accounts: number): Promise<Simulator> => {
  const { world } = generateWorld({ seed, accounts, now: new Date().toISOString(), externalId: 'kept' });
  return startSimulator({ world, policies });
};
const answerOf = ({ stdout }: Result): Answer => JSON.parse(stdout);
/** What was found, without what depends on when it was asked. */
const foundIn = (result: Result): object[] =>
  answerOf(result)
    .findings.map((finding): Finding => ({ ...finding, change: null, firstSeenAt: null, lastSeenAt: null }))
    .sort((a, b) => String(a['id']).localeCompare(String(b['id'])));
const missing = (result: Result): Gap[] =>
  answerOf(result).coverage.gaps.filter(({ reason }) => reason === 'not-in-inventory');

test.concurrent.each([1, 2])(
  'seed %i: without AWS the same is found in the files as in AWS',
  async (seed) => {
    const simulator = await simulate(seed, 6);
    const place = workplace();
    try {
      const audit = ['audit', '--config', place.write('c.yaml', config), '--format', 'json'];
      const live = await place.run([...audit, '--save-inventory', 'kept'], environment(simulator));
      const calls = simulator.journal.entries.length;
      const past = await place.run([...audit, '--from-inventory', 'kept'], nowhere);
      expect(foundIn(live).length).toBeGreaterThan(10);
      expect(foundIn(past)).toEqual(foundIn(live));
      expect(past.code).toBe(live.code);
      expect(past.stderr).toBe(notice);
      const { coverage, ownCost } = answerOf(past);
      expect({ ...coverage, sources: [] }).toEqual({ ...answerOf(live).coverage, sources: [] });
      expect(ownCost.apiCalls).toBe(0);
      expect(simulator.journal.entries.length).toBe(calls);
    } finally {
      place.clean();
      await simulator.close();
    }
  },
  60_000,
);

describe('one inventory', { timeout: 60_000 }, () => {
  let simulator: Simulator;
  let place: Workplace;
  let live: Result;
  /** An account in which nothing is denied: the management account. */
  let hub: string;
  let inventories = 0;

  beforeAll(async () => {
    simulator = await simulate(4, 5);
    place = workplace();
    place.write('c.yaml', config.replace('./', `${place.directory}/`));
    live = await place.run(
      ['audit', '--config', 'c.yaml', '--format', 'json', '--save-inventory', 'whole'],
      environment(simulator),
    );
    hub = JSON.parse(readFileSync(at('whole', 'plan.json'), 'utf8')).hub.id;
  }, 60_000);
  afterAll(async () => {
    place.clean();
    await simulator.close();
  });

  const at = (...names: string[]): string => join(place.directory, ...names);
  /** A copy that a test may damage; its name in the child's directory. */
  const copy = (): string => {
    inventories += 1;
    const name = `copy-${inventories}`;
    cpSync(at('whole'), at(name), { recursive: true });
    return name;
  };
  /** In this process: it starts faster, and whoever asked AWS would find no credentials. */
  const past = async (directory: string, ...flags: string[]): Promise<Result> => {
    const output = written();
    const audit = ['audit', '--config', at('c.yaml'), '--format', 'json', '--from-inventory', at(directory), ...flags];
    const code = await runProgram(audit, 'test', output.context.io);
    return { code, stdout: output.stdout(), stderr: output.stderr() };
  };
  const mixed = (directory: string, ...flags: string[]): Promise<Result> =>
    place.run(
      ['audit', '--config', 'c.yaml', '--format', 'json', '--from-inventory', directory, '--max-age', '6h', ...flags],
      environment(simulator),
    );
  const edit = (path: string, change: (text: string) => string): void =>
    writeFileSync(at(path), change(readFileSync(at(path), 'utf8')));
  const regionFile = (directory: string, region = 'us-east-1'): string => `${directory}/region/${hub}/${region}.ndjson`;
  const headerOf = (path: string) => JSON.parse(readFileSync(at(path), 'utf8').split('\n')[0]!);
  /** As if the scope had been collected so many hours ago. */
  const makeOlder = (path: string, hours: number): string => {
    const collectedAt = new Date(Date.now() - hours * 3_600_000).toISOString();
    edit(path, (text) => text.replace(/"collectedAt":"[^"]+"/, `"collectedAt":"${collectedAt}"`));
    return collectedAt;
  };

  test('is for its owner only, and the run that saved it says so in no other way', () => {
    expect(live.stderr).toBe('');
    expect(statSync(at('whole')).mode & 0o777).toBe(0o700);
    const files = readdirSync(at('whole'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(10);
    for (const { parentPath, name } of files) expect(statSync(join(parentPath, name)).mode & 0o777, name).toBe(0o600);
    expect(files.filter(({ name }) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('is looked at by account, region, unit and check', async () => {
    const only = await past('whole', '--account', hub, '--region', 'us-east-1', '--check', 'vpc-*');
    const expected = answerOf(live).findings.filter(
      ({ accountId, region, checkId }) =>
        accountId === hub && region === 'us-east-1' && String(checkId).startsWith('vpc-'),
    );
    expect(foundIn(only).map((finding) => (finding as { id: string }).id)).toEqual(
      expected.map(({ id }) => String(id)).sort(),
    );
    expect(only.code).toBe(0);
    const { accounts } = JSON.parse(readFileSync(at('whole', 'plan.json'), 'utf8')) as {
      accounts: { account: { id: string; ouPath: string[] } }[];
    };
    const unit = accounts.find(({ account }) => account.ouPath.length > 0)!.account.ouPath[0]!;
    const below = accounts.filter(({ account }) => account.ouPath.includes(unit));
    expect(answerOf(await past('whole', '--ou', unit)).coverage['accounts']).toMatchObject({ planned: below.length });
  });

  test('that lacks a file has a gap for each kind of it, and the run does not end well', async () => {
    const directory = copy();
    const flags = ['--account', hub, '--check', 'vpc-*'];
    expect((await past(directory, ...flags)).code).toBe(0);
    rmSync(at(regionFile(directory)));
    const result = await past(directory, ...flags);
    expect(result.code).toBe(3);
    const gaps = missing(result);
    expect(gaps.map(({ kind }) => kind)).toContain('ec2.route-table');
    for (const gap of gaps) {
      expect(gap).toMatchObject({
        accountId: hub,
        region: 'us-east-1',
        message: `${at(regionFile(directory))}: no such file`,
      });
    }
    const there = answerOf(result).findings.filter(({ region }) => region === 'us-east-1');
    // What the state knows of it stays, and nothing of it counts as seen.
    expect(new Set(there.map(({ change }) => change))).toEqual(new Set(['unknown']));
    const table = await past(directory, '--format', 'table', ...flags);
    expect(table.stdout).toContain(
      `ec2.vpc: not-in-inventory ${at(regionFile(directory))}: no such file; not decided: vpc-`,
    );
  });

  test('that lacks the account itself has one gap for all of it', async () => {
    const directory = copy();
    rmSync(at(directory, 'global', hub, 'global.ndjson'));
    const gaps = missing(await past(directory, '--account', hub));
    expect(gaps).toMatchObject([
      { accountId: hub, message: `${at(directory)}/global/${hub}/global.ndjson: no such file` },
    ]);
    expect(gaps[0]!.checks).toContain('nat-gateway-idle');
  });

  test('with a line cut off has a gap that names file and line', async () => {
    const directory = copy();
    const file = regionFile(directory);
    const lines = readFileSync(at(file), 'utf8').trimEnd().split('\n');
    const { kind } = JSON.parse(lines.at(-1)!);
    edit(file, (text) => text.trimEnd().slice(0, -10));
    const result = await past(directory, '--account', hub);
    expect(result.code).toBe(3);
    expect(missing(result)).toMatchObject([{ kind, message: expect.stringContaining(`${file}:${lines.length}: `) }]);
  });

  test('of a run for some checks has gaps for the kinds of the others', async () => {
    const saved = await place.run(
      ['audit', '--config', 'c.yaml', '--account', hub, '--check', 'iam-*', '--dry-run', '--save-inventory', 'iam'],
      environment(simulator),
    );
    expect(saved.code).toBe(0);
    expect((await past('iam', '--check', 'iam-*')).code).toBe(0);
    const result = await past('iam', '--check', 's3-*');
    expect(result.code).toBe(3);
    expect(missing(result).map(({ message }) => message)).toContainEqual(
      `${at('iam')}/global/${hub}/global.ndjson: holds no s3.bucket: the run that saved it did not collect it`,
    );
  });

  test('counts ages from its own time', async () => {
    const directory = copy();
    const idle = answerOf(live).findings.find(({ checkId }) => checkId === 'nat-gateway-idle') as Record<
      string,
      string
    >;
    const file = `${directory}/region/${idle['accountId']}/${idle['region']}.ndjson`;
    const nat = readFileSync(at(file), 'utf8')
      .split('\n')
      .slice(1, -1)
      .map((line) => JSON.parse(line).record)
      .find(({ id }) => id === idle['resourceId']);
    const hours = (Date.now() - Date.parse(nat.createdAt)) / 3_600_000;
    const stateAfter = async (): Promise<unknown> =>
      answerOf(await past(directory)).findings.find(({ id }) => id === idle['id'])?.['state'];
    makeOlder(file, hours - 24);
    expect(await stateAfter()).toBe('resolved');
    makeOlder(file, hours - 24 * 8);
    expect(await stateAfter()).toBe('open');
  });

  test('says how old it is', async () => {
    const directory = copy();
    const flags = ['--account', hub, '--check', 'vpc-*'];
    const oldest = makeOlder(regionFile(directory), 50);
    const { sources } = answerOf(await past(directory, ...flags)).coverage;
    const routeTables = sources.filter(({ kind }) => kind === 'ec2.route-table');
    expect(routeTables).toEqual([
      { kind: 'ec2.route-table', source: 'inventory', scopes: expect.any(Number), oldestAt: oldest },
    ]);
    expect(routeTables[0]!.scopes).toBeGreaterThan(1);
    expect(new Set(sources.map(({ source }) => source))).toEqual(new Set(['inventory']));
    const table = await past(directory, '--format', 'table', ...flags);
    expect(table.stdout).toMatch(/\nsources: \d+ kinds from the inventory \(up to 2 days old\)\n/);
  });

  test('is not needed to know where things come from: a live run tells what it asked, and what it had kept', async () => {
    const sourceOf = (result: Result, kind: string) =>
      answerOf(result).coverage.sources.filter((source) => source.kind === kind);
    expect(sourceOf(live, 'config.resource')).toMatchObject([{ source: 'config-aggregator', scopes: 1 }]);
    expect(sourceOf(live, 'plan.spend-regions')).toMatchObject([{ source: 'live' }]);
    const flags = ['--account', hub, '--check', 'vpc-*', '--format', 'json'];
    const again = await place.run(['audit', '--config', 'c.yaml', ...flags], environment(simulator));
    const [{ oldestAt }] = sourceOf(live, 'plan.spend-regions') as [KindSource];
    expect(sourceOf(again, 'plan.spend-regions')).toEqual([
      { kind: 'plan.spend-regions', source: 'cached', scopes: 1, oldestAt },
    ]);
    expect(sourceOf(again, 'ec2.vpc')).toMatchObject([{ source: 'live' }]);
  });

  test('changes no state, makes none, and sends nothing', async () => {
    const remembered = (): Promise<Result> =>
      place.run(['findings', 'list', '--state', 'all', '--format', 'json', '--config', 'c.yaml']);
    const before = { list: (await remembered()).stdout, file: readFileSync(at('state.db')) };
    const directory = copy();
    rmSync(at(directory, 'region'), { recursive: true });
    expect((await past(directory)).code).toBe(3);
    expect((await mixed(directory, '--account', hub, '--check', 'vpc-*')).code).toBe(0);
    expect({ list: (await remembered()).stdout, file: readFileSync(at('state.db')) }).toEqual(before);

    const slack = 'notify: { slack: { apiUrl: "http://127.0.0.1:1" } }\n';
    place.write('other.yaml', config.replace('state.db', 'other.db') + slack);
    const flags = ['--config', 'other.yaml', '--account', hub, '--check', 'vpc-*', '--from-inventory', 'whole'];
    const result = await place.run(['audit', ...flags], { ...nowhere, SLACK_BOT_TOKEN: 'unused' });
    expect(result).toMatchObject({ code: 0, stderr: notice });
    expect(existsSync(at('other.db'))).toBe(false);
  });

  test('is compared with the state where that asks no AWS', async () => {
    const changes = (result: Result) => new Set(answerOf(result).findings.map(({ change }) => change));
    expect(changes(await past('whole'))).toEqual(new Set(['stillOpen']));
    place.write('table.yaml', config.replace(/state: .*/, 'state: { dynamodb: { table: costwarden } }'));
    const flags = ['--config', 'table.yaml', '--format', 'json', '--from-inventory', 'whole'];
    const result = await place.run(['audit', ...flags], nowhere);
    expect(result.code).toBe(3);
    expect(changes(result)).toEqual(new Set(['opened']));
  });

  describe('with --max-age', () => {
    const byRegion = () =>
      new Set(simulator.journal.entries.filter(({ service }) => service === 'ec2').map(({ region }) => region));

    test('asks no AWS while everything is young enough', async () => {
      simulator.journal.clear();
      expect(foundIn(await mixed('whole'))).toEqual(foundIn(live));
      expect(simulator.journal.entries).toEqual([]);
    });

    test('collects anew what is older, damaged or not there, and writes it back', async () => {
      const directory = copy();
      makeOlder(regionFile(directory, 'us-east-1'), 7);
      const young = makeOlder(regionFile(directory, 'us-west-2'), 5);
      rmSync(at(regionFile(directory, 'eu-west-1')));
      simulator.journal.clear();
      const result = await mixed(directory, '--account', hub, '--save-inventory', directory);
      expect(foundIn(result)).toEqual(foundIn(live).filter((finding) => Reflect.get(finding, 'accountId') === hub));
      expect(missing(result)).toEqual([]);
      expect(byRegion()).toEqual(new Set(['us-east-1', 'eu-west-1']));
      const natGateways = answerOf(result).coverage.sources.filter(({ kind }) => kind === 'ec2.nat-gateway');
      expect(natGateways).toEqual([
        { kind: 'ec2.nat-gateway', source: 'inventory', scopes: 1, oldestAt: young },
        { kind: 'ec2.nat-gateway', source: 'live', scopes: 2, oldestAt: expect.any(String) },
      ]);
      expect(Date.parse(headerOf(regionFile(directory, 'us-east-1')).collectedAt)).toBeGreaterThan(
        Date.now() - 3_600_000,
      );
      expect(headerOf(regionFile(directory, 'us-west-2')).collectedAt).toBe(young);

      edit(regionFile(directory, 'eu-west-1'), (text) => text.slice(0, -20));
      simulator.journal.clear();
      await mixed(directory, '--account', hub);
      expect(byRegion()).toEqual(new Set(['eu-west-1']));
      // Nobody asked to save it.
      expect(readFileSync(at(regionFile(directory, 'eu-west-1')), 'utf8').endsWith('\n')).toBe(false);
    });

    test('plans anew when the plan is older or not there', async () => {
      const directory = copy();
      edit(`${directory}/plan.json`, (text) =>
        text.replace(/"plannedAt": "[^"]+"/, '"plannedAt": "2026-01-01T00:00:00.000Z"'),
      );
      for (const prepare of [() => {}, () => rmSync(at(directory, 'plan.json'))]) {
        prepare();
        simulator.journal.clear();
        const { coverage } = answerOf(await mixed(directory, '--account', hub, '--check', 'vpc-*'));
        expect(simulator.journal.count({ service: 'organizations' })).toBeGreaterThan(0);
        expect(byRegion()).toEqual(new Set());
        expect(coverage.sources).toContainEqual(expect.objectContaining({ kind: 'plan.accounts', source: 'live' }));
        expect(coverage.sources).toContainEqual(expect.objectContaining({ kind: 'ec2.vpc', source: 'inventory' }));
      }
    });

    test('does not mix the accounts of two sets of credentials', async () => {
      const directory = copy();
      edit(`${directory}/plan.json`, (text) =>
        text.replace(`"hub": {\n    "id": "${hub}"`, '"hub": {\n    "id": "999999999999"'),
      );
      rmSync(at(directory, 'region'), { recursive: true });
      const { code, stderr } = await mixed(directory, '--account', hub, '--check', 'vpc-*');
      expect(stderr).toContain(
        `the inventory was saved from account 999999999999, the current credentials are of ${hub}`,
      );
      expect(code).toBe(2);
    });
  });

  test('keeps the accounts that a later run for one of them did not look at', async () => {
    const directory = copy();
    const flags = ['--config', 'c.yaml', '--account', hub, '--dry-run', '--save-inventory', directory];
    await place.run(['audit', ...flags], environment(simulator));
    expect(foundIn(await past(directory))).toEqual(foundIn(live));
  });

  test('that cannot be written in places is told of; the findings hold', async () => {
    const directory = copy();
    rmSync(at(regionFile(directory)));
    mkdirSync(at(regionFile(directory), 'in-the-way'), { recursive: true });
    const result = await place.run(
      ['audit', '--config', 'c.yaml', '--account', hub, '--dry-run', '--format', 'json', '--save-inventory', directory],
      environment(simulator),
    );
    expect(result.stderr).toMatch(new RegExp(`^inventory without region/${hub}/us-east-1: E[A-Z]+: `));
    expect(result.code).toBe(5);
    expect(answerOf(result).findings.length).toBeGreaterThan(0);
  });

  test.each([
    [['--max-age', '6h'], /^--max-age says how old files may be: it needs --from-inventory\n$/],
    [
      ['--from-inventory', 'whole', '--max-age', '6'],
      /'--max-age <duration>' argument '6' is invalid\. a whole number of minutes, hours or days: 30m, 6h, 2d\./,
    ],
    [['--from-inventory', 'whole', '--max-age', '0h'], /argument '0h' is invalid/],
    [['--from-inventory', 'whole', '--max-age', '-1d'], /argument '-1d' is invalid/],
    [['--from-inventory', 'whole', '--max-age', '1.5h'], /argument '1\.5h' is invalid/],
    [
      ['--from-inventory', 'none'],
      /none\/plan\.json: no such file; an inventory is made by costwarden audit --save-inventory none\n$/,
    ],
    [
      ['--from-inventory', 'whole', '--account', '999999999999'],
      /--account: account 999999999999 is not in the inventory\n$/,
    ],
    [['--from-inventory', 'whole', '--ou', 'nowhere'], /--ou: no account of the inventory lies below/],
    [['--save-inventory', 'c.yaml/x'], /^--save-inventory c\.yaml\/x: cannot be written: ENOTDIR/],
  ])('%j is refused with exit code 2', async (flags, message) => {
    const { code, stdout, stderr } = await place.run(['audit', '--config', 'c.yaml', ...flags], nowhere);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });
});
