import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, describe } from 'vitest';
import { openDynamoStore } from '../../src/state/dynamodb-store.ts';
import { testStateStore } from '../state/contract.ts';
import { motoClient } from './environment.ts';
import { stateTable } from './state-table.ts';

/** A region of its own: nothing of the organization's tests is here. */
const region = 'eu-north-1';
const admin = new DynamoDBClient(motoClient(region));
afterAll(() => admin.destroy());

let tables = 0;

async function createTable(): Promise<string> {
  tables += 1;
  const TableName = `costwarden-${tables}`;
  await admin.send(new CreateTableCommand(stateTable(TableName)));
  return TableName;
}

describe('a DynamoDB store', () => {
  testStateStore(async () => {
    const table = await createTable();
    return {
      open: () => openDynamoStore({ table, client: new DynamoDBClient(motoClient(region)) }),
      remove: async () => void (await admin.send(new DeleteTableCommand({ TableName: table }))),
      sequences: 60,
      // A page holds 1 MB. Few and large: moto copies the whole table for every item of a transaction.
      pages: { findings: 70, bytes: 40_000 },
    };
  });
});
