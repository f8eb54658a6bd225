/**
 * What to ask Cost Explorer for every account x service x usage type. It groups by two keys and bills every page, so the
 * services are cut into as few groups as possible in which no usage type occurs twice; within such a group, account x
 * usage type says the service as well. No page is asked that carries nothing new.
 */
import type { Expression, Group } from '@aws-sdk/client-cost-explorer';
import type { AccountSession } from '../../aws/session.ts';
import type { BillLine } from '../../model/bill.ts';
import { addDays } from '../../model/days.ts';
import type { CostRecordType } from '../../model/resources/cost.ts';
import { decodeUsageType } from '../../model/usage-types.ts';
import { costPeriods } from './cost-explorer.ts';

/** Record types as Cost Explorer returns them, by what they are to us. Others are `Other`. */
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
/** Fees by the hour that covered usage holds already, spread; and what takes the covered usage out again. */
const withoutLine: ReadonlySet<string> = new Set([
  'Usage',
  'DiscountedUsage',
  'SavingsPlanCoveredUsage',
  'SavingsPlanNegation',
]);
/** Services in one filter; Cost Explorer's limit is not published, the console allows more. */
const mostServices = 100;

export type DayRange = { readonly from: string /** Not included. */; readonly until: string };

/** All lines of these days. */
export async function* askBill(session: AccountSession, range: DayRange): AsyncIterable<BillLine> {
  const types = new Set<string>();
  yield* recordTypeLines(session, range, types);
  const groups = await serviceGroups(session, range);
  for (const services of groups) yield* usageLines(session, range, services, 'Usage', ['Usage'], 'UnblendedCost');
  const covered = [...types].filter((type) => recordTypes[type] === 'CoveredUsage').sort();
  if (covered.length === 0) return;
  // What a commitment pays has no cost of its own unless it is amortized.
  for (const services of groups) yield* usageLines(session, range, services, 'CoveredUsage', covered, 'AmortizedCost');
}

/** Credits, refunds, tax and fees by account; the types that occur are added to `types`. */
async function* recordTypeLines(session: AccountSession, range: DayRange, types: Set<string>): AsyncIterable<BillLine> {
  const periods = costPeriods(session, {
    TimePeriod: { Start: range.from, End: range.until },
    Granularity: 'DAILY',
    Metrics: ['UnblendedCost'],
    GroupBy: [
      { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' },
      { Type: 'DIMENSION', Key: 'RECORD_TYPE' },
    ],
  });
  for await (const { day, group } of periods) {
    const [accountId = '', type = ''] = group.Keys ?? [];
    types.add(type);
    if (withoutLine.has(type)) continue;
    yield {
      day,
      accountId,
      service: 'Billing',
      region: 'global',
      usageType: type,
      recordType: recordTypes[type] ?? 'Other',
      usd: amount(group, 'UnblendedCost'),
      quantity: Number.NaN,
    };
  }
}

async function* usageLines(
  session: AccountSession,
  range: DayRange,
  { services, serviceOf }: ServiceGroup,
  recordType: 'Usage' | 'CoveredUsage',
  types: readonly string[],
  metric: 'UnblendedCost' | 'AmortizedCost',
): AsyncIterable<BillLine> {
  const filter: Expression = {
    And: [
      { Dimensions: { Key: 'RECORD_TYPE', Values: [...types] } },
      { Dimensions: { Key: 'SERVICE', Values: [...services] } },
    ],
  };
  const periods = costPeriods(session, {
    TimePeriod: { Start: range.from, End: range.until },
    Granularity: 'DAILY',
    Metrics: [metric, 'UsageQuantity'],
    Filter: filter,
    GroupBy: [
      { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' },
      { Type: 'DIMENSION', Key: 'USAGE_TYPE' },
    ],
  });
  for await (const { day, group } of periods) {
    const [accountId = '', usageType = ''] = group.Keys ?? [];
    const service = serviceOf.get(usageType) ?? services[0] ?? '';
    const region = decodeUsageType(service, usageType).region ?? 'global';
    const usd = amount(group, metric);
    yield { day, accountId, service, region, usageType, recordType, usd, quantity: amount(group, 'UsageQuantity') };
  }
}

type ServiceGroup = { readonly services: readonly string[]; readonly serviceOf: ReadonlyMap<string, string> };

/** Which services have which usage types; one amount for the whole time is enough. */
async function serviceGroups(session: AccountSession, { from, until }: DayRange): Promise<ServiceGroup[]> {
  const usageTypes = new Map<string, Set<string>>();
  const periods = costPeriods(session, {
    TimePeriod: { Start: from, End: until },
    Granularity: 'MONTHLY',
    Metrics: ['UnblendedCost'],
    GroupBy: [
      { Type: 'DIMENSION', Key: 'SERVICE' },
      { Type: 'DIMENSION', Key: 'USAGE_TYPE' },
    ],
  });
  for await (const { group } of periods) {
    const [service = '', usageType = ''] = group.Keys ?? [];
    const own = usageTypes.get(service) ?? new Set<string>();
    usageTypes.set(service, own.add(usageType));
  }
  return cutIntoGroups(usageTypes);
}

/**
 * Few groups of services without a common usage type: the largest first, each into the first group it fits in. Services
 * that share usage types are few, so this is as good as the best.
 */
export function cutIntoGroups(usageTypes: ReadonlyMap<string, ReadonlySet<string>>): ServiceGroup[] {
  const groups: { services: string[]; serviceOf: Map<string, string> }[] = [];
  const largestFirst = [...usageTypes].sort(([a, as], [b, bs]) => bs.size - as.size || (a < b ? -1 : 1));
  for (const [service, own] of largestFirst) {
    const fits = groups.find(
      ({ services, serviceOf }) => services.length < mostServices && [...own].every((type) => !serviceOf.has(type)),
    );
    const group = fits ?? { services: [], serviceOf: new Map<string, string>() };
    if (fits === undefined) groups.push(group);
    group.services.push(service);
    for (const type of own) group.serviceOf.set(type, service);
  }
  return groups;
}

/** Days in one request: a month of them, so that no answer is cut by the service's own limits. */
export function* rangesOf(days: readonly string[], most = 31): Iterable<DayRange> {
  const wanted = [...days].sort();
  let from: string | undefined;
  let last: string | undefined;
  let count = 0;
  for (const day of wanted) {
    if (from !== undefined && last !== undefined && (addDays(last, 1) !== day || count === most)) {
      yield { from, until: addDays(last, 1) };
      from = undefined;
      count = 0;
    }
    from ??= day;
    last = day;
    count += 1;
  }
  if (from !== undefined && last !== undefined) yield { from, until: addDays(last, 1) };
}

function amount({ Metrics }: Group, metric: string): number {
  return Number(Metrics?.[metric]?.Amount ?? 0);
}
