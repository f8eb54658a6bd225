/** Unusual times of one series: opened, gone on, ended; one message for each, however many days it lasts. */
import { type Episode, memoryDays, type SeriesMemory } from './series-memory.ts';
import { stand, type Workspace } from './workspace.ts';

/** An incident that goes on for so long is how things are now. */
const newNormalDays = 12;
/** Settled days within the band that end an incident. */
const calmDays = 2;
/** Within this time the same series speaks again only when it is this much worse. */
const quietDays = 10;
const worseFactor = 1.6;
/** A slow rise is the same one for longer: its level is reached in steps. */
const driftQuietDays = 45;
/** Days after which an ended episode is forgotten: longer ones still tell a later return from a drop. */
const rememberedDays = 120;

export type Unusual = {
  readonly day: number;
  /** Day of the run that says it. */
  readonly openedOn: number;
  readonly direction: Episode['direction'];
  readonly shape: Episode['shape'];
  /** Over what was expected of the day. */
  readonly excessUsd: number;
  /** First unusual day where it lies before `day`. */
  readonly onset?: number;
  readonly sigma?: number;
  /** Level that a slow rise has left. */
  readonly baseUsd?: number;
  readonly restated?: Episode['restated'];
};

export function openEpisode(memory: SeriesMemory, direction: Episode['direction']): Episode | undefined {
  return memory.episodes.find((episode) => episode.state === 'open' && episode.direction === direction);
}

/** An unusual day belongs to the open episode, to one that ended lately, or begins a new one. */
export function noteUnusual(memory: SeriesMemory, unusual: Unusual): void {
  const { day, direction, shape, excessUsd, sigma = null } = unusual;
  const open = openEpisode(memory, direction);
  const last = open ?? memory.episodes.findLast((one) => one.direction === direction && one.state !== 'withdrawn');
  if (last !== undefined && (open !== undefined || isSameAgain(last, unusual))) {
    if (last.state === 'resolved') reopen(last);
    last.lastDay = Math.max(last.lastDay, day);
    last.peakUsd = Math.max(last.peakUsd, excessUsd);
    if (sigma !== null) last.sigma = Math.max(last.sigma ?? 0, sigma);
    return;
  }
  memory.episodes.push({
    direction,
    shape,
    onset: unusual.onset ?? day,
    lastDay: day,
    openedOn: unusual.openedOn,
    peakUsd: excessUsd,
    baseUsd: unusual.baseUsd ?? null,
    sigma,
    state: 'open',
    endedOn: 0,
    restated: unusual.restated ?? null,
  });
}

function isSameAgain(last: Episode, { day, shape, excessUsd }: Unusual): boolean {
  const quiet = shape === 'drift' || last.shape === 'drift' ? driftQuietDays : quietDays;
  return day - last.lastDay <= quiet && excessUsd < worseFactor * last.peakUsd;
}

/**
 * Before days are judged (again): what began with them is taken back, what ended with them goes on.
 * @param from first day that is judged
 */
export function rewindEpisodes(memory: SeriesMemory, from: number, asOf: number): void {
  memory.episodes = memory.episodes.filter(({ endedOn }) => endedOn === 0 || asOf - endedOn < rememberedDays);
  for (const episode of memory.episodes) {
    if (episode.state === 'open') episode.lastDay = Math.min(episode.lastDay, from - 1);
  }
}

/** Withdrawn, over, or the new normal. */
export function endEpisodes(memory: SeriesMemory, work: Workspace, asOf: number): void {
  for (const episode of memory.episodes) {
    if (episode.state !== 'open') continue;
    if (episode.lastDay < episode.onset) end(episode, 'withdrawn', asOf);
    else if (episode.shape === 'drift') {
      if (asOf - episode.lastDay > driftQuietDays) end(episode, 'newNormal', asOf);
    } else if (episode.lastDay - episode.onset >= newNormalDays) {
      unmask(memory, work, episode);
      end(episode, 'newNormal', asOf);
    } else if (asOf - episode.lastDay > calmDays + 1) end(episode, 'resolved', asOf);
  }
}

function end(episode: Episode, state: Episode['state'], asOf: number): void {
  episode.state = state;
  episode.endedOn = asOf;
}

function reopen(episode: Episode): void {
  episode.state = 'open';
  episode.endedOn = 0;
}

/** The days of the new level are learned from, and no surprise any more. */
function unmask(memory: SeriesMemory, work: Workspace, { onset, lastDay }: Episode): void {
  for (let day = Math.max(onset, work.start); day <= lastDay; day += 1) {
    if (memory.standing[day % memoryDays] !== stand.forecast) continue;
    const index = day - work.start;
    const billed = work.billed[index] as number;
    work.settle(memory, index, !Number.isNaN(billed) ? billed : (work.expected[index] as number), 'usual');
  }
}
