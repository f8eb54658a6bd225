/** `detect` and `explain` as programs call them: JSON in, JSON out, and one sentence where the input is wrong. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { detectCommand } from '../../src/commands/detect.ts';
import { explainCommand } from '../../src/commands/explain.ts';
import { addDays } from '../../src/model/days.ts';
import { written } from './in-process.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'costwarden-detect-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const dims = {
  account: '222222222222',
  service: 'AmazonVPC',
  region: 'eu-west-1',
  usageType: 'EU-NatGateway-Bytes',
  recordType: 'Usage',
};
const start = '2026-06-01';

function costs(asOf: string): number[] {
  const days = (Date.parse(asOf) - Date.parse(start)) / 86_400_000;
  return Array.from(
    { length: days },
    (_, index) => (addDays(start, index) >= '2026-09-05' ? 300 : 80) + Math.sin(index),
  );
}

function document(asOf: string, changes: object = {}): object {
  return {
    schema: 'costbench-series/1',
    asOf,
    currency: 'USD',
    series: [{ id: 's1', dims, start, costs: costs(asOf), ...changes }],
  };
}

async function detect(input: unknown, state = 'state'): Promise<{ alerts: object[] }> {
  const file = join(directory, 'input.json');
  writeFileSync(file, typeof input === 'string' ? input : JSON.stringify(input));
  const output = written();
  await detectCommand({ input: file, state: join(directory, state), format: 'json' }, output.context);
  return JSON.parse(output.stdout());
}

describe('detect', () => {
  test('says on the first day what is unusual, and not again on the next', async () => {
    expect(await detect(document('2026-09-05'))).toEqual({
      schema: 'costbench-alerts/1',
      asOf: '2026-09-05',
      alerts: [],
    });
    const { alerts } = await detect(document('2026-09-06'));
    expect(alerts).toEqual([
      expect.objectContaining({
        seriesId: 's1',
        day: '2026-09-05',
        direction: 'up',
        notify: true,
        onset: '2026-09-05',
        state: 'provisional',
      }),
    ]);
    expect((await detect(document('2026-09-07'))).alerts).toEqual([]);
  });

  test('says the same when a day is run again, and leaves nothing unfinished in the folder', async () => {
    await detect(document('2026-09-05'));
    const once = await detect(document('2026-09-06'));
    expect(await detect(document('2026-09-06'))).toEqual(once);
    expect(readdirSync(join(directory, 'state')).sort()).toEqual(['account-222222222222.state', 'organization.state']);
  });

  test.each<[string, unknown, RegExp]>([
    ['cut off', '{"schema":"costbench-series/1","asOf":"2026-0', /input\.json: is no JSON: .*written to its end/],
    ['of another schema', { ...document('2026-09-06'), schema: 'x' }, /: schema: must be "costbench-series\/1"/],
    ['of no day', { ...document('2026-09-06'), asOf: 'today' }, /: asOf: a day is written YYYY-MM-DD/],
    [
      'with text for a cost',
      document('2026-09-06', { costs: [1, 'two'] }),
      /series\[0\]\.costs\[1\]: must be a number or null/,
    ],
    [
      'with a cost below nothing',
      document('2026-09-06', { costs: [1, -2] }),
      /series\[0\] \(s1\): costs\[1\] \(2026-06-02\) is -2: usage cannot cost less/,
    ],
    [
      'with days that cannot be known yet',
      document('2026-06-02', { costs: [1, 2] }),
      /costs go up to 2026-06-02, but only days before asOf 2026-06-02/,
    ],
    [
      'with a start that is no day',
      document('2026-09-06', { start: '2026-02-31' }),
      /series\[0\]\.start: a day is written/,
    ],
    [
      'with one id twice',
      {
        ...document('2026-09-06'),
        series: [0, 1].map((index) => ({ id: 's1', dims: { ...dims, region: `r-${index}` }, start, costs: [1] })),
      },
      /series\[1\] \(s1\): series\[0\] has the same id/,
    ],
    [
      'with one series twice',
      { ...document('2026-09-06'), series: ['a', 'b'].map((id) => ({ id, dims, start, costs: [1] })) },
      /series\[1\] \(b\): series\[0\] has the same dimensions/,
    ],
  ])('refuses input %s, and leaves the state alone', async (_, input, message) => {
    await detect(document('2026-09-05'));
    const before = readFileSync(join(directory, 'state', 'organization.state'), 'utf8');
    await expect(detect(input)).rejects.toThrow(message);
    expect(readFileSync(join(directory, 'state', 'organization.state'), 'utf8')).toBe(before);
  });

  test('refuses a day before that of the state, and a state that is damaged', async () => {
    await detect(document('2026-09-06'));
    await expect(detect(document('2026-09-05'))).rejects.toThrow(/is of 2026-09-06, later than 2026-09-05/);
    writeFileSync(join(directory, 'state', 'account-222222222222.state'), 'x');
    await expect(detect(document('2026-09-07'))).rejects.toThrow(
      /account-222222222222 cannot be read .*remove the state/,
    );
  });

  test('keeps nothing without a folder', async () => {
    const file = join(directory, 'input.json');
    writeFileSync(file, JSON.stringify(document('2026-09-06')));
    const output = written();
    await detectCommand({ input: file, format: 'table' }, output.context);
    expect(output.stdout()).toMatch(
      /^2026-09-05 {2}\w+ {2}222222222222 eu-west-1 AmazonVPC EU-NatGateway-Bytes: \$\d+\.\d\d against \$[78]\d\.\d\d expected/,
    );
    expect(existsSync(join(directory, 'state'))).toBe(false);
  });
});

describe('explain', () => {
  const leaf = (
    account: string,
    actual: number,
    history = Array.from({ length: 28 }, (_, day) => 50 + Math.sin(day)),
  ) => ({
    dims: { account, service: 'AmazonEC2' },
    history,
    actual,
  });
  const cubes = (leaves: readonly object[]): object => ({
    schema: 'costbench-cubes/1',
    dims: ['account', 'service'],
    cases: [{ caseId: 'c0', asOf: '2026-01-29', leaves }],
  });

  async function explain(input: unknown, format: 'json' | 'table' = 'json'): Promise<string> {
    const file = join(directory, 'cubes.json');
    writeFileSync(file, typeof input === 'string' ? input : JSON.stringify(input));
    const output = written();
    await explainCommand({ input: file, format }, output.context);
    return output.stdout();
  }

  test('names the part that moved, for programs and for people', async () => {
    const input = cubes([leaf('111111111111', 50), leaf('222222222222', 250), leaf('333333333333', 51)]);
    expect(JSON.parse(await explain(input))).toEqual({
      results: [
        { caseId: 'c0', causes: [{ dims: { account: '222222222222' }, impactUsd: expect.closeTo(200, -1), share: 1 }] },
      ],
    });
    expect(await explain(input, 'table')).toMatch(
      /^c0:\n {2}\+\$(199|20\d)\.\d\d {2}100 % {2}x [45]\.\d\d {2}account 222222222222 \(1 line\)\n$/,
    );
  });

  test.each<[string, unknown, RegExp]>([
    ['cut off', '{"schema":', /cubes\.json: is no JSON/],
    ['of another schema', { ...cubes([leaf('1', 1)]), schema: 'y' }, /: schema: must be "costbench-cubes\/1"/],
    [
      'with a leaf twice',
      cubes([leaf('1', 1), leaf('1', 2)]),
      /cases\[0\] \(c0\): leaves\[1\] has the same dims as leaves\[0\]/,
    ],
    [
      'with a history below nothing',
      cubes([leaf('1', 1, [1, -5])]),
      /leaves\[0\]\.history\[1\]: usage cannot cost less than nothing/,
    ],
    [
      'with histories of other lengths',
      cubes([leaf('1', 1), leaf('2', 1, [1, 2])]),
      /leaves\[1\]\.history has 2 days, leaves\[0\] has 28/,
    ],
    [
      'with a dimension missing',
      cubes([{ ...leaf('1', 1), dims: { account: '1' } }]),
      /leaves\[0\]\.dims\.service is missing/,
    ],
    ['without leaves', cubes([]), /cases\[0\]\.leaves: must hold at least one leaf/],
  ])('refuses cubes %s', async (_, input, message) => {
    await expect(explain(input)).rejects.toThrow(message);
  });
});
