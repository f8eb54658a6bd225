/** Athena on the wire: the simulated bill by a query, whole or with a reason, and never more of it than is allowed. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { isLostPage } from '../../../src/aws/errors.ts';
import type { AccountSession, Sessions } from '../../../src/aws/session.ts';
import { type AthenaQuestion, type AthenaSettings, queryAthena } from '../../../src/collect/exports/athena.ts';
import { reconcileSources } from '../../../src/collect/exports/reconcile.ts';
import { CollectError } from '../../../src/errors.ts';
import type { BillLine } from '../../../src/model/bill.ts';
import { billOf } from '../../../src/simulator/bill.ts';
import { type Generated, generateWorld } from '../../../src/simulator/generate.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts';
import { failureOf, openSessions } from '../../support/sessions.ts';
import { linesOf } from './sample-exports.ts';

const now = '2026-11-24T06:00:00.000Z';
const days = { from: '2026-11-01', to: '2026-11-24' };
const settings: AthenaSettings = {
  database: 'billing',
  table: 'cur2',
  workgroup: 'billing',
  region: 'us-east-1',
  format: 'cur2',
  maxScannedGb: 10,
};

let generated: Generated;
beforeAll(() => {
  generated = generateWorld({ seed: 3, accounts: 8, now, story: false });
});

type Bench = { readonly simulator: Simulator; readonly sessions: Sessions; readonly session: AccountSession };

async function open(options: { signal?: AbortSignal; maxUsd?: number } = {}): Promise<Bench> {
  const { world } = generated;
  const simulator = await startSimulator({ world: freshWorld(), now: () => Date.parse(now), sessionNow: Date.now });
  onTestFinished(() => simulator.close());
  const credentials = async () => ({ accessKeyId: world.baseAccessKeyId, secretAccessKey: 'simulated' });
  const sessions = openSessions(simulator.url, { credentials, ...options });
  return { simulator, sessions, session: sessions.hub(world.managementAccountId) };
}

/** Athena remembers queries; every test has one of its own. */
function freshWorld() {
  return generateWorld({ seed: 3, accounts: 8, now, story: false }).world;
}

const ask = ({ session }: Bench, change: Partial<AthenaSettings> = {}, question: Partial<AthenaQuestion> = {}) =>
  linesOf(queryAthena(session, { ...settings, ...change }, { ...days, pollMs: 1, ...question }));
const truth = (): Promise<BillLine[]> => {
  const lines = [...billOf(generated.world.ledger(), days.from, days.to)].filter(({ usd }) => usd !== 0);
  async function* all() {
    for (const line of lines) yield line.recordType === 'Usage' ? line : { ...line, quantity: Number.NaN };
  }
  return linesOf(all());
};
const states = ({ simulator }: Bench) =>
  simulator.journal.entries.filter(({ service }) => service === 'athena').map(({ operation }) => operation);

describe('the bill', () => {
  test.each(['cur2', 'focus'] as const)('from a %s table is the one that Cost Explorer has', async (format) => {
    const bench = await open();
    const lines = await ask(bench, { table: format, format });
    expect(lines).toEqual(await truth());
    expect((await reconcileSources(lines, await truth())).filter(({ disagrees }) => disagrees)).toEqual([]);
  });

  test('comes in pages that are joined', async () => {
    const bench = await open();
    const lines = await ask(bench);
    expect(lines.length).toBeGreaterThan(1000);
    expect(bench.simulator.journal.count({ operation: 'GetQueryResults' })).toBe(Math.ceil((lines.length + 1) / 1000));
  });

  test('of no days is empty and asks nothing', async () => {
    const bench = await open();
    expect(await ask(bench, {}, { from: '2026-11-03', to: '2026-11-03' })).toEqual([]);
    expect(states(bench)).toEqual([]);
  });

  test('is asked for once: the same run gets the same query, another run the earlier answer', async () => {
    const bench = await open();
    const scanned: number[] = [];
    const question = { run: 'run-1', scanned: (bytes: number) => void scanned.push(bytes) };
    await ask(bench, {}, question);
    const usd = bench.sessions.meter.snapshot().usd;
    await ask(bench, {}, question);
    await ask(bench, {}, { ...question, run: 'run-2' });
    expect(scanned[0]).toBeGreaterThan(1e6);
    expect(scanned).toEqual([scanned[0], scanned[0], 0]);
    // 10 MB at least, at $5 per TB.
    expect(usd).toBeCloseTo((10 * 2 ** 20 * 5) / 2 ** 40, 12);
    expect(bench.sessions.meter.snapshot().usd).toBe(usd);
  });
});

describe('one sentence says why there is no bill', () => {
  const reasonFor = async (
    bench: Bench,
    change: Partial<AthenaSettings> = {},
    question: Partial<AthenaQuestion> = {},
  ) => {
    const failure = await failureOf(ask(bench, change, question));
    expect(failure).toBeInstanceOf(CollectError);
    const { reason, iamAction, message } = failure as CollectError;
    return { reason, iamAction, message };
  };

  test.each([
    [
      'a table that is not there',
      { table: 'cur' },
      'not-enabled',
      /no table billing\.cur in us-east-1: check billing\.athena/,
    ],
    [
      'no place for results',
      { workgroup: 'primary' },
      'not-enabled',
      /no place for results: set billing\.athena\.outputLocation/,
    ],
    ['no such workgroup', { workgroup: 'finance' }, 'not-enabled', /no usable workgroup finance in us-east-1/],
    [
      'files that may not be read',
      { table: 'cur2_unreadable' },
      'denied',
      /may not read billing\.cur2_unreadable: let the role/,
    ],
    [
      'the limit of the workgroup',
      { workgroup: 'limited' },
      'own-budget',
      /workgroup limited ended the query at its limit/,
    ],
    [
      'columns of the other format',
      { table: 'focus' },
      'unexpected',
      /billing\.focus has no column line_item_usage_start_date/,
    ],
  ] as const)('%s', async (_, change, reason, message) => {
    expect(await reasonFor(await open(), change)).toMatchObject({ reason, message: expect.stringMatching(message) });
  });

  test.each([
    'athena:GetTableMetadata',
    'athena:StartQueryExecution',
    'athena:GetQueryExecution',
    'athena:GetQueryResults',
  ])('a role without %s', async (iamAction) => {
    const bench = await open();
    bench.simulator.faults.add({ kind: 'denied', service: 'athena', operation: iamAction.slice('athena:'.length) });
    const failure = await reasonFor(bench);
    expect(failure).toMatchObject({ reason: 'denied', iamAction });
    expect(failure.message).toContain(iamAction);
  });

  test('the second page is refused: nothing of it passes for the whole', async () => {
    const bench = await open();
    bench.simulator.faults.add({ kind: 'denied', operation: 'GetQueryResults', page: 'later' });
    expect(await reasonFor(bench)).toMatchObject({ reason: 'denied', iamAction: 'athena:GetQueryResults' });
  });

  test('the token of the second page is refused: left to be read again from the start', async () => {
    const bench = await open();
    bench.simulator.faults.add({ kind: 'bad-page-token', operation: 'GetQueryResults', calls: [1] });
    expect(isLostPage(await failureOf(ask(bench)))).toBe(true);
    expect(await ask(bench)).toEqual(await truth());
    expect(bench.simulator.journal.count({ operation: 'StartQueryExecution' })).toBe(2);
  });

  test('a query that would read too much is not made', async () => {
    const bench = await open();
    const { reason, message } = await reasonFor(bench, { maxScannedGb: 0.000_01 });
    expect(reason).toBe('own-budget');
    expect(message).toMatch(
      /would read about 0\.\d+ GB and may read 0\.00001: not asked; raise billing\.athena\.maxScannedGb/,
    );
    expect(states(bench)).toEqual(['GetTableMetadata']);
  });

  test('a query that reads more than was foreseen is stopped', async () => {
    const bench = await open();
    // Nobody has noted the size of this one.
    const { reason, message } = await reasonFor(bench, { table: 'focus', format: 'focus', maxScannedGb: 0.000_01 });
    expect(reason).toBe('own-budget');
    expect(message).toMatch(/had read 0\.\d+ GB and may read 0\.00001: stopped/);
    expect(states(bench).at(-1)).toBe('StopQueryExecution');
  });

  test('a query that does not end in time is stopped', async () => {
    const bench = await open();
    expect(await reasonFor(bench, {}, { deadlineMs: 0 })).toMatchObject({ reason: 'timeout' });
    expect(states(bench).at(-1)).toBe('StopQueryExecution');
  });

  test('the own budget is used up: no query is made', async () => {
    const bench = await open({ maxUsd: 0.000_001 });
    expect(await reasonFor(bench)).toMatchObject({ reason: 'own-budget' });
    expect(states(bench)).toEqual(['GetTableMetadata']);
  });
});

describe('a query that nobody waits for any more is stopped', () => {
  const untilRunning = async ({ simulator }: Bench): Promise<void> => {
    while (simulator.journal.count({ operation: 'GetQueryExecution' }) < 1)
      await new Promise((go) => setTimeout(go, 5));
  };

  test('when the run is ended, although nothing else is asked then', async () => {
    const run = new AbortController();
    const bench = await open({ signal: run.signal });
    const asking = failureOf(ask(bench, {}, { pollMs: 100 }));
    await untilRunning(bench);
    run.abort(new Error('SIGTERM'));
    await asking;
    expect(states(bench).at(-1)).toBe('StopQueryExecution');
  });

  test('when the caller gives it up', async () => {
    const caller = new AbortController();
    const bench = await open();
    const asking = failureOf(ask(bench, {}, { pollMs: 60_000, signal: caller.signal }));
    await untilRunning(bench);
    caller.abort(new Error('given up'));
    await asking;
    expect(states(bench).at(-1)).toBe('StopQueryExecution');
  });

  test('and where that is refused, it is said that it may go on', async () => {
    const bench = await open();
    bench.simulator.faults.add({ kind: 'denied', operation: 'StopQueryExecution' });
    const failure = await failureOf(ask(bench, {}, { deadlineMs: 0 }));
    expect(failure.message).toMatch(
      /given up but could not be stopped \(.*athena:StopQueryExecution.*\): it may still be running/,
    );
  });
});
