import { CostExplorerClient, GetCostAndUsageCommand, type GetCostAndUsageRequest } from '@aws-sdk/client-cost-explorer';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { collectKind, denial, testList } from '../../support/collected.ts';

const group = (accountId: string, tag: string, Amount: string) => ({
  Keys: [accountId, tag],
  Metrics: { NetAmortizedCost: { Amount, Unit: 'USD' } },
});
const results = (...Groups: object[]) => [
  { TimePeriod: { Start: '2026-11-01', End: '2026-11-24' }, Total: {}, Groups, Estimated: true },
];
const base = { type: 'AWS::CE::CostAllocationTag', region: 'global', from: '2026-10-25', to: '2026-11-24' };

testList('cost.tag-coverage', {
  client: CostExplorerClient,
  command: GetCostAndUsageCommand,
  token: 'NextPageToken',
  input: {
    TimePeriod: { Start: '2026-10-25', End: '2026-11-24' },
    Metrics: ['NetAmortizedCost'],
    Filter: {
      Dimensions: { Key: 'RECORD_TYPE', Values: ['Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage'] },
    },
    GroupBy: [
      { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' },
      { Type: 'TAG', Key: 'team' },
    ],
  },
  pages: [
    {
      ResultsByTime: results(group('333333333333', 'team$', '10'), group('333333333333', 'team$shop', '30')),
      NextPageToken: 'page-2',
    },
    { ResultsByTime: results(group('333333333333', 'team$cash$', '5'), group('444444444444', 'team$', '7')) },
  ],
  records: [
    {
      ...base,
      id: 'team/333333333333',
      arn: 'arn:aws:ce::222222222222:tag/team',
      accountId: '333333333333',
      key: 'team',
      // A value may end with a dollar sign and is a value all the same.
      taggedUsd: 35,
      untaggedUsd: 10,
    },
    {
      ...base,
      id: 'team/444444444444',
      arn: 'arn:aws:ce::222222222222:tag/team',
      accountId: '444444444444',
      key: 'team',
      taggedUsd: 0,
      untaggedUsd: 7,
    },
  ],
  refusal: denial('ce:GetCostAndUsage', 'AccessDeniedException', 400),
  iamAction: 'ce:GetCostAndUsage',
  options: { tagKeys: [['team']] },
});

const costExplorer = mockClient(CostExplorerClient);
beforeEach(() => costExplorer.reset());
const requests = () =>
  costExplorer.commandCalls(GetCostAndUsageCommand).map(({ args }): GetCostAndUsageRequest => args[0].input);

test('dollars that carry another spelling of the key are tagged; those with none stay untagged', async () => {
  costExplorer
    .on(GetCostAndUsageCommand)
    .resolvesOnce({
      ResultsByTime: results(
        group('333333333333', 'team$', '100'),
        group('333333333333', 'team$shop', '50'),
        group('444444444444', 'team$', '20'),
      ),
    })
    .resolvesOnce({ ResultsByTime: results(group('333333333333', 'team$', '40')) });
  const collected = await collectKind('cost.tag-coverage', { tagKeys: [['team', 'Team', 'squad']] });
  expect(collected.of('cost.tag-coverage')).toEqual([
    expect.objectContaining({ id: 'team/333333333333', taggedUsd: 110, untaggedUsd: 40 }),
    expect.objectContaining({ id: 'team/444444444444', taggedUsd: 20, untaggedUsd: 0 }),
  ]);
  expect(requests()[1]!.Filter).toEqual({
    And: [
      requests()[0]!.Filter,
      { Tags: { Key: 'team', Values: [], MatchOptions: ['ABSENT'] } },
      { Tags: { Key: 'Team', Values: [], MatchOptions: ['ABSENT'] } },
      { Tags: { Key: 'squad', Values: [], MatchOptions: ['ABSENT'] } },
    ],
  });
});

test('where everything carries the key no second request is paid for', async () => {
  costExplorer
    .on(GetCostAndUsageCommand)
    .resolves({ ResultsByTime: results(group('333333333333', 'team$shop', '50')) });
  const collected = await collectKind('cost.tag-coverage', { tagKeys: [['team', 'Team']] });
  expect(collected.of('cost.tag-coverage')).toEqual([expect.objectContaining({ taggedUsd: 50, untaggedUsd: 0 })]);
  expect(requests()).toHaveLength(1);
});

test('each key is asked for by itself; without keys nothing is asked', async () => {
  costExplorer.on(GetCostAndUsageCommand).callsFake(({ GroupBy }: GetCostAndUsageRequest) => ({
    ResultsByTime: results(group('333333333333', `${GroupBy![1]!.Key}$`, '1')),
  }));
  const collected = await collectKind('cost.tag-coverage', { tagKeys: [['team'], ['env']] });
  expect(collected.of('cost.tag-coverage')!.map(({ id }) => id)).toEqual(['team/333333333333', 'env/333333333333']);
  costExplorer.resetHistory();
  expect((await collectKind('cost.tag-coverage')).of('cost.tag-coverage')).toEqual([]);
  expect(requests()).toHaveLength(0);
});
