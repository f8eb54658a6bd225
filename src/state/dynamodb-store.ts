/**
 * State in one DynamoDB table, for tasks whose disk does not last.
 *
 *   pk                     sk          item
 *   LEASE#<name>           LEASE       who holds it, fence, expiry
 *   SCOPE#<scope>          <finding>   finding record
 *   SCOPES                 <scope>     scopes that have findings, so that all can be read without an index, consistently
 *   FINDING#<id>           POINTER     scope of a finding
 *   RUN                    <startedAt>#<id>
 *   OUTBOX                 <key>
 *   VALUE#<key>            VALUE
 *
 * Writes that belong to a run are transactions with a condition on the lease's fence.
 */
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { StateConflictError, StateError } from '../errors.ts';
import type { FindingRecord } from '../model/change.ts';
import type { RunRecord } from '../model/run.ts';
import { heldBy, takenOver } from './lease-errors.ts';
import type { FindingFilter, Lease, OutboxRow, StateStore } from './state-store.ts';

/** A transaction takes 100 items; one place is the condition on the lease, and a finding takes up to three. */
const findingsPerTransaction = 33;
/** DynamoDB refuses items above 400 KB; what is larger is said clearly instead of failing in the middle. */
const itemBytes = 390_000;
const runKeptDays = 400;
const resolvedKeptMs = 365 * 86_400_000;

type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** @throws StateError when the table is missing or may not be used, at the first call */
export function openDynamoStore({
  table,
  client = new DynamoDBClient({}),
}: {
  table: string;
  client?: DynamoDBClient;
}): StateStore {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const named = <T extends object>(input: T): T & { TableName: string } => ({ TableName: table, ...input });
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explain(error, table);
    }
  };
  const get = (pk: string, sk: string): Promise<Record<string, unknown> | undefined> =>
    explained(
      async () => (await documents.send(new GetCommand(named({ Key: { pk, sk }, ConsistentRead: true })))).Item,
    );

  const fenced = async (lease: Lease, writes: readonly Write[]): Promise<void> => {
    const condition: Write = {
      ConditionCheck: named({
        Key: leaseKey(lease.name),
        ConditionExpression: 'fence = :fence',
        ExpressionAttributeValues: { ':fence': lease.fence },
      }),
    };
    try {
      await documents.send(new TransactWriteCommand({ TransactItems: [condition, ...writes] }));
    } catch (error) {
      if (
        error instanceof TransactionCanceledException &&
        error.CancellationReasons?.[0]?.Code === 'ConditionalCheckFailed'
      ) {
        const row = await get(`LEASE#${lease.name}`, 'LEASE');
        throw takenOver(String(row?.['runId'] ?? 'nobody'));
      }
      throw explain(error, table);
    }
  };

  /** Items of a partition in key order, read consistently, page by page. */
  const partition = async function* (pk: string, newestFirst = false): AsyncIterable<Record<string, unknown>> {
    const input = named({
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ScanIndexForward: !newestFirst,
      ConsistentRead: true,
    });
    try {
      for await (const page of paginateQuery({ client: documents }, input)) yield* page.Items ?? [];
    } catch (error) {
      throw explain(error, table);
    }
  };

  return {
    async acquireLease({ name, runId, ttlMs, now }) {
      const row = await get(`LEASE#${name}`, 'LEASE');
      const isAlive = row !== undefined && Number(row['expires']) > Date.parse(now) && row['runId'] !== runId;
      if (isAlive) throw heldBy(String(row['runId']), String(row['since']));
      const fence = Number(row?.['fence'] ?? 0) + 1;
      const item = { ...leaseKey(name), runId, fence, since: now, expires: Date.parse(now) + ttlMs };
      // Two that read the same row: the second one's fence is not the next any more.
      const unchanged =
        row === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : { ConditionExpression: 'fence = :old', ExpressionAttributeValues: { ':old': row['fence'] } };
      try {
        await documents.send(new PutCommand(named({ Item: item, ...unchanged })));
      } catch (error) {
        if (!isConditionFailure(error)) throw explain(error, table);
        const winner = await get(`LEASE#${name}`, 'LEASE');
        throw heldBy(String(winner?.['runId']), String(winner?.['since']));
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
      for await (const item of partition(`SCOPE#${scope}`)) {
        const record = item['record'] as FindingRecord;
        if (record.state !== 'resolved' || record.changedAt >= oldest) records.push(record);
      }
      return records;
    },
    async *findings(filter = {}) {
      for await (const { sk: scope } of partition('SCOPES')) {
        // `<kind>/<account>/<region>`: other accounts need not be read.
        if (filter.accountId !== undefined && String(scope).split('/')[1] !== filter.accountId) continue;
        for await (const item of partition(`SCOPE#${String(scope)}`)) {
          const record = item['record'] as FindingRecord;
          if (matches(record, filter)) yield record;
        }
      }
    },
    async finding(id) {
      const pointer = await get(`FINDING#${id}`, 'POINTER');
      if (pointer === undefined) return undefined;
      const item = await get(`SCOPE#${String(pointer['scope'])}`, id);
      return item?.['record'] as FindingRecord | undefined;
    },
    async saveFindings(lease, records) {
      for (let start = 0; start < records.length; start += findingsPerTransaction) {
        const batch = records.slice(start, start + findingsPerTransaction);
        // DynamoDB refuses a transaction that names an item twice.
        const scopes = [...new Set(batch.map(({ scope }) => scope))];
        const writes = scopes.map((scope): Write => ({ Put: named({ Item: { pk: 'SCOPES', sk: scope } }) }));
        for (const record of batch) {
          const { id } = record.finding;
          assertSize(record, `finding ${id}`);
          writes.push({ Put: named({ Item: { pk: `SCOPE#${record.scope}`, sk: id, record } }) });
          writes.push({ Put: named({ Item: { pk: `FINDING#${id}`, sk: 'POINTER', scope: record.scope } }) });
        }
        await fenced(lease, writes);
      }
    },

    async run(id) {
      for await (const item of partition('RUN', true)) {
        const record = item['record'] as RunRecord;
        if (record.id === id) return record;
      }
      return undefined;
    },
    async runs(limit) {
      const answer = await explained(() =>
        documents.send(
          new QueryCommand(
            named({
              KeyConditionExpression: 'pk = :pk',
              ExpressionAttributeValues: { ':pk': 'RUN' },
              ScanIndexForward: false,
              Limit: limit,
            }),
          ),
        ),
      );
      return (answer.Items ?? []).map((item) => item['record'] as RunRecord);
    },
    async saveRun(lease, run, outbox) {
      const ttl = Math.floor(Date.parse(run.startedAt) / 1000) + runKeptDays * 86_400;
      const record = fitting(run);
      const writes: Write[] = [{ Put: named({ Item: { pk: 'RUN', sk: `${run.startedAt}#${run.id}`, record, ttl } }) }];
      for (const row of outbox) {
        assertSize(row, `message ${row.key}`);
        writes.push({ Put: named({ Item: { pk: 'OUTBOX', sk: row.key, row } }) });
      }
      if (writes.length > 99)
        throw new StateError(
          `${outbox.length} messages in one run are more than a transaction holds; use fewer channels`,
        );
      await fenced(lease, writes);
    },

    async outboxRow(key) {
      return (await get('OUTBOX', key))?.['row'] as OutboxRow | undefined;
    },
    async outbox({ sink, destination, states, limit = 1000 } = {}) {
      const rows: OutboxRow[] = [];
      for await (const item of partition('OUTBOX')) rows.push(item['row'] as OutboxRow);
      return rows
        .filter(
          (row) =>
            (sink === undefined || row.sink === sink) &&
            (destination === undefined || row.destination === destination) &&
            (states === undefined || states.includes(row.state)),
        )
        .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || a.key.localeCompare(b.key))
        .slice(0, limit);
    },
    async updateOutbox(row) {
      await explained(() => documents.send(new PutCommand(named({ Item: { pk: 'OUTBOX', sk: row.key, row } }))));
    },

    async value(key) {
      const item = await get(`VALUE#${key}`, 'VALUE');
      return item === undefined ? undefined : { value: item['value'], at: String(item['at']) };
    },
    async putValue(key, value, at) {
      await explained(() =>
        documents.send(new PutCommand(named({ Item: { pk: `VALUE#${key}`, sk: 'VALUE', value, at } }))),
      );
    },
    async close() {
      documents.destroy();
      client.destroy();
    },
  };

  async function updateLease(lease: Lease, expires: number): Promise<void> {
    try {
      await documents.send(
        new UpdateCommand(
          named({
            Key: leaseKey(lease.name),
            UpdateExpression: 'set expires = :expires',
            ConditionExpression: 'fence = :fence',
            ExpressionAttributeValues: { ':expires': expires, ':fence': lease.fence },
          }),
        ),
      );
    } catch (error) {
      if (!isConditionFailure(error)) throw explain(error, table);
      const row = await get(`LEASE#${lease.name}`, 'LEASE');
      throw takenOver(String(row?.['runId'] ?? 'nobody'));
    }
  }
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

/** A run over thousands of denied accounts has more gaps than an item holds: the first ones stand for all. */
function fitting(run: RunRecord): RunRecord {
  let gaps = run.coverage.gaps;
  while (JSON.stringify(gaps).length > itemBytes / 2) gaps = gaps.slice(0, Math.floor(gaps.length / 2));
  return gaps === run.coverage.gaps ? run : { ...run, coverage: { ...run.coverage, gaps } };
}

function assertSize(item: object, what: string): void {
  const size = Buffer.byteLength(JSON.stringify(item));
  if (size > itemBytes)
    throw new StateError(`${what} is ${size} bytes, more than a DynamoDB item holds; use state.file`);
}

function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

function explain(error: unknown, table: string): Error {
  if (error instanceof StateError || error instanceof StateConflictError) return error;
  const name = error instanceof Error ? error.name : '';
  if (name === 'ResourceNotFoundException')
    return new StateError(
      `DynamoDB table ${table} does not exist in this region; deploy it (deploy/worker.yaml) or correct state.dynamodb.table`,
      { cause: error },
    );
  if (name === 'AccessDeniedException')
    return new StateError(
      `these credentials may not use DynamoDB table ${table}; see the task role in deploy/worker.yaml`,
      { cause: error },
    );
  return new StateError(
    `DynamoDB table ${table} did not answer: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    { cause: error },
  );
}
