/** What of the simulated bill is there when it is asked: AWS delivers a day over the two that follow, and changes its mind. */
import { daysBetween } from '../model/days.ts';
import { uniformAt } from './bill-course.ts';
import { hex } from './random.ts';

export type BillDelivery = {
  /** Yesterday is there by 50 to 100 %, the day before nearly. Default: a day is there when it is over. */
  readonly isGradual?: boolean;
  /** Accounts, by index, whose days come so many days later. */
  readonly late?: readonly { readonly account: number; readonly days: number }[];
  /** Days, so many before the world's, of which only a share is told until they have reached an age. */
  readonly restated?: readonly {
    readonly account: number;
    readonly daysAgo: number;
    readonly share: number;
    readonly untilAge: number;
  }[];
};

/** Least share that is there at the age of one day and of two. */
const leastShare = [1, 0.5, 0.97] as const;

/** @param accountIndex of an account id; `today` = the world's own day, from which restated days are counted back */
export function deliveryOf(
  { isGradual = false, late = [], restated = [] }: BillDelivery,
  { accountIndex, today }: { accountIndex: (accountId: string) => number | undefined; today: string },
): DeliveredShare | undefined {
  if (!isGradual && late.length === 0 && restated.length === 0) return undefined;
  const seeds = new Map<string, number>();
  const seedOf = (accountId: string, usageType: string): number => {
    const key = `${accountId} ${usageType}`;
    const seed = seeds.get(key) ?? Number.parseInt(hex(8, 'delivery', key), 16);
    seeds.set(key, seed);
    return seed;
  };
  return ({ accountId, usageType }, day, asked) => {
    const index = accountIndex(accountId);
    const age = daysBetween(day, asked);
    if (late.some(({ account, days }) => account === index && age <= days)) return 0;
    const change = restated.find(
      ({ account, daysAgo, untilAge }) => account === index && daysBetween(day, today) === daysAgo && age < untilAge,
    );
    const least = isGradual ? (leastShare[age] ?? 1) : 1;
    const share =
      least === 1 ? 1 : least + (1 - least) * uniformAt(seedOf(accountId, usageType), daysBetween('2020-01-01', day));
    return share * (change?.share ?? 1);
  };
}

/** Share of a line's day that is there when the bill is asked on another day. */
export type DeliveredShare = (
  line: { readonly accountId: string; readonly usageType: string },
  day: string,
  asked: string,
) => number;
