/**
 * The usual course: three days of one organization, some findings mended after the first. On the first or the second
 * day something goes wrong, and on the next one it is over. The same days without faults are the measure.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Gap, GapReason } from '../../src/model/inventory.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { type Audited, type BenchOptions, days, type FaultBench, startFaultBench } from './bench.ts';
import type { Stage } from './scenario.ts';

export type Victim = JournalEntry & {
  /** Which of the calls alike it was, counted from 1, and of how many. */
  readonly nth: number;
  readonly of: number;
};

export type Course = {
  /** Calls of the faultless day that may be hit; default: all about resources of member accounts. */
  readonly among?: (entry: JournalEntry) => boolean;
  readonly faults: (victim: Victim, bench: FaultBench) => readonly Fault[];
  /** What must be said of the day on which it went wrong, beyond the invariants. */
  readonly expect?: (audited: Audited, victim: Victim) => void;
  readonly bench?: Partial<BenchOptions>;
};

/** Runs the two days and judges them. */
export async function threeDays(stage: Stage, course: Course): Promise<void> {
  const faultless = await lifeWithoutFaults({ seed: stage.seed, ...course.bench });
  const [faultDay, after] = stage.pick([[0, 1] as const, [1, 2] as const], 'day');
  const calls = faultless[faultDay].entries;
  const victim = toVictim(stage.pick(calls.filter(course.among ?? isOfMember(faultless)), 'victim'), calls);
  const bench = await stage.start(course.bench);
  if (faultDay === 1) {
    // The day before was like any other.
    writeFileSync(bench.stateFile, faultless[0].state);
    mendSome(bench, stage.seed);
  }
  for (const fault of course.faults(victim, bench)) bench.simulator.faults.add(fault);
  const disturbed = await bench.audit({ now: days[faultDay] });
  // A fault that hit nothing would prove nothing.
  expect(disturbed.entries.some(({ fault }) => fault !== undefined)).toBe(true);
  course.expect?.(disturbed, victim);
  stage.judge(disturbed);

  bench.simulator.faults.clear();
  if (faultDay === 0) mendSome(bench, stage.seed);
  const recovered = await bench.audit({ now: days[after] });
  expect(recovered.error).toBeUndefined();
  stage.judge(recovered, { faultless: faultless[after].after });
}

/** What a day left in the state file, besides what was audited. */
type Day = Audited & { readonly state: Buffer };
type Life = readonly [Day, Day, Day];

const lives = new Map<string, Promise<Life>>();

/** The same three days with nothing going wrong; lived once per world. */
export function lifeWithoutFaults(options: BenchOptions): Promise<Life> {
  const key = JSON.stringify(options);
  const known = lives.get(key) ?? live(options);
  lives.set(key, known);
  return known;
}

async function live(options: BenchOptions): Promise<Life> {
  const bench = await startFaultBench(options);
  const day = async (now: string): Promise<Day> => {
    const audited = await bench.audit({ now });
    // A day that fails by itself is no measure.
    expect(audited.run?.coverage.failedChecks).toEqual([]);
    expect(gapsOf(audited)).toEqual([]);
    return { ...audited, state: readFileSync(bench.stateFile) };
  };
  try {
    const first = await day(days[0]);
    mendSome(bench, options.seed);
    return [first, await day(days[1]), await day(days[2])];
  } finally {
    await bench.close();
  }
}

export const mendable: ReadonlySet<string> = new Set([
  'vpc-missing-s3-gateway-endpoint',
  'public-ipv4-idle-or-excess',
  's3-versioning-without-noncurrent-expiry',
  'iam-write-wildcard-resource',
  'iam-service-wildcard',
]);

/** Half of what can be mended, so that there is something to resolve wherever the fault strikes. */
export function mendSome({ generated }: FaultBench, seed: number): void {
  const { planted } = generated.truth();
  for (const [index, item] of planted.filter(({ checkId }) => mendable.has(checkId)).entries())
    if ((index + seed) % 2 === 0) generated.fix(item);
}

const resourceServices = new Set(['ec2', 'iam', 's3', 'cloudwatch', 'resource-groups-tagging-api']);

function isOfMember(faultless: Life): (entry: JournalEntry) => boolean {
  const hubId = faultless[0].evidence.places.hubId;
  return ({ accountId, service, errorCode }) =>
    accountId !== hubId && resourceServices.has(service) && errorCode === undefined;
}

function toVictim(entry: JournalEntry, calls: readonly JournalEntry[]): Victim {
  const alike = calls.filter(
    ({ accountId, region, operation, bucket }) =>
      accountId === entry.accountId &&
      region === entry.region &&
      operation === entry.operation &&
      bucket === entry.bucket,
  );
  return { ...entry, nth: alike.indexOf(entry) + 1, of: alike.length };
}

/** The fault for exactly what the victim asked, at its turn only. */
export function once(victim: Victim, fault: Pick<Fault, 'kind'> & Partial<Fault>): Fault {
  return { ...always(victim, fault), calls: [victim.nth] };
}

/** The fault for all that is asked like the victim. */
export function always(
  { accountId, region, operation, bucket }: Victim,
  fault: Pick<Fault, 'kind'> & Partial<Fault>,
): Fault {
  return { accountId, region, operation, ...(bucket === undefined ? {} : { bucket }), ...fault };
}

/** Gaps that the faultless day does not have: not those of planted refusals. */
export function gapsOf({ run, evidence }: Audited): readonly Gap[] {
  const planted = new Set(
    evidence.entries.flatMap((entry) =>
      entry.fault === undefined && entry.bucket !== undefined && evidence.isRefusalPlanted(entry) ? [entry.bucket] : [],
    ),
  );
  return (run?.coverage.gaps ?? []).filter(
    ({ kind, resourceId, iamAction }) =>
      !(resourceId !== undefined && planted.has(resourceId)) &&
      !(kind === 'account.access' && iamAction === 'sts:AssumeRole'),
  );
}

export function expectRecovered(audited: Audited): void {
  expect(audited.error).toBeUndefined();
  expect(gapsOf(audited)).toEqual([]);
}

/** A gap where the victim was, for one of the reasons, and none elsewhere. */
export function expectGap(...reasons: readonly GapReason[]): (audited: Audited, victim: Victim) => void {
  return (audited, { accountId }) => {
    expect(audited.error).toBeUndefined();
    const gaps = gapsOf(audited);
    expect(gaps.length).toBeGreaterThan(0);
    expect([...new Set(gaps.map((gap) => gap.accountId))]).toEqual([accountId]);
    for (const gap of gaps) expect(reasons).toContain(gap.reason);
    expect(audited.run?.status).toBe('partial');
  };
}
