/** The server's clock against the client's: requests signed at another time are refused, as AWS refuses them. */
import { AwsError } from './handler.ts';
import type { Protocol } from './wire/services.ts';

/** How far a signature's time may be from the server's. IAM user guide, elements of a request signature: 5 minutes. */
const toleranceMs = 5 * 60_000;

/**
 * @param signedAt header `x-amz-date`, e.g. `20261124T060000Z`
 * @throws AwsError when it is too far from the server's time
 */
export function checkSkew(protocol: Protocol, signedAt: string, serverMs: number): void {
  const signedMs = Date.parse(
    signedAt.replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      (_, year, month, day, hour, minute, second) => `${year}-${month}-${day}T${hour}:${minute}:${second}Z`,
    ),
  );
  const byMs = signedMs - serverMs;
  if (Math.abs(byMs) <= toleranceMs) return;
  if (protocol === 'rest-xml')
    throw new AwsError(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      403,
    );
  const server = compact(serverMs);
  const message =
    byMs > 0
      ? `Signature not yet current: ${signedAt} is still later than ${server}`
      : `Signature expired: ${signedAt} is now earlier than ${server}`;
  if (protocol === 'json') throw new AwsError('InvalidSignatureException', message);
  throw new AwsError('SignatureDoesNotMatch', message, 403);
}

function compact(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
