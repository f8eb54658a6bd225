/**
 * State in one DynamoDB table, for tasks whose disk does not last. Keys: `pk` and `sk`, both strings; TTL attribute: `ttl`.
 *
 *   pk                     sk          item
 *   LEASE#<name>           LEASE       who holds it, fence, expiry
 *   SCOPE#<scope>          <finding>   finding record
 *   SCOPES                 <scope>     scopes that have findings, so that all can be read without an index, consistently
 *   FINDING#<id>           POINTER     scope of a finding
 *   RUN                    <startedAt>#<id>
 *   RUN#<id>               POINTER     start of a run
 *   OUTBOX                 <key>
 *   VALUE#<key>            VALUE       a value; what does not fit goes on in VALUE#1, VALUE#2, …
 *   BYTES#<key>            HEAD        bytes, or how many parts of which generation they are in: see dynamodb-bytes.ts
 *
 * What is kept is JSON text, as in SQLite: DynamoDB's own numbers and maps have limits that our records do not.
 * Writes that belong to a run are transactions with a condition on the lease's fence.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import pLimit from 'p-limit';
import { StateConflictError, StateError } from '../errors.ts';
import type { FindingRecord } from '../model/change.ts';
import type { RunRecord } from '../model/run.ts';
import { dynamoBytes } from './dynamodb-bytes.ts';
import { heldBy, takenOver } from './lease-errors.ts';
import type { FindingFilter, Lease, OutboxRow, StateStore } from './state-store.ts';

/** A transaction takes 100 items; one place is the condition on the lease, and a finding takes up to three. */
const findingsPerTransaction = 33;
/** With the lease, the run, its pointer and what it replaces that makes 100. */
const messagesPerTransaction = 96;
/** A transaction takes 4 MB, of which the largest item is kept free. DynamoDB developer guide, Constraints, read 2026-11-24. */
const transactionBytes = 3_500_000;
/** DynamoDB refuses items above 400 KB; what is larger is said clearly instead of failing in the middle. */
const itemBytes = 390_000;
/** Of a value in one item; a character takes up to three bytes. */
const valueCharacters = 120_000;
/** Tries of a transaction that met another one or a throttle, with growing pauses: about ten seconds. */
const transactionTries = 8;
const runKeptDays = 400;
const resolvedKeptMs = 365 * 86_400_000;

type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
/** `token` tells a lost answer to our own write from another one's. */
type LeaseItem = { runId: string; fence: number; since: string; expires: number; token: string };
type ScopeItem = { sk: string };
type TextItem = { text: string };
type ValueItem = TextItem & { at: string; parts: number };

/** @throws StateError when the table is missing or may not be used, at the first call */
export function openDynamoStore({
  table,
  client = createClient(),
}: {
  table: string;
  client?: DynamoDBClient;
}): StateStore {
  const documents = DynamoDBDocumentClient.from(client);
  const named = <T extends object>(input: T): T & { TableName: string } => ({ TableName: table, ...input });
  /**
   * Every write that touches the lease, one after the other: DynamoDB cancels transactions that meet on an item, and a
   * renewal must not overtake the release.
   */
  const leaseWrites = pLimit(1);
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explain(error, table);
    }
  };
  const get = <T>(pk: string, sk: string): Promise<T | undefined> =>
    explained(async () => {
      const { Item } = await documents.send(new GetCommand(named({ Key: { pk, sk }, ConsistentRead: true })));
      return Item as T | undefined;
    });
  const leaseOf = (name: string): Promise<LeaseItem | undefined> => get(`LEASE#${name}`, 'LEASE');
  const put = (item: object): Promise<unknown> =>
    explained(() => documents.send(new PutCommand(named({ Item: { ...item } }))));

  const fenced = (lease: Lease, writes: readonly Write[]): Promise<void> =>
    leaseWrites(async () => {
      const condition: Write = {
        ConditionCheck: named({
          Key: leaseKey(lease.name),
          ConditionExpression: 'fence = :fence',
          ExpressionAttributeValues: { ':fence': lease.fence },
        }),
      };
      try {
        await persistently(() => documents.send(new TransactWriteCommand({ TransactItems: [condition, ...writes] })));
      } catch (error) {
        if (
          error instanceof TransactionCanceledException &&
          error.CancellationReasons?.[0]?.Code === 'ConditionalCheckFailed'
        ) {
          throw takenOver((await leaseOf(lease.name))?.runId ?? 'nobody');
        }
        throw explain(error, table);
      }
    });

  const updateLease = (lease: Lease, expires: number): Promise<void> =>
    leaseWrites(async () => {
      const update = named({
        Key: leaseKey(lease.name),
        UpdateExpression: 'set expires = :expires',
        ConditionExpression: 'fence = :fence',
        ExpressionAttributeValues: { ':expires': expires, ':fence': lease.fence },
      });
      try {
        await persistently(() => documents.send(new UpdateCommand(update)));
      } catch (error) {
        if (!isConditionFailure(error)) throw explain(error, table);
        throw takenOver((await leaseOf(lease.name))?.runId ?? 'nobody');
      }
    });

  /** Items of a partition in key order, read consistently, page by page. */
  const partition = async function* <T>(pk: string, newestFirst = false): AsyncIterable<T> {
    const input = named({
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ScanIndexForward: !newestFirst,
      ConsistentRead: true,
    });
    try {
      for await (const page of paginateQuery({ client: documents }, input)) yield* (page.Items ?? []) as T[];
    } catch (error) {
      throw explain(error, table);
    }
  };

  return {
    async acquireLease({ name, runId, ttlMs, now }) {
      const before = await leaseOf(name);
      const isAlive = before !== undefined && before.expires > Date.parse(now) && before.runId !== runId;
      if (isAlive) throw heldBy(before.runId, before.since);
      const fence = (before?.fence ?? 0) + 1;
      const token = randomUUID();
      const item: LeaseItem = { runId, fence, since: now, expires: Date.parse(now) + ttlMs, token };
      // Two that read the same row: the second one's fence is not the next any more.
      const unchanged =
        before === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : { ConditionExpression: 'fence = :old', ExpressionAttributeValues: { ':old': before.fence } };
      const write = named({ Item: { ...leaseKey(name), ...item }, ...unchanged });
      try {
        await persistently(() => documents.send(new PutCommand(write)));
      } catch (error) {
        if (!isConditionFailure(error)) throw explain(error, table);
        const winner = await leaseOf(name);
        if (winner?.token !== token) throw heldBy(winner?.runId ?? 'nobody', winner?.since ?? now);
      }
      return { name, runId, fence, since: now };
    },
    async renewLease(lease, { ttlMs, now }) {
      await updateLease(lease, Date.parse(now) + ttlMs);
    },
    async releaseLease(lease) {
      try {
        await updateLease(lease, 0);
      } catch (error) {
        // Taken over already: nothing of ours is left to give back.
        if (!(error instanceof StateConflictError)) throw error;
      }
    },

    async findingsOfScope(scope) {
      const oldest = new Date(Date.now() - resolvedKeptMs).toISOString();
      const records: FindingRecord[] = [];
      for await (const item of partition<TextItem>(`SCOPE#${scope}`)) {
        const record = parse<FindingRecord>(item);
        if (record.state !== 'resolved' || record.changedAt >= oldest) records.push(record);
      }
      return records;
    },
    async *findings(filter = {}) {
      for await (const { sk: scope } of partition<ScopeItem>('SCOPES')) {
        // `<kind>/<account>/<region>`: other accounts need not be read.
        if (filter.accountId !== undefined && scope.split('/')[1] !== filter.accountId) continue;
        for await (const item of partition<TextItem>(`SCOPE#${scope}`)) {
          const record = parse<FindingRecord>(item);
          if (matches(record, filter)) yield record;
        }
      }
    },
    async finding(id) {
      const pointer = await get<{ scope: string }>(`FINDING#${id}`, 'POINTER');
      if (pointer === undefined) return undefined;
      const item = await get<TextItem>(`SCOPE#${pointer.scope}`, id);
      return item === undefined ? undefined : parse(item);
    },
    async saveFindings(lease, records) {
      // DynamoDB refuses a transaction that names an item twice.
      const latest = [...new Map(records.map((record) => [record.finding.id, record])).values()];
      const texts = latest.map((record) => ({ record, text: toText(record, `finding ${record.finding.id}`) }));
      for (const batch of inParts(texts, findingsPerTransaction)) {
        const scopes = [...new Set(batch.map(({ record }) => record.scope))];
        const writes = scopes.map((scope): Write => ({ Put: named({ Item: { pk: 'SCOPES', sk: scope } }) }));
        for (const { record, text } of batch) {
          const { finding, scope } = record;
          writes.push({ Put: named({ Item: { pk: `SCOPE#${scope}`, sk: finding.id, text } }) });
          writes.push({ Put: named({ Item: { pk: `FINDING#${finding.id}`, sk: 'POINTER', scope } }) });
        }
        await fenced(lease, writes);
      }
    },

    async run(id) {
      const pointer = await get<{ startedAt: string }>(`RUN#${id}`, 'POINTER');
      const item = pointer && (await get<TextItem>('RUN', `${pointer.startedAt}#${id}`));
      return item === undefined ? undefined : parse(item);
    },
    async runs(limit) {
      const runs: RunRecord[] = [];
      for await (const item of partition<TextItem>('RUN', true)) {
        if (runs.length >= limit) break;
        runs.push(parse(item));
      }
      return runs;
    },
    async saveRun(lease, run, outbox) {
      const { id, startedAt } = run;
      const ttl = Math.floor(Date.parse(startedAt) / 1000) + runKeptDays * 86_400;
      const text = fitting(run);
      const writes: Write[] = [
        { Put: named({ Item: { pk: 'RUN', sk: `${startedAt}#${id}`, text, ttl } }) },
        { Put: named({ Item: { pk: `RUN#${id}`, sk: 'POINTER', startedAt, ttl } }) },
      ];
      const earlier = await get<{ startedAt: string }>(`RUN#${id}`, 'POINTER');
      if (earlier !== undefined && earlier.startedAt !== startedAt)
        writes.push({ Delete: named({ Key: { pk: 'RUN', sk: `${earlier.startedAt}#${id}` } }) });
      const messages = outbox.map((row) => ({ key: row.key, text: toText(row, `message ${row.key}`) }));
      const toWrite = ({ key, text }: { key: string; text: string }): Write => ({
        Put: named({ Item: { pk: 'OUTBOX', sk: key, text } }),
      });
      // More messages than a transaction holds go ahead of the run. They tell of findings that are saved already, so
      // that a run which dies in between leaves messages that are true and that the next one brings up to date.
      const parts = [...inParts(messages, messagesPerTransaction)];
      const last = parts.pop() ?? [];
      for (const part of parts) await fenced(lease, part.map(toWrite));
      await fenced(lease, [...writes, ...last.map(toWrite)]);
    },

    async outboxRow(key) {
      const item = await get<TextItem>('OUTBOX', key);
      return item === undefined ? undefined : parse(item);
    },
    async outbox({ sink, destination, states, limit = 1000 } = {}) {
      const rows: OutboxRow[] = [];
      for await (const item of partition<TextItem>('OUTBOX')) rows.push(parse(item));
      return rows
        .filter(
          (row) =>
            (sink === undefined || row.sink === sink) &&
            (destination === undefined || row.destination === destination) &&
            (states === undefined || states.includes(row.state)),
        )
        .sort((a, b) => ascending(b.createdAt, a.createdAt) || ascending(a.key, b.key))
        .slice(0, limit);
    },
    async updateOutbox(row) {
      await put({ pk: 'OUTBOX', sk: row.key, text: toText(row, `message ${row.key}`) });
    },

    async value(key) {
      const first = await get<ValueItem>(`VALUE#${key}`, 'VALUE');
      if (first === undefined) return undefined;
      let { text } = first;
      for (let part = 1; part < first.parts; part += 1) {
        const item = await get<ValueItem>(`VALUE#${key}`, `VALUE#${part}`);
        // A writer is at it, or died half-way: the value is asked again, which is what such values are for.
        if (item?.at !== first.at) return undefined;
        text += item.text;
      }
      return { value: JSON.parse(text) as unknown, at: first.at };
    },
    async putValue(key, value, at, lease) {
      // Tags of thousands of accounts are more than one item holds.
      const text = JSON.stringify(value);
      const parts = Math.ceil(text.length / valueCharacters);
      for (let part = parts - 1; part >= 0; part -= 1) {
        const own = text.slice(part * valueCharacters, (part + 1) * valueCharacters);
        const item = { pk: `VALUE#${key}`, sk: part === 0 ? 'VALUE' : `VALUE#${part}`, text: own, at, parts };
        await (lease === undefined ? put(item) : fenced(lease, [{ Put: named({ Item: item }) }]));
      }
    },
    ...dynamoBytes({
      get,
      put: (item, lease) => (lease === undefined ? put(item) : fenced(lease, [{ Put: named({ Item: item }) }])),
      remove: (pk, sk) => explained(() => documents.send(new DeleteCommand(named({ Key: { pk, sk } })))),
    }),
    async close() {
      documents.destroy();
      client.destroy();
    },
  };
}

/** A request that hangs must not outlive the lease it renews. */
function createClient(): DynamoDBClient {
  const requestHandler = { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true };
  return new DynamoDBClient({ maxAttempts: 6, requestHandler });
}

/** Tries again what was cancelled for a reason that passes; the SDK does so only for single requests. */
async function persistently(send: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await send();
      return;
    } catch (error) {
      if (attempt === transactionTries || !isPassing(error)) throw error;
      await sleep(Math.random() * 50 * 2 ** attempt);
    }
  }
}

const passingReasons = new Set(['None', 'TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

function isPassing(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException))
    return error instanceof Error && error.name === 'TransactionConflictException';
  const reasons = error.CancellationReasons ?? [];
  return reasons.length > 0 && reasons.every(({ Code }) => passingReasons.has(Code ?? 'None'));
}

/** Cut so that each part fits a transaction, by number and by bytes. */
function* inParts<T extends { readonly text: string }>(items: readonly T[], most: number): Iterable<T[]> {
  let part: T[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(item.text);
    if (part.length === most || (part.length > 0 && bytes + size > transactionBytes)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

function leaseKey(name: string): { pk: string; sk: string } {
  return { pk: `LEASE#${name}`, sk: 'LEASE' };
}

function matches(record: FindingRecord, { states, runId, accountId, checkId, changedAfter }: FindingFilter): boolean {
  return (
    (states === undefined || states.includes(record.state)) &&
    (runId === undefined || record.runId === runId) &&
    (accountId === undefined || record.finding.accountId === accountId) &&
    (checkId === undefined || record.finding.checkId === checkId) &&
    (changedAfter === undefined || record.changedAt > changedAfter)
  );
}

/** A run over thousands of denied accounts has more to tell than an item holds: the first ones stand for all. */
function fitting(run: RunRecord): string {
  let { gaps, failedChecks } = run.coverage;
  let text = JSON.stringify(run);
  while (Buffer.byteLength(text) > itemBytes && gaps.length + failedChecks.length > 0) {
    gaps = gaps.slice(0, Math.floor(gaps.length / 2));
    failedChecks = failedChecks.slice(0, Math.floor(failedChecks.length / 2));
    text = JSON.stringify({ ...run, coverage: { ...run.coverage, gaps, failedChecks } });
  }
  return assertSize(text, `run ${run.id}`);
}

function toText(value: unknown, what: string): string {
  return assertSize(JSON.stringify(value), what);
}

/** @throws StateError when it is more than an item may hold */
function assertSize(text: string, what: string): string {
  const size = Buffer.byteLength(text);
  if (size > itemBytes)
    throw new StateError(`${what} is ${size} bytes, more than a DynamoDB item holds; use state.file`);
  return text;
}

function parse<T>({ text }: TextItem): T {
  return JSON.parse(text) as T;
}

/** By code unit, as SQLite sorts. */
function ascending(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** One sentence with the remedy; what is not known keeps its name and message. */
function explain(error: unknown, table: string): Error {
  if (error instanceof StateError || error instanceof StateConflictError) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === 'ResourceNotFoundException')
    return new StateError(
      `DynamoDB table ${table} does not exist in this region; deploy it (deploy/worker.yaml), or correct state.dynamodb.table or AWS_REGION`,
      { cause: error },
    );
  if (name === 'AccessDeniedException')
    return new StateError(
      `these credentials may not use DynamoDB table ${table}; see the task role in deploy/worker.yaml`,
      { cause: error },
    );
  if (/key element|missing the key|key schema/i.test(message))
    return new StateError(
      `DynamoDB table ${table} is not a Costwarden state: its keys must be the strings pk and sk; name another table in state.dynamodb.table`,
      { cause: error },
    );
  return new StateError(`DynamoDB table ${table} did not answer: ${name}: ${message}`, { cause: error });
}
