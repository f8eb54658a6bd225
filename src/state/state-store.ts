/**
 * What Costwarden remembers between runs: findings, runs, the lease, the outbox, small values.
 * Two implementations, one contract (test/state/contract.ts): a SQLite file and a DynamoDB table.
 * Every write that belongs to a run carries its lease; a writer whose lease was taken over is refused
 * with StateConflictError, so a task that wakes up late cannot overwrite newer state.
 */
import type { FindingRecord, FindingState } from '../model/change.ts';
import type { RunRecord } from '../model/run.ts';

export type Lease = {
  readonly name: string;
  readonly runId: string;
  /** Grows with every holder; compared on every write. */
  readonly fence: number;
  readonly since: string;
};

export type OutboxState = 'pending' | 'sending' | 'sent' | 'failed';

/** One message to one place. `key` is unique for ever; a later revision of the message replaces the row. */
export type OutboxRow = {
  readonly key: string;
  readonly sink: string;
  /** Where to, e.g. a Slack channel. */
  readonly destination: string;
  /** Grows each time the content changes. */
  readonly rev: number;
  readonly state: OutboxState;
  /** What the sink needs to send it, JSON; once it is sent, null or what is remembered of it. */
  readonly payload: unknown;
  readonly attempts: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Changes up to this time are told by the message; the next message starts here. */
  readonly coversUntil: string;
  /** Address given by the sink (Slack: channel id and ts), by which the message can be edited. */
  readonly remote: { readonly channel: string; readonly ts: string } | null;
  readonly lastError: string | null;
};

export type FindingFilter = {
  readonly states?: readonly FindingState[];
  readonly runId?: string;
  readonly accountId?: string;
  readonly checkId?: string;
  /** Only those whose last transition is later (exclusive). */
  readonly changedAfter?: string;
};

export interface StateStore {
  /**
   * A lease ends by itself when its holder stops renewing it; where the store can tell that the holder is dead, at once.
   * @throws StateConflictError naming the holder and since when, while another run's lease is alive
   */
  acquireLease(request: { name: string; runId: string; ttlMs: number; now: string }): Promise<Lease>;
  /** @throws StateConflictError when it was taken over */
  renewLease(lease: Lease, request: { ttlMs: number; now: string }): Promise<void>;
  releaseLease(lease: Lease): Promise<void>;

  /** All records of a scope in any state but those resolved more than a year ago. */
  findingsOfScope(scope: string): Promise<FindingRecord[]>;
  /** Records in no particular order, read in pages so that memory stays flat. */
  findings(filter?: FindingFilter): AsyncIterable<FindingRecord>;
  finding(id: string): Promise<FindingRecord | undefined>;
  /**
   * Inserts or replaces by finding id, whose scope never changes. A long list may be written in parts, each refused
   * when the lease was taken over. @throws StateConflictError
   */
  saveFindings(lease: Lease, records: readonly FindingRecord[]): Promise<void>;

  run(id: string): Promise<RunRecord | undefined>;
  /** Newest first. */
  runs(limit: number): Promise<RunRecord[]>;
  /** The run, by its id, and the messages about it, in one transaction. @throws StateConflictError */
  saveRun(lease: Lease, run: RunRecord, outbox: readonly OutboxRow[]): Promise<void>;

  outboxRow(key: string): Promise<OutboxRow | undefined>;
  /** Newest first by `createdAt`. */
  outbox(filter?: {
    sink?: string;
    destination?: string;
    states?: readonly OutboxState[];
    limit?: number;
  }): Promise<OutboxRow[]>;
  updateOutbox(row: OutboxRow): Promise<void>;

  /** Small values that are cheaper kept than asked again (regions with spend, last full sweep), and how far a run is. */
  value(key: string): Promise<{ readonly value: unknown; readonly at: string } | undefined>;
  /** With a lease, refused when it was taken over. @throws StateConflictError */
  putValue(key: string, value: unknown, at: string, lease?: Lease): Promise<void>;

  /** What is too large for a value (the ledger, what the detector has learned): the old bytes or the new, never half. */
  bytes(key: string): Promise<Uint8Array | undefined>;
  /** With a lease, refused when it was taken over. @throws StateConflictError */
  putBytes(key: string, bytes: Uint8Array, at: string, lease?: Lease): Promise<void>;

  close(): Promise<void>;
}
