import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  actionTable,
  contains,
  count,
  emptySet,
  intersect,
  namesOf,
  subtract,
  union,
} from '../../src/iam/action-table.ts';
import { expandAll, expandPattern, expandStatement } from '../../src/iam/expand.ts';

const table = actionTable();

test.each(['*', '*:*', '**'])('%s is every action', (pattern) => {
  expect(expandPattern(pattern)).toEqual(table.all);
});

test.each([
  ['s3:GetObject', ['s3:GetObject']],
  ['S3:getobject', ['s3:GetObject']],
  ['SQS:SENDMESSAGE', ['sqs:SendMessage']],
  ['ec2:Describe?pcs', ['ec2:DescribeVpcs']],
  ['sts:AssumeRol?', ['sts:AssumeRole']],
  [
    'iam:*LoginProfile',
    ['iam:CreateLoginProfile', 'iam:DeleteLoginProfile', 'iam:GetLoginProfile', 'iam:UpdateLoginProfile'],
  ],
  ['kms:?ecrypt', ['kms:Decrypt']],
])('%s means %j', (pattern, names) => {
  expect(namesOf(expandPattern(pattern)).sort()).toEqual(names);
});

test.each([
  ['a service that does not exist', 'nosuchservice:*'],
  ['an action that does not exist', 's3:GetObjekt'],
  ['a service with a wildcard, which IAM refuses', 's3*:GetObject'],
  ['no service', 'GetObject'],
  ['nothing', ''],
  ['a dot is not a wildcard', 's3:Get.bject'],
  ['white space is not trimmed by IAM either', ' s3:GetObject'],
])('%s grants nothing', (_, pattern) => {
  expect(namesOf(expandPattern(pattern))).toEqual([]);
});

test('very long patterns are no trouble', () => {
  expect(count(expandPattern(`s3:${'*?'.repeat(5000)}x`))).toBe(0);
  expect(expandPattern(`s3:${'*'.repeat(5000)}`)).toEqual(expandPattern('s3:*'));
  expect(count(expandPattern(`iam:${'*a'.repeat(2000)}`))).toBe(0);
});

test('NotAction is the complement', () => {
  const set = expandStatement({ actions: undefined, notActions: ['iam:*', 'STS:*'] });
  expect(count(intersect(set, expandAll(['iam:*', 'sts:*'])))).toBe(0);
  expect(union(set, expandAll(['iam:*', 'sts:*']))).toEqual(table.all);
});

test('NotAction of unknown actions, or of none, is everything', () => {
  expect(expandStatement({ actions: undefined, notActions: ['aws-portal:NoSuchAction'] })).toEqual(table.all);
  expect(expandStatement({ actions: undefined, notActions: [] })).toEqual(table.all);
});

test('NotAction * and an empty Action grant nothing', () => {
  expect(expandStatement({ actions: undefined, notActions: ['*'] })).toEqual(emptySet());
  expect(expandStatement({ actions: [], notActions: undefined })).toEqual(emptySet());
  expect(expandStatement({ actions: undefined, notActions: undefined })).toEqual(emptySet());
});

/** Patterns as people write them: parts of real names, with wildcards, in any case. */
const pattern = fc
  .tuple(fc.constantFrom(...table.names), fc.nat(12), fc.constantFrom('', '*', '?*'), fc.boolean())
  .map(([name, length, end, isUpper]) => {
    const [service = '', action = ''] = name.split(':');
    const text = `${service}:${end === '' ? action : action.slice(0, length)}${end}`;
    return isUpper ? text.toUpperCase() : text;
  });
const patterns = fc.array(pattern, { maxLength: 6 });

test('what two lists grant together is what each grants', () => {
  fc.assert(
    fc.property(patterns, patterns, (a, b) => {
      expect(expandAll([...a, ...b])).toEqual(union(expandAll(a), expandAll(b)));
    }),
  );
});

test('case never matters', () => {
  fc.assert(
    fc.property(pattern, (text) => {
      expect(expandPattern(text.toLowerCase())).toEqual(expandPattern(text));
    }),
  );
});

test('Action and NotAction of the same list share nothing and leave nothing out', () => {
  fc.assert(
    fc.property(patterns, (list) => {
      const named = expandStatement({ actions: list, notActions: undefined });
      const rest = expandStatement({ actions: undefined, notActions: list });
      expect(rest).toEqual(subtract(table.all, named));
    }),
  );
});

test('every action matches its own name', () => {
  fc.assert(
    fc.property(fc.constantFrom(...table.names), (name) => {
      expect(namesOf(expandPattern(name))).toContain(name);
      expect(contains(expandPattern(`${name.split(':')[0]}:*`), expandPattern(name))).toBe(true);
    }),
  );
});
