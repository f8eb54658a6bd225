/** `explain` as programs and people call it: cubes in, causes out, one sentence where the input is wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainCommand } from '../../src/commands/explain.ts';
import { ConfigError } from '../../src/errors.ts';
import { written } from './in-process.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'costwarden-explain-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const accounts = ['111111111111', '222222222222', '333333333333'];
const services = ['AmazonEC2', 'AmazonS3'];

type Leaf = { dims: Record<string, unknown>; history: unknown; actual: unknown };

/** Three accounts, two services, about $50 a day each; `actual` says what one costs on the day. */
function leaves(actual: (account: string, service: string) => number): Leaf[] {
  return accounts.flatMap((account) =>
    services.map((service) => ({
      dims: { account, service },
      history: Array.from({ length: 28 }, (_, day) => 50 + Math.sin(day)),
      actual: actual(account, service),
    })),
  );
}

function cubes(...cases: Leaf[][]): object {
  return {
    schema: 'costbench-cubes/1',
    dims: ['account', 'service'],
    cases: cases.map((own, index) => ({ caseId: `c${index}`, asOf: '2026-01-29', leaves: own })),
  };
}

async function explain(input: unknown, format: 'json' | 'table' = 'json'): Promise<string> {
  const file = join(directory, 'cubes.json');
  writeFileSync(file, typeof input === 'string' ? input : JSON.stringify(input));
  const output = written();
  expect(await explainCommand({ input: file, format }, output.context)).toBe(0);
  return output.stdout();
}

const steady = leaves(() => 50);
const risen = leaves((account, service) => (account === '222222222222' && service === 'AmazonS3' ? 250 : 50));
const risenAll = leaves(() => 100);
const begun = leaves(() => 50).concat({
  dims: { account: '333333333333', service: 'AmazonBedrock' },
  history: Array.from({ length: 28 }, () => 0),
  actual: 80,
});

test('every case is answered in its place, with dollars to the cent and the share of what moved', async () => {
  expect(JSON.parse(await explain(cubes(risen, steady, begun)))).toEqual({
    results: [
      {
        caseId: 'c0',
        causes: [
          { dims: { account: '222222222222', service: 'AmazonS3' }, impactUsd: expect.closeTo(200, -1), share: 1 },
        ],
      },
      { caseId: 'c1', causes: [] },
      { caseId: 'c2', causes: [{ dims: { service: 'AmazonBedrock' }, impactUsd: 80, share: 1 }] },
    ],
  });
});

test('the same input gives the same bytes, in whatever order its leaves come', async () => {
  expect(await explain(cubes(risen.toReversed()))).toBe(await explain(cubes(risen)));
});

test('people read one line for each cause: dollars, share, factor and what it is', async () => {
  const told = (await explain(cubes(risen, steady, begun, risenAll), 'table')).split('\n');
  expect(told).toEqual([
    'c0:',
    expect.stringMatching(
      /^ {2}\+\$(199|200)\.\d\d {2}100 % {2}x [45]\.\d\d {2}account 222222222222, service AmazonS3 \(1 line\)$/,
    ),
    'c1: nothing moved',
    'c2:',
    '  +$80.00  100 %  new  service AmazonBedrock (1 line)',
    'c3:',
    expect.stringMatching(/^ {2}\+\$(29|30)\d\.\d\d {2}100 % {2}x [12]\.\d\d {2}all of the bill \(6 lines\)$/),
    '',
  ]);
});

describe('input is refused in one sentence', () => {
  const one = (change: Partial<Leaf>): object => cubes([{ ...steady[0]!, ...change }]);
  const dimensions = (dims: unknown): object => ({ ...cubes(steady), dims });

  test.each<[string, unknown, RegExp]>([
    ['cut off', JSON.stringify(cubes(steady)).slice(0, 200), /cubes\.json: is no JSON: .*was it written to its end\?$/],
    ['with NaN, which JSON has not', '{"schema": NaN}', /cubes\.json: is no JSON/],
    ['of another schema', { ...cubes(steady), schema: 'x' }, /: schema: must be "costbench-cubes\/1"$/],
    ['without dims', dimensions(undefined), /: dims: must be a list of names$/],
    [
      'with seven dims',
      dimensions(['a', 'b', 'c', 'd', 'e', 'f', 'g']),
      /: dims: must name at most 6 dimensions; add the leaves up/,
    ],
    ['with a dimension named twice', dimensions(['account', 'account']), /: dims: must name each dimension once$/],
    ['without cases', { ...cubes(), cases: undefined }, /: cases: must be a list of cases$/],
    ['with an empty case', cubes([]), /: cases\[0\]\.leaves: must hold at least one leaf$/],
    ['with text for a cost', one({ actual: '50' }), /: cases\[0\]\.leaves\[0\]\.actual: must be a number of USD$/],
    ['with null for a cost', one({ history: [50, null] }), /\.history\[1\]: must be a number of USD$/],
    ['without a history', one({ history: [] }), /\.history: must hold at least one day$/],
    [
      'with a credit in the history',
      one({ history: [50, -3] }),
      /\.history\[1\]: usage cannot cost less.*leave out credits/,
    ],
    ['with a credit on the day', one({ actual: -3 }), /\.actual: usage cannot cost less.*leave out credits/],
    [
      'with a leaf that lacks a dimension',
      one({ dims: { account: '111111111111' } }),
      /: cases\[0\] \(c0\): leaves\[0\]\.dims\.service is missing; give each leaf all of dims$/,
    ],
    [
      'with a leaf of a further dimension',
      one({ dims: { account: '1', service: 'AmazonS3', zone: 'a' } }),
      /leaves\[0\]\.dims\.zone is not among dims \(account, service\)$/,
    ],
    [
      'with a dimension that is a number',
      one({ dims: { account: 111111111111, service: 'AmazonS3' } }),
      /leaves\[0\]\.dims\.account: must be a string$/,
    ],
    [
      'with one leaf twice',
      cubes([...steady, steady[2]!]),
      /\(c0\): leaves\[6\] has the same dims as leaves\[2\]; add them up$/,
    ],
    [
      'with histories of other days',
      cubes([...steady.slice(0, 5), { ...steady[5]!, history: [1, 2] }]),
      /leaves\[5\]\.history has 2 days, leaves\[0\] has 28; give the same days for all$/,
    ],
    [
      'with one case twice',
      { ...cubes(), cases: [0, 1].map(() => ({ caseId: 'c0', leaves: steady })) },
      /: cases\[1\]\.caseId: c0 comes twice; case ids are unique$/,
    ],
  ])('%s', async (_, input, message) => {
    const refused = explain(input);
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(message);
  });

  test('with a file that is not there', async () => {
    const missing = explainCommand({ input: join(directory, 'none.json'), format: 'json' }, written().context);
    await expect(missing).rejects.toThrow(/^--input .*none\.json: cannot be read: ENOENT/);
  });

  test('though rounding may leave less than nothing', async () => {
    expect(JSON.parse(await explain(one({ history: [0.02, -0.004], actual: -0.004 })))).toEqual({
      results: [{ caseId: 'c0', causes: [] }],
    });
  });
});
