/**
 * Athena over a table of the simulated bill. It knows one query, the product's own aggregation, which it recognises by
 * its tag; it answers from the same ledger as Cost Explorer, over states and pages as the service has them.
 */
import type {
  GetQueryExecutionInput,
  GetQueryResultsInput,
  GetTableMetadataInput,
  StartQueryExecutionInput,
  StopQueryExecutionInput,
} from '@aws-sdk/client-athena';
import { billOf } from '../bill.ts';
import { exportTables, metadataOf, questionOf, type Row, rowsOf } from '../billing-export.ts';
import { pageTokenError } from '../faults.ts';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type ServiceOperations } from '../handler.ts';
import { offsetOf, tokenAt } from '../paging.ts';

/** A table of the database `billing`, beside those of `billing-export.ts`, with files that Athena may not read. */
const unreadable = 'cur2_unreadable';

type Workgroup = { readonly outputLocation: string | undefined; readonly cutoffBytes: number };

/** `primary` is as AWS makes it; the others have a place for results, and the last one a limit. */
const workgroups: Readonly<Record<string, Workgroup>> = {
  primary: { outputLocation: undefined, cutoffBytes: Number.POSITIVE_INFINITY },
  billing: { outputLocation: 's3://costwarden-results/', cutoffBytes: Number.POSITIVE_INFINITY },
  limited: { outputLocation: 's3://costwarden-results/', cutoffBytes: 2 ** 20 },
};

type Execution = {
  readonly id: string;
  readonly token: string;
  readonly sql: string;
  readonly workgroup: string;
  readonly startedAt: string;
  /** An answer to the same question that need not be made again. */
  readonly earlier: Execution | undefined;
  state: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  reason: string | undefined;
  bytes: number;
  rows: readonly Row[];
};

/** Bytes of a line item in Parquet, of the columns that are read; and line items behind one line of a day. */
const bytesPerItem = 60;
const itemsPerLine = 24;

export function athenaOperations(world: SimulatedWorld): ServiceOperations {
  const executions = new Map<string, Execution>();
  const executionOf = (id = ''): Execution => {
    const execution = executions.get(id);
    if (execution === undefined) throw new AwsError('InvalidRequestException', `QueryExecution ${id} was not found`);
    return execution;
  };
  return {
    GetTableMetadata: {
      handle: ({ DatabaseName = '', TableName = '' }: GetTableMetadataInput, { now }) => {
        if (DatabaseName !== 'billing' || !isTable(TableName))
          throw new AwsError(
            'MetadataException',
            `EntityNotFoundException: Entity Not Found (Service: AmazonDataCatalog; Status Code: 400; ${DatabaseName}.${TableName})`,
          );
        return { TableMetadata: metadataOf(TableName, bytesOf(world.ledger().length * 400), now) };
      },
    },
    StartQueryExecution: {
      handle: (input: StartQueryExecutionInput, call) => {
        const { QueryString = '', ClientRequestToken = '', WorkGroup = 'primary', ResultConfiguration } = input;
        const workgroup = workgroups[WorkGroup];
        if (workgroup === undefined) throw new AwsError('InvalidRequestException', 'WorkGroup is not found.');
        if ((ResultConfiguration?.OutputLocation ?? workgroup.outputLocation) === undefined)
          throw new AwsError(
            'InvalidRequestException',
            'No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.',
          );
        const token = `${call.accountId} ${call.region} ${ClientRequestToken}`;
        const known = [...executions.values()].find((execution) => execution.token === token);
        if (known !== undefined) {
          if (known.sql !== QueryString)
            throw new AwsError('InvalidRequestException', 'Idempotent parameters do not match');
          return { QueryExecutionId: known.id };
        }
        const id = `00000000-0000-4000-8000-${String(executions.size + 1).padStart(12, '0')}`;
        const mayReuse = input.ResultReuseConfiguration?.ResultReuseByAgeConfiguration?.Enabled === true;
        const same = ({ sql, state }: Execution): boolean => mayReuse && sql === QueryString && state === 'SUCCEEDED';
        executions.set(id, {
          id,
          token,
          sql: QueryString,
          workgroup: WorkGroup,
          startedAt: call.now,
          earlier: [...executions.values()].find(same),
          state: 'QUEUED',
          reason: undefined,
          bytes: 0,
          rows: [],
        });
        return { QueryExecutionId: id };
      },
    },
    GetQueryExecution: {
      handle: ({ QueryExecutionId }: GetQueryExecutionInput) => {
        const execution = executionOf(QueryExecutionId);
        const told = executionOutput(execution);
        advance(execution, world);
        return { QueryExecution: told };
      },
    },
    StopQueryExecution: {
      handle: ({ QueryExecutionId }: StopQueryExecutionInput) => {
        const execution = executionOf(QueryExecutionId);
        if (execution.state === 'QUEUED' || execution.state === 'RUNNING') execution.state = 'CANCELLED';
        return {};
      },
    },
    GetQueryResults: {
      cutsItself: { inToken: 'NextToken', outToken: 'NextToken' },
      handle: ({ QueryExecutionId, NextToken, MaxResults = 1000 }: GetQueryResultsInput) => {
        const { state, rows } = executionOf(QueryExecutionId);
        if (state !== 'SUCCEEDED')
          throw new AwsError(
            'InvalidRequestException',
            `Query did not finish successfully. Final query state: ${state}`,
          );
        const start = NextToken === undefined ? 0 : offsetOf(NextToken);
        if (Number.isNaN(start)) throw pageTokenError('athena');
        const end = start + Math.min(1000, MaxResults);
        const Rows = rows.slice(start, end).map((row) => ({
          Data: row.map((value) => (value === undefined ? {} : { VarCharValue: value })),
        }));
        return { ResultSet: { Rows }, ...(end < rows.length ? { NextToken: tokenAt(end) } : {}) };
      },
    },
  };
}

/** The next look finds the query further on: half of it read, then done. */
function advance(execution: Execution, world: SimulatedWorld): void {
  if (execution.state !== 'QUEUED' && execution.state !== 'RUNNING') return;
  const question = questionOf(execution.sql);
  if (question === undefined || !isTable(question.table)) {
    end(execution, 'FAILED', 'NOT_SUPPORTED: the simulator runs no SQL but the aggregation of the bill');
    return;
  }
  if (question.table === unreadable) {
    const denied = 'Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)';
    end(execution, 'FAILED', `PERMISSION_DENIED: ${denied}`);
    return;
  }
  if (execution.earlier !== undefined) {
    execution.rows = execution.earlier.rows;
    execution.state = 'SUCCEEDED';
    return;
  }
  const lines = [...billOf(world.ledger(), question.from, question.to)].filter(({ usd }) => usd !== 0);
  execution.bytes = bytesOf(lines.length) / (execution.state === 'QUEUED' ? 2 : 1);
  if (execution.bytes > (workgroups[execution.workgroup]?.cutoffBytes ?? 0)) {
    end(execution, 'CANCELLED', 'Query cancelled! : Bytes scanned limit was exceeded');
  } else if (execution.state === 'QUEUED') {
    execution.state = 'RUNNING';
  } else {
    execution.rows = rowsOf(lines, question);
    execution.state = 'SUCCEEDED';
  }
}

function end(execution: Execution, state: 'FAILED' | 'CANCELLED', reason: string): void {
  execution.state = state;
  execution.reason = reason;
}

function executionOutput({ id, sql, workgroup, startedAt, earlier, state, reason, bytes }: Execution): object {
  return {
    QueryExecutionId: id,
    Query: sql,
    StatementType: 'DML',
    WorkGroup: workgroup,
    Status: {
      State: state,
      SubmissionDateTime: new Date(startedAt),
      ...(reason === undefined ? {} : { StateChangeReason: reason }),
    },
    Statistics: {
      DataScannedInBytes: bytes,
      EngineExecutionTimeInMillis: 1200,
      TotalExecutionTimeInMillis: 1500,
      ResultReuseInformation: { ReusedPreviousResult: earlier !== undefined },
    },
  };
}

function bytesOf(lines: number): number {
  return lines * itemsPerLine * bytesPerItem;
}

function isTable(name: string): boolean {
  return (exportTables as readonly string[]).includes(name) || name === unreadable;
}
