/**
 * Anomaly: daily cost of every series goes in, account by account; what is unusual about it comes out, series by series
 * and as incidents. Pure but for what is kept between days, which the caller stores. It sees nothing of the day of the
 * run and later, asks nothing and tells nobody.
 */
import { ConfigError } from '../errors.ts';
import type { CostDimensions, CostSeries, KeptBytes } from '../model/bill.ts';
import type { CostIncident } from '../model/resources/cost.ts';
import {
  type AccountMemory,
  decodeAccount,
  decodeWritten,
  encodeAccount,
  newAccount,
  seriesKey,
  withoutGone,
} from './account-memory.ts';
import { toDay, toDayNumber } from './calendar.ts';
import { toCostIncident } from './incident-record.ts';
import { accountOf, group, memberKey } from './incidents.ts';
import { learn, step } from './judge.ts';
import { addChange, changeOf, isMove, newChanges, usageOf } from './moved.ts';
import { type DetectOptions, defaults, type Thresholds } from './options.ts';
import { decodeOrganization, encodeOrganization, type OrganizationMemory } from './organization-memory.ts';
import { newSeries } from './series-memory.ts';
import { haveRisen, noteSum, organizationSums } from './sums.ts';
import type { Surroundings } from './today.ts';
import { type ToldSeries, tell } from './told-series.ts';

export type { DetectOptions } from './options.ts';

export type AccountSeries = { readonly accountId: string; readonly series: readonly CostSeries[] };

export type DetectRequest = {
  /** Day of the run; figures exist up to the day before. */
  readonly asOf: string;
  /**
   * One account at a time, so that memory holds one. A series begins anywhere: with its whole history the first time
   * (13 months are enough), with the last week later; figures that were known are overwritten.
   */
  readonly accounts: AsyncIterable<AccountSeries> | Iterable<AccountSeries>;
  /** One value per account and one for the organization, written last: a run that dies on the way is simply repeated. */
  readonly kept: KeptBytes;
  readonly options?: DetectOptions;
};

/** What is said of one series on this day. */
export type SeriesAlert = {
  readonly dimensions: CostDimensions;
  /** Newest unusual day. */
  readonly day: string;
  readonly direction: 'up' | 'down';
  /** Of that day; of a day that is not complete yet, what it will come to as far as that can be told. */
  readonly actualUsd: number;
  readonly expectedUsd: number;
  readonly lowerUsd: number;
  readonly upperUsd: number;
  readonly shape: CostIncident['shape'];
  readonly onset: string;
  readonly state: CostIncident['state'];
  readonly incidentId: string;
  /** False for a series that joins an incident which was said before, and for what was planned. */
  readonly isSaid: boolean;
};

export type Detection = {
  readonly asOf: string;
  /** What is new today. */
  readonly alerts: readonly SeriesAlert[];
  /** All that go on, and those that ended in the last two weeks. */
  readonly incidents: readonly CostIncident[];
};

const organizationKey = 'organization';
/** Days for which what has ended is still listed, so that its end can be told. */
const listedDays = 14;
/** Days after its first one for which a rise may still turn out to be a move. */
const heldDays = 4;
/** In a first run, what of the history is so new that it is told. */
const firstRunDays = 5;

/** @throws ConfigError when what is kept is not of this version, damaged, or of a later day */
export async function detectAnomalies({ asOf, accounts, kept, options }: DetectRequest): Promise<Detection> {
  const today = toDayNumber(asOf);
  const before = await readOrganization(kept, today);
  const thresholds = { ...defaults, ...options };
  const told = new Map<string, ToldSeries>();
  const changes = newChanges();
  const sums = organizationSums();
  const delivered = new Set<string>();
  let seriesCount = 0;
  const tellAll = ({ series }: AccountMemory): void => {
    for (const one of series.values()) {
      for (const episode of one.episodes) {
        if (episode.endedOn !== 0 && today - episode.endedOn >= listedDays) continue;
        const said = tell(one, episode, today);
        told.set(memberKey(said), said);
      }
    }
  };
  for await (const { accountId, series } of accounts) {
    const memory = await readAccount(kept, accountId, today);
    bringUpTo(memory, series, today, thresholds);
    delivered.add(accountId);
    seriesCount += memory.series.size;
    for (const one of memory.series.values()) {
      const change = changeOf(one, today);
      if (change !== undefined) addChange(changes, change);
    }
    const all = [...memory.series.values()];
    const byService = Map.groupBy(all, ({ dimensions }) => dimensions.service);
    for (const own of [...byService.values(), all]) if (haveRisen(own, today)) noteSum(own, today);
    for (const one of all) sums.add(one, today);
    tellAll(memory);
    await kept.write(accountKey(accountId), encodeAccount(memory, today));
  }
  // What no account shows may show in all of them.
  for (const { usage, accountIds } of sums.risen()) {
    for (const accountId of accountIds) {
      const memory = await readWritten(kept, accountId);
      const own = memory.series.values().filter(({ dimensions }) => usageOf(dimensions) === usage);
      noteSum(own, today);
      tellAll(memory);
      await kept.write(accountKey(accountId), encodeAccount(memory, today));
    }
  }
  // An account that was not delivered today keeps what was said of it.
  const concerned = new Set(before.incidents.flatMap(({ members }) => members.map(accountOf)));
  for (const accountId of concerned) {
    if (!delivered.has(accountId)) tellAll(await readAccount(kept, accountId, today));
  }

  const { fresh, held } = toTell(before, told, (one) => isMove(changes, one, today), today);
  const known = group({ known: before.incidents, told, fresh, seriesCount, accountCount: delivered.size, asOf: today });
  const news = new Set(fresh.map(memberKey));
  const alerts: SeriesAlert[] = [];
  const incidents: CostIncident[] = [];
  for (const incident of known) {
    const members = incident.members.flatMap((key) => told.get(key) ?? []);
    if (members.length === 0) continue;
    const record = toCostIncident(incident, members, today, thresholds.planned);
    incidents.push(record);
    const isSaid = incident.openedOn === today && record.state !== 'planned';
    for (const one of members) if (news.has(memberKey(one))) alerts.push(toAlert(one, record, isSaid));
  }
  const listed = new Set(incidents.map(({ id }) => id));
  const after = { asOf: today, incidents: known.filter(({ id }) => listed.has(id)), held };
  await kept.write(organizationKey, encodeOrganization(after, before));
  return { asOf, alerts, incidents };
}

/** What was not told yet, and is no move as far as can be seen; what may be one waits. */
function toTell(
  before: OrganizationMemory,
  told: ReadonlyMap<string, ToldSeries>,
  isMoved: (one: ToldSeries) => boolean,
  today: number,
): { readonly fresh: readonly ToldSeries[]; readonly held: readonly string[] } {
  const taken = new Set(before.incidents.flatMap(({ members }) => members));
  const waiting = new Set(before.held);
  const since = before.asOf >= 0 ? before.asOf : today - firstRunDays;
  const fresh: ToldSeries[] = [];
  const held: string[] = [];
  for (const [key, one] of told) {
    if (one.episode.state !== 'open' || taken.has(key)) continue;
    // Also what an earlier run found that did not come to its end.
    if (one.episode.openedOn <= since && !waiting.has(key)) continue;
    if (!isMoved(one)) fresh.push(one);
    else if (today - one.episode.onset <= heldDays) held.push(key);
  }
  return { fresh, held };
}

function accountKey(accountId: string): string {
  return `account-${accountId}`;
}

async function readOrganization(kept: KeptBytes, today: number): Promise<OrganizationMemory> {
  const bytes = await kept.read(organizationKey);
  return parsed(organizationKey, () => decodeOrganization(bytes, today));
}

async function readAccount(kept: KeptBytes, accountId: string, today: number): Promise<AccountMemory> {
  const key = accountKey(accountId);
  const bytes = await kept.read(key);
  if (bytes === undefined) return newAccount();
  return parsed(key, () => withoutGone(decodeAccount(bytes, today)));
}

async function readWritten(kept: KeptBytes, accountId: string): Promise<AccountMemory> {
  const key = accountKey(accountId);
  const bytes = await kept.read(key);
  if (bytes === undefined) throw new Error(`${key} was written and is not there`);
  return parsed(key, () => decodeWritten(bytes));
}

function parsed<T>(key: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `the anomaly state ${key} cannot be read (${why}): remove the state to begin anew from the history`,
      { cause: error },
    );
  }
}

/** Takes in what was delivered of one account, and judges the days that are new or may have changed. */
function bringUpTo(
  memory: AccountMemory,
  delivered: readonly CostSeries[],
  today: number,
  thresholds: Thresholds,
): void {
  const usage = delivered.filter(({ recordType }) => recordType === 'Usage' || recordType === 'CoveredUsage');
  const regionSince = new Map<string, number>();
  const noteRegion = (region: string, first: number): void => {
    regionSince.set(region, Math.min(regionSince.get(region) ?? Number.POSITIVE_INFINITY, first));
  };
  for (const { dimensions, first } of memory.series.values()) noteRegion(dimensions.region, first);
  for (const one of usage) {
    const from = toDayNumber(one.from);
    memory.since = Math.min(memory.since, from);
    if (!memory.series.has(seriesKey(one))) noteRegion(one.region, from);
  }
  const around: Surroundings = { accountSince: memory.since, regionSince };
  const seen = new Set<string>();
  for (const one of usage) {
    const key = seriesKey(one);
    seen.add(key);
    const from = toDayNumber(one.from);
    const known = memory.series.get(key);
    if (known === undefined) {
      const fresh = newSeries(dimensionsOf(one), from);
      memory.series.set(key, fresh);
      learn(fresh, from, one.usd, today, around, thresholds);
    } else step(known, from, one.usd, today, around, thresholds);
  }
  // A series that was not delivered has no figures for its new days; what went on may still end.
  for (const [key, one] of memory.series) if (!seen.has(key)) step(one, today, [], today, around, thresholds);
}

function dimensionsOf({ accountId, service, region, usageType, recordType }: CostSeries): CostDimensions {
  return { accountId, service, region, usageType, recordType };
}

function toAlert(
  { memory, episode, told, likelyUsd }: ToldSeries,
  incident: CostIncident,
  isSaid: boolean,
): SeriesAlert {
  const newest = told.days.at(-1);
  return {
    dimensions: memory.dimensions,
    day: newest?.day ?? toDay(episode.lastDay),
    direction: episode.direction,
    actualUsd: likelyUsd,
    expectedUsd: newest?.expectedUsd ?? 0,
    lowerUsd: newest?.lowerUsd ?? 0,
    upperUsd: newest?.upperUsd ?? 0,
    shape: episode.shape,
    onset: toDay(episode.onset),
    state: incident.state,
    incidentId: incident.id,
    isSaid,
  };
}
