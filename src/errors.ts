/**
 * Error classes. Each says what happens with it; callers compare classes and fields, never messages.
 */
import type { GapReason } from './model/inventory.ts';

/** The operator's config, flags or environment. Printed without a stack, exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** One line per problem, e.g. `costwarden.yaml:4:3 schedule.cron: …`. */
  readonly problems: readonly string[];
  constructor(problems: string | readonly string[], options?: ErrorOptions) {
    const lines = typeof problems === 'string' ? [problems] : problems;
    super(lines.join('\n'), options);
    this.problems = lines;
  }
}

/** An AWS call failed for good, after retries. Becomes a gap; the run goes on. */
export class CollectError extends Error {
  override readonly name = 'CollectError';
  readonly reason: GapReason;
  /** The missing permission, when the reason is a denial. */
  readonly iamAction: string | undefined;
  constructor(message: string, details: { reason: GapReason; iamAction?: string | undefined; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.reason = details.reason;
    this.iamAction = details.iamAction;
  }
}

/** A sink refused. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly retryable: boolean;
  /** Earliest time to try again, when the sink said so. */
  readonly retryAfterMs: number | undefined;
  constructor(message: string, details: { retryable: boolean; retryAfterMs?: number | undefined; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Another run holds the lease, or a newer one has taken it over. Exit code 4. */
export class StateConflictError extends Error {
  override readonly name = 'StateConflictError';
}

/** The state cannot be used: corrupt, or written by a newer version. Exit code 2; nothing is overwritten. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

export const exitCodes = {
  complete: 0,
  bug: 1,
  usage: 2,
  gaps: 3,
  leaseHeld: 4,
  deliveryFailed: 5,
  findings: 10,
} as const;
