/** Families whose days follow a level: constant, growing, traffic, storage. */
import type { WorldCalendar } from './calendar.ts';
import type { Chance } from './chance.ts';
import type { Course } from './draft-series.ts';

export type CourseOf = (levelUsd: number, calendar: WorldCalendar, chance: Chance) => Course;

/** GB-month prices are spread over the days of the month: the same bytes cost 10 % more a day in February. */
const meanMonthDays = 30.4;

export function daily(calendar: WorldCalendar, of: (index: number) => number): Float64Array {
  return Float64Array.from({ length: calendar.days }, (_, index) => of(index));
}

/** Share of an ordinary day by weekday; people are away on Sunday, mostly on Saturday, and on holidays. */
export function week(calendar: WorldCalendar, chance: Chance, low: number, high: number): (index: number) => number {
  const saturday = chance.between(low, high);
  const sunday = saturday * chance.between(0.88, 1.02);
  const workdays = Array.from({ length: 5 }, () => chance.between(0.94, 1.06));
  const shares = [sunday, ...workdays, saturday];
  return (index) => shares[calendar.isHoliday[index] === 1 ? 0 : calendar.weekday[index]!]!;
}

const steady: CourseOf = (usd, calendar, chance) => ({
  base: daily(calendar, () => usd),
  noise: { share: chance.is(0.25) ? 0 : chance.between(0.002, 0.05) },
});

const clocked: CourseOf = (usd, calendar, chance) => ({
  base: daily(calendar, (index) => usd * calendar.localHours[index]!),
  noise: { share: chance.between(0.001, 0.006) },
});

const weekly: CourseOf = (usd, calendar, chance) => {
  const share = week(calendar, chance, 0.25, 0.85);
  const growth = chance.between(-0.0008, 0.0015);
  return {
    base: daily(calendar, (index) => usd * share(index) * Math.exp(growth * (index - calendar.evalFrom))),
    noise: { share: chance.between(0.02, 0.09) },
  };
};

/** Scaled by load: what is high today is still high tomorrow. */
const autoscaled: CourseOf = (usd, calendar, chance) => {
  const share = week(calendar, chance, 0.45, 1);
  return {
    base: daily(calendar, (index) => usd * share(index)),
    noise: { share: chance.between(0.04, 0.09), memory: chance.between(0.4, 0.7) },
  };
};

const growth: CourseOf = (usd, calendar, chance) => {
  const share = week(calendar, chance, 0.7, 1);
  const rate = chance.is(0.8) ? chance.between(0.001, 0.006) : -chance.between(0.001, 0.004);
  return {
    base: daily(calendar, (index) => usd * share(index) * Math.exp(rate * (index - calendar.evalFrom))),
    noise: { share: chance.between(0.02, 0.07) },
  };
};

/** Grows for months and then is as large as it gets. */
const plateau: CourseOf = (usd, calendar, chance) => {
  const middle = chance.whole(calendar.evalFrom - 180, calendar.evalFrom - 20);
  const width = chance.between(30, 60);
  const low = chance.between(0.15, 0.5);
  return {
    base: daily(calendar, (index) => usd * (low + (1 - low) / (1 + Math.exp(-(index - middle) / width)))),
    noise: { share: chance.between(0.02, 0.06) },
  };
};

const storage: CourseOf = (usd, calendar, chance) => {
  const rate = chance.between(0, 0.0025);
  return {
    base: daily(
      calendar,
      (index) => ((usd * meanMonthDays) / calendar.daysInMonth[index]!) * Math.exp(rate * (index - calendar.evalFrom)),
    ),
    noise: { share: chance.between(0.001, 0.012) },
  };
};

/** Releases change what a request costs by a few percent, up as often as down. */
const deployed: CourseOf = (usd, calendar, chance) => {
  const share = week(calendar, chance, 0.6, 1);
  let level = 1;
  const levels = daily(calendar, () => {
    if (chance.is(0.07)) level = Math.min(1.2, Math.max(0.8, level * (1 + chance.between(-0.05, 0.055))));
    return level;
  });
  return {
    base: daily(calendar, (index) => usd * levels[index]! * share(index)),
    noise: { share: chance.between(0.02, 0.06) },
  };
};

/** Machines of a few people in their working hours, off at night and at weekends, on holiday with their owners. */
const workingHours: CourseOf = (usd, calendar, chance) => {
  const isOffAtWeekends = chance.is(0.6);
  const holidayFrom = chance.whole(20, calendar.days - 20);
  return {
    base: daily(calendar, (index) => {
      const weekday = calendar.weekday[index]!;
      const isWeekend = weekday === 0 || weekday === 6 || calendar.isHoliday[index] === 1;
      const away = index >= holidayFrom && index < holidayFrom + 10 ? 0.6 : 1;
      return isWeekend ? (isOffAtWeekends ? 0 : usd * 0.12) : usd * (weekday === 5 ? 0.85 : 1) * away;
    }),
    noise: { share: chance.between(0.1, 0.25) },
  };
};

const bursty: CourseOf = (usd, calendar, chance) => {
  const share = week(calendar, chance, 0.15, 0.9);
  return {
    base: daily(calendar, (index) => usd * share(index)),
    noise: { share: chance.between(0.15, 0.4), memory: chance.between(0, 0.5), tails: 5 },
  };
};

const tiny: CourseOf = (usd, calendar, chance) => ({
  base: daily(calendar, () => usd),
  noise: { share: chance.between(0.1, 0.7), tails: 4 },
});

/** An experiment that catches on, up to a few tens of dollars. */
const young: CourseOf = (usd, calendar, chance) => {
  const rate = chance.between(0.005, 0.03);
  const most = chance.between(3, 9);
  return {
    base: daily(calendar, (index) =>
      Math.min(38, usd * Math.min(most, Math.exp(rate * Math.max(0, index - 0.6 * calendar.days)))),
    ),
    noise: { share: chance.between(0.1, 0.3) },
  };
};

const decommissioned: CourseOf = (usd, calendar, chance) => ({
  base: daily(calendar, () => usd),
  noise: { share: chance.between(0.01, 0.05) },
});

export const levelFamilies = {
  steady,
  clocked,
  weekly,
  autoscaled,
  growth,
  plateau,
  storage,
  deployed,
  workingHours,
  bursty,
  tiny,
  young,
  decommissioned,
} satisfies Record<string, CourseOf>;
