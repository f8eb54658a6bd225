/**
 * From groups of an export's charges to lines of the bill, the same ones that Cost Explorer would give: service titles,
 * regions by usage type, unblended cost for usage and amortized cost for what a commitment pays.
 */
import { type BillLine, toRecordType } from '../../model/bill.ts';
import { decodeUsageType } from '../../model/usage-types.ts';
import { columnFor, type ExportFormat, type Fail, type SumRole, type TextRole } from './layout.ts';
import { serviceName } from './service-names.ts';

/** Charges of one day that agree in everything else; made by SQL or in memory. */
export type ChargeGroup = {
  readonly day: string;
  /** Empty where the export has nothing. `commitmentId` only says whether there is one. */
  readonly texts: Readonly<Partial<Record<TextRole, string>>>;
  /** `null` = no charge of the group has a figure; absent = no such column. */
  readonly sums: Readonly<Partial<Record<SumRole, number | null>>>;
};

/** Adds groups up to lines: several groups may be one line (a FOCUS correction and another, two product codes). */
export async function* billOf(
  groups: AsyncIterable<ChargeGroup>,
  format: ExportFormat,
  fail: Fail,
): AsyncIterable<BillLine> {
  let day = '';
  let lines = new Map<string, BillLine>();
  for await (const group of groups) {
    // Groups come in the order of days; a day that is over is passed on and forgotten.
    if (group.day !== day) {
      yield* lines.values();
      lines = new Map();
      day = group.day;
    }
    const line = toBillLine(group, format, fail);
    if (line === undefined) continue;
    const key = [line.accountId, line.service, line.region, line.usageType, line.recordType].join('\n');
    const before = lines.get(key);
    lines.set(key, before === undefined ? line : add(before, line));
  }
  yield* lines.values();
}

function add(a: BillLine, b: BillLine): BillLine {
  const quantity = Number.isNaN(a.quantity)
    ? b.quantity
    : Number.isNaN(b.quantity)
      ? a.quantity
      : a.quantity + b.quantity;
  return { ...a, usd: a.usd + b.usd, quantity };
}

/** @returns undefined for what only moves cost from one line to another */
function toBillLine(group: ChargeGroup, format: ExportFormat, fail: Fail): BillLine | undefined {
  const { day, texts, sums } = group;
  const type = format === 'cur2' ? cur2Type(texts) : focusType(texts);
  if (type === undefined) return undefined;
  const recordType = toRecordType(type);
  const accountId = texts.account ?? '';
  if (recordType !== 'Usage' && recordType !== 'CoveredUsage') {
    const dimensions = { accountId, service: 'Billing', region: 'global', usageType: type, recordType };
    return { day, ...dimensions, usd: sums.usd ?? 0, quantity: Number.NaN };
  }
  const usageType = texts.usageType ?? '';
  const service = serviceName(texts.productCode ?? '', usageType, texts.productName);
  // The usage type first, since that is all Cost Explorer's lines go by.
  const region = decodeUsageType(service, usageType).region ?? (texts.region || 'global');
  const usd = recordType === 'Usage' ? (sums.usd ?? 0) : coveredUsd(group, type, format, fail);
  return { day, accountId, service, region, usageType, recordType, usd, quantity: sums.quantity ?? Number.NaN };
}

function coveredUsd({ day, texts, sums }: ChargeGroup, type: string, format: ExportFormat, fail: Fail): number {
  const covered = type === 'DiscountedUsage' ? 'reservationUsd' : 'savingsPlanUsd';
  const role: SumRole = format === 'focus' ? 'effectiveUsd' : covered;
  const usd = sums[role];
  if (usd !== undefined && usd !== null) return usd;
  // Its unblended cost is 0 or the on-demand price; either would be a wrong bill.
  throw fail(
    `has ${type} of account ${texts.account ?? ''} on ${day} but not what it costs: add the column ${columnFor(format, role)} to the query of the export`,
  );
}

function cur2Type({ chargeType = '', commitmentId = '' }: ChargeGroup['texts']): string | undefined {
  // Takes out of the unblended sum what SavingsPlanCoveredUsage put in at the on-demand price.
  if (chargeType === 'SavingsPlanNegation') return undefined;
  return chargeType === 'Fee' && commitmentId !== '' ? 'Upfront' : chargeType;
}

/** In the words of CUR. Source: FOCUS 1.2, columns ChargeCategory, ChargeClass and CommitmentDiscount..., read 2026-11-25. */
function focusType(texts: ChargeGroup['texts']): string | undefined {
  const { chargeType = '', chargeClass, frequency, commitmentId = '', commitmentType = '', commitmentStatus } = texts;
  if (chargeType === 'Tax' || chargeType === 'Credit') return chargeType;
  if (chargeClass === 'Correction') return 'Refund';
  const isSavingsPlan = /^savings/i.test(commitmentType);
  const isCommitment = commitmentId !== '';
  switch (chargeType) {
    case 'Usage':
      if (!isCommitment) return 'Usage';
      // The unused part of a commitment is in its fee already.
      if (commitmentStatus === 'Unused') return undefined;
      return isSavingsPlan ? 'SavingsPlanCoveredUsage' : 'DiscountedUsage';
    case 'Purchase':
      if (!isCommitment) return 'Fee';
      if (frequency === 'One-Time') return isSavingsPlan ? 'SavingsPlanUpfrontFee' : 'Upfront';
      return isSavingsPlan ? 'SavingsPlanRecurringFee' : 'RIFee';
    default:
      return chargeType;
  }
}
