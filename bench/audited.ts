/** A simulated organization, a process that audits it and a place for its state, for the time of one measurement. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type SimulatorProcess,
  type SimulatorProcessOptions,
  startSimulatorProcess,
} from '../test/support/simulator-process.ts';
import { type AuditProcess, startAuditProcess } from './audit-process.ts';

/** Time of the simulated world and of the runs in it, so that figures do not depend on the day. */
export const worldNow = '2026-11-24T06:00:00.000Z';
export const nextDay = new Date(Date.parse(worldNow) + 86_400_000).toISOString();
/** Every measurement sees the same accounts. */
export const seed = 1;

/** A page holds what AWS's would, so that calls are those of a real organization. */
export const fullPage = 1000;
/** Entries of a run of 1,000 accounts in 17 regions. */
const journalLimit = 2_000_000;

export type SimulationOptions = Omit<SimulatorProcessOptions, 'world'> & {
  readonly world: Omit<SimulatorProcessOptions['world'], 'seed'>;
};

export async function inSimulation<T>(
  options: SimulationOptions,
  measure: (simulator: SimulatorProcess) => Promise<T>,
): Promise<T> {
  const world = { seed, now: worldNow, ...options.world };
  const simulator = await startSimulatorProcess({ pageSize: fullPage, now: worldNow, journalLimit, ...options, world });
  try {
    return await measure(simulator);
  } finally {
    await simulator.close();
  }
}

export async function withAuditor<T>(measure: (auditor: AuditProcess) => Promise<T>): Promise<T> {
  const auditor = startAuditProcess();
  try {
    return await measure(auditor);
  } finally {
    await auditor.close();
  }
}

export async function inDirectory<T>(measure: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'costwarden-bench-'));
  try {
    return await measure(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

type Lab = { readonly simulator: SimulatorProcess; readonly auditor: AuditProcess; readonly directory: string };

export function inLab<T>(options: SimulationOptions, measure: (lab: Lab) => Promise<T>): Promise<T> {
  return inDirectory((directory) =>
    inSimulation(options, (simulator) => withAuditor((auditor) => measure({ simulator, auditor, directory }))),
  );
}
