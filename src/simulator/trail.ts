/** What happened in the simulated accounts, as CloudTrail tells it: planted changes, and the routine of every day. */
import type { Event } from '@aws-sdk/client-cloudtrail';
import type { AccountState } from './account-state.ts';
import { hex } from './random.ts';

/** A call that was made in an account. */
export type TrailRecord = {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly region: string;
  readonly eventName: string;
  /** e.g. `ec2`. */
  readonly source: string;
  /** `alice`, `deploy/run-17`, or the principal of a service. */
  readonly by: { readonly type: 'IAMUser' | 'AssumedRole' | 'AWSService' | 'Root'; readonly name: string };
  readonly resources?: readonly { readonly type: string; readonly name: string }[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly userAgent?: string;
  /** The call failed. */
  readonly errorCode?: string;
};

/** A change in an account of the organization. */
export type PlantedChange = {
  readonly record: Omit<TrailRecord, 'at'>;
  /** Index of the account. */
  readonly account: number;
  /** Days before today, and the time of that day, e.g. `14:05`. */
  readonly daysAgo: number;
  readonly time: string;
};

export function recordOf({ record, daysAgo, time }: PlantedChange, now: string): TrailRecord {
  const day = new Date(Date.parse(now) - daysAgo * dayMs).toISOString().slice(0, 10);
  return { ...record, at: `${day}T${time}:00.000Z` };
}

const dayMs = 86_400_000;
/** CloudTrail's event history. */
const keptDays = 90;

/** All events of a region, newest first. */
export function eventsIn(state: AccountState, region: string, now: string): Event[] {
  const oldest = new Date(Date.parse(now) - keptDays * dayMs).toISOString();
  const records = [...state.events.filter((record) => record.region === region), ...routine(state, region, now)];
  return records
    .filter(({ at }) => at >= oldest && at <= now)
    .sort((a, b) => (a.at < b.at ? 1 : -1))
    .map((record) => toEvent(state.id, record));
}

/** Every night a scaling group replaces an instance: what a bill does not notice. */
function routine({ id, enabledRegions }: AccountState, region: string, now: string): TrailRecord[] {
  if (!enabledRegions.slice(0, 3).includes(region)) return [];
  return Array.from({ length: keptDays }, (_, index) => {
    const day = new Date(Date.parse(now) - index * dayMs).toISOString().slice(0, 10);
    return {
      at: `${day}T03:1${index % 10}:00.000Z`,
      region,
      eventName: 'RunInstances',
      source: 'ec2',
      by: { type: 'AWSService', name: 'autoscaling.amazonaws.com' },
      resources: [{ type: 'AWS::EC2::Instance', name: `i-0${hex(16, id, region, day)}` }],
    } as const;
  });
}

/** The event as LookupEvents gives it: a summary, and the record of the trail as text. */
function toEvent(accountId: string, record: TrailRecord): Event {
  const { at, region, eventName, source, by, resources = [], parameters, userAgent, errorCode } = record;
  const EventId = hex(32, accountId, region, at, eventName).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  const key = `ASIA${hex(16, accountId, by.name).toUpperCase()}`;
  const isOfService = by.type === 'AWSService';
  const Username = by.type === 'Root' ? 'root' : by.name.split('/').at(-1);
  const detail = {
    eventVersion: '1.11',
    userIdentity: identityOf(accountId, by, key),
    eventTime: at.replace('.000Z', 'Z'),
    eventSource: `${source}.amazonaws.com`,
    eventName,
    awsRegion: region,
    sourceIPAddress: isOfService ? by.name : '203.0.113.40',
    userAgent: userAgent ?? (isOfService ? by.name : 'aws-cli/2.31.0'),
    ...(errorCode === undefined ? {} : { errorCode, errorMessage: 'The request was refused.' }),
    requestParameters: parameters ?? null,
    responseElements: null,
    eventID: EventId,
    readOnly: false,
    eventType: isOfService ? 'AwsServiceEvent' : 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: 'Management',
  };
  return {
    EventId,
    EventName: eventName,
    ReadOnly: 'false',
    ...(isOfService ? {} : { AccessKeyId: key }),
    EventTime: new Date(at),
    EventSource: `${source}.amazonaws.com`,
    ...(isOfService ? {} : { Username }),
    Resources: [
      // CloudTrail names the key of the caller among the resources of some events.
      ...(isOfService ? [] : [{ ResourceType: 'AWS::IAM::AccessKey', ResourceName: key }]),
      ...resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
    ],
    CloudTrailEvent: JSON.stringify(detail),
  };
}

function identityOf(accountId: string, { type, name }: TrailRecord['by'], accessKeyId: string): object {
  switch (type) {
    case 'AWSService':
      return { type, invokedBy: name };
    case 'Root':
      return { type, arn: `arn:aws:iam::${accountId}:root`, accountId, accessKeyId };
    case 'IAMUser':
      return { type, arn: `arn:aws:iam::${accountId}:user/${name}`, accountId, accessKeyId, userName: name };
    case 'AssumedRole': {
      const [role = name] = name.split('/');
      const sessionIssuer = { type: 'Role', arn: `arn:aws:iam::${accountId}:role/${role}`, accountId, userName: role };
      const arn = `arn:aws:sts::${accountId}:assumed-role/${name}`;
      return { type, arn, accountId, accessKeyId, sessionContext: { sessionIssuer } };
    }
  }
}
