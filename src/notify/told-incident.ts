/** The incident behind a finding, read from the evidence its check keeps. */
import { z } from 'zod';
import type { FindingRecord } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';

export const incidentCheck = 'cost-anomaly';

const day = z.object({
  day: z.string(),
  actualUsd: z.number(),
  expectedUsd: z.number(),
  lowerUsd: z.number(),
  upperUsd: z.number(),
  isPartial: z.boolean(),
});

const series = z.object({
  accountId: z.string(),
  service: z.string(),
  region: z.string(),
  usageType: z.string(),
  days: z.array(day),
});

const values = z.array(z.number().nullable());
const chart = z
  .object({ from: z.string(), actualUsd: values, lowerUsd: values, upperUsd: values })
  .refine(
    ({ actualUsd, lowerUsd, upperUsd }) => new Set([actualUsd, lowerUsd, upperUsd].map((one) => one.length)).size === 1,
  );

const evidence = z.object({
  incident: z.object({
    state: z.enum(['provisional', 'open', 'ongoing', 'newNormal', 'resolved', 'withdrawn', 'planned']),
    direction: z.enum(['up', 'down']),
    onset: z.string(),
    lastDay: z.string(),
    excessUsd: z.number(),
    excessLowUsd: z.number(),
    excessHighUsd: z.number(),
    monthlyRunRateUsd: z.number(),
    series: z.tuple([series], series),
  }),
  lines: z.array(z.string()).catch([]),
  /** Check that usually shows the cause. */
  seeAlso: z.string().nullable().catch(null),
  chart: chart.nullable().catch(null),
});

export type ToldIncident = z.output<typeof evidence>;

/** @returns undefined when it is no incident, or its evidence is of a version that cannot be read */
export function toldIncident({ checkId, evidence: kept }: Finding): ToldIncident | undefined {
  return checkId === incidentCheck ? evidence.safeParse(kept).data : undefined;
}

/** Whether it is told in a message of its own; the digest then has one line for it. What is for information is not. */
export function hasOwnMessage({ finding }: FindingRecord): boolean {
  return finding.severity !== 'info' && toldIncident(finding) !== undefined;
}
