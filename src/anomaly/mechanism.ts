/** What usually makes such a move, and which check looks at it: a table over what moved together, never a proof. */
import type { CostIncident } from '../model/resources/cost.ts';
import { decodeUsageType } from '../model/usage-types.ts';
import { type MechanismRule, mechanisms } from './mechanisms.ts';

export type Mechanism = {
  readonly words: string;
  /** Check whose finding shows it, if there is one. */
  readonly checkId: string | null;
  /** Of a swap: what fell while this rose. The dollars of both are one change. */
  readonly swappedFor?: CostIncident;
};

type Moved = { readonly name: string; readonly service: string; readonly factor: number };

/**
 * @param others incidents of the same time: what fell where this one rose tells a swap from more usage
 * @returns undefined when nothing typical is known
 */
export function mechanismOf(incident: CostIncident, others: readonly CostIncident[] = []): Mechanism | undefined {
  if (incident.direction === 'down') return undefined;
  const moved = movedIn(incident);
  const fallen = others.filter((other) => other.direction === 'down' && isBeside(other, incident));
  const rule = mechanisms.find((candidate) => fits(candidate, incident, moved, fallen));
  if (rule === undefined) return undefined;
  const { words, checkId, fell } = rule;
  const swappedFor = fell && fallen.find((other) => hasFallen(other, fell));
  return { words, checkId, ...(swappedFor === undefined ? {} : { swappedFor }) };
}

function fits(rule: MechanismRule, { shape }: CostIncident, moved: Moved[], fallen: readonly CostIncident[]): boolean {
  const { families, services, shapes, leastFactor = 0, fell, isCoverLost } = rule;
  if (shapes !== undefined && !shapes.includes(shape)) return false;
  const isMoved = families.every((family) =>
    moved.some(
      ({ name, service, factor }) =>
        family.test(name) && factor >= leastFactor && (services === undefined || services.test(service)),
    ),
  );
  if (!isMoved || (fell === undefined && isCoverLost === undefined)) return isMoved;
  return fallen.some((other) => {
    if (isCoverLost && !other.series.some(({ recordType }) => recordType === 'CoveredUsage')) return false;
    return fell === undefined || hasFallen(other, fell);
  });
}

function hasFallen(other: CostIncident, family: RegExp): boolean {
  return movedIn(other).some(({ name }) => family.test(name));
}

/** Incidents group what begins within a day of each other. */
function isBeside(other: CostIncident, { accountId, onset, lastDay }: CostIncident): boolean {
  return other.accountId === accountId && other.onset <= lastDay && other.lastDay >= onset;
}

function movedIn({ series }: CostIncident): Moved[] {
  return series.map(({ service, usageType, days }) => {
    const { family, detail } = decodeUsageType(service, usageType);
    const factors = days.map(({ actualUsd, expectedUsd }) =>
      expectedUsd > 0 ? actualUsd / expectedUsd : Number.POSITIVE_INFINITY,
    );
    return { name: detail === undefined ? family : `${family}:${detail}`, service, factor: Math.max(...factors) };
  });
}
