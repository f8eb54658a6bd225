/**
 * The change that may have done it: an incident goes in, CloudTrail events of its account and region come out, ranked.
 * Only for few incidents and within a budget: LookupEvents gives two calls a second, fifty events a page, one name a
 * call, ninety days back, and management events only. AWS CloudTrail user guide and quotas, read 2026-11-23.
 */
import { CloudTrailClient, type Event, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { requireMember } from '../aws/answer.ts';
import { toCollectError } from '../aws/errors.ts';
import type { AccountSession } from '../aws/session.ts';
import type { CollectError } from '../errors.ts';
import { daysBetween } from '../model/days.ts';
import type { IncidentQuestion } from '../model/finding.ts';
import type { GapReason } from '../model/inventory.ts';
import { type ChangeEvent, eventsFor, trailRegion } from './change-events.ts';
import { investigationActions } from './investigation-actions.ts';
import { type Change, rankChanges, windowOf } from './rank-changes.ts';
import type { RequestBudget } from './request-budget.ts';
import { toTrailEvent } from './trail-event.ts';

export type { Change } from './rank-changes.ts';

/** What is asked about. */
export type Suspicious = IncidentQuestion & {
  /** Ids or ARNs whose cost is known to have risen, if any. */
  readonly resourceIds?: readonly string[];
};

export type ChangeSearch =
  | {
      readonly status: 'asked';
      /** Most likely first; empty = no such event. */
      readonly changes: readonly Change[];
      /** Event names that were not asked for, or not to their end. */
      readonly unasked: readonly string[];
      /** One sentence on what was looked at. */
      readonly note: string;
    }
  | {
      readonly status: 'not-asked';
      readonly reason: GapReason | 'budget' | 'too-old' | 'no-event-known';
      readonly iamAction: string | undefined;
      readonly note: string;
    };

const pageSize = 50;
const mostPages = 5;
const keptDays = 90;
const iamAction = investigationActions.changes.iamActions[0];

/** What one name brought. */
type Answer = { readonly events: readonly Event[]; readonly isCut: boolean; readonly error?: CollectError };

/**
 * @param session of the account in question
 * @param now time of the run, ISO 8601 UTC
 * @returns never throws for what AWS refuses: the incident is told without it
 */
export async function findChanges(
  session: AccountSession,
  incident: Suspicious,
  { budget, now }: { readonly budget: RequestBudget; readonly now: string },
): Promise<ChangeSearch> {
  const { onset, region, series, resourceIds = [] } = incident;
  const events = eventsFor(series);
  if (events.length === 0)
    return notAsked('no-event-known', 'no management event is known to move this usage, so CloudTrail was not asked');
  if (daysBetween(onset, now) >= keptDays)
    return notAsked('too-old', `CloudTrail was not asked: it keeps ${keptDays} days, and this began on ${onset}`);
  if (budget.left === 0) return notAsked('budget', 'CloudTrail was not asked: the look-ups of this run are used up');

  const ask = (event: ChangeEvent): Promise<Answer> => lookUp(session, event, { region, onset, budget });
  const [first, ...others] = events as [ChangeEvent, ...ChangeEvent[]];
  // Alone, so that a denial costs one call instead of eight.
  const answers = new Map([[first, await ask(first)]]);
  const denial = answers.get(first)?.error;
  if (denial?.reason === 'denied' || denial?.reason === 'denied-by-scp') return refused(denial);
  const rest = await Promise.all(others.map(ask));
  for (const [index, event] of others.entries()) answers.set(event, rest[index] ?? { events: [], isCut: true });

  const errors = [...answers.values()].flatMap(({ error }) => (error === undefined ? [] : [error]));
  if (errors[0] !== undefined && errors.length === events.length) return refused(errors[0]);
  const found = events.flatMap((known) => fitting(answers.get(known)?.events ?? [], known, onset));
  const unasked = events.filter((event) => answers.get(event)?.isCut).map(({ name }) => name);
  const changes = rankChanges(found, { onset, resourceIds });
  return { status: 'asked', changes, unasked, note: noteOf(incident, changes, events.length, unasked) };
}

type Place = { readonly region: string; readonly onset: string; readonly budget: RequestBudget };

/** All events of one name; incidents of one account and day share what was found. */
async function lookUp(session: AccountSession, event: ChangeEvent, { region, onset, budget }: Place): Promise<Answer> {
  const at = trailRegion(event, region);
  const key = `cloudtrail/${at}/${event.name}/${onset}/${session.accountId}`;
  try {
    return await session.shared(key, () => pagesOf(session.client(CloudTrailClient, at), event.name, onset, budget));
  } catch (error) {
    return { events: [], isCut: true, error: toCollectError(error, { iamAction }) };
  }
}

async function pagesOf(client: CloudTrailClient, name: string, onset: string, budget: RequestBudget): Promise<Answer> {
  const { from, until } = windowOf(onset);
  const events: Event[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    if (!budget.take()) return { events, isCut: true };
    const answer = await client.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }],
        StartTime: new Date(from),
        // The end is included, and times are whole seconds.
        EndTime: new Date(Date.parse(until) - 1000),
        MaxResults: pageSize,
        NextToken,
      }),
    );
    events.push(...requireMember(answer, 'Events'));
    ({ NextToken } = answer);
    if (NextToken === undefined) return { events, isCut: false };
  }
  return { events, isCut: true };
}

function fitting(events: readonly Event[], known: ChangeEvent, onset: string) {
  const { from, until } = windowOf(onset);
  return events.flatMap((raw) => {
    const event = toTrailEvent(raw);
    const fits =
      event !== undefined && known.sources.includes(event.eventSource) && event.at >= from && event.at < until;
    return fits ? [{ event, known }] : [];
  });
}

function noteOf(
  { accountId, region, onset }: Suspicious,
  changes: readonly Change[],
  asked: number,
  unasked: readonly string[],
): string {
  const { from } = windowOf(onset);
  const where = `CloudTrail of ${accountId} in ${region === 'global' ? 'us-east-1' : region} from ${from.slice(0, 10)} to ${onset}`;
  const rest = unasked.length === 0 ? '' : `; not asked to the end: ${unasked.join(', ')}`;
  return changes.length === 0
    ? `no management event of the ${asked} kinds that do this was found in ${where}${rest}`
    : `found in ${where}, correlated, not proven${rest}`;
}

function refused({ reason, iamAction: missing, message }: CollectError): ChangeSearch {
  const isDenied = reason === 'denied' || reason === 'denied-by-scp';
  const note = isDenied
    ? `CloudTrail was not asked: ${missing ?? iamAction} is denied`
    : `CloudTrail did not answer: ${message}`;
  return { status: 'not-asked', reason, iamAction: missing, note };
}

function notAsked(reason: 'budget' | 'too-old' | 'no-event-known', note: string): ChangeSearch {
  return { status: 'not-asked', reason, iamAction: undefined, note };
}
