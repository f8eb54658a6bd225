import { expect, test } from 'vitest';
import { missingKeys, requiredValue } from '../../../checks/tags/normalise.ts';
import { testTagPolicy } from '../../support/check-tester.ts';

const policy = {
  ...testTagPolicy,
  aliases: { ...testTagPolicy.aliases, 'cost-center': ['CostCentre'], service: ['app', 'Project'] },
};

test.each<[string, Record<string, string>, string]>([
  ['the key itself', { team: 'payments' }, 'payments'],
  ['an alias', { squad: 'payments' }, 'payments'],
  ['another case', { TEAM: 'payments' }, 'payments'],
  ['an alias in another case', { SQUAD: 'payments' }, 'payments'],
  ['the key before its alias', { owner: 'someone', team: 'payments' }, 'payments'],
  ['an alias when the key says nothing', { team: 'n/a', owner: 'payments' }, 'payments'],
])('a value is found under %s', (_how, tags, value) => {
  expect(requiredValue(tags, 'team', policy)).toBe(value);
});

test.each(['CostCenter', 'cost_center', 'Cost Center', 'costcentre', 'COST-CENTRE'])(
  '%s is a spelling of cost-center',
  (name) => {
    expect(requiredValue({ [name]: 'eng-100' }, 'cost-center', policy)).toBe('eng-100');
  },
);

test.each(['', '  ', 'unknown', 'N/A', 'TODO', 'none'])('the value %j says nothing', (value) => {
  expect(requiredValue({ team: value }, 'team', policy)).toBeUndefined();
});

test('a similar word is another key', () => {
  expect(requiredValue({ teams: 'payments', team2: 'x' }, 'team', policy)).toBeUndefined();
});

test('lists the required keys that are missing, in the order of the policy', () => {
  expect(missingKeys({ env: 'prod', Project: 'shop' }, policy)).toEqual(['team', 'cost-center']);
});

test("AWS's own tags never stand in for a key", () => {
  const strict = { required: ['aws createdby'], aliases: {} };
  expect(requiredValue({ 'aws:createdBy': 'AssumedRole:x' }, 'aws:createdby', strict)).toBeUndefined();
});
