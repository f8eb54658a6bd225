/** What is kept of the organization as a whole: incidents that were told, and what waits to be told. */
import { ConfigError } from '../errors.ts';
import { toDay } from './calendar.ts';

export type KnownIncident = {
  readonly id: string;
  /** Day of the run that said it, a number. */
  readonly openedOn: number;
  /** Keys of its members. */
  readonly members: readonly string[];
};

export type OrganizationMemory = {
  /** Day of the last run, a number; -1 = there was none. */
  readonly asOf: number;
  readonly incidents: readonly KnownIncident[];
  /** Members that may only have moved: looked at again while that can still turn out. */
  readonly held: readonly string[];
};

type Kept = { readonly format: string; readonly now: OrganizationMemory; readonly before: OrganizationMemory };

const format = 'costwarden/anomaly/2';
const nothing: OrganizationMemory = { asOf: -1, incidents: [], held: [] };

/**
 * What was known before the run of `asOf`, whether or not that run has been made already.
 * @throws Error when the bytes are not what `encodeOrganization` wrote
 * @throws ConfigError when they are of a later day
 */
export function decodeOrganization(bytes: Uint8Array | undefined, asOf: number): OrganizationMemory {
  if (bytes === undefined) return nothing;
  const kept = JSON.parse(Buffer.from(bytes).toString()) as Kept;
  if (kept.format !== format) throw new Error(`format ${kept.format}, expected ${format}`);
  if (kept.now.asOf > asOf)
    throw new ConfigError(
      `the anomaly state is of ${toDay(kept.now.asOf)}, later than ${toDay(asOf)}: days only go forward; use another state`,
    );
  return kept.now.asOf === asOf ? kept.before : kept.now;
}

export function encodeOrganization(now: OrganizationMemory, before: OrganizationMemory): Uint8Array {
  return Buffer.from(JSON.stringify({ format, now, before } satisfies Kept));
}
