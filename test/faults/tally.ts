/** Counts over all workers of the suite: each appends lines to one file, the main process adds them up at the end. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Invariant } from './invariants.ts';

export type TallyLine = {
  readonly scenario: string;
  readonly seed: number;
  /** Invariants judged, once for every time. */
  readonly judged: readonly Invariant[];
  readonly violations: number;
};

const variable = 'COSTWARDEN_FAULT_TALLY';

/** Runs of each scenario; what a seed changes is the world, the victim and the call that is hit. */
export const seeds = countFrom('COSTWARDEN_FAULT_SEEDS', 2);
/** Kills cost more and find more. */
export const killSeeds = countFrom('COSTWARDEN_KILL_SEEDS', 3);

export function tally(line: TallyLine): void {
  const file = process.env[variable];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** Vitest's global set-up. @returns its tear-down, which prints the one line of the suite */
export function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'costwarden-tally-'));
  const file = join(directory, 'lines.ndjson');
  appendFileSync(file, '');
  process.env[variable] = file;
  return () => {
    process.stdout.write(`${summary(readFileSync(file, 'utf8'))}\n`);
    rmSync(directory, { recursive: true });
  };
}

export function summary(text: string): string {
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TallyLine);
  const scenarios = new Set(lines.map(({ scenario }) => scenario)).size;
  const judged = lines.reduce((sum, line) => sum + line.judged.length, 0);
  const violations = lines.reduce((sum, line) => sum + line.violations, 0);
  return `${scenarios} scenarios x ${seeds} seeds (kills: ${killSeeds}) = ${lines.length} runs, invariants I1-I6 checked ${judged} times, ${violations} violations`;
}

function countFrom(name: string, fallback: number): number {
  const given = process.env[name];
  if (given === undefined || given === '') return fallback;
  const count = Number(given);
  if (!Number.isInteger(count) || count < 1) throw new Error(`${name}: ${given}: a whole number from 1`);
  return count;
}
