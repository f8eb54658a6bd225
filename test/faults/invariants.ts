/**
 * What must hold after every run, whatever went wrong in it. Judged by the journals of the simulated AWS and Slack and
 * by what the state holds, never by what the product says of itself alone.
 *
 *   I1  every transition rests on a complete observation in this run
 *   I2  once the faults are gone, one run leads to the findings of a life without faults
 *   I3  every message is delivered, and as a new message once
 *   I4  what was not completely observed is named as a gap, and nothing else is
 *   I5  no request is outside the generated policies; nobody but the script refuses one
 *   I6  requests stay within the share of every rate limit
 */
import { bucketKey, type Limit, limitOf } from '../../src/aws/limits.ts';
import type { Check } from '../../src/check.ts';
import type { Collector } from '../../src/collect/collector.ts';
import type { Change, FindingRecord } from '../../src/model/change.ts';
import type { Gap, Kind } from '../../src/model/inventory.ts';
import type { RunRecord } from '../../src/model/run.ts';
import type { ScopeKind } from '../../src/model/scope.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import type { PolicyDocument } from '../../src/simulator/policy.ts';
import type { SlackMessage } from '../../src/simulator/slack.ts';
import type { OutboxRow } from '../../src/state/state-store.ts';
import { type Observations, observe, type Place } from './observations.ts';

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6';

export type PlannedPlaces = {
  readonly hubId: string;
  readonly accounts: readonly {
    readonly id: string;
    readonly regions: readonly string[];
    readonly buckets: readonly string[];
    /** Regions in which it has NAT gateways that work. */
    readonly gatewayRegions: readonly string[];
  }[];
  /** Accounts that ended; what is known of them is resolved without being looked at. */
  readonly closed: readonly string[];
};

export type Evidence = {
  /** All requests of the run, of every process that worked on it. */
  readonly entries: readonly JournalEntry[];
  readonly before: readonly FindingRecord[];
  readonly after: readonly FindingRecord[];
  /** Without a record (the run was killed or refused) nothing is claimed: I4 is not judged. */
  readonly run?: Pick<RunRecord, 'id' | 'coverage'>;
  /** The run was ended before its end, or soon gives up on a call: answers may have come that nobody waited for. */
  readonly isCutShort?: boolean;
  readonly checks: readonly Check[];
  readonly collectors: ReadonlyMap<Kind, Collector>;
  readonly places: PlannedPlaces;
  readonly policies: { readonly hub: PolicyDocument; readonly member: PolicyDocument };
  /** Refusals that the world itself holds: a missing role, a bucket that lets nobody in. */
  readonly isRefusalPlanted: (entry: JournalEntry) => boolean;
  /** Rows and share that the run was given; left out = a share that limits nothing, I6 is not judged. */
  readonly rate?: { readonly limits: readonly Limit[]; readonly share: number };
  /** Left out = the run was not to notify. */
  readonly slack?: { readonly outbox: readonly OutboxRow[]; readonly messages: readonly SlackMessage[] };
  /** Findings of the same days without faults; given once the faults are gone. */
  readonly faultless?: readonly FindingRecord[];
};

/** @throws Error with one sentence per violation. @returns the invariants that were judged */
export function checkInvariants(evidence: Evidence): Invariant[] {
  const judged: Invariant[] = ['I1', 'I5'];
  const problems = [...transitionsWithoutObservation(evidence), ...requestsOutsidePolicy(evidence)];
  if (evidence.run !== undefined) {
    judged.push('I4');
    problems.push(...wrongCoverage(evidence, evidence.run.coverage.gaps));
  }
  if (evidence.faultless !== undefined) {
    judged.push('I2');
    problems.push(...differences(evidence.faultless, evidence.after).map((text) => `I2: ${text}`));
  }
  if (evidence.slack !== undefined) {
    judged.push('I3');
    problems.push(...undelivered(evidence.slack));
  }
  if (evidence.rate !== undefined) {
    judged.push('I6');
    problems.push(...beyondShare(evidence.entries, evidence.rate));
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return judged.sort();
}

function observationsOf({ entries, collectors, places }: Evidence): Observations {
  const gateways = new Set(
    places.accounts.flatMap(({ id, gatewayRegions }) => gatewayRegions.map((region) => `${id} ${region}`)),
  );
  return observe(entries, collectors, ({ accountId, region }) => gateways.has(`${accountId} ${region}`));
}

const transitions: ReadonlySet<Change> = new Set<Change>(['opened', 'reopened', 'resolved', 'changed']);

/** Records whose state or content the run decided anew. */
function decided({ before, after, run }: Evidence): FindingRecord[] {
  const known = new Map(before.map((record) => [record.finding.id, record]));
  return after.filter((record) => {
    const earlier = known.get(record.finding.id);
    const isNews = earlier === undefined || earlier.runId !== record.runId;
    return transitions.has(record.change) && isNews && (run === undefined || record.runId === run.id);
  });
}

function* transitionsWithoutObservation(evidence: Evidence): Iterable<string> {
  const { checks, collectors, places } = evidence;
  const observations = observationsOf(evidence);
  for (const record of decided(evidence)) {
    const { finding, change, scope } = record;
    if (change === 'resolved' && places.closed.includes(finding.accountId)) continue;
    const check = checks.find(({ id }) => id === finding.checkId);
    if (check === undefined) {
      yield `I1: ${finding.checkId} was ${change} by a run in which it is not enabled`;
      continue;
    }
    const [scopeKind = '', accountId = '', region = ''] = scope.split('/');
    for (const kind of check.needs) {
      const kindScope = collectors.get(kind)?.scope ?? 'region';
      const isOrganizationWide = kindScope === 'payer' || kindScope === 'organization';
      // Needs of another scope are not asked for here: a check of two scopes declares those of both.
      if (kindScope !== scopeKind && !isOrganizationWide) continue;
      const place = isOrganizationWide ? { accountId: places.hubId, region: 'global' } : { accountId, region };
      for (const bucket of bucketsBehind(record, places)) {
        if (observations.of(kind, place, bucket) !== 'incomplete') continue;
        const where = bucket === undefined ? place.region : `bucket ${bucket}`;
        yield `I1: ${finding.checkId} on ${finding.resourceId} in ${accountId} was ${change}, but ${kind} was not completely observed (${where})`;
      }
    }
  }
}

/** The bucket a finding is about; a finding about all buckets ends only when all were seen. */
function bucketsBehind({ finding, change }: FindingRecord, places: PlannedPlaces): readonly (string | undefined)[] {
  if (finding.resourceType !== 'AWS::S3::Bucket') return [undefined];
  if (finding.resourceId !== finding.resourceType) return [finding.resourceId];
  if (change !== 'resolved') return [undefined];
  return places.accounts.find(({ id }) => id === finding.accountId)?.buckets ?? [];
}

/** @returns one sentence per finding that the two lives disagree about */
function differences(expected: readonly FindingRecord[], actual: readonly FindingRecord[]): string[] {
  const describe = (record: FindingRecord | undefined): string => {
    // What was mended before a run could see it was never opened: the same as being resolved.
    if (record === undefined || record.state === 'resolved') return 'not there';
    const { state, reopenedCount, finding } = record;
    const usd = finding.saving === null ? 'unpriced' : `$${finding.saving.monthlyUsd.toFixed(2)}`;
    return `${state}, ${usd}, reopened ${reopenedCount} times`;
  };
  const byId = (records: readonly FindingRecord[]) => new Map(records.map((record) => [record.finding.id, record]));
  const [left, right] = [byId(expected), byId(actual)];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((id) => {
    const [a, b] = [left.get(id), right.get(id)];
    const { checkId = '', resourceId = '' } = a?.finding ?? b?.finding ?? {};
    const [was, is] = [describe(a), describe(b)];
    return was === is ? [] : [`${checkId} on ${resourceId} is ${is}; without faults it is ${was}`];
  });
}

function* undelivered({ outbox, messages }: NonNullable<Evidence['slack']>): Iterable<string> {
  const byKey = Map.groupBy(messages, ({ metadata }) => String(metadata?.event_payload?.['key']));
  for (const [key, all] of byKey) {
    if (all.length > 1) yield `I3: ${key} was posted ${all.length} times`;
    if (!outbox.some((row) => row.key === key)) yield `I3: a message was posted that no outbox row knows (${key})`;
  }
  for (const { key, state, lastError } of outbox) {
    if (state !== 'sent' || !byKey.has(key))
      yield `I3: ${key} was not delivered (${state}, ${lastError ?? 'no error'})`;
  }
}

/** What the enabled checks make a run ask for. */
export function plannedKinds(
  { checks, collectors }: Pick<Evidence, 'checks' | 'collectors'>,
  scope: ScopeKind,
): Kind[] {
  const needed = checks.flatMap(({ needs, wants = [] }) => [...needs, ...wants]);
  const all = new Set<Kind>(['account.access', 'account.region', ...needed]);
  for (const kind of all) for (const earlier of collectors.get(kind)?.after ?? []) all.add(earlier);
  return [...all].filter((kind) => collectors.get(kind)?.scope === scope);
}

function* wrongCoverage(evidence: Evidence, gaps: readonly Gap[]): Iterable<string> {
  const { places, entries } = evidence;
  const observations = observationsOf(evidence);
  const gapsAt = Map.groupBy(gaps, ({ accountId, region, kind }) => `${accountId} ${region} ${kind}`);
  const gapsOf = (kind: Kind, { accountId, region }: Place): readonly Gap[] =>
    gapsAt.get(`${accountId} ${region} ${kind}`) ?? [];
  for (const gap of gaps) if (gap.message === '') yield `I4: a gap without words (${gap.kind} in ${gap.accountId})`;

  const judge = (kind: Kind, place: Place, buckets: readonly string[]) =>
    judgeKind({
      kind,
      place,
      buckets,
      gaps: gapsOf(kind, place),
      observations,
      isCutShort: evidence.isCutShort === true,
    });
  for (const { id, regions, buckets } of places.accounts) {
    const entry = { accountId: id, region: 'global' };
    if (gapsOf('account.access', entry).length > 0) {
      const wasEntered = observations.of('account.access', entry) === 'complete';
      const isExcused = evidence.isCutShort === true || observations.wasDisturbed('account.access', entry);
      if (wasEntered && !isExcused && id !== places.hubId) yield `I4: ${id} is called closed to us, but it was entered`;
      continue;
    }
    for (const kind of plannedKinds(evidence, 'global')) yield* judge(kind, entry, buckets);
    const areRegionsKnown = gapsOf('account.region', entry).length === 0;
    for (const region of regions) {
      // The gap of the region list stands for regions nobody could know of.
      const wasVisited = entries.some((call) => call.accountId === id && call.region === region);
      if (!areRegionsKnown && !wasVisited) continue;
      for (const kind of plannedKinds(evidence, 'region')) yield* judge(kind, { accountId: id, region }, []);
    }
  }
  for (const scope of ['payer', 'organization'] as const) {
    for (const kind of plannedKinds(evidence, scope))
      yield* judge(kind, { accountId: places.hubId, region: 'global' }, []);
  }
}

type Judgement = {
  readonly kind: Kind;
  readonly place: Place;
  readonly buckets: readonly string[];
  readonly gaps: readonly Gap[];
  readonly observations: Observations;
  readonly isCutShort: boolean;
};

function* judgeKind({ kind, place, buckets, gaps, observations, isCutShort }: Judgement): Iterable<string> {
  const at = `${kind} in ${place.accountId} ${place.region}`;
  const whole = gaps.some(({ resourceId }) => resourceId === undefined);
  const isDisturbed = isCutShort || observations.wasDisturbed(kind, place);
  const observed = observations.of(kind, place);
  if (observed === 'incomplete' && !whole) yield `I4: ${at} was not completely observed, and no gap says so`;
  if (!observations.asksByBucket(kind)) {
    if (observed === 'complete' && gaps.length > 0 && !isDisturbed)
      yield `I4: a gap is claimed for ${at}, which was completely observed`;
    return;
  }
  if (whole) return;
  for (const bucket of buckets) {
    const isMissed = gaps.some(({ resourceId }) => resourceId === bucket);
    const seen = observations.of(kind, place, bucket);
    if (seen === 'incomplete' && !isMissed) yield `I4: ${at} was not observed for bucket ${bucket}, and no gap says so`;
    if (seen === 'complete' && isMissed && !isDisturbed)
      yield `I4: a gap is claimed for ${at}, bucket ${bucket}, which was observed`;
  }
}

const refusals = /denied|unauthorized/i;

function* requestsOutsidePolicy({ entries, policies, places, isRefusalPlanted }: Evidence): Iterable<string> {
  const actionsOf = ({ Statement }: PolicyDocument): ReadonlySet<string> =>
    new Set(Statement.flatMap(({ Action = [] }) => Action));
  const [hub, member] = [actionsOf(policies.hub), actionsOf(policies.member)];
  for (const entry of entries) {
    const { accountId, iamAction, errorCode, fault } = entry;
    // A caller that could not be told is not in: nothing was asked of any account.
    if (accountId === 'unknown') continue;
    // Allowed to everyone, whatever a policy says.
    const isFree = iamAction === 'sts:GetCallerIdentity';
    if (!isFree && !(accountId === places.hubId ? hub : member).has(iamAction))
      yield `I5: ${iamAction} was called in ${accountId}, and the generated policy does not allow it`;
    if (errorCode === undefined || !refusals.test(errorCode) || fault?.startsWith('denied')) continue;
    if (!isRefusalPlanted(entry))
      yield `I5: ${iamAction} was refused in ${accountId} (${errorCode}), and nobody scripted it`;
  }
}

/** A request may leave late by a busy event loop, so that several arrive together: this much of a refill is let pass. */
const jitterMs = 250;

function* beyondShare(
  entries: readonly JournalEntry[],
  { limits, share }: NonNullable<Evidence['rate']>,
): Iterable<string> {
  const inOrder = [...entries].sort((a, b) => a.at - b.at);
  const buckets = new Map<string, { tokens: number; at: number; worst: number; row: Limit }>();
  for (const { accountId, region, service, operation, at } of inOrder) {
    const call = { accountId, region, service: service.replaceAll('-', ' '), operation };
    const row = limitOf(limits, call.service, operation);
    const key = bucketKey(row, call);
    const capacity = Math.max(1, Math.floor(row.capacity * share));
    const bucket = buckets.get(key) ?? { tokens: capacity, at, worst: 0, row };
    buckets.set(key, bucket);
    bucket.tokens = Math.min(capacity, bucket.tokens + ((at - bucket.at) / 1000) * row.refillPerSecond * share) - 1;
    bucket.at = at;
    bucket.worst = Math.max(bucket.worst, -bucket.tokens);
  }
  for (const [key, { worst, row }] of buckets) {
    // Who we are is asked ahead of all, outside the account's bucket: one request more.
    const tolerance = 1 + (jitterMs / 1000) * row.refillPerSecond * share;
    if (worst > tolerance)
      yield `I6: ${key} was asked ${worst.toFixed(1)} requests beyond ${share} of its limit (let pass: ${tolerance.toFixed(1)})`;
  }
}
