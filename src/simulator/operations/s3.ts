/** S3's bucket list and per-bucket settings, each answered only in the bucket's own region. */
import type { BucketState } from '../account-state.ts';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type Call, type Input, type ServiceOperations } from '../handler.ts';
import { itemsOf, joined, mapped } from '../lists.ts';

export function s3Operations(world: SimulatedWorld): ServiceOperations {
  const open = (input: Input, call: Call, action: string): BucketState => {
    const bucket =
      world.state(call.accountId).buckets.find(({ name }) => name === input.Bucket) ??
      world.bulk(call.accountId).bucket(input.Bucket);
    if (bucket === undefined) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
    if (bucket.region !== call.region)
      throw new AwsError(
        'PermanentRedirect',
        'The bucket you are attempting to access must be addressed using the specified endpoint',
        301,
      );
    if (bucket.isClosed)
      throw new AwsError(
        'AccessDenied',
        `User: ${call.callerArn} is not authorized to perform: ${action} on resource: "arn:aws:s3:::${bucket.name}" with an explicit deny in a resource-based policy`,
        403,
      );
    return bucket;
  };
  return {
    ListBuckets: {
      page: {
        items: 'Buckets',
        inToken: 'ContinuationToken',
        outToken: 'ContinuationToken',
        size: 'MaxBuckets',
        max: 10_000,
      },
      handle: (input: Input, { accountId }: Call) => {
        const all = joined(world.state(accountId).buckets, world.bulk(accountId).buckets);
        const isFiltered = input.Prefix !== undefined || input.BucketRegion !== undefined;
        const buckets = isFiltered
          ? itemsOf(all).filter(
              ({ name, region }) => name.startsWith(input.Prefix ?? '') && (input.BucketRegion ?? region) === region,
            )
          : all;
        // Without a page size S3 sends neither pages nor regions.
        const isPaged = input.MaxBuckets !== undefined;
        return {
          Buckets: mapped(buckets, ({ name, region }) => ({
            Name: name,
            CreationDate: new Date('2025-01-01T00:00:00Z'),
            ...(isPaged ? { BucketRegion: region } : {}),
          })),
          Owner: { ID: accountId },
        };
      },
    },
    GetBucketLocation: {
      handle: (input: Input, call: Call) => ({ LocationConstraint: open(input, call, 's3:GetBucketLocation').region }),
    },
    GetBucketLifecycleConfiguration: {
      handle: (input: Input, call: Call) => {
        const { rules } = open(input, call, 's3:GetLifecycleConfiguration');
        if (rules === undefined)
          throw new AwsError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', 404);
        return { Rules: rules };
      },
    },
    GetBucketVersioning: {
      handle: (input: Input, call: Call) => {
        const { versioning } = open(input, call, 's3:GetBucketVersioning');
        return versioning === undefined ? {} : { Status: versioning };
      },
    },
    GetBucketTagging: {
      handle: (input: Input, call: Call) => {
        const { tags } = open(input, call, 's3:GetBucketTagging');
        if (Object.keys(tags).length === 0) throw new AwsError('NoSuchTagSet', 'The TagSet does not exist', 404);
        return { TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
      },
    },
  };
}
