/** Small words shared by the sentences about an incident. */
import { formatUsd } from '../model/money.ts';
import type { IncidentState } from '../model/resources/cost.ts';

export function isGoingOn(state: IncidentState): boolean {
  return state === 'provisional' || state === 'open' || state === 'ongoing';
}

/** `+$134.50` */
export function signedUsd(usd: number): string {
  return `${usd < 0 ? '-' : '+'}${formatUsd(Math.abs(usd))}`;
}

/** `a, b and c` */
export function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}
