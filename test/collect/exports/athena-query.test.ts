import { AthenaClient, GetQueryExecutionCommand, StopQueryExecutionCommand } from '@aws-sdk/client-athena';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, test } from 'vitest';
import { runQuery } from '../../../src/collect/exports/athena-query.ts';
import { fakeSession } from '../../support/collected.ts';
import { failureOf } from '../../support/sessions.ts';

describe('a query that failed', () => {
  const athena = mockClient(AthenaClient);
  afterEach(() => athena.reset());
  const query = {
    database: 'billing',
    table: 'cur2',
    workgroup: 'billing',
    region: 'us-east-1',
    sql: 'SELECT 1',
    outputLocation: undefined,
    token: 't'.repeat(64),
    mostBytes: 1e9,
    pollMs: 1,
  };
  const failed = (Retryable: boolean) => ({
    QueryExecution: {
      Status: {
        State: 'FAILED' as const,
        StateChangeReason: 'GENERIC_INTERNAL_ERROR: a node went away',
        AthenaError: { Retryable },
      },
    },
  });

  test('is made once more when Athena says that it is worth it', async () => {
    athena.onAnyCommand().callsFake((input: { ClientRequestToken?: string; QueryExecutionId?: string }) => {
      if (input.ClientRequestToken !== undefined) return { QueryExecutionId: input.ClientRequestToken };
      if (input.QueryExecutionId?.endsWith('-1') === true) return failed(true);
      return { QueryExecution: { Status: { State: 'SUCCEEDED' }, Statistics: { DataScannedInBytes: 7 } } };
    });
    expect(await runQuery(fakeSession(), query)).toEqual({ id: `${query.token}-2`, scannedBytes: 7 });
  });

  test('is told with its reason when it is not', async () => {
    athena.onAnyCommand().resolves({ QueryExecutionId: 'q-1' });
    athena.on(GetQueryExecutionCommand).resolves(failed(false));
    const failure = await failureOf(runQuery(fakeSession(), query));
    expect(failure.message).toBe(
      'Athena could not finish the query on billing.cur2 (GENERIC_INTERNAL_ERROR: a node went away)',
    );
    expect(athena.commandCalls(StopQueryExecutionCommand)).toHaveLength(0);
  });
});
