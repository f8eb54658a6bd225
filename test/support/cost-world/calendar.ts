/** The days of a world and what people do on them; every day is an index from the first. */
import { addDays, weekdayOf } from '../../../src/model/days.ts';
import type { Chance } from './chance.ts';

export type WorldCalendar = {
  readonly days: number;
  /** First day that is judged. */
  readonly evalFrom: number;
  readonly day: (index: number) => string;
  readonly weekday: Uint8Array;
  readonly dayOfMonth: Uint8Array;
  readonly daysInMonth: Uint8Array;
  /** 1 to 12. */
  readonly month: Uint8Array;
  /** Bank holidays of the organization's country, and the odd bridge day. */
  readonly isHoliday: Uint8Array;
  readonly isLastBusinessDay: Uint8Array;
  /** Every other Friday. */
  readonly isPayFriday: Uint8Array;
  /** Last two days of the weeks that end a period of 4, 4 or 5. */
  readonly isPeriodEnd: Uint8Array;
  /** 0 in long holidays to 1 in term, a week from one to the other. */
  readonly school: Float64Array;
  /** 1, more around Black Friday and in December. */
  readonly retail: Float64Array;
  /** 23/24 or 25/24 on the two days on which the clocks of Europe and most of the Americas change (here: Europe's). */
  readonly localHours: Float64Array;
};

const fixedHolidays = ['01-01', '05-01', '07-04', '12-24', '12-25', '12-26', '12-31'];
/** From and to, month and day; where a European school has its long holidays. */
const schoolHolidays = [
  ['07-05', '08-28'],
  ['12-21', '12-31'],
  ['01-01', '01-05'],
] as const;

export function worldCalendar(first: string, days: number, evalDays: number, chance: Chance): WorldCalendar {
  const bytes = (of: (day: string, index: number) => number): Uint8Array =>
    Uint8Array.from({ length: days }, (_, index) => of(addDays(first, index), index));
  const weekday = bytes(weekdayOf);
  const dayOfMonth = bytes((day) => Number(day.slice(8)));
  const daysInMonth = bytes((day) =>
    new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 0)).getUTCDate(),
  );
  const month = bytes((day) => Number(day.slice(5, 7)));
  const oddHolidays = new Set(Array.from({ length: 5 }, () => chance.whole(10, days - 2)));
  const isHoliday = bytes((day, index) => (fixedHolidays.includes(day.slice(5)) || oddHolidays.has(index) ? 1 : 0));
  const isBusinessDay = (day: string): boolean =>
    weekdayOf(day) >= 1 && weekdayOf(day) <= 5 && !fixedHolidays.includes(day.slice(5));
  const isLastBusinessDay = bytes((day) => {
    if (!isBusinessDay(day)) return 0;
    for (let next = addDays(day, 1); next.slice(0, 7) === day.slice(0, 7); next = addDays(next, 1)) {
      if (isBusinessDay(next)) return 0;
    }
    return 1;
  });
  const payWeek = chance.whole(0, 1);
  const fiscalWeek = chance.whole(0, 12);
  const week = (index: number): number => Math.floor((index + weekdayOf(first)) / 7);
  const isPeriodEnd = bytes((_, index) =>
    [3, 7, 12].includes((week(index) + fiscalWeek) % 13) && [5, 6].includes(weekday[index]!) ? 1 : 0,
  );
  return {
    days,
    evalFrom: days - evalDays,
    day: (index) => addDays(first, index),
    weekday,
    dayOfMonth,
    daysInMonth,
    month,
    isHoliday,
    isLastBusinessDay,
    isPayFriday: bytes((_, index) => (weekday[index] === 5 && week(index) % 2 === payWeek ? 1 : 0)),
    isPeriodEnd,
    school: Float64Array.from({ length: days }, (_, index) => termShare(addDays(first, index))),
    retail: Float64Array.from({ length: days }, (_, index) => seasonFactor(addDays(first, index))),
    localHours: Float64Array.from({ length: days }, (_, index) => hoursOfDay(addDays(first, index)) / 24),
  };
}

/** Share of the week around a day that lies in term. */
function termShare(day: string): number {
  let inTerm = 0;
  for (let offset = -3; offset <= 3; offset += 1) {
    const at = addDays(day, offset).slice(5);
    inTerm += schoolHolidays.some(([from, to]) => at >= from && at <= to) ? 0 : 1;
  }
  return inTerm / 7;
}

function seasonFactor(day: string): number {
  const november = day.slice(5, 7) === '11';
  const dayOfMonth = Number(day.slice(8));
  // Black Friday follows the fourth Thursday: the 23rd to the 29th.
  const blackFriday = 23 + ((5 - weekdayOf(`${day.slice(0, 4)}-11-23`) + 7) % 7);
  const fromFriday = dayOfMonth - blackFriday;
  if (november && fromFriday >= 0 && fromFriday <= 3) return fromFriday === 0 || fromFriday === 3 ? 2.2 : 1.7;
  if (november && fromFriday >= -5) return 1.25;
  if (day.slice(5, 7) === '12') return dayOfMonth <= 20 ? 1.35 : dayOfMonth <= 24 ? 1.2 : 0.85;
  return day.slice(5, 7) === '01' && dayOfMonth <= 10 ? 1.1 : 1;
}

/** Summer time begins and ends on the last Sundays of March and October (Directive 2000/84/EC). */
function hoursOfDay(day: string): number {
  const isLastSunday = weekdayOf(day) === 0 && addDays(day, 7).slice(5, 7) !== day.slice(5, 7);
  if (!isLastSunday) return 24;
  return day.slice(5, 7) === '03' ? 23 : day.slice(5, 7) === '10' ? 25 : 24;
}
