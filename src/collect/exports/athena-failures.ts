/** What Athena's refusals mean to an operator: where it happened, why, and what to change. */
import { toCollectError } from '../../aws/errors.ts';
import { CollectError } from '../../errors.ts';
import type { GapReason } from '../../model/inventory.ts';

/** What a message names. */
export type AthenaPlace = {
  readonly database: string;
  readonly table: string;
  readonly workgroup: string;
  readonly region: string;
};

type Explanation = {
  readonly pattern: RegExp;
  readonly reason: GapReason;
  readonly what: (place: AthenaPlace) => string;
};

/**
 * First match wins. Texts as Athena words them: troubleshooting pages of the Athena user guide and public reports,
 * read 2026-11-25. Most have no code of their own.
 */
const explanations: readonly Explanation[] = [
  {
    pattern: /output location/i,
    reason: 'not-enabled',
    what: ({ workgroup }) =>
      `Athena has no place for results: set billing.athena.outputLocation, or a query result location in the workgroup ${workgroup}`,
  },
  {
    pattern: /work ?group .*(not found|does not exist|disabled)/i,
    reason: 'not-enabled',
    what: ({ workgroup, region }) =>
      `Athena has no usable workgroup ${workgroup} in ${region}: check billing.athena.workgroup`,
  },
  {
    pattern: /bytes scanned limit|BytesScannedCutoff/i,
    reason: 'own-budget',
    what: ({ workgroup }) =>
      `the workgroup ${workgroup} ended the query at its limit of scanned data: raise that limit, or deliver the export as Parquet`,
  },
  {
    pattern: /writing output to|write.*(result|output)/i,
    reason: 'denied',
    what: () =>
      'Athena may not write its results: let the role put objects at billing.athena.outputLocation (s3:PutObject, s3:GetBucketLocation)',
  },
  {
    pattern: /access ?denied|not authorized|insufficient .*permission/i,
    reason: 'denied',
    what: ({ database, table }) =>
      `Athena may not read ${database}.${table}: let the role read the table (glue:GetTable, glue:GetPartitions) and the bucket of the export (s3:GetObject, s3:ListBucket, the key if it is encrypted)`,
  },
  {
    pattern: /TABLE_NOT_FOUND|SCHEMA_NOT_FOUND|EntityNotFound|not found|does not exist/i,
    reason: 'not-enabled',
    what: ({ database, table, region }) =>
      `there is no table ${database}.${table} in ${region}: check billing.athena.database, table and region, or create the table from the template that AWS delivers with the export`,
  },
];

/** A request that Athena refused. @param iamAction permission of the call */
export function explainRefusal(error: unknown, place: AthenaPlace, iamAction: string): CollectError {
  const known = toCollectError(error, { iamAction });
  // Only where the code says nothing: a denial of the call itself already names its permission.
  const isVague = error instanceof Error && /^(InvalidRequest|Metadata|ResourceNotFound)Exception$/.test(error.name);
  if (known.reason !== 'unexpected' || !isVague) return known;
  return explain(known.message, place, error) ?? known;
}

/** A query that did not succeed. @param reason `StateChangeReason`, which may be missing */
export function explainFailure(reason: string, place: AthenaPlace): CollectError {
  const [line = ''] = reason.split('\n');
  return (
    explain(reason, place, undefined) ??
    new CollectError(
      `Athena could not finish the query on ${place.database}.${place.table} (${line || 'no reason given'})`,
      {
        reason: 'unexpected',
      },
    )
  );
}

function explain(text: string, place: AthenaPlace, cause: unknown): CollectError | undefined {
  const found = explanations.find(({ pattern }) => pattern.test(text));
  if (found === undefined) return undefined;
  const [line = ''] = text.split('\n');
  const iamAction = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9*]+)/.exec(text)?.[1];
  return new CollectError(`${found.what(place)} (${line})`, { reason: found.reason, iamAction, cause });
}
