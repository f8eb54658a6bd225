/**
 * The bill from a data export in S3, by Athena: one query that adds up what was asked, so that a month of a thousand
 * accounts comes as some thousand rows. What it reads is estimated, limited, and counted in the run's own bill.
 */
import { hash } from 'node:crypto';
import { AthenaClient, GetTableMetadataCommand, type TableMetadata } from '@aws-sdk/client-athena';
import { requireMember } from '../../aws/answer.ts';
import type { AccountSession } from '../../aws/session.ts';
import { CollectError } from '../../errors.ts';
import type { BillLine } from '../../model/bill.ts';
import { addDays } from '../../model/days.ts';
import { explainRefusal } from './athena-failures.ts';
import { gb, type Query, resultRows, runQuery } from './athena-query.ts';
import { billOf, type ChargeGroup } from './bill-lines.ts';
import { columnsOf, type ExportFormat, type Fail, type Layout, layoutOf } from './layout.ts';
import { aggregationSql, type DayRange, tableName, toGroup } from './sql.ts';

/** `billing.athena` of the config. */
export type AthenaSettings = {
  readonly database: string;
  readonly table: string;
  readonly workgroup: string;
  /** Default: what the workgroup says. */
  readonly outputLocation?: string | undefined;
  readonly region: string;
  readonly format: ExportFormat;
  readonly maxScannedGb: number;
};

export type AthenaQuestion = DayRange & {
  /** What makes it a question of its own, e.g. the run's id: asked again with the same, it is not paid again. */
  readonly run?: string;
  /** Told once, when the query has ended; 0 = an earlier answer was used. */
  readonly scanned?: (bytes: number) => void;
  readonly signal?: AbortSignal;
  readonly pollMs?: number;
  readonly deadlineMs?: number;
};

/** Names of the partition column: as AWS's own templates make it. */
const partitionName = /^billing_?period$/i;

/** @throws CollectError that says what to change */
export async function* queryAthena(
  session: AccountSession,
  settings: AthenaSettings,
  question: AthenaQuestion,
): AsyncIterable<BillLine> {
  const { database, table, format, workgroup, region, outputLocation, maxScannedGb } = settings;
  const { from, to, run = '', scanned, signal, pollMs, deadlineMs } = question;
  if (from >= to) return;
  const metadata = await tableMetadata(session, settings);
  const fail: Fail = (sentence) => new CollectError(`${database}.${table} ${sentence}`, { reason: 'unexpected' });
  const names = [...(metadata.Columns ?? []), ...(metadata.PartitionKeys ?? [])].map(({ Name = '' }) => Name);
  const layout = layoutOf(names, fail, format);
  const partition = (metadata.PartitionKeys ?? [])
    .map(({ Name = '' }) => Name)
    .find((name) => partitionName.test(name));
  const mostBytes = maxScannedGb * 2 ** 30;
  refuseTooMuch(estimatedBytes(metadata, layout, partition, question), mostBytes, settings);

  const sql = aggregationSql({ layout, table: tableName(database, table), partition, from, to });
  const place = { database, table, workgroup, region };
  const token = hash('sha256', JSON.stringify([sql, place, run]));
  const query: Query = { ...place, sql, outputLocation, token, mostBytes, signal, pollMs, deadlineMs };
  const { id, scannedBytes } = await runQuery(session, query);
  scanned?.(scannedBytes);
  yield* billOf(groupsOf(session, query, id, layout), format, fail);
}

async function* groupsOf(
  session: AccountSession,
  query: Query,
  id: string,
  layout: Layout,
): AsyncIterable<ChargeGroup> {
  for await (const row of resultRows(session, query, id)) yield toGroup(layout, row);
}

/** Columns and partitions, free of charge; `information_schema` would be a query of its own. */
async function tableMetadata(session: AccountSession, settings: AthenaSettings): Promise<TableMetadata> {
  const { database, table, workgroup, region } = settings;
  const command = new GetTableMetadataCommand({
    CatalogName: 'AwsDataCatalog',
    DatabaseName: database,
    TableName: table,
    WorkGroup: workgroup,
  });
  try {
    return requireMember(await session.client(AthenaClient, region).send(command), 'TableMetadata');
  } catch (error) {
    throw explainRefusal(error, settings, 'athena:GetTableMetadata');
  }
}

/**
 * Bytes that the query will read, from what a Glue crawler has noted of the table: its size, the share of its columns
 * where it is Parquet (CSV is read whole), and the share of its months since it was made.
 * @returns undefined where nobody has noted a size
 */
function estimatedBytes(
  { Parameters = {}, Columns = [], CreateTime }: TableMetadata,
  layout: Layout,
  partition: string | undefined,
  { from, to }: DayRange,
): number | undefined {
  const size = Number(Parameters['sizeKey'] ?? Parameters['totalSize'] ?? Number.NaN);
  if (!Number.isFinite(size)) return undefined;
  const isParquet = Object.values(Parameters).some((value) => /parquet/i.test(value));
  const columns = isParquet ? Math.min(1, columnsOf(layout).length / Math.max(1, Columns.length)) : 1;
  const asked = monthsBetween(from, addDays(to, -1));
  const known = CreateTime === undefined ? asked : monthsBetween(CreateTime.toISOString(), to);
  const months = partition === undefined ? 1 : Math.min(1, asked / Math.max(1, known));
  return size * columns * months;
}

/** Calendar months that are touched. */
function monthsBetween(from: string, to: string): number {
  const [a, b] = [from, to].map((day) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)));
  return (b ?? 0) - (a ?? 0) + 1;
}

function refuseTooMuch(bytes: number | undefined, mostBytes: number, { database, table }: AthenaSettings): void {
  if (bytes === undefined || bytes <= mostBytes) return;
  throw new CollectError(
    `the query on ${database}.${table} would read about ${gb(bytes)} GB and may read ${gb(mostBytes)}: not asked; raise billing.athena.maxScannedGb, or deliver the export as Parquet with partitions`,
    { reason: 'own-budget' },
  );
}
