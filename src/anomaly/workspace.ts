/** One series laid out for judging: arrays from its oldest remembered day on, reused from series to series. */
import { positionOf } from './calendar.ts';
import { memoryDays, type SeriesMemory } from './series-memory.ts';

/**
 * Units that AWS bills by the month: a day's price is a share of the month, so February's days cost a tenth more.
 * Names as in the AWS usage types of storage, snapshots and provisioned disk performance.
 */
const monthlyUnit =
  /ByteHrs|VolumeUsage|VolumeP-|Snapshot(Usage|ArchiveStorage)|GP\d-Storage|PIOPS|StorageUsage|Backup(Usage|Storage)/;
const usualMonth = 30.4;

/** Few usage types, asked many times a day. */
const monthlyTypes = new Map<string, boolean>();

export function isBilledMonthly(usageType: string): boolean {
  let isMonthly = monthlyTypes.get(usageType);
  if (isMonthly === undefined) {
    isMonthly = monthlyUnit.test(usageType);
    monthlyTypes.set(usageType, isMonthly);
  }
  return isMonthly;
}

/** Dollars of a day per dollar of a day in a month of 30.4, for what is billed by the month. */
export function monthFactor(day: number): number {
  return usualMonth / positionOf(day).daysInMonth;
}

/** The same; 1 for what is not billed by the month. */
export function normalFactor(usageType: string, day: number): number {
  return isBilledMonthly(usageType) ? monthFactor(day) : 1;
}

/** Below it, a day counts as one without cost. */
export const nothingUsd = 0.01;

/** What a day stands for in what is learned: itself; itself, but its surprise is no noise; or its forecast. */
export const stand = { usual: 0, odd: 1, forecast: 2 } as const;
export type Standing = 'usual' | 'odd' | 'unusual';

export class Workspace {
  /** Number of the day at index 0. */
  start = 0;
  /** Days in the arrays; the newest is `start + length - 1`. */
  length = 0;
  /** USD, normalised; NaN = not delivered. */
  readonly billed = new Float64Array(memoryDays + 8);
  /** As `billed`, with the forecast in place of unusual and missing days; never NaN. */
  readonly clean = new Float64Array(memoryDays + 8);
  readonly expected = new Float64Array(memoryDays + 8);
  readonly standing = new Uint8Array(memoryDays + 8);
  private isMonthly = false;

  load(memory: SeriesMemory, from: number): void {
    this.isMonthly = isBilledMonthly(memory.dimensions.usageType);
    this.start = Math.max(memory.first, memory.end - memoryDays);
    this.length = Math.max(0, from - this.start);
    let slot = this.start % memoryDays;
    for (let index = 0; index < this.length; index += 1) {
      this.readSlot(memory, index, slot);
      slot = slot + 1 === memoryDays ? 0 : slot + 1;
    }
  }

  /** Takes in one more day, as it is remembered. */
  push(memory: SeriesMemory): number {
    this.read(memory, this.length);
    this.length += 1;
    return this.length - 1;
  }

  /** Sets what is known of a day after it was judged. */
  settle(memory: SeriesMemory, index: number, expected: number, standing: Standing): void {
    const slot = (this.start + index) % memoryDays;
    memory.expected[slot] = expected;
    memory.standing[slot] = standing === 'unusual' ? stand.forecast : stand[standing];
    this.read(memory, index);
  }

  private read(memory: SeriesMemory, index: number): void {
    this.readSlot(memory, index, (this.start + index) % memoryDays);
  }

  private readSlot(memory: SeriesMemory, index: number, slot: number): void {
    const delivered = memory.billed[slot] as number;
    const billed = this.isMonthly ? delivered / monthFactor(this.start + index) : delivered;
    const expected = memory.expected[slot] as number;
    const standing = memory.standing[slot] as number;
    this.billed[index] = billed;
    this.expected[index] = expected;
    this.standing[index] = standing;
    const learned = standing === stand.forecast || Number.isNaN(billed) ? expected : billed;
    this.clean[index] = !Number.isNaN(learned) ? learned : index > 0 ? (this.clean[index - 1] as number) : 0;
  }
}
