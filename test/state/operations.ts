/** Random operations on a state store, for comparing a real one with the model. */
import fc from 'fast-check';
import { StateConflictError, StateError } from '../../src/errors.ts';
import type { Json } from '../../src/model/finding.ts';
import type { FindingFilter, Lease, OutboxRow, StateStore } from '../../src/state/state-store.ts';
import { at, collect, outboxRow, recordOf, runRecord } from './records.ts';

/** Leases are named by the order in which they were given; a number too high means the last one. */
type Handles = { readonly all: Lease[]; now: number };
type Operation = {
  readonly name: string;
  readonly apply: (store: StateStore, handles: Handles) => Promise<unknown>;
};

const scopes = [
  { scope: 'region/111111111111/us-east-1', accountId: '111111111111' },
  { scope: 'region/111111111111/eu-west-1', accountId: '111111111111' },
  { scope: 'global/222222222222/global', accountId: '222222222222' },
] as const;
const runIds = fc.constantFrom('run-1', 'run-2', 'run-3');
const names = fc.constantFrom('audit', 'digest');
const checkIds = fc.constantFrom('check-a', 'check-b');
const states = fc.constantFrom('open', 'exempted', 'snoozed', 'resolved');
const outboxStates = fc.constantFrom('pending', 'sending', 'sent', 'failed');
const time = fc.integer({ min: 0, max: 5 }).map(at);
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 2 });

const records = fc
  .record({
    place: fc.integer({ min: 0, max: scopes.length - 1 }),
    number: fc.integer({ min: 0, max: 3 }),
    state: states,
    runId: runIds,
    checkId: checkIds,
    changedAt: time,
    evidence: fc.jsonValue({ maxDepth: 3 }),
  })
  .map(({ place, number, state, runId, checkId, changedAt, evidence }) => {
    const { scope, accountId } = scopes[place] ?? scopes[0];
    const about = { accountId, checkId, evidence: { any: evidence as Json } };
    return recordOf(10 * place + number, { scope, state, runId, changedAt }, about);
  });
const rows: fc.Arbitrary<OutboxRow> = fc
  .record({
    key: fc.constantFrom('a', 'B', 'c', 'd-1', 'd_2'),
    seconds: fc.integer({ min: 0, max: 3 }),
    state: outboxStates,
    sink: fc.constantFrom('slack', 'webhook'),
    destination: fc.constantFrom('#one', '#two'),
    payload: fc.jsonValue({ maxDepth: 2 }),
  })
  .map(({ key, seconds, ...row }) => outboxRow(key, seconds, row));
const runs = fc
  .record({ id: runIds, seconds: fc.integer({ min: 0, max: 3 }) })
  .map(({ id, seconds }) => runRecord(id, seconds));

const writes: fc.Arbitrary<Operation>[] = [
  fc.record({ name: names, runId: runIds, ttlMs: fc.integer({ min: 0, max: 4000 }) }).map((request) => ({
    name: `acquire ${JSON.stringify(request)}`,
    apply: async (store, handles) => {
      const lease = await store.acquireLease({ ...request, now: at(handles.now) });
      handles.all.push(lease);
      return lease;
    },
  })),
  fc.integer({ min: 1, max: 3 }).map((seconds) => ({
    name: `wait ${seconds}`,
    apply: async (_, handles) => {
      handles.now += seconds;
    },
  })),
  withLease('renew', fc.integer({ min: 0, max: 4000 }), (store, lease, ttlMs, now) =>
    store.renewLease(lease, { ttlMs, now }),
  ),
  withLease('release', fc.constant(null), (store, lease) => store.releaseLease(lease)),
  withLease('save findings', fc.array(records, { maxLength: 5 }), (store, lease, given) =>
    store.saveFindings(lease, given),
  ),
  withLease(
    'save run',
    fc.record({ run: runs, outbox: fc.uniqueArray(rows, { selector: ({ key }) => key, maxLength: 3 }) }),
    (store, lease, { run, outbox }) => store.saveRun(lease, run, outbox),
  ),
  rows.map((row) => ({ name: `update ${row.key}`, apply: (store) => store.updateOutbox(row) })),
  fc.record({ key: fc.constantFrom('x', 'y'), value: fc.jsonValue({ maxDepth: 2 }), at: time }).map((given) => ({
    name: `put ${JSON.stringify(given)}`,
    apply: (store) => store.putValue(given.key, given.value, given.at),
  })),
  withLease(
    'put bytes',
    fc.record({ key: fc.constantFrom('x', 'y'), bytes: fc.uint8Array({ maxLength: 5 }) }),
    (store, lease, { key, bytes }, now) => store.putBytes(key, bytes, now, lease),
  ),
];

const filters = fc.record({
  states: optional(fc.array(states, { maxLength: 3 })),
  runId: optional(runIds),
  accountId: optional(fc.constantFrom('111111111111', '222222222222', '333333333333')),
  checkId: optional(checkIds),
  changedAfter: optional(time),
});
const outboxFilters = fc.record({
  sink: optional(fc.constantFrom('slack', 'webhook')),
  destination: optional(fc.constantFrom('#one', '#two')),
  states: optional(fc.array(outboxStates, { maxLength: 2 })),
  limit: optional(fc.integer({ min: 0, max: 3 })),
});

const reads: fc.Arbitrary<Operation>[] = [
  filters.map((filter) => ({
    name: `list ${JSON.stringify(filter)}`,
    apply: async (store) => byId(await collect(store.findings(given(filter) as FindingFilter))),
  })),
  fc.constantFrom(...scopes).map(({ scope }) => ({
    name: `scope ${scope}`,
    apply: async (store) => byId(await store.findingsOfScope(scope)),
  })),
  fc.integer({ min: 0, max: 23 }).map((number) => ({
    name: `finding ${number}`,
    apply: (store) => store.finding(`f_${number}`),
  })),
  runIds.map((id) => ({ name: `run ${id}`, apply: (store) => store.run(id) })),
  fc.integer({ min: 1, max: 4 }).map((limit) => ({ name: `runs ${limit}`, apply: (store) => store.runs(limit) })),
  outboxFilters.map((filter) => ({
    name: `outbox ${JSON.stringify(filter)}`,
    apply: (store) => store.outbox(given(filter) as Parameters<StateStore['outbox']>[0]),
  })),
  fc.constantFrom('a', 'B', 'd-1').map((key) => ({ name: `row ${key}`, apply: (store) => store.outboxRow(key) })),
  fc.constantFrom('x', 'y').map((key) => ({ name: `value ${key}`, apply: (store) => store.value(key) })),
  fc.constantFrom('x', 'y').map((key) => ({
    name: `bytes ${key}`,
    apply: async (store) => {
      const found = await store.bytes(key);
      return found === undefined ? null : [...found];
    },
  })),
];

/** A run takes a lease first, as a rule. */
export const operations: fc.Arbitrary<Operation[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.oneof(...writes) }, { weight: 2, arbitrary: fc.oneof(...reads) }),
  { minLength: 5, maxLength: 40 },
);

/** What every operation answered, an expected refusal as its words. JSON, since that is all a store keeps. */
export async function answersOf(store: StateStore, given: readonly Operation[]): Promise<string[]> {
  const handles: Handles = { all: [], now: 0 };
  const answers: string[] = [];
  for (const { name, apply } of given) {
    try {
      answers.push(`${name}: ${JSON.stringify(await apply(store, handles))}`);
    } catch (error) {
      if (!(error instanceof StateConflictError) && !(error instanceof StateError)) throw error;
      answers.push(`${name}: ${error.name}: ${error.message}`);
    }
  }
  return answers;
}

function withLease<T>(
  name: string,
  values: fc.Arbitrary<T>,
  apply: (store: StateStore, lease: Lease, value: T, now: string) => Promise<unknown>,
): fc.Arbitrary<Operation> {
  return fc.record({ index: fc.integer({ min: 0, max: 5 }), value: values }).map(({ index, value }) => ({
    name: `${name} with lease ${index}`,
    apply: async (store, handles) => {
      const lease = handles.all[index] ?? handles.all.at(-1);
      if (lease !== undefined) await apply(store, lease, value, at(handles.now));
    },
  }));
}

/** Without the keys that are undefined: a filter leaves out what it does not ask for. */
function given(filter: object): object {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function byId<T extends { finding: { id: string } }>(found: readonly T[]): T[] {
  return [...found].sort((a, b) => (a.finding.id < b.finding.id ? -1 : 1));
}
