import { expect, test } from 'vitest';
import { parsePolicy } from '../../../src/collect/iam/documents.ts';
import { encoded } from '../../support/authorization.ts';

const about = { name: 'p', arn: undefined, source: 'inline', viaGroup: undefined } as const;
const absent = {
  sid: undefined,
  actions: undefined,
  notActions: undefined,
  resources: undefined,
  notResources: undefined,
  principals: undefined,
  notPrincipals: undefined,
  conditions: [],
};

test('one or many become many; what is absent stays absent', () => {
  const { version, statements } = parsePolicy(
    encoded({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'A', Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::a', 'arn:aws:s3:::a/*'] },
        { Effect: 'Deny', NotAction: ['iam:*'], NotResource: '*' },
        { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' },
        { Effect: 'Allow', NotPrincipal: { AWS: 'arn:aws:iam::111111111111:root' }, Action: 'sts:AssumeRole' },
      ],
    }),
    about,
  );
  expect(version).toBe('2012-10-17');
  expect(statements).toEqual([
    { ...absent, sid: 'A', effect: 'allow', actions: ['s3:*'], resources: ['arn:aws:s3:::a', 'arn:aws:s3:::a/*'] },
    { ...absent, effect: 'deny', notActions: ['iam:*'], notResources: ['*'] },
    { ...absent, effect: 'allow', actions: ['sts:AssumeRole'], principals: { AWS: ['*'] } },
    {
      ...absent,
      effect: 'allow',
      actions: ['sts:AssumeRole'],
      notPrincipals: { AWS: ['arn:aws:iam::111111111111:root'] },
    },
  ]);
});

test('conditions are a list, and their values are text', () => {
  const { statements } = parsePolicy(
    encoded({
      Statement: {
        Effect: 'Allow',
        Action: '*',
        Resource: '*',
        Condition: {
          Bool: { 'aws:MultiFactorAuthPresent': true },
          NumericLessThan: { 'aws:MultiFactorAuthAge': 3600 },
          StringLike: { 'aws:PrincipalTag/team': ['a*', 'b*'], 'aws:PrincipalOrgID': 'o-1' },
        },
      },
    }),
    about,
  );
  expect(statements[0]!.conditions).toEqual([
    { operator: 'Bool', key: 'aws:MultiFactorAuthPresent', values: ['true'] },
    { operator: 'NumericLessThan', key: 'aws:MultiFactorAuthAge', values: ['3600'] },
    { operator: 'StringLike', key: 'aws:PrincipalTag/team', values: ['a*', 'b*'] },
    { operator: 'StringLike', key: 'aws:PrincipalOrgID', values: ['o-1'] },
  ]);
});

test('plain JSON is read too, and a percent sign in it is itself', () => {
  const text = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::50%25' }] });
  expect(parsePolicy(text, about).statements[0]!.resources).toEqual(['arn:aws:s3:::50%25']);
  expect(parsePolicy(encodeURIComponent(text), about).statements[0]!.resources).toEqual(['arn:aws:s3:::50%25']);
  expect(parsePolicy(text, about).version).toBeUndefined();
});

test.each([
  ['no JSON', '%7B%22Statement'],
  ['a broken encoding', '%E0%A4%A'],
  ['no statements', encoded({ Version: '2012-10-17' })],
  ['an effect that does not exist', encoded({ Statement: [{ Effect: 'Maybe', Action: '*', Resource: '*' }] })],
  ['nothing', ''],
])('%s is an error', (_, text) => {
  expect(() => parsePolicy(text, about)).toThrow('policy p is not');
});
