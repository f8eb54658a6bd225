/** Scripted misbehaviour: which calls fail, and how AWS words it. */
import { AwsError } from './handler.ts';
import type { Protocol } from './wire/services.ts';
import type { ServiceName } from './world.ts';

export type FaultKind =
  | 'denied'
  | 'denied-by-scp'
  | 'denied-by-resource-policy'
  | 'throttle'
  | 'server-error'
  | 'drop'
  | 'half-body'
  | 'hang'
  | 'empty-200'
  | 'html-200'
  | 'expired-token'
  | 'repeat-token';

export type Fault = {
  readonly kind: FaultKind;
  readonly accountId?: string;
  readonly region?: string;
  readonly service?: ServiceName;
  readonly operation?: string;
  /** S3: only this bucket. */
  readonly bucket?: string;
  /** Which of the matching calls, counted from 1; default: all. */
  readonly calls?: readonly number[];
  /** For `throttle`: seconds of Retry-After. */
  readonly retryAfterSeconds?: number;
};

export type FaultCall = {
  readonly accountId: string;
  readonly region: string;
  readonly service: ServiceName;
  readonly operation: string;
  readonly bucket: string | undefined;
};

export type FaultScript = {
  add(fault: Fault): void;
  clear(): void;
  /** The fault that hits this call, if any; counts the call. */
  next(call: FaultCall): Fault | undefined;
};

export function createFaultScript(): FaultScript {
  let faults: { fault: Fault; seen: number }[] = [];
  return {
    add: (fault) => faults.push({ fault, seen: 0 }),
    clear() {
      faults = [];
    },
    next(call) {
      let hit: Fault | undefined;
      for (const entry of faults) {
        const { fault } = entry;
        const isMatch =
          (fault.accountId ?? call.accountId) === call.accountId &&
          (fault.region ?? call.region) === call.region &&
          (fault.service ?? call.service) === call.service &&
          (fault.operation ?? call.operation) === call.operation &&
          (fault.bucket ?? call.bucket) === call.bucket;
        if (!isMatch) continue;
        entry.seen += 1;
        if (hit === undefined && (fault.calls?.includes(entry.seen) ?? true)) hit = fault;
      }
      return hit;
    },
  };
}

const throttles: Readonly<Record<ServiceName, readonly [code: string, status: number]>> = {
  ec2: ['RequestLimitExceeded', 503],
  iam: ['Throttling', 400],
  sts: ['Throttling', 400],
  s3: ['SlowDown', 503],
  organizations: ['TooManyRequestsException', 400],
  'cost-explorer': ['LimitExceededException', 400],
  cloudwatch: ['ThrottlingException', 400],
  'config-service': ['ThrottlingException', 400],
  'resource-groups-tagging-api': ['ThrottlingException', 400],
  pricing: ['ThrottlingException', 400],
};

export function throttleError(service: ServiceName): AwsError {
  const [code, status] = throttles[service];
  return new AwsError(code, 'Rate exceeded', status);
}

/** Refusals in AWS's words; EC2 alone names no action. */
export function deniedError(
  protocol: Protocol,
  service: ServiceName,
  callerArn: string,
  iamAction: string,
  why: string,
  resource?: string,
): AwsError {
  if (protocol === 'ec2-query') {
    const scp = why.includes('service control policy') ? ` ${why}.` : '';
    return new AwsError(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. User: ${callerArn} is not authorized to perform: ${iamAction}${scp === '' ? ` ${why}` : ` ${why}`}`,
      403,
    );
  }
  const code = protocol === 'json' ? 'AccessDeniedException' : 'AccessDenied';
  const on = resource === undefined ? '' : ` on resource: ${resource}`;
  return new AwsError(
    code,
    `User: ${callerArn} is not authorized to perform: ${iamAction}${on} ${why}`,
    protocol === 'json' && service !== 'cloudwatch' ? 400 : 403,
  );
}

export function deniedReason(
  kind: 'denied' | 'denied-by-scp' | 'denied-by-resource-policy',
  iamAction: string,
): string {
  switch (kind) {
    case 'denied':
      return `because no identity-based policy allows the ${iamAction} action`;
    case 'denied-by-scp':
      return 'with an explicit deny in a service control policy';
    case 'denied-by-resource-policy':
      return 'with an explicit deny in a resource-based policy';
  }
}
