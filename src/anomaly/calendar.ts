/** Days as numbers since 1970, and where a day stands in its week and month. */
import { addDays, daysBetween } from '../model/days.ts';

const epoch = '1970-01-01';

export function toDayNumber(day: string): number {
  return daysBetween(epoch, day);
}

export function toDay(number: number): string {
  return addDays(epoch, number);
}

export type Position = {
  /** 1 to 31. */
  readonly fromStart: number;
  /** 0 on the last day. */
  readonly fromEnd: number;
  readonly daysInMonth: number;
  readonly month: number;
};

const positions = new Map<number, Position>();

export function positionOf(day: number): Position {
  let position = positions.get(day);
  if (position === undefined) {
    const date = new Date(day * 86_400_000);
    const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    const fromStart = date.getUTCDate();
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
    position = { fromStart, fromEnd: daysInMonth - fromStart, daysInMonth, month };
    positions.set(day, position);
  }
  return position;
}

/** 0 = Thursday, the weekday of 1970-01-01: only equality matters. */
export function weekdayOf(day: number): number {
  return day % 7;
}
