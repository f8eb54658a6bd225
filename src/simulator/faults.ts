/** Scripted misbehaviour: which calls fail, and how AWS words it. */
import { AwsError } from './handler.ts';
import { chance } from './random.ts';
import type { Protocol } from './wire/services.ts';
import type { ServiceName } from './world.ts';

export type FaultKind =
  | 'denied'
  | 'denied-by-scp'
  | 'denied-by-resource-policy'
  | 'throttle'
  | 'server-error'
  | 'drop'
  /** Half of the body, then the connection goes. */
  | 'half-body'
  | 'hang'
  /** Answers after `delayMs`. */
  | 'slow'
  /** Headers at once, then a byte a second, without end. */
  | 'trickle'
  | 'empty-200'
  | 'html-200'
  /** Status 200 with the service's error document. */
  | 'error-200'
  /** Status 200 and a right length, but the document stops half-way. */
  | 'broken-document'
  | 'expired-token'
  /** A request that carries a page token is refused: the token is no longer good. */
  | 'bad-page-token'
  /** Every page names itself as the next one. */
  | 'repeat-token';

export type Fault = {
  readonly kind: FaultKind;
  readonly accountId?: string;
  readonly region?: string;
  readonly service?: ServiceName;
  readonly operation?: string;
  /** S3: only this bucket. */
  readonly bucket?: string;
  /** Only requests without (`first`) or with (`later`) a page token. */
  readonly page?: 'first' | 'later';
  /** Which of the matching calls, counted from 1; default: all. */
  readonly calls?: readonly number[];
  /** Chance of each of them, 0 to 1; default: certain. The same seed strikes the same calls. */
  readonly probability?: number;
  /** Default: 1. */
  readonly seed?: number;
  /** For `slow`: milliseconds on top of the latency. */
  readonly delayMs?: number;
  /** For `throttle`: seconds of Retry-After. */
  readonly retryAfterSeconds?: number;
};

export type FaultCall = {
  readonly accountId: string;
  readonly region: string;
  readonly service: ServiceName;
  readonly operation: string;
  readonly bucket: string | undefined;
  readonly hasPageToken: boolean;
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
        if (!matches(entry.fault, call)) continue;
        entry.seen += 1;
        if (hit === undefined && strikes(entry.fault, entry.seen)) hit = entry.fault;
      }
      return hit;
    },
  };
}

function matches(fault: Fault, call: FaultCall): boolean {
  const page = fault.kind === 'bad-page-token' ? 'later' : fault.page;
  return (
    (fault.accountId ?? call.accountId) === call.accountId &&
    (fault.region ?? call.region) === call.region &&
    (fault.service ?? call.service) === call.service &&
    (fault.operation ?? call.operation) === call.operation &&
    (fault.bucket ?? call.bucket) === call.bucket &&
    (page === undefined || (page === 'later') === call.hasPageToken)
  );
}

function strikes({ calls, probability = 1, seed = 1 }: Fault, seen: number): boolean {
  if (calls !== undefined && !calls.includes(seen)) return false;
  return probability >= 1 || chance('fault', seed, seen) < probability;
}

const throttles: Readonly<Record<ServiceName, readonly [code: string, status: number]>> = {
  ec2: ['RequestLimitExceeded', 503],
  iam: ['Throttling', 400],
  sts: ['Throttling', 400],
  s3: ['SlowDown', 503],
  organizations: ['TooManyRequestsException', 400],
  'cost-explorer': ['LimitExceededException', 400],
  athena: ['TooManyRequestsException', 400],
  budgets: ['ThrottlingException', 400],
  cloudtrail: ['ThrottlingException', 400],
  cloudwatch: ['ThrottlingException', 400],
  'compute-optimizer': ['ThrottlingException', 400],
  'config-service': ['ThrottlingException', 400],
  'cost-optimization-hub': ['ThrottlingException', 400],
  'resource-groups-tagging-api': ['ThrottlingException', 400],
  pricing: ['ThrottlingException', 400],
};

export function throttleError(service: ServiceName): AwsError {
  const [code, status] = throttles[service];
  return new AwsError(code, 'Rate exceeded', status);
}

/**
 * What each service calls a page token that it does not accept: the exception its SDK client declares
 * (`InvalidNextToken`, `PaginationTokenExpiredException`, …), read 2026-11-24. EC2, IAM and S3 declare none: EC2's
 * list of error codes, IAM's common error, and the error S3 names the argument in. STS pages nothing.
 */
const pageTokenErrors: Readonly<Record<ServiceName, readonly [code: string, message: string]>> = {
  ec2: ['InvalidNextToken', 'The specified NextToken is not valid.'],
  iam: ['ValidationError', 'Invalid Marker.'],
  sts: ['ValidationError', 'Invalid Marker.'],
  s3: ['InvalidArgument', 'The continuation token provided is incorrect'],
  organizations: ['InvalidInputException', 'You provided a value for NextToken that is not valid.'],
  'cost-explorer': ['InvalidNextTokenException', 'The pagination token is invalid'],
  athena: ['InvalidRequestException', 'Invalid pagination token: the NextToken is not valid'],
  budgets: ['InvalidNextTokenException', 'The pagination token is invalid.'],
  cloudtrail: ['InvalidNextTokenException', 'A token that is not valid was given.'],
  cloudwatch: ['InvalidNextToken', 'The next token specified is invalid.'],
  'compute-optimizer': ['InvalidParameterValueException', 'The nextToken is not valid.'],
  'config-service': ['InvalidNextTokenException', 'The specified next token is not valid.'],
  'cost-optimization-hub': ['ValidationException', 'The nextToken is not valid.'],
  'resource-groups-tagging-api': ['PaginationTokenExpiredException', 'The pagination token has expired.'],
  pricing: ['InvalidNextTokenException', 'The pagination token is invalid.'],
};

export function pageTokenError(service: ServiceName): AwsError {
  const [code, message] = pageTokenErrors[service];
  return new AwsError(code, message, 400);
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
    return new AwsError(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. User: ${callerArn} is not authorized to perform: ${iamAction} ${why}`,
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
