/** One query in Athena, from its start to the last page: waited for, limited in data and time, stopped when given up. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  paginateGetQueryResults,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { guardPages, requireMember } from '../../aws/answer.ts';
import { isLostPage } from '../../aws/errors.ts';
import type { AccountSession } from '../../aws/session.ts';
import { CollectError } from '../../errors.ts';
import { type AthenaPlace, explainFailure, explainRefusal } from './athena-failures.ts';

export type Query = AthenaPlace & {
  readonly sql: string;
  /** Where results go; `undefined` = where the workgroup says. */
  readonly outputLocation: string | undefined;
  /** The same token is the same query: it is not run, and not paid, a second time. 32 to 126 characters. */
  readonly token: string;
  readonly mostBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Pause before the first look; later ones are longer. */
  readonly pollMs?: number | undefined;
  readonly deadlineMs?: number | undefined;
};

export type FinishedQuery = { readonly id: string; readonly scannedBytes: number };

const defaultPollMs = 300;
const longestPollMs = 5000;
/** Athena itself ends a query after 30 minutes (service quotas, read 2026-11-25). */
const defaultDeadlineMs = 20 * 60_000;
/** Exports are delivered at most three times a day: an answer of an hour ago is as good, and free. */
const reuseMinutes = 60;
const rowsPerPage = 1000;
/** Failures that Athena itself calls worth another try. */
const mostRuns = 2;

/** @throws CollectError that says what to change; the query is then stopped, or has ended */
export async function runQuery(session: AccountSession, query: Query): Promise<FinishedQuery> {
  for (let run = 1; ; run += 1) {
    const id = await start(session, query, run);
    const execution = await finish(session, query, id);
    const { State, StateChangeReason = '', AthenaError } = execution.Status ?? {};
    if (State === 'SUCCEEDED') return { id, scannedBytes: scannedBy(execution) };
    if (State === 'FAILED' && AthenaError?.Retryable === true && run < mostRuns) continue;
    throw explainFailure(StateChangeReason || (AthenaError?.ErrorMessage ?? ''), query);
  }
}

/** Rows without the names of the columns; `undefined` = NULL. */
export async function* resultRows(
  session: AccountSession,
  query: Query,
  id: string,
): AsyncIterable<(string | undefined)[]> {
  const client = session.client(AthenaClient, query.region);
  const pages = paginateGetQueryResults({ client, pageSize: rowsPerPage }, { QueryExecutionId: id });
  let isHeader = true;
  try {
    for await (const page of guardPages(pages, ({ NextToken }) => NextToken)) {
      for (const { Data = [] } of requireMember(requireMember(page, 'ResultSet'), 'Rows')) {
        // The very first row of a SELECT has the names.
        if (!isHeader) yield Data.map(({ VarCharValue }) => VarCharValue);
        isHeader = false;
      }
    }
  } catch (error) {
    // A lost page is read again from the start by those who know what that means to them.
    throw isLostPage(error) ? error : explainRefusal(error, query, 'athena:GetQueryResults');
  }
}

async function start(session: AccountSession, query: Query, run: number): Promise<string> {
  const { sql, database, workgroup, outputLocation, token, region } = query;
  const command = new StartQueryExecutionCommand({
    QueryString: sql,
    QueryExecutionContext: { Database: database },
    ClientRequestToken: `${token}-${run}`,
    WorkGroup: workgroup,
    ...(outputLocation === undefined ? {} : { ResultConfiguration: { OutputLocation: outputLocation } }),
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes: reuseMinutes } },
  });
  try {
    return requireMember(await session.client(AthenaClient, region).send(command), 'QueryExecutionId');
  } catch (error) {
    throw explainRefusal(error, query, 'athena:StartQueryExecution');
  }
}

/** Waits until the query has ended, whichever way. @throws when it is given up; then it is stopped */
async function finish(session: AccountSession, query: Query, id: string): Promise<QueryExecution> {
  const { region, mostBytes, signal, deadlineMs = defaultDeadlineMs } = query;
  const client = session.client(AthenaClient, region);
  const giveUpAt = Date.now() + deadlineMs;
  let pauseMs = query.pollMs ?? defaultPollMs;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const answer = await client.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
      const execution = requireMember(answer, 'QueryExecution');
      const state = execution.Status?.State;
      if (state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED') return execution;
      if (scannedBy(execution) > mostBytes) throw tooMuch(query, scannedBy(execution));
      if (Date.now() + pauseMs > giveUpAt)
        throw new CollectError(`the query in Athena has not ended after ${Math.round(deadlineMs / 1000)} s: stopped`, {
          reason: 'timeout',
        });
      await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
      pauseMs = Math.min(longestPollMs, pauseMs * 1.6);
    }
  } catch (error) {
    await stop(session, query, id, error);
    throw error instanceof CollectError ? error : explainRefusal(error, query, 'athena:GetQueryExecution');
  }
}

/** Nobody waits for it any more, and what it goes on to read would be paid. */
async function stop(session: AccountSession, { region }: Query, id: string, why: unknown): Promise<void> {
  try {
    await session.parting(AthenaClient, region).send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
  } catch (error) {
    const reason = why instanceof CollectError ? why.reason : 'timeout';
    const because = error instanceof Error ? error.message : String(error);
    throw new CollectError(
      `the query ${id} in Athena was given up but could not be stopped (${because}): it may still be running`,
      { reason, cause: why },
    );
  }
}

function scannedBy({ Statistics }: QueryExecution): number {
  return Statistics?.DataScannedInBytes ?? 0;
}

function tooMuch({ mostBytes, database, table }: Query, bytes: number): CollectError {
  return new CollectError(
    `the query on ${database}.${table} had read ${gb(bytes)} GB and may read ${gb(mostBytes)}: stopped; raise billing.athena.maxScannedGb, or deliver the export as Parquet`,
    { reason: 'own-budget' },
  );
}

export function gb(bytes: number): string {
  return String(Number((bytes / 2 ** 30).toPrecision(3)));
}
