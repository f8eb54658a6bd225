/**
 * What to ask Cost Explorer for every account x service x usage type. It groups by two keys and bills every page, so the
 * services are cut into as few groups as possible in which no usage type occurs twice; within such a group, account x
 * usage type says the service as well. No page is asked that carries nothing new.
 */
import type { Expression, GetCostAndUsageCommandInput, Group } from '@aws-sdk/client-cost-explorer';
import { type BillLine, type CostDimensions, toRecordType } from '../../model/bill.ts';
import { addDays } from '../../model/days.ts';
import { decodeUsageType } from '../../model/usage-types.ts';
import { amountOf, type BillAccess, type CostGroup, costPeriods, newTally, type PageTally } from './cost-explorer.ts';
import { allUsageTypes } from './ledger-series.ts';
import { cutIntoGroups, type ServiceGroup } from './query-set-groups.ts';

/** Usage, which is asked by itself; and what takes covered usage out of the unblended sum again. */
const withoutLine: ReadonlySet<string> = new Set([
  'Usage',
  'DiscountedUsage',
  'SavingsPlanCoveredUsage',
  'SavingsPlanNegation',
]);

export type DayRange = { readonly from: string /** Not included. */; readonly until: string };

/** By usage type; or by service only, where usage types would cost too much: `usageType` is then `(all)`. */
export type BillDetail = 'usageType' | 'service';

export type BillQuestion = {
  readonly range: DayRange;
  readonly detail: BillDetail;
  /** Pages after which it is given up. Default: none. */
  readonly mostPages?: number;
  /** Days that AWS calls estimated are added. */
  readonly estimated: Set<string>;
  readonly tally: PageTally;
};

/** The question would have taken more pages than it may. */
export class BillTooLarge extends Error {
  override readonly name = 'BillTooLarge';
}

/** Rows that a day of usage types has, from one page: a lower bound where `isAll` is false. */
export async function probeBill(access: BillAccess, day: string): Promise<{ rows: number; isAll: boolean }> {
  const tally = newTally();
  const range = { from: day, until: addDays(day, 1) };
  const question: BillQuestion = { range, detail: 'usageType', estimated: new Set(), tally };
  for await (const _ of ask(access, question, {
    groupBy: ['LINKED_ACCOUNT', 'USAGE_TYPE'],
    metrics: ['UnblendedCost'],
  }))
    break;
  return { rows: tally.groups, isAll: tally.fullestPage === 0 };
}

type Kind = {
  readonly recordType: 'Usage' | 'CoveredUsage';
  readonly types: readonly string[];
  readonly metric: 'UnblendedCost' | 'AmortizedCost';
};

/** All lines of these days. @throws BillTooLarge */
export async function* askBill(access: BillAccess, question: BillQuestion): AsyncIterable<BillLine> {
  const seen = new Set<string>();
  yield* feeLines(access, question, seen);
  const covered = [...seen].filter((type) => toRecordType(type) === 'CoveredUsage').sort();
  const kinds: Kind[] = [];
  if (seen.has('Usage')) kinds.push({ recordType: 'Usage', types: ['Usage'], metric: 'UnblendedCost' });
  // What a commitment pays has no cost of its own unless it is amortized.
  if (covered.length > 0) kinds.push({ recordType: 'CoveredUsage', types: covered, metric: 'AmortizedCost' });
  if (question.detail === 'service') {
    for (const kind of kinds) yield* serviceLines(access, question, kind);
    return;
  }
  for (const kind of kinds) {
    for (const group of await serviceGroups(access, question, kind)) yield* usageLines(access, question, kind, group);
  }
}

/** Credits, refunds, tax and fees by account; the record types that occur are added to `seen`. */
async function* feeLines(access: BillAccess, question: BillQuestion, seen: Set<string>): AsyncIterable<BillLine> {
  const groupBy = ['LINKED_ACCOUNT', 'RECORD_TYPE'] as const;
  for await (const { day, isEstimated, group } of ask(access, question, { groupBy, metrics: ['UnblendedCost'] })) {
    const [accountId = '', type = ''] = group.Keys ?? [];
    seen.add(type);
    if (isEstimated) question.estimated.add(day);
    if (withoutLine.has(type)) continue;
    const recordType = toRecordType(type);
    const dimensions = { accountId, service: 'Billing', region: 'global', usageType: type, recordType };
    yield { day, ...dimensions, usd: amountOf(group, 'UnblendedCost'), quantity: Number.NaN };
  }
}

async function* usageLines(
  access: BillAccess,
  question: BillQuestion,
  { recordType, types, metric }: Kind,
  { services, serviceOf }: ServiceGroup,
): AsyncIterable<BillLine> {
  const filter: Expression = {
    And: [
      { Dimensions: { Key: 'RECORD_TYPE', Values: [...types] } },
      { Dimensions: { Key: 'SERVICE', Values: [...services] } },
    ],
  };
  const groupBy = ['LINKED_ACCOUNT', 'USAGE_TYPE'] as const;
  for await (const { day, group } of ask(access, question, { groupBy, metrics: [metric, 'UsageQuantity'], filter })) {
    const [accountId = '', usageType = ''] = group.Keys ?? [];
    // Not in the list of a moment ago: tomorrow's question puts it right.
    const service = serviceOf.get(usageType) ?? (services.length === 1 ? services[0] : undefined) ?? '(not known)';
    const region = decodeUsageType(service, usageType).region ?? 'global';
    yield toLine(day, group, { accountId, service, region, usageType, recordType }, metric);
  }
}

async function* serviceLines(
  access: BillAccess,
  question: BillQuestion,
  { recordType, types, metric }: Kind,
): AsyncIterable<BillLine> {
  const filter: Expression = { Dimensions: { Key: 'RECORD_TYPE', Values: [...types] } };
  const groupBy = ['LINKED_ACCOUNT', 'SERVICE'] as const;
  for await (const { day, group } of ask(access, question, { groupBy, metrics: [metric], filter })) {
    const [accountId = '', service = ''] = group.Keys ?? [];
    const dimensions = { accountId, service, region: 'global', usageType: allUsageTypes, recordType };
    yield { ...toLine(day, group, dimensions, metric), quantity: Number.NaN };
  }
}

function toLine(day: string, group: Group, dimensions: CostDimensions, metric: string): BillLine {
  return { day, ...dimensions, usd: amountOf(group, metric), quantity: amountOf(group, 'UsageQuantity') };
}

/** Which services have which usage types; one amount for the whole time is enough. */
async function serviceGroups(access: BillAccess, question: BillQuestion, { types }: Kind): Promise<ServiceGroup[]> {
  const usageTypes = new Map<string, Set<string>>();
  const filter: Expression = { Dimensions: { Key: 'RECORD_TYPE', Values: [...types] } };
  const groupBy = ['SERVICE', 'USAGE_TYPE'] as const;
  const granularity = 'MONTHLY';
  for await (const { group } of ask(access, question, { groupBy, metrics: ['UnblendedCost'], filter, granularity })) {
    const [service = '', usageType = ''] = group.Keys ?? [];
    const own = usageTypes.get(service) ?? new Set<string>();
    usageTypes.set(service, own.add(usageType));
  }
  return cutIntoGroups(usageTypes);
}

type Query = {
  readonly groupBy: readonly [string, string];
  readonly metrics: readonly string[];
  readonly filter?: Expression;
  readonly granularity?: 'DAILY' | 'MONTHLY';
};

async function* ask(access: BillAccess, question: BillQuestion, query: Query): AsyncIterable<CostGroup> {
  const { groupBy, metrics, filter, granularity = 'DAILY' } = query;
  const { range, tally, mostPages = Number.POSITIVE_INFINITY } = question;
  const input: GetCostAndUsageCommandInput = {
    TimePeriod: { Start: range.from, End: range.until },
    Granularity: granularity,
    Metrics: [...metrics],
    ...(filter === undefined ? {} : { Filter: filter }),
    GroupBy: groupBy.map((Key) => ({ Type: 'DIMENSION', Key })),
  };
  if (tally.pages >= mostPages) throw new BillTooLarge(`more than ${mostPages} pages`);
  let pages = tally.pages;
  for await (const group of costPeriods(access, input, tally)) {
    // Whether another page follows is known only when it has come: one page too many is paid.
    if (tally.pages !== pages && tally.pages > mostPages) throw new BillTooLarge(`more than ${mostPages} pages`);
    pages = tally.pages;
    yield group;
  }
}
