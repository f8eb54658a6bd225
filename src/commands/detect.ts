/** `costwarden detect`: anomaly detection on series given as JSON; asks no AWS, tells nobody, keeps its memory in a folder. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type AccountSeries, detectAnomalies, type SeriesAlert } from '../anomaly/anomaly.ts';
import { ConfigError, exitCodes } from '../errors.ts';
import { type CostDimensions, type CostSeries, type KeptBytes, toRecordType } from '../model/bill.ts';
import { addDays, daysBetween } from '../model/days.ts';
import { formatUsd } from '../model/money.ts';
import { messageOf, placeOf, readJson } from './json-input.ts';
import type { CommandContext } from './program.ts';

export type DetectCommandOptions = {
  readonly input?: string;
  readonly state?: string;
  readonly format: 'table' | 'json';
};

const inputSchema = 'costbench-series/1';
const outputSchema = 'costbench-alerts/1';
/** A credit or a rounding may leave usage a little below zero; more is a mistake in the input. */
const roundingUsd = 0.01;
/** What the detector can use; older figures are of no use to it. */
const mostDays = 10 * 366;

const day = z.iso.date('a day is written YYYY-MM-DD');
const name = z.string('must be a string');
const inputShape = z.object({
  schema: z.literal(inputSchema, `must be "${inputSchema}"`),
  asOf: day,
  currency: z.string().optional(),
  series: z.array(
    z.object({
      id: name.min(1, 'must not be empty'),
      dims: z.object({
        account: name,
        service: name,
        region: name,
        usageType: name,
        recordType: name.default('Usage'),
      }),
      start: day,
      costs: z.array(z.number('must be a number or null').nullable()).min(1, 'must hold at least one day'),
    }),
  ),
});
type Input = z.output<typeof inputShape>;

export async function detectCommand(options: DetectCommandOptions, { io }: CommandContext): Promise<number> {
  const input = await readJson(options.input, inputShape);
  const place = placeOf(options.input);
  const state = openState(options.state);
  const ids = new Map<string, string>();
  const accounts = seriesByAccount(input, place, ids);
  const { alerts } = await detectAnomalies({ asOf: input.asOf, accounts, kept: state.kept });
  const told = alerts.map((alert) => toOutput(alert, ids));
  // All of the day or nothing of it: a run that is repeated finds the state as it was.
  state.commit();
  if (options.format === 'json')
    io.stdout.write(`${JSON.stringify({ schema: outputSchema, asOf: input.asOf, alerts: told })}\n`);
  else for (const line of toTable(alerts, input.asOf)) io.stdout.write(`${line}\n`);
  return exitCodes.complete;
}

/** @param ids filled: id of each series by its dimensions */
function seriesByAccount({ asOf, series }: Input, place: string, ids: Map<string, string>): AccountSeries[] {
  const accounts = new Map<string, CostSeries[]>();
  const seen = new Map<string, number>();
  for (const [index, { id, dims, start, costs }] of series.entries()) {
    const at = `${place}: series[${index}] (${id})`;
    const { account, service, region, usageType } = dims;
    const recordType = toRecordType(dims.recordType);
    const dimensions: CostDimensions = { accountId: account, service, region, usageType, recordType };
    const key = keyOf(dimensions, dims.recordType);
    const [sameId, sameKey] = [seen.get(`id ${id}`), seen.get(key)];
    if (sameId !== undefined) throw new ConfigError(`${at}: series[${sameId}] has the same id; ids are unique`);
    if (sameKey !== undefined)
      throw new ConfigError(`${at}: series[${sameKey}] has the same dimensions; give one series for each`);
    seen.set(`id ${id}`, index).set(key, index);
    const last = addDays(start, costs.length - 1);
    if (last >= asOf)
      throw new ConfigError(`${at}: costs go up to ${last}, but only days before asOf ${asOf} can be known`);
    if (costs.length > mostDays) throw new ConfigError(`${at}: ${costs.length} days are too many; ${mostDays} at most`);
    const isUsage = recordType === 'Usage' || recordType === 'CoveredUsage';
    const negative = isUsage ? costs.findIndex((usd) => usd !== null && usd < -roundingUsd) : -1;
    if (negative >= 0)
      throw new ConfigError(
        `${at}: costs[${negative}] (${addDays(start, negative)}) is ${costs[negative]}: usage cannot cost less than nothing; credits are recordType Credit`,
      );
    // Several record types that are one to the detector are not told apart by it; only usage is judged at all.
    if (!isUsage) continue;
    const usd = Float64Array.from(costs, (cost) => (cost === null ? Number.NaN : Math.max(0, cost)));
    ids.set(keyOf(dimensions), id);
    const own = accounts.get(account) ?? [];
    accounts.set(account, own);
    own.push({ ...dimensions, from: start, usd });
  }
  // Whatever the order of the input, the answer is the same.
  for (const own of accounts.values()) own.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return [...accounts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([accountId, own]) => ({ accountId, series: own }));
}

function keyOf(
  { accountId, service, region, usageType, recordType }: CostDimensions,
  billedAs: string = recordType,
): string {
  return JSON.stringify([accountId, service, region, usageType, billedAs]);
}

/** Memory in a folder, one file per key, written when all of it is there; without a folder it is forgotten. */
function openState(directory: string | undefined): { readonly kept: KeptBytes; commit(): void } {
  const written = new Map<string, Uint8Array>();
  const pathOf = (key: string): string => join(directory ?? '', `${key.replace(/[^\w-]/g, '_')}.state`);
  const read = (key: string): Uint8Array | undefined => {
    if (directory === undefined) return undefined;
    try {
      return readFileSync(pathOf(key));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw new ConfigError(`--state ${pathOf(key)}: cannot be read: ${messageOf(error)}`, { cause: error });
    }
  };
  return {
    kept: {
      read: async (key) => written.get(key) ?? read(key),
      write: async (key, bytes) => {
        written.set(key, bytes);
      },
    },
    commit() {
      if (directory === undefined) return;
      const part = randomUUID();
      try {
        mkdirSync(directory, { recursive: true });
        for (const [key, bytes] of written) writeFileSync(`${pathOf(key)}.${part}`, bytes);
        for (const key of written.keys()) renameSync(`${pathOf(key)}.${part}`, pathOf(key));
      } catch (error) {
        for (const key of written.keys()) rmSync(`${pathOf(key)}.${part}`, { force: true });
        throw new ConfigError(`--state ${directory}: cannot be written: ${messageOf(error)}`, { cause: error });
      }
    },
  };
}

function toOutput(alert: SeriesAlert, ids: ReadonlyMap<string, string>): object {
  const cents = (usd: number): number => Math.round(usd * 100) / 100;
  return {
    seriesId: ids.get(keyOf(alert.dimensions)),
    day: alert.day,
    direction: alert.direction,
    actual: cents(alert.actualUsd),
    expected: cents(alert.expectedUsd),
    lower: cents(alert.lowerUsd),
    upper: cents(alert.upperUsd),
    impactUsd: cents(alert.actualUsd - alert.expectedUsd),
    incidentId: alert.incidentId,
    notify: alert.isSaid,
    kind: alert.shape,
    onset: alert.onset,
    state: alert.state,
  };
}

function* toTable(alerts: readonly SeriesAlert[], asOf: string): Iterable<string> {
  const said = alerts.filter(({ isSaid }) => isSaid);
  if (said.length === 0) yield `${asOf}: nothing unusual`;
  for (const { dimensions, day: at, actualUsd, expectedUsd, lowerUsd, upperUsd, onset, shape } of said) {
    const { accountId, service, region, usageType } = dimensions;
    const days = daysBetween(onset, at) + 1;
    yield `${at}  ${shape}  ${accountId} ${region} ${service} ${usageType}: ${formatUsd(actualUsd)} against ${formatUsd(expectedUsd)} expected (${formatUsd(lowerUsd)} to ${formatUsd(upperUsd)})${days > 1 ? `, since ${onset}` : ''}`;
  }
}
