/** Which column of an export means what: CUR 2.0 and FOCUS (1.0 and 1.2, with AWS columns), as far as they are there. */

export type ExportFormat = 'cur2' | 'focus';

/** What lines are grouped by, besides their day. */
export type TextRole =
  | 'account'
  | 'productCode'
  | 'productName'
  | 'usageType'
  | 'region'
  | 'chargeType'
  | 'chargeClass'
  | 'frequency'
  | 'commitmentId'
  | 'commitmentType'
  | 'commitmentStatus';
/** What is added up. */
export type SumRole = 'usd' | 'reservationUsd' | 'savingsPlanUsd' | 'effectiveUsd' | 'quantity';
type Role = 'day' | 'period' | TextRole | SumRole;

export type Layout = {
  readonly format: ExportFormat;
  /** First day of the charge, and of the bill it is on. */
  readonly day: string;
  readonly period: string;
  readonly texts: readonly (readonly [TextRole, string])[];
  readonly sums: readonly (readonly [SumRole, string])[];
};

/** How a line of usage that a commitment pays says its cost; where it is missing, the first such line is an error. */
export type Fail = (sentence: string) => Error;

/** Column names; the first that is there counts. */
type Columns = Readonly<Partial<Record<Role, readonly string[]>>>;

/**
 * Table dictionaries of AWS Data Exports (CUR 2.0; FOCUS 1.0 and 1.2 with AWS columns), read 2026-11-25. FOCUS 1.0 has
 * the usage type as `x_UsageType`; 1.2 has no such column, and the meter of the SKU is the usage type.
 */
const formats: Readonly<Record<ExportFormat, { readonly needed: Columns; readonly useful: Columns }>> = {
  cur2: {
    needed: {
      day: ['line_item_usage_start_date'],
      period: ['bill_billing_period_start_date'],
      account: ['line_item_usage_account_id'],
      productCode: ['line_item_product_code'],
      usageType: ['line_item_usage_type'],
      chargeType: ['line_item_line_item_type'],
      usd: ['line_item_unblended_cost'],
      quantity: ['line_item_usage_amount'],
    },
    useful: {
      region: ['product_region_code'],
      commitmentId: ['reservation_reservation_a_r_n'],
      reservationUsd: ['reservation_effective_cost'],
      savingsPlanUsd: ['savings_plan_savings_plan_effective_cost'],
    },
  },
  focus: {
    needed: {
      day: ['ChargePeriodStart'],
      period: ['BillingPeriodStart'],
      account: ['SubAccountId'],
      productName: ['ServiceName'],
      usageType: ['x_UsageType', 'SkuMeter'],
      chargeType: ['ChargeCategory'],
      chargeClass: ['ChargeClass'],
      frequency: ['ChargeFrequency'],
      commitmentId: ['CommitmentDiscountId'],
      commitmentType: ['CommitmentDiscountType'],
      commitmentStatus: ['CommitmentDiscountStatus'],
      usd: ['BilledCost'],
      effectiveUsd: ['EffectiveCost'],
      quantity: ['ConsumedQuantity'],
    },
    useful: { productCode: ['x_ServiceCode'], region: ['RegionId'] },
  },
};

/** From few values to many: groups that are made in memory are found by one after the other. */
const textRoles: readonly TextRole[] = [
  'chargeType',
  'chargeClass',
  'frequency',
  'commitmentId',
  'commitmentType',
  'commitmentStatus',
  'region',
  'productCode',
  'productName',
  'account',
  'usageType',
];
const sumRoles: readonly SumRole[] = ['usd', 'reservationUsd', 'savingsPlanUsd', 'effectiveUsd', 'quantity'];

/**
 * @param columns of a file or table; case does not matter (Athena has them in lower case)
 * @param format what it must be. Default: what the columns say
 * @throws what `fail` makes of the sentence, when columns are missing or it is another kind of file
 */
export function layoutOf(columns: readonly string[], fail: Fail, format?: ExportFormat): Layout {
  const actual = new Map(columns.map((column) => [column.toLowerCase(), column]));
  const find = (names: readonly string[] = []): string | undefined =>
    names.map((name) => actual.get(name.toLowerCase())).find((name) => name !== undefined);
  const { needed, useful } = formats[format ?? formatOf(actual, fail)];
  const missing = Object.values(needed).filter((names) => find(names) === undefined);
  if (missing.length > 0) {
    const list = missing.map((names) => names.join(' or ')).join(', ');
    throw fail(`has no column ${list}: add ${missing.length === 1 ? 'it' : 'them'} to the query of the export`);
  }
  const all: Columns = { ...needed, ...useful };
  const chosen = <R extends Role>(roles: readonly R[]): (readonly [R, string])[] =>
    roles.flatMap((role) => {
      const column = find(all[role]);
      return column === undefined ? [] : [[role, column] as const];
    });
  return {
    format: format ?? formatOf(actual, fail),
    day: find(needed.day) ?? '',
    period: find(needed.period) ?? '',
    texts: chosen(textRoles),
    sums: chosen(sumRoles),
  };
}

/** Columns that are read. */
export function columnsOf({ day, period, texts, sums }: Layout): string[] {
  return [day, period, ...texts.map(([, column]) => column), ...sums.map(([, column]) => column)];
}

/** The column that holds what covered usage costs; for messages. */
export function columnFor(format: ExportFormat, role: SumRole): string {
  const { needed, useful } = formats[format];
  return (needed[role] ?? useful[role] ?? [role])[0] ?? role;
}

function formatOf(actual: ReadonlyMap<string, string>, fail: Fail): ExportFormat {
  if (actual.has('line_item_line_item_type') || actual.has('line_item_usage_account_id')) return 'cur2';
  if (actual.has('chargecategory') || actual.has('billedcost')) return 'focus';
  if (actual.has('lineitem/usageaccountid') || actual.has('lineitem/lineitemtype'))
    throw fail('is a legacy Cost and Usage Report: create a data export of CUR 2.0 or FOCUS 1.2 and read that');
  throw fail('has neither the columns of CUR 2.0 (line_item_...) nor of FOCUS (ChargeCategory, BilledCost, ...)');
}
