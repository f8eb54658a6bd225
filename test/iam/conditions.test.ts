import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConditionClass, classifyConditions, conditionClasses, isOpen } from '../../src/iam/conditions.ts';
import { isHuman } from '../../src/iam/trust.ts';
import type { Principal } from '../../src/model/resources/iam.ts';
import { accountId, allow, policyOf, rolePrincipal, trustOf, userPrincipal, variable } from '../support/builders.ts';

const now = '2026-11-24T06:00:00.000Z';
const workload = rolePrincipal('worker', {
  trust: trustOf('Service', 'ecs-tasks.amazonaws.com'),
  tags: { Team: 'web' },
});
const human = rolePrincipal('on-call', { trust: trustOf('AWS', `arn:aws:iam::${accountId}:root`) });
const alice = userPrincipal('alice', { tags: { Team: 'web' } });

type Conditions = Record<string, Record<string, unknown>>;
type Given = { subject?: Principal; version?: string | null; action?: string | string[] };

function classOf(conditions: Conditions, given: Given = {}): ConditionClass {
  const { subject = workload, version = '2012-10-17', action = 's3:*' } = given;
  const policy = policyOf([allow(action, '*', conditions)], { version });
  const [statement] = policy.statements;
  if (statement === undefined) throw new Error('no statement');
  return classifyConditions(statement, { subject, isHuman: isHuman(subject), policyVersion: policy.version, now });
}

type Row = readonly [operator: string, key: string, values: unknown, given?: Given];

/** One test for each row of a class. */
function rows(expected: ConditionClass, table: readonly Row[]): void {
  describe(expected, () => {
    for (const [operator, key, values, given] of table)
      test(`${operator} ${key} ${JSON.stringify(values)} ${given?.version ?? ''}`, () => {
        expect(classOf({ [operator]: { [key]: values } }, given)).toBe(expected);
      });
  });
}

rows('tautology', [
  ['StringLike', 'aws:RequestedRegion', '*'],
  ['StringLike', 'AWS:requestedregion', ['us-east-1', '*']],
  ['ArnLike', 'aws:PrincipalArn', '*'],
  ['StringLike', 'aws:PrincipalAccount', '*'],
  ['Bool', 'aws:SecureTransport', 'true'],
  ['Bool', 'aws:SecureTransport', true],
  ['BoolIfExists', 'aws:SecureTransport', 'true'],
  // Whoever calls chooses the transport as well as the name of the program.
  ['Bool', 'aws:SecureTransport', 'false'],
  ['StringLike', 'aws:UserAgent', '*terraform*'],
  ['DateLessThan', 'aws:CurrentTime', '2027-01-01T00:00:00Z'],
  ['DateLessThan', 'aws:CurrentTime', ['2026-11-25T00:00:00Z', '2027-01-01T00:00:00Z']],
  ['NumericLessThan', 'aws:EpochTime', String(Date.parse('2027-06-01T00:00:00Z') / 1000)],
  ['DateGreaterThan', 'aws:CurrentTime', '2020-01-01T00:00:00Z'],
  ['Null', 'aws:PrincipalArn', 'false'],
  ['Null', 'aws:SecureTransport', ['true', 'false']],
  // The principal's own keys: always true for it.
  ['StringEquals', 'aws:PrincipalAccount', accountId],
  ['ArnLike', 'aws:PrincipalArn', `arn:aws:iam::${accountId}:role/work*`],
  ['ArnEquals', 'aws:PrincipalArn', 'arn:aws:iam::*:role/worker'],
  ['StringEquals', 'aws:PrincipalTag/Team', ['api', 'web']],
  // IAM keeps the case of a tag's key and ignores it.
  ['StringEquals', 'aws:principaltag/team', 'web'],
  ['StringEqualsIgnoreCase', 'aws:PrincipalTag/Team', 'WEB'],
  ['StringNotEquals', 'aws:PrincipalTag/Team', 'api'],
  ['StringNotEquals', 'aws:PrincipalTag/NoSuchTag', 'api'],
  ['StringEqualsIfExists', 'aws:PrincipalTag/NoSuchTag', 'api'],
  ['Null', 'aws:PrincipalTag/Team', 'false'],
  ['Null', 'aws:PrincipalTag/NoSuchTag', 'true'],
  ['StringEquals', 'aws:PrincipalOrgID', 'o-a1b2c3d4e5'],
  ['ForAnyValue:StringLike', 'aws:PrincipalOrgPaths', 'o-a1b2c3d4e5/*'],
  ['StringEquals', 'aws:PrincipalType', 'AssumedRole'],
  ['StringEquals', 'aws:username', 'alice', { subject: alice }],
  ['StringLike', 'aws:username', variable('aws:username'), { subject: alice }],
  // A variable that is not known here must not make a grant disappear.
  ['StringEquals', 'aws:PrincipalTag/Team', variable('saml:department')],
  // The own account and organization are no limit.
  ['StringEquals', 'aws:ResourceAccount', accountId],
  ['StringEquals', 'aws:ResourceAccount', variable('aws:PrincipalAccount')],
  ['StringEquals', 'aws:ResourceOrgID', variable('aws:PrincipalOrgID')],
  // A missing key lets in.
  ['StringEqualsIfExists', 'ec2:ResourceTag/team', 'web'],
  ['ForAllValues:StringEquals', 'aws:TagKeys', ['team', 'environment']],
  ['IpAddressIfExists', 'aws:SourceIp', '10.0.0.0/8'],
  ['BoolIfExists', 'aws:MultiFactorAuthPresent', 'true', { subject: alice }],
  ['Bool', 'aws:MultiFactorAuthPresent', 'false', { subject: alice }],
  // A workload shows no second factor; the question does not make it smaller.
  ['Bool', 'aws:MultiFactorAuthPresent', 'true', { subject: workload }],
  ['NumericLessThan', 'aws:MultiFactorAuthAge', '3600', { subject: workload }],
  // Negated operators leave nearly everything.
  ['StringNotEquals', 'aws:RequestedRegion', 'us-east-1'],
  ['StringNotLike', 's3:prefix', 'secret/*'],
  ['ArnNotLike', 'iam:PolicyARN', 'arn:aws:iam::aws:policy/AdministratorAccess'],
  ['NotIpAddress', 'aws:SourceIp', '203.0.113.0/24'],
  ['NotIpAddress', 'aws:SourceIp', '::/0'],
  ['IpAddress', 'aws:SourceIp', '0.0.0.0/0'],
  ['IpAddress', 'aws:SourceIp', '::/0'],
  ['IpAddress', 'aws:SourceIp', ['0.0.0.0/1', '128.0.0.0/1']],
  ['IpAddress', 'aws:SourceIp', ['0.0.0.0/1', '64.0.0.0/2', '128.0.0.0/2', '192.0.0.0/3', '224.0.0.0/4']],
  ['Bool', 'aws:ViaAWSService', 'false'],
  ['StringLike', 'iam:PassedToService', '*', { action: 'iam:PassRole' }],
  ['StringLikeIfExists', 'iam:PassedToService', '*', { action: 'IAM:passrole' }],
  // Other actions than PassRole have no such key: they pass.
  ['StringEqualsIfExists', 'iam:PassedToService', 'ec2.amazonaws.com', { action: '*' }],
]);

rows('region', [
  ['StringEquals', 'aws:RequestedRegion', 'eu-west-1'],
  ['StringLike', 'aws:RequestedRegion', ['eu-*', 'us-east-1']],
  ['StringEqualsIfExists', 'aws:RequestedRegion', 'eu-west-1'],
]);

rows('exists', [
  ['StringLike', 'aws:SourceVpc', '*'],
  ['StringLike', 'aws:ResourceTag/team', '*'],
  ['ArnLike', 'aws:SourceArn', '*'],
  ['Null', 'aws:ResourceTag/team', 'false'],
  ['Null', 'aws:RequestTag/team', 'true'],
  ['StringLike', 'iam:PassedToService', '*', { action: ['iam:PassRole', 'ec2:RunInstances'] }],
]);

rows('mfa', [
  ['Bool', 'aws:MultiFactorAuthPresent', 'true', { subject: alice }],
  ['Bool', 'aws:MultiFactorAuthPresent', true, { subject: human }],
  // Temporary credentials always say whether there was a second factor.
  ['BoolIfExists', 'aws:MultiFactorAuthPresent', 'true', { subject: human }],
  ['NumericLessThan', 'aws:MultiFactorAuthAge', '3600', { subject: alice }],
]);

rows('narrowing', [
  ['IpAddress', 'aws:SourceIp', '203.0.113.0/24'],
  ['IpAddress', 'aws:SourceIp', ['203.0.113.7', '2001:db8::/32']],
  // 87.5 % of the addresses, and ranges that overlap are counted once.
  ['IpAddress', 'aws:SourceIp', ['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/3']],
  ['IpAddress', 'aws:SourceIp', ['0.0.0.0/1', '0.0.0.0/1', '10.0.0.0/8']],
  ['NotIpAddress', 'aws:SourceIp', '0.0.0.0/0'],
  ['NotIpAddress', 'aws:SourceIp', ['0.0.0.0/1', '128.0.0.0/1']],
  ['StringEquals', 'aws:SourceVpce', 'vpce-0f00ba4ba40000001'],
  ['StringEquals', 'aws:ResourceTag/team', 'web'],
  ['StringEquals', 'aws:ResourceTag/team', variable('aws:PrincipalTag/team')],
  ['StringEquals', 'aws:ResourceAccount', '222222222222'],
  // Variables are plain text in the old version, and no account is called that.
  ['StringEquals', 'aws:ResourceAccount', variable('aws:PrincipalAccount'), { version: '2008-10-17' }],
  ['StringEquals', 'aws:ResourceAccount', variable('aws:PrincipalAccount'), { version: null }],
  ['StringEquals', 'ec2:InstanceType', ['t3.micro', 't3.small']],
  ['StringLike', 'kms:ViaService', 's3.*.amazonaws.com'],
  ['Bool', 'aws:ViaAWSService', 'true'],
  ['ArnEquals', 'iam:PermissionsBoundary', `arn:aws:iam::${accountId}:policy/boundary`],
  ['StringEquals', 'iam:PassedToService', 'ecs-tasks.amazonaws.com', { action: 'iam:PassRole' }],
  ['StringEqualsIfExists', 'iam:PassedToService', 'ecs-tasks.amazonaws.com', { action: 'iam:PassRole' }],
  ['DateLessThan', 'aws:CurrentTime', '2026-12-01T00:00:00Z'],
  // A star is a letter where the operator knows no wildcards.
  ['StringEquals', 'aws:ResourceTag/team', '*'],
]);

rows('dead', [
  ['DateLessThan', 'aws:CurrentTime', '2026-11-01T00:00:00Z'],
  ['DateLessThan', 'aws:EpochTime', '1700000000'],
  ['DateGreaterThan', 'aws:CurrentTime', '2030-01-01T00:00:00Z'],
  ['StringEquals', 'aws:PrincipalAccount', '222222222222'],
  ['StringNotEquals', 'aws:PrincipalAccount', accountId],
  ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/admin-*'],
  // ARNs are compared letter by letter.
  ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/Worker'],
  ['ArnNotLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/work*'],
  ['StringEquals', 'aws:PrincipalTag/Team', 'api'],
  ['StringEquals', 'aws:PrincipalTag/NoSuchTag', 'web'],
  ['StringEquals', 'aws:PrincipalTag/Team', ' web '],
  ['StringEquals', 'aws:username', 'bob', { subject: alice }],
  ['StringEquals', 'aws:username', 'worker', { subject: workload }],
  ['StringEquals', 'aws:username', variable('aws:username'), { subject: alice, version: '2008-10-17' }],
  ['Null', 'aws:PrincipalArn', 'true'],
  ['Null', 'aws:PrincipalTag/Team', 'true'],
  ['StringEquals', 'aws:SourceVpc', []],
]);

test('without conditions there is none', () => {
  expect(classOf({})).toBe('none');
});

test('operators are ANDed: the strongest counts', () => {
  expect(classOf({ StringLike: { 'aws:PrincipalArn': '*' }, IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } })).toBe(
    'narrowing',
  );
  expect(classOf({ StringEquals: { 'aws:RequestedRegion': 'eu-west-1', 'aws:PrincipalAccount': accountId } })).toBe(
    'region',
  );
  expect(
    classOf({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' }, DateLessThan: { 'aws:CurrentTime': '2020-01-01' } }),
  ).toBe('dead');
});

test('values are ORed: the weakest counts', () => {
  expect(classOf({ IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '0.0.0.0/0'] } })).toBe('tautology');
  expect(classOf({ StringEquals: { 'aws:ResourceAccount': ['222222222222', accountId] } })).toBe('tautology');
  expect(classOf({ StringLike: { 'aws:SourceVpc': ['vpc-0a1b2c3d4e5f60718', '*'] } })).toBe('exists');
});

test('what lowers a severity is a second factor and what narrows; nothing else does', () => {
  expect(conditionClasses.filter((conditionClass) => !isOpen(conditionClass))).toEqual(['mfa', 'narrowing', 'dead']);
});

test('one condition more never weakens a statement', () => {
  const some = fc.constantFrom<Conditions>(
    { StringLike: { 'aws:RequestedRegion': '*' } },
    { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
    { ArnLike: { 'aws:SourceArn': '*' } },
    { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
    { Null: { 'aws:PrincipalArn': 'true' } },
    { StringNotEquals: { 's3:prefix': 'x' } },
  );
  fc.assert(
    fc.property(some, some, (a, b) => {
      const rank = (conditions: Conditions): number => conditionClasses.indexOf(classOf(conditions));
      const both: Conditions = { ...a };
      for (const [operator, keys] of Object.entries(b)) both[operator] = { ...keys, ...both[operator] };
      if (Object.keys(a)[0] !== Object.keys(b)[0]) expect(rank(both)).toBe(Math.max(rank(a), rank(b)));
    }),
  );
});
