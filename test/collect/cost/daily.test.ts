/** Daily cost on the wire: the simulated bill, whole, with its pages, and not half of it when a page is refused. */
import { CostExplorerClient, GetCostAndUsageCommand } from '@aws-sdk/client-cost-explorer';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, expect, test } from 'vitest';
import { awsError, collectKind, denial } from '../../support/collected.ts';

const explorer = mockClient(CostExplorerClient);
afterEach(() => explorer.reset());

type Question = { readonly GroupBy?: readonly { readonly Key?: string }[]; readonly NextPageToken?: string };
const group = (keys: readonly string[], usd: number, quantity = usd) => ({
  Keys: [...keys],
  Metrics: {
    UnblendedCost: { Amount: String(usd), Unit: 'USD' },
    AmortizedCost: { Amount: String(usd), Unit: 'USD' },
    UsageQuantity: { Amount: String(quantity), Unit: 'N/A' },
  },
});
const on = (day: string, Groups: ReturnType<typeof group>[]) => ({
  TimePeriod: { Start: day, End: day },
  Total: {},
  Groups,
});

/** Answers as Cost Explorer does, the usage in two pages. */
function answer(question: Question, filter: string): object {
  const keys = (question.GroupBy ?? []).map(({ Key }) => Key).join(' x ');
  switch (keys) {
    case 'LINKED_ACCOUNT x RECORD_TYPE':
      return {
        ResultsByTime: [
          on('2026-11-22', [
            group(['333333333333', 'Usage'], 12),
            group(['333333333333', 'DiscountedUsage'], 0),
            group(['333333333333', 'Credit'], -5),
          ]),
        ],
      };
    case 'SERVICE x USAGE_TYPE':
      return {
        ResultsByTime: [
          on('2026-11-01', [
            group(['Amazon Simple Storage Service', 'EU-TimedStorage-ByteHrs'], 9),
            group(['AmazonCloudWatch', 'EU-TimedStorage-ByteHrs'], 3),
          ]),
        ],
      };
    default: {
      const isCovered = filter.includes('DiscountedUsage');
      const usd = filter.includes('AmazonCloudWatch') ? 3 : 9;
      if (isCovered) return { ResultsByTime: [] };
      if (question.NextPageToken === undefined)
        return {
          ResultsByTime: [on('2026-11-22', [group(['333333333333', 'EU-TimedStorage-ByteHrs'], usd, 100)])],
          NextPageToken: 'page-2',
        };
      return { ResultsByTime: [on('2026-11-23', [group(['333333333333', 'EU-TimedStorage-ByteHrs'], usd + 1, 101)])] };
    }
  }
}

test('a usage type that two services have is told apart, all pages are read, credits are no usage', async () => {
  explorer.on(GetCostAndUsageCommand).callsFake((input) => answer(input, JSON.stringify(input.Filter ?? {})));
  const { of, gaps } = await collectKind('cost.daily');
  expect(gaps).toEqual([]);
  const records = (of('cost.daily') ?? []).map(({ service, region, recordType, from, usd, quantity }) => ({
    service,
    region,
    recordType,
    usd: [...usd].slice(-2),
    quantity: [...quantity].slice(-2),
    from,
  }));
  expect(records).toEqual([
    expect.objectContaining({ service: 'Billing', recordType: 'Credit', usd: [-5, 0] }),
    expect.objectContaining({
      service: 'Amazon Simple Storage Service',
      region: 'eu-west-1',
      usd: [9, 10],
      quantity: [100, 101],
    }),
    expect.objectContaining({ service: 'AmazonCloudWatch', region: 'eu-west-1', usd: [3, 4] }),
  ]);
});

test('a page that is refused leaves a gap and no records', async () => {
  explorer.on(GetCostAndUsageCommand).callsFake((input) => {
    if (input.NextPageToken !== undefined) throw denial('ce:GetCostAndUsage', 'AccessDeniedException', 400);
    return answer(input, JSON.stringify(input.Filter ?? {}));
  });
  const { records, gaps } = await collectKind('cost.daily');
  expect(records.has('cost.daily')).toBe(false);
  expect(gaps).toEqual([
    expect.objectContaining({ kind: 'cost.daily', reason: 'denied', iamAction: 'ce:GetCostAndUsage' }),
  ]);
});

test('a bill without a single line is one whose Cost Explorer is not on, and says how to switch it on', async () => {
  explorer.on(GetCostAndUsageCommand).resolves({ ResultsByTime: [] });
  const { gaps } = await collectKind('cost.daily');
  expect(gaps).toEqual([
    expect.objectContaining({
      reason: 'not-enabled',
      message: expect.stringContaining('open it once in the billing console'),
    }),
  ]);
});

test.each([
  [awsError('AccessDeniedException', 'User not enabled for cost explorer access'), 'Cost Explorer is not enabled here'],
  [
    awsError('DataUnavailableException', 'Data is not available. Please try to adjust the time period.'),
    'Cost Explorer has no data for these days yet',
  ],
])('%s is told as not enabled, with what to do', async (error, message) => {
  explorer.on(GetCostAndUsageCommand).rejects(error);
  const { gaps } = await collectKind('cost.daily');
  expect(gaps).toEqual([
    expect.objectContaining({
      reason: 'not-enabled',
      message: expect.stringMatching(
        new RegExp(`^${message}.*open Cost Explorer once in the console of the management account.*billing.viewArn`),
      ),
    }),
  ]);
});

test('a page token that comes twice ends the list as incomplete', async () => {
  explorer.on(GetCostAndUsageCommand).resolves({ ResultsByTime: [], NextPageToken: 'same' });
  const { gaps, records } = await collectKind('cost.daily');
  expect(records.has('cost.daily')).toBe(false);
  expect(gaps).toEqual([expect.objectContaining({ reason: 'unexpected' })]);
});

test.each(['cost.daily', 'cost.tag-coverage', 'cost.service-spend'] as const)(
  'every question of %s goes through the billing view that is configured',
  async (kind) => {
    explorer.on(GetCostAndUsageCommand).callsFake((input) => answer(input, JSON.stringify(input.Filter ?? {})));
    const viewArn = 'arn:aws:billing::111111111111:billingview/primary';
    const { gaps } = await collectKind(kind, { billing: { viewArn, maxUsd: 1 }, tagKeys: [['team']] });
    expect(gaps).toEqual([]);
    const asked = explorer.commandCalls(GetCostAndUsageCommand).map(({ args: [{ input }] }) => input.BillingViewArn);
    expect(asked.length).toBeGreaterThan(0);
    expect(new Set(asked)).toEqual(new Set([viewArn]));
  },
);
