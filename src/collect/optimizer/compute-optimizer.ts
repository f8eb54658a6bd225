/**
 * Compute Optimizer, where Cost Optimization Hub is off: the same recommendations, but each request is about one
 * account in one region and one type of resource.
 */
import type { ComputeOptimizerClient } from '@aws-sdk/client-compute-optimizer';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { guardPages, requireMember } from '../../aws/answer.ts';
import type { AccountSession } from '../../aws/session.ts';
import { CollectError } from '../../errors.ts';
import type { OptimizerRecommendation } from '../../model/resources/optimizer.ts';
import {
  fromDatabase,
  fromFunction,
  fromIdle,
  fromInstance,
  fromService,
  fromVolume,
} from './compute-optimizer-records.ts';

/** Accounts times regions that are asked: six requests each, at five a second, take four minutes. */
const mostPlaces = 200;
/** Largest page of GetIdleRecommendations and GetEnrollmentStatusesForOrganization. API reference, read 2026-11-25. */
const pageSize = 100;

/**
 * Of a resource with several, only the one that saves most: they cannot all be followed.
 * @throws CollectError `not-enabled` when there are too many accounts to ask one by one
 */
export async function* computeOptimizerRecommendations(
  session: AccountSession,
  hubId: string,
  includesMembers: boolean,
): AsyncIterable<OptimizerRecommendation> {
  const { ComputeOptimizerClient } = await import('@aws-sdk/client-compute-optimizer');
  const members = includesMembers ? await enrolledAccounts(session.client(ComputeOptimizerClient)) : [];
  const accounts = new Set([hubId, ...members]);
  const regions = await enabledRegions(session);
  if (accounts.size * regions.length > mostPlaces) {
    throw new CollectError(
      `Cost Optimization Hub is off, and Compute Optimizer would have to be asked about each of ${accounts.size} accounts in ${regions.length} region(s): enroll the Hub, which is free and lists everything at once`,
      { reason: 'not-enabled' },
    );
  }
  const best = new Map<string, OptimizerRecommendation>();
  for (const region of regions) {
    const client = session.client(ComputeOptimizerClient, region);
    for (const accountId of accounts) {
      // Only one account may be named, and only another one.
      const about = accountId === hubId ? {} : { accountIds: [accountId] };
      for await (const found of recommendationsOf(client, about)) {
        const key = `${found.arn} ${found.awsType}`;
        const known = best.get(key);
        if (known === undefined || savingOf(found) > savingOf(known)) best.set(key, found);
      }
    }
  }
  yield* best.values();
}

function savingOf({ estimatedMonthlySavingUsd = 0 }: OptimizerRecommendation): number {
  return estimatedMonthlySavingUsd;
}

async function enrolledAccounts(client: ComputeOptimizerClient): Promise<string[]> {
  const { paginateGetEnrollmentStatusesForOrganization } = await import('@aws-sdk/client-compute-optimizer');
  const accounts: string[] = [];
  const input = { filters: [{ name: 'Status' as const, values: ['Active'] }] };
  const pages = paginateGetEnrollmentStatusesForOrganization({ client, pageSize }, input);
  for await (const page of guardPages(pages, ({ nextToken }) => nextToken))
    for (const { accountId } of requireMember(page, 'accountEnrollmentStatuses'))
      if (accountId !== undefined) accounts.push(accountId);
  return accounts;
}

async function enabledRegions(session: AccountSession): Promise<string[]> {
  const answer = await session.client(EC2Client).send(new DescribeRegionsCommand({}));
  return requireMember(answer, 'Regions').flatMap(({ RegionName }) => (RegionName === undefined ? [] : [RegionName]));
}

type About = { readonly accountIds?: string[] };
type Found = OptimizerRecommendation | undefined;

async function* recommendationsOf(
  client: ComputeOptimizerClient,
  about: About,
): AsyncIterable<OptimizerRecommendation> {
  const sdk = await import('@aws-sdk/client-compute-optimizer');
  const ask = { ...about };
  yield* read(async (nextToken) => {
    const answer = await client.send(
      new sdk.GetIdleRecommendationsCommand({ ...ask, nextToken, maxResults: pageSize }),
    );
    return page(answer, requireMember(answer, 'idleRecommendations').map(fromIdle));
  });
  yield* read(async (nextToken) => {
    const answer = await client.send(new sdk.GetEC2InstanceRecommendationsCommand({ ...ask, nextToken }));
    return page(answer, requireMember(answer, 'instanceRecommendations').map(fromInstance));
  });
  yield* read(async (nextToken) => {
    const answer = await client.send(new sdk.GetEBSVolumeRecommendationsCommand({ ...ask, nextToken }));
    return page(answer, requireMember(answer, 'volumeRecommendations').map(fromVolume));
  });
  yield* read(async (nextToken) => {
    const answer = await client.send(new sdk.GetLambdaFunctionRecommendationsCommand({ ...ask, nextToken }));
    return page(answer, requireMember(answer, 'lambdaFunctionRecommendations').map(fromFunction));
  });
  yield* read(async (nextToken) => {
    const answer = await client.send(new sdk.GetRDSDatabaseRecommendationsCommand({ ...ask, nextToken }));
    return page(answer, requireMember(answer, 'rdsDBRecommendations').flatMap(fromDatabase));
  });
  yield* read(async (nextToken) => {
    const answer = await client.send(new sdk.GetECSServiceRecommendationsCommand({ ...ask, nextToken }));
    return page(answer, requireMember(answer, 'ecsServiceRecommendations').map(fromService));
  });
}

type Page = { readonly found: readonly Found[]; readonly nextToken: string | undefined };

function page({ nextToken }: { readonly nextToken?: string | undefined }, found: readonly Found[]): Page {
  return { found, nextToken };
}

/** Walks a list; the SDK has no paginators for these. */
async function* read(ask: (nextToken: string | undefined) => Promise<Page>): AsyncIterable<OptimizerRecommendation> {
  async function* pages(): AsyncIterable<Page> {
    let token: string | undefined;
    do {
      const answer = await ask(token);
      yield answer;
      token = answer.nextToken;
    } while (token !== undefined);
  }
  for await (const { found } of guardPages(pages(), ({ nextToken }) => nextToken))
    for (const recommendation of found) if (recommendation !== undefined) yield recommendation;
}
