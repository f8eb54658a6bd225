/** Why a decoded request is not answered: by script, by policy, or because of its account and region. */
import { deniedError, deniedReason, type Fault, type FaultKind, pageTokenError, throttleError } from './faults.ts';
import { AwsError } from './handler.ts';
import { iamActionOf, isAllowed, type PolicyDocument } from './policy.ts';
import type { Session } from './sts.ts';
import type { Service } from './wire/services.ts';
import type { World } from './world.ts';

export type Policies = { readonly hub?: PolicyDocument; readonly member?: PolicyDocument };

export type Judged = {
  readonly session: Session;
  readonly service: Service;
  readonly operation: string;
  readonly region: string;
  readonly input: object;
};

/** @throws AwsError as the script has it; faults that spoil the answer instead are left to `deliver` */
export function failAsScripted(fault: Fault | undefined, judged: Judged): void {
  const { service } = judged;
  switch (fault?.kind) {
    case 'denied':
    case 'denied-by-scp':
    case 'denied-by-resource-policy':
      throw denied(judged, fault.kind);
    case 'throttle':
      throw throttleError(service.name);
    case 'server-error':
      throw new AwsError('InternalError', 'We encountered an internal error', 500);
    case 'error-200':
      throw new AwsError('InternalError', 'We encountered an internal error', 200);
    case 'expired-token':
      throw new AwsError(
        service.protocol === 'json' ? 'ExpiredTokenException' : 'ExpiredToken',
        'The security token included in the request is expired',
        403,
      );
    case 'bad-page-token':
      throw pageTokenError(service.name);
    default:
      return;
  }
}

/** @throws AwsError when the account, the policy of the caller or the region does not allow the request */
export function judge(judged: Judged, world: World, policies: Policies): void {
  const { session, service, operation, region, input } = judged;
  if (world.isSuspended(session.accountId)) throw denied(judged, 'denied');
  const policy = session.isHub ? policies.hub : policies.member;
  // Everybody may ask who they are.
  if (policy !== undefined && operation !== 'GetCallerIdentity') {
    const resource =
      'RoleArn' in input ? String(input.RoleArn) : 'Bucket' in input ? `arn:aws:s3:::${String(input.Bucket)}` : '*';
    const context = {
      'aws:requestedregion': region,
      ...('ExternalId' in input ? { 'sts:externalid': String(input.ExternalId) } : {}),
    };
    const action = iamActionOf(service.iamPrefix, operation);
    if (!isAllowed(policy, { action, resource, context })) throw denied(judged, 'denied', resource);
  }
  if (service.name === 'sts' || service.name === 's3' || world.isRegionEnabled(session.accountId, region)) return;
  const isEc2 = service.protocol === 'ec2-query';
  throw new AwsError(
    isEc2 ? 'AuthFailure' : 'UnrecognizedClientException',
    'The security token included in the request is invalid',
    isEc2 ? 401 : 400,
  );
}

function denied(
  { session, service, operation }: Judged,
  kind: Extract<FaultKind, `denied${string}`>,
  resource?: string,
): AwsError {
  const iamAction = iamActionOf(service.iamPrefix, operation);
  const reason = deniedReason(kind, iamAction);
  return deniedError(service.protocol, service.name, session.callerArn, iamAction, reason, resource);
}
