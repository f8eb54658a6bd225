/** Mocked buckets: their list, and answers to what is asked of each of them. */
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import type { Kind } from '../../src/model/inventory.ts';
import { accountId, awsError, collectKind, denial } from './collected.ts';

const bucketRegions: Readonly<Record<string, string>> = {
  assets: 'eu-west-1',
  logs: 'us-east-1',
  backup: 'eu-west-1',
};

export type Asked = { readonly bucket: string; readonly region: string };

// biome-ignore lint/suspicious/noExplicitAny: every command has its own input type
type AnyCommand = new (input: any) => object;

/** @param answer what S3 says about a bucket; throw to fail */
export function mockBuckets(command: AnyCommand, answer: (bucket: string) => object): { readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const mock = mockClient(S3Client);
  mock.on(ListBucketsCommand).resolves({
    Buckets: Object.entries(bucketRegions).map(([Name, BucketRegion]) => ({ Name, BucketRegion })),
  });
  mock
    .on(command as never)
    .callsFake(async ({ Bucket }: { Bucket: string }, client: () => { config: { region(): Promise<string> } }) => {
      asked.push({ bucket: Bucket, region: await client().config.region() });
      return answer(Bucket);
    });
  return { asked };
}

/** A refusal by the bucket's own policy, which no permission of the role could lift. */
function bucketDenial(action: string, bucket: string): Error {
  return awsError(
    'AccessDenied',
    `User: arn:aws:sts::${accountId}:assumed-role/costwarden-audit/run is not authorized to perform: ${action} on resource: "arn:aws:s3:::${bucket}" with an explicit deny in a resource-based policy`,
    403,
  );
}

export function bucketRecord(id: string): {
  id: string;
  arn: string;
  type: string;
  accountId: string;
  region: string;
} {
  return { id, arn: `arn:aws:s3:::${id}`, type: 'AWS::S3::Bucket', accountId, region: bucketRegions[id] ?? '' };
}

export type BucketCase = {
  readonly command: AnyCommand;
  readonly iamAction: string;
  readonly answer: (bucket: string) => object;
};

/** What every look into single buckets must hold. */
export function testEachBucket(kind: Kind, { command, iamAction, answer }: BucketCase): void {
  const failing = (errors: Readonly<Record<string, Error>>) =>
    mockBuckets(command, (bucket) => {
      const error = errors[bucket];
      if (error !== undefined) throw error;
      return answer(bucket);
    });
  const all = (error: (bucket: string) => Error): Record<string, Error> =>
    Object.fromEntries(Object.keys(bucketRegions).map((bucket) => [bucket, error(bucket)]));

  test('each bucket is asked once, in its own region', async () => {
    const { asked } = failing({});
    expect((await collectKind(kind)).gaps).toEqual([]);
    expect(asked).toEqual(Object.entries(bucketRegions).map(([bucket, region]) => ({ bucket, region })));
  });

  test('a bucket whose own policy denies the auditor is a gap for that bucket alone', async () => {
    failing({ logs: bucketDenial(iamAction, 'logs') });
    const { gaps, records } = await collectKind(kind);
    expect(records.get(kind)!.map(({ id }) => id)).toEqual(['assets', 'backup']);
    expect(gaps).toEqual([expect.objectContaining({ kind, reason: 'denied', iamAction, resourceId: 'logs' })]);
  });

  test('where every bucket has such a policy, every bucket is a gap', async () => {
    failing(all((bucket) => bucketDenial(iamAction, bucket)));
    const { gaps, records } = await collectKind(kind);
    expect(records.get(kind)).toEqual([]);
    expect(gaps.map(({ resourceId }) => resourceId)).toEqual(['assets', 'logs', 'backup']);
  });

  test('a permission that the role lacks is one gap that names it, and nothing is kept', async () => {
    failing(all(() => denial(iamAction)));
    const { gaps, records } = await collectKind(kind);
    expect(records.has(kind)).toBe(false);
    expect(gaps).toEqual([expect.objectContaining({ kind, reason: 'denied', iamAction, resourceId: undefined })]);
  });

  test('a bare refusal of all buckets means the permission', async () => {
    failing(all(() => awsError('AccessDenied', 'Access Denied', 403)));
    expect((await collectKind(kind)).gaps).toEqual([
      expect.objectContaining({ kind, reason: 'denied', iamAction, resourceId: undefined }),
    ]);
  });

  test('a bucket that was deleted meanwhile is neither a record nor a gap', async () => {
    failing({ logs: awsError('NoSuchBucket', 'The specified bucket does not exist', 404) });
    const { gaps, records } = await collectKind(kind);
    expect(records.get(kind)!.map(({ id }) => id)).toEqual(['assets', 'backup']);
    expect(gaps).toEqual([]);
  });

  test('buckets that could not be listed are a gap of this kind too', async () => {
    mockClient(S3Client).on(ListBucketsCommand).rejects(denial('s3:ListAllMyBuckets'));
    const { gaps, records } = await collectKind(kind);
    expect(records.has(kind)).toBe(false);
    expect(gaps.map((gap) => [gap.kind, gap.iamAction])).toEqual([
      ['s3.bucket', 's3:ListAllMyBuckets'],
      [kind, 's3:ListAllMyBuckets'],
    ]);
  });
}
