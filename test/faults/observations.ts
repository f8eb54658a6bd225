/**
 * What the simulated AWS let a run see, told from its journal alone: the other side of the coverage that a run claims.
 * A kind was completely observed in a place when, for every IAM action of its collector and of those it comes after,
 * a chain of usable answers leads from the first page to one that names no next.
 */
import { withPrerequisites } from '../../src/collect/collect.ts';
import type { Collector } from '../../src/collect/collector.ts';
import type { Kind } from '../../src/model/inventory.ts';
import type { FaultKind } from '../../src/simulator/faults.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';

/** `unclear`: calls of several chains that the journal cannot tell apart, of which some failed; or an answer so slow that the client may have left. */
export type Observed = 'complete' | 'incomplete' | 'unclear';

/** @param region region of the scope, or `global` */
export type Place = { readonly accountId: string; readonly region: string };

export type Observations = {
  /** @param bucket for kinds that ask bucket by bucket: the one to look for; without it such a kind counts by the kinds it comes after */
  of(kind: Kind, place: Place, bucket?: string): Observed;
  /** Whether a call that the kind rests on failed or was spoiled, whatever came of it. */
  wasDisturbed(kind: Kind, place: Place): boolean;
  asksByBucket(kind: Kind): boolean;
};

/** Faults after which the client holds nothing usable although the journal says 2xx. */
const spoiling: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'drop',
  'half-body',
  'hang',
  'trickle',
  'empty-200',
  'html-200',
  'error-200',
  'broken-document',
]);
/** Errors of S3 that are answers: not configured, or deleted since it was listed. */
const absences = new Set(['NoSuchLifecycleConfiguration', 'NoSuchTagSet', 'NoSuchBucket']);
/** Asked in several chains at once; the journal does not say which page belongs to which. */
const severalChains = /^(ce:|iam:GetAccountAuthorizationDetails$)/;
/** A day of the bill that was read a few hours ago is taken from the state: this run's journal does not tell of it. */
const inLedger = 'cost.daily';
/** Asked only where there is an aggregator. */
const onDemand = 'config:SelectAggregateResourceConfig';

function isUsable({ status, errorCode, fault, page }: JournalEntry): boolean {
  if (fault !== undefined && spoiling.has(fault)) return false;
  // Its items are right, its next page is wrong. A first page and a last one name no wrong one.
  if (fault === 'repeat-token' && page !== undefined && page.from > 0 && page.hasNext) return false;
  if (errorCode !== undefined) return absences.has(errorCode);
  return status >= 200 && status < 300;
}

/**
 * @param hasGateways whether the account has NAT gateways in the region: where it has none, nobody asks for their
 *   traffic, and what is asked of CloudWatch there is about buckets
 */
export function observe(
  entries: readonly JournalEntry[],
  collectors: ReadonlyMap<Kind, Collector>,
  hasGateways: (place: Place) => boolean,
): Observations {
  const byAction = Map.groupBy(entries, ({ accountId, iamAction }) => `${accountId} ${iamAction}`);
  const calls = (actions: readonly string[], { accountId, region }: Place, isRegional: boolean): JournalEntry[] =>
    actions
      .flatMap((action) => byAction.get(`${accountId} ${action}`) ?? [])
      .filter((entry) => !isRegional || entry.region === region);
  /** All lists of an operation are cut alike, so the shortest step anywhere is its page. */
  const pageSizes = new Map<string, number>();
  for (const { iamAction, page } of entries) {
    if (page !== undefined && page.from > 0)
      pageSizes.set(iamAction, Math.min(page.from, pageSizes.get(iamAction) ?? page.from));
  }
  const collectorOf = (kind: Kind): Collector => {
    const collector = collectors.get(kind);
    if (collector === undefined) throw new Error(`no collector for kind ${kind}`);
    return collector;
  };
  const asksByBucket = (kind: Kind): boolean => {
    const { iamActions } = collectorOf(kind);
    return iamActions.length > 0 && iamActions.every((action) => action.startsWith('s3:Get'));
  };

  const ofAccess = (place: Place): Observed => {
    if (calls(['sts:GetCallerIdentity'], place, false).some(isUsable)) return 'complete';
    const refusals = entries.filter(
      ({ operation, errorCode }) => operation === 'AssumeRole' && errorCode !== undefined,
    );
    // A refused role is an observation too, but the journal does not say of which account.
    return refusals.length > 0 ? 'unclear' : 'incomplete';
  };
  /** Reading a series through either call of CloudWatch is reading it. */
  const ofTraffic = (collector: Collector, place: Place): Observed => {
    if (!hasGateways(place)) return 'complete';
    return ofChains(calls(collector.iamActions, place, true));
  };
  /** Which buckets' sizes are worth asking for is the product's choice: only what was asked and failed is judged. */
  const ofSizes = (collector: Collector, { accountId }: Place): Observed => {
    const byRegion = Map.groupBy(
      calls(collector.iamActions, { accountId, region: 'global' }, false),
      ({ region }) => region,
    );
    return worst(
      [...byRegion].map(([region, asked]) => {
        const observed = ofChains(asked);
        return observed === 'incomplete' && hasGateways({ accountId, region }) ? 'unclear' : observed;
      }),
    );
  };
  const own = (collector: Collector, place: Place, bucket: string | undefined): Observed => {
    const { kind, iamActions, scope } = collector;
    if (kind === 'account.access') return ofAccess(place);
    if (kind === 'ec2.nat-gateway-traffic') return ofTraffic(collector, place);
    if (kind === 's3.bucket-size') return ofSizes(collector, place);
    if (asksByBucket(kind) && bucket === undefined) return 'complete';
    return worst(
      iamActions.map((action) => {
        const found = calls([action], place, scope === 'region').filter(
          (entry) => bucket === undefined || !asksByBucket(kind) || entry.bucket === bucket,
        );
        if (found.length === 0 && kind === inLedger) return 'unclear';
        if (found.length === 0) return action === onDemand ? 'complete' : 'incomplete';
        if (!severalChains.test(action)) return ofChain(found, pageSizes);
        const observed = ofChains(found);
        // Each question about costs is a chain of its own: that some were answered does not tell that all were asked.
        return action.startsWith('ce:') && observed === 'complete' ? 'unclear' : observed;
      }),
    );
  };

  return {
    asksByBucket,
    of: (kind, place, bucket) =>
      worst(withPrerequisites([kind], collectors).map((collector) => own(collector, place, bucket))),
    wasDisturbed(kind, place) {
      const chain = withPrerequisites([kind], collectors);
      const isRegional = chain.every(({ scope }) => scope === 'region');
      const actions = chain.flatMap(({ iamActions }) => iamActions);
      // AWS's own policies are read in one account for all.
      const isShared = actions.some((action) => action.startsWith('iam:'));
      const found = isShared
        ? entries.filter(({ iamAction }) => actions.includes(iamAction))
        : calls(actions, place, isRegional);
      return found.some((entry) => !isUsable(entry) || entry.fault !== undefined);
    },
  };
}

/**
 * One list, walked once or, after a bad token, again. A page can be asked for only with the token of the one before it,
 * so the last page proves that somebody held all the others, and each was at some time answered well.
 */
function ofChain(entries: readonly JournalEntry[], pageSizes: ReadonlyMap<string, number>): Observed {
  const usable = entries.filter(isUsable);
  const last = usable.find(({ page }) => page?.hasNext !== true);
  if (last === undefined) return 'incomplete';
  const offsets = new Set(usable.map(({ page }) => page?.from ?? 0));
  const step = pageSizes.get(last.iamAction) ?? Number.POSITIVE_INFINITY;
  for (let from = 0; from < (last.page?.from ?? 0); from += step) if (!offsets.has(from)) return 'incomplete';
  // An answer that may have come too late for the client counts only together with another to the same question.
  const prompt = new Set(usable.flatMap(({ fault, page }) => (fault === 'slow' ? [] : [page?.from ?? 0])));
  return prompt.size === offsets.size ? 'complete' : 'unclear';
}

function ofChains(entries: readonly JournalEntry[]): Observed {
  const usable = entries.filter(isUsable);
  const begun = usable.filter(({ page }) => (page?.from ?? 0) === 0).length;
  const ended = usable.filter(({ page }) => page?.hasNext !== true).length;
  if (ended === 0) return 'incomplete';
  const isClear = usable.length === entries.length && begun === ended && usable.every(({ fault }) => fault !== 'slow');
  return isClear ? 'complete' : 'unclear';
}

function worst(all: readonly Observed[]): Observed {
  if (all.includes('incomplete')) return 'incomplete';
  return all.includes('unclear') ? 'unclear' : 'complete';
}
