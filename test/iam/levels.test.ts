import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionTable, count, namesOf, ofService, subtract } from '../../src/iam/action-table.ts';
import { expandAll, expandPattern } from '../../src/iam/expand.ts';
import { grantsOf } from '../../src/iam/grants.ts';
import { type Analysis, analyse, isAdministrator, power, roleGraph } from '../../src/iam/levels.ts';
import type { Principal } from '../../src/model/resources/iam.ts';
import {
  accountId,
  allow,
  awsManagedPolicy,
  deny,
  policyOf,
  type RawStatement,
  rolePrincipal,
  userPrincipal,
} from '../support/builders.ts';
import { testNow as now } from '../support/check-tester.ts';

const { all } = actionTable();

function analysisOf(statements: readonly RawStatement[], overrides: Partial<Principal> = {}): Analysis {
  return analyse(userPrincipal('alice', { policies: [policyOf(statements)], ...overrides }), [], now);
}

const servicesOf = ({ services }: Analysis): string[] => services.map(({ service }) => service);
const waysOf = ({ escalations }: Analysis): string[] => escalations.map(({ escalation }) => escalation.id);
const notAction = (...NotAction: string[]): RawStatement => ({ Effect: 'Allow', NotAction, Resource: '*' });

describe('an administrator', () => {
  test.each<[string, RawStatement[]]>([
    ['* on *', [allow('*')]],
    ['*:* on *', [allow('*:*')]],
    [
      'the statement is narrowed by region only',
      [allow('*', '*', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } })],
    ],
    ['a condition always holds', [allow('*', '*', { StringLike: { 'aws:PrincipalArn': '*' } })]],
    ['all but billing', [notAction('aws-portal:*')]],
    // 96.3 % of the actions and all of IAM.
    ['all but EC2', [notAction('ec2:*')]],
    ['all but one bucket', [{ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::secrets/*' }]],
    ['two halves', [notAction('iam:*', 'sts:*'), allow(['iam:*', 'sts:AssumeRole'])]],
    ['a deny that matters little', [allow('*'), deny('iam:CreateVirtualMFADevice')]],
    ['a deny on one bucket', [allow('*'), deny('s3:*', 'arn:aws:s3:::secrets')]],
    [
      'a deny with a condition',
      [allow('*'), { ...deny('*'), Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } } }],
    ],
  ])('is one with %s', (_, statements) => {
    expect(analysisOf(statements)).toMatchObject({ isAdmin: true, escalations: [], services: [] });
  });

  test.each<[string, RawStatement[]]>([
    // 99.1 % of the actions, and no way to change who may do what.
    ['all but IAM', [notAction('iam:*')]],
    ['all but the assuming of roles', [notAction('sts:AssumeRole')]],
    ['all of IAM and STS', [allow(['iam:*', 'sts:*'])]],
    ['* on one bucket', [allow('*', 'arn:aws:s3:::acme/*')]],
    ['a permission action denied', [allow('*'), deny('iam:PutRolePolicy')]],
    ['an address range', [allow('*', '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })]],
    ['a second factor', [allow('*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })]],
  ])('is none with %s', (_, statements) => {
    expect(analysisOf(statements).isAdmin).toBe(false);
  });

  test('the shares that the definition rests on', () => {
    const share = (pattern: string): number => count(subtract(all, expandPattern(pattern))) / count(all);
    expect(share('iam:*')).toBeCloseTo(0.9914, 3);
    expect(share('ec2:*')).toBeCloseTo(0.963, 3);
    expect(isAdministrator(subtract(all, expandPattern('iam:*')))).toBe(false);
    expect(isAdministrator(subtract(all, expandPattern('ec2:*')))).toBe(true);
  });

  test('through policies and groups together', () => {
    const policies = [policyOf([notAction('iam:*')]), policyOf([allow('iam:*')], { viaGroup: 'admins' })];
    expect(analysisOf([], { policies }).isAdmin).toBe(true);
  });

  test('not behind a boundary', () => {
    expect(analysisOf([allow('*')], { boundary: policyOf([allow('s3:*')]) }).isAdmin).toBe(false);
    expect(analysisOf([allow('*')], { boundary: policyOf([allow('*')]) }).isAdmin).toBe(true);
  });

  test('a second factor asked of a workload is no limit', () => {
    const policies = [policyOf([allow('*', '*', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } })])];
    const trust = policyOf([
      { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ]);
    expect(analyse(rolePrincipal('worker', { trust, policies }), [], now).isAdmin).toBe(true);
  });

  test('names the statements that suffice, or all that add to it', () => {
    const read = { Sid: 'Read', ...allow('s3:Get*') };
    expect(analysisOf([read, { Sid: 'All', ...allow('*') }]).adminRefs).toEqual(['inline#All']);
    expect(
      analysisOf([
        { Sid: 'Rest', ...notAction('iam:*') },
        { Sid: 'Iam', ...allow('iam:*') },
      ]).adminRefs,
    ).toEqual(['inline#Rest', 'inline#Iam']);
  });
});

describe('a whole service', () => {
  test('s3:* on everything', () => {
    const { services } = analysisOf([allow('s3:*')]);
    expect(services).toMatchObject([{ service: 's3', isNarrowed: false, isWildcardOnly: false }]);
    expect(services[0]?.actions).toBe(count(expandPattern('s3:*')));
    expect(services[0]?.permissions).toBeGreaterThan(10);
  });

  test('from 90 % of its actions', () => {
    const names = namesOf(expandPattern('sqs:*'));
    const enough = Math.ceil(names.length * 0.9);
    expect(servicesOf(analysisOf([allow(names.slice(0, enough))]))).toEqual(['sqs']);
    expect(servicesOf(analysisOf([allow(names.slice(0, enough - 1))]))).toEqual([]);
  });

  test('over several statements', () => {
    expect(
      servicesOf(
        analysisOf([
          allow(['sns:A*', 'sns:C*', 'sns:D*', 'sns:G*', 'sns:L*']),
          allow(['sns:O*', 'sns:P*', 'sns:R*', 'sns:S*', 'sns:T*', 'sns:U*', 'sns:V*']),
        ]),
      ),
    ).toEqual(['sns']);
  });

  test.each(['arn:aws:s3:::acme', 'arn:aws:s3:::acme/*'])('not on %s', (resource) => {
    expect(servicesOf(analysisOf([allow('s3:*', resource)]))).toEqual([]);
  });

  test('nothing of a service that changes nothing', () => {
    expect(servicesOf(analysisOf([allow('ce:Get*')]))).toEqual([]);
    const { services, changing } = actionTable();
    const readOnly = [...services.keys()].filter((service) => count(ofService(changing, service)) === 0);
    expect(analysisOf([allow(readOnly.map((service) => `${service}:*`))])).toMatchObject({
      services: [],
      escalations: [],
    });
  });

  test('a service whose actions cannot be limited is marked, and is no write', () => {
    const analysis = analysisOf([allow('a2c:*')]);
    expect(analysis.services).toMatchObject([{ service: 'a2c', isWildcardOnly: true }]);
    expect(count(analysis.writes)).toBe(0);
  });

  test('half openly and half under a condition is narrowed', () => {
    const [first, second] = [
      ['sqs:A*', 'sqs:C*', 'sqs:D*', 'sqs:G*', 'sqs:L*'],
      ['sqs:P*', 'sqs:R*', 'sqs:S*', 'sqs:T*', 'sqs:U*'],
    ];
    const office = { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } };
    expect(analysisOf([allow(first), allow(second, '*', office)]).services).toMatchObject([
      { service: 'sqs', isNarrowed: true },
    ]);
  });
});

describe('writes on everything', () => {
  const writesOf = (...statements: RawStatement[]): string[] => namesOf(analysisOf(statements).writes);

  test('only what changes something and can be limited', () => {
    expect(
      writesOf(allow(['sqs:SendMessage', 'sqs:GetQueueUrl', 'cloudwatch:PutMetricData', 'ecr:GetAuthorizationToken'])),
    ).toEqual(['sqs:SendMessage']);
  });

  test('kms:Decrypt is a write in the data, bedrock:InvokeModel is not', () => {
    expect(writesOf(allow(['kms:Decrypt', 'bedrock:InvokeModel']))).toEqual(['kms:Decrypt']);
  });

  test('what is named Describe or List is left out whatever its level', () => {
    const { changing, wildcardOnly, names } = actionTable();
    const odd = namesOf(subtract(changing, wildcardOnly)).filter((name) => /:(Describe|List)/.test(name));
    expect(odd.length).toBeGreaterThan(0);
    expect(names).toContain(odd[0]);
    expect(writesOf(allow(odd))).toEqual([]);
  });

  test.each<[string, Record<string, Record<string, string>>, string[]]>([
    ['a region', { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }, ['sqs:SendMessage']],
    ['what always holds', { Bool: { 'aws:SecureTransport': 'true' } }, ['sqs:SendMessage']],
    ['a key that must be there', { StringLike: { 'aws:SourceVpc': '*' } }, []],
    ['a tag', { StringEquals: { 'aws:ResourceTag/team': 'web' } }, []],
    ['a second factor', { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }, []],
  ])('under the condition of %s', (_, condition, expected) => {
    expect(writesOf(allow('sqs:SendMessage', '*', condition))).toEqual(expected);
  });

  test("AWS's own policies are not the principal's", () => {
    const policies = [awsManagedPolicy('AmazonSQSSender', [allow('sqs:SendMessage')])];
    expect(count(analysisOf([], { policies }).writes)).toBe(0);
  });

  test('names the statements that grant them, and no others', () => {
    const { writeRefs } = analysisOf([
      { Sid: 'Send', ...allow('sqs:SendMessage') },
      { Sid: 'Read', ...allow('sqs:Get*') },
      { Sid: 'One', ...allow('sqs:DeleteMessage', `arn:aws:sqs:us-east-1:${accountId}:jobs`) },
    ]);
    expect(writeRefs).toEqual(['inline#Send']);
  });
});

describe('the ladder tells each grant once', () => {
  test('an administrator is nothing else', () => {
    const analysis = analysisOf([allow('*')]);
    expect([waysOf(analysis), servicesOf(analysis), count(analysis.writes)]).toEqual([[], [], 0]);
  });

  test('iam:* is an escalation, not a whole service', () => {
    const analysis = analysisOf([allow('iam:*')]);
    expect(waysOf(analysis)).toContain('iam:PutUserPolicy');
    expect([servicesOf(analysis), count(analysis.writes)]).toEqual([[], 0]);
  });

  test('what the escalation does not use is judged on', () => {
    const analysis = analysisOf([allow(['iam:PutUserPolicy', 's3:*', 'sqs:SendMessage'])]);
    expect(waysOf(analysis)).toEqual(['iam:PutUserPolicy']);
    expect(servicesOf(analysis)).toEqual(['s3']);
    expect(namesOf(analysis.writes)).toEqual(['sqs:SendMessage']);
  });

  test('a whole service is not a write as well', () => {
    const analysis = analysisOf([allow('sqs:*'), allow('sqs:SendMessage')]);
    expect([servicesOf(analysis), count(analysis.writes)]).toEqual([['sqs'], 0]);
  });

  test('a whole service under a condition does not hide a write without one', () => {
    const analysis = analysisOf([
      allow('sqs:*', '*', { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }),
      allow('sqs:SendMessage'),
    ]);
    expect(analysis.services).toMatchObject([{ service: 'sqs', isNarrowed: true }]);
    expect(namesOf(analysis.writes)).toEqual(['sqs:SendMessage']);
  });

  test('an escalation does not hide another statement of the same sid', () => {
    const analysis = analysisOf([
      { Sid: 'Same', ...allow('iam:PutUserPolicy') },
      { Sid: 'Same', ...allow(['iam:TagRole', 'iam:TagUser']) },
    ]);
    expect(waysOf(analysis)).toEqual(['iam:PutUserPolicy']);
    expect(namesOf(analysis.writes)).toEqual(['iam:TagRole', 'iam:TagUser']);
  });

  test('nor the statement of another policy of the same name', () => {
    const analysis = analysisOf([], {
      policies: [
        policyOf([{ Sid: 'A', ...allow('iam:PutUserPolicy') }]),
        policyOf([{ Sid: 'A', ...allow('iam:TagRole') }], { viaGroup: 'developers' }),
      ],
    });
    expect(namesOf(analysis.writes)).toEqual(['iam:TagRole']);
  });

  test('whatever is granted, no action is told on two steps', () => {
    const pool = [
      'iam:PassRole',
      'iam:*',
      'lambda:*',
      'lambda:CreateFunction',
      'lambda:InvokeFunction',
      's3:*',
      's3:PutObject',
      'sqs:SendMessage',
      'a2c:*',
    ];
    fc.assert(
      fc.property(fc.array(fc.subarray(pool, { minLength: 1 }), { maxLength: 3 }), (lists) => {
        const analysis = analysisOf(lists.map((list) => allow(list)));
        for (const service of servicesOf(analysis)) expect(count(ofService(analysis.writes, service))).toBe(0);
        for (const { grants, escalation } of analysis.escalations) {
          expect(grants.length).toBeGreaterThan(0);
          for (const need of escalation.needs) expect(namesOf(analysis.writes)).not.toContain(need);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the power of a role', () => {
  const powerOf = (...statements: RawStatement[]): number =>
    power(grantsOf(rolePrincipal('app', { policies: [policyOf(statements)] }), now));

  test('rises from reading over writing and changing permissions to administration', () => {
    expect(powerOf()).toBe(0);
    expect(powerOf(allow('s3:Get*'))).toBe(0);
    expect(powerOf(allow('s3:*', 'arn:aws:s3:::acme/*'))).toBe(0);
    expect(powerOf(allow('s3:*'))).toBe(1);
    expect(powerOf(allow('iam:PutRolePolicy'))).toBe(2);
    expect(powerOf(allow('*'))).toBe(3);
    expect(powerOf(allow('*'), deny('iam:*'))).toBe(1);
  });

  test('is known for roles that somebody may pass', () => {
    const principals = [
      rolePrincipal('admin', { policies: [policyOf([allow('*')])] }),
      rolePrincipal('AWSServiceRoleForSupport', {
        path: '/aws-service-role/support.amazonaws.com/',
        policies: [policyOf([allow('*')])],
      }),
      userPrincipal('alice', { policies: [policyOf([allow('*')])] }),
    ];
    const graph = roleGraph(principals, now);
    expect(graph.map(({ role, power: its }) => [role.name, its])).toEqual([['admin', 3]]);
    expect(roleGraph(principals, now)).toBe(graph);
  });
});

test('expansion of a service by its letters is complete', () => {
  expect(
    expandAll(['sqs:A*', 'sqs:C*', 'sqs:D*', 'sqs:G*', 'sqs:L*', 'sqs:P*', 'sqs:R*', 'sqs:S*', 'sqs:T*', 'sqs:U*']),
  ).toEqual(expandPattern('sqs:*'));
});
