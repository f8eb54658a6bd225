/** How a scenario is written: one body, run for every seed, with its invariants counted. */
import { describe, test } from 'vitest';
import { chance } from '../../src/simulator/random.ts';
import { type Audited, type BenchOptions, type FaultBench, startFaultBench } from './bench.ts';
import { checkInvariants, type Evidence, type Invariant } from './invariants.ts';
import { seeds, tally } from './tally.ts';

export type Stage = {
  readonly seed: number;
  /** One of the items, the same for the same seed and scenario. @throws Error when there is none: then nothing is tried */
  pick<T>(items: readonly T[], what: string): T;
  /** A whole number from `min` to `max`, both included. */
  number(min: number, max: number, what: string): number;
  /** A bench that is closed when the scenario ends. */
  start(options?: Partial<BenchOptions>): Promise<FaultBench>;
  /** Judges a run. @throws Error with one sentence per violation */
  judge(audited: Pick<Audited, 'evidence'>, more?: Partial<Evidence>): void;
  /** Judges evidence from outside this process. */
  judgeEvidence(evidence: Evidence): void;
};

/** @param count seeds; default: COSTWARDEN_FAULT_SEEDS */
export function scenario(name: string, body: (stage: Stage) => Promise<void>, count = seeds): void {
  describe(name, () => {
    test.each(Array.from({ length: count }, (_, index) => index + 1))('seed %i', async (seed) => {
      const open: FaultBench[] = [];
      const judged: Invariant[] = [];
      let violations = 0;
      const judgeEvidence = (evidence: Evidence): void => {
        try {
          judged.push(...checkInvariants(evidence));
        } catch (error) {
          violations += 1;
          throw error;
        }
      };
      const stage: Stage = {
        seed,
        pick(items, what) {
          const item = items[Math.floor(chance(seed, name, what) * items.length)];
          if (item === undefined) throw new Error(`nothing to pick for ${what}`);
          return item;
        },
        number: (min, max, what) => min + Math.floor(chance(seed, name, what) * (max - min + 1)),
        async start(options = {}) {
          const bench = await startFaultBench({ seed, ...options });
          open.push(bench);
          return bench;
        },
        judge: ({ evidence }, more = {}) => judgeEvidence({ ...evidence, ...more }),
        judgeEvidence,
      };
      try {
        await body(stage);
      } finally {
        for (const bench of open) await bench.close();
        tally({ scenario: name, seed, judged, violations });
      }
    });
  });
}
