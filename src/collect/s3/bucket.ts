import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { requireMember, walkPages } from '../../aws/answer.ts';
import { CollectError } from '../../errors.ts';
import type { Collector } from '../collector.ts';
import { partition } from '../ec2/records.ts';

/** Asking for a page size makes S3 send each bucket's region, and pages at all. Largest page S3 gives. */
const pageSize = 10_000;

export const s3Bucket: Collector<'s3.bucket'> = {
  kind: 's3.bucket',
  scope: 'global',
  iamActions: ['s3:ListAllMyBuckets'],
  async *collect({ session, scope }) {
    const client = session.client(S3Client);
    const pages = walkPages(
      (ContinuationToken) => client.send(new ListBucketsCommand({ MaxBuckets: pageSize, ContinuationToken })),
      ({ ContinuationToken }) => ContinuationToken,
    );
    for await (const answer of pages) {
      for (const { Name = '', BucketRegion } of requireMember(answer, 'Buckets')) {
        if (BucketRegion === undefined)
          throw new CollectError(`S3 sent no region for bucket ${Name}`, { reason: 'unexpected' });
        yield {
          id: Name,
          arn: `arn:${partition(BucketRegion)}:s3:::${Name}`,
          type: 'AWS::S3::Bucket',
          accountId: scope.account.id,
          region: BucketRegion,
          tags: undefined,
        };
      }
    }
  },
};
