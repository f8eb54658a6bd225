/**
 * Series that moved together are one incident. Never summed before they are judged, only after: opposite moves would
 * cancel. What an incident is made of is kept, so that its id and its members stay the same from run to run.
 */
import { createHash } from 'node:crypto';
import { seriesKey } from './account-memory.ts';
import { toDay } from './calendar.ts';
import { usageOf } from './moved.ts';
import type { KnownIncident } from './organization-memory.ts';
import type { ToldSeries } from './told-series.ts';

/** Services that one cause moves together, a day or two apart. */
const coupled: readonly RegExp[] = [
  /VPC|DataTransfer|Data Transfer|EC2|Elastic Compute|ELB|Load Balancing|CloudFront|S3|Simple Storage/i,
  /Lambda|CloudWatch|StepFunctions|Step Functions|SQS|Queue|SNS|Notification|DynamoDB|Kinesis|ApiGateway|API Gateway/i,
];
const onsetSlackDays = 2;
/** Accounts from which on the same thing on the same day is one of the organization. */
const organizationAccounts = 3;
/** So many moves that begin on one day, of this share of all series and of all accounts, have the day in common. */
const commonDayMoves = 5;
const commonDayShare = 0.03;
const commonDayAccounts = 0.6;

export function memberKey({ memory: { dimensions }, episode: { onset, direction } }: ToldSeries): string {
  return `${dimensions.accountId}|${seriesKey(dimensions)}|${onset}|${direction}`;
}

export function accountOf(key: string): string {
  return key.slice(0, key.indexOf('|'));
}

export type Grouping = {
  readonly known: readonly KnownIncident[];
  /** Whatever is told of all accounts, by member key. */
  readonly told: ReadonlyMap<string, ToldSeries>;
  /** Those that are told for the first time. */
  readonly fresh: readonly ToldSeries[];
  /** Of the whole organization. */
  readonly seriesCount: number;
  readonly accountCount: number;
  readonly asOf: number;
};

/** Adds what is fresh to the incidents: to one of an earlier run that has the same cause, or as incidents of today. */
export function group({ known, told, fresh, seriesCount, accountCount, asOf }: Grouping): KnownIncident[] {
  const before = known.map((one) => ({ ...one, members: [...one.members] }));
  const ordered = [...fresh].sort(
    (a, b) => b.episode.peakUsd - a.episode.peakUsd || (memberKey(a) < memberKey(b) ? -1 : 1),
  );
  const today: ToldSeries[][] = [];
  for (const one of ordered) {
    const earlier = before.find(({ members }) => members.some((key) => joinsLater(one, told.get(key))));
    if (earlier !== undefined) {
      earlier.members.push(memberKey(one));
      continue;
    }
    const same = today.find((members) => members.some((other) => isSamePlace(one, other) || isSameKey(one, other)));
    if (same === undefined) today.push([one]);
    else same.push(one);
  }
  const joined = onCommonDays(acrossAccounts(today), { seriesCount, accountCount });
  return [...before, ...joined.map((members) => toIncident(members, asOf))];
}

function toIncident(members: readonly ToldSeries[], asOf: number): KnownIncident {
  const [first] = members;
  if (first === undefined) throw new Error('an incident has members');
  const { accountId, service, usageType, region } = first.memory.dimensions;
  const { onset, direction } = first.episode;
  const identity = [accountId, service, usageType, region, toDay(onset), direction].join('|');
  const id = `i_${createHash('sha256').update(identity).digest('hex').slice(0, 20)}`;
  return { id, openedOn: asOf, members: members.map(memberKey) };
}

/** One account, one direction, about one day; and one region, or one service that moved everywhere on the same day. */
function isSamePlace(a: ToldSeries, b: ToldSeries): boolean {
  const [one, other] = [a.memory.dimensions, b.memory.dimensions];
  if (one.accountId !== other.accountId || !isSameTime(a, b)) return false;
  if (one.region === other.region) return true;
  return a.episode.onset === b.episode.onset && (one.service === other.service || (isOfSum(a) && isOfSum(b)));
}

/** It shows in a sum alone. */
function isOfSum({ episode }: ToldSeries): boolean {
  return episode.shape === 'shift' && episode.sigma === null;
}

/** First spend in several regions of one account at once: one key that was stolen. */
function isSameKey(a: ToldSeries, b: ToldSeries): boolean {
  const isNew = a.episode.shape === 'newSpend' && b.episode.shape === 'newSpend';
  return isNew && a.memory.dimensions.accountId === b.memory.dimensions.accountId && isSameTime(a, b);
}

function isSameTime(a: ToldSeries, b: ToldSeries): boolean {
  const apart = Math.abs(a.episode.onset - b.episode.onset);
  return a.episode.direction === b.episode.direction && apart <= onsetSlackDays;
}

/** What shows a day later and is smaller belongs to what was said before, where the services hang together. */
function joinsLater(one: ToldSeries, member: ToldSeries | undefined): boolean {
  if (member === undefined || member.episode.state === 'withdrawn') return false;
  if (one.episode.peakUsd > member.episode.peakUsd) return false;
  if (isSameKey(one, member)) return true;
  if (!isSamePlace(one, member)) return false;
  const [a, b] = [one.memory.dimensions.service, member.memory.dimensions.service];
  return a === b || coupled.some((services) => services.test(a) && services.test(b));
}

/** The same usage type of the same service in several accounts on one day: a price, an agent, a rollout. */
function acrossAccounts(today: readonly ToldSeries[][]): ToldSeries[][] {
  const what = ({ memory, episode }: ToldSeries): string => `${usageOf(memory.dimensions)}|${episode.direction}`;
  let groups = [...today];
  for (const [name, members] of Map.groupBy(today.flat(), what)) {
    const parts = groups.filter((group) => group.some((one) => what(one) === name));
    if (accountsOf(members) >= organizationAccounts) groups = merged(groups, parts);
  }
  return groups;
}

/** A busy day of many accounts and services: a sale, a load test, a day that everybody has. */
function onCommonDays(
  today: readonly ToldSeries[][],
  { seriesCount, accountCount }: Pick<Grouping, 'seriesCount' | 'accountCount'>,
): ToldSeries[][] {
  const leastMoves = Math.max(commonDayMoves, commonDayShare * seriesCount);
  const leastAccounts = Math.max(organizationAccounts, commonDayAccounts * accountCount);
  const dayOf = ([first]: readonly ToldSeries[]): number => {
    const isBurst = first?.episode.shape === 'spike' || first?.episode.shape === 'shift';
    return first !== undefined && isBurst && first.episode.direction === 'up' ? first.episode.onset : -1;
  };
  let groups = [...today];
  for (const [day, parts] of Map.groupBy(today, dayOf)) {
    const moves = parts.flat();
    if (day >= 0 && moves.length >= leastMoves && accountsOf(moves) >= leastAccounts) groups = merged(groups, parts);
  }
  return groups;
}

function accountsOf(members: readonly ToldSeries[]): number {
  return new Set(members.map(({ memory }) => memory.dimensions.accountId)).size;
}

/** All the parts in the place of the first. */
function merged(groups: readonly ToldSeries[][], parts: readonly ToldSeries[][]): ToldSeries[][] {
  const [first, ...others] = parts;
  return groups.flatMap((group) => {
    if (group === first) return [parts.flat()];
    return others.includes(group) ? [] : [group];
  });
}
