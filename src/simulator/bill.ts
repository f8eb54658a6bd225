/** The simulated bill: what is planted in it, and its lines as a ledger of earlier days would hold them. */
import type { BillLine } from '../model/bill.ts';
import { addDays } from '../model/days.ts';
import type { CostRecordType } from '../model/resources/cost.ts';
import { decodeUsageType } from '../model/usage-types.ts';
import type { CostLine } from './account-state.ts';
import { daysOfLine, type LedgerLine } from './ledger.ts';

/** Something that costs extra for a time. */
export type BillIncident = Pick<CostLine, 'service' | 'region' | 'usdPerDay'> & {
  /** Index of the account in the organization. */
  readonly account: number;
  /** Without the region's prefix. */
  readonly usageType: string;
  readonly quantityPerDay?: number;
  /** Days before today on which it begins, and for how many it lasts; default: until today. */
  readonly daysAgo: number;
  readonly days?: number;
};

export function incidentLine(incident: BillIncident, now: string): Parameters<Add>[0] {
  const { service, region, usageType, usdPerDay, quantityPerDay = usdPerDay, daysAgo, days } = incident;
  const from = addDays(now.slice(0, 10), -daysAgo);
  const line = { service, region, usageType, usdPerDay, quantityPerDay, from };
  return days === undefined ? line : { ...line, to: addDays(from, days - 1) };
}

type Add = (line: Partial<CostLine> & Pick<CostLine, 'service' | 'usageType' | 'region' | 'usdPerDay'>) => void;

/** The bill of some days, one line for each series and day, as it was read at the time. */
export function* billOf(ledger: readonly LedgerLine[], from: string, until: string): Iterable<BillLine> {
  for (let day = from; day < until; day = addDays(day, 1)) {
    const lines = new Map<string, BillLine>();
    for (const line of ledger) {
      const days = daysOfLine(line, { start: day, end: addDays(day, 1) });
      if (days === 0) continue;
      const billed = toBillLine(line, day);
      const key = [billed.accountId, billed.service, billed.usageType, billed.recordType].join('|');
      const before = lines.get(key);
      const usd = (before?.usd ?? 0) + line.usdPerDay * days;
      lines.set(key, { ...billed, usd, quantity: (before?.quantity ?? 0) + line.quantityPerDay * days });
    }
    yield* lines.values();
  }
}

function toBillLine({ accountId, service, usageType, recordType }: LedgerLine, day: string): BillLine {
  const isUsage = recordType === 'Usage';
  const type: CostRecordType = recordType;
  return {
    day,
    accountId,
    service: isUsage ? service : 'Billing',
    region: isUsage ? (decodeUsageType(service, usageType).region ?? 'global') : 'global',
    usageType: isUsage ? usageType : recordType,
    recordType: type,
    usd: 0,
    quantity: 0,
  };
}
