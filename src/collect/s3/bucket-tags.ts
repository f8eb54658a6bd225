import { GetBucketTaggingCommand } from '@aws-sdk/client-s3';
import { requireMember } from '../../aws/answer.ts';
import type { Collector } from '../collector.ts';
import { eachBucket } from './each-bucket.ts';

export const s3BucketTags: Collector<'s3.bucket-tags'> = {
  kind: 's3.bucket-tags',
  scope: 'global',
  iamActions: ['s3:GetBucketTagging'],
  after: ['s3.bucket'],
  collect: (context) =>
    eachBucket(context, {
      send: (client, Bucket) => client.send(new GetBucketTaggingCommand({ Bucket })),
      absent: ['NoSuchTagSet'],
      toRecord: (bucket, answer) => ({
        ...bucket,
        tags: Object.fromEntries(
          (answer === undefined ? [] : requireMember(answer, 'TagSet')).map(({ Key = '', Value = '' }) => [Key, Value]),
        ),
      }),
    }),
};
