/**
 * A rough world of daily cost that judges the detector: an AWS-like organization of which everything follows from a
 * seed, with what is worth a word labelled, and each day's bill as it could be seen on that day.
 */
import { addDays } from '../../../src/model/days.ts';
import { addBackground } from './background.ts';
import { worldCalendar } from './calendar.ts';
import { chanceOf } from './chance.ts';
import { addOtherRecords } from './commitments.ts';
import { type Delivered, deliver, type Outage, outagesOf } from './delivery.ts';
import type { WorldDimensions } from './draft-series.ts';
import type { DraftWorld, Nuisance, WorldEvent } from './draft-world.ts';
import { type FamilyName, families as familyTable } from './families.ts';
import { addCoordinatedRises, addSpotLosses } from './hidden-rises.ts';
import { addNewSpend } from './new-spend.ts';
import { addNuisances } from './nuisances.ts';
import { worldAccounts } from './organization.ts';
import { addSingleEvents } from './single-events.ts';
import { addStackStories } from './stories.ts';

export type WorldOptions = {
  readonly seed: string;
  /** Of the background; stories add to it. Default 320. */
  readonly series?: number;
  /** Default 400. */
  readonly days?: number;
  /** The last so many days are judged; default 100. */
  readonly evalDays?: number;
  /** `all` (default), or only these and what happens to them one by one. */
  readonly families?: 'all' | readonly FamilyName[];
};

export type WorldLabels = {
  readonly seed: string;
  readonly evalStart: string;
  readonly lastDay: string;
  readonly nSeries: number;
  readonly evalDays: number;
  readonly events: readonly WorldEvent[];
  readonly nuisance: readonly Nuisance[];
  /** Family of each series by its id. */
  readonly families: Readonly<Record<string, string>>;
};

export type Snapshot = {
  readonly schema: 'costbench-series/1';
  readonly asOf: string;
  readonly currency: string;
  readonly series: readonly {
    readonly id: string;
    readonly dims: WorldDimensions;
    /** Day of `costs[0]`. */
    readonly start: string;
    /** `null` = not delivered yet. */
    readonly costs: readonly (number | null)[];
  }[];
};

export type RoughWorld = {
  readonly labels: WorldLabels;
  /** The bill as of a day: what lies before it, as far as it has arrived. */
  snapshot(asOf: number): Snapshot;
  /** First and last day on which somebody looks. */
  readonly firstD: number;
  readonly lastD: number;
  readonly day: (index: number) => string;
};

const usualSeries = 320;
const seriesPerAccount = 20;
const earliest = '2024-01-01';

export function roughWorld({
  seed,
  series = usualSeries,
  days = 400,
  evalDays = 100,
  families = 'all',
}: WorldOptions): RoughWorld {
  const chance = chanceOf(seed, 'world');
  const first = addDays(earliest, chance.whole(0, 700));
  const world: DraftWorld = {
    seed,
    size: series / usualSeries,
    calendar: worldCalendar(first, days, evalDays, chance),
    accounts: worldAccounts(Math.max(6, Math.round(series / seriesPerAccount)), chance),
    series: [],
    events: [],
    nuisances: [],
  };
  addBackground(world, series, families === 'all' ? (Object.keys(familyTable) as FamilyName[]) : families);
  addNuisances(world);
  if (families === 'all') {
    addOtherRecords(world);
    addCoordinatedRises(world);
    addStackStories(world);
    addSpotLosses(world);
    addNewSpend(world);
  }
  addSingleEvents(world);

  const delivered = deliver(world);
  const outages = outagesOf(world);
  const { calendar } = world;
  return {
    labels: {
      seed,
      evalStart: calendar.day(calendar.evalFrom),
      lastDay: calendar.day(days - 1),
      nSeries: world.series.length,
      evalDays,
      events: world.events,
      nuisance: world.nuisances,
      families: Object.fromEntries(world.series.map(({ id, family }) => [id, family])),
    },
    snapshot: (asOf) => ({
      schema: 'costbench-series/1',
      asOf: calendar.day(asOf),
      currency: 'USD',
      series: delivered.flatMap((one) => seenOn(one, asOf, outages, calendar.day)),
    }),
    firstD: calendar.evalFrom + 1,
    // What happened last is told a day or two later.
    lastD: days + 2,
    day: calendar.day,
  };
}

function seenOn(
  { series, early, later, settled }: Delivered,
  asOf: number,
  outages: readonly Outage[],
  day: (index: number) => string,
): Snapshot['series'] {
  const end = Math.min(asOf, settled.length);
  // A series is on the bill from its first cost on.
  let start = series.first;
  while (start < end && settled[start] === 0) start += 1;
  const missingFrom = outages.find(
    ({ account, from, days }) => account === series.dims.account && asOf > from && asOf <= from + days,
  )?.from;
  const costs: (number | null)[] = [];
  let isSeen = false;
  for (let index = start; index < end; index += 1) {
    const age = asOf - index;
    const usd = (age <= 1 ? early : age <= 3 ? later : settled)[index] ?? Number.NaN;
    const isMissing = Number.isNaN(usd) || (missingFrom !== undefined && index >= missingFrom);
    costs.push(isMissing ? null : usd);
    isSeen ||= !isMissing && usd !== 0;
  }
  return isSeen ? [{ id: series.id, dims: series.dims, start: day(start), costs }] : [];
}
