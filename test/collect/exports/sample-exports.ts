/** One November in two formats, as AWS delivers it: what is used, what a commitment pays, and what is no usage at all. */
import type { BillLine } from '../../../src/model/bill.ts';

export type ExportRow = Readonly<Record<string, string | number | null>>;

const shop = '222222222222';
const data = '333333333333';
const payer = '111111111111';
const savingsPlan = `arn:aws:savingsplans::${payer}:savingsplan/8f1c2a2e-1b5e-4c7e-9d7e-1a1b1c1d1e1f`;
const reservation = `arn:aws:rds:eu-west-1:${shop}:ri:ri-2026-01-10-08-11-42-005`;
const marketplace = '4l8mnbvq2t0z6xyq7p1example';

type Cur2 = { day: string; type: string; usd: number } & Partial<{
  account: string;
  product: string;
  usageType: string;
  quantity: number;
  savingsPlanUsd: number;
  reservationUsd: number;
  reservation: string;
  region: string;
}>;

function cur2(row: Cur2): ExportRow {
  return {
    bill_billing_period_start_date: '2026-11-01T00:00:00.000Z',
    bill_payer_account_id: payer,
    line_item_usage_account_id: row.account ?? shop,
    line_item_usage_account_name: 'Shop, "EU"',
    line_item_line_item_type: row.type,
    line_item_product_code: row.product ?? 'AmazonEC2',
    line_item_usage_type: row.usageType ?? '',
    line_item_operation: 'RunInstances',
    line_item_usage_start_date: `${row.day}T23:00:00.000Z`,
    line_item_usage_amount: row.quantity ?? null,
    line_item_unblended_cost: row.usd,
    product_region_code: row.region ?? 'eu-west-1',
    reservation_reservation_a_r_n: row.reservation ?? '',
    reservation_effective_cost: row.reservationUsd ?? 0,
    savings_plan_savings_plan_effective_cost: row.savingsPlanUsd ?? 0,
    resource_tags: '{"user_team":"payments, core","user_env":"prod"}',
  };
}

const box = 'EU-BoxUsage:m7g.large';
const disk = 'EU-EBS:VolumeUsage.gp3';
const database = 'EU-InstanceUsage:db.r6g.large';

export const cur2Rows: readonly ExportRow[] = [
  // Two instances, one line of the bill.
  cur2({ day: '2026-11-20', type: 'Usage', usageType: box, usd: 1.25, quantity: 12 }),
  cur2({ day: '2026-11-20', type: 'Usage', usageType: box, usd: 0.75, quantity: 6 }),
  cur2({ day: '2026-11-21', type: 'Usage', usageType: box, usd: 2.5, quantity: 24 }),
  cur2({ day: '2026-11-20', type: 'Usage', usageType: disk, usd: 0.4, quantity: 5 }),
  cur2({
    day: '2026-11-20',
    type: 'SavingsPlanCoveredUsage',
    usageType: box,
    usd: 0.2,
    savingsPlanUsd: 0.125,
    quantity: 2,
  }),
  cur2({ day: '2026-11-20', type: 'SavingsPlanNegation', usageType: box, usd: -0.2, quantity: 2 }),
  cur2({
    day: '2026-11-20',
    type: 'SavingsPlanRecurringFee',
    product: 'ComputeSavingsPlans',
    account: payer,
    usd: 0.25,
  }),
  cur2({
    day: '2026-11-20',
    type: 'DiscountedUsage',
    product: 'AmazonRDS',
    usageType: database,
    usd: 0,
    reservation,
    reservationUsd: 3,
    quantity: 24,
  }),
  cur2({
    day: '2026-11-01',
    type: 'RIFee',
    product: 'AmazonRDS',
    usageType: database,
    usd: 90,
    reservation,
    quantity: 720,
  }),
  cur2({ day: '2026-11-12', type: 'Fee', product: 'AmazonRDS', usageType: database, usd: 1200, reservation }),
  cur2({ day: '2026-11-01', type: 'Fee', product: 'AWSSupportBusiness', account: payer, usd: 100 }),
  cur2({
    day: '2026-11-20',
    type: 'Usage',
    product: marketplace,
    account: data,
    usageType: 'Global-SnowflakeCapacity',
    usd: 40,
    quantity: 40,
    region: 'global',
  }),
  cur2({ day: '2026-11-20', type: 'Credit', usageType: box, usd: -0.5 }),
  cur2({ day: '2026-11-01', type: 'Tax', usd: 3 }),
  cur2({ day: '2026-11-01', type: 'Tax', product: 'AmazonRDS', usd: 1.5 }),
  // Of a month that is over, on this month's bill.
  cur2({ day: '2026-10-17', type: 'Refund', product: 'AmazonS3', usd: -2 }),
  // Not asked for.
  cur2({ day: '2026-11-22', type: 'Usage', usageType: box, usd: 99, quantity: 1 }),
];

type Focus = { day: string; category: string; billed: number; effective: number } & Partial<{
  account: string;
  code: string;
  name: string;
  usageType: string;
  quantity: number;
  commitment: string;
  commitmentType: string;
  status: string;
  frequency: string;
  class: string;
  region: string;
}>;

function focus(row: Focus): ExportRow {
  return {
    BilledCost: row.billed,
    BillingAccountId: payer,
    BillingPeriodStart: '2026-11-01T00:00:00.000Z',
    ChargeCategory: row.category,
    ChargeClass: row.class ?? null,
    ChargeFrequency: row.frequency ?? 'Usage-Based',
    ChargePeriodStart: `${row.day}T23:00:00.000Z`,
    CommitmentDiscountId: row.commitment ?? null,
    CommitmentDiscountStatus: row.status ?? null,
    CommitmentDiscountType: row.commitmentType ?? null,
    ConsumedQuantity: row.quantity ?? null,
    EffectiveCost: row.effective,
    RegionId: row.region ?? 'eu-west-1',
    ServiceName: row.name ?? 'Amazon Elastic Compute Cloud',
    SkuMeter: row.usageType ?? null,
    SubAccountId: row.account ?? shop,
    SubAccountName: 'Shop, "EU"',
    x_ServiceCode: row.code ?? 'AmazonEC2',
  };
}

const plan = { commitment: savingsPlan, commitmentType: 'Savings Plan' };
const reserved = { commitment: reservation, commitmentType: 'Reserved' };
const rds = { code: 'AmazonRDS', name: 'Amazon Relational Database Service' };

export const focusRows: readonly ExportRow[] = [
  focus({ day: '2026-11-20', category: 'Usage', usageType: box, billed: 1.25, effective: 1.25, quantity: 12 }),
  focus({ day: '2026-11-20', category: 'Usage', usageType: box, billed: 0.75, effective: 0.75, quantity: 6 }),
  focus({ day: '2026-11-21', category: 'Usage', usageType: box, billed: 2.5, effective: 2.5, quantity: 24 }),
  focus({ day: '2026-11-20', category: 'Usage', usageType: disk, billed: 0.4, effective: 0.4, quantity: 5 }),
  focus({
    ...plan,
    day: '2026-11-20',
    category: 'Usage',
    status: 'Used',
    usageType: box,
    billed: 0,
    effective: 0.125,
    quantity: 2,
  }),
  // The part of the plan that nothing used; its fee is a line of its own.
  focus({
    ...plan,
    day: '2026-11-20',
    category: 'Usage',
    status: 'Unused',
    account: payer,
    billed: 0,
    effective: 0.125,
  }),
  focus({
    ...plan,
    day: '2026-11-20',
    category: 'Purchase',
    frequency: 'Recurring',
    account: payer,
    billed: 0.25,
    effective: 0,
  }),
  focus({
    ...reserved,
    ...rds,
    day: '2026-11-20',
    category: 'Usage',
    status: 'Used',
    usageType: database,
    billed: 0,
    effective: 3,
    quantity: 24,
  }),
  focus({
    ...reserved,
    ...rds,
    day: '2026-11-01',
    category: 'Purchase',
    frequency: 'Recurring',
    billed: 90,
    effective: 0,
  }),
  focus({
    ...reserved,
    ...rds,
    day: '2026-11-12',
    category: 'Purchase',
    frequency: 'One-Time',
    billed: 1200,
    effective: 0,
  }),
  focus({
    day: '2026-11-01',
    category: 'Purchase',
    frequency: 'Recurring',
    account: payer,
    billed: 100,
    effective: 100,
    code: 'AWSSupportBusiness',
    name: 'AWS Support (Business)',
  }),
  focus({
    day: '2026-11-20',
    category: 'Usage',
    account: data,
    code: marketplace,
    name: 'Snowflake Capacity',
    usageType: 'Global-SnowflakeCapacity',
    billed: 40,
    effective: 40,
    quantity: 40,
    region: 'global',
  }),
  focus({ day: '2026-11-20', category: 'Credit', billed: -0.5, effective: -0.5 }),
  focus({ day: '2026-11-01', category: 'Tax', billed: 3, effective: 3 }),
  focus({ ...rds, day: '2026-11-01', category: 'Tax', billed: 1.5, effective: 1.5 }),
  focus({
    day: '2026-10-17',
    category: 'Usage',
    class: 'Correction',
    code: 'AmazonS3',
    name: 'Amazon Simple Storage Service',
    billed: -2,
    effective: -2,
  }),
  focus({ day: '2026-11-22', category: 'Usage', usageType: box, billed: 99, effective: 99, quantity: 1 }),
];

export const asked = { from: '2026-11-01', to: '2026-11-22' } as const;

/** What both say of the days that are asked for; only FOCUS knows what a Marketplace product is called. */
export function billOf(format: 'cur2' | 'focus'): BillLine[] {
  const compute = 'Amazon Elastic Compute Cloud - Compute';
  const usage = (line: Omit<BillLine, 'recordType' | 'region' | 'accountId'> & Partial<BillLine>): BillLine => ({
    accountId: shop,
    region: 'eu-west-1',
    recordType: 'Usage',
    ...line,
  });
  const other = (
    day: string,
    accountId: string,
    usageType: string,
    recordType: BillLine['recordType'],
    usd: number,
  ): BillLine => ({
    day,
    accountId,
    service: 'Billing',
    region: 'global',
    usageType,
    recordType,
    usd,
    quantity: Number.NaN,
  });
  return [
    other('2026-11-01', payer, 'Fee', 'Other', 100),
    other('2026-11-01', shop, 'RIFee', 'CommitmentFee', 90),
    other('2026-11-01', shop, 'Refund', 'Refund', -2),
    other('2026-11-01', shop, 'Tax', 'Tax', 4.5),
    other('2026-11-12', shop, 'Upfront', 'CommitmentFee', 1200),
    other('2026-11-20', payer, 'SavingsPlanRecurringFee', 'CommitmentFee', 0.25),
    other('2026-11-20', shop, 'Credit', 'Credit', -0.5),
    usage({ day: '2026-11-20', service: compute, usageType: box, usd: 2, quantity: 18 }),
    usage({ day: '2026-11-20', service: compute, usageType: box, recordType: 'CoveredUsage', usd: 0.125, quantity: 2 }),
    usage({ day: '2026-11-20', service: 'EC2 - Other', usageType: disk, usd: 0.4, quantity: 5 }),
    usage({
      day: '2026-11-20',
      service: 'Amazon Relational Database Service',
      usageType: database,
      recordType: 'CoveredUsage',
      usd: 3,
      quantity: 24,
    }),
    usage({
      day: '2026-11-20',
      accountId: data,
      service: format === 'cur2' ? marketplace : 'Snowflake Capacity',
      region: 'global',
      usageType: 'Global-SnowflakeCapacity',
      usd: 40,
      quantity: 40,
    }),
    usage({ day: '2026-11-21', service: compute, usageType: box, usd: 2.5, quantity: 24 }),
  ].sort(byKey);
}

/** All lines, in an order of their own; sums of the same figures in another order differ in their last digit. */
export async function linesOf(lines: AsyncIterable<BillLine>): Promise<BillLine[]> {
  const all: BillLine[] = [];
  for await (const line of lines) all.push({ ...line, usd: Number(line.usd.toFixed(9)) });
  return all.sort(byKey);
}

function byKey(a: BillLine, b: BillLine): number {
  const key = ({ day, accountId, service, usageType, recordType }: BillLine): string =>
    [day, accountId, service, usageType, recordType].join('|');
  return key(a) < key(b) ? -1 : 1;
}
