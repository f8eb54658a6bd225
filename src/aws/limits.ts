/** AWS request limits as data: which class a call belongs to. Rows live in `config/limits.json` with their provenance. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { matchesGlob } from '../model/glob.ts';

const limitSchema = z.strictObject({
  /** Service id of the SDK client in lower case, e.g. `cost explorer`; `*` = any. */
  service: z.string(),
  /** Operation names, globs allowed. The first row that matches counts. */
  actions: z.array(z.string()).min(1),
  /** What AWS counts by; `organization` = one bucket for the run. */
  scope: z.enum(['account-region', 'account', 'organization']),
  /** Every operation has a bucket of its own. */
  perAction: z.boolean().default(false),
  capacity: z.number().positive(),
  refillPerSecond: z.number().positive(),
  /** Requests in flight at once, where AWS refuses parallel ones. */
  concurrency: z.number().int().positive().optional(),
  provenance: z.enum(['documented', 'observed', 'guess']),
  source: z.string().min(1),
  asOf: z.iso.date(),
});
export type Limit = z.output<typeof limitSchema>;

/** The shipped rows. @throws ZodError when the file is damaged, which is a broken installation */
export function loadLimits(): Limit[] {
  const file = new URL('../../config/limits.json', import.meta.url);
  return z.array(limitSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** @throws Error when no row matches; the shipped table ends with a row for everything */
export function limitOf(limits: readonly Limit[], service: string, operation: string): Limit {
  const limit = limits.find(
    (row) => matchesGlob(row.service, service) && row.actions.some((action) => matchesGlob(action, operation)),
  );
  if (limit === undefined) throw new Error(`no limit for ${service} ${operation}`);
  return limit;
}

/** Calls with the same key draw on the same AWS bucket. */
export function bucketKey(
  limit: Limit,
  call: { accountId: string; region: string; service: string; operation: string },
): string {
  const parts = [
    limit.service === '*' ? call.service : limit.service,
    limit.perAction ? call.operation : limit.actions[0],
  ];
  if (limit.scope !== 'organization') parts.push(call.accountId);
  if (limit.scope === 'account-region') parts.push(call.region);
  return parts.join('/');
}
