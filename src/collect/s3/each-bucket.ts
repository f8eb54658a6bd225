/** One GET per bucket, in the bucket's own region. */
import { S3Client } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { toCollectError } from '../../aws/errors.ts';
import type { Resource } from '../../model/inventory.ts';
import type { CollectContext } from '../collector.ts';

/** Requests waiting at once for one account; the rate limit decides the pace, this only bounds memory. */
const inFlight = 16;

/**
 * Calls `read` for every bucket. A bucket deleted meanwhile is dropped. A bucket whose own policy denies the auditor is
 * missed alone; when all fail, the permission is missing and the first error stands for the kind.
 * @param absent error codes that mean "not configured"; `read` is then given `undefined`
 */
export async function* eachBucket<Answer, Record extends Resource>(
  context: CollectContext,
  read: {
    send: (client: S3Client, bucket: string) => Promise<Answer>;
    absent: readonly string[];
    toRecord: (bucket: Resource, answer: Answer | undefined) => Record;
  },
): AsyncIterable<Record> {
  const buckets = context.collected('s3.bucket');
  const limit = pLimit(inFlight);
  const failures: { bucket: string; error: unknown }[] = [];
  const records = await Promise.all(
    buckets.map((bucket) =>
      limit(async () => {
        try {
          return read.toRecord(bucket, await read.send(context.session.client(S3Client, bucket.region), bucket.id));
        } catch (error) {
          const code = error instanceof Error ? error.name : '';
          if (code === 'NoSuchBucket') return undefined;
          if (read.absent.includes(code)) return read.toRecord(bucket, undefined);
          failures.push({ bucket: bucket.id, error });
          return undefined;
        }
      }),
    ),
  );
  const [first] = failures;
  const isGeneral = failures.length === buckets.length && !failures.every(({ error }) => isBucketDenial(error));
  if (first !== undefined && (isGeneral || failures.some(({ error }) => isOwnDenial(error)))) {
    throw failures.find(({ error }) => isOwnDenial(error))?.error ?? first.error;
  }
  for (const { bucket, error } of failures) context.missed(bucket, error);
  for (const record of records) if (record !== undefined) yield record;
}

/** The bucket's own policy is in the way: typically one that lets only its VPC endpoint in. */
function isBucketDenial(error: unknown): boolean {
  const { reason, message } = toCollectError(error);
  return reason === 'denied' && /resource-based policy/.test(message);
}

/** S3 says whether our own policy or the bucket's is in the way; ours is in the way of all. */
function isOwnDenial(error: unknown): boolean {
  const { reason, message } = toCollectError(error);
  return reason === 'denied' && /no identity-based policy/.test(message);
}
