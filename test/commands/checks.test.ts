/** The catalogue, and that a new check from the skeleton is at once a good one. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listChecks, showCheck } from '../../src/commands/checks.ts';
import { written } from './in-process.ts';

const root = new URL('../../', import.meta.url).pathname;
let directory: string;
beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'costwarden-checks-')));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function config(yaml: string): string {
  const file = join(directory, 'c.yaml');
  writeFileSync(file, yaml);
  return file;
}

describe('list', () => {
  test('names every check, by id, and marks those enabled', async () => {
    const io = written();
    const file = config('checks: { enable: ["vpc-*"], disable: ["vpc-gateway-*"] }\n');
    expect(await listChecks({ config: file, format: 'json' }, io.context)).toBe(0);
    const checks: { id: string; enabled: boolean }[] = JSON.parse(io.stdout());
    const ids = checks.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => a.localeCompare(b)));
    expect(ids).toContain('nat-gateway-idle');
    for (const { id, enabled } of checks) expect([id, enabled]).toEqual([id, /^vpc-(?!gateway-)/.test(id)]);
    expect(checks.find(({ id }) => id === 'nat-gateway-idle')).toMatchObject({
      severity: expect.any(String),
      scopes: ['region'],
      needs: expect.arrayContaining(['ec2.nat-gateway']),
      iamActions: expect.arrayContaining(['ec2:DescribeNatGateways']),
      docs: { why: expect.any(String), fix: expect.any(String), sources: expect.any(Array) },
    });
  });

  test('as a table it has a line a check', async () => {
    const io = written();
    expect(await listChecks({ format: 'table' }, io.context)).toBe(0);
    expect(io.stdout()).toMatch(/│ nat-gateway-idle +│ \w+ +│ (yes|no) +│/);
  });

  test('a plug-in that does not load is named and the exit code is 3', async () => {
    const io = written();
    expect(
      await listChecks({ config: config('checks: { plugins: [./absent.mjs] }\n'), format: 'table' }, io.context),
    ).toBe(3);
    expect(io.stderr()).toMatch(/^\.\/absent\.mjs: not loaded: Cannot find module/);
  });
});

describe('show', () => {
  test('says why, how to fix, with which permissions and options', async () => {
    const io = written();
    expect(await showCheck('nat-gateway-idle', io.context)).toBe(0);
    for (const title of ['why: ', 'fix: ', 'permissions: ', 'options:', 'sources: '])
      expect(io.stdout()).toMatch(new RegExp(`^${title}`, 'm'));
    expect(io.stdout()).not.toContain('undefined');
  });

  test('an unknown id says where to look', async () => {
    await expect(showCheck('no-such', written().context)).rejects.toThrow(
      'no-such: no such check; see costwarden checks list',
    );
  });
});

describe('new', () => {
  /** A copy of the house, so that nobody else meets the new room. */
  let house: string;
  beforeAll(() => {
    house = join(directory, 'house');
    for (const part of ['src', 'checks', 'config', 'test/support', 'package.json', 'tsconfig.json'])
      cpSync(join(root, part), join(house, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
    writeFileSync(
      join(house, 'vitest.config.ts'),
      "export default { test: { include: ['test/checks/**/*.test.ts'] } };\n",
    );
  });

  function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        args,
        { cwd: house, env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' } },
        (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  }
  const create = (id: string) => run('src/main.ts', 'checks', 'new', id);

  test('writes a check and a test that type-check, load and pass', async () => {
    const { code, stdout } = await create('nat-gateway-oversized');
    expect(stdout).toBe(
      'wrote checks/vpc/nat-gateway-oversized.ts and test/checks/vpc/nat-gateway-oversized.test.ts\nnext: fill them in, then npm run generate && npm test\n',
    );
    expect(code).toBe(0);
    expect((await create('rds-instance-idle')).code).toBe(0);
    const made = [
      'checks/vpc/nat-gateway-oversized.ts',
      'test/checks/vpc/nat-gateway-oversized.test.ts',
      'checks/rds/instance-idle.ts',
      'test/checks/rds/instance-idle.test.ts',
    ];
    for (const file of made) expect(existsSync(join(house, file))).toBe(true);

    const tsconfig = JSON.parse(readFileSync(join(house, 'tsconfig.json'), 'utf8').replace(/^\s*\/\/.*$/gm, ''));
    writeFileSync(join(house, 'tsconfig.new.json'), JSON.stringify({ ...tsconfig, include: undefined, files: made }));
    const [types, tests] = await Promise.all([
      run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.new.json'),
      run('node_modules/vitest/vitest.mjs', 'run'),
    ]);
    expect(types.stdout.split('\n').filter((line) => /^((test\/)?checks\/|error)/.test(line))).toEqual([]);
    expect(tests.stdout).toMatch(/Test Files +2 passed/);
    expect(tests.code).toBe(0);

    const again = await create('nat-gateway-oversized');
    expect(again.stderr).toBe('checks/vpc/nat-gateway-oversized.ts exists already\n');
    expect(again.code).toBe(2);
  });

  test.each(['Nat-Gateway-Idle', 'nat', 'nat--idle', '../nat-idle', 'nat-idle.ts'])('%s is no id', async (id) => {
    const io = written();
    const { newCheck } = await import('../../src/commands/new-check.ts');
    await expect(newCheck(id, io.context)).rejects.toThrow(/a check id is <service>-<resource>-<what-is-wrong>/);
  });
});
