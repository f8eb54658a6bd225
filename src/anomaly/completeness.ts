/** How complete the first figure of a series usually is on the day after: AWS meters some usage at once, some a day late. */
import { earlyDays, memoryDays, type SeriesMemory } from './series-memory.ts';
import { medianInPlace } from './statistics.ts';

/** Figures of younger days may still change, so they are judged again. */
export const unsettledDays = 4;
const leastCount = 8;
const leastShare = 0.05;

export type Completeness = {
  /** Share of the settled figure; 1 when too little is known. */
  typical: number;
  /** Its spread in logs. */
  spread: number;
  /** Whether enough days were seen to count on it. */
  isKnown: boolean;
};

const shares = new Float64Array(earlyDays);

/** @param into overwritten and returned, since this runs for every series and day */
export function completenessOf(memory: SeriesMemory, day: number, into: Completeness): Completeness {
  let count = 0;
  for (let back = unsettledDays; back < earlyDays - 1; back += 1) {
    const early = memory.early[(day - back) % earlyDays] as number;
    const settled = memory.billed[(day - back) % memoryDays] as number;
    if (!(early > 0.01) || !(settled > 0.01)) continue;
    shares[count] = Math.log(Math.min(1, early / settled));
    count += 1;
  }
  into.isKnown = count >= leastCount;
  into.typical = 1;
  into.spread = 0;
  if (!into.isKnown) return into;
  const typical = medianInPlace(shares, count);
  for (let index = 0; index < count; index += 1) shares[index] = Math.abs((shares[index] as number) - typical);
  into.typical = Math.max(leastShare, Math.exp(typical));
  into.spread = 0.01 + 1.4826 * medianInPlace(shares, count);
  return into;
}
