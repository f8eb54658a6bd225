/** What the state remembers, shown and decided upon, without AWS. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  acknowledgeFinding,
  exemptFinding,
  listFindings,
  showFinding,
  snoozeFinding,
} from '../../src/commands/findings.ts';
import type { FindingRecord } from '../../src/model/change.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import { openSqliteStore } from '../../src/state/sqlite-store.ts';
import { change } from '../notify/digests.ts';
import { saving } from '../support/findings.ts';
import { type Written, written } from './in-process.ts';

const at = '2026-11-20T06:00:00.000Z';
const far = '2999-12-31';
let directory: string;
let config: string;

const cheap = change('opened', at, {
  resourceId: 'eip-1',
  checkId: 'public-ipv4-idle-or-excess',
  saving: saving(3.65),
});
const dear = change('opened', at, { resourceId: 'vpc-1', saving: saving(1350), accountName: 'evil\u001b[2J' });
const elsewhere = change('opened', at, { resourceId: 'vpc-2', accountId: '222222222222', saving: null });
const over = change('resolved', at, { resourceId: 'vpc-3', reason: 'no longer found' });

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'costwarden-findings-'));
  config = join(directory, 'c.yaml');
  writeFileSync(config, `state: { file: ${join(directory, 'f.db')} }\n`);
  await withStore(async (store) => {
    const lease = await store.acquireLease({ name: 'audit', runId: 'run-1', ttlMs: 60_000, now: at });
    await store.saveFindings(lease, [cheap, dear, elsewhere, over]);
    await store.releaseLease(lease);
  });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function withStore<T>(use: (store: ReturnType<typeof openSqliteStore>) => Promise<T>): Promise<T> {
  const store = openSqliteStore(join(directory, 'f.db'));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function stored(id: string): Promise<FindingRecord> {
  const record = await withStore((store) => store.finding(id));
  if (record === undefined) throw new Error(`${id} is gone`);
  return record;
}

async function output(work: (io: Written['context']) => Promise<number>): Promise<string> {
  const io = written({ USER: 'ann' });
  expect(await work(io.context)).toBe(0);
  expect(io.stderr()).toBe('');
  return io.stdout();
}

describe('list', () => {
  const list = (options: Partial<Parameters<typeof listFindings>[0]> = {}) =>
    output((io) => listFindings({ config, state: 'open', format: 'json', ...options }, io));
  const idsOf = async (options: Partial<Parameters<typeof listFindings>[0]>) =>
    JSON.parse(await list(options)).map(({ id }: { id: string }) => id);

  test('shows open findings by worth', async () => {
    expect(await idsOf({})).toEqual([dear, elsewhere, cheap].map(({ finding }) => finding.id).sort(byOrder([dear])));
    const table = await list({ format: 'table' });
    expect(table).toMatch(/\$1,350.*unpriced/s);
    expect(table).toContain('evil\ufffd[2J');
    expect(table).not.toContain('\u001b');
  });

  test.each([
    [{ state: 'resolved' as const }, [over]],
    [{ state: 'snoozed' as const }, []],
    [{ account: '222222222222' }, [elsewhere]],
    [{ check: 'public-ipv4-idle-or-excess' }, [cheap]],
  ])('%j limits it', async (options, expected) => {
    expect(await idsOf(options)).toEqual(expected.map(({ finding }) => finding.id));
  });

  test('all states as NDJSON, one a line', async () => {
    const lines = (await list({ state: 'all', format: 'ndjson' })).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toHaveLength(4);
  });

  test('nothing is said as such', async () => {
    expect(await list({ state: 'exempted', format: 'table' })).toBe('no findings\n');
  });

  function byOrder(first: FindingRecord[]) {
    const place = (id: string) => (first.some(({ finding }) => finding.id === id) ? 0 : 1);
    const severity = (id: string) => (id === elsewhere.finding.id ? 1 : 0);
    return (a: string, b: string) => place(a) - place(b) || severity(a) - severity(b);
  }
});

describe('show', () => {
  test('has arithmetic, evidence and history', async () => {
    const text = await output((io) => showFinding(dear.finding.id, { config, format: 'table' }, io));
    expect(text).toContain('saving:   $1,350 a month ($1,350 to $1,350), measured\n');
    expect(text).toContain(
      '          30,000 GB x $0.045 = $1,350  nat-gateway.data-processed, shipped price of 2026-09-10\n',
    );
    expect(text).toContain('evidence: {"vpcId":"vpc-1"}\n');
    expect(text).toContain(`history:\n  ${at}  opened\n`);
    expect(text).not.toContain('\u001b');
  });

  test('as JSON it is the finding of an audit with its history', async () => {
    const shown = JSON.parse(await output((io) => showFinding(dear.finding.id, { config, format: 'json' }, io)));
    expect(shown).toMatchObject({ id: dear.finding.id, saving: { monthlyUsd: 1350 }, acknowledgedBy: null });
    expect(shown.history).toEqual([{ at, change: 'opened', reason: null }]);
  });

  test('an unknown id says where to look', async () => {
    await expect(showFinding('f_nothing', { config, format: 'table' }, written().context)).rejects.toThrow(
      'f_nothing: no such finding in the state; see costwarden findings list --state all',
    );
  });
});

describe('decisions', () => {
  const { id } = dear.finding;

  /** What the next audit makes of it. */
  async function nextRun(now: string): Promise<FindingRecord | undefined> {
    const [after] = reconcile({
      scope: dear.scope,
      previous: [await stored(id)],
      findings: [dear.finding],
      covered: new Set([dear.finding.checkId]),
      unseen: new Map(),
      enabled: new Set([dear.finding.checkId]),
      exemptions: [],
      runId: 'run-2',
      now,
    });
    return after;
  }

  test('exempt holds until the end of its last day, with reason and name', async () => {
    const text = await output((io) => exemptFinding(id, { config, reason: 'moves in January', until: far }, io));
    expect(text).toContain(`exempted (moves in January (ann, until ${far}))`);
    const after = await stored(id);
    expect(after).toMatchObject({ state: 'exempted', change: 'exempted', until: far });
    expect(after.history.map(({ change: kind }) => kind)).toEqual(['opened', 'exempted']);
    expect(await nextRun('2999-12-31T23:00:00.000Z')).toMatchObject({ state: 'exempted' });
    expect(await nextRun('3000-01-01T00:00:00.000Z')).toMatchObject({
      state: 'open',
      change: 'reopened',
      reason: 'exemption ended',
    });
  });

  test('snooze holds until the end of its last day', async () => {
    await output((io) => snoozeFinding(id, { config, until: far, by: 'bob' }, io));
    expect(await stored(id)).toMatchObject({ state: 'snoozed', until: far, reason: `snoozed by bob until ${far}` });
    expect(await nextRun('2999-12-31T23:00:00.000Z')).toMatchObject({ state: 'snoozed' });
    expect(await nextRun('3000-01-01T00:00:00.000Z')).toMatchObject({ state: 'open', reason: 'snooze ended' });
  });

  test('ack names who looks after it, and it stays open', async () => {
    expect(await output((io) => acknowledgeFinding(id, { config }, io))).toContain('ack:      ann\n');
    expect(await stored(id)).toEqual({ ...dear, acknowledgedBy: 'ann' });
    expect(await nextRun('2026-11-25T06:00:00.000Z')).toMatchObject({ state: 'open', acknowledgedBy: 'ann' });
  });

  test.each([
    [
      'no reason',
      () => exemptFinding(id, { config, reason: ' ', until: far }, written({ USER: 'ann' }).context),
      /^--reason: /,
    ],
    [
      'a day that is none',
      () => snoozeFinding(id, { config, until: '2026-02-30' }, written({ USER: 'ann' }).context),
      /^--until: 2026-02-30: a day is written/,
    ],
    [
      'a day that has passed',
      () => snoozeFinding(id, { config, until: '2020-01-01' }, written({ USER: 'ann' }).context),
      /^--until: 2020-01-01 has passed/,
    ],
    ['nobody', () => acknowledgeFinding(id, { config }, written().context), /^--by: say who decides this/],
    [
      'an unknown id',
      () => acknowledgeFinding('f_no', { config, by: 'ann' }, written().context),
      /^f_no: no such finding/,
    ],
    [
      'a resolved one',
      () => acknowledgeFinding(over.finding.id, { config, by: 'ann' }, written().context),
      /is resolved already \(no longer found\)/,
    ],
  ])('%s is refused and changes nothing', async (_, decide, expected) => {
    await expect(async () => decide()).rejects.toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(expected) }),
    );
    expect(await stored(id)).toEqual(dear);
  });

  test('while an audit runs, nothing is decided', async () => {
    await withStore((store) =>
      store.acquireLease({ name: 'audit', runId: 'run-9', ttlMs: 60_000, now: new Date().toISOString() }),
    );
    await expect(acknowledgeFinding(id, { config, by: 'ann' }, written().context)).rejects.toThrow(
      /run run-9 holds the lease/,
    );
  });
});
