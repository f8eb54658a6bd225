/** One day of one series that is being judged, and what it is judged with. */
import { noteUnusual, type Unusual } from './episodes.ts';
import type { Habits } from './habits.ts';
import type { Thresholds } from './options.ts';
import type { Episode, SeriesMemory } from './series-memory.ts';
import type { Workspace } from './workspace.ts';

export type Surroundings = {
  /** First day that anything of the account is known from. */
  readonly accountSince: number;
  /** First day with cost of a region in the account. */
  readonly regionSince: ReadonlyMap<string, number>;
};

export type Today = {
  readonly memory: SeriesMemory;
  readonly work: Workspace;
  readonly habits: Habits;
  readonly index: number;
  readonly day: number;
  /** Days since: 1 = yesterday's figure, which is still growing. */
  readonly age: number;
  /** Day of the run that says what is unusual about it. */
  readonly openedOn: number;
  readonly around: Surroundings;
  readonly thresholds: Thresholds;
  /** A figure that was raised after it had looked settled. */
  readonly revision: Episode['restated'];
};

export function note(
  { memory, day, openedOn, revision }: Today,
  unusual: Omit<Unusual, 'day' | 'openedOn' | 'restated'>,
): void {
  noteUnusual(memory, { ...unusual, day, openedOn, restated: revision?.day === day ? revision : null });
}
