/** The simulated bill: what is planted in it, and its lines as a ledger of earlier days would hold them. */
import type { BillLine } from '../model/bill.ts';
import { addDays } from '../model/days.ts';
import type { CostRecordType } from '../model/resources/cost.ts';
import { decodeUsageType } from '../model/usage-types.ts';
import type { Builder, CostLine } from './account-state.ts';
import { daysOfLine, type LedgerLine, usdOf } from './ledger.ts';
import { usageTypeIn } from './usage-prefix.ts';

/** Something that costs extra for a time: so many USD a day, or what is there already times a factor. */
export type BillIncident = Pick<CostLine, 'service' | 'region'> & {
  /** Index of the account in the organization. */
  readonly account: number;
  /** Without the region's prefix. */
  readonly usageType: string;
  readonly usdPerDay?: number;
  readonly factor?: number;
  readonly quantityPerDay?: number;
  /** Default: usage. */
  readonly recordType?: LedgerLine['recordType'];
  /** What it is billed for. */
  readonly resourceId?: string;
  /** Days before today on which it begins, and for how many it lasts; default: until today. */
  readonly daysAgo: number;
  readonly days?: number;
};

/** @throws Error when there is nothing that the factor could raise */
export function addIncident(builder: Pick<Builder, 'cost' | 'state' | 'now'>, incident: BillIncident): void {
  const { service, region, usdPerDay, factor, quantityPerDay = usdPerDay ?? 0, daysAgo, days } = incident;
  const { recordType = 'Usage', resourceId } = incident;
  const from = addDays(builder.now.slice(0, 10), -daysAgo);
  const until = days === undefined ? {} : { to: addDays(from, days - 1) };
  if (usdPerDay !== undefined)
    builder.cost({
      service,
      region,
      usageType: incident.usageType,
      usdPerDay,
      quantityPerDay,
      recordType,
      from,
      ...until,
      ...(resourceId === undefined ? {} : { resourceId }),
    });
  if (factor === undefined) return;
  const { costs } = builder.state;
  const usageType = usageTypeIn(region, incident.usageType);
  let count = 0;
  for (const [index, line] of costs.entries()) {
    if (line.service !== service || line.usageType !== usageType || line.recordType !== 'Usage') continue;
    count += 1;
    const course = line.course ?? { seed: 0 };
    costs[index] = { ...line, course: { ...course, surges: [...(course.surges ?? []), { from, factor, ...until }] } };
  }
  if (count === 0) throw new Error(`nothing of ${service} ${usageType} to raise`);
}

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
      const metric = billed.recordType === 'CoveredUsage' ? 'AmortizedCost' : 'UnblendedCost';
      const usd = (before?.usd ?? 0) + usdOf(line, metric) * days;
      lines.set(key, { ...billed, usd, quantity: (before?.quantity ?? 0) + line.quantityPerDay * days });
    }
    yield* lines.values();
  }
}

const recordTypes: Readonly<Record<LedgerLine['recordType'], CostRecordType>> = {
  Usage: 'Usage',
  DiscountedUsage: 'CoveredUsage',
  RIFee: 'CommitmentFee',
  SavingsPlanRecurringFee: 'CommitmentFee',
  SavingsPlanUpfrontFee: 'CommitmentFee',
  Tax: 'Tax',
  Credit: 'Credit',
  Refund: 'Refund',
};

function toBillLine({ accountId, service, usageType, recordType }: LedgerLine, day: string): BillLine {
  const type = recordTypes[recordType];
  const isUsage = type === 'Usage' || type === 'CoveredUsage';
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
