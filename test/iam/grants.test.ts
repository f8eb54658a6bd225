import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionTable, contains, count, intersect, namesOf, subtract, union } from '../../src/iam/action-table.ts';
import { expandAll, expandPattern } from '../../src/iam/expand.ts';
import { grantsOf, isDeniedOn } from '../../src/iam/grants.ts';
import type { PolicyDocument } from '../../src/model/resources/iam.ts';
import {
  accountId,
  allow,
  deny,
  policyOf,
  type RawStatement,
  rolePrincipal,
  userPrincipal,
  variable,
} from '../support/builders.ts';

const now = '2026-11-24T06:00:00.000Z';
const oneBucket = ['arn:aws:s3:::acme-imports', 'arn:aws:s3:::acme-imports/*'];

function openOf(statements: readonly RawStatement[], boundary?: readonly RawStatement[]) {
  return grantsOf(
    rolePrincipal('app', {
      policies: [policyOf(statements)],
      boundary:
        boundary === undefined ? undefined : policyOf(boundary, { name: 'boundary', source: 'customer-managed' }),
    }),
    now,
  ).open;
}

test.each(['*', 'arn:aws:s3:::*', 'arn:aws:s3:*'])('s3:* on %s is all of S3', (resource) => {
  expect(openOf([allow('s3:*', resource)])).toEqual(expandPattern('s3:*'));
});

test('a resource of one service opens no action of another', () => {
  expect(openOf([allow(['s3:*', 'sqs:*'], ['arn:aws:s3:::*', 'arn:aws:sqs:us-east-1:*:jobs'])])).toEqual(
    expandPattern('s3:*'),
  );
});

test('one bucket is not every resource, but is something', () => {
  const { grants, open } = grantsOf(rolePrincipal('app', { policies: [policyOf([allow('s3:*', oneBucket)])] }), now);
  expect(count(open)).toBe(0);
  expect(grants[0]?.actions).toEqual(expandPattern('s3:*'));
});

test('the own account counts as everything, another does not', () => {
  expect(openOf([allow('iam:*', `arn:aws:iam::${accountId}:role/*`)])).toEqual(expandPattern('iam:*'));
  expect(count(openOf([allow('iam:*', 'arn:aws:iam::222222222222:role/*')]))).toBe(0);
  expect(openOf([allow('iam:*', `arn:aws:iam::${variable('aws:PrincipalAccount')}:role/*`)])).toEqual(
    expandPattern('iam:*'),
  );
});

test('a policy that several accounts share is judged anew where it names one', () => {
  const shared = policyOf([{ Effect: 'Allow', Action: 'iam:*', Resource: `arn:aws:iam::${accountId}:*` }]);
  const here = rolePrincipal('app', { policies: [shared] });
  expect(count(grantsOf(here, now).open)).toBeGreaterThan(0);
  expect(count(grantsOf({ ...here, accountId: '222222222222' }, now).open)).toBe(0);
  const others = policyOf([{ Effect: 'Allow', Action: 'iam:*', NotResource: `arn:aws:iam::${accountId}:*` }]);
  expect(count(grantsOf({ ...here, policies: [others] }, now).open)).toBe(0);
  expect(count(grantsOf({ ...here, policies: [others], accountId: '222222222222' }, now).open)).toBeGreaterThan(0);
});

test('NotResource is everything but a few, unless it names all of the service', () => {
  const but = (NotResource: string | string[]): RawStatement => ({
    Effect: 'Allow',
    Action: ['s3:*', 'iam:*'],
    NotResource,
  });
  expect(openOf([but('arn:aws:s3:::secrets/*')])).toEqual(expandAll(['s3:*', 'iam:*']));
  expect(openOf([but('arn:aws:s3:::*')])).toEqual(expandPattern('iam:*'));
  // All roles left out leaves the users.
  expect(openOf([but('arn:aws:iam::*:role/*')])).toEqual(expandAll(['s3:*', 'iam:*']));
  expect(count(openOf([but('*')]))).toBe(0);
});

test('empty lists and missing elements grant nothing', () => {
  expect(
    count(openOf([allow([]), allow('*', []), { Effect: 'Allow', Action: '*' }, { Effect: 'Allow', Resource: '*' }])),
  ).toBe(0);
  expect(count(grantsOf(rolePrincipal('bare'), now).open)).toBe(0);
  expect(count(openOf([]))).toBe(0);
});

test('a dead condition grants nothing, a narrowing one nothing openly', () => {
  expect(
    grantsOf(
      rolePrincipal('app', {
        policies: [policyOf([allow('*', '*', { DateLessThan: { 'aws:CurrentTime': '2020-01-01' } })])],
      }),
      now,
    ).grants,
  ).toEqual([]);
  expect(count(openOf([allow('*', '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })]))).toBe(0);
});

test('an unconditional deny on everything is taken away, over all policies and in any case', () => {
  const principal = rolePrincipal('app', { policies: [policyOf([allow('*')]), policyOf([deny('IAM:*')])] });
  expect(grantsOf(principal, now).open).toEqual(subtract(actionTable().all, expandPattern('iam:*')));
});

test('a deny with a condition, or on some resources, takes nothing away', () => {
  const region = {
    Effect: 'Deny',
    NotAction: 'iam:*',
    Resource: '*',
    Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
  };
  expect(openOf([allow('*'), region])).toEqual(actionTable().all);
  expect(openOf([allow('*'), deny('s3:*', oneBucket)])).toEqual(actionTable().all);
  // All roles denied leaves the users.
  expect(openOf([allow('*'), deny('iam:*', `arn:aws:iam::${accountId}:role/*`)])).toEqual(actionTable().all);
  expect(openOf([allow('*'), deny('s3:*', 'arn:aws:s3:::*')])).toEqual(
    subtract(actionTable().all, expandPattern('s3:*')),
  );
});

test('Deny with NotAction leaves only what it names', () => {
  expect(openOf([allow('*'), { Effect: 'Deny', NotAction: ['logs:*', 's3:ListBucket'], Resource: '*' }])).toEqual(
    expandAll(['logs:*', 's3:ListBucket']),
  );
});

test('Deny with NotResource leaves the action on what it spares', () => {
  const arn = `arn:aws:iam::${accountId}:role/app`;
  const { open, grants } = grantsOf(
    rolePrincipal('app', {
      policies: [policyOf([allow('iam:PassRole'), { Effect: 'Deny', Action: 'iam:PassRole', NotResource: arn }])],
    }),
    now,
  );
  expect(count(open)).toBe(0);
  expect(namesOf(grants[0]?.actions ?? open)).toEqual(['iam:PassRole']);
  // Where all roles are spared, PassRole stays open.
  expect(
    namesOf(
      openOf([allow('iam:PassRole'), { Effect: 'Deny', Action: 'iam:PassRole', NotResource: 'arn:aws:iam::*:role/*' }]),
    ),
  ).toEqual(['iam:PassRole']);
});

test('a deny on one resource is known for that resource', () => {
  const admin = `arn:aws:iam::${accountId}:role/admin`;
  const user = userPrincipal('alice', {
    policies: [
      policyOf([
        deny('iam:Pass*', admin),
        { ...deny('iam:*', '*'), Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ]),
    ],
  });
  expect(isDeniedOn(user, 'iam:PassRole', admin)).toBe(true);
  expect(isDeniedOn(user, 'iam:PassRole', `${admin}2`)).toBe(false);
  expect(isDeniedOn(user, 'iam:CreateRole', admin)).toBe(false);
});

test('a boundary cuts what it does not allow', () => {
  expect(openOf([allow('*')], [allow(['s3:*', 'sqs:*'])])).toEqual(expandAll(['s3:*', 'sqs:*']));
  expect(openOf([allow(['s3:*'])], [allow('*'), deny('s3:Delete*')])).toEqual(
    subtract(expandPattern('s3:*'), expandPattern('s3:Delete*')),
  );
  expect(count(openOf([allow('*')], []))).toBe(0);
});

test('a boundary grants nothing by itself', () => {
  expect(count(openOf([], [allow('*')]))).toBe(0);
});

test('a boundary that names one bucket lets S3 through on that bucket only', () => {
  const { open, grants } = grantsOf(
    rolePrincipal('app', { policies: [policyOf([allow('s3:*')])], boundary: policyOf([allow('s3:*', oneBucket)]) }),
    now,
  );
  expect(count(open)).toBe(0);
  expect(grants[0]?.actions).toEqual(expandPattern('s3:*'));
});

test('a condition in a boundary is taken as letting through, unless it can never hold', () => {
  expect(openOf([allow('sqs:*')], [allow('*', '*', { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } })])).toEqual(
    expandPattern('sqs:*'),
  );
  expect(
    count(openOf([allow('sqs:*')], [allow('*', '*', { StringEquals: { 'aws:PrincipalAccount': '222222222222' } })])),
  ).toBe(0);
});

test('statements are named by sid, and by position where that is missing or there twice', () => {
  const statements = [
    { Sid: 'Same', ...allow('s3:GetObject') },
    { Sid: 'Same', ...allow('s3:PutObject') },
    { Sid: 'Own', ...allow('sqs:*') },
    allow('sns:*'),
  ];
  const { grants } = grantsOf(rolePrincipal('app', { policies: [policyOf(statements)] }), now);
  expect(grants.map(({ ref }) => ref)).toEqual(['inline#0', 'inline#1', 'inline#Own', 'inline#3']);
});

const pool = ['*', 's3:*', 's3:Get*', 'iam:*', 'iam:PassRole', 'sqs:SendMessage', 'EC2:*', 'lambda:Create*'];
const resourcePool = ['*', 'arn:aws:s3:::*', 'arn:aws:iam::*:role/*', 'arn:aws:s3:::acme-imports/*'];
const rawStatement = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Action: fc.subarray(pool, { minLength: 1 }),
  Resource: fc.subarray(resourcePool, { minLength: 1 }),
});
const statementList = fc.array(rawStatement, { maxLength: 5 });
const actionsPool = fc.subarray(pool, { minLength: 1 });

test('one deny more never opens anything', () => {
  fc.assert(
    fc.property(statementList, actionsPool, fc.subarray(resourcePool, { minLength: 1 }), (list, actions, resources) => {
      const before = openOf(list);
      expect(contains(before, openOf([...list, deny(actions, resources)]))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('one allow more never closes anything', () => {
  fc.assert(
    fc.property(statementList, actionsPool, fc.subarray(resourcePool, { minLength: 1 }), (list, actions, resources) => {
      expect(contains(openOf([...list, allow(actions, resources)]), openOf(list))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('a boundary never adds, and one that allows everything changes nothing', () => {
  fc.assert(
    fc.property(statementList, statementList, (list, boundary) => {
      const free = openOf(list);
      expect(contains(free, openOf(list, boundary))).toBe(true);
      expect(openOf(list, [allow('*')])).toEqual(free);
    }),
    { numRuns: 60 },
  );
});

test('the order of policies and statements does not matter, nor how they are split', () => {
  const of = (policies: readonly PolicyDocument[]) => grantsOf(rolePrincipal('app', { policies }), now).open;
  fc.assert(
    fc.property(statementList, (list) => {
      const together = of([policyOf(list)]);
      expect(of([policyOf([...list].reverse())])).toEqual(together);
      expect(of(list.map((statement) => policyOf([statement])))).toEqual(together);
    }),
    { numRuns: 40 },
  );
});

test('what is open is granted on every resource by some statement', () => {
  fc.assert(
    fc.property(statementList, (list) => {
      const { grants, open } = grantsOf(rolePrincipal('app', { policies: [policyOf(list)] }), now);
      let onAll = intersect(open, openOf([]));
      for (const grant of grants) {
        onAll = union(onAll, grant.onAll);
        expect(contains(grant.actions, grant.onAll)).toBe(true);
      }
      expect(onAll).toEqual(open);
    }),
    { numRuns: 40 },
  );
});
