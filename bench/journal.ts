/** Entries of the simulator's journal in the words of the limits. */
import { bucketKey, type Limit } from '../src/aws/limits.ts';
import type { JournalEntry } from '../test/support/simulator-process.ts';

/** A throttled or failed call has to be made again: the bound counts only the one that counted. */
export function isAnswered({ status, errorCode }: JournalEntry): boolean {
  return status < 500 && !isThrottled({ errorCode });
}

const throttleCodes = new Set([
  'LimitExceededException',
  'RequestLimitExceeded',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
]);

export function isThrottled({ errorCode }: Pick<JournalEntry, 'errorCode'>): boolean {
  return errorCode !== undefined && throttleCodes.has(errorCode);
}

/** The limits know services by the SDK's ids, which have spaces where the simulator has hyphens. */
export function serviceId({ service }: Pick<JournalEntry, 'service'>): string {
  return service.replaceAll('-', ' ');
}

export function keyOf(limit: Limit, entry: JournalEntry): string {
  const { accountId, region, operation } = entry;
  return bucketKey(limit, { accountId, region, operation, service: serviceId(entry) });
}
