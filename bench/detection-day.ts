/**
 * An ordinary day of a large organization: the state of the day before lies on disk, the last six days are delivered. A
 * few accounts are lived through for real; all others have the past of one of them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AccountSeries, detectAnomalies } from '../src/anomaly/anomaly.ts';
import { addDays, daysBetween } from '../src/model/days.ts';
import { roughWorld } from '../test/support/cost-world/rough-world.ts';
import { accountsOf, keptInMemory } from '../test/support/cost-world/told-world.ts';
import { inDirectory } from './audited.ts';

export type DayRequest = {
  readonly asOf: string;
  readonly accounts: number;
  /** Where the states and the figures of the lived accounts are, by `file(index)`. */
  readonly directory: string;
  readonly lived: number;
};

export type DayFigures = {
  readonly series: number;
  readonly cpuMs: number;
  readonly peakRssMb: number;
  /** Written for all accounts. */
  readonly stateBytes: number;
};

const livedAccounts = 10;
export const seriesPerAccount = 100;
/** Days that are delivered again each day. */
const deliveredDays = 6;
/** Lived through before the day that is measured, after the history was learned. */
const daysBefore = 3;
/** Small spaces, as in a container of 1 GB: V8 sizes its own by the memory of the machine. */
const heapFlags = ['--max-semi-space-size=8', '--max-old-space-size=256'];

export function measureDay(accounts: number): Promise<DayFigures> {
  return inDirectory(async (directory) => {
    const asOf = await live(directory);
    const request: DayRequest = { asOf, accounts, directory, lived: livedAccounts };
    const child = fork(new URL('detection-child.ts', import.meta.url), { execArgv: heapFlags });
    child.send(request);
    const ended = once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`the detection process ended with ${code}`)),
    );
    const [answer] = (await Promise.race([once(child, 'message'), ended])) as [DayFigures];
    child.disconnect();
    await ended.catch(() => {});
    return answer;
  });
}

/** @returns the day to be measured */
async function live(directory: string): Promise<string> {
  // A little more than is needed: credits and fees are no series to judge.
  const world = roughWorld({ seed: 'large organization', series: livedAccounts * seriesPerAccount });
  const middle = Math.round((world.firstD + world.lastD) / 2);
  const kept = keptInMemory();
  for (let day = middle - daysBefore; day < middle; day += 1) {
    const accounts = regrouped(accountsOf(world.snapshot(day), new Map()));
    await detectAnomalies({ asOf: world.day(day), accounts, kept });
  }
  const asOf = world.day(middle);
  const from = addDays(asOf, -deliveredDays);
  for (const [index, { accountId, series }] of regrouped(accountsOf(world.snapshot(middle), new Map())).entries()) {
    const state = kept.values.get(`account-${accountId}`);
    if (state === undefined) throw new Error(`no state of ${accountId}`);
    writeFileSync(join(directory, `${index}.state`), state);
    const delivered = series.map((one) => {
      const start = Math.max(0, daysBetween(one.from, from));
      return { ...one, from: addDays(one.from, start), usd: [...one.usd.subarray(start)] };
    });
    writeFileSync(join(directory, `${index}.json`), JSON.stringify(delivered));
  }
  return asOf;
}

/** The first series of the world, so many to each account. */
function regrouped(accounts: readonly AccountSeries[]): AccountSeries[] {
  const usage = accounts
    .flatMap(({ series }) => series)
    .filter(({ recordType, from, usd }) => recordType === 'Usage' && usd.length > 200 && from !== '')
    .slice(0, livedAccounts * seriesPerAccount);
  return Array.from({ length: livedAccounts }, (_, account) => {
    const accountId = String(100_000_000_000 + account);
    // What two accounts of the world have alike must differ in one.
    const own = usage
      .slice(account * seriesPerAccount, (account + 1) * seriesPerAccount)
      .map((one, index) => ({ ...one, accountId, usageType: `${one.usageType}#${index}` }));
    return { accountId, series: own };
  });
}
