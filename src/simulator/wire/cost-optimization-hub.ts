/** Cost Optimization Hub on the wire: its client is older than the others and exports no schemas; these are of their kind. */

const ns = 'com.amazonaws.costoptimizationhub';
/** Codes of the SDK's schema format. */
const [list, structure, operation] = [1, 3, 9] as const;
const [text, number, boolean, time] = [0, 1, 2, 4] as const;
const texts = 64 | text;

type Schema = number | readonly unknown[] | (() => unknown);

function struct(name: string, members: Readonly<Record<string, Schema>>): readonly unknown[] {
  return [structure, ns, name, 0, Object.keys(members), Object.values(members)];
}

const listOf = (name: string, item: Schema): readonly unknown[] => [list, ns, name, 0, item];

const tags = listOf('TagList', struct('Tag', { key: text, value: text }));
const paging = { nextToken: text, maxResults: number };

const recommendation = struct('Recommendation', {
  recommendationId: text,
  accountId: text,
  region: text,
  resourceId: text,
  resourceArn: text,
  currentResourceType: text,
  recommendedResourceType: text,
  estimatedMonthlySavings: number,
  estimatedSavingsPercentage: number,
  estimatedMonthlyCost: number,
  currencyCode: text,
  implementationEffort: text,
  restartNeeded: boolean,
  actionType: text,
  rollbackPossible: boolean,
  currentResourceSummary: text,
  recommendedResourceSummary: text,
  lastRefreshTimestamp: time,
  recommendationLookbackPeriodInDays: number,
  source: text,
  tags,
});

const filter = struct('Filter', {
  restartNeeded: boolean,
  rollbackPossible: boolean,
  implementationEfforts: texts,
  accountIds: texts,
  regions: texts,
  resourceTypes: texts,
  actionTypes: texts,
  tags,
  resourceIds: texts,
  resourceArns: texts,
  recommendationIds: texts,
});

const enrollment = struct('AccountEnrollmentStatus', {
  accountId: text,
  status: text,
  lastUpdatedTimestamp: time,
  createdTimestamp: time,
});

export const ListRecommendations$ = [
  operation,
  ns,
  'ListRecommendations',
  0,
  struct('ListRecommendationsRequest', {
    filter,
    orderBy: struct('OrderBy', { dimension: text, order: text }),
    includeAllRecommendations: boolean,
    ...paging,
  }),
  struct('ListRecommendationsResponse', { items: listOf('RecommendationList', recommendation), nextToken: text }),
];

export const ListEnrollmentStatuses$ = [
  operation,
  ns,
  'ListEnrollmentStatuses',
  0,
  struct('ListEnrollmentStatusesRequest', { includeOrganizationInfo: boolean, accountId: text, ...paging }),
  struct('ListEnrollmentStatusesResponse', {
    items: listOf('AccountEnrollmentStatuses', enrollment),
    includeMemberAccounts: boolean,
    nextToken: text,
  }),
];

export const GetPreferences$ = [
  operation,
  ns,
  'GetPreferences',
  0,
  struct('GetPreferencesRequest', {}),
  struct('GetPreferencesResponse', {
    savingsEstimationMode: text,
    memberAccountDiscountVisibility: text,
    preferredCommitment: struct('PreferredCommitment', { term: text, paymentOption: text }),
  }),
];
