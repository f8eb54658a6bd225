/** Journals as the simulated AWS writes them, for tests of what is computed from them. */
import type { JournalEntry } from '../support/simulator-process.ts';

const services: Readonly<Record<string, string>> = {
  ListBuckets: 's3',
  GetBucketTagging: 's3',
  GetResources: 'resource-groups-tagging-api',
};

/** Answered calls of one operation, `everyMs` apart. */
export function journal(
  operation: string,
  calls: number,
  overrides: Partial<JournalEntry> = {},
  everyMs = 0,
): JournalEntry[] {
  return Array.from({ length: calls }, (_, index) => ({
    at: index * everyMs,
    accountId: '111111111111',
    region: 'us-east-1',
    service: services[operation] ?? 'ec2',
    operation,
    iamAction: `any:${operation}`,
    status: 200,
    errorCode: undefined,
    bytesOut: 0,
    ...(operation.startsWith('GetBucket') ? { bucket: `bucket-${index}` } : {}),
    ...overrides,
  }));
}

/** One list, walked to its last page. */
export function listPages(operation: string, pages: number, overrides: Partial<JournalEntry> = {}): JournalEntry[] {
  return journal(operation, pages, overrides).map((entry, index) => ({
    ...entry,
    page: { from: index * 50, hasNext: index < pages - 1 },
  }));
}
