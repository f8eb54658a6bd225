import { expect, test } from 'vitest';
import { layoutOf } from '../../../src/collect/exports/layout.ts';
import { serviceName } from '../../../src/collect/exports/service-names.ts';
import { aggregationSql, tableName } from '../../../src/collect/exports/sql.ts';
import { cur2Rows } from './sample-exports.ts';

const layout = layoutOf(Object.keys(cur2Rows[0] ?? {}), (sentence) => new Error(sentence));
const asked = { layout, table: tableName('billing', 'cur2') };

test('names are quoted, so that none of them is a command', () => {
  const sql = aggregationSql({
    ...asked,
    table: tableName('a"; DROP TABLE x; --', 'b'),
    from: '2026-11-01',
    to: '2026-11-02',
  });
  expect(sql).toContain('FROM "a""; DROP TABLE x; --"."b"\n');
});

test.each(['2026-11-1', "2026-11-01' OR 1=1", ''])('%j is refused as a day', (from) => {
  expect(() => aggregationSql({ ...asked, from, to: '2026-11-02' })).toThrow(RangeError);
});

test('only the months that are asked for are read, the last day being in one of them', () => {
  const sql = aggregationSql({ ...asked, partition: 'billing_period', from: '2026-10-30', to: '2026-12-01' });
  expect(sql).toContain(`WHERE "billing_period" BETWEEN '2026-10' AND '2026-11'\n`);
});

test('the same question is the same text, which is what an earlier answer is found by', () => {
  const question = { ...asked, from: '2026-11-01', to: '2026-11-02' };
  expect(aggregationSql(question)).toBe(aggregationSql({ ...question }));
  expect(aggregationSql({ ...question, to: '2026-11-03' })).not.toBe(aggregationSql(question));
});

test.each([
  ['AmazonEC2', 'EU-BoxUsage:m7g.large', '', 'Amazon Elastic Compute Cloud - Compute'],
  ['AmazonEC2', 'SpotUsage:c7g.large', '', 'Amazon Elastic Compute Cloud - Compute'],
  ['AmazonEC2', 'USW2-UnusedBox:m5.large', '', 'Amazon Elastic Compute Cloud - Compute'],
  ['AmazonEC2', 'USE2-NatGateway-Bytes', '', 'EC2 - Other'],
  ['AmazonEC2', 'EBS:SnapshotUsage', '', 'EC2 - Other'],
  ['AmazonEC2', 'EBSOptimized:m4.large', '', 'EC2 - Other'],
  ['AmazonEC2', 'CPUCredits:t3', '', 'EC2 - Other'],
  ['AmazonVPC', 'EU-PublicIPv4:InUseAddress', '', 'Amazon Virtual Private Cloud'],
  ['awskms', 'eu-west-1-KMS-Requests', '', 'AWS Key Management Service'],
  ['', 'BoxUsage:t3.micro', 'Amazon Elastic Compute Cloud', 'Amazon Elastic Compute Cloud - Compute'],
  ['', 'EU-LCUUsage', 'Elastic Load Balancing', 'Amazon Elastic Load Balancing'],
  ['AmazonNewThing', 'EU-Hours', '', 'AmazonNewThing'],
  ['4l8mnbvq2t0z6xyq7p1example', 'Units', 'Snowflake Capacity', 'Snowflake Capacity'],
])('%s %s (%j) is %s', (code, usageType, name, service) => {
  expect(serviceName(code, usageType, name)).toBe(service);
});
