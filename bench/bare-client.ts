/**
 * What the SDK alone needs for the reads of an audit of buckets: the measure for what our own layer adds.
 * Same calls, same handler settings, same number in flight; no limiter, meter, deadline, record or check.
 */
import { Agent as HttpAgent } from 'node:http';
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  ListBucketsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import pLimit, { type LimitFunction } from 'p-limit';
import type { BareFigures, BareRequest } from './audit-process.ts';

const homeRegion = 'us-east-1';

export async function readBuckets(request: BareRequest): Promise<BareFigures> {
  Object.assign(process.env, request.environment);
  const before = process.threadCpuUsage();
  const requestHandler = new NodeHttpHandler({
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: 50, maxTotalSockets: 256 }),
    connectionTimeout: 2000,
    requestTimeout: 30_000,
    throwOnRequestTimeout: true,
    socketTimeout: 20_000,
  });
  const base = { requestHandler, maxAttempts: 1 };
  const sts = new STSClient({ ...base, region: homeRegion });
  const limit = pLimit(request.inFlight);
  let calls = 0;
  for (const roleArn of request.roleArns) {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'bare' }));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const credentials = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    };
    calls += 1 + (await readAccount((region) => new S3Client({ ...base, region, credentials }), limit));
  }
  const used = process.threadCpuUsage(before);
  requestHandler.destroy();
  return { mainCpuMs: (used.user + used.system) / 1000, calls };
}

/** @returns calls made */
async function readAccount(open: (region: string) => S3Client, limit: LimitFunction): Promise<number> {
  const clients = new Map<string, S3Client>();
  const clientIn = (region: string): S3Client => {
    const client = clients.get(region) ?? open(region);
    clients.set(region, client);
    return client;
  };
  const { Buckets = [] } = await clientIn(homeRegion).send(new ListBucketsCommand({ MaxBuckets: 10_000 }));
  const reads = Buckets.flatMap(({ Name: Bucket = '', BucketRegion = homeRegion }) => {
    const client = clientIn(BucketRegion);
    return [
      () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
      () => client.send(new GetBucketVersioningCommand({ Bucket })),
      () => client.send(new GetBucketTaggingCommand({ Bucket })),
    ];
  });
  // What is not configured is answered with an error; reading that costs as well.
  await Promise.all(reads.map((read) => limit(() => read().catch(() => undefined))));
  return 1 + reads.length;
}
