/** STS of the simulated organization: sessions by access key, with their end. */
import { AwsError, type ServiceOperations } from './handler.ts';
import type { Service } from './wire/services.ts';
import type { World } from './world.ts';

export type Session = { readonly accountId: string; readonly callerArn: string; readonly isHub: boolean };

export type Sts = {
  /** @throws AwsError for an unknown key or an ended session, in the service's words */
  sessionOf(accessKeyId: string, service: Service): Session;
  readonly operations: ServiceOperations;
};

export function createSts(world: World, now: () => number): Sts {
  const sessions = new Map<string, Session & { readonly endsAt: number }>();
  let issued = 0;
  return {
    sessionOf(accessKeyId, service) {
      if (accessKeyId === world.baseAccessKeyId) {
        const accountId = world.managementAccountId;
        return { accountId, callerArn: `arn:aws:iam::${accountId}:user/costwarden-worker`, isHub: true };
      }
      const session = sessions.get(accessKeyId);
      if (session === undefined) {
        const code = {
          'ec2-query': 'AuthFailure',
          query: 'InvalidClientTokenId',
          json: 'UnrecognizedClientException',
          'rest-xml': 'InvalidAccessKeyId',
        }[service.protocol];
        throw new AwsError(code, 'The security token included in the request is invalid', 403);
      }
      if (session.endsAt <= now()) {
        throw new AwsError(
          service.protocol === 'json' ? 'ExpiredTokenException' : 'ExpiredToken',
          'The security token included in the request is expired',
          403,
        );
      }
      return session;
    },
    operations: {
      GetCallerIdentity: {
        handle: (_, { accountId, callerArn }) => ({
          Account: accountId,
          Arn: callerArn,
          UserId: 'AROASIMULATED00000000:session',
        }),
      },
      AssumeRole: {
        handle: (input, call) => {
          const { RoleArn, RoleSessionName, ExternalId, DurationSeconds = 3600 } = input;
          const { accountId, roleName } = world.assumeRole({
            roleArn: RoleArn,
            externalId: ExternalId,
            callerAccountId: call.accountId,
          });
          issued += 1;
          const AccessKeyId = `ASIA${String(issued).padStart(16, '0')}`;
          const endsAt = now() + DurationSeconds * 1000;
          const callerArn = `arn:aws:sts::${accountId}:assumed-role/${roleName}/${RoleSessionName}`;
          sessions.set(AccessKeyId, { accountId, callerArn, isHub: false, endsAt });
          return {
            Credentials: {
              AccessKeyId,
              SecretAccessKey: 'simulated',
              SessionToken: `session-${issued}`,
              Expiration: new Date(endsAt),
            },
            AssumedRoleUser: { AssumedRoleId: `AROASIMULATED00000000:${RoleSessionName}`, Arn: callerArn },
          };
        },
      },
    },
  };
}
