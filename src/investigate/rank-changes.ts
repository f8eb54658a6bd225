/** Which of the events most likely did it. Nearness and kind are no proof, and are never told as one. */
import { addDays } from '../model/days.ts';
import type { ChangeEvent } from './change-events.ts';
import type { Actor, TrailEvent } from './trail-event.ts';

export type Change = {
  /** ISO 8601 UTC; of the first of several. */
  readonly at: string;
  readonly eventName: string;
  readonly eventSource: string;
  /** User name, `role/session`, or service. */
  readonly actor: string;
  readonly resources: readonly string[];
  /** How often the same actor made the same call in the window. */
  readonly times: number;
  /** `high` only where the resource is one whose cost rose. */
  readonly confidence: 'high' | 'medium' | 'low';
  /** Why it may have to do with it; ends without a full stop. */
  readonly why: string;
};

export type Clues = {
  /** First unusual day, UTC. */
  readonly onset: string;
  /** Ids or ARNs whose cost is known to have risen. */
  readonly resourceIds: readonly string[];
};

const shown = 5;
const mostResources = 10;
/** Hours before the first unusual day in which a change is near: what is billed by the hour shows the next day. */
const nearHours = 12;

/** Who decides to change something; services follow what somebody else has decided. */
const weights: Readonly<Record<Actor['kind'], number>> = { person: 1, automation: 1, role: 0, service: -3 };

/** @param found events with the row of the table they were looked for by, in its order */
export function rankChanges(
  found: readonly { readonly event: TrailEvent; readonly known: ChangeEvent }[],
  clues: Clues,
): Change[] {
  const groups = new Map<string, { readonly known: ChangeEvent; readonly events: TrailEvent[] }>();
  for (const { event, known } of found) {
    const key = `${event.eventSource}/${event.eventName}/${event.actor.name}`;
    const group = groups.get(key) ?? { known, events: [] };
    group.events.push(event);
    groups.set(key, group);
  }
  const ranked = [...groups.values()].map(({ known, events }) => rate(known, events, clues));
  // Equal ones stay in the order of the table.
  ranked.sort((a, b) => b.score - a.score);
  return ranked.slice(0, shown).map(({ change }) => change);
}

function rate(known: ChangeEvent, events: TrailEvent[], clues: Clues): { score: number; change: Change } {
  const byTime = events.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const [first] = byTime as [TrailEvent, ...TrailEvent[]];
  const resources = [...new Set(byTime.flatMap((event) => event.resources))];
  const hit = resources.find((resource) => clues.resourceIds.some((id) => isSame(id, resource)));
  const hoursBefore = (Date.parse(clues.onset) - Date.parse(first.at)) / 3_600_000;
  const isNear = hoursBefore <= nearHours;
  const { kind } = first.actor;
  const score = (known.isDirect ? 4 : 2) + (hit === undefined ? 0 : 4) + (isNear ? 2 : 0) + weights[kind];
  const confidence = confidenceOf({ known, isHit: hit !== undefined, isNear, isService: kind === 'service' });
  const when =
    first.at.slice(0, 10) === clues.onset
      ? 'on the first unusual day'
      : `${toldHours(hoursBefore)} before the first unusual day`;
  const on = hit === undefined ? '' : `, on ${hit} whose cost rose`;
  const by = kind === 'service' ? ', by a service of AWS, which may be a consequence' : '';
  return {
    score,
    change: {
      at: first.at,
      eventName: first.eventName,
      eventSource: first.eventSource,
      actor: first.actor.name,
      resources: resources.slice(0, mostResources),
      times: events.length,
      confidence,
      why: `the call ${known.does}, ${when}${on}${by}`,
    },
  };
}

type Weights = {
  readonly known: ChangeEvent;
  readonly isHit: boolean;
  readonly isNear: boolean;
  readonly isService: boolean;
};

function confidenceOf({ known, isHit, isNear, isService }: Weights): Change['confidence'] {
  if (isService) return 'low';
  if (isHit && isNear) return known.isDirect ? 'high' : 'medium';
  return known.isDirect && (isNear || isHit) ? 'medium' : 'low';
}

/** `i-0abc` is the resource of `arn:aws:ec2:…:instance/i-0abc`, and no part of `i-0abcd`. */
function isSame(id: string, resource: string): boolean {
  return tailOf(id) === tailOf(resource);
}

function tailOf(name: string): string {
  return name.split(/[:/]/).at(-1) ?? name;
}

function toldHours(hours: number): string {
  const whole = Math.max(1, Math.round(hours));
  return whole === 1 ? 'an hour' : `${whole} hours`;
}

/** A change at some moment is in the cost of its own day: the day before the onset and the onset itself. */
export function windowOf(onset: string): { readonly from: string; readonly until: string } {
  return { from: `${addDays(onset, -1)}T00:00:00.000Z`, until: `${addDays(onset, 1)}T00:00:00.000Z` };
}
