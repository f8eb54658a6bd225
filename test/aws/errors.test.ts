import { describe, expect, test } from 'vitest';
import { isExpired, isThrottle, isTransient, retryAfterMs, toCollectError } from '../../src/aws/errors.ts';
import { CollectError } from '../../src/errors.ts';
import { awsError } from '../support/collected.ts';

const user = 'arn:aws:sts::222222222222:assumed-role/costwarden-audit/run';

test.each([
  ['AccessDenied', 403, 'denied'],
  ['AccessDeniedException', 400, 'denied'],
  ['UnauthorizedOperation', 403, 'denied'],
  ['AuthorizationError', 403, 'denied'],
  ['AllAccessDisabled', 403, 'denied'],
  ['OptInRequired', 403, 'not-enabled'],
  ['SubscriptionRequiredException', 403, 'not-enabled'],
  ['RegionDisabledException', 403, 'not-enabled'],
  ['AWSOrganizationsNotInUseException', 400, 'not-enabled'],
  ['AuthFailure', 401, 'not-enabled'],
  ['UnrecognizedClientException', 400, 'not-enabled'],
  ['InvalidAccessKeyId', 403, 'not-enabled'],
  ['ExpiredToken', 403, 'unexpected'],
  ['RequestExpired', 400, 'unexpected'],
  ['SignatureDoesNotMatch', 403, 'unexpected'],
  ['RequestTimeTooSkewed', 403, 'unexpected'],
  ['RequestLimitExceeded', 503, 'throttled'],
  ['Throttling', 400, 'throttled'],
  ['ThrottlingException', 400, 'throttled'],
  ['TooManyRequestsException', 429, 'throttled'],
  ['SlowDown', 503, 'throttled'],
  ['LimitExceededException', 400, 'throttled'],
  ['TimeoutError', 0, 'timeout'],
  ['RequestTimeout', 400, 'timeout'],
  ['InternalError', 500, 'unexpected'],
  ['ValidationException', 400, 'unexpected'],
])('%s with status %i is %s', (name, status, reason) => {
  expect(toCollectError(awsError(name, 'no more than this', status)).reason).toBe(reason);
});

describe('a refusal', () => {
  test('names the action of the message, or else the one that is known', () => {
    const named = awsError('AccessDenied', `User: ${user} is not authorized to perform: s3:GetBucketTagging`, 403);
    expect(toCollectError(named, { iamAction: 's3:Other' }).iamAction).toBe('s3:GetBucketTagging');
    const ec2 = awsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
    expect(toCollectError(ec2, { iamAction: 'ec2:DescribeVpcs' }).iamAction).toBe('ec2:DescribeVpcs');
    expect(toCollectError(ec2).iamAction).toBeUndefined();
  });

  test("of EC2 names the action after its own sentence, and the blob stays out of the gap's message", () => {
    const error = toCollectError(
      awsError(
        'UnauthorizedOperation',
        `You are not authorized to perform this operation. User: ${user} is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action. Encoded authorization failure message: 4bXT-aGVsbG8_d29ybGQ`,
        403,
      ),
    );
    expect(error.iamAction).toBe('ec2:DescribeVpcs');
    expect(error.message).not.toContain('4bXT');
  });

  test.each([
    'with an explicit deny in a service control policy',
    'because no service control policy allows the iam:GetAccountAuthorizationDetails action',
  ])('%s is one of the organization', (why) => {
    const message = `User: ${user} is not authorized to perform: iam:GetAccountAuthorizationDetails ${why}`;
    expect(toCollectError(awsError('AccessDenied', message, 403))).toMatchObject({
      reason: 'denied-by-scp',
      iamAction: 'iam:GetAccountAuthorizationDetails',
    });
  });

  test('is neither a throttle nor of the moment', () => {
    const error = awsError('AccessDenied', 'Access Denied', 403);
    expect([isThrottle(error), isTransient(error), isExpired(error)]).toEqual([false, false, false]);
  });
});

test('the permission of a call that was not refused is not named', () => {
  expect(toCollectError(awsError('Throttling', 'Rate exceeded'), { iamAction: 'ec2:X' }).iamAction).toBeUndefined();
});

test('what is a reason already stays as it is; what is no error at all is unexpected', () => {
  const known = new CollectError('x', { reason: 'timeout' });
  expect(toCollectError(known)).toBe(known);
  expect(toCollectError('text')).toMatchObject({ reason: 'unexpected', message: 'text' });
});

test.each([
  ['ECONNRESET', true],
  ['ENOTFOUND', true],
  ['ERR_INVALID_URL', false],
])('a connection that ends with %s is of the moment: %s', (code, expected) => {
  expect(isTransient(Object.assign(new Error('x'), { code }))).toBe(expected);
});

test.each([
  ['2', 2000],
  ['0', 0],
  ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms', (header, expected) => {
  const headers = header === undefined ? {} : { 'retry-after': header };
  expect(retryAfterMs(Object.assign(new Error('x'), { $response: { headers } }))).toBe(expected);
});
