/** Families that cost nothing on most days. */
import { type CourseOf, daily } from './level-families.ts';

const longestRun = 4;

const sporadic: CourseOf = (usd, calendar, chance) => {
  const frequency = chance.between(0.05, 0.4);
  const spread = chance.between(0.3, 0.8);
  const amount = Math.min(1500, Math.max(5, 2 * usd));
  let run = 0;
  return {
    base: daily(calendar, () => {
      // A week of it would be an overrun to whoever sees it.
      run = run < longestRun && chance.is(frequency) ? run + 1 : 0;
      return run > 0 ? amount * Math.exp(spread * Math.min(2.5, chance.normal())) : 0;
    }),
    noise: { share: 0 },
    levelUsd: amount,
  };
};

/** Runs over old data: days in a row, of very different size, then nothing for weeks. */
const backfill: CourseOf = (usd, calendar, chance) => {
  const amount = Math.min(800, Math.max(8, usd));
  let daysLeft = 0;
  let size = 0;
  return {
    base: daily(calendar, () => {
      if (daysLeft === 0 && chance.is(0.06)) {
        daysLeft = chance.whole(1, 5);
        size = amount * Math.exp(0.7 * chance.heavyTailed(4));
      }
      if (daysLeft === 0) return 0;
      daysLeft -= 1;
      return size * chance.between(0.7, 1.3);
    }),
    noise: { share: 0 },
    levelUsd: amount,
  };
};

/** Small on most days, and now and then ten times that: log-normal with a long tail. */
const lognormal: CourseOf = (usd, calendar, chance) => {
  const spread = chance.between(0.6, 1.1);
  return {
    base: daily(calendar, () => usd * 0.5 * Math.exp(spread * chance.normal())),
    noise: { share: 0 },
    levelUsd: usd * 0.5,
    spread,
  };
};

/** Listings of the Marketplace: one amount a month, on the day of the contract. */
const marketplace: CourseOf = (_, calendar, chance) => {
  const usd = chance.logBetween(80, 6000);
  const on = chance.whole(1, 28);
  return {
    base: daily(calendar, (index) => (calendar.dayOfMonth[index] === on ? usd : 0)),
    noise: { share: chance.is(0.6) ? 0 : chance.between(0.01, 0.1) },
    levelUsd: 0,
  };
};

export const sporadicFamilies = { sporadic, backfill, lognormal, marketplace } satisfies Record<string, CourseOf>;
