/** The bill as data: what every source of billing figures yields, and what the detector and the ledger hold. */
import type { CostRecordType } from './resources/cost.ts';

/** What a series of daily costs is about. */
export type CostDimensions = {
  readonly accountId: string;
  readonly service: string;
  /** Region name, or `global`. */
  readonly region: string;
  /** Verbatim, with its region prefix. */
  readonly usageType: string;
  readonly recordType: CostRecordType;
};

/** One cell of the bill: a day of a series. Cost Explorer, data exports and files all yield these. */
export type BillLine = CostDimensions & {
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  /** Unblended; amortized for `CoveredUsage`. */
  readonly usd: number;
  /** In the unit that AWS bills; NaN where the source has none. */
  readonly quantity: number;
};

/** Daily cost of one series. */
export type CostSeries = CostDimensions & {
  /** Day of `usd[0]`. */
  readonly from: string;
  /** One figure a day; NaN = not delivered (yet). */
  readonly usd: Float64Array;
};

/** Bytes kept from one run to the next, by key. A key that was never written is `undefined`. */
export type KeptBytes = {
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, bytes: Uint8Array): Promise<void>;
};

/** Kept as long as the process lives: for what has no state, and for tests. */
export function bytesInMemory(values = new Map<string, Uint8Array>()): KeptBytes {
  return {
    read: async (key) => values.get(key),
    write: async (key, bytes) => {
      values.set(key, bytes);
    },
  };
}

/** Charge types as Cost Explorer and CUR name them, by what they are to us. */
const recordTypes: Readonly<Record<string, CostRecordType>> = {
  Usage: 'Usage',
  DiscountedUsage: 'CoveredUsage',
  SavingsPlanCoveredUsage: 'CoveredUsage',
  Credit: 'Credit',
  Refund: 'Refund',
  Tax: 'Tax',
  RIFee: 'CommitmentFee',
  Recurring: 'CommitmentFee',
  Upfront: 'CommitmentFee',
  SavingsPlanRecurringFee: 'CommitmentFee',
  SavingsPlanUpfrontFee: 'CommitmentFee',
};

export function toRecordType(chargeType: string): CostRecordType {
  return recordTypes[chargeType] ?? 'Other';
}
