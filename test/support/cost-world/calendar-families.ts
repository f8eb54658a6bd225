/** Families that follow the calendar: months, paydays, fiscal periods, terms, seasons. */
import { type CourseOf, daily, week } from './level-families.ts';

/** A free tier or a price tier that begins anew on the 1st. */
const tiered: CourseOf = (usd, calendar, chance) => {
  const share = week(calendar, chance, 0.6, 1);
  const until = chance.whole(3, 12);
  const first = chance.is(0.5) ? 0 : chance.between(1.2, 1.8);
  return {
    base: daily(calendar, (index) => usd * share(index) * (calendar.dayOfMonth[index]! <= until ? first : 1)),
    noise: { share: chance.between(0.03, 0.08) },
  };
};

/** Billed once a month: support, seats, zones. */
const monthly: CourseOf = (_, calendar, chance) => {
  const usd = chance.logBetween(20, 4000);
  const on = chance.pick([1, 1, 1, 2, 3]);
  const between = chance.is(0.5) ? 0 : chance.between(0.01, 0.5);
  return {
    base: daily(calendar, (index) => between + (calendar.dayOfMonth[index] === on ? usd : 0)),
    noise: { share: chance.between(0.002, 0.05) },
    levelUsd: between,
  };
};

const monthEnd: CourseOf = (usd, calendar, chance) => {
  const share = week(calendar, chance, 0.8, 1);
  const factor = chance.between(1.8, 4);
  const isOnBusinessDay = chance.is(0.5);
  return {
    base: daily(calendar, (index) => {
      const isLast = calendar.dayOfMonth[index] === calendar.daysInMonth[index];
      const isHit = isOnBusinessDay ? calendar.isLastBusinessDay[index] === 1 : isLast;
      return usd * share(index) * (isHit ? factor : 1);
    }),
    noise: { share: chance.between(0.03, 0.08) },
  };
};

/** Metered late: one large correction on the last day of the month or on the first. */
const trueUp: CourseOf = (usd, calendar, chance) => {
  const isOnFirst = chance.is(0.5);
  const factor = chance.between(3, 12);
  return {
    base: daily(calendar, (index) => {
      const day = calendar.dayOfMonth[index]!;
      const isHit = isOnFirst ? day === 1 : day === calendar.daysInMonth[index];
      return usd * (isHit ? factor * (1 + 0.12 * chance.normal()) : 1);
    }),
    noise: { share: chance.between(0.01, 0.05) },
  };
};

const payroll: CourseOf = (usd, calendar, chance) => {
  const factor = chance.between(2, 6);
  const isBiweekly = chance.is(0.5);
  return {
    base: daily(calendar, (index) => {
      const isTwiceMonthly = calendar.dayOfMonth[index] === 15 || calendar.isLastBusinessDay[index] === 1;
      const isPayday = isBiweekly ? calendar.isPayFriday[index] === 1 : isTwiceMonthly;
      return usd * (isPayday ? factor : 1);
    }),
    noise: { share: chance.between(0.03, 0.1) },
  };
};

/** Closing of periods of four, four and five weeks, which wander through the months. */
const fiscal: CourseOf = (usd, calendar, chance) => {
  const share = week(calendar, chance, 0.6, 0.95);
  const factor = chance.between(1.8, 4);
  return {
    base: daily(calendar, (index) => usd * share(index) * (calendar.isPeriodEnd[index] === 1 ? factor : 1)),
    noise: { share: chance.between(0.03, 0.08) },
  };
};

const school: CourseOf = (usd, calendar, chance) => {
  const share = week(calendar, chance, 0.35, 0.7);
  const holidays = chance.between(0.45, 0.75);
  return {
    base: daily(calendar, (index) => usd * share(index) * (holidays + (1 - holidays) * calendar.school[index]!)),
    noise: { share: chance.between(0.03, 0.08) },
  };
};

const retail: CourseOf = (usd, calendar, chance) => {
  const share = week(calendar, chance, 0.9, 1.3);
  const sway = chance.between(0.5, 1);
  return {
    base: daily(calendar, (index) => usd * share(index) * (1 + sway * (calendar.retail[index]! - 1))),
    noise: { share: chance.between(0.03, 0.07) },
  };
};

/** Exactly nothing on Saturday and Sunday. */
const weekendsOff: CourseOf = (usd, calendar, chance) => ({
  base: daily(calendar, (index) => ([0, 6].includes(calendar.weekday[index]!) ? 0 : usd)),
  noise: { share: chance.between(0.005, 0.06) },
});

/** One day of the week, or of every other week; nothing between. */
const weeklyJob: CourseOf = (usd, calendar, chance) => {
  const on = chance.is(0.4) ? 1 : chance.whole(0, 6);
  const every = chance.is(0.3) ? 14 : 7;
  const first = (on - calendar.weekday[0]! + 7) % 7;
  return {
    base: daily(calendar, (index) => (index >= first && (index - first) % every === 0 ? 2 * usd : 0)),
    noise: { share: chance.between(0.04, 0.2) },
    levelUsd: 2 * usd,
  };
};

/** A full copy once a week; then increments that grow until the next one. */
const backup: CourseOf = (usd, calendar, chance) => {
  const full = chance.whole(0, 6);
  const increment = chance.between(0.05, 0.3);
  return {
    base: daily(calendar, (index) => {
      const since = (calendar.weekday[index]! - full + 7) % 7;
      return since === 0 ? usd * 3 : usd * increment * (1 + 0.25 * since);
    }),
    noise: { share: chance.between(0.02, 0.09) },
    levelUsd: usd * increment * 2,
  };
};

/** A monthly budget that is spent evenly until it is used up, and begins anew on the 1st. */
const budgeted: CourseOf = (usd, calendar, chance) => {
  const days = chance.whole(17, 25);
  return {
    base: daily(calendar, (index) => (calendar.dayOfMonth[index]! <= days ? usd : usd * 0.04)),
    noise: { share: chance.between(0.05, 0.12) },
  };
};

export const calendarFamilies = {
  tiered,
  monthly,
  monthEnd,
  trueUp,
  payroll,
  fiscal,
  school,
  retail,
  weekendsOff,
  weeklyJob,
  backup,
  budgeted,
} satisfies Record<string, CourseOf>;
