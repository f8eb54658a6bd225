/** Compute Optimizer: each request is about one account in the region that is asked. */
import type { GetEnrollmentStatusesForOrganizationRequest } from '@aws-sdk/client-compute-optimizer';
import type { SimulatedWorld } from '../generate.ts';
import { AwsError, type Call, type Operation, type ServiceOperations } from '../handler.ts';
import { enrolledAccounts, type IdleResource, idleResources, refreshedAt, volumeGib } from '../recommendations.ts';

type About = { readonly accountIds?: readonly string[] };
type Items = (idle: readonly IdleResource[], now: string) => readonly object[];

export function computeOptimizerOperations(world: SimulatedWorld): ServiceOperations {
  const isOn = world.advisers !== 'off';
  const page = (items: string) => ({
    items,
    inToken: 'nextToken',
    outToken: 'nextToken',
    size: 'maxResults',
    max: 100,
  });
  const list = (member: string, items: Items): Operation => ({
    page: page(member),
    handle: ({ accountIds = [] }: About, call) => {
      const about = accountAsked(accountIds, call);
      if (!isOn) throw new AwsError('OptInRequiredException', 'Account is not registered for recommendations.');
      const here = idleResources(world).filter(
        ({ accountId, region }) => accountId === about && region === call.region,
      );
      return { [member]: items(here, call.now) };
    },
  });
  const accountAsked = (accountIds: readonly string[], { accountId }: Call): string => {
    if (accountIds.length > 1)
      throw new AwsError('InvalidParameterValueException', 'Only one account ID can be specified per request.');
    const [asked = accountId] = accountIds;
    if (asked !== accountId && accountId !== world.managementAccountId)
      throw new AwsError('AccessDeniedException', 'You do not have sufficient access to perform this action.');
    return asked;
  };
  return {
    GetEnrollmentStatus: {
      handle: (_, { accountId }) => ({
        status: isOn ? 'Active' : 'Inactive',
        memberAccountsEnrolled: isOn && accountId === world.managementAccountId,
        ...(isOn ? { numberOfMemberAccountsOptedIn: enrolledAccounts(world).length - 1 } : {}),
      }),
    },
    GetEnrollmentStatusesForOrganization: {
      page: page('accountEnrollmentStatuses'),
      handle: ({ filters = [] }: GetEnrollmentStatusesForOrganizationRequest) => {
        const isWanted = filters.every(({ values = [] }) => values.includes(isOn ? 'Active' : 'Inactive'));
        const accounts = isWanted ? enrolledAccounts(world) : [];
        return {
          accountEnrollmentStatuses: accounts.map((accountId) => ({ accountId, status: isOn ? 'Active' : 'Inactive' })),
        };
      },
    },
    GetIdleRecommendations: list('idleRecommendations', (idle, now) => idle.map((one) => idleRecommendation(one, now))),
    // A volume that is idle is also too large; that it can go saves more.
    GetEBSVolumeRecommendations: list('volumeRecommendations', (idle, now) =>
      idle.filter(({ type }) => type === 'EbsVolume').map((one) => volumeRecommendation(one, now)),
    ),
    GetEC2InstanceRecommendations: list('instanceRecommendations', () => []),
    GetECSServiceRecommendations: list('ecsServiceRecommendations', () => []),
    GetLambdaFunctionRecommendations: list('lambdaFunctionRecommendations', () => []),
    GetRDSDatabaseRecommendations: list('rdsDBRecommendations', () => []),
  };
}

function saving(value: number, savingsOpportunityPercentage: number): object {
  return { savingsOpportunityPercentage, estimatedMonthlySavings: { currency: 'USD', value } };
}

function common({ accountId, tags }: IdleResource, now: string): object {
  return {
    accountId,
    lookBackPeriodInDays: 32,
    lastRefreshTimestamp: refreshedAt(now),
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
}

function idleRecommendation(resource: IdleResource, now: string): object {
  const isVolume = resource.type === 'EbsVolume';
  return {
    ...common(resource, now),
    resourceArn: resource.arn,
    resourceId: resource.id,
    resourceType: isVolume ? 'EBSVolume' : 'NatGateway',
    finding: isVolume ? 'Unattached' : 'Unused',
    savingsOpportunity: saving(resource.usd, 100),
    savingsOpportunityAfterDiscounts: saving(resource.usd, 100),
  };
}

function volumeRecommendation(resource: IdleResource, now: string): object {
  const configuration = (volumeSize: number) => ({ volumeType: 'gp3', volumeSize });
  return {
    ...common(resource, now),
    volumeArn: resource.arn,
    finding: 'NotOptimized',
    currentConfiguration: configuration(volumeGib),
    volumeRecommendationOptions: [
      { rank: 1, configuration: configuration(volumeGib / 2), savingsOpportunity: saving(resource.usd / 2, 50) },
    ],
  };
}
