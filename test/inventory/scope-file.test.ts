/** Files of an inventory: what was written comes back, and what is not all there is a gap that says where. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeWhole } from '../../src/inventory/files.ts';
import { readScopeFile, scopePath, writeScopeFile } from '../../src/inventory/scope-file.ts';
import type { DatedScope, Gap, Kind, Resource } from '../../src/model/inventory.ts';
import type { Account, Scope } from '../../src/model/scope.ts';
import { dailyCost } from '../support/bill.ts';
import { natGateway, subnet, vpc } from '../support/builders.ts';

const account = { id: '111111111111', name: 'shop', tags: {} } as Account;
const scope: Scope = { kind: 'region', account, region: 'eu-west-1' };
const collectedAt = '2026-11-24T06:00:00.000Z';
const tagKeys = [['team', 'Team']];
const kinds: readonly Kind[] = ['ec2.vpc', 'ec2.subnet', 'ec2.nat-gateway', 'ec2.route-table'];
const denied: Gap = {
  accountId: account.id,
  region: scope.region,
  kind: 'ec2.route-table',
  reason: 'denied',
  iamAction: 'ec2:DescribeRouteTables',
  checks: [],
  message: 'not authorized',
};
const records = new Map<Kind, readonly Resource[]>([
  // U+2028 ends a line for many readers; tags may contain it.
  ['ec2.vpc', [vpc({ id: 'vpc-1', tags: { Name: 'one\u2028two\n' } }), vpc({ id: 'vpc-2' })]],
  ['ec2.subnet', [subnet({ id: 'subnet-1' }), subnet({ id: 'subnet-2' }), subnet({ id: 'subnet-3' })]],
  ['ec2.nat-gateway', []],
]);
const collected: DatedScope = { scope, records, gaps: [denied], source: 'live', collectedAt };

let directory: string;
let path: string;
const read = (wanted: readonly Kind[] = kinds) => readScopeFile(directory, { scope, kinds: wanted, tagKeys });
const lines = (): string[] => readFileSync(path, 'utf8').split('\n');
const rewrite = (change: (lines: string[]) => readonly string[]): void =>
  writeFileSync(path, change(lines()).join('\n'));

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'costwarden-inventory-'));
  path = scopePath(directory, scope);
  await writeScopeFile(directory, collected, { version: '1.2.3', tagKeys });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a whole file', () => {
  test('gives back records, gaps and time', async () => {
    expect(await read()).toEqual({ records, gaps: [denied], collectedAt, problems: [] });
  });

  test('keeps figures by day, those that were not delivered included', async () => {
    const daily = dailyCost({ usd: [1.25, Number.NaN, 3], quantity: [10, 0, Number.NaN] });
    const bill: DatedScope = { ...collected, records: new Map([['cost.daily', [daily]]]), gaps: [] };
    await writeScopeFile(directory, bill, { version: '1.2.3', tagKeys });
    expect((await read(['cost.daily'])).records.get('cost.daily')).toEqual([daily]);
    rewrite((all) => all.map((text) => text.replace('[1.25,null,3]', '[1.25,"many",3]')));
    expect((await read(['cost.daily'])).problems).toEqual([
      expect.stringContaining(':2: daily figures that are no numbers'),
    ]);
  });

  test('gives the kinds asked for and no others', async () => {
    const found = await read(['ec2.subnet']);
    expect([...found.records.keys()]).toEqual(['ec2.subnet']);
    expect(found.gaps).toEqual([]);
  });

  test('can be read by its owner only, and nothing unfinished lies beside it', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(path))).toEqual(['eu-west-1.ndjson']);
  });

  test('says in its first line what follows', () => {
    expect(JSON.parse(lines()[0]!)).toMatchObject({
      schema: 'costwarden/inventory/1',
      scope: { kind: 'region', account: { id: account.id, name: 'shop' }, region: 'eu-west-1' },
      collectedAt,
      version: '1.2.3',
      kinds: [
        { kind: 'ec2.vpc', status: 'complete', records: 2 },
        { kind: 'ec2.subnet', status: 'complete', records: 3 },
        { kind: 'ec2.nat-gateway', status: 'complete', records: 0 },
        { kind: 'ec2.route-table', status: 'gap', records: 0 },
      ],
    });
  });

  test('holds lines longer than a piece that is read at once', async () => {
    const long = [natGateway({ id: 'nat-1', tags: { Name: 'ä'.repeat(200_000) } }), natGateway({ id: 'nat-2' })];
    const big = { ...collected, records: new Map([['ec2.nat-gateway' as Kind, long]]) };
    await writeScopeFile(directory, big, { version: '1.2.3', tagKeys });
    expect((await read(['ec2.nat-gateway'])).records.get('ec2.nat-gateway')).toEqual(long);
  });

  test('keeps the gap of a single resource beside the records of its kind', async () => {
    const gap: Gap = { ...denied, kind: 'ec2.vpc', resourceId: 'vpc-3' };
    await writeScopeFile(directory, { ...collected, gaps: [gap] }, { version: '1.2.3', tagKeys });
    const found = await read(['ec2.vpc']);
    expect(found.gaps).toEqual([gap]);
    expect(found.records.get('ec2.vpc')).toHaveLength(2);
    expect(JSON.parse(lines()[0]!).kinds[0]).toEqual({ kind: 'ec2.vpc', status: 'partial', records: 2 });
  });
});

describe('a damaged file', () => {
  const messagesOf = (gaps: readonly Gap[]): Record<string, string> =>
    Object.fromEntries(gaps.filter((gap) => gap !== denied).map((gap) => [gap.kind, gap.message]));

  test.each([
    [
      'cut off within its last line',
      (all: string[]) => [...all.slice(0, 5), all[5]!.slice(0, 40)],
      (file: string) => ({
        'ec2.subnet': `${file}:6: no record of this file: damaged or cut off; 2 of 3 records of ec2.subnet`,
      }),
    ],
    [
      'cut off between two lines',
      (all: string[]) => all.slice(0, 5),
      (file: string) => ({ 'ec2.subnet': `${file}:5: ends too early; 2 of 3 records of ec2.subnet` }),
    ],
    [
      'broken in the middle',
      (all: string[]) => all.with(2, '{"kind":"ec2.vpc","rec'),
      (file: string) => ({
        'ec2.vpc': `${file}:3: no record of this file: damaged or cut off; 1 of 2 records of ec2.vpc`,
      }),
    ],
    [
      'with a record that has lost its id',
      (all: string[]) => all.with(2, all[2]!.replace('"id":"vpc-2",', '')),
      (file: string) => ({
        'ec2.vpc': `${file}:3: no record of this file: damaged or cut off; 1 of 2 records of ec2.vpc`,
      }),
    ],
    [
      'with a record too many',
      (all: string[]) => all.toSpliced(3, 0, all[2]!),
      (file: string) => ({ 'ec2.vpc': `${file}:7: has too much; 3 of 2 records of ec2.vpc` }),
    ],
  ])('%s: only the kind that is not all there is a gap', async (_, damage, expected) => {
    rewrite(damage);
    const { gaps, records: found, problems } = await read();
    const messages = expected(path);
    expect(messagesOf(gaps.filter(({ reason }) => reason === 'not-in-inventory'))).toEqual(messages);
    expect(problems).toEqual(Object.values(messages));
    const whole = ['ec2.vpc', 'ec2.subnet', 'ec2.nat-gateway'].filter((kind) => !(kind in messages));
    expect([...found.keys()]).toEqual(whole);
    expect(gaps).toContainEqual(denied);
  });

  test.each([
    [
      'with a line that belongs to nothing',
      (all: string[]) => all.toSpliced(1, 0, 'oops'),
      ':2: no record of this file: damaged or cut off',
    ],
    [
      'of another version',
      (all: string[]) => all.with(0, all[0]!.replace('inventory/1', 'inventory/2')),
      ':1: schema costwarden/inventory/2; this version reads costwarden/inventory/1',
    ],
    ['without its header', (all: string[]) => all.slice(1), ':1: no header: damaged or cut off'],
    ['with half a header', (all: string[]) => [all[0]!.slice(0, 100)], ':1: no header: damaged or cut off'],
    ['that is empty', () => [], ':1: the file is empty'],
    [
      'of another scope',
      (all: string[]) => all.with(0, all[0]!.replaceAll('eu-west-1', 'us-east-1')),
      ':1: belongs to region/111111111111/us-east-1, not to region/111111111111/eu-west-1',
    ],
  ])('%s: every kind is a gap', async (_, damage, message) => {
    rewrite(damage);
    const { gaps, records: found } = await read();
    expect(gaps.map(({ kind, reason, message: text }) => [kind, reason, text])).toEqual(
      kinds.map((kind) => [kind, 'not-in-inventory', path + message]),
    );
    expect(found.size).toBe(0);
  });

  test('that cannot be read or is not there: every kind is a gap', async () => {
    rmSync(path);
    expect((await read(['ec2.vpc'])).gaps).toEqual([
      {
        accountId: account.id,
        region: 'eu-west-1',
        kind: 'ec2.vpc',
        reason: 'not-in-inventory',
        checks: [],
        message: `${path}: no such file`,
      },
    ]);
    mkdirSync(path);
    expect((await read(['ec2.vpc'])).gaps[0]!.message).toMatch(/eu-west-1\.ndjson: EISDIR/);
  });
});

test('a kind that the run did not collect is a gap', async () => {
  const { gaps } = await read(['ec2.address']);
  expect(gaps.map(({ message }) => message)).toEqual([
    `${path}: holds no ec2.address: the run that saved it did not collect it`,
  ]);
});

test('records by tag key hold only for the same tag keys', async () => {
  const payer: Scope = { kind: 'payer', account, region: 'global' };
  const kept = new Map<Kind, readonly Resource[]>([
    ['cost.tag-coverage', []],
    ['cost.service-spend', []],
  ]);
  await writeScopeFile(
    directory,
    { ...collected, scope: payer, records: kept, gaps: [] },
    { version: '1.2.3', tagKeys },
  );
  const request = { scope: payer, kinds: [...kept.keys()] };
  expect((await readScopeFile(directory, { ...request, tagKeys })).gaps).toEqual([]);
  const { gaps } = await readScopeFile(directory, { ...request, tagKeys: [['owner']] });
  expect(gaps.map(({ kind, message }) => [kind, message])).toEqual([
    ['cost.tag-coverage', expect.stringMatching(/collected for other tags/)],
  ]);
});

test('what AWS calls a region does not lead out of the directory', () => {
  expect(scopePath('/inventory', { ...scope, region: '../../x' })).toBe(
    '/inventory/region/111111111111/______x.ndjson',
  );
});

test('a write that ends half-way leaves the earlier file and nothing beside it', async () => {
  const before = readFileSync(path, 'utf8');
  const failing = function* (): Iterable<string> {
    yield 'x'.repeat(1 << 20);
    throw new Error('killed');
  };
  await expect(writeWhole(path, failing())).rejects.toThrow('killed');
  expect(readFileSync(path, 'utf8')).toBe(before);
  expect(readdirSync(dirname(path))).toEqual(['eu-west-1.ndjson']);
});
