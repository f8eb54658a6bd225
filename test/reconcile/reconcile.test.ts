import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Exemption, FindingRecord } from '../../src/model/change.ts';
import { closeAccount, type ReconcileRequest, reconcile } from '../../src/reconcile/reconcile.ts';
import { finding, record, saving } from '../support/findings.ts';

const now = '2026-11-24T06:00:00.000Z';
const check = 'vpc-missing-s3-gateway-endpoint';

function request(overrides: Partial<ReconcileRequest>): ReconcileRequest {
  return {
    scope: 'region/111111111111/us-east-1',
    previous: [],
    findings: [],
    covered: new Set([check]),
    unseen: new Map(),
    enabled: new Set([check]),
    exemptions: [],
    runId: 'run-2',
    now,
    ...overrides,
  };
}

const exemption: Exemption = { check, reason: 'migration', until: '2026-12-31', by: 'ana' };

type Row = { name: string; given: Partial<ReconcileRequest>; expected: Partial<FindingRecord> };
const rows: Row[] = [
  {
    name: 'a new finding opens',
    given: { findings: [finding()] },
    expected: { state: 'open', change: 'opened', changedAt: now },
  },
  {
    name: 'a finding seen again stays open and is no news',
    given: { previous: [record()], findings: [finding()] },
    expected: { state: 'open', change: 'stillOpen', changedAt: '2026-11-23T06:00:00.000Z', lastSeenAt: now },
  },
  {
    name: 'dollars that moved by a fifth are news',
    given: { previous: [record()], findings: [finding({ saving: saving(80) })] },
    expected: { change: 'changed', reason: '$54.00 -> $80.00 a month' },
  },
  {
    name: 'dollars that moved a little are not',
    given: { previous: [record()], findings: [finding({ saving: saving(57) })] },
    expected: { change: 'stillOpen' },
  },
  {
    name: 'a severity that moved is news',
    given: { previous: [record()], findings: [finding({ severity: 'high' })] },
    expected: { change: 'changed', reason: 'severity medium -> high' },
  },
  {
    name: 'a finding no longer found in a covered scope is resolved',
    given: { previous: [record()] },
    expected: { state: 'resolved', change: 'resolved', reason: 'no longer found', changedAt: now },
  },
  {
    name: 'a finding whose check was not covered is unknown and stays as it was',
    given: { previous: [record()], covered: new Set() },
    expected: {
      state: 'open',
      change: 'unknown',
      changedAt: '2026-11-23T06:00:00.000Z',
      lastSeenAt: '2026-11-23T06:00:00.000Z',
    },
  },
  {
    name: 'a finding on a resource that could not be seen is unknown',
    given: { previous: [record()], unseen: new Map([[check, new Set([finding().resourceId])]]) },
    expected: { state: 'open', change: 'unknown' },
  },
  {
    name: 'a resolved finding that is seen again is reopened and counted',
    given: { previous: [record({ state: 'resolved' })], findings: [finding()] },
    expected: { state: 'open', change: 'reopened', reopenedCount: 1 },
  },
  {
    name: 'an exemption covers a new finding',
    given: { findings: [finding()], exemptions: [exemption] },
    expected: { state: 'exempted', change: 'exempted', reason: 'migration (ana, until 2026-12-31)' },
  },
  {
    name: 'an exemption holds through its last day',
    given: { findings: [finding()], exemptions: [{ ...exemption, until: '2026-11-24' }] },
    expected: { state: 'exempted' },
  },
  {
    name: 'an exempted finding returns when the exemption has ended',
    given: {
      previous: [record({ state: 'exempted', until: '2026-11-23' })],
      findings: [finding()],
      exemptions: [{ ...exemption, until: '2026-11-23' }],
    },
    expected: { state: 'open', change: 'reopened', reason: 'exemption ended' },
  },
  {
    name: 'an exemption that covers an open finding has no day of its own in the state',
    given: { previous: [record()], findings: [finding()], exemptions: [exemption] },
    expected: { state: 'exempted', change: 'exempted', until: null },
  },
  {
    name: 'an exemption taken out of the config early ends at once',
    given: {
      previous: [record({ state: 'exempted', reason: 'migration (ana, until 2026-12-31)', until: null })],
      findings: [finding()],
    },
    expected: { state: 'open', change: 'reopened', reason: 'exemption ended' },
  },
  {
    name: 'an exemption made by a command holds without the config',
    given: { previous: [record({ state: 'exempted', until: '2026-12-31' })], findings: [finding()] },
    expected: { state: 'exempted', change: 'exempted' },
  },
  {
    name: 'an exemption for another account does not cover it',
    given: { findings: [finding()], exemptions: [{ ...exemption, account: '222222222222' }] },
    expected: { state: 'open' },
  },
  {
    name: 'an exemption by tag and resource glob covers it',
    given: {
      findings: [finding()],
      exemptions: [{ ...exemption, check: 'vpc-*', resource: 'vpc-0a*', tag: 'team=payments' }],
    },
    expected: { state: 'exempted' },
  },
  {
    name: 'a price that is missing this time does not erase the last one',
    given: { previous: [record()], findings: [finding({ saving: null })] },
    expected: { change: 'stillOpen', finding: finding() },
  },
  {
    name: 'a snoozed finding sleeps until its day',
    given: { previous: [record({ state: 'snoozed', until: '2026-11-30' })], findings: [finding()] },
    expected: { state: 'snoozed', change: 'snoozed' },
  },
];

describe('reconcile', () => {
  test.each(rows)('$name', ({ given, expected }) => {
    const records = reconcile(request(given));
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject(expected);
  });

  test('a check that this run does not use is not touched at all', () => {
    expect(reconcile(request({ previous: [record()], enabled: new Set(['other-check']) }))).toEqual([]);
  });

  test('a resolved finding that stays away is not told again', () => {
    expect(reconcile(request({ previous: [record({ state: 'resolved' })] }))).toEqual([]);
  });

  test('nothing is ever resolved by a check that was not covered', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 8 });
    fc.assert(
      fc.property(ids, ids, (before, after) => {
        const previous = before.map((resourceId) => record({ finding: finding({ resourceId }) }));
        const findings = after.map((resourceId) => finding({ resourceId }));
        const records = reconcile(request({ previous, findings: findings, covered: new Set() }));
        expect(records.filter(({ state }) => state === 'resolved')).toEqual([]);
        expect(new Set(records.map(({ finding: { id } }) => id)).size).toBe(new Set([...before, ...after]).size);
      }),
    );
  });

  test('the next run sees the same things and has nothing to say', () => {
    const first = reconcile(request({ findings: [finding()] }));
    const next = { runId: 'run-3', now: '2026-11-25T06:00:00.000Z' };
    const second = reconcile(request({ previous: first, findings: [finding()], ...next }));
    expect(second).toEqual([{ ...first[0], change: 'stillOpen', lastSeenAt: next.now, runId: next.runId }]);
  });

  describe('a scope that an interrupted run looks at again', () => {
    const again = (given: Partial<ReconcileRequest>, second: Partial<ReconcileRequest> = {}) => {
      const first = reconcile(request(given));
      return { first, second: reconcile(request({ ...given, previous: first, ...second })) };
    };
    const earlier = record({ runId: 'run-1' });

    test.each([
      ['opened', { findings: [finding()] }],
      ['stillOpen', { previous: [earlier], findings: [finding()] }],
      ['changed', { previous: [earlier], findings: [finding({ severity: 'critical' })] }],
      ['reopened', { previous: [record({ ...earlier, state: 'resolved' })], findings: [finding()] }],
      ['resolved', { previous: [earlier] }],
      ['unknown', { previous: [earlier], covered: new Set<string>() }],
      ['exempted', { findings: [finding()], exemptions: [exemption] }],
    ] satisfies [string, Partial<ReconcileRequest>][])('says the same: %s', (change, given) => {
      const { first, second } = again(given);
      expect(first).toMatchObject([{ change }]);
      expect(second).toEqual(first);
    });

    test('keeps its news when it cannot be seen this time', () => {
      const { first, second } = again({ findings: [finding()] }, { findings: [], covered: new Set() });
      expect(second).toEqual(first);
    });

    test('says what it sees when it could not before', () => {
      const { second } = again({ previous: [earlier], covered: new Set() }, { covered: new Set([check]) });
      expect(second).toMatchObject([{ change: 'resolved', state: 'resolved' }]);
    });
  });

  describe('a finding that its check says has ended', () => {
    const over = new Map([[finding().id, 'back within its band']]);
    const last = finding({ summary: 'it cost $511 in all' });

    test('is resolved with those words and its last content', () => {
      const records = reconcile(request({ previous: [record()], findings: [last], over }));
      expect(records).toMatchObject([
        { state: 'resolved', change: 'resolved', reason: 'back within its band', finding: { summary: last.summary } },
      ]);
    });

    test('is not told when it was never told as open, and not twice', () => {
      expect(reconcile(request({ findings: [last], over }))).toEqual([]);
      expect(reconcile(request({ previous: [record({ state: 'resolved' })], findings: [last], over }))).toEqual([]);
    });

    test('says the same when an interrupted run looks again', () => {
      const first = reconcile(request({ previous: [record()], findings: [last], over }));
      expect(reconcile(request({ previous: first, findings: [last], over }))).toEqual(first);
    });
  });

  test('the findings of a closed account are resolved for that reason', () => {
    const records = closeAccount([record(), record({ state: 'resolved' })], 'run-2', now);
    expect(records).toMatchObject([{ state: 'resolved', reason: 'account closed' }]);
  });
});
