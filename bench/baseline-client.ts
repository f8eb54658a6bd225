/**
 * The reads of an audit of buckets, as tools make them that leave AWS's limits to the SDK: its standard or its adaptive
 * retries with all accounts at once, or one account after the other. What fails in the end is lost to them.
 */
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  ListBucketsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import pLimit, { type LimitFunction } from 'p-limit';
import type { BaselineFigures, BaselineRequest } from './audit-process.ts';

const homeRegion = 'us-east-1';
/** Of one account, where accounts come one after the other: what such tools use. */
const inFlightOfOne = 10;
/** Answers, though they come as errors: there is no such configuration. */
const answers: ReadonlySet<string> = new Set(['NoSuchLifecycleConfiguration', 'NoSuchTagSet', 'NoSuchBucket']);

export async function readByBaseline(request: BaselineRequest): Promise<BaselineFigures> {
  Object.assign(process.env, request.environment);
  const { system, roleArns, inFlight } = request;
  const retryMode = system === 'sdk-adaptive' ? 'adaptive' : 'standard';
  const sts = new STSClient({ region: homeRegion, retryMode });
  const counts = { operations: 0, lost: 0 };
  const isSerial = system === 'account-by-account';
  const limit = pLimit(isSerial ? inFlightOfOne : inFlight);
  const startedAt = performance.now();
  const readOne = async (roleArn: string): Promise<void> => {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'baseline' }));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    const clients = new Map<string, S3Client>();
    const clientIn = (region: string): S3Client => {
      const client = clients.get(region) ?? new S3Client({ region, credentials, retryMode });
      clients.set(region, client);
      return client;
    };
    await readAccount(clientIn, limit, counts);
    for (const client of clients.values()) client.destroy();
  };
  if (isSerial) for (const roleArn of roleArns) await readOne(roleArn);
  else await Promise.all(roleArns.map(readOne));
  return { wallMs: performance.now() - startedAt, ...counts };
}

async function readAccount(
  clientIn: (region: string) => S3Client,
  limit: LimitFunction,
  counts: { operations: number; lost: number },
): Promise<void> {
  const attempt = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    counts.operations += 1;
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Error) || !answers.has(error.name)) counts.lost += 1;
      return undefined;
    }
  };
  const listed = await attempt(() => clientIn(homeRegion).send(new ListBucketsCommand({ MaxBuckets: 10_000 })));
  const reads = (listed?.Buckets ?? []).flatMap(({ Name: Bucket = '', BucketRegion = homeRegion }) => {
    const client = clientIn(BucketRegion);
    return [
      () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
      () => client.send(new GetBucketVersioningCommand({ Bucket })),
      () => client.send(new GetBucketTaggingCommand({ Bucket })),
    ];
  });
  await Promise.all(reads.map((read) => limit(() => attempt<unknown>(read))));
}
