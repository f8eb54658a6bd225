/** Credentials: who we are, and one AssumeRole per account and hour however many clients ask. */
import { AssumeRoleCommand, GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@smithy/types';
import { ConfigError } from '../errors.ts';
import { type Logger, scrub } from '../log.ts';
import { toCollectError } from './errors.ts';

/** `forceRefresh`: AWS says that the ones it gave before have expired. */
export type Credentials = (options?: { readonly forceRefresh?: boolean }) => Promise<AwsCredentialIdentity>;

/** The credentials of one account, for all its clients. */
export type AccountCredentials = {
  readonly get: Credentials;
  /** A request that was sent then has been refused as expired. Renews, unless that was done since. */
  renew(sentAt: number): Promise<void>;
};

export type Identity = { readonly accountId: string; readonly arn: string; readonly partition: string };

/** Role chaining ends sessions after an hour whatever is asked for. */
const sessionSeconds = 3600;
/** Renewed in the background from here on, while the old ones still work. */
const refreshAheadMs = 10 * 60_000;
/** Closer to the end than this, callers wait for new ones. */
const tooOldMs = 60_000;
/** After a renewal in the background failed, the old session is used for so long before the next try. */
const renewAgainMs = 60_000;

const remedies: Readonly<Record<string, string>> = {
  CredentialsProviderError: 'no AWS credentials found; set AWS_PROFILE, run `aws sso login`, or give the task a role',
  ExpiredToken: 'the AWS credentials have expired; get new ones (for example `aws sso login`) and start again',
  ExpiredTokenException: 'the AWS credentials have expired; get new ones (for example `aws sso login`) and start again',
  InvalidClientTokenId: 'AWS does not know these credentials; check AWS_PROFILE or the access key',
  SignatureDoesNotMatch: 'AWS does not accept the secret of these credentials; check the secret access key',
};

/** @throws ConfigError in one sentence with the remedy */
export async function callerIdentity(sts: STSClient): Promise<Identity> {
  try {
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    if (Account === undefined || Arn === undefined) throw new Error('GetCallerIdentity answered without an account');
    return { accountId: Account, arn: Arn, partition: Arn.split(':')[1] ?? 'aws' };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError(remedies[name] ?? `AWS does not say who we are: ${scrub(`${name}: ${message}`)}`, {
      cause: error,
    });
  }
}

type AssumeRequest = {
  readonly accountId: string;
  readonly roleArn: string;
  readonly externalId: string | undefined;
  readonly runId: string;
  readonly sts: STSClient;
  readonly log: Logger;
};

/** A memo for the account: the SDK alone would assume the role once per client, and again on every call near the end. */
export function assumeRole(request: AssumeRequest): AccountCredentials {
  const { accountId, roleArn, externalId, runId, sts, log } = request;
  const sessionName = `costwarden-${runId}`.replace(/[^\w+=,.@-]/g, '-').slice(0, 64);
  let current: AwsCredentialIdentity | undefined;
  let pending: Promise<AwsCredentialIdentity> | undefined;
  let refusal: unknown;
  let renewAt = 0;
  let renewedAt = 0;

  const fetch = async (): Promise<AwsCredentialIdentity> => {
    const { Credentials: given } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: sessionName,
        DurationSeconds: sessionSeconds,
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
      }),
    );
    if (given?.AccessKeyId === undefined || given.SecretAccessKey === undefined || given.Expiration === undefined) {
      throw new Error('AssumeRole answered without credentials');
    }
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      ...(given.SessionToken === undefined ? {} : { sessionToken: given.SessionToken }),
      expiration: given.Expiration,
    };
  };
  const refresh = (): Promise<AwsCredentialIdentity> => {
    pending ??= fetch()
      .then((fresh) => {
        current = fresh;
        renewedAt = performance.now();
        return fresh;
      })
      .catch((error: unknown) => {
        // A role that refuses will refuse every client: asked once, remembered for the session.
        if (current === undefined && toCollectError(error).reason.startsWith('denied')) refusal = error;
        throw error;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };
  return {
    // A client that asks with force wants to be rid of its copy; whether ours is over is known by `renew`.
    get: async () => {
      if (refusal !== undefined) throw refusal;
      const left = current?.expiration === undefined ? 0 : current.expiration.getTime() - Date.now();
      if (current === undefined || left < tooOldMs) return refresh();
      if (left < refreshAheadMs && Date.now() >= renewAt) {
        renewAt = Date.now() + renewAgainMs;
        refresh().catch((error: unknown) =>
          log.warn({ accountId, err: error }, 'role not renewed; the old session still works'),
        );
      }
      return current;
    },
    renew: async (sentAt) => {
      if (renewedAt <= sentAt) await refresh();
    },
  };
}

/** The worker's own credentials: the SDK's provider knows when they end, and reads them anew when it is told to. */
export function ownCredentials(provider: Credentials): AccountCredentials {
  return { get: provider, renew: async () => {} };
}

export function roleArn(partition: string, accountId: string, role: string): string {
  return `arn:${partition}:iam::${accountId}:role/${role}`;
}
