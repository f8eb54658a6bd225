/**
 * The simulated bill as the table of a data export: what its columns are, and what the product's aggregation of it
 * answers. CUR 2.0 and FOCUS 1.2, one product code for every service of the bill.
 */
import type { BillLine } from '../model/bill.ts';

export const exportTables = ['cur2', 'focus'] as const;

/** The question that is recognised: format, first day, day after the last, table. */
export type Question = {
  readonly format: string;
  readonly from: string;
  readonly to: string;
  readonly table: string;
  /** Names of the columns of the answer. */
  readonly columns: readonly string[];
};

export type Row = readonly (string | undefined)[];

/** @returns undefined for any other SQL */
export function questionOf(sql: string): Question | undefined {
  const [, head = '', list = '', table = ''] =
    /^SELECT \/\* (.*?) \*\/([\s\S]*?)\nFROM "billing"\."(\w+)"/.exec(sql) ?? [];
  const [, format, from, to] = /^costwarden:daily-bill:1 (cur2|focus) (\S+) (\S+)$/.exec(head) ?? [];
  if (format === undefined || from === undefined || to === undefined) return undefined;
  const columns = [...list.matchAll(/ AS "?(\w+)"?(?:,|$)/gm)].map(([, name = '']) => name);
  return { format, from, to, table, columns };
}

/** A header and a row for each line. */
export function rowsOf(lines: readonly BillLine[], { format, columns }: Question): Row[] {
  const rows: Row[] = [columns];
  for (const line of lines) {
    const values: Values = { bill_day: line.day, ...(format === 'cur2' ? cur2Values(line) : focusValues(line)) };
    rows.push(columns.map((name) => values[name]));
  }
  return rows;
}

type Values = Readonly<Record<string, string | undefined>>;

function cur2Values({ accountId, service, region, usageType, recordType, usd, quantity }: BillLine): Values {
  const isUsage = recordType === 'Usage';
  return {
    account: accountId,
    productCode: isUsage ? (productCodes[service] ?? service) : 'AmazonEC2',
    usageType: isUsage ? usageType : '',
    region: isUsage ? region : '',
    chargeType: recordType,
    commitmentId: '',
    usd: String(usd),
    quantity: isUsage ? String(quantity) : undefined,
  };
}

function focusValues({ accountId, service, region, usageType, recordType, usd, quantity }: BillLine): Values {
  const isUsage = recordType === 'Usage';
  return {
    account: accountId,
    productCode: isUsage ? (productCodes[service] ?? service) : '',
    productName: isUsage ? service : recordType,
    usageType: isUsage ? usageType : '',
    region: isUsage ? region : '',
    chargeType: recordType,
    chargeClass: '',
    frequency: 'Usage-Based',
    commitmentId: '',
    commitmentType: '',
    commitmentStatus: '',
    usd: String(usd),
    effectiveUsd: String(usd),
    quantity: isUsage ? String(quantity) : undefined,
  };
}

/** Product codes of the services in the simulated bill. */
const productCodes: Readonly<Record<string, string>> = {
  'AWS Data Transfer': 'AWSDataTransfer',
  'AWS Lambda': 'AWSLambda',
  'Amazon DynamoDB': 'AmazonDynamoDB',
  'Amazon EC2 Container Registry (ECR)': 'AmazonECR',
  'Amazon Elastic Compute Cloud - Compute': 'AmazonEC2',
  'Amazon Relational Database Service': 'AmazonRDS',
  'Amazon Simple Storage Service': 'AmazonS3',
  'Amazon Virtual Private Cloud': 'AmazonVPC',
  AmazonCloudWatch: 'AmazonCloudWatch',
  'EC2 - Other': 'AmazonEC2',
};

const cur2Columns = [
  'bill_billing_period_start_date',
  'bill_payer_account_id',
  'line_item_line_item_type',
  'line_item_net_unblended_cost',
  'line_item_operation',
  'line_item_product_code',
  'line_item_resource_id',
  'line_item_unblended_cost',
  'line_item_usage_account_id',
  'line_item_usage_amount',
  'line_item_usage_start_date',
  'line_item_usage_type',
  'product_region_code',
  'reservation_effective_cost',
  'reservation_reservation_a_r_n',
  'savings_plan_savings_plan_effective_cost',
];
/** Athena has all names in lower case. */
const focusColumns = [
  'billedcost',
  'billingperiodstart',
  'chargecategory',
  'chargeclass',
  'chargefrequency',
  'chargeperiodstart',
  'commitmentdiscountid',
  'commitmentdiscountstatus',
  'commitmentdiscounttype',
  'consumedquantity',
  'effectivecost',
  'regionid',
  'resourceid',
  'servicename',
  'skumeter',
  'subaccountid',
  'x_servicecode',
];

/** As Glue has it; a crawler notes the size. */
export function metadataOf(table: string, bytes: number, now: string): object {
  const names = table === 'focus' ? focusColumns : cur2Columns;
  return {
    Name: table,
    CreateTime: new Date(Date.parse(now) - 400 * 86_400_000),
    TableType: 'EXTERNAL_TABLE',
    Columns: names.map((Name) => ({ Name, Type: typeOf(Name) })),
    PartitionKeys: [{ Name: 'billing_period', Type: 'string' }],
    // Only one of the tables was ever crawled.
    Parameters: { classification: 'parquet', ...(table === 'focus' ? {} : { sizeKey: String(bytes) }) },
  };
}

function typeOf(name: string): string {
  if (/cost$|amount$|quantity$/.test(name)) return 'double';
  return /date$|start$/.test(name) ? 'timestamp' : 'string';
}
