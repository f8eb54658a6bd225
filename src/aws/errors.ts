/** What an SDK error means for a run: a reason, the missing permission, one clear sentence. */
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { CollectError } from '../errors.ts';
import type { GapReason } from '../model/inventory.ts';

type AwsError = Error & {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
  readonly $response?: { readonly headers?: Record<string, string> };
  readonly $fault?: 'client' | 'server';
};

const deniedCodes = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'AuthorizationError',
  'Forbidden',
]);
const notEnabledCodes = new Set([
  'OptInRequired',
  'OptInRequiredException',
  'SubscriptionRequiredException',
  'DataUnavailableException',
  'RegionDisabledException',
  'AWSOrganizationsNotInUseException',
  'InvalidClientTokenId.RegionDisabled',
]);
/** In a region that an account has not enabled, AWS does not know its credentials. */
const unknownCredentialCodes = new Set([
  'AuthFailure',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
]);
const expiredCodes = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);
/** Refused with status 403 as well, but no permission would help. */
const signatureCodes = new Set([
  'InvalidToken',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'RequestTimeTooSkewed',
]);
const timeoutCodes = new Set(['TimeoutError', 'AbortError', 'RequestTimeout', 'RequestTimeoutException', 'ETIMEDOUT']);
/** Codes that services use for throttling and the SDK does not know as such. */
const throttleCodes = new Set([
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'SlowDown',
  'LimitExceededException',
  'Throttling',
]);
const resetCodes = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

export function isThrottle(error: unknown): boolean {
  return error instanceof Error && (throttleCodes.has(error.name) || isThrottlingError(error as never));
}

/** The session is over, not refused: new credentials help. */
export function isExpired(error: unknown): boolean {
  return error instanceof Error && expiredCodes.has(error.name);
}

/** AWS refuses the token of a page it has given itself: too old, or lost. Every service has its own word for it. */
export function isLostPage(error: unknown): boolean {
  if (!(error instanceof Error) || isExpired(error) || isThrottle(error)) return false;
  const isRefused = (error as AwsError).$metadata?.httpStatusCode === 400;
  return isRefused && /(next|pagination|continuation|page).?token|marker/i.test(`${error.name} ${error.message}`);
}

/** AWS answered, whatever it said; otherwise the request or its answer was lost on the way. */
export function isAnswer(error: unknown): boolean {
  const { $metadata, $response } = error as AwsError;
  return $metadata?.httpStatusCode !== undefined || $response !== undefined;
}

/** Worth another try: the network or the server, not the request. A body that broke off is the network too. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isBrokenBody(error)) return true;
  return isTransientError(error as never) || isServerError(error as never) || resetCodes.has(codeOf(error));
}

/** Milliseconds of a Retry-After header, if the answer had one. */
export function retryAfterMs(error: unknown): number | undefined {
  const header = (error as AwsError).$response?.headers?.['retry-after'];
  const seconds = header === undefined ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/**
 * @param known.iamAction permission of the call, named when AWS does not name one
 */
export function toCollectError(error: unknown, known: { iamAction?: string | undefined } = {}): CollectError {
  if (error instanceof CollectError) return error;
  const reason = reasonOf(error);
  const isDenial = reason === 'denied' || reason === 'denied-by-scp';
  return new CollectError(describe(error), {
    reason,
    iamAction: isDenial ? (actionIn(messageOf(error)) ?? known.iamAction) : undefined,
    cause: error,
  });
}

function reasonOf(error: unknown): GapReason {
  if (!(error instanceof Error)) return 'unexpected';
  const message = error.message;
  if (
    notEnabledCodes.has(error.name) ||
    /not (enabled|subscribed|opted)|opt.?in required|is disabled in the region/i.test(message)
  )
    return 'not-enabled';
  if (unknownCredentialCodes.has(error.name)) return 'not-enabled';
  if (isExpired(error) || signatureCodes.has(error.name)) return 'unexpected';
  if (deniedCodes.has(error.name) || (error as AwsError).$metadata?.httpStatusCode === 403) {
    return /service control policy/i.test(message) ? 'denied-by-scp' : 'denied';
  }
  if (isThrottle(error)) return 'throttled';
  if (timeoutCodes.has(error.name) || timeoutCodes.has(codeOf(error))) return 'timeout';
  return 'unexpected';
}

/** AWS names the missing permission in most services; EC2 says only that something was not authorised. */
function actionIn(message: string): string | undefined {
  return /not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9*]+)/.exec(message)?.[1];
}

/** The code and the first sentence, without EC2's encoded authorisation blob. */
function describe(error: unknown): string {
  const message = messageOf(error)
    .replace(/Encoded authorization failure message: \S+/i, '')
    .trim();
  const [line = ''] = message.split('\n');
  if (!(error instanceof Error)) return line;
  return line.startsWith(error.name) || error.name === 'Error' ? line : `${error.name}: ${line}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isBrokenBody(error: Error): boolean {
  return (
    /aborted|premature close|unexpected end|unclosed|deserialization error/i.test(error.message) &&
    (error as AwsError).$fault !== 'client'
  );
}
