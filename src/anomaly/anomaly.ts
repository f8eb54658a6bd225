/**
 * Anomaly: daily cost of every series goes in, account by account; what is unusual about it comes out, series by series
 * and as incidents. Pure but for what is kept between days, which the caller stores. It sees nothing of the day of the
 * run and later, asks nothing and tells nobody.
 */
import { ConfigError } from '../errors.ts';
import type { CostDimensions, CostSeries, KeptBytes } from '../model/bill.ts';
import type { CostIncident } from '../model/resources/cost.ts';
import { type AccountMemory, decodeAccount, encodeAccount, seriesKey } from './account-memory.ts';
import { toDay, toDayNumber } from './calendar.ts';
import { toCostIncident } from './incident-record.ts';
import { group, type KnownIncident, memberKey } from './incidents.ts';
import { judge, learn, type Surroundings, takeIn, unsettledDays } from './judge.ts';
import { type DetectOptions, defaults, type Thresholds } from './options.ts';
import { newSeries, type SeriesMemory } from './series-memory.ts';
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
  /** False for a series that joins an incident which was said before. */
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
const format = 'costwarden/anomaly/1';
/** Days for which what has ended is still listed, so that its end can be told. */
const listedDays = 14;

type Organization = { readonly format: string; readonly asOf: string; readonly incidents: readonly KnownIncident[] };

/** @throws ConfigError when what is kept is not of this version, damaged, or of a later day */
export async function detectAnomalies({ asOf, accounts, kept, options }: DetectRequest): Promise<Detection> {
  const before = await readOrganization(kept, asOf);
  const today = toDayNumber(asOf);
  const thresholds = { ...defaults, ...options };
  const told: ToldSeries[] = [];
  for await (const { accountId, series } of accounts) {
    const memory = await readAccount(kept, accountId);
    bringUpTo(memory, series, today, thresholds);
    for (const one of memory.series.values()) {
      for (const episode of one.episodes)
        if (episode.endedOn === 0 || today - episode.endedOn < listedDays) told.push(tell(one, episode, today));
    }
    await kept.write(accountKey(accountId), encodeAccount(memory));
  }

  const known = group(before?.incidents ?? [], told, today);
  const byKey = new Map(told.map((one) => [memberKey(one), one]));
  const alerts: SeriesAlert[] = [];
  const incidents: CostIncident[] = [];
  const listed: KnownIncident[] = [];
  for (const incident of known) {
    const members = incident.members.flatMap((key) => byKey.get(key) ?? []);
    if (members.length === 0) continue;
    listed.push(incident);
    const record = toCostIncident(incident, members, today);
    incidents.push(record);
    for (const one of members) {
      if (one.episode.openedOn !== today || one.episode.state !== 'open') continue;
      alerts.push(toAlert(one, record, incident.openedOn === today));
    }
  }
  const organization: Organization = { format, asOf, incidents: listed };
  await kept.write(organizationKey, Buffer.from(JSON.stringify(organization)));
  return { asOf, alerts, incidents };
}

function accountKey(accountId: string): string {
  return `account-${accountId}`;
}

async function readOrganization(kept: KeptBytes, asOf: string): Promise<Organization | undefined> {
  const bytes = await kept.read(organizationKey);
  if (bytes === undefined) return undefined;
  const found = parsed(organizationKey, () => JSON.parse(Buffer.from(bytes).toString()) as Organization);
  if (found.format !== format) throw damaged(organizationKey, `format ${found.format}, expected ${format}`);
  if (found.asOf > asOf)
    throw new ConfigError(
      `the anomaly state is of ${found.asOf}, later than ${asOf}: days only go forward; use another state`,
    );
  return found;
}

async function readAccount(kept: KeptBytes, accountId: string): Promise<AccountMemory> {
  const bytes = await kept.read(accountKey(accountId));
  if (bytes === undefined) return { since: Number.POSITIVE_INFINITY, series: new Map() };
  return parsed(accountKey(accountId), () => decodeAccount(bytes));
}

function parsed<T>(key: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw damaged(key, error instanceof Error ? error.message : String(error));
  }
}

function damaged(key: string, why: string): ConfigError {
  return new ConfigError(
    `the anomaly state ${key} cannot be read (${why}): remove the state to begin anew from the history`,
  );
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

function step(
  memory: SeriesMemory,
  from: number,
  usd: ArrayLike<number>,
  today: number,
  around: Surroundings,
  thresholds: Thresholds,
): void {
  const judged = Math.max(memory.first, Math.min(memory.end, today - unsettledDays));
  takeIn(memory, from, usd, today);
  judge(memory, judged, today, false, around, thresholds);
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
