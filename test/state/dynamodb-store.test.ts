/** What moto does not do: conflicts, throttles, lost answers, limits of bytes, refusals. The contract runs on moto. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StateConflictError, StateError } from '../../src/errors.ts';
import { openDynamoStore } from '../../src/state/dynamodb-store.ts';
import type { Lease } from '../../src/state/state-store.ts';
import { at, collect, outboxRow, recordOf, runRecord } from './records.ts';

const lease: Lease = { name: 'audit', runId: 'run-1', fence: 3, since: at(0) };
const table = 'costwarden';

function cancelled(...codes: string[]): TransactionCanceledException {
  const CancellationReasons = codes.map((Code) => ({ Code }));
  return new TransactionCanceledException({ message: codes.join(', '), $metadata: {}, CancellationReasons });
}

function refusal(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}

function transactions(): { bytes: number; items: number }[] {
  return dynamo.commandCalls(TransactWriteCommand).map(({ args: [{ input }] }) => ({
    items: input.TransactItems?.length ?? 0,
    bytes: Buffer.byteLength(JSON.stringify(input.TransactItems?.map(({ Put }) => Put?.Item))),
  }));
}

const dynamo = mockClient(DynamoDBDocumentClient);
const open = () => openDynamoStore({ table, client: new DynamoDBClient({ region: 'us-east-1' }) });

describe('a DynamoDB store', () => {
  beforeEach(() => {
    dynamo.reset();
    // No pauses between tries.
    vi.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'tries a transaction again after %s',
    async (code) => {
      dynamo
        .on(TransactWriteCommand)
        .rejectsOnce(cancelled('None', code))
        .rejectsOnce(cancelled(code, 'None'))
        .resolves({});
      await open().saveFindings(lease, [recordOf(1)]);
      expect(transactions().length).toBe(3);
    },
  );

  test('says what it met when a conflict does not end', async () => {
    dynamo.on(TransactWriteCommand).rejects(cancelled('TransactionConflict', 'None'));
    const saved = open().saveFindings(lease, [recordOf(1)]);
    await expect(saved).rejects.toThrow(StateError);
    await expect(saved).rejects.toThrow(/table costwarden did not answer: TransactionCanceledException/);
    expect(transactions().length).toBe(8);
  });

  test('a lost lease is not tried again, whatever else there was', async () => {
    dynamo.on(TransactWriteCommand).rejects(cancelled('ConditionalCheckFailed', 'TransactionConflict'));
    dynamo.on(GetCommand).resolves({ Item: { runId: 'run-2', fence: 4 } });
    await expect(open().saveFindings(lease, [recordOf(1)])).rejects.toThrow(
      new StateConflictError('the lease was taken over by run run-2; this one may not write any more'),
    );
    expect(transactions().length).toBe(1);
  });

  test('a renewal that meets a transaction is tried again', async () => {
    dynamo.on(UpdateCommand).rejectsOnce(refusal('TransactionConflictException')).resolves({});
    await open().renewLease(lease, { ttlMs: 90_000, now: at(1) });
    expect(dynamo.commandCalls(UpdateCommand).length).toBe(2);
  });

  test('its own writes do not meet on the lease, and a renewal does not overtake the release', async () => {
    let inFlight = 0;
    let most = 0;
    const order: unknown[] = [];
    const slowly = async (input: { ExpressionAttributeValues?: Record<string, unknown> }): Promise<object> => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inFlight -= 1;
      order.push(input.ExpressionAttributeValues?.[':expires'] ?? 'findings');
      return {};
    };
    dynamo.on(TransactWriteCommand).callsFake(slowly);
    dynamo.on(UpdateCommand).callsFake(slowly);
    const store = open();
    await Promise.all([
      store.saveFindings(lease, [recordOf(1)]),
      store.saveFindings(lease, [recordOf(2)]),
      store.renewLease(lease, { ttlMs: 1000, now: at(0) }),
      store.releaseLease(lease),
    ]);
    expect(most).toBe(1);
    expect(order).toEqual(['findings', 'findings', Date.parse(at(1)), 0]);
  });

  describe('a lease', () => {
    const take = () => open().acquireLease({ name: 'audit', runId: 'run-1', ttlMs: 90_000, now: at(0) });

    test('is ours when the answer to our own write was lost', async () => {
      let written: Record<string, unknown> | undefined;
      dynamo.on(GetCommand).callsFake(() => ({ Item: written }));
      dynamo.on(PutCommand).callsFake((input) => {
        written = input.Item;
        throw refusal('ConditionalCheckFailedException');
      });
      await expect(take()).resolves.toMatchObject({ runId: 'run-1', fence: 1 });
    });

    test('is not ours when another one was quicker, even under our run id', async () => {
      dynamo
        .on(GetCommand)
        .resolvesOnce({})
        .resolves({ Item: { runId: 'run-1', fence: 1, since: at(7), token: 'other' } });
      dynamo.on(PutCommand).rejects(refusal('ConditionalCheckFailedException'));
      await expect(take()).rejects.toThrow(`run run-1 holds the lease since ${at(7)}`);
    });

    test('is given only over the row that was read', async () => {
      dynamo.on(GetCommand).resolves({ Item: { runId: 'run-0', fence: 6, since: at(-100), expires: 0, token: 't' } });
      dynamo.on(PutCommand).resolves({});
      await take();
      const [put] = dynamo.commandCalls(PutCommand);
      expect(put?.args[0].input).toMatchObject({
        ConditionExpression: 'fence = :old',
        ExpressionAttributeValues: { ':old': 6 },
        Item: { fence: 7, runId: 'run-1' },
      });
    });
  });

  describe('limits of DynamoDB', () => {
    beforeEach(() => {
      dynamo.on(TransactWriteCommand).resolves({});
      dynamo.on(GetCommand).resolves({});
    });

    test('no transaction has more than 100 items, even where every finding has a scope of its own', async () => {
      const records = Array.from({ length: 70 }, (_, number) => recordOf(number, { scope: `region/1/r-${number}` }));
      await open().saveFindings(lease, records);
      expect(transactions().map(({ items }) => items)).toEqual([100, 100, 13]);
    });

    test('no transaction has more than 4 MB', async () => {
      const evidence = { dump: 'x'.repeat(380_000) };
      await open().saveFindings(
        lease,
        Array.from({ length: 25 }, (_, number) => recordOf(number, {}, { evidence })),
      );
      expect(transactions().length).toBe(3);
      for (const { bytes } of transactions()) expect(bytes).toBeLessThan(4_000_000);
    });

    test('a finding that no item can hold is named before anything is written', async () => {
      const large = recordOf(2, {}, { evidence: { dump: 'ü'.repeat(200_000) } });
      const saved = open().saveFindings(lease, [recordOf(1), large]);
      await expect(saved).rejects.toThrow(StateError);
      await expect(saved).rejects.toThrow(/^finding f_2 is 4\d{5} bytes, more than a DynamoDB item holds; use state/);
      expect(transactions()).toEqual([]);
    });

    test('a message that no item can hold is named', async () => {
      const row = outboxRow('a', 1, { payload: 'x'.repeat(400_000) });
      await expect(open().updateOutbox(row)).rejects.toThrow(/^message a is 4\d{5} bytes/);
      await expect(open().saveRun(lease, runRecord('a', 1), [row])).rejects.toThrow(/^message a is 4\d{5} bytes/);
    });

    test('messages that one transaction does not hold, by number or bytes, go ahead of the run', async () => {
      const rows = (count: number, size: number) =>
        Array.from({ length: count }, (_, number) => outboxRow(`${number}`, 1, { payload: 'x'.repeat(size) }));
      await open().saveRun(lease, runRecord('a', 1), rows(96, 10));
      expect(transactions()).toMatchObject([{ items: 99 }]);
      dynamo.resetHistory();
      await open().saveRun(lease, runRecord('a', 1), rows(97, 10));
      expect(transactions()).toMatchObject([{ items: 97 }, { items: 4 }]);
      dynamo.resetHistory();
      await open().saveRun(lease, runRecord('a', 1), rows(20, 300_000));
      expect(transactions().length).toBe(2);
      for (const { bytes } of transactions()) expect(bytes).toBeLessThan(4_000_000);
    });
  });

  test('a listing goes on where a page ends', async () => {
    const item = (number: number) => ({ text: JSON.stringify(recordOf(number)) });
    dynamo
      .on(QueryCommand, { ExpressionAttributeValues: { ':pk': 'SCOPES' } })
      .resolves({ Items: [{ sk: 'region/1/a' }] });
    dynamo
      .on(QueryCommand, { ExpressionAttributeValues: { ':pk': 'SCOPE#region/1/a' } })
      .resolvesOnce({ Items: [item(1)], LastEvaluatedKey: { pk: 'x', sk: 'f_1' } })
      // A page may be empty and still not be the last.
      .resolvesOnce({ Items: [], LastEvaluatedKey: { pk: 'x', sk: 'f_2' } })
      .resolves({ Items: [item(3)] });
    expect(await collect(open().findings())).toEqual([recordOf(1), recordOf(3)]);
    for (const { args } of dynamo.commandCalls(QueryCommand)) expect(args[0].input.ConsistentRead).toBe(true);
  });

  test.each([
    [
      refusal('ResourceNotFoundException'),
      'DynamoDB table costwarden does not exist in this region; deploy it (deploy/worker.yaml), or correct state.dynamodb.table or AWS_REGION',
    ],
    [
      refusal('AccessDeniedException'),
      'these credentials may not use DynamoDB table costwarden; see the task role in deploy/worker.yaml',
    ],
    [
      refusal('ValidationException', 'The provided key element does not match the schema'),
      'DynamoDB table costwarden is not a Costwarden state: its keys must be the strings pk and sk; name another table in state.dynamodb.table',
    ],
    [refusal('TimeoutError', 'no answer'), 'DynamoDB table costwarden did not answer: TimeoutError: no answer'],
  ])('%s is told in one sentence, whatever is asked', async (error, message) => {
    dynamo.rejects(error);
    const store = open();
    const asked = [
      () => store.acquireLease({ name: 'audit', runId: 'run-1', ttlMs: 1, now: at(0) }),
      () => store.renewLease(lease, { ttlMs: 1, now: at(0) }),
      () => store.releaseLease(lease),
      () => store.findingsOfScope('region/1/a'),
      () => collect(store.findings()),
      () => store.finding('f_1'),
      () => store.saveFindings(lease, [recordOf(1)]),
      () => store.run('run-1'),
      () => store.runs(1),
      () => store.saveRun(lease, runRecord('run-1', 0), []),
      () => store.outbox(),
      () => store.outboxRow('a'),
      () => store.updateOutbox(outboxRow('a', 0)),
      () => store.value('x'),
      () => store.putValue('x', 1, at(0)),
    ];
    for (const ask of asked) await expect(ask()).rejects.toThrow(new StateError(message));
  });
});

describe('the client of a DynamoDB store', () => {
  let server: Server;
  let answers: { status: number; body: object }[];
  beforeEach(async () => {
    dynamo.restore();
    server = createServer((_, response) => {
      const { status, body } = answers.shift() ?? { status: 500, body: {} };
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });

  test('waits out throttles and server errors', async () => {
    const throttle = { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException' };
    answers = [
      { status: 400, body: throttle },
      { status: 500, body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError' } },
      { status: 200, body: { Item: { text: { S: '[1]' }, at: { S: at(1) } } } },
    ];
    const store = openDynamoStore({ table });
    expect(await store.value('x')).toEqual({ value: [1], at: at(1) });
    expect(answers).toEqual([]);
    await store.close();
  });
});
