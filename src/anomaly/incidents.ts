/**
 * Series that moved together are one incident. Never summed before they are judged, only after: opposite moves would
 * cancel. What an incident is made of is kept, so that its id and its members stay the same from run to run.
 */
import { createHash } from 'node:crypto';
import { seriesKey } from './account-memory.ts';
import { toDay } from './calendar.ts';
import type { ToldSeries } from './told-series.ts';

export type KnownIncident = {
  readonly id: string;
  /** Day of the run that said it, a number. */
  readonly openedOn: number;
  /** Keys of its members. */
  readonly members: string[];
};

/** Services that one cause moves together, a day or two apart. */
const coupled: readonly RegExp[] = [
  /VPC|DataTransfer|EC2|Elastic Compute|ELB|Load Balancing|CloudFront|S3|Simple Storage/i,
  /Lambda|CloudWatch|StepFunctions|Step Functions|SQS|Queue|SNS|Notification|DynamoDB|Kinesis|ApiGateway|API Gateway/i,
];
const onsetSlackDays = 2;
/** Accounts from which on the same thing on the same day is one of the organization. */
const organizationAccounts = 3;

export function memberKey({ memory: { dimensions }, episode: { onset, direction } }: ToldSeries): string {
  return `${dimensions.accountId}|${seriesKey(dimensions)}|${onset}|${direction}`;
}

/** A usage type without the region it is billed in. */
function familyOf(usageType: string): string {
  return usageType.replace(/^[A-Z]{2,3}[A-Z]?\d?-/, '');
}

/**
 * Adds what is new today to the incidents: to one of an earlier run that has the same cause, or as incidents of today.
 * @param series all unusual times that are told or have just ended
 */
export function group(known: readonly KnownIncident[], series: readonly ToldSeries[], asOf: number): KnownIncident[] {
  const before = known.filter(({ openedOn }) => openedOn < asOf).map((one) => ({ ...one, members: [...one.members] }));
  const byKey = new Map(series.map((one) => [memberKey(one), one]));
  const taken = new Set(before.flatMap(({ members }) => members));
  const fresh = series
    .filter((one) => one.episode.openedOn === asOf && one.episode.state === 'open' && !taken.has(memberKey(one)))
    .sort((a, b) => b.episode.peakUsd - a.episode.peakUsd || memberKey(a).localeCompare(memberKey(b)));
  const today: ToldSeries[][] = [];
  for (const one of fresh) {
    const earlier = before.find(({ members }) => members.some((key) => joinsLater(one, byKey.get(key))));
    if (earlier !== undefined) {
      earlier.members.push(memberKey(one));
      continue;
    }
    const same = today.find((members) => members.some((other) => isSamePlace(one, other) || isSameKey(one, other)));
    if (same === undefined) today.push([one]);
    else same.push(one);
  }
  return [...before, ...acrossAccounts(today).map((members) => toIncident(members, asOf))];
}

function toIncident(members: readonly ToldSeries[], asOf: number): KnownIncident {
  const [first] = members;
  if (first === undefined) throw new Error('an incident has members');
  const { dimensions } = first.memory;
  const { onset, direction } = first.episode;
  const identity = [
    dimensions.accountId,
    dimensions.service,
    dimensions.usageType,
    dimensions.region,
    toDay(onset),
    direction,
  ];
  const id = `i_${createHash('sha256').update(identity.join('|')).digest('hex').slice(0, 20)}`;
  return { id, openedOn: asOf, members: members.map(memberKey) };
}

/** One account, one region, one direction, about one day. */
function isSamePlace(a: ToldSeries, b: ToldSeries): boolean {
  return (
    a.memory.dimensions.accountId === b.memory.dimensions.accountId &&
    a.memory.dimensions.region === b.memory.dimensions.region &&
    isSameTime(a, b)
  );
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
  if (!isSamePlace(one, member) || one.episode.peakUsd > member.episode.peakUsd) return false;
  const [a, b] = [one.memory.dimensions.service, member.memory.dimensions.service];
  return a === b || coupled.some((services) => services.test(a) && services.test(b));
}

/** The same usage type of the same service in several accounts on one day: a price, an agent, a rollout. */
function acrossAccounts(today: readonly ToldSeries[][]): ToldSeries[][] {
  const what = ({ memory, episode }: ToldSeries): string =>
    `${memory.dimensions.service}|${familyOf(memory.dimensions.usageType)}|${episode.direction}`;
  const groups = [...today];
  for (const [name, members] of Map.groupBy(today.flat(), what)) {
    if (new Set(members.map(({ memory }) => memory.dimensions.accountId)).size < organizationAccounts) continue;
    const parts = groups.filter((group) => group.some((one) => what(one) === name));
    const [first, ...others] = parts;
    if (first === undefined) continue;
    for (const other of others) {
      first.push(...other);
      groups.splice(groups.indexOf(other), 1);
    }
  }
  return groups;
}
