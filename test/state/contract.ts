/**
 * What every state store must do, as tests: run on SQLite by sqlite-store.test.ts and on DynamoDB by
 * test/moto/dynamodb-store.test.ts. A difference between the two would be a difference between two installations.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StateConflictError } from '../../src/errors.ts';
import type { FindingRecord } from '../../src/model/change.ts';
import type { Lease, StateStore } from '../../src/state/state-store.ts';
import { createModel } from './model.ts';
import { answersOf, operations } from './operations.ts';
import { at, collect, idsOf, outboxRow, recordOf, runRecord } from './records.ts';

type StatePlace = {
  /** One more handle on the same state, as another process would have it. */
  open(): StateStore;
  remove(): Promise<void>;
  /** So many findings of such a size take several pages to read. */
  readonly pages: { readonly findings: number; readonly bytes: number };
  /** Random sequences to try. */
  readonly sequences: number;
};

export function testStateStore(makePlace: () => Promise<StatePlace>): void {
  let place: StatePlace;
  let store: StateStore;
  let other: StateStore;
  beforeEach(async () => {
    place = await makePlace();
    store = place.open();
    other = place.open();
  });
  afterEach(async () => {
    await store.close();
    await other.close();
    await place.remove();
  });

  const take = (by: StateStore, runId: string, seconds = 0): Promise<Lease> =>
    by.acquireLease({ name: 'audit', runId, ttlMs: 90_000, now: at(seconds) });

  describe('the lease', () => {
    test('is refused while another run holds it, naming that run and since when', async () => {
      await take(store, 'run-1');
      const refused = take(other, 'run-2', 89);
      await expect(refused).rejects.toThrow(StateConflictError);
      await expect(refused).rejects.toThrow(`run run-1 holds the lease since ${at(0)}; this one does nothing`);
    });

    test('is free once it has expired, and the next holder has a larger fence', async () => {
      const first = await take(store, 'run-1');
      const second = await take(other, 'run-2', 90);
      expect(second).toEqual({ name: 'audit', runId: 'run-2', fence: first.fence + 1, since: at(90) });
    });

    test('lives longer when renewed', async () => {
      const lease = await take(store, 'run-1');
      await store.renewLease(lease, { ttlMs: 90_000, now: at(80) });
      await expect(take(other, 'run-2', 169)).rejects.toThrow(`holds the lease since ${at(0)}`);
      await expect(take(other, 'run-2', 170)).resolves.toMatchObject({ runId: 'run-2' });
    });

    test('is free at once when released, and its fence goes on', async () => {
      const first = await take(store, 'run-1');
      await store.releaseLease(first);
      const second = await take(other, 'run-2', 1);
      expect(second.fence).toBeGreaterThan(first.fence);
    });

    test('cannot be renewed or released by the one who lost it', async () => {
      const lost = await take(store, 'run-1');
      await take(other, 'run-2', 90);
      const late = store.renewLease(lost, { ttlMs: 90_000, now: at(91) });
      await expect(late).rejects.toThrow(StateConflictError);
      await expect(late).rejects.toThrow('the lease was taken over by run run-2; this one may not write any more');
      await store.releaseLease(lost);
      await expect(take(store, 'run-3', 92)).rejects.toThrow('run run-2 holds the lease');
    });

    test('is given again to the same run, whose older handle may not write any more', async () => {
      const stalled = await take(store, 'run-1');
      const resumed = await take(other, 'run-1', 1);
      expect(resumed.fence).toBe(stalled.fence + 1);
      await expect(store.saveFindings(stalled, [recordOf(1)])).rejects.toThrow(StateConflictError);
      await other.saveFindings(resumed, [recordOf(1)]);
    });

    test('goes to one of several that start together', async () => {
      const starts = await Promise.allSettled([take(store, 'run-1'), take(other, 'run-2'), take(store, 'run-3')]);
      const [won, ...rest] = starts.filter(({ status }) => status === 'fulfilled');
      expect(won).toBeDefined();
      expect(rest).toEqual([]);
      for (const start of starts) {
        if (start.status === 'rejected') expect(start.reason).toBeInstanceOf(StateConflictError);
      }
    });

    test('leases of different names do not meet', async () => {
      const audit = await take(store, 'run-1');
      const digest = await other.acquireLease({ name: 'digest', runId: 'run-2', ttlMs: 90_000, now: at(1) });
      await store.saveFindings(audit, [recordOf(1)]);
      await other.saveFindings(digest, [recordOf(2)]);
      expect(await idsOf(store.findings())).toEqual(['f_1', 'f_2']);
    });

    test('a lease that never was lets nobody write', async () => {
      const invented = { name: 'audit', runId: 'run-9', fence: 1, since: at(0) };
      await expect(store.saveFindings(invented, [recordOf(1)])).rejects.toThrow('taken over by run nobody');
    });
  });

  describe('a writer that lost the lease', () => {
    let stale: Lease;
    let lease: Lease;
    beforeEach(async () => {
      stale = await take(store, 'run-1');
      await store.saveFindings(stale, [recordOf(1, { runId: 'run-1' })]);
      lease = await take(other, 'run-2', 90);
    });

    test('cannot overwrite a finding', async () => {
      await other.saveFindings(lease, [recordOf(1, { runId: 'run-2' })]);
      await expect(store.saveFindings(stale, [recordOf(1, { runId: 'late' }), recordOf(2)])).rejects.toThrow(
        StateConflictError,
      );
      expect(await store.finding('f_1')).toMatchObject({ runId: 'run-2' });
      expect(await store.finding('f_2')).toBeUndefined();
    });

    test('leaves neither its run nor its messages', async () => {
      await expect(store.saveRun(stale, runRecord('run-1', 0), [outboxRow('a', 0)])).rejects.toThrow(
        StateConflictError,
      );
      expect(await store.run('run-1')).toBeUndefined();
      expect(await store.runs(10)).toEqual([]);
      expect(await store.outbox()).toEqual([]);
      expect(await store.outboxRow('a')).toBeUndefined();
    });
  });

  describe('findings', () => {
    let lease: Lease;
    beforeEach(async () => {
      lease = await take(store, 'run-1');
    });

    test('come back as they were saved, whatever they hold', async () => {
      const evidence = {
        text: 'ü „quoted“ \u0000 \ud83d\udc33 \ud800 end',
        empty: '',
        none: null,
        list: [],
        map: {},
        large: 2 ** 60,
        tiny: 5e-324,
        negative: -1.5,
        flag: false,
        nested: [[{ deep: [{ deeper: [[[1]]] }] }]],
        "it's; drop table finding --": true,
      };
      const record = recordOf(1, {}, { evidence, saving: null, tags: { '': '', 'aws:x': ' ' } });
      await store.saveFindings(lease, [record]);
      expect(await other.finding('f_1')).toEqual(record);
      expect(await collect(other.findings())).toEqual([record]);
      expect(await other.findingsOfScope(record.scope)).toEqual([record]);
    });

    test('are unknown before they are saved', async () => {
      expect(await store.finding('f_1')).toBeUndefined();
      expect(await store.findingsOfScope('region/111111111111/us-east-1')).toEqual([]);
      expect(await collect(store.findings())).toEqual([]);
    });

    test('are replaced by id; the last of two in one call counts', async () => {
      await store.saveFindings(lease, [recordOf(1), recordOf(2)]);
      await store.saveFindings(lease, [recordOf(1, { state: 'snoozed' }), recordOf(1, { state: 'resolved' })]);
      expect(await idsOf(store.findings())).toEqual(['f_1', 'f_2']);
      expect(await store.finding('f_1')).toMatchObject({ state: 'resolved' });
    });

    test('nothing to save is no error, and asks for no lease', async () => {
      await store.saveFindings({ ...lease, fence: 99 }, []);
    });

    test('are kept apart by scope, also where one name begins another', async () => {
      const scopes = ['region/111111111111/us-east-1', 'region/111111111111/us-east-10', 'global/111111111111/global'];
      await store.saveFindings(
        lease,
        scopes.map((scope, index) => recordOf(index, { scope })),
      );
      for (const [index, scope] of scopes.entries())
        expect((await store.findingsOfScope(scope)).map(({ finding }) => finding.id)).toEqual([`f_${index}`]);
    });

    test('a scope leaves out what was resolved more than a year ago; a listing does not', async () => {
      const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
      await store.saveFindings(lease, [
        recordOf(1, { state: 'resolved', changedAt: daysAgo(366) }),
        recordOf(2, { state: 'resolved', changedAt: daysAgo(364) }),
        recordOf(3, { state: 'open', changedAt: daysAgo(900) }),
      ]);
      const kept = await store.findingsOfScope('region/111111111111/us-east-1');
      expect(kept.map(({ finding }) => finding.id).sort()).toEqual(['f_2', 'f_3']);
      expect(await idsOf(store.findings())).toEqual(['f_1', 'f_2', 'f_3']);
    });

    const saved: FindingRecord[] = [
      recordOf(1, { state: 'open', runId: 'run-1', changedAt: at(10) }),
      recordOf(2, { state: 'resolved', runId: 'run-2', changedAt: at(20) }, { checkId: 'nat-gateway-idle' }),
      recordOf(3, { state: 'exempted', runId: 'run-2', changedAt: at(30), scope: 'global/111111111111/global' }),
      recordOf(
        4,
        { state: 'snoozed', runId: 'run-1', changedAt: at(40), scope: 'region/222222222222/us-east-1' },
        { accountId: '222222222222', checkId: 'nat-gateway-idle' },
      ),
    ];
    test.each([
      [{}, [1, 2, 3, 4]],
      [{ states: ['open'] as const }, [1]],
      [{ states: ['open', 'snoozed'] as const }, [1, 4]],
      [{ states: [] }, []],
      [{ runId: 'run-2' }, [2, 3]],
      [{ runId: 'run' }, []],
      [{ accountId: '111111111111' }, [1, 2, 3]],
      [{ accountId: '222222222222' }, [4]],
      [{ accountId: '333333333333' }, []],
      [{ checkId: 'nat-gateway-idle' }, [2, 4]],
      [{ changedAfter: at(20) }, [3, 4]],
      [{ checkId: 'nat-gateway-idle', accountId: '111111111111', states: ['resolved'] as const }, [2]],
    ])('filtered by %j are %j', async (filter, expected) => {
      await store.saveFindings(lease, saved);
      expect(await idsOf(store.findings(filter))).toEqual(expected.map((number) => `f_${number}`));
    });

    test('are listed over more than one page, each once, and may be stopped half-way', async () => {
      const padding = 'x'.repeat(place.pages.bytes);
      const records = Array.from({ length: place.pages.findings }, (_, number) =>
        recordOf(number, {}, { evidence: { padding } }),
      );
      await store.saveFindings(lease, records);
      const ids = await idsOf(other.findings());
      expect(ids).toEqual(records.map(({ finding }) => finding.id).sort());
      expect((await other.findingsOfScope(records[0]?.scope ?? '')).length).toBe(records.length);
      let seen = 0;
      for await (const _ of other.findings()) {
        seen += 1;
        if (seen === 3) break;
      }
      expect(seen).toBe(3);
    });

    test('may be written while they are listed', async () => {
      await store.saveFindings(
        lease,
        Array.from({ length: 40 }, (_, number) => recordOf(number)),
      );
      for await (const record of store.findings()) await store.saveFindings(lease, [{ ...record, state: 'resolved' }]);
      expect((await collect(store.findings({ states: ['resolved'] }))).length).toBe(40);
    });

    test('may be large, and large together', async () => {
      const evidence = { dump: 'ü'.repeat(150_000) };
      const records = Array.from({ length: 16 }, (_, number) => recordOf(number, {}, { evidence }));
      await store.saveFindings(lease, records);
      expect((await idsOf(store.findings())).length).toBe(16);
      expect(await store.finding('f_7')).toEqual(records[7]);
    });

    test('scopes may be saved side by side, as a run does', async () => {
      const scopes = Array.from({ length: 20 }, (_, number) => `region/111111111111/region-${number}`);
      await Promise.all(scopes.map((scope, number) => store.saveFindings(lease, [recordOf(number, { scope })])));
      expect((await idsOf(store.findings())).length).toBe(20);
    });
  });

  describe('runs', () => {
    let lease: Lease;
    beforeEach(async () => {
      lease = await take(store, 'run-1');
    });

    test('are found by id and listed newest first', async () => {
      for (const [id, seconds] of [
        ['b', 20],
        ['a', 10],
        ['c', 30],
      ] as const)
        await store.saveRun(lease, runRecord(id, seconds), []);
      expect(await other.run('a')).toEqual(runRecord('a', 10));
      expect(await other.run('z')).toBeUndefined();
      expect((await other.runs(10)).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
      expect((await other.runs(2)).map(({ id }) => id)).toEqual(['c', 'b']);
    });

    test('a run that was started again under its id is there once', async () => {
      await store.saveRun(lease, runRecord('a', 10), []);
      await store.saveRun(lease, { ...runRecord('a', 50), status: 'partial' }, []);
      expect(await store.runs(10)).toEqual([{ ...runRecord('a', 50), status: 'partial' }]);
      expect(await store.run('a')).toMatchObject({ startedAt: at(50) });
    });

    test('come with their messages in one step', async () => {
      await store.saveRun(lease, runRecord('a', 10), [outboxRow('one', 1), outboxRow('two', 2)]);
      expect(await other.outboxRow('one')).toEqual(outboxRow('one', 1));
      expect((await other.outbox()).map(({ key }) => key)).toEqual(['two', 'one']);
    });

    test('with more gaps than anybody reads are kept all the same', async () => {
      const run = runRecord('a', 10);
      const gap = { accountId: '111111111111', region: 'us-east-1', kind: 'ec2.vpc', reason: 'denied' } as const;
      const gaps = Array.from({ length: 5000 }, (_, number) => ({
        ...gap,
        iamAction: 'ec2:DescribeVpcs',
        checks: ['vpc-missing-s3-gateway-endpoint'],
        message: `„denied“ in account ${number}`,
      }));
      await store.saveRun(lease, { ...run, coverage: { ...run.coverage, gaps } }, []);
      const kept = await store.run('a');
      expect(kept).toMatchObject({ id: 'a', totals: run.totals });
      expect(kept?.coverage.gaps.length).toBeGreaterThan(100);
      expect(kept?.coverage.gaps).toEqual(gaps.slice(0, kept?.coverage.gaps.length));
    });

    test('many large ones are listed as far as asked', async () => {
      const run = runRecord('a', 0);
      const failedChecks = Array.from({ length: 1000 }, () => ({
        checkId: 'x',
        scope: 'y',
        message: 'z'.repeat(300),
      }));
      for (let number = 0; number < 6; number += 1)
        await store.saveRun(
          lease,
          { ...run, id: `run-${number}`, startedAt: at(number), coverage: { ...run.coverage, failedChecks } },
          [],
        );
      expect((await store.runs(5)).map(({ id }) => id)).toEqual(['run-5', 'run-4', 'run-3', 'run-2', 'run-1']);
    });
  });

  describe('the outbox', () => {
    beforeEach(async () => {
      const lease = await take(store, 'run-1');
      await store.saveRun(lease, runRecord('a', 10), [
        outboxRow('B', 3, { state: 'failed' }),
        outboxRow('a', 3, { destination: '#payments' }),
        outboxRow('c', 1, { state: 'sent' }),
        outboxRow('d', 2, { sink: 'webhook' }),
      ]);
    });

    test.each([
      [undefined, ['B', 'a', 'd', 'c']],
      [{ sink: 'webhook' }, ['d']],
      [{ destination: '#payments' }, ['a']],
      [{ states: ['failed', 'sent'] as const }, ['B', 'c']],
      [{ states: [] }, []],
      [{ limit: 2 }, ['B', 'a']],
      [{ sink: 'slack', states: ['pending'] as const, limit: 5 }, ['a']],
    ])('asked for %j gives %j, newest first', async (filter, expected) => {
      expect((await other.outbox(filter)).map(({ key }) => key)).toEqual(expected);
    });

    test('a row is replaced whole by its key', async () => {
      const sent = outboxRow('a', 3, { state: 'sent', remote: { channel: 'C1', ts: '1.2' }, rev: 2, attempts: 1 });
      await other.updateOutbox(sent);
      expect(await store.outboxRow('a')).toEqual(sent);
      expect((await store.outbox()).length).toBe(4);
    });

    test('a row nobody knows is undefined', async () => {
      expect(await store.outboxRow('nothing')).toBeUndefined();
    });
  });

  describe('values', () => {
    test('are kept with their time, and replaced', async () => {
      expect(await store.value('plan/full-visit')).toBeUndefined();
      await store.putValue('plan/full-visit', { a: [1, null, 'x', {}] }, at(1));
      expect(await other.value('plan/full-visit')).toEqual({ value: { a: [1, null, 'x', {}] }, at: at(1) });
      for (const [index, value] of [true, null, 0, '', [], 2 ** 60, 'ü'.repeat(300_000), 'x'].entries()) {
        await store.putValue('plan/full-visit', value, at(index));
        expect(await other.value('plan/full-visit')).toEqual({ value, at: at(index) });
      }
    });

    test('of a run are refused when its lease was taken over', async () => {
      const stale = await take(store, 'run-1');
      await store.putValue('run/account/1', { done: 'x'.repeat(300_000) }, at(1), stale);
      const lease = await take(other, 'run-2', 100);
      await expect(store.putValue('run/account/1', 'late', at(2), stale)).rejects.toThrow(StateConflictError);
      expect(await other.value('run/account/1')).toEqual({ value: { done: 'x'.repeat(300_000) }, at: at(1) });
      await other.putValue('run/account/1', 'new', at(3), lease);
      expect(await store.value('run/account/1')).toEqual({ value: 'new', at: at(3) });
    });
  });

  describe('bytes', () => {
    /** Not the same everywhere, so that a part in the wrong place is seen. */
    const bytesOf = (length: number, seed: number): Uint8Array =>
      Uint8Array.from({ length }, (_, index) => (index * 7 + seed * 31 + (index >> 8)) % 256);

    test.each([0, 1, 350_000, 350_001, 1_200_000])('%i of them come back as they were put', async (length) => {
      await store.putBytes('bill/111111111111', bytesOf(length, 1), at(1));
      const found = await other.bytes('bill/111111111111');
      expect(Buffer.from(found ?? []).equals(bytesOf(length, 1))).toBe(true);
      expect(found?.length).toBe(length);
    });

    test('that nobody put are undefined, and keys are kept apart', async () => {
      expect(await store.bytes('bill/index')).toBeUndefined();
      await store.putBytes('bill/index', bytesOf(3, 1), at(1));
      expect(await store.bytes('bill/index/0')).toBeUndefined();
      expect(await store.value('bill/index')).toBeUndefined();
    });

    test('are replaced by more and by fewer', async () => {
      for (const [seed, length] of [800_000, 10, 400_000, 0, 900_000].entries()) {
        await store.putBytes('bill/x', bytesOf(length, seed), at(seed));
        expect(Buffer.from((await other.bytes('bill/x')) ?? [1]).equals(bytesOf(length, seed))).toBe(true);
      }
    });

    test('read while they are written are the old ones or the new ones', async () => {
      await store.putBytes('bill/x', bytesOf(750_000, 0), at(0));
      const known = new Set(
        Array.from({ length: 7 }, (_, seed) => Buffer.from(bytesOf(750_000, seed)).toString('hex')),
      );
      let isWriting = true;
      const write = async (): Promise<void> => {
        for (let seed = 1; seed < 7; seed += 1) await store.putBytes('bill/x', bytesOf(750_000, seed), at(seed));
        isWriting = false;
      };
      const read = async (): Promise<void> => {
        while (isWriting) {
          expect(known.has(Buffer.from((await other.bytes('bill/x')) ?? []).toString('hex'))).toBe(true);
          await sleep(0);
        }
      };
      await Promise.all([write(), read()]);
    });

    test('of a run are refused when its lease was taken over', async () => {
      const stale = await take(store, 'run-1');
      await store.putBytes('bill/x', bytesOf(500_000, 1), at(1), stale);
      const lease = await take(other, 'run-2', 100);
      await expect(store.putBytes('bill/x', bytesOf(500_000, 2), at(2), stale)).rejects.toThrow(StateConflictError);
      expect(Buffer.from((await other.bytes('bill/x')) ?? []).equals(bytesOf(500_000, 1))).toBe(true);
      await other.putBytes('bill/x', bytesOf(20, 3), at(3), lease);
      expect(Buffer.from((await store.bytes('bill/x')) ?? []).equals(bytesOf(20, 3))).toBe(true);
    });
  });

  test('two processes may write for a while without losing anything', async () => {
    const lease = await take(store, 'run-1');
    const write = async (by: StateStore, from: number): Promise<void> => {
      for (let number = from; number < from + 15; number += 1) {
        await by.saveFindings(lease, [recordOf(number)]);
        await by.updateOutbox(outboxRow(`row-${number}`, number));
        await sleep(0);
      }
    };
    await Promise.all([write(store, 0), write(other, 100)]);
    expect((await idsOf(store.findings())).length).toBe(30);
    expect((await other.outbox()).length).toBe(30);
  });

  test('any sequence of operations answers as a few maps would', async () => {
    await fc.assert(
      fc.asyncProperty(operations, async (given) => {
        const fresh = await makePlace();
        const real = fresh.open();
        try {
          expect(await answersOf(real, given)).toEqual(await answersOf(createModel(), given));
        } finally {
          await real.close();
          await fresh.remove();
        }
      }),
      { numRuns: place.sequences },
    );
  });
}
