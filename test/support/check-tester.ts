/** Runs a check as the product does, over tables of resources, and adds what every check must hold. */
import { describe, expect, test } from 'vitest';
import type { Check, CheckDefinition, TagPolicy, z } from '../../src/check.ts';
import { commonOptions } from '../../src/check.ts';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import type { FindingDraft, Severity, UsageLine } from '../../src/model/finding.ts';
import type { CollectedScope, Gap, Kind } from '../../src/model/inventory.ts';
import type { ResourceKinds } from '../../src/model/resources/index.ts';
import type { Account, ScopeKind } from '../../src/model/scope.ts';

export const testAccount: Account = {
  id: '111111111111',
  name: 'payments-prod',
  state: 'ACTIVE',
  ouPath: ['workloads', 'prod'],
  ouIds: ['r-abcd', 'ou-abcd-workloads', 'ou-abcd-prod'],
  tags: {},
  isManagement: false,
  managementId: '999999999999',
};
export const testNow = '2026-11-24T06:00:00.000Z';
export const testTagPolicy: TagPolicy = {
  required: ['team', 'environment', 'service', 'cost-center'],
  aliases: { team: ['Team', 'owner', 'Owner', 'squad'], environment: ['env', 'Env', 'stage'] },
};

export type Resources = { readonly [K in Kind]?: readonly ResourceKinds[K][] };

type Case = {
  readonly name: string;
  readonly resources: Resources;
  readonly options?: Record<string, unknown>;
  readonly account?: Account;
  /** Default: `eu-west-1` for region checks would hide prices, so `us-east-1`; `global` otherwise. */
  readonly region?: string;
  /** For checks of several scopes. Default: the first. */
  readonly scope?: ScopeKind;
  /** Kinds that could not be read. */
  readonly gaps?: readonly Kind[];
  readonly tagPolicy?: TagPolicy;
};

export type ExpectedDraft = {
  readonly resourceId: string;
  readonly subKey?: string;
  readonly severity?: Severity;
  readonly summary?: RegExp;
  readonly savableUsage?: readonly Partial<UsageLine>[] | undefined;
  readonly evidence?: Record<string, unknown>;
  readonly overlap?: string;
};

export type CheckCases = {
  readonly clean: readonly Case[];
  readonly findings: readonly (Case & { readonly expect: readonly ExpectedDraft[] })[];
  /** Cases in which the check must not be covered. */
  readonly unknown?: readonly Case[];
};

/** Drafts of one check over the given resources. @throws when the check threw */
export function draftsOf(check: unknown, given: Omit<Case, 'name'>): { drafts: FindingDraft[]; covered: boolean } {
  const definition = check as Check;
  const scopes = definition.scopes ?? ['region'];
  const kind = given.scope ?? scopes[0] ?? 'region';
  const region = given.region ?? (kind === 'region' ? 'us-east-1' : 'global');
  const account = given.account ?? testAccount;
  const gaps: Gap[] = (given.gaps ?? []).map((missing) => ({
    accountId: account.id,
    region,
    kind: missing,
    reason: 'denied',
    checks: [],
    message: 'denied in this test',
  }));
  const collected: CollectedScope = {
    scope: { kind, account, region },
    records: new Map(Object.entries(given.resources) as [Kind, readonly never[]][]),
    gaps,
  };
  const evaluation = evaluate({
    checks: [
      { check: definition, options: definition.options.parse(given.options ?? {}), common: commonOptions.parse({}) },
    ],
    collected,
    shared: [],
    scopeOfKind: () => kind,
    now: testNow,
    tagPolicy: given.tagPolicy ?? testTagPolicy,
  });
  const failure = evaluation.failures[0];
  if (failure !== undefined) throw new Error(failure.message);
  return { drafts: evaluation.drafts.map(({ draft }) => draft), covered: evaluation.covered.has(definition.id) };
}

export function testCheck<K extends Kind, W extends Kind, O extends z.ZodType>(
  check: CheckDefinition<K, W, O>,
  cases: CheckCases,
): void {
  describe(check.id, () => {
    test('has defaults for every option and refuses unknown ones', () => {
      expect(check.options.safeParse({}).success).toBe(true);
      expect(check.options.safeParse({ noSuchOption: 1 }).success).toBe(false);
    });

    test('finds nothing where there is nothing', () => {
      expect(draftsOf(check, { resources: {} }).drafts).toEqual([]);
    });

    test.each(check.needs.map((kind) => [kind]))('is not covered without %s', (kind) => {
      expect(draftsOf(check, { resources: {}, gaps: [kind] }).covered).toBe(false);
    });

    for (const given of cases.clean) {
      test(`clean: ${given.name}`, () => {
        const { drafts, covered } = draftsOf(check, given);
        expect(drafts).toEqual([]);
        expect(covered).toBe(true);
      });
    }

    for (const given of cases.findings) {
      test(`finding: ${given.name}`, () => {
        const { drafts } = draftsOf(check, given);
        expect(drafts.map((draft) => draft.resource.id).sort()).toEqual(
          given.expect.map((draft) => draft.resourceId).sort(),
        );
        for (const expected of given.expect) {
          const { resourceId, summary, savableUsage, evidence, ...exact } = expected;
          const draft = drafts.find(
            (candidate) =>
              candidate.resource.id === resourceId &&
              (expected.subKey === undefined || candidate.subKey === expected.subKey),
          );
          const found = draft === undefined ? undefined : { ...draft, severity: draft.severity ?? check.severity };
          expect(found).toMatchObject(exact);
          if (summary !== undefined) expect(draft?.summary).toMatch(summary);
          if (evidence !== undefined) expect(draft?.evidence).toMatchObject(evidence);
          if ('savableUsage' in expected) expectUsage(draft?.savableUsage, savableUsage);
        }
      });
    }

    for (const given of cases.unknown ?? []) {
      test(`unknown: ${given.name}`, () => {
        expect(draftsOf(check, given)).toEqual({ drafts: [], covered: false });
      });
    }
  });
}

function expectUsage(
  actual: readonly UsageLine[] | undefined,
  expected: readonly Partial<UsageLine>[] | undefined,
): void {
  if (expected === undefined) {
    expect(actual).toBeUndefined();
    return;
  }
  expect(actual).toHaveLength(expected.length);
  for (const [index, line] of expected.entries()) {
    const { quantity, low, high, ...exact } = line;
    expect(actual?.[index]).toMatchObject(exact);
    if (quantity !== undefined) expect(actual?.[index]?.quantity).toBeCloseTo(quantity, 6);
    if (low !== undefined) expect(actual?.[index]?.low).toBeCloseTo(low, 6);
    if (high !== undefined) expect(actual?.[index]?.high).toBeCloseTo(high, 6);
  }
}
