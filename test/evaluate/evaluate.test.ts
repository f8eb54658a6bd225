import { describe, expect, test } from 'vitest';
import { type Check, commonOptions, defineCheck, z } from '../../src/check.ts';
import { type EvaluateRequest, evaluate } from '../../src/evaluate/evaluate.ts';
import type { CollectedScope, Gap, Kind, Resource } from '../../src/model/inventory.ts';
import type { ScopeKind } from '../../src/model/scope.ts';
import { testAccount, testNow, testTagPolicy } from '../support/check-tester.ts';

const docs = { why: 'w', fix: 'f', sources: [] };
const usesVpc = defineCheck({
  id: 'test-vpc-exists',
  title: 'A VPC exists',
  severity: 'low',
  needs: ['ec2.vpc'],
  wants: ['cost.service-spend'],
  options: z.strictObject({}),
  docs,
  *evaluate({ inventory }) {
    const spend = inventory.list('cost.service-spend').length;
    for (const vpc of inventory.list('ec2.vpc')) {
      yield { resource: vpc, summary: `spend rows: ${spend}`, evidence: {}, savableUsage: [] };
    }
  },
});

const scopes: Partial<Record<Kind, ScopeKind>> = { 'cost.service-spend': 'payer' };
const vpc: Resource & { tags: Record<string, string> } = {
  id: 'vpc-1',
  arn: 'arn:aws:ec2:us-east-1:111111111111:vpc/vpc-1',
  type: 'AWS::EC2::VPC',
  accountId: '111111111111',
  region: 'us-east-1',
  tags: { keep: 'yes' },
};
const gap = (overrides: Partial<Gap>): Gap => ({
  accountId: '111111111111',
  region: 'us-east-1',
  kind: 'ec2.vpc',
  reason: 'denied',
  checks: [],
  message: 'm',
  ...overrides,
});

function request(
  check: unknown,
  overrides: Partial<EvaluateRequest> & { gaps?: Gap[]; common?: object } = {},
): EvaluateRequest {
  const collected: CollectedScope = {
    scope: { kind: 'region', account: testAccount, region: 'us-east-1' },
    records: new Map([['ec2.vpc', [vpc]]]),
    gaps: overrides.gaps ?? [],
  };
  return {
    checks: [{ check: check as Check, options: {}, common: commonOptions.parse(overrides.common ?? {}) }],
    collected,
    shared: [],
    scopeOfKind: (kind) => scopes[kind] ?? 'region',
    now: testNow,
    tagPolicy: testTagPolicy,
    ...overrides,
  };
}

describe('evaluate', () => {
  test('a covered check yields its drafts', () => {
    const { drafts, covered, gaps } = evaluate(request(usesVpc));
    expect(drafts.map(({ draft }) => draft.resource.id)).toEqual(['vpc-1']);
    expect([...covered]).toEqual(['test-vpc-exists']);
    expect(gaps).toEqual([]);
  });

  test('a gap in a needed kind leaves the check uncovered and names it in the gap', () => {
    const { drafts, covered, gaps } = evaluate(request(usesVpc, { gaps: [gap({})] }));
    expect(drafts).toEqual([]);
    expect(covered.size).toBe(0);
    expect(gaps[0]?.checks).toEqual(['test-vpc-exists']);
  });

  test('a gap in a wanted kind leaves the check covered', () => {
    const { covered, gaps } = evaluate(request(usesVpc, { gaps: [gap({ kind: 'cost.service-spend' })] }));
    expect([...covered]).toEqual(['test-vpc-exists']);
    expect(gaps[0]?.checks).toEqual([]);
  });

  test('a gap of one resource keeps the check covered and marks the resource as unseen', () => {
    const { covered, unseen, gaps } = evaluate(request(usesVpc, { gaps: [gap({ resourceId: 'vpc-2' })] }));
    const sameType = evaluate(request(usesVpc, { gaps: [gap({ resourceId: 'vpc-1' })] })).unseen;
    expect(sameType.get('test-vpc-exists')).toEqual(new Set(['vpc-1', 'AWS::EC2::VPC']));
    expect([...covered]).toEqual(['test-vpc-exists']);
    expect(unseen.get('test-vpc-exists')).toEqual(new Set(['vpc-2']));
    expect(gaps[0]?.checks).toEqual(['test-vpc-exists']);
  });

  test('records read once for the organization are seen by the account and region they are about', () => {
    const row = (accountId: string, region: string): Resource => ({
      ...vpc,
      id: `${accountId}/${region}`,
      accountId,
      region,
    });
    const shared: CollectedScope = {
      scope: { kind: 'payer', account: testAccount, region: 'global' },
      records: new Map([
        [
          'cost.service-spend',
          [row('111111111111', 'us-east-1'), row('111111111111', 'eu-west-1'), row('222222222222', 'us-east-1')],
        ],
      ]),
      gaps: [],
    };
    expect(evaluate(request(usesVpc, { shared: [shared] })).drafts[0]?.draft.summary).toBe('spend rows: 1');
  });

  test.each([
    [
      'throws',
      {
        *evaluate() {
          yield* [];
          throw new Error('boom');
        },
      },
      /boom/,
    ],
    [
      'reads a kind it did not declare',
      {
        *evaluate({ inventory }: { inventory: { list(kind: string): unknown[] } }) {
          yield inventory.list('ec2.subnet')[0];
        },
      },
      /does not declare/,
    ],
    [
      'yields a quantity that is no number',
      {
        *evaluate() {
          yield {
            resource: vpc,
            summary: '',
            evidence: {},
            savableUsage: [{ sku: 's', quantity: Number.NaN, unit: 'GB' }],
          };
        },
      },
      /not a number/,
    ],
    [
      'yields a negative quantity',
      {
        *evaluate() {
          yield { resource: vpc, summary: '', evidence: {}, savableUsage: [{ sku: 's', quantity: -1, unit: 'GB' }] };
        },
      },
      /negative/,
    ],
    [
      'yields the same finding twice',
      {
        *evaluate() {
          yield { resource: vpc, summary: '', evidence: {}, savableUsage: [] };
          yield { resource: vpc, summary: '', evidence: {}, savableUsage: [] };
        },
      },
      /two drafts/,
    ],
  ])('a check that %s is not covered, and nothing of it is kept', (_, broken, message) => {
    const { drafts, covered, failures } = evaluate(request({ ...usesVpc, ...broken }));
    expect(drafts).toEqual([]);
    expect(covered.size).toBe(0);
    expect(failures[0]?.message).toMatch(message);
  });

  test('excepted tags and resources are left out', () => {
    expect(evaluate(request(usesVpc, { common: { exceptTags: { keep: '*' } } })).drafts).toEqual([]);
    expect(evaluate(request(usesVpc, { common: { exceptTags: { keep: 'no' } } })).drafts).toHaveLength(1);
    expect(evaluate(request(usesVpc, { common: { exceptResources: ['arn:*:vpc/vpc-?'] } })).drafts).toEqual([]);
  });

  test('a check of another scope is not asked', () => {
    expect(evaluate(request({ ...usesVpc, scopes: ['global'] })).covered.size).toBe(0);
  });
});

describe('a check that does not come back', () => {
  const busy = (id: string, ms: number) =>
    defineCheck({
      ...usesVpc,
      id,
      evaluate() {
        const until = performance.now() + ms;
        while (performance.now() < until);
        return [];
      },
    });
  const enabled = (...checks: unknown[]) =>
    checks.map((check) => ({ check: check as Check, options: {}, common: commonOptions.parse({}) }));

  test('is ended and named; the others say what they have to say', () => {
    const checks = enabled(busy('test-loops', Number.POSITIVE_INFINITY), usesVpc);
    const result = evaluate({ ...request(usesVpc), checks, checkMs: 200 });
    expect(result.failures).toEqual([{ checkId: 'test-loops', message: 'took more than 0.2 s and was ended' }]);
    expect([...result.covered]).toEqual(['test-vpc-exists']);
    expect(result.drafts).toHaveLength(1);
  });

  test('is not confused with one that is only late in the row', () => {
    const slow = Array.from({ length: 6 }, (_, index) => busy(`test-slow-${index}`, 60));
    const result = evaluate({ ...request(usesVpc), checks: enabled(...slow, usesVpc), checkMs: 250 });
    expect(result.failures).toEqual([]);
    expect(result.covered.size).toBe(7);
    expect(result.drafts).toHaveLength(1);
  });
});
