import { expect, test } from 'vitest';
import type { AthenaSettings } from '../../../src/collect/exports/athena.ts';
import { configSchema } from '../../../src/config.ts';

const billing = (value: object) => configSchema.safeParse({ billing: value });

test('a table is enough: everything else has a default', () => {
  const settings: AthenaSettings | undefined = billing({ athena: { database: 'billing', table: 'cur2' } }).data?.billing
    .athena;
  expect(settings).toEqual({
    database: 'billing',
    table: 'cur2',
    workgroup: 'primary',
    region: 'us-east-1',
    format: 'cur2',
    maxScannedGb: 10,
  });
});

test('a folder on disk is taken as it is', () => {
  expect(billing({ files: './exports/cur' }).data?.billing.files).toBe('./exports/cur');
});

test.each([
  ['a table name with a quote', { athena: { database: 'billing', table: 'cur"2' } }],
  ['an output location that is not in S3', { athena: { database: 'a', table: 'b', outputLocation: '/tmp/results' } }],
  ['a region that is none', { athena: { database: 'a', table: 'b', region: 'europe' } }],
  ['another format', { athena: { database: 'a', table: 'b', format: 'cur1' } }],
  ['no limit', { athena: { database: 'a', table: 'b', maxScannedGb: 0 } }],
  ['a database alone', { athena: { database: 'a' } }],
  ['an unknown key', { athena: { database: 'a', table: 'b', catalog: 'c' } }],
])('%s is refused', (_, value) => {
  expect(billing(value).success).toBe(false);
});
