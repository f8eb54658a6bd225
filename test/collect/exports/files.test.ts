/** Exports on disk: every reader gives the bill that Cost Explorer would, or says which file is wrong and how. */
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readExport } from '../../../src/collect/exports/files.ts';
import { ConfigError } from '../../../src/errors.ts';
import { failureOf } from '../../support/sessions.ts';
import { temporaryFolder, writeCsv, writeParquet } from './export-files.ts';
import { asked, billOf, cur2Rows, type ExportRow, focusRows, linesOf } from './sample-exports.ts';

const read = (path: string, options: { engine?: 'memory' | 'duckdb' } = {}) =>
  linesOf(readExport(path, { ...asked, ...options }));
const messageOf = async (path: string, engine: 'memory' | 'duckdb' = 'memory'): Promise<string> => {
  const failure = await failureOf(read(path, { engine }));
  expect(failure).toBeInstanceOf(ConfigError);
  return failure.message;
};
const without = (column: string, rows: readonly ExportRow[]): ExportRow[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== column)));

describe.each([
  ['cur2', cur2Rows],
  ['focus', focusRows],
] as const)('a %s export', (format, rows) => {
  test.each([
    ['memory', 'export.parquet'],
    ['duckdb', 'export.parquet'],
    ['memory', 'export.csv'],
    ['memory', 'export.csv.gz'],
    ['duckdb', 'export.csv.gz'],
  ] as const)('is the same bill by %s from %s', async (engine, name) => {
    const path = join(temporaryFolder(), name);
    (name.endsWith('.parquet') ? writeParquet : writeCsv)(path, rows);
    expect(await read(path, { engine })).toEqual(billOf(format));
  });
});

test('FOCUS 1.0, which calls the usage type x_UsageType, is the same bill', async () => {
  const rows = focusRows.map(({ SkuMeter = null, ...row }) => ({ ...row, x_UsageType: SkuMeter }));
  expect(await read(writeParquet(join(temporaryFolder(), 'focus.parquet'), rows))).toEqual(billOf('focus'));
});

test('a FOCUS service without a code is known by its name', async () => {
  const rows = without('x_ServiceCode', focusRows);
  const lines = await read(writeParquet(join(temporaryFolder(), 'focus.parquet'), rows));
  expect(new Set(lines.map(({ service }) => service))).toEqual(new Set(billOf('focus').map(({ service }) => service)));
});

describe('the folder of an export', () => {
  const december = cur2Rows.map((row) => ({
    ...row,
    bill_billing_period_start_date: '2026-12-01T00:00:00.000Z',
    line_item_usage_start_date: '2026-12-01T00:00:00.000Z',
  }));
  const manifest = (folder: string, path: string, files: readonly string[]): void => {
    const target = join(folder, 'metadata', path);
    mkdirSync(dirname(target), { recursive: true });
    const dataFiles = files.map((file) => `s3://exports/billing/cur/data/${file}`);
    writeFileSync(target, JSON.stringify({ columns: [{ name: 'line_item_usage_type', type: 'string' }], dataFiles }));
  };

  test('without a manifest is all its files, months that are not asked for left alone', async () => {
    const folder = temporaryFolder();
    writeParquet(join(folder, 'data/BILLING_PERIOD=2026-11/cur-00001.snappy.parquet'), cur2Rows.slice(0, 9));
    writeParquet(join(folder, 'data/BILLING_PERIOD=2026-11/cur-00002.snappy.parquet'), cur2Rows.slice(9));
    // Would be an error if it were opened.
    mkdirSync(join(folder, 'data/BILLING_PERIOD=2026-12'), { recursive: true });
    writeFileSync(join(folder, 'data/BILLING_PERIOD=2026-12/cur-00001.snappy.parquet'), 'half');
    expect(await read(folder)).toEqual(billOf('cur2'));
    expect(await read(folder, { engine: 'duckdb' })).toEqual(billOf('cur2'));
  });

  test('of two months comes month by month', async () => {
    const folder = temporaryFolder();
    writeCsv(join(folder, 'data/BILLING_PERIOD=2026-11/cur-00001.csv.gz'), cur2Rows);
    writeCsv(join(folder, 'data/BILLING_PERIOD=2026-12/cur-00001.csv.gz'), december);
    const days: string[] = [];
    for await (const { day } of readExport(folder, { from: '2026-11-20', to: '2026-12-02' })) days.push(day);
    expect(days).toEqual([...days].sort());
    expect(new Set(days)).toEqual(new Set(['2026-11-20', '2026-11-21', '2026-11-22', '2026-12-01']));
  });

  test('that keeps every delivery is its newest one', async () => {
    const folder = temporaryFolder();
    const older = 'BILLING_PERIOD=2026-11/2026-11-22T06:11:02.101Z-aaaa';
    const newer = 'BILLING_PERIOD=2026-11/2026-11-22T18:40:55.920Z-bbbb';
    for (const delivery of [newer, older]) {
      writeParquet(
        join(folder, 'data', delivery, 'cur-00001.snappy.parquet'),
        delivery === newer ? cur2Rows : cur2Rows.slice(3),
      );
      manifest(folder, `${delivery}/cur-Manifest.json`, [`${delivery}/cur-00001.snappy.parquet`]);
    }
    expect(await read(folder)).toEqual(billOf('cur2'));
  });

  test('that is overwritten is what its manifest lists, left-over files are not', async () => {
    const folder = temporaryFolder();
    const period = 'BILLING_PERIOD=2026-11';
    writeParquet(join(folder, 'data', period, 'cur-00001.snappy.parquet'), cur2Rows);
    writeParquet(join(folder, 'data', period, 'cur-00002.snappy.parquet'), cur2Rows);
    manifest(folder, `${period}/cur-Manifest.json`, [`${period}/cur-00001.snappy.parquet`]);
    expect(await read(folder)).toEqual(billOf('cur2'));
  });

  test('that lacks a file of its manifest is not read in part', async () => {
    const folder = temporaryFolder();
    const period = 'BILLING_PERIOD=2026-11';
    writeParquet(join(folder, 'data', period, 'cur-00001.snappy.parquet'), cur2Rows);
    manifest(folder, `${period}/cur-Manifest.json`, [
      `${period}/cur-00001.snappy.parquet`,
      `${period}/cur-00002.snappy.parquet`,
    ]);
    expect(await messageOf(folder)).toMatch(
      /Manifest\.json: names data\/.*cur-00002\.snappy\.parquet, which is not in .*copy the whole export/,
    );
  });

  test('with nothing in it says so', async () => {
    expect(await messageOf(temporaryFolder())).toMatch(/no \.parquet, \.csv or \.csv\.gz file in it/);
  });

  test('whose files have different columns names the file and the column', async () => {
    const folder = temporaryFolder();
    writeParquet(join(folder, 'a.parquet'), cur2Rows);
    writeParquet(join(folder, 'b.parquet'), without('reservation_effective_cost', cur2Rows));
    expect(await messageOf(folder)).toMatch(
      /b\.parquet: has no column reservation_effective_cost, which .*a\.parquet has/,
    );
  });
});

describe('one sentence says what is wrong with', () => {
  test('a Parquet file that was cut off', async () => {
    const path = writeParquet(join(temporaryFolder(), 'cut.parquet'), cur2Rows);
    truncateSync(path, readFileSync(path).length - 100);
    expect(await messageOf(path)).toMatch(/cut\.parquet: is no complete Parquet file \(.+\): copy it again$/);
    expect(await messageOf(path, 'duckdb')).toMatch(/cut\.parquet: is no complete Parquet file/);
  });

  test('a Parquet file with a hole', async () => {
    const path = writeParquet(join(temporaryFolder(), 'hole.parquet'), cur2Rows);
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4, Math.floor(bytes.length / 3));
    writeFileSync(path, bytes);
    expect(await messageOf(path)).toMatch(/hole\.parquet: cannot be read to its end \(.+\): copy it again$/);
    expect(await messageOf(path, 'duckdb')).toMatch(/hole\.parquet: DuckDB cannot read it \(.+\)/);
  });

  test('a gzipped CSV that was cut off', async () => {
    const path = writeCsv(join(temporaryFolder(), 'cut.csv.gz'), cur2Rows);
    truncateSync(path, readFileSync(path).length - 60);
    expect(await messageOf(path)).toMatch(
      /cut\.csv\.gz: cannot be read to its end \(unexpected end of file\): copy it again$/,
    );
  });

  test('a CSV whose last record is torn', async () => {
    const path = writeCsv(join(temporaryFolder(), 'torn.csv'), cur2Rows);
    truncateSync(path, readFileSync(path).length - 120);
    expect(await messageOf(path)).toMatch(/torn\.csv: is no CSV that can be read \(.+\): export it again$/);
  });

  test('a cost that is no number, with its record', async () => {
    const rows = cur2Rows.map((row, index) => (index === 2 ? { ...row, line_item_unblended_cost: 'n/a' } : row));
    const path = writeCsv(join(temporaryFolder(), 'odd.csv'), rows);
    expect(await messageOf(path)).toMatch(/odd\.csv record 3: line_item_unblended_cost is no number but "n\/a"/);
    expect(await messageOf(path, 'duckdb')).toMatch(/odd\.csv: DuckDB cannot read it/);
  });

  test('a day that is none', async () => {
    const rows = cur2Rows.map((row, index) =>
      index === 1 ? { ...row, line_item_usage_start_date: '11/20/2026' } : row,
    );
    const path = writeCsv(join(temporaryFolder(), 'odd.csv'), rows);
    expect(await messageOf(path)).toMatch(/odd\.csv record 2: line_item_usage_start_date is no day but "11\/20\/2026"/);
  });

  test.each(['line_item_usage_type', 'bill_billing_period_start_date'])('an export without %s', async (column) => {
    const path = writeParquet(join(temporaryFolder(), 'few.parquet'), without(column, cur2Rows));
    expect(await messageOf(path)).toMatch(`few.parquet: has no column ${column}: add it to the query of the export`);
  });

  test.each([
    ['SavingsPlanCoveredUsage', 'savings_plan_savings_plan_effective_cost'],
    ['DiscountedUsage', 'reservation_effective_cost'],
  ])('covered usage (%s) without %s', async (type, column) => {
    const path = writeParquet(join(temporaryFolder(), 'plain.parquet'), without(column, cur2Rows));
    const sentence = new RegExp(
      `plain\\.parquet: has ${type} of account 222222222222 on 2026-11-20 but not what it costs: add the column ${column}`,
    );
    expect(await messageOf(path)).toMatch(sentence);
    expect(await messageOf(path, 'duckdb')).toMatch(sentence);
  });

  test('a legacy report', async () => {
    const path = writeCsv(join(temporaryFolder(), 'old.csv'), [
      { 'lineItem/UsageAccountId': '1', 'lineItem/LineItemType': 'Usage' },
    ]);
    expect(await messageOf(path)).toMatch(/old\.csv: is a legacy Cost and Usage Report: create a data export/);
  });

  test('a table of something else, an empty file, a file of another kind and one that is not there', async () => {
    const folder = temporaryFolder();
    expect(await messageOf(writeCsv(join(folder, 'other.csv'), [{ a: 1 }]))).toMatch(/neither the columns of CUR 2\.0/);
    writeFileSync(join(folder, 'empty.csv'), '');
    expect(await messageOf(join(folder, 'empty.csv'))).toMatch(/empty\.csv: is empty/);
    writeFileSync(join(folder, 'bill.xlsx'), '');
    expect(await messageOf(join(folder, 'bill.xlsx'))).toMatch(/bill\.xlsx: not a \.parquet/);
    expect(await messageOf(join(folder, 'nowhere'))).toMatch(/nowhere: cannot be read \(ENOENT/);
  });

  test('a large export where DuckDB is not installed', async () => {
    vi.doMock('@duckdb/node-api', () => {
      throw new Error('Cannot find package');
    });
    try {
      const path = writeParquet(join(temporaryFolder(), 'large.parquet'), cur2Rows);
      expect(await messageOf(path, 'duckdb')).toMatch(
        /large\.parquet: is large, and DuckDB.* npm install @duckdb\/node-api/,
      );
    } finally {
      vi.doUnmock('@duckdb/node-api');
    }
  });
});

test('an export without covered usage needs no columns of commitments', async () => {
  const rows = cur2Rows.filter(({ line_item_line_item_type: type }) => type === 'Usage');
  const plain = [
    'reservation_effective_cost',
    'savings_plan_savings_plan_effective_cost',
    'reservation_reservation_a_r_n',
    'product_region_code',
  ];
  const path = writeParquet(
    join(temporaryFolder(), 'plain.parquet'),
    plain.reduce((left, column) => without(column, left), rows),
  );
  const usage = billOf('cur2').filter(({ recordType }) => recordType === 'Usage');
  expect(await read(path)).toEqual(usage);
  expect(await read(path, { engine: 'duckdb' })).toEqual(usage);
});
